// SPDX-License-Identifier: Apache-2.0
#include "app/run/run_page.h"
#include "app/run/sandbox_view.h"
#include "app/sandboxes/sandbox_session.h"
#include "app/workbench/app_context.h"
#include "app/workbench/desktop_notifier.h"
#include "app/workbench/main_window.h"
#include "core/preset/presets.h"
#include "fake_helper.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace pivotbench::app;
using namespace pivotbench::core;
using pivotbench::test::FakeHelper;

namespace {

constexpr int patienceMs = 30'000;
constexpr int quietMs = 500; ///< for what must not come; longer than the bus takes

const QString service = "org.freedesktop.Notifications";
const QString object = "/org/freedesktop/Notifications";

} // namespace

/// Records what it is asked to show.
class FakeService : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")

public:
    struct Call {
        QString application, title, body;
        QStringList actions;
        QVariantMap hints;
    };
    QList<Call> calls;

public slots:
    uint Notify(const QString &application, uint /*replaces*/, const QString & /*icon*/, const QString &title,
                const QString &body, const QStringList &actions, const QVariantMap &hints, int /*timeout*/)
    {
        calls << Call{application, title, body, actions, hints};
        return static_cast<uint>(calls.size());
    }

signals:
    void ActionInvoked(uint id, const QString &action);
    void ActivationToken(uint id, const QString &token);
    void NotificationClosed(uint id, uint reason);
};

class TestNotification : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void cleanup();
    void cleanupTestCase();
    void saysItPlainly();
    void whatIsLongIsCut();
    void activatesOnce();
    void onlyItsShowerIsBelieved();
    void ownersMayLeave();
    void withoutABusThereIsSilence_data();
    void withoutABusThereIsSilence();
    void tellsWhenNobodyLooks();
    void isSilentWhileSomebodyLooks();
    void choosingItShowsTheSandbox();

private:
    void launch(MainWindow &window, int status);

    QProcess m_daemon;
    QTemporaryDir m_home;
    std::unique_ptr<FakeService> m_service;
};

