// SPDX-License-Identifier: Apache-2.0
//
// A helper that dies, hangs or talks nonsense: the window lives, says so, and the next launch can go well.
#include "app/changes/changes_view.h"
#include "app/run/run_page.h"
#include "app/run/sandbox_view.h"
#include "app/sandboxes/sandbox_list.h"
#include "app/sandboxes/sandbox_session.h"
#include "app/widgets/banner.h"
#include "app/workbench/app_context.h"
#include "app/workbench/main_window.h"
#include "fake_helper.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QThreadPool>
#include <QTimer>
#include <csignal>
#include <fmt/format.h>
#include <optional>
#include <thread>

using namespace pivotbench::app;
using namespace pivotbench::core;
using pivotbench::test::FakeHelper;
using State = SandboxSession::State;

namespace {

constexpr int patienceMs = 30'000;

const wire::Reply started{.body = wire::Started{.sandbox = "s", .pid = 1, .userNamespace = {}, .terminal = {}},
                          .continues = true};

} // namespace

using Saying = std::function<void(int)>;
Q_DECLARE_METATYPE(Saying)
using Writing = std::function<std::string()>;
Q_DECLARE_METATYPE(Writing)

class TestBadHelper : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void nonsenseEndsTheLaunch_data();
    void nonsenseEndsTheLaunch();
    void nonsenseInsteadOfTheList_data();
    void nonsenseInsteadOfTheList();
    void oneThatDiesInTheMiddle();
    void oneThatDiesLaterIsLost();
    void oneThatHangsCanBeGivenUp();
    void endlessChanges_data();
    void endlessChanges();
    void afterABadOneAGoodOne();

private:
    const SandboxSession &launch();

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<AppContext> m_context;
    std::unique_ptr<MainWindow> m_window;
};

