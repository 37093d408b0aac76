// SPDX-License-Identifier: Apache-2.0
#include "app/workbench/app_context.h"
#include "app/workbench/instance_listener.h"
#include "app/workbench/main_window.h"
#include "app/workbench/open_windows.h"
#include "core/preset/presets.h"

#include <QApplication>
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QRandomGenerator>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QThreadPool>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>

using namespace pivotbench::app;
using namespace pivotbench::core;
using namespace std::chrono_literals;

namespace {

constexpr int patienceMs = 30'000;

QString words(const Error &error) { return QString::fromStdString(describe(error)); }

UniqueFd connectTo(const std::string &path)
{
    UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        socket.reset();
    return socket;
}

/// What the other end says: "" when it hangs up.
std::string answerOf(const UniqueFd &socket)
{
    char text[64];
    pollfd waiting{.fd = socket.get(), .events = POLLIN, .revents = 0};
    while (::poll(&waiting, 1, 0) == 0)
        QTest::qWait(10);
    const ssize_t got = ::recv(socket.get(), text, sizeof text, 0);
    return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : std::string();
}

/// The real program, on a display that is not there.
class Program {
public:
    Program(const QString &home, const QStringList &arguments, const QString &folder = {})
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("QT_QPA_PLATFORM", "offscreen");
        for (const char *name : {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"})
            environment.insert(name, home);
        m_process.setProcessEnvironment(environment);
        m_process.setWorkingDirectory(folder);
        m_process.start(QCoreApplication::applicationDirPath() + "/pivotbench", arguments);
        m_process.waitForStarted();
    }
    ~Program()
    {
        m_process.kill();
        m_process.waitForFinished();
    }
    /// Its exit status.
    int end() { return m_process.waitForFinished(patienceMs) ? m_process.exitCode() : -1; }
    QProcess *operator->() { return &m_process; }
    void signal(int number) { ::kill(static_cast<pid_t>(m_process.processId()), number); }

private:
    QProcess m_process;
};

/// What the program that runs in this home has opened, newest first.
QStringList opened(const QString &home)
{
    return QSettings(home + "/pivotbench/pivotbench.ini", QSettings::IniFormat).value("recent").toStringList();
}

QString socketIn(const QString &home)
{
    for (const QString &name : QDir(home + "/pivotbench").entryList({"workbench-*"}, QDir::System))
        return home + "/pivotbench/" + name;
    return {};
}

} // namespace

class TestInstance : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void cleanup();
    void thereIsOneAtATime();
    void takesOverFromAKilledOne();
    void refusesADirectoryOfOthers();
    void knowsItsOwnUser();
    void aHungOneIsGivenUp();
    void oneThatEndsMeanwhileIsSucceeded();
    void carriesEverything();
    void readsStrictly_data();
    void readsStrictly();
    void hostileBytesGiveNothing();
    void actsForNobodyWhoHasLeft();
    void aFloodLeavesRoomAgain();
    void filesGetWindowsOfTheirOwn();
    void runsAFileOnceItIsOpen();
    void theProgramHandsOn();
    void theProgramOpensItselfBesideAHungOne();
    void theProgramTakesOverFromAKilledOne();
    void aPictureNeedsNoOther();

private:
    QString write(const QString &name) const;

    std::unique_ptr<QTemporaryDir> m_folder;
    std::string m_path; ///< of the socket
};

void TestInstance::initTestCase() { qRegisterMetaType<InstanceMessage>(); }

