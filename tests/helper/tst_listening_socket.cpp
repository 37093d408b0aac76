// SPDX-License-Identifier: Apache-2.0
#include "helper/listening_socket.h"
#include "socket_client.h"

#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <cstdlib>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using pivotbench::core::UniqueFd;
using pivotbench::helper::ListeningSocket;
using pivotbench::test::SocketClient;

namespace {

/// What another process says when it tries to listen: "ok" or the code of its error. Locks are a process's own, so only
/// another one can be kept out. It ends at once, or with `stay` when it is killed.
struct OtherProcess {
    /// With a gate (a pipe) it begins when the parent closes the writing end.
    explicit OtherProcess(const std::string &path, bool stay = false, const int *gate = nullptr)
    {
        int ends[2] = {-1, -1};
        if (::pipe2(ends, O_CLOEXEC) != 0)
            qFatal("no pipe");
        m_words.reset(ends[0]);
        const UniqueFd writer(ends[1]);
        m_pid = ::fork();
        if (m_pid != 0)
            return;
        if (gate) {
            char byte = 0;
            ::close(gate[1]);
            (void)!::read(gate[0], &byte, 1);
        }
        const auto socket = ListeningSocket::open(path);
        const std::string word = socket ? "ok" : socket.error().code;
        // Whoever is told "running" can connect at once, without trying again.
        const bool served = socket || SocketClient(path).connected();
        const std::string said = word + (served ? "" : " but nobody listens") + "\n";
        (void)!::write(writer.get(), said.data(), said.size());
        if (socket && stay)
            ::pause();
        ::_exit(0);
    }
    ~OtherProcess() { kill(); }
    OtherProcess(const OtherProcess &) = delete;
    OtherProcess &operator=(const OtherProcess &) = delete;

    std::string word()
    {
        std::string out;
        char byte = 0;
        while (::read(m_words.get(), &byte, 1) == 1 && byte != '\n')
            out += byte;
        return out;
    }
    void kill()
    {
        if (m_pid <= 0)
            return;
        ::kill(m_pid, SIGKILL);
        ::waitpid(m_pid, nullptr, 0);
        m_pid = -1;
    }

private:
    UniqueFd m_words;
    pid_t m_pid = -1;
};

} // namespace