void TestBadHelper::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    for (const char *name : {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"})
        qputenv(name, m_folder->path().toLocal8Bit());
    qputenv("PIVOTBENCH_HELPER", "/bin/false"); // no real one in its place
    ::signal(SIGPIPE, SIG_IGN);                 // nobody reads on
}

void TestBadHelper::cleanup()
{
    m_window.reset();
    m_context.reset();
    QThreadPool::globalInstance()->waitForDone();
}

const SandboxSession &TestBadHelper::launch()
{
    if (!m_context) {
        m_context = std::make_unique<AppContext>();
        m_window = std::make_unique<MainWindow>(*m_context);
        m_window->QWidget::show();
        m_window->openPreset("bare-pivot");
    }
    m_window->run();
    return m_window->findChild<RunPage *>()->current()->session();
}

void TestBadHelper::nonsenseEndsTheLaunch_data()
{
    QTest::addColumn<Saying>("say");
    const auto bytes = [](const QByteArray &text) {
        return Saying([text](int socket) {
            FakeHelper::send(socket, {text.constData(), static_cast<std::size_t>(text.size())});
        });
    };
    QTest::newRow("not JSON") << bytes(QByteArray("hello\0", 6));
    QTest::newRow("binary") << bytes(QByteArray("\xff\xfe\x00", 3));
    QTest::newRow("a list") << bytes(QByteArray("[]\0", 3));
    QTest::newRow("wrong types") << bytes(QByteArray(R"({"parameters":{"event":"started","sandbox":5,"pid":"x"}})") +
                                          '\0');
    QTest::newRow("a descriptor that did not come") << bytes(
        QByteArray(R"({"parameters":{"event":"started","sandbox":"s","pid":1,"terminal":9},"continues":true})") + '\0');
    QTest::newRow("deep nesting") << bytes(QByteArray(100'000, '[') + '\0');
    QTest::newRow("an answer to something else")
        << Saying([](int socket) { FakeHelper::reply(socket, {.body = wire::Sandboxes{}}); });
    QTest::newRow("nothing but done") << Saying([](int socket) { FakeHelper::reply(socket, {.body = wire::Done{}}); });
    QTest::newRow("endless bytes") << Saying([](int socket) {
        auto *flood = new QTimer(qApp);
        QObject::connect(flood, &QTimer::timeout, flood, [flood, socket] {
            static const std::string block(100'000, 'x');
            errno = 0;
            if (::send(socket, block.data(), block.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN)
                flood->deleteLater(); // we were hung up on
        });
        flood->setObjectName("flood");
        flood->start(0);
    });
}

void TestBadHelper::nonsenseEndsTheLaunch()
{
    QFETCH(Saying, say);
    FakeHelper helper([&](int socket, const wire::Request &request) {
        if (std::holds_alternative<wire::Launch>(request.method))
            say(socket);
    });
    QVERIFY(helper.works());
    const SandboxSession &session = launch();
    QTRY_COMPARE_WITH_TIMEOUT(session.state(), State::Failed, patienceMs);
    QVERIFY(session.error() && !session.error()->what.empty());
    bool told = false;
    for (const Banner *banner : m_window->findChild<RunPage *>()->current()->findChildren<Banner *>())
        told = told || !banner->message().what.isEmpty();
    QVERIFY(told);
    QCOMPARE(m_window->findChild<RunPage *>()->runningHere(), 0);
    QTRY_VERIFY_WITH_TIMEOUT(!qApp->findChild<QTimer *>("flood"), patienceMs); // it was hung up on
}

void TestBadHelper::nonsenseInsteadOfTheList_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("not JSON") << QByteArray("hello");
    QTest::newRow("an event") << QByteArray(R"({"parameters":{"event":"exited","sandbox":"s","status":0}})");
    QTest::newRow("sandboxes that are numbers") << QByteArray(R"({"parameters":{"sandboxes":[1]}})");
    QTest::newRow("an error") << QByteArray(R"({"error":"org.example.Moon","parameters":{}})");
}

void TestBadHelper::nonsenseInsteadOfTheList()
{
    QFETCH(QByteArray, text);
    FakeHelper helper([&](int socket, const wire::Request &) {
        FakeHelper::send(socket, {text.constData(), static_cast<std::size_t>(text.size()) + 1});
    });
    SandboxList list;
    list.refresh();
    QTRY_COMPARE_WITH_TIMEOUT(list.helperState(), SandboxList::HelperState::Failed, patienceMs);
    QVERIFY(list.error());
    QVERIFY(list.sandboxes().empty());
    const int asked = helper.requests();
    QTRY_VERIFY_WITH_TIMEOUT(helper.requests() > asked, patienceMs); // asks on
}

void TestBadHelper::oneThatDiesInTheMiddle()
{
    FakeHelper helper([&](int, const wire::Request &request) {
        if (std::holds_alternative<wire::Launch>(request.method))
            QTimer::singleShot(0, qApp, [&] { helper.die(); });
    });
    const SandboxSession &session = launch();
    QTRY_COMPARE_WITH_TIMEOUT(session.state(), State::Failed, patienceMs);
    QCOMPARE(session.error()->code, std::string("helper.gone"));
    QVERIFY(!session.isLost());
}

void TestBadHelper::oneThatDiesLaterIsLost()
{
    FakeHelper helper([&](int socket, const wire::Request &request) {
        if (std::holds_alternative<wire::Launch>(request.method))
            FakeHelper::reply(socket, started);
    });
    const SandboxSession &session = launch();
    QTRY_COMPARE_WITH_TIMEOUT(session.state(), State::Running, patienceMs);
    helper.die();
    QTRY_COMPARE_WITH_TIMEOUT(session.state(), State::Failed, patienceMs);
    QVERIFY(session.isLost());
    QTRY_COMPARE_WITH_TIMEOUT(m_context->sandboxes().helperState(), SandboxList::HelperState::Absent, patienceMs);
}

void TestBadHelper::oneThatHangsCanBeGivenUp()
{
    FakeHelper helper; // accepts, and that is all
    const SandboxSession &session = launch();
    QTRY_COMPARE_WITH_TIMEOUT(m_context->sandboxes().helperState(), SandboxList::HelperState::Silent, patienceMs);
    QCOMPARE(session.state(), State::Starting);
    m_window->document().edit("still alive", [](SandboxSpec &spec) { spec.hostname = "h"; });
    QTRY_VERIFY_WITH_TIMEOUT(m_window->analyser().isCurrent(), patienceMs);
    m_window->findChild<RunPage *>()->current()->stop();
    QCOMPARE(session.state(), State::Failed);
    QCOMPARE(session.error()->code, std::string("launch.cancelled"));
}

void TestBadHelper::endlessChanges_data()
{
    QTest::addColumn<Writing>("write"); ///< a piece of the list; there is no last one
    QTest::addColumn<QString>("told");
    QTest::addColumn<int>("count");
    const QString unreadable = "the list of changes holds a record that cannot be read";
    QTest::newRow("a record") << Writing([] { return "0 1 9 0 0 0 0 /" + std::string(10'000, 'x'); }) << unreadable
                              << 0;
    QTest::newRow("no record") << Writing([] { return std::string(10'000, '\0'); }) << unreadable << 0;
    QTest::newRow("records") << Writing([number = 0]() mutable {
        std::string piece;
        for (int i = 0; i < 1000; ++i)
            piece += fmt::format("0 1 9 0 0 0 0 /{:09}", number++) + '\0';
        return piece;
    }) << "more than a million changes"
                             << 1'000'000;
}

void TestBadHelper::endlessChanges()
{
    QFETCH(Writing, write);
    QFETCH(QString, told);
    QFETCH(int, count);
    std::optional<std::jthread> writer; // of the first list that is asked for
    FakeHelper helper([&](int socket, const wire::Request &request) {
        if (std::holds_alternative<wire::Launch>(request.method))
            FakeHelper::reply(socket, started);
        const auto *list = std::get_if<wire::ListChanges>(&request.method);
        if (list && !writer)
            writer.emplace([pipe = std::move(helper.descriptors().at(list->output)), write] {
                for (std::string piece = write(); ::write(pipe.get(), piece.data(), piece.size()) > 0;)
                    piece = write();
            });
    });
    const SandboxSession &session = launch();
    QTRY_COMPARE_WITH_TIMEOUT(session.state(), State::Running, patienceMs);
    SandboxView *view = m_window->findChild<RunPage *>()->current();
    view->showChanges(true);
    const Banner *banner = view->changes().findChild<Banner *>();
    QVERIFY(banner);
    QTRY_VERIFY2_WITH_TIMEOUT(banner->asText().contains(told), qPrintable(banner->asText()), patienceMs);
    QCOMPARE(view->changes().count(), count);
    writer->join(); // it was hung up on
    m_window->document().edit("still alive", [](SandboxSpec &spec) { spec.hostname = "h"; });
    QTRY_VERIFY_WITH_TIMEOUT(m_window->analyser().isCurrent(), patienceMs);
}

void TestBadHelper::afterABadOneAGoodOne()
{
    bool good = false;
    FakeHelper helper([&](int socket, const wire::Request &request) {
        if (!std::holds_alternative<wire::Launch>(request.method)) {
            FakeHelper::reply(socket, {.body = wire::Sandboxes{}});
        } else if (good) {
            FakeHelper::reply(socket, started);
            FakeHelper::reply(socket, {.body = wire::Exited{.sandbox = "s"}});
        } else {
            FakeHelper::send(socket, {"nonsense", 9});
        }
    });
    const SandboxSession &first = launch();
    QTRY_COMPARE_WITH_TIMEOUT(first.state(), State::Failed, patienceMs);
    good = true;
    const SandboxSession &second = launch();
    QTRY_COMPARE_WITH_TIMEOUT(second.state(), State::Ended, patienceMs);
}

QTEST_MAIN(TestBadHelper)
#include "tst_bad_helper.moc"