void TestInstance::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    for (const char *name : {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"})
        qputenv(name, m_folder->path().toLocal8Bit());
    m_path = m_folder->filePath("pivotbench/workbench").toStdString();
}

void TestInstance::cleanup()
{
    QList<MainWindow *> windows;
    for (QWidget *widget : QApplication::topLevelWidgets())
        if (auto *window = qobject_cast<MainWindow *>(widget))
            windows << window;
    qDeleteAll(windows);
    QThreadPool::globalInstance()->waitForDone(); // what they have begun writes below the folder
}

QString TestInstance::write(const QString &name) const
{
    QFile file(m_folder->filePath(name));
    if (file.open(QIODevice::WriteOnly))
        file.write(presetText("bare-pivot").data());
    return file.fileName();
}

void TestInstance::thereIsOneAtATime()
{
    {
        const auto first = InstanceSocket::open(m_path);
        QVERIFY2(first && *first, first ? "held" : qPrintable(words(first.error())));
        struct stat status = {};
        QCOMPARE(::stat(m_path.c_str(), &status), 0);
        QVERIFY(S_ISSOCK(status.st_mode));
        QCOMPARE(status.st_mode & 0777U, 0600U);
        QCOMPARE(::stat(m_folder->filePath("pivotbench").toLocal8Bit(), &status), 0);
        QCOMPARE(status.st_mode & 0777U, 0700U);
        const auto second = InstanceSocket::open(m_path);
        QVERIFY(second && !*second);
    }
    QVERIFY(!QFile::exists(QString::fromStdString(m_path)));
    const auto next = InstanceSocket::open(m_path);
    QVERIFY(next && *next);
}

void TestInstance::takesOverFromAKilledOne()
{
    int ready[2];
    QCOMPARE(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto first = InstanceSocket::open(m_path);
        (void)!::write(ready[1], first && *first ? "y" : "n", 1);
        ::pause();
        ::_exit(0);
    }
    char byte = 0;
    QCOMPARE(::read(ready[0], &byte, 1), 1);
    QCOMPARE(byte, 'y');
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ready[0]);
    ::close(ready[1]);
    QVERIFY(QFile::exists(QString::fromStdString(m_path)));
    const auto next = becomeFirstOrSend(m_path, "{}", 0ms);
    QVERIFY(next && *next);
    QVERIFY(connectTo(m_path));
}

void TestInstance::refusesADirectoryOfOthers()
{
    QVERIFY(QDir().mkpath(m_folder->filePath("pivotbench")));
    QCOMPARE(::chmod(m_folder->filePath("pivotbench").toLocal8Bit(), 0777), 0);
    const auto first = becomeFirstOrSend(m_path, "{}", 0ms);
    QVERIFY(!first);
    QCOMPARE(first.error().code, std::string("instance.directory"));
}

void TestInstance::knowsItsOwnUser()
{
    int ends[2];
    QCOMPARE(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    QVERIFY(isOwnPeer(ends[0]));
    ::close(ends[0]);
    ::close(ends[1]);
    if (::geteuid() != 0)
        QSKIP("another user's socket can only be made by root");
    QCOMPARE(::seteuid(65534), 0);
    const int made = ::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
    QCOMPARE(::seteuid(0), 0);
    QCOMPARE(made, 0);
    QVERIFY(!isOwnPeer(ends[0]));
    ::close(ends[0]);
    ::close(ends[1]);
}

/// It listens, and takes nothing.
void TestInstance::aHungOneIsGivenUp()
{
    const auto hung = InstanceSocket::open(m_path);
    QVERIFY(hung && *hung);
    const auto second = becomeFirstOrSend(m_path, "{}", 300ms);
    QVERIFY(!second);
    QCOMPARE(second.error().code, std::string("instance.silent"));
}

void TestInstance::oneThatEndsMeanwhileIsSucceeded()
{
    auto first = InstanceSocket::open(m_path);
    QVERIFY(first && *first);
    std::thread ending([&] {
        std::this_thread::sleep_for(200ms);
        first->reset();
    });
    const auto second = becomeFirstOrSend(m_path, "{}", 60s);
    ending.join();
    QVERIFY2(second && *second, second ? "sent" : qPrintable(words(second.error())));
}

void TestInstance::carriesEverything()
{
    auto socket = InstanceSocket::open(m_path);
    QVERIFY(socket && *socket);
    InstanceListener listener(std::move(**socket));
    QSignalSpy asked(&listener, &InstanceListener::asked);
    const InstanceMessage message{
        .line = {.files = {"/a b/ü \" \\.pbox", "/c.pbox"}, .place = Place::Run, .theme = Theme::Dark, .run = true},
        .activationToken = "token_1"};
    std::thread sender([&] {
        const auto sent = becomeFirstOrSend(m_path, writeInstanceMessage(message), 60s);
        QVERIFY(sent && !*sent);
    });
    QTRY_COMPARE_WITH_TIMEOUT(asked.count(), 1, patienceMs);
    sender.join();
    const auto taken = asked.front().front().value<InstanceMessage>();
    QCOMPARE(taken.line.files, message.line.files);
    QVERIFY(taken.line.place == message.line.place && taken.line.theme == message.line.theme && taken.line.run);
    QCOMPARE(taken.activationToken, message.activationToken);
}

void TestInstance::readsStrictly_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("good");
    QTest::newRow("nothing asked") << QByteArray(R"({"files":[]})") << true;
    QTest::newRow("a preset") << QByteArray(R"({"files":[],"preset":"busybox","place":"compose"})") << true;
    QTest::newRow("no bytes") << QByteArray() << false;
    QTest::newRow("no JSON") << QByteArray("\x7f"
                                           "ELF\0",
                                           5)
                             << false;
    QTest::newRow("no files") << QByteArray("{}") << false;
    QTest::newRow("a list") << QByteArray("[]") << false;
    QTest::newRow("a relative file") << QByteArray(R"({"files":["a.pbox"]})") << false;
    QTest::newRow("a file that is a number") << QByteArray(R"({"files":[1]})") << false;
    QTest::newRow("a NUL in a file") << QByteArray(R"({"files":["/a\u0000"]})") << false;
    QTest::newRow("no such preset") << QByteArray(R"({"files":[],"preset":"moon"})") << false;
    QTest::newRow("a preset and files") << QByteArray(R"({"files":["/a"],"preset":"busybox"})") << false;
    QTest::newRow("no such place") << QByteArray(R"({"files":[],"place":"moon"})") << false;
    QTest::newRow("run in words") << QByteArray(R"({"files":[],"run":"yes"})") << false;
    QTest::newRow("an unknown field") << QByteArray(R"({"files":[],"exec":"rm"})") << false;
    QTest::newRow("a token with a newline") << QByteArray(R"({"files":[],"activationToken":"a\nb"})") << false;
    QTest::newRow("a long token") << R"({"files":[],"activationToken":")" + QByteArray(300, 'x') + R"("})" << false;
    QTest::newRow("deep") << R"({"files":)" + QByteArray(1000, '[') << false;
    QTest::newRow("too long") << R"({"files":["/)" + QByteArray(70'000, 'x') + R"("]})" << false;
}