class tst_ListeningSocket : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        m_temporary = std::make_unique<QTemporaryDir>();
        m_directory = m_temporary->path().toStdString() + "/pivotbench";
        m_path = m_directory + "/helper.sock";
    }

    void itCanBeConnectedTo()
    {
        const auto socket = ListeningSocket::open(m_path);
        QVERIFY2(socket, socket ? "" : socket.error().what.c_str());
        QVERIFY(SocketClient(m_path).connected());
        struct stat status{};
        QCOMPARE(::stat(m_directory.c_str(), &status), 0);
        QCOMPARE(status.st_mode & 07777, 0700U);
        QCOMPARE(::lstat(m_path.c_str(), &status), 0);
        QVERIFY(S_ISSOCK(status.st_mode));
        QCOMPARE(status.st_mode & 077, 0U);
    }

    void aDirectoryThatOthersMayEnterIsRefused()
    {
        QCOMPARE(::mkdir(m_directory.c_str(), 0700), 0);
        for (const mode_t mode : {0755U, 0710U, 0701U, 0720U, 01770U}) {
            QCOMPARE(::chmod(m_directory.c_str(), mode), 0);
            const auto socket = ListeningSocket::open(m_path);
            QVERIFY(!socket);
            QCOMPARE(socket.error().code, std::string("server.directory"));
        }
    }

    void aLinkToADirectoryIsRefused()
    {
        const std::string real = m_temporary->path().toStdString() + "/real";
        QCOMPARE(::mkdir(real.c_str(), 0700), 0);
        QCOMPARE(::symlink(real.c_str(), m_directory.c_str()), 0);
        QVERIFY(!ListeningSocket::open(m_path));
        QVERIFY(!SocketClient(real + "/helper.sock").connected());
    }

    void aDirectoryOfSomebodyElseIsRefused()
    {
        if (::geteuid() != 0)
            QSKIP("only root can make a directory of somebody else");
        QCOMPARE(::mkdir(m_directory.c_str(), 0700), 0);
        QCOMPARE(::chown(m_directory.c_str(), 65534, 65534), 0);
        const auto socket = ListeningSocket::open(m_path);
        QVERIFY(!socket);
        QCOMPARE(socket.error().code, std::string("server.directory"));
    }

    void aLinkInPlaceOfTheLockIsNotFollowed()
    {
        const std::string victim = m_temporary->path().toStdString() + "/victim";
        QCOMPARE(::mkdir(m_directory.c_str(), 0700), 0);
        QCOMPARE(::symlink(victim.c_str(), (m_path + ".lock").c_str()), 0);
        QVERIFY(!ListeningSocket::open(m_path));
        QVERIFY(::access(victim.c_str(), F_OK) != 0);
    }

    void pathsThatNeedADirectoryOfTheirOwn_data()
    {
        QTest::addColumn<QString>("path");
        QTest::newRow("relative") << "pivotbench/helper.sock";
        QTest::newRow("in the root") << "/helper.sock";
        QTest::newRow("a directory") << "/run/pivotbench/";
        QTest::newRow("nothing") << "";
    }
    void pathsThatNeedADirectoryOfTheirOwn()
    {
        QFETCH(QString, path);
        const auto socket = ListeningSocket::open(path.toStdString());
        QVERIFY(!socket);
        QCOMPARE(socket.error().code, std::string("server.path"));
    }

    void aSecondHelperIsToldThatOneIsRunning()
    {
        const auto socket = ListeningSocket::open(m_path);
        QVERIFY(socket);
        QCOMPARE(OtherProcess(m_path).word(), std::string("server.running"));
        QVERIFY(SocketClient(m_path).connected());
    }

    void aSocketLeftByAKilledHelperIsReplaced()
    {
        OtherProcess killed(m_path, true);
        QCOMPARE(killed.word(), std::string("ok"));
        killed.kill();
        QVERIFY(!SocketClient(m_path).connected());
        QVERIFY(::access(m_path.c_str(), F_OK) == 0);
        const auto socket = ListeningSocket::open(m_path);
        QVERIFY(socket);
        QVERIFY(SocketClient(m_path).connected());
    }

    void ofManyThatStartAtOnceExactlyOneListens()
    {
        for (int round = 0; round < 20; ++round) {
            const std::string path = m_directory + "/" + std::to_string(round) + ".sock";
            int gate[2] = {-1, -1};
            QCOMPARE(::pipe2(gate, O_CLOEXEC), 0);
            const UniqueFd gateReader(gate[0]);
            UniqueFd gateWriter(gate[1]);
            std::vector<std::unique_ptr<OtherProcess>> processes;
            for (int i = 0; i < 6; ++i)
                processes.push_back(std::make_unique<OtherProcess>(path, true, gate));
            gateWriter.reset();
            int winners = 0;
            for (const auto &process : processes) {
                const std::string word = process->word();
                QVERIFY2(word == "ok" || word == "server.running", word.c_str());
                winners += word == "ok";
            }
            QCOMPARE(winners, 1);
        }
    }

    void leavingHidesTheNameAndStayingBringsItBack()
    {
        auto socket = ListeningSocket::open(m_path);
        QVERIFY(socket);
        QVERIFY(socket->withdraw());
        QVERIFY(!SocketClient(m_path).connected());
        QVERIFY(socket->restore());
        QVERIFY(SocketClient(m_path).connected());
        QVERIFY(socket->withdraw());
        socket->remove();
        QVERIFY(!SocketClient(m_path).connected());
        QCOMPARE(OtherProcess(m_path).word(), std::string("ok"));
    }

    void aDirectoryTooDeepForASocketAddressServes()
    {
        std::string deep = m_temporary->path().toStdString();
        for (int i = 0; i < 4; ++i) {
            deep += "/" + std::string(60, 'd');
            QCOMPARE(::mkdir(deep.c_str(), 0700), 0);
        }
        const auto socket = ListeningSocket::open(deep + "/pivotbench/helper.sock");
        QVERIFY2(socket, socket ? "" : socket.error().what.c_str());
        QCOMPARE(::chdir((deep + "/pivotbench").c_str()), 0);
        QVERIFY(SocketClient("helper.sock").connected());
        QCOMPARE(::chdir("/"), 0);
    }

    void systemdsSocketIsTaken()
    {
        auto ours = ListeningSocket::open(m_path);
        QVERIFY(ours);
        const pid_t child = ::fork();
        if (child == 0) {
            // What systemd does: one descriptor, number 3, and the variables for this very process (sd_listen_fds(3)).
            ::dup2(ours->fd(), 3);
            ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
            ::setenv("LISTEN_FDS", "1", 1);
            const auto taken = ListeningSocket::fromActivation();
            const bool right = taken && *taken && (*taken)->fd() == 3 && (::fcntl(3, F_GETFD) & FD_CLOEXEC) &&
                               (::fcntl(3, F_GETFL) & O_NONBLOCK) && !::getenv("LISTEN_FDS");
            ::_exit(right ? 0 : 1);
        }
        int status = -1;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QCOMPARE(status, 0);
    }

    void otherThingsFromSystemdAreRefused()
    {
        const pid_t child = ::fork();
        if (child == 0) {
            ::dup2(::open("/dev/null", O_RDONLY), 3);
            ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
            ::setenv("LISTEN_FDS", "1", 1);
            ::_exit(ListeningSocket::fromActivation() ? 1 : 0);
        }
        int status = -1;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QCOMPARE(status, 0);
    }

    void withoutSystemdThereIsNoSocketOfIts()
    {
        const auto socket = ListeningSocket::fromActivation();
        QVERIFY(socket);
        QVERIFY(!*socket);
    }

private:
    std::unique_ptr<QTemporaryDir> m_temporary;
    std::string m_directory;
    std::string m_path;
};

QTEST_GUILESS_MAIN(tst_ListeningSocket)
#include "tst_listening_socket.moc"
