// SPDX-License-Identifier: Apache-2.0
#include "app/compose/layer_stack.h"

#include <QDir>
#include <QDropEvent>
#include <QMimeData>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace pivotbench::app;
using namespace pivotbench::core;

namespace {

constexpr int patienceMs = 20'000;

} // namespace

class TestLayerArchives : public QObject {
    Q_OBJECT
private slots:
    void init();
    void aDroppedOneBecomesALayer();
    void aHostileOneIsRefusedAndSaid();
    void whatIsLeftOutIsSaid();
    void anotherFileIsNotTaken();

private:
    /// By tar(1), from the folder "in".
    QString pack(const QString &name, const QStringList &arguments);
    bool drop(const QString &path);
    [[nodiscard]] std::size_t layers() const { return m_document->spec().root.layers.size(); }
    [[nodiscard]] QStringList unpacked() const
    {
        return QDir(m_home->filePath("pivotbench/layers"))
            .entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
    }

    std::unique_ptr<QTemporaryDir> m_home;
    std::unique_ptr<SandboxDocument> m_document;
    std::unique_ptr<TaskList> m_tasks;
    std::unique_ptr<LayerStack> m_stack;
};

void TestLayerArchives::init()
{
    m_stack.reset();
    m_tasks.reset();
    m_home = std::make_unique<QTemporaryDir>();
    qputenv("XDG_DATA_HOME", m_home->path().toLocal8Bit());
    QVERIFY(QDir(m_home->path()).mkpath("in/etc"));
    QFile file(m_home->filePath("in/etc/motd"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("welcome");
    file.close();
    m_document = std::make_unique<SandboxDocument>();
    SandboxSpec spec;
    spec.root.layers = {Layer{.path = {}, .builtin = "busybox"}};
    m_document->replace(spec, {});
    m_tasks = std::make_unique<TaskList>();
    m_stack = std::make_unique<LayerStack>(*m_document, *m_tasks);
    m_stack->resize(400, 600);
    m_stack->show();
}

QString TestLayerArchives::pack(const QString &name, const QStringList &arguments)
{
    QProcess tar;
    tar.setWorkingDirectory(m_home->filePath("in"));
    tar.start("tar", QStringList{"-cf", m_home->filePath(name)} + arguments);
    return tar.waitForFinished(-1) && tar.exitCode() == 0 ? m_home->filePath(name) : QString();
}

bool TestLayerArchives::drop(const QString &path)
{
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter(QPoint(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    enter.ignore();
    QApplication::sendEvent(m_stack->viewport(), &enter);
    if (!enter.isAccepted())
        return false;
    QDropEvent dropped(QPointF(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_stack->viewport(), &dropped);
    return true;
}

void TestLayerArchives::aDroppedOneBecomesALayer()
{
    QSignalSpy told(m_stack.get(), &LayerStack::told);
    const QString archive = pack("base & more.tar.gz", {"-z", "."});
    QVERIFY(drop(archive));
    QTRY_COMPARE_WITH_TIMEOUT(layers(), 2U, patienceMs);
    const QString folder = m_home->filePath("pivotbench/layers/base & more");
    QCOMPARE(m_document->spec().root.layers.front().path, folder.toStdString());
    QVERIFY(QFile::exists(folder + "/etc/motd"));
    QCOMPARE(told.count(), 0);
    m_document->history().undo();
    QCOMPARE(layers(), 1U);
    QVERIFY(QFile::exists(folder + "/etc/motd"));
    m_document->history().redo();
    QCOMPARE(layers(), 2U);
}

void TestLayerArchives::aHostileOneIsRefusedAndSaid()
{
    QSignalSpy told(m_stack.get(), &LayerStack::told);
    const QString archive = pack("bad.tar", {"-P", m_home->filePath("in/etc/motd")});
    m_stack->addArchives({archive});
    QTRY_COMPARE_WITH_TIMEOUT(told.count(), 1, patienceMs);
    const auto message = told.front().front().value<Message>();
    QCOMPARE(message.tone, Tone::Error);
    QCOMPARE(message.where, m_home->filePath("in/etc/motd"));
    QVERIFY(message.why.contains(archive));
    QCOMPARE(layers(), 1U);
    QCOMPARE(unpacked(), QStringList());
    QVERIFY(!m_document->history().canUndo());
}

void TestLayerArchives::whatIsLeftOutIsSaid()
{
    QSignalSpy told(m_stack.get(), &LayerStack::told);
    QVERIFY(QFile::setPermissions(m_home->filePath("in/etc/motd"), QFile::ReadOwner));
    m_stack->addArchives({pack("marked.tar", {"--mode=u+s", "."})});
    QTRY_COMPARE_WITH_TIMEOUT(told.count(), 1, patienceMs);
    const auto message = told.front().front().value<Message>();
    QCOMPARE(message.tone, Tone::Note);
    QVERIFY(message.why.contains("set-user-ID"));
    QCOMPARE(layers(), 2U);
}

void TestLayerArchives::anotherFileIsNotTaken()
{
    QVERIFY(!drop(m_home->filePath("in/etc/motd")));
    QVERIFY(drop(m_home->filePath("in")));
    QCOMPARE(layers(), 2U);
}

QTEST_MAIN(TestLayerArchives)
#include "tst_layer_archives.moc"