void TestInstance::readsStrictly()
{
    QFETCH(QByteArray, text);
    QTEST(readInstanceMessage({text.constData(), static_cast<std::size_t>(text.size())}).has_value(), "good");
}

void TestInstance::hostileBytesGiveNothing()
{
    auto socket = InstanceSocket::open(m_path);
    QVERIFY(socket && *socket);
    InstanceListener listener(std::move(**socket));
    QSignalSpy asked(&listener, &InstanceListener::asked);
    QRandomGenerator random(7);
    const QByteArray good = R"({"files":["/a.pbox"],"run":true})";
    for (int i = 0; i < 200; ++i) {
        QByteArray bytes = good.left(random.bounded(good.size()));
        if (i % 3 == 0)
            bytes = QByteArray(random.bounded(1, 2000), static_cast<char>(random.bounded(256)));
        if (i == 100)
            bytes = QByteArray(150'000, '{');
        const UniqueFd peer = connectTo(m_path);
        QVERIFY(peer);
        ::send(peer.get(), bytes.constData(), static_cast<std::size_t>(bytes.size()), MSG_NOSIGNAL);
        QVERIFY(answerOf(peer) != instanceAccepts);
    }
    QCOMPARE(asked.count(), 0);
}

void TestInstance::actsForNobodyWhoHasLeft()
{
    auto socket = InstanceSocket::open(m_path);
    QVERIFY(socket && *socket);
    QCOMPARE(becomeFirstOrSend(m_path, R"({"files":[]})", 100ms).error().code, std::string("instance.silent"));
    InstanceListener listener(std::move(**socket)); // awake again
    QSignalSpy asked(&listener, &InstanceListener::asked);
    const UniqueFd later = connectTo(m_path); // behind it in the queue
    QVERIFY(later && ::send(later.get(), "x", 1, 0) == 1);
    QCOMPARE(answerOf(later), std::string("no"));
    QCOMPARE(asked.count(), 0);
}

/// Connections that say nothing are let go.
void TestInstance::aFloodLeavesRoomAgain()
{
    auto socket = InstanceSocket::open(m_path);
    QVERIFY(socket && *socket);
    InstanceListener listener(std::move(**socket));
    std::vector<UniqueFd> silent;
    for (int i = 0; i < 40; ++i)
        silent.push_back(connectTo(m_path));
    for (const UniqueFd &one : silent)
        QCOMPARE(answerOf(one), std::string());
    QSignalSpy asked(&listener, &InstanceListener::asked);
    const UniqueFd peer = connectTo(m_path);
    QVERIFY(peer && ::send(peer.get(), R"({"files":[]})", 12, 0) == 12);
    QCOMPARE(answerOf(peer), std::string(instanceAccepts));
    QCOMPARE(asked.count(), 1);
}

void TestInstance::filesGetWindowsOfTheirOwn()
{
    AppContext context;
    const QString a = write("a.pbox");
    const QString b = write("b.pbox");
    const auto windows = openWindows(context, {.files = {a, b}});
    QCOMPARE(windows.size(), 2);
    QTRY_COMPARE_WITH_TIMEOUT(windows[0]->document().path(), a, patienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(windows[1]->document().path(), b, patienceMs);
    QCOMPARE(openWindows(context, {.files = {b}}), QList{windows[1]});
    const auto start = openWindows(context, {});
    QCOMPARE(start.size(), 1);
    QVERIFY(start[0]->isFree() && start[0]->isVisible());
    QCOMPARE(openWindows(context, {.preset = "busybox"}), start);
    QVERIFY(!start[0]->document().isEmpty());
    QCOMPARE(AppContext::windows().size(), 3);
}

void TestInstance::runsAFileOnceItIsOpen()
{
    AppContext context;
    const QString a = write("a.pbox");
    bool open = false;
    MainWindow *window = context.newWindow();
    window->openFile(a, [&](MainWindow &which) { open = !which.document().isEmpty(); });
    QTRY_VERIFY_WITH_TIMEOUT(open, patienceMs);
    open = false;
    MainWindow *other = context.newWindow();
    other->openFile("/nonexistent.pbox", [&](MainWindow &) { open = true; });
    QTRY_VERIFY_WITH_TIMEOUT(other->isFree(), patienceMs);
    QVERIFY(other->openPreset("busybox")); // is nobody's business
    QVERIFY(!open);
}

void TestInstance::theProgramHandsOn()
{
    const QString home = m_folder->path();
    const QString a = write("a.pbox");
    const QString b = write("b.pbox");
    Program first(home, {a});
    QTRY_COMPARE_WITH_TIMEOUT(opened(home), QStringList{a}, patienceMs);
    Program second(home, {"b.pbox"}, home);
    QCOMPARE(second.end(), 0);
    QCOMPARE(second->readAllStandardError(), QByteArray());
    QTRY_COMPARE_WITH_TIMEOUT(opened(home), (QStringList{b, a}), patienceMs);
    QCOMPARE(first->state(), QProcess::Running);
}

void TestInstance::theProgramOpensItselfBesideAHungOne()
{
    const QString home = m_folder->path();
    const QString a = write("a.pbox");
    const QString b = write("b.pbox");
    Program first(home, {a});
    QTRY_COMPARE_WITH_TIMEOUT(opened(home), QStringList{a}, patienceMs);
    first.signal(SIGSTOP);
    Program second(home, {b});
    QTRY_COMPARE_WITH_TIMEOUT(opened(home).value(0), b, patienceMs);
    QVERIFY(second->state() == QProcess::Running);
    QVERIFY2(second->readAllStandardError().contains("has not answered"), "it says so");
    first.signal(SIGCONT);
}

void TestInstance::theProgramTakesOverFromAKilledOne()
{
    const QString home = m_folder->path();
    const QString a = write("a.pbox");
    const QString b = write("b.pbox");
    Program first(home, {a});
    QTRY_COMPARE_WITH_TIMEOUT(opened(home), QStringList{a}, patienceMs);
    first->kill();
    QVERIFY(first->waitForFinished());
    QVERIFY(!socketIn(home).isEmpty());
    Program second(home, {b});
    QTRY_COMPARE_WITH_TIMEOUT(opened(home).value(0), b, patienceMs);
    QVERIFY(!second->readAllStandardError().contains("answered"));
    Program third(home, {a});
    QCOMPARE(third.end(), 0);
    QTRY_COMPARE_WITH_TIMEOUT(opened(home).value(0), a, patienceMs);
}

void TestInstance::aPictureNeedsNoOther()
{
    const QString home = m_folder->path();
    const QString a = write("a.pbox");
    Program first(home, {});
    QTRY_VERIFY_WITH_TIMEOUT(!socketIn(home).isEmpty(), patienceMs);
    first.signal(SIGSTOP); // would hold up whoever asks it
    Program picture(home, {a, "--screenshot", m_folder->filePath("a.png")});
    QCOMPARE(picture.end(), 0);
    QVERIFY(QFile::exists(m_folder->filePath("a.png")));
    QVERIFY(!picture->readAllStandardError().contains("answered"));
    Program help(home, {"--help"});
    QCOMPARE(help.end(), 0);
    // Before there is an application, Qt knows no name of it.
    QCOMPARE(help->readAllStandardOutput().split('\n').front(), "Usage: pivotbench [options] [FILE…]");
    first.signal(SIGCONT);
}

QTEST_MAIN(TestInstance)
#include "tst_instance.moc"