void TestNotification::initTestCase()
{
    for (const char *name : {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"})
        qputenv(name, m_home.path().toLocal8Bit());
    m_daemon.start("dbus-daemon", {"--session", "--nofork", "--print-address=1"});
    if (!m_daemon.waitForStarted())
        QSKIP("dbus-daemon is not installed");
    QVERIFY(m_daemon.waitForReadyRead());
    qputenv("DBUS_SESSION_BUS_ADDRESS", m_daemon.readLine().trimmed());
}

void TestNotification::init()
{
    m_service = std::make_unique<FakeService>();
    QDBusConnection bus = QDBusConnection::connectToBus(qEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS"), "service");
    QVERIFY(bus.registerObject(object, m_service.get(),
                               QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals));
    QVERIFY(bus.registerService(service));
}

void TestNotification::cleanup()
{
    QDBusConnection bus("service");
    bus.unregisterObject(object);
    bus.unregisterService(service);
}

void TestNotification::cleanupTestCase()
{
    m_daemon.kill();
    m_daemon.waitForFinished();
}

void TestNotification::saysItPlainly()
{
    DesktopNotifier notifier;
    notifier.notify("<b>web</b> & co", "ended with <a href='x'>status</a> 3", this, [](const std::string &) {});
    QTRY_COMPARE_WITH_TIMEOUT(m_service->calls.size(), 1, patienceMs);
    const FakeService::Call &call = m_service->calls.front();
    QCOMPARE(call.application, QString("Pivotbench"));
    QCOMPARE(call.title, QString("<b>web</b> & co"));
    QCOMPARE(call.body, QString("ended with &lt;a href='x'&gt;status&lt;/a&gt; 3"));
    QCOMPARE(call.actions.value(0), QString("default"));
    QCOMPARE(call.hints.value("desktop-entry").toString(), QString("pivotbench"));
}

void TestNotification::whatIsLongIsCut()
{
    DesktopNotifier notifier;
    notifier.notify(QString(100'000, 'x'), QString(100'000, '<'), this, [](const std::string &) {});
    QTRY_COMPARE_WITH_TIMEOUT(m_service->calls.size(), 1, patienceMs);
    QVERIFY(m_service->calls.front().title.size() < 100);
    QVERIFY(m_service->calls.front().body.size() < 1000);
    QVERIFY(!m_service->calls.front().body.contains('<'));
}

void TestNotification::activatesOnce()
{
    DesktopNotifier notifier;
    std::vector<std::string> tokens;
    notifier.notify("a", "b", this, [&](const std::string &token) { tokens.push_back(token); });
    QTRY_COMPARE_WITH_TIMEOUT(m_service->calls.size(), 1, patienceMs);
    QTest::qWait(quietMs); // the answer has to be back, as it is for a person
    emit m_service->ActivationToken(1, "token_1");
    emit m_service->ActionInvoked(1, "something else");
    emit m_service->ActionInvoked(77, "default");
    emit m_service->ActionInvoked(1, "default");
    QTRY_COMPARE_WITH_TIMEOUT(tokens.size(), 1U, patienceMs);
    QCOMPARE(tokens.front(), std::string("token_1"));
    emit m_service->ActionInvoked(1, "default");
    emit m_service->NotificationClosed(1, 2);
    QTest::qWait(quietMs);
    QCOMPARE(tokens.size(), 1U);
}

void TestNotification::onlyItsShowerIsBelieved()
{
    DesktopNotifier notifier;
    int activated = 0;
    notifier.notify("a", "b", this, [&](const std::string &) { ++activated; });
    QTRY_COMPARE_WITH_TIMEOUT(m_service->calls.size(), 1, patienceMs);
    QTest::qWait(quietMs);
    QDBusMessage forged = QDBusMessage::createSignal(object, service, "ActionInvoked");
    forged << 1U << QString("default");
    QDBusConnection other = QDBusConnection::connectToBus(qEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS"), "other");
    QVERIFY(other.send(forged));
    QTest::qWait(quietMs);
    QCOMPARE(activated, 0);
    emit m_service->ActionInvoked(1, "default");
    QTRY_COMPARE_WITH_TIMEOUT(activated, 1, patienceMs);
}

void TestNotification::ownersMayLeave()
{
    DesktopNotifier notifier;
    int activated = 0;
    auto owner = std::make_unique<QObject>();
    notifier.notify("a", "b", owner.get(), [&](const std::string &) { ++activated; });
    QTRY_COMPARE_WITH_TIMEOUT(m_service->calls.size(), 1, patienceMs);
    QTest::qWait(quietMs);
    owner.reset();
    emit m_service->ActionInvoked(1, "default");
    QTest::qWait(quietMs);
    QCOMPARE(activated, 0);
}

void TestNotification::withoutABusThereIsSilence_data()
{
    QTest::addColumn<QString>("address");
    QTest::newRow("no bus") << "unix:path=/nonexistent/bus";
    QTest::newRow("no address at all") << "nonsense";
}

void TestNotification::withoutABusThereIsSilence()
{
    QFETCH(QString, address);
    QTest::failOnWarning(QRegularExpression(".*"));
    DesktopNotifier notifier(address);
    notifier.notify("a", "b", this, [](const std::string &) {});
    QTest::qWait(quietMs);
    QCOMPARE(m_service->calls.size(), 0);
}

/// A sandbox that ends at once, as the helper tells it.
void TestNotification::launch(MainWindow &window, int status)
{
    QVERIFY(window.openPreset("bare-pivot"));
    window.run();
    auto *page = window.findChild<RunPage *>();
    QVERIFY(page);
    window.goTo(Place::Compose);
    const SandboxSession &session = page->current()->session();
    QTRY_VERIFY2_WITH_TIMEOUT(session.state() == SandboxSession::State::Ended, qPrintable(session.ending()),
                              patienceMs);
    QCOMPARE(page->current()->session().exited()->status, status);
}

namespace {

void endAtOnce(int socket, const wire::Request &request)
{
    if (std::holds_alternative<wire::Launch>(request.method)) {
        FakeHelper::reply(socket, {.body = wire::Started{.sandbox = "s", .pid = 1, .userNamespace = {}, .terminal = {}},
                                   .continues = true});
        FakeHelper::reply(socket, {.body = wire::Exited{.sandbox = "s", .status = 3}});
    } else {
        FakeHelper::reply(socket, {.body = wire::Sandboxes{}});
    }
}

} // namespace

void TestNotification::tellsWhenNobodyLooks()
{
    FakeHelper helper(endAtOnce);
    AppContext context;
    MainWindow window(context); // never shown, so never active
    launch(window, 3);
    QTRY_COMPARE_WITH_TIMEOUT(m_service->calls.size(), 1, patienceMs);
    QCOMPARE(m_service->calls.front().title, QString::fromStdString(findPreset("bare-pivot")->name));
    QVERIFY(m_service->calls.front().body.contains("3"));
}

void TestNotification::isSilentWhileSomebodyLooks()
{
    FakeHelper helper(endAtOnce);
    AppContext context;
    MainWindow window(context);
    window.QWidget::show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    launch(window, 3);
    MainWindow behind(context); // its sandbox ends while the other window is looked at
    launch(behind, 3);
    QTest::qWait(quietMs);
    QCOMPARE(m_service->calls.size(), 0);
}

void TestNotification::choosingItShowsTheSandbox()
{
    FakeHelper helper(endAtOnce);
    AppContext context;
    MainWindow window(context);
    launch(window, 3);
    QTRY_COMPARE_WITH_TIMEOUT(m_service->calls.size(), 1, patienceMs);
    QTest::qWait(quietMs);
    window.QWidget::show();
    window.showMinimized();
    auto *page = window.findChild<RunPage *>();
    QVERIFY(!page->isVisibleTo(&window));
    emit m_service->ActionInvoked(1, "default");
    QTRY_VERIFY_WITH_TIMEOUT(page->isVisibleTo(&window), patienceMs);
    QVERIFY(!window.isMinimized());
    QTRY_VERIFY_WITH_TIMEOUT(window.isActiveWindow(), patienceMs);
}

QTEST_MAIN(TestNotification)
#include "tst_notification.moc"
