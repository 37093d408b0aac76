// SPDX-License-Identifier: Apache-2.0
//
// Files that are not what they should be, layers that go away, places that cannot be written, no display.
#include "app/compose/compose_page.h"
#include "app/compose/layer_stack.h"
#include "app/tree/merged_tree_model.h"
#include "app/tree/merged_tree_view.h"
#include "app/widgets/badge.h"
#include "app/widgets/banner.h"
#include "app/workbench/app_context.h"
#include "app/workbench/main_window.h"
#include "core/preset/presets.h"
#include "core/spec/spec_json.h"

#include <QAction>
#include <QApplication>
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QThreadPool>
#include <algorithm>
#include <functional>
#include <sys/stat.h>
#include <unistd.h>

using namespace pivotbench::app;
using namespace pivotbench::core;

namespace {

constexpr int patienceMs = 30'000;

void write(const QString &path, const QByteArray &text)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
}

/// The banner of the window itself; pages have their own.
const Banner *bannerOf(const MainWindow &window)
{
    for (const Banner *banner : window.findChildren<Banner *>())
        if (banner->isVisibleTo(&window))
            return banner;
    return nullptr;
}

} // namespace

Q_DECLARE_METATYPE(std::function<void(const QString &)>)

class TestBadFiles : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void aBadFileSaysSoInPlace_data();
    void aBadFileSaysSoInPlace();
    void oneThatMayNotBeReadSaysSo();
    void aNewerFileIsNoted();
    void aPlaceThatCannotBeWrittenKeepsTheDocument_data();
    void aPlaceThatCannotBeWrittenKeepsTheDocument();
    void aLayerMayVanishAndComeBack();
    void aLayerThatVanishesIsNoticed_data();
    void aLayerThatVanishesIsNoticed();
    void withoutADisplayThereIsASentence_data();
    void withoutADisplayThereIsASentence();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<AppContext> m_context;
};

void TestBadFiles::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    for (const char *name : {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"})
        qputenv(name, m_folder->path().toLocal8Bit());
    m_context = std::make_unique<AppContext>();
}

void TestBadFiles::cleanup()
{
    m_context.reset();
    QThreadPool::globalInstance()->waitForDone();
}

void TestBadFiles::aBadFileSaysSoInPlace_data()
{
    using Make = std::function<void(const QString &)>;
    QTest::addColumn<Make>("make");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, Make make, const char *says) {
        QTest::newRow(name) << std::move(make) << QString(says);
    };
    const auto text = [](const QByteArray &bytes) { return [bytes](const QString &path) { write(path, bytes); }; };
    row("empty", text({}), "line 1");
    row("cut off", text(QByteArray(presetText("busybox").data()).left(200)), "not valid JSON");
    row("binary",
        text(QByteArray("\x7f"
                        "ELF\0\1\2\xff",
                        8)),
        "not valid JSON");
    row("a wrong type", text(R"({"pivotbench": 1, "mounts": {}})"), "mounts must be a list");
    row("another kind of JSON", text("[1, 2]"), "must be an object");
    row("huge", text(QByteArray(5 << 20, ' ')), "larger than");
    row("endless", [](const QString &path) { QVERIFY(QFile::link("/dev/zero", path)); }, "not a regular file");
    row("a folder", [](const QString &path) { QVERIFY(QDir().mkdir(path)); }, "Is a directory");
    row(
        "a pipe", [](const QString &path) { QCOMPARE(::mkfifo(QFile::encodeName(path), 0600), 0); },
        "not a regular file");
    row("not there", [](const QString &) {}, "No such file");
    row("a link to itself", [](const QString &path) { QVERIFY(QFile::link(path, path)); }, "symbolic links");
    row("below a file", text("x"), "");
}

void TestBadFiles::aBadFileSaysSoInPlace()
{
    QFETCH(std::function<void(const QString &)>, make);
    QFETCH(QString, says);
    QString path = m_folder->filePath("bad.pbox");
    make(path);
    if (says.isEmpty())
        path += "/inner.pbox";

    MainWindow window(*m_context);
    window.QWidget::show();
    QVERIFY(window.openPreset("bare-pivot"));
    window.document().edit("rename", [](SandboxSpec &spec) { spec.name = "mine"; });
    const SandboxSpec before = window.document().spec();
    QSignalSpy failed(&window.document(), &SandboxDocument::failed);
    window.document().open(path);
    QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 1, patienceMs);
    QVERIFY(window.document().spec() == before);
    QVERIFY(window.document().isModified() && window.document().history().canUndo());
    const Banner *banner = bannerOf(window);
    QVERIFY(banner);
    const Message &message = banner->message();
    QVERIFY2(message.what.contains(says) || message.why.contains(says), qPrintable(banner->asText()));
    QCOMPARE(message.where, path);
    QVERIFY2(!message.now.isEmpty(), qPrintable(banner->asText()));
    QVERIFY(!m_context->recent().contains(path));
}

