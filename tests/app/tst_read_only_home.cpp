// SPDX-License-Identifier: Apache-2.0
//
// A home in which nothing can be written: work goes on, and it is said once.
#include "app/widgets/banner.h"
#include "app/workbench/app_context.h"
#include "app/workbench/main_window.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace pivotbench::app;
using namespace pivotbench::core;

namespace {

constexpr int patienceMs = 30'000;

} // namespace

class TestReadOnlyHome : public QObject {
    Q_OBJECT
private slots:
    void workGoesOn();

private:
    QTemporaryDir m_folder;
};

void TestReadOnlyHome::workGoesOn()
{
    // Below a file there is no folder, not even for root.
    QFile file(m_folder.filePath("file"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    for (const char *name : {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"})
        qputenv(name, m_folder.filePath("file/home").toLocal8Bit());
    for (const char *name : {"XDG_CACHE_HOME", "XDG_RUNTIME_DIR"})
        qputenv(name, m_folder.path().toLocal8Bit());

    AppContext context;
    QSignalSpy broken(&context, &AppContext::settingsBroken);
    MainWindow window(context);
    window.QWidget::show();
    QVERIFY(window.openPreset("bare-pivot"));
    window.document().edit("rename", [](SandboxSpec &spec) { spec.name = "mine"; });
    const Banner *banner = nullptr;
    const auto safetyNet = [&] {
        for (const Banner *one : window.findChildren<Banner *>())
            if (one->isVisibleTo(&window) && one->message().what.contains("unsaved work"))
                banner = one;
        return banner != nullptr;
    };
    QTRY_VERIFY_WITH_TIMEOUT(safetyNet(), patienceMs); // recovery says it
    for (int i = 0; i < 3; ++i)
        context.addRecent(m_folder.filePath(QString("%1.pbox").arg(i)));
    QTRY_COMPARE_WITH_TIMEOUT(broken.count(), 1, patienceMs);
    context.addRecent(m_folder.filePath("last.pbox"));
    QTest::qWait(200);
    QCOMPARE(broken.count(), 1);
    QCOMPARE(context.recent().front(), m_folder.filePath("last.pbox")); // nothing lost while it runs
    QCOMPARE(window.document().spec().name, std::string("mine"));
    QVERIFY(window.document().isModified());

    QSignalSpy saved(&window.document(), &SandboxDocument::saved);
    window.document().save(m_folder.filePath("a.pbox"));
    QTRY_COMPARE_WITH_TIMEOUT(saved.count(), 1, patienceMs);
    QVERIFY(!window.document().isModified());
}

QTEST_MAIN(TestReadOnlyHome)
#include "tst_read_only_home.moc"
