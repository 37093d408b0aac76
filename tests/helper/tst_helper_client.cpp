// SPDX-License-Identifier: Apache-2.0
#include "app/client/helper_client.h"
#include "core/wire/message_codec.h"
#include "helper/listening_socket.h"
#include "socket_client.h"

#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <fstream>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::string_view_literals;
using namespace pivotbench::core::wire;
using pivotbench::app::HelperClient;
using pivotbench::core::UniqueFd;
using pivotbench::helper::ListeningSocket;
using pivotbench::test::openDescriptors;

namespace {

/// Says prepared things from the other end, in the same thread: everything fits the socket's buffer.
struct Script {
    Script()
        : path(directory.path().toStdString() + "/p/helper.sock")
        , listening(std::move(*ListeningSocket::open(path)))
        , client(std::move(*HelperClient::connect(path)))
        , helper(::accept4(listening.fd(), nullptr, nullptr, SOCK_CLOEXEC))
    {
    }
    void say(std::string_view bytes, const std::vector<int> &descriptors = {}) const
    {
        iovec part{const_cast<char *>(bytes.data()), bytes.size()};
        msghdr header{};
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        std::vector<char> control(CMSG_SPACE(descriptors.size() * sizeof(int)));
        if (!descriptors.empty()) {
            header.msg_control = control.data();
            header.msg_controllen = control.size();
            *CMSG_FIRSTHDR(&header) = {CMSG_LEN(descriptors.size() * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
            memcpy(CMSG_DATA(CMSG_FIRSTHDR(&header)), descriptors.data(), descriptors.size() * sizeof(int));
        }
        QCOMPARE(::sendmsg(helper.get(), &header, MSG_NOSIGNAL), ssize_t(bytes.size()));
    }

    QTemporaryDir directory;
    std::string path;
    ListeningSocket listening;
    HelperClient client;
    UniqueFd helper;
};

/// The pid of whoever listens.
pid_t listenerOf(const HelperClient &client)
{
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(client.fd(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : -1;
}

std::string firstLineStarting(const std::string &file, std::string_view with)
{
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);)
        if (line.starts_with(with))
            return line;
    return {};
}

} // namespace

class tst_HelperClient : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { qputenv("PIVOTBENCH_HELPER", LISTENING_HELPER); }