void TestBadFiles::oneThatMayNotBeReadSaysSo()
{
    const QString path = m_folder->filePath("secret.pbox");
    write(path, "{}");
    QCOMPARE(::chmod(QFile::encodeName(path), 0), 0);
    const bool root = ::geteuid() == 0;
    if (root) { // who may read everything; not so another user, as whom only this file is looked for
        QCOMPARE(::chmod(m_folder->path().toLocal8Bit(), 0755), 0);
        QCOMPARE(::seteuid(65534), 0);
    }
    const auto spec = loadDocument(path.toStdString());
    if (root)
        QCOMPARE(::seteuid(0), 0);
    QVERIFY(!spec);
    QCOMPARE(spec.error().errnum, EACCES);
    QVERIFY(!spec.error().hint.empty());
}

void TestBadFiles::aNewerFileIsNoted()
{
    const QString path = m_folder->filePath("newer.pbox");
    write(path, R"({"pivotbench": 2, "name": "<b>n</b>", "root": {"layers": [{"builtin": "busybox", "digest": 1}]},
                    "process": {"args": ["sh"], "nice": 5}})");
    MainWindow window(*m_context);
    window.QWidget::show();
    window.openFile(path);
    QTRY_VERIFY_WITH_TIMEOUT(!window.document().isEmpty(), patienceMs);
    const Banner *banner = bannerOf(window);
    QVERIFY(banner);
    QVERIFY(banner->message().what.contains("newer Pivotbench"));
    for (const char *word : {"2 settings", "root.layers[0].digest", "process.nice"})
        QVERIFY2(banner->message().why.contains(word), qPrintable(banner->asText()));
    QTRY_VERIFY_WITH_TIMEOUT(window.analyser().isCurrent(), patienceMs);
    QCOMPARE(std::ranges::count(window.analyser().current()->findings, std::string("spec.unknown"), &Finding::id), 1);
    QVERIFY(window.analyser().current()->plan); // a warning, not an error
}

void TestBadFiles::aPlaceThatCannotBeWrittenKeepsTheDocument_data()
{
    QTest::addColumn<QString>("place");
    QTest::newRow("no such folder") << "absent/a.pbox";
    QTest::newRow("below a file") << "file/a.pbox";
    QTest::newRow("a filesystem that takes none") << "/proc/a.pbox";
    QTest::newRow("a folder of that name") << "folder";
}

void TestBadFiles::aPlaceThatCannotBeWrittenKeepsTheDocument()
{
    QFETCH(QString, place);
    write(m_folder->filePath("file"), "x");
    QVERIFY(QDir(m_folder->path()).mkdir("folder"));
    MainWindow window(*m_context);
    window.QWidget::show();
    QVERIFY(window.openPreset("bare-pivot"));
    window.document().edit("rename", [](SandboxSpec &spec) { spec.name = "mine"; });
    QSignalSpy failed(&window.document(), &SandboxDocument::failed);
    window.document().save(m_folder->filePath(place));
    QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 1, patienceMs);
    QVERIFY(window.document().isModified() && window.isWindowModified());
    QVERIFY(window.document().path().isEmpty());
    QVERIFY(bannerOf(window));
    QVERIFY(!bannerOf(window)->message().why.isEmpty());
    QSignalSpy saved(&window.document(), &SandboxDocument::saved);
    window.document().save(m_folder->filePath("elsewhere.pbox"));
    QTRY_COMPARE_WITH_TIMEOUT(saved.count(), 1, patienceMs);
    QVERIFY(!window.document().isModified());
}

void TestBadFiles::aLayerMayVanishAndComeBack()
{
    const QString layer = m_folder->filePath("layer");
    const QString away = m_folder->filePath("away");
    QVERIFY(QDir().mkpath(layer + "/inner"));
    write(layer + "/a-file", "x");
    MainWindow window(*m_context);
    window.QWidget::show();
    QVERIFY(window.openPreset("bare-pivot"));
    window.document().edit(
        "layer", [&](SandboxSpec &spec) { spec.root.layers = {Layer{.path = layer.toStdString(), .builtin = {}}}; });
    auto *model = window.findChild<MergedTreeModel *>();
    auto *stack = window.findChild<LayerStack *>();
    const auto shows = [&](TreeEntry::Row row, const QString &name) {
        const std::function<bool(const QModelIndex &)> search = [&](const QModelIndex &parent) {
            for (int i = 0; i < model->rowCount(parent); ++i) {
                const QModelIndex index = model->index(i, 0, parent);
                const TreeEntry entry = model->entry(index);
                if ((entry.row == row && (name.isEmpty() || entry.name == name)) || search(index))
                    return true;
            }
            return false;
        };
        return search({});
    };
    const auto badges = [&] {
        QString words;
        for (const Badge *badge : stack->findChildren<Badge *>())
            words += badge->text() + '\n';
        return words;
    };
    const auto readAgain = [&] {
        for (QAction *action : window.findChildren<QAction *>())
            if (action->shortcut() == QKeySequence(Qt::CTRL | Qt::Key_R))
                action->trigger();
    };
    QTRY_VERIFY_WITH_TIMEOUT(shows(TreeEntry::Row::Entry, "a-file"), patienceMs);
    QTRY_VERIFY_WITH_TIMEOUT(window.analyser().isCurrent(), patienceMs);
    QVERIFY2(!badges().contains("missing"), qPrintable(badges()));

    QVERIFY(QDir().rename(layer, away));
    readAgain();
    QTRY_VERIFY_WITH_TIMEOUT(shows(TreeEntry::Row::Problem, {}), patienceMs);
    QTRY_VERIFY2_WITH_TIMEOUT(badges().contains("missing"), qPrintable(badges()), patienceMs);
    window.document().edit("still alive", [](SandboxSpec &spec) { spec.hostname = "h"; });

    QVERIFY(QDir().rename(away, layer));
    readAgain();
    QTRY_VERIFY_WITH_TIMEOUT(shows(TreeEntry::Row::Entry, "a-file"), patienceMs);
    QTRY_VERIFY_WITH_TIMEOUT(!shows(TreeEntry::Row::Problem, {}), patienceMs);
    QTRY_VERIFY2_WITH_TIMEOUT(!badges().contains("missing"), qPrintable(badges()), patienceMs);
}

void TestBadFiles::aLayerThatVanishesIsNoticed_data()
{
    QTest::addColumn<QString>("moved");
    QTest::newRow("the layer") << "above/between/layer";
    QTest::newRow("a folder on the way to it") << "above";
}

/// By itself, without anything being asked for.
void TestBadFiles::aLayerThatVanishesIsNoticed()
{
    QFETCH(QString, moved);
    const QString layer = m_folder->filePath("above/between/layer");
    const QString from = m_folder->filePath(moved);
    const QString away = m_folder->filePath("away");
    QVERIFY(QDir().mkpath(layer + "/proc"));
    MainWindow window(*m_context);
    window.QWidget::show();
    QVERIFY(window.openPreset("bare-pivot"));
    window.document().edit(
        "layer", [&](SandboxSpec &spec) { spec.root.layers = {Layer{.path = layer.toStdString(), .builtin = {}}}; });
    QTRY_VERIFY_WITH_TIMEOUT(window.analyser().isCurrent(), patienceMs);
    const auto findings = [&] {
        QString text;
        for (const Finding &finding : window.analyser().current()->findings)
            text += QString::fromStdString(finding.field + ": " + finding.reason) + '\n';
        return text;
    };
    const QString gone = "does not exist (" + layer;
    QVERIFY2(!findings().contains(gone), qPrintable(findings()));
    auto *stack = window.findChild<LayerStack *>();
    const auto isMissing = [&] {
        const QList<Badge *> badges = stack->findChildren<Badge *>();
        return std::ranges::any_of(badges, [](const Badge *badge) { return badge->text() == "missing"; });
    };
    for (int round = 0; round < 2; ++round) { // what came back is watched too
        QTest::qWait(500);                    // by now it is
        QVERIFY(QDir().rename(from, away));
        QTRY_VERIFY2_WITH_TIMEOUT(findings().contains(gone), qPrintable(findings()), patienceMs);
        QTRY_VERIFY_WITH_TIMEOUT(isMissing(), patienceMs);
        QVERIFY(QDir().rename(away, from));
        QTRY_VERIFY2_WITH_TIMEOUT(!findings().contains(gone), qPrintable(findings()), patienceMs);
        QTRY_VERIFY_WITH_TIMEOUT(!isMissing(), patienceMs);
    }
}

void TestBadFiles::withoutADisplayThereIsASentence_data()
{
    QTest::addColumn<QString>("variable");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("says");
    QTest::newRow("none at all") << "" << "" << "there is no display";
    QTest::newRow("an X server that is not there") << "DISPLAY" << ":987" << "no window can be opened";
    QTest::newRow("a compositor that is not there") << "WAYLAND_DISPLAY" << "wayland-987" << "no window can be opened";
    QTest::newRow("a plugin that is not there") << "QT_QPA_PLATFORM" << "moon" << "no window can be opened";
}

void TestBadFiles::withoutADisplayThereIsASentence()
{
    QFETCH(QString, variable);
    QFETCH(QString, value);
    QFETCH(QString, says);
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char *name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
        environment.remove(name);
    if (!variable.isEmpty())
        environment.insert(variable, value);
    QProcess program;
    program.setProcessEnvironment(environment);
    program.start(QCoreApplication::applicationDirPath() + "/pivotbench", QStringList{});
    QVERIFY(program.waitForFinished(patienceMs));
    const QByteArray said = program.readAllStandardError();
    QCOMPARE(program.exitStatus(), QProcess::NormalExit); // no abort, no core
    QCOMPARE(program.exitCode(), 1);
    QVERIFY2(said.contains(says.toLocal8Bit()), said);
    QVERIFY2(said.contains("pivotctl") && said.contains("--screenshot"), said);
}

QTEST_MAIN(TestBadFiles)
#include "tst_bad_files.moc"