    void aCallIsOneMessageWithItsDescriptors()
    {
        const Script script;
        HelperClient &client = const_cast<Script &>(script).client;
        const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        const Request request{Peek{"box", {"sh"}, {0, 1, 2}}, true};
        const int fds[] = {null.get(), null.get(), null.get()};
        QVERIFY(client.call(request, fds));
        char bytes[1000];
        alignas(cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))];
        iovec part{bytes, sizeof bytes};
        msghdr header{};
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        const ssize_t count = ::recvmsg(script.helper.get(), &header, MSG_CMSG_CLOEXEC);
        QVERIFY(count > 0);
        QCOMPARE(bytes[count - 1], '\0');
        const auto decoded = decodeRequest({bytes, size_t(count - 1)}, 3);
        QVERIFY(decoded);
        QVERIFY(*decoded == request);
        QCOMPARE(CMSG_FIRSTHDR(&header)->cmsg_len, CMSG_LEN(3 * sizeof(int)));
        for (int i = 0; i < 3; ++i) {
            int fd = -1;
            memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&header)) + size_t(i) * sizeof(int), sizeof fd);
            ::close(fd);
        }
    }

    void repliesComeOneByOneHoweverTheyArrive()
    {
        Script script;
        const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        const std::string started = encodeReply({Started{"b", 1, "", 0}, true}) + '\0';
        script.say(started.substr(0, 5), {null.get()});
        QVERIFY(!script.client.tryNext().value());
        script.say(started.substr(5) + encodeReply({Stopped{"b", 1, "s"}, true}) + '\0' +
                   encodeReply({Exited{"b", 3, 0, false}}) + '\0');
        const auto first = script.client.next();
        QVERIFY(first);
        QVERIFY((first->reply == Reply{Started{"b", 1, "", 0}, true}));
        QCOMPARE(first->descriptors.size(), size_t(1));
        const auto second = script.client.tryNext();
        QVERIFY(second && *second);
        QVERIFY(((*second)->reply == Reply{Stopped{"b", 1, "s"}, true}));
        const auto third = script.client.next();
        QVERIFY(third);
        QVERIFY((third->reply == Reply{Exited{"b", 3, 0, false}}));
        QVERIFY(!script.client.tryNext().value());
    }

    void theDescriptorCanBePolled()
    {
        Script script;
        pollfd waiting{script.client.fd(), POLLIN, 0};
        QCOMPARE(::poll(&waiting, 1, 0), 0);
        script.say(encodeReply({Done{}}) + '\0');
        QCOMPARE(::poll(&waiting, 1, 0), 1);
        QVERIFY(script.client.tryNext().value());
    }

    void aHelperThatGoesIsAnError()
    {
        Script script;
        QVERIFY(script.client.call({List{}}));
        script.helper.reset();
        const auto reply = script.client.next();
        QVERIFY(!reply);
        QCOMPARE(reply.error().code, std::string("helper.gone"));
        QVERIFY(script.client.call({List{}})); // no SIGPIPE
        QVERIFY(!script.client.next());
    }

    void theReasonOfOneThatTurnsUsAwayIsHeard()
    {
        Script script;
        script.say(encodeReply({Failure{std::string(error_name::permissionDenied), {}, {}}}) + '\0');
        script.helper.reset();
        QVERIFY(script.client.call({List{}}));
        const auto reply = script.client.next();
        QVERIFY(reply);
        QVERIFY(std::get<Failure>(reply->reply.body).name == error_name::permissionDenied);
    }

    void nonsenseFromTheHelperIsAnError_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("no JSON") << QByteArray("hello\0", 6);
        QTest::newRow("an empty message") << QByteArray("\0", 1);
        QTest::newRow("a reply that names a descriptor that did not come")
            << QByteArray(R"({"parameters":{"event":"started","sandbox":"b","pid":1,"terminal":0}})").append('\0');
    }
    void nonsenseFromTheHelperIsAnError()
    {
        QFETCH(QByteArray, bytes);
        Script script;
        script.say({bytes.data(), size_t(bytes.size())});
        QVERIFY(!script.client.next());
    }

    void callsBeyondTheLimitsAreNotSent()
    {
        Script script;
        Exec exec;
        exec.sandbox = "b";
        exec.args = {std::string(256 * 1024, 'a')};
        const auto tooLong = script.client.call({exec});
        QVERIFY(!tooLong);
        QCOMPARE(tooLong.error().code, std::string("wire.limit"));
        const std::vector<int> many(65, 0);
        const auto tooMany = script.client.call({List{}}, many);
        QVERIFY(!tooMany);
        QCOMPARE(tooMany.error().code, std::string("wire.limit"));
        exec.args = {"caf\xe9"};
        QVERIFY(!script.client.call({exec}));
        char byte = 0;
        QVERIFY(::recv(script.helper.get(), &byte, 1, MSG_DONTWAIT) < 0);
    }

    void nobodyListensIsToldApart()
    {
        const QTemporaryDir directory;
        const auto client = HelperClient::connect(directory.path().toStdString() + "/p/helper.sock");
        QVERIFY(!client);
        QCOMPARE(client.error().code, std::string("helper.absent"));
    }

    void theHelperIsStartedWhenNobodyListens()
    {
        const QTemporaryDir directory;
        const std::string path = directory.path().toStdString() + "/p/helper.sock";
        const size_t before = openDescriptors();
        const UniqueFd leaky(::open("/dev/null", O_RDONLY)); // without O_CLOEXEC, as somebody's library may have it
        auto client = HelperClient::connectOrStart(path);
        QVERIFY2(client, client ? "" : client.error().what.c_str());
        QVERIFY(client->call({List{}}));
        const auto reply = client->next();
        QVERIFY(reply);
        QVERIFY(reply->reply == Reply{Done{}});

        const pid_t helper = listenerOf(*client);
        QVERIFY(helper > 0);
        QCOMPARE(::getsid(helper) == ::getsid(0), false);
        const std::string process = "/proc/" + std::to_string(helper);
        QCOMPARE(std::filesystem::read_symlink(process + "/cwd").string(), std::string("/"));
        QCOMPARE(std::filesystem::read_symlink(process + "/fd/0").string(), std::string("/dev/null"));
        QCOMPARE(std::filesystem::read_symlink(process + "/fd/1").string(), std::string("/dev/null"));
        QVERIFY(std::filesystem::read_symlink(process + "/fd/2").string().find("pivotbench-helper-stderr") !=
                std::string::npos);
        for (const auto &entry : std::filesystem::directory_iterator(process + "/fd"))
            if (std::stoi(entry.path().filename()) > 2)
                QVERIFY(std::filesystem::read_symlink(entry.path()).string() != "/dev/null");
        QVERIFY(firstLineStarting(process + "/status", "PPid:") != "PPid:\t" + std::to_string(::getpid()));

        const auto second = HelperClient::connectOrStart(path);
        QVERIFY(second);
        QCOMPARE(listenerOf(*second), helper);
        QCOMPARE(openDescriptors(), before + 3);
        ::kill(helper, SIGTERM);
    }

    void signalsThatWeIgnoreAreNotIgnoredByTheHelper()
    {
        const QTemporaryDir directory;
        ::signal(SIGPIPE, SIG_IGN);
        sigset_t blocked;
        sigemptyset(&blocked);
        sigaddset(&blocked, SIGUSR1);
        ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
        auto client = HelperClient::connectOrStart(directory.path().toStdString() + "/p/helper.sock");
        ::sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
        ::signal(SIGPIPE, SIG_DFL);
        QVERIFY(client);
        const std::string status = "/proc/" + std::to_string(listenerOf(*client)) + "/status";
        QCOMPARE(firstLineStarting(status, "SigBlk:"), std::string("SigBlk:\t0000000000000000"));
        QCOMPARE(firstLineStarting(status, "SigIgn:"), std::string("SigIgn:\t0000000000000000"));
    }

    void manyClientsAtOnceShareOneHelper()
    {
        const QTemporaryDir directory;
        const std::string path = directory.path().toStdString() + "/p/helper.sock";
        int ends[2] = {-1, -1};
        QCOMPARE(::pipe2(ends, O_CLOEXEC), 0);
        const UniqueFd reader(ends[0]);
        UniqueFd writer(ends[1]);
        constexpr int count = 8;
        std::vector<pid_t> children;
        for (int i = 0; i < count; ++i) {
            const pid_t child = ::fork();
            if (child == 0) {
                auto client = HelperClient::connectOrStart(path);
                const bool served = client && client->call({List{}}) && client->next();
                const pid_t helper = served ? listenerOf(*client) : -1;
                (void)!::write(writer.get(), &helper, sizeof helper);
                ::_exit(0);
            }
            children.push_back(child);
        }
        writer.reset();
        std::vector<pid_t> helpers;
        pid_t helper = 0;
        while (::read(reader.get(), &helper, sizeof helper) == sizeof helper)
            helpers.push_back(helper);
        for (const pid_t child : children)
            ::waitpid(child, nullptr, 0);
        QCOMPARE(helpers.size(), size_t(count));
        for (const pid_t each : helpers) {
            QVERIFY(each > 0);
            QCOMPARE(each, helpers[0]);
        }
    }

    void oneIsAlwaysFoundWhileHelpersComeAndGo()
    {
        // The helper leaves 200 ms after its last client; these calls come around that moment, again and again.
        const QTemporaryDir directory;
        const std::string path = directory.path().toStdString() + "/p/helper.sock";
        for (int i = 0; i < 12; ++i) {
            auto client = HelperClient::connectOrStart(path);
            QVERIFY2(client, client ? "" : client.error().what.c_str());
            QVERIFY(client->call({List{}}));
            const auto reply = client->next();
            QVERIFY2(reply, reply ? "" : reply.error().what.c_str());
            client = HelperClient::connect("/nonexistent/p/helper.sock"); // ends the connection
            QTest::qSleep(196 + i % 6);
        }
    }

    void aHelperThatFailsIsQuoted()
    {
        const QTemporaryDir directory;
        const auto client = HelperClient::connectOrStart(directory.path().toStdString() + "/mute.sock");
        QVERIFY(!client);
        QCOMPARE(client.error().code, std::string("helper.start"));
        QVERIFY2(client.error().what.ends_with(": no helper today"), client.error().what.c_str());
    }

    void aHelperThatFailsInSilenceIsStillAnError()
    {
        const QTemporaryDir directory;
        const auto client = HelperClient::connectOrStart(directory.path().toStdString() + "/slow.sock");
        QVERIFY(!client);
        QCOMPARE(client.error().code, std::string("helper.absent"));
    }

    void aProgramThatCannotRunIsNamed()
    {
        const QTemporaryDir directory;
        qputenv("PIVOTBENCH_HELPER", "/nonexistent/helper");
        const auto client = HelperClient::connectOrStart(directory.path().toStdString() + "/p/helper.sock");
        qputenv("PIVOTBENCH_HELPER", LISTENING_HELPER);
        QVERIFY(!client);
        QCOMPARE(client.error().path, std::string("/nonexistent/helper"));
        QVERIFY2(client.error().what.find("No such file") != std::string::npos, client.error().what.c_str());
    }

    void aHelperThatIsNotInstalledIsSaidSo()
    {
        const QTemporaryDir directory;
        qunsetenv("PIVOTBENCH_HELPER");
        const auto client = HelperClient::connectOrStart(directory.path().toStdString() + "/p/helper.sock");
        qputenv("PIVOTBENCH_HELPER", LISTENING_HELPER);
        if (client)
            QSKIP("a helper stands beside this test");
        QVERIFY(!client.error().hint.empty());
    }

    void aPathTooLongForASocketAddressIsReached()
    {
        const QTemporaryDir directory;
        std::string deep = directory.path().toStdString();
        for (int i = 0; i < 3; ++i) {
            deep += "/" + std::string(60, 'd');
            QCOMPARE(::mkdir(deep.c_str(), 0700), 0);
        }
        auto client = HelperClient::connectOrStart(deep + "/p/helper.sock");
        QVERIFY2(client, client ? "" : client.error().what.c_str());
        QVERIFY(client->call({List{}}));
        QVERIFY(client->next());
    }
};

QTEST_GUILESS_MAIN(tst_HelperClient)
#include "tst_helper_client.moc"
