// SPDX-License-Identifier: Apache-2.0
#include "core/wire/message_codec.h"
#include "helper/server.h"
#include "socket_client.h"

#include <QTemporaryDir>
#include <QTest>
#include <functional>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace std::chrono_literals;
using namespace pivotbench::core::wire;
using namespace pivotbench::helper;
using pivotbench::core::UniqueFd;
using pivotbench::test::openDescriptors;
using pivotbench::test::SocketClient;

namespace {

const std::string list = R"({"method":"org.pivotbench.Helper.List"})";
const std::string done = "{\"parameters\":{}}\n";

std::string wait(const std::string &sandbox, const std::string &flags = "")
{
    return R"({"method":"org.pivotbench.Helper.Wait","parameters":{"sandbox":")" + sandbox + "\"}" + flags + "}";
}

std::string exited(const std::string &sandbox) { return encodeReply({Exited{sandbox, 0, 0, false}}) + "\n"; }

/// Answers a Wait when the test says so, and everything else at once with Done.
class Handler : public RequestHandler {
public:
    void handle(Call call) override
    {
        QVERIFY2(!m_inside, "the handler was entered twice");
        m_inside = true;
        if (const auto *method = std::get_if<Wait>(&call.request.method)) {
            order.push_back(method->sandbox);
            held.push_back(std::move(call));
        } else if (onCall) {
            onCall(std::move(call));
        } else {
            call.reply({Done{}});
        }
        m_inside = false;
    }
    void connectionClosed(ConnectionId connection) override { closed.push_back(connection); }

    std::function<void(Call)> onCall;
    std::vector<std::string> order; ///< of the Waits
    std::vector<Call> held;
    std::vector<ConnectionId> closed;

private:
    bool m_inside = false;
};

/// One helper with its clients in one thread. Everything is local, so what is ready is ready at once.
struct Stand {
    explicit Stand(std::function<void(ServerOptions &)> adjust = {})
        : loop(std::move(*EventLoop::create()))
    {
        ServerOptions options;
        options.onIdle = [this] {
            ++idleCalls;
            if (retireWhenIdle)
                retired = server->retire().value_or(false);
        };
        if (adjust)
            adjust(options);
        path = directory.path().toStdString() + "/pivotbench/helper.sock";
        auto socket = ListeningSocket::open(path);
        if (!socket)
            qFatal("%s", socket.error().what.c_str());
        server = std::move(*Server::start(loop, std::move(*socket), handler, options));
    }
    void turn()
    {
        for (int quiet = 0; quiet < 2;)
            quiet = loop.runOnce(0ms).value_or(false) ? 0 : quiet + 1;
    }
    /// Turns until it is so, and fails after much longer than it can take.
    bool until(const std::function<bool()> &condition)
    {
        for (int i = 0; i < 500 && !condition(); ++i)
            (void)loop.runOnce(10ms);
        return condition();
    }

    QTemporaryDir directory;
    std::string path;
    EventLoop loop;
    Handler handler;
    std::unique_ptr<Server> server;
    int idleCalls = 0;
    bool retireWhenIdle = false;
    bool retired = false;
};

} // namespace

class tst_Server : public QObject {
    Q_OBJECT
private slots:
    void itDescribesItself()
    {
        Stand stand;
        SocketClient client(stand.path);
        client.say(R"({"method":"org.varlink.service.GetInfo","parameters":{}})");
        stand.turn();
        const auto info = decodeReply(client.hear(), 0);
        QVERIFY(info);
        QVERIFY((std::get<Info>(info->body).interfaces ==
                 std::vector<std::string>{"org.varlink.service", "org.pivotbench.Helper"}));
        for (const char *interface : {"org.varlink.service", "org.pivotbench.Helper"}) {
            client.say(*encodeRequest({GetInterfaceDescription{interface}}));
            stand.turn();
            const auto reply = decodeReply(client.hear(), 0);
            QVERIFY(reply);
            QVERIFY(
                std::get<InterfaceDescription>(reply->body).description.find(std::string("\ninterface ") + interface) !=
                std::string::npos);
        }
        client.say(*encodeRequest({GetInterfaceDescription{"org.example.None"}}));
        stand.turn();
        QCOMPARE(QString::fromStdString(client.hear()),
                 "{\"error\":\"org.varlink.service.InterfaceNotFound\",\"parameters\":{\"interface\":\"org.example."
                 "None\"}}\n");
        QVERIFY(stand.handler.order.empty());
    }

    void aCallArrivesWithItsDescriptorsAndItsPeer()
    {
        Stand stand;
        std::vector<Call> calls;
        stand.handler.onCall = [&](Call call) { calls.push_back(std::move(call)); };
        SocketClient client(stand.path);
        int ends[2];
        QCOMPARE(::pipe2(ends, O_CLOEXEC), 0);
        const UniqueFd reader(ends[0]);
        const UniqueFd writer(ends[1]);
        const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        client.say(*encodeRequest({Peek{"box", {"sh"}, {0, 1, 2}}, true}), {reader.get(), writer.get(), null.get()});
        stand.turn();
        QCOMPARE(calls.size(), size_t(1));
        const Call &call = calls[0];
        QVERIFY((call.request == Request{Peek{"box", {"sh"}, {0, 1, 2}}, true}));
        QCOMPARE(call.peer.uid, ::getuid());
        QCOMPARE(call.peer.gid, ::getgid());
        QCOMPARE(call.peer.pid, ::getpid());
        const int sent[] = {reader.get(), writer.get(), null.get()};
        QCOMPARE(call.descriptors.size(), std::size(sent));
        for (size_t i = 0; i < std::size(sent); ++i) {
            struct stat ours{};
            struct stat theirs{};
            QCOMPARE(::fstat(sent[i], &ours), 0);
            QCOMPARE(::fstat(call.descriptors[i].get(), &theirs), 0);
            QCOMPARE(theirs.st_ino, ours.st_ino);
            QVERIFY(::fcntl(call.descriptors[i].get(), F_GETFD) & FD_CLOEXEC);
        }
    }

    void aReplyBringsItsDescriptor()
    {
        Stand stand;
        stand.handler.onCall = [](Call call) {
            std::vector<UniqueFd> fds;
            fds.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
            call.reply({Started{"b", 1, "", 0}, true}, std::move(fds));
            call.reply({Exited{"b", 0, 0, false}});
        };
        const size_t before = openDescriptors();
        SocketClient client(stand.path);
        client.say(*encodeRequest({Exec{"b", {"ls"}, {}, "", true, {}, {}}, true}));
        stand.turn();
        QCOMPARE(QString::fromStdString(client.hear()).count('\n'), 2);
        QCOMPARE(client.received.size(), size_t(1));
        struct stat status{};
        QCOMPARE(::fstat(client.received[0].get(), &status), 0);
        QVERIFY(S_ISCHR(status.st_mode));
        client.received.clear();
        client.close();
        stand.turn();
        QCOMPARE(openDescriptors(), before);
    }

    void pathDescriptorsAreRefusedBeforeAnybodySeesThem()
    {
        Stand stand;
        int calls = 0;
        stand.handler.onCall = [&](Call) { ++calls; };
        SocketClient client(stand.path);
        const UniqueFd good(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        const UniqueFd path(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
        client.say(*encodeRequest({Peek{"box", {"sh"}, {0, 1, 2}}}), {good.get(), path.get(), good.get()});
        stand.turn();
        const auto reply = decodeReply(client.hear(), 0);
        QVERIFY(reply);
        const auto &failure = std::get<Failure>(reply->body);
        QVERIFY(failure.name == error_name::invalidParameter);
        QVERIFY2(failure.error.what.starts_with("descriptor 1 "), failure.error.what.c_str());
        QCOMPARE(calls, 0);
        client.say(list);
        stand.turn();
        QCOMPARE(calls, 1);
    }

    void wrongMessagesAreAnswered_data()
    {
        QTest::addColumn<QByteArray>("message");
        QTest::addColumn<QString>("error"); ///< "" for no answer
        QTest::addColumn<bool>("stays");
        const QString invalid = "org.varlink.service.InvalidParameter";
        QTest::newRow("an unknown method") << QByteArray(R"({"method":"org.pivotbench.Helper.Format"})")
                                           << "org.varlink.service.MethodNotFound" << true;
        QTest::newRow("a missing parameter")
            << QByteArray(R"({"method":"org.pivotbench.Helper.Wait"})") << invalid << true;
        QTest::newRow("a oneway call with a wrong parameter")
            << QByteArray(R"({"method":"org.pivotbench.Helper.Wait","oneway":true})") << "" << true;
        QTest::newRow("text that is no JSON") << QByteArray("GET / HTTP/1.1\r\n\r\n") << invalid << false;
        QTest::newRow("an envelope with more in it")
            << QByteArray(R"({"method":"org.pivotbench.Helper.List","upgrade":true})") << invalid << false;
        QTest::newRow("an empty message") << QByteArray("") << invalid << false;
        QTest::newRow("a message of 300 KiB") << QByteArray(300 * 1024, ' ') << invalid << false;
    }
    void wrongMessagesAreAnswered()
    {
        QFETCH(QByteArray, message);
        QFETCH(QString, error);
        QFETCH(bool, stays);
        Stand stand;
        SocketClient client(stand.path);
        // A long message fills the socket before the helper reads it, so it goes out in pieces.
        message.append('\0');
        for (qsizetype at = 0; at < message.size(); at += 65536) {
            client.send({message.data() + at, size_t(std::min<qsizetype>(65536, message.size() - at))});
            stand.turn();
        }
        client.say(list);
        stand.turn();
        const QString heard = QString::fromStdString(client.hear());
        const QString expected = error.isEmpty() ? QString::fromStdString(done) : "{\"error\":\"" + error + "\"";
        QVERIFY2(heard.startsWith(expected), qPrintable(heard));
        QCOMPARE(heard.endsWith("END"), !stays);
        QCOMPARE(heard.contains(QString::fromStdString(done)), stays);
        QCOMPARE(stand.server->connections(), size_t(stays ? 1 : 0));
    }

    void whatCameBeforeABrokenMessageIsAnsweredFirst()
    {
        Stand stand;
        SocketClient client(stand.path);
        client.send(list + '\0' + list + '\0' + '\0');
        stand.turn();
        const QString heard = QString::fromStdString(client.hear());
        QVERIFY2(heard.startsWith(QString::fromStdString(done + done) + "{\"error\""), qPrintable(heard));
        QVERIFY(heard.endsWith("END"));
    }

    void callsOfOneConnectionAreServedInTurn()
    {
        Stand stand;
        SocketClient client(stand.path);
        client.send(wait("a") + '\0' + list + '\0' + wait("b") + '\0' + wait("c") + '\0');
        stand.turn();
        QVERIFY((stand.handler.order == std::vector<std::string>{"a"}));
        QCOMPARE(client.hear(), std::string());
        stand.handler.held[0].reply({Exited{"a", 0, 0, false}});
        QVERIFY((stand.handler.order == std::vector<std::string>{"a"})); // not from inside reply()
        stand.turn();
        QVERIFY((stand.handler.order == std::vector<std::string>{"a", "b"}));
        stand.handler.held[1].reply({Exited{"b", 0, 0, false}});
        stand.turn();
        stand.handler.held[2].reply({Exited{"c", 0, 0, false}});
        stand.turn();
        QCOMPARE(client.hear(), exited("a") + done + exited("b") + exited("c"));
    }

    void aThousandCallsInOneReadAreAllAnswered()
    {
        Stand stand;
        SocketClient client(stand.path);
        std::string calls;
        std::string replies;
        for (int i = 0; i < 1000; ++i) {
            calls += list + '\0';
            replies += done;
        }
        client.send(calls);
        std::string heard;
        for (int i = 0; i < 100 && heard.size() < replies.size(); ++i) {
            stand.turn(); // as far as the socket's buffer goes
            heard += client.hear();
        }
        QVERIFY(heard == replies);
    }

    void connectionsDoNotWaitForEachOther()
    {
        Stand stand;
        SocketClient first(stand.path);
        SocketClient second(stand.path);
        first.say(wait("a"));
        second.say(list);
        stand.turn();
        QCOMPARE(first.hear(), std::string());
        QCOMPARE(second.hear(), done);
    }

    void eventsComeOnlyToThoseWhoAskedForMore_data()
    {
        QTest::addColumn<QString>("flags");
        QTest::addColumn<QString>("replies");
        const QString started = R"({"parameters":{"event":"started","sandbox":"b","pid":1})";
        const QString ended = R"({"parameters":{"event":"exited","sandbox":"b","status":0}})";
        QTest::newRow("asked for more") << R"(,"more":true)" << started + ",\"continues\":true}\n" + ended + "\n";
        QTest::newRow("asked for one reply") << "" << started + "}\n";
        QTest::newRow("asked for none") << R"(,"oneway":true)" << "";
    }
    void eventsComeOnlyToThoseWhoAskedForMore()
    {
        QFETCH(QString, flags);
        QFETCH(QString, replies);
        Stand stand;
        SocketClient client(stand.path);
        client.say(wait("b", flags.toStdString()));
        stand.turn();
        Call &call = stand.handler.held[0];
        call.reply({Started{"b", 1, "", std::nullopt}, true});
        call.reply({Exited{"b", 0, 0, false}});
        call.reply({Exited{"again", 0, 0, false}});
        stand.turn();
        QCOMPARE(QString::fromStdString(client.hear()), replies);
        client.say(list);
        stand.turn();
        QCOMPARE(client.hear(), done);
    }

    void aOnewayCallHoldsNobodyUp()
    {
        Stand stand;
        SocketClient client(stand.path);
        client.send(wait("a", R"(,"oneway":true)") + '\0' + list + '\0');
        stand.turn();
        QCOMPARE(client.hear(), done);
        QCOMPARE(stand.handler.held.size(), size_t(1));
    }

    void aCallThatNobodyAnswersIsAnswered()
    {
        Stand stand;
        stand.handler.onCall = [](const Call &) {};
        SocketClient client(stand.path);
        client.say(list);
        stand.turn();
        const auto reply = decodeReply(client.hear(), 0);
        QVERIFY(reply);
        QVERIFY(std::get<Failure>(reply->body).name == error_name::failed);
        client.say(wait("a"));
        stand.turn();
        stand.handler.held.clear();
        stand.turn();
        QVERIFY(decodeReply(client.hear(), 0));
    }

    void aClientThatLeavesDuringItsCallIsNoticed()
    {
        Stand stand;
        SocketClient client(stand.path);
        client.send(wait("a", R"(,"more":true)") + '\0' + wait("b") + '\0');
        stand.turn();
        QVERIFY(stand.handler.held[0].open());
        const ConnectionId id = stand.handler.held[0].connection;
        client.close();
        stand.turn();
        QVERIFY((stand.handler.closed == std::vector<ConnectionId>{id}));
        QVERIFY(!stand.handler.held[0].open());
        stand.handler.held[0].reply({Exited{"a", 0, 0, false}});
        stand.turn();
        QVERIFY((stand.handler.order == std::vector<std::string>{"a"})); // the second call was never made
        QCOMPARE(stand.server->connections(), size_t(0));
    }

    void aReplyToAClientThatHasJustLeftIsHarmless()
    {
        Stand stand;
        SocketClient client(stand.path);
        client.say(wait("a"));
        stand.turn();
        client.close();
        stand.handler.held[0].reply({Exited{"a", 0, 0, false}}); // the helper does not know yet
        QVERIFY(stand.handler.closed.empty());                   // nor is the handler told from inside reply()
        stand.turn();
        QCOMPARE(stand.handler.closed.size(), size_t(1));
    }

    void aClientThatHasSaidEverythingStillHears()
    {
        Stand stand;
        SocketClient client(stand.path);
        client.say(wait("a"));
        client.stopSending();
        stand.turn();
        stand.handler.held[0].reply({Exited{"a", 0, 0, false}});
        stand.turn();
        QCOMPARE(client.hear(), exited("a") + "END");
        QCOMPARE(stand.server->connections(), size_t(0));
    }

    void clientsMayLeaveAtEveryByte()
    {
        Stand stand;
        const size_t before = openDescriptors();
        const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        const std::string message = *encodeRequest({Peek{"box", {"sh"}, {0, 1, 2}}}) + '\0';
        for (size_t cut = 1; cut <= message.size(); ++cut) {
            SocketClient client(stand.path);
            QVERIFY(client.send(std::string_view(message).substr(0, cut), {null.get(), null.get(), null.get()}));
            if (cut % 2 == 0)
                stand.turn();
            client.close();
            stand.turn();
        }
        QCOMPARE(stand.server->connections(), size_t(0));
        QCOMPARE(stand.handler.closed.size(), message.size());
        QCOMPARE(openDescriptors(), before + 1);
    }

    void aSlowFirstMessageEndsTheConnection()
    {
        Stand stand([](ServerOptions &options) { options.connection.firstMessage = 200ms; });
        SocketClient slow(stand.path);
        SocketClient silent(stand.path);
        SocketClient quick(stand.path);
        quick.say(list);
        stand.turn();
        QCOMPARE(stand.server->connections(), size_t(3));
        for (const char c : std::string("{\"meth")) {
            slow.send({&c, 1});
            (void)stand.loop.runOnce(20ms);
        }
        QVERIFY(stand.until([&] { return stand.server->connections() == 1; }));
        QCOMPARE(slow.hear(), std::string("END"));
        QCOMPARE(silent.hear(), std::string("END"));
        quick.say(list);
        stand.turn();
        QCOMPARE(quick.hear(), done + done);
    }

    void aClientThatReadsNothingIsDropped()
    {
        Stand stand([](ServerOptions &options) { options.connection.stalledWriter = 60ms; });
        SocketClient stalled(stand.path);
        stalled.say(wait("a", R"(,"more":true)"));
        stand.turn();
        Call &call = stand.handler.held[0];
        for (int i = 0; i < 100; ++i)
            call.reply({Stopped{"a", 1, std::string(10'000, 's')}, true});
        QVERIFY(call.open());
        QVERIFY(stand.until([&] { return stand.server->connections() == 0; }));
        QCOMPARE(stand.handler.closed.size(), size_t(1));
    }

    void aClientThatReadsSlowlyIsNot()
    {
        Stand stand([](ServerOptions &options) { options.connection.stalledWriter = 500ms; });
        SocketClient client(stand.path);
        client.say(wait("a", R"(,"more":true)"));
        stand.turn();
        Call &call = stand.handler.held[0];
        size_t expected = 0;
        for (int i = 0; i < 100; ++i) {
            call.reply({Stopped{"a", 1, std::string(10'000, 's')}, true});
            expected += encodeReply({Stopped{"a", 1, std::string(10'000, 's')}, true}).size() + 1;
        }
        // It takes twice as long as a stalled client is given, but something goes out all the time.
        std::string heard;
        for (int i = 0; i < 200 && heard.size() < expected; ++i) {
            heard += client.hear(20'000);
            QTest::qSleep(20);
            stand.turn();
        }
        QCOMPARE(heard.size(), expected);
        QCOMPARE(stand.server->connections(), size_t(1));
    }

    void whatWaitsForAClientIsBounded()
    {
        Stand stand;
        SocketClient client(stand.path);
        client.say(wait("a", R"(,"more":true)"));
        stand.turn();
        Call &call = stand.handler.held[0];
        for (int i = 0; i < 1000 && call.open(); ++i)
            call.reply({Stopped{"a", 1, std::string(100'000, 's')}, true});
        QVERIFY(stand.handler.closed.empty());
        stand.turn();
        QCOMPARE(stand.handler.closed.size(), size_t(1));
        size_t bytes = client.hear().size();
        QVERIFY2(bytes < 3u << 20, std::to_string(bytes).c_str());
    }

    void requestsAreNotReadWhileRepliesWait()
    {
        Stand stand;
        int calls = 0;
        stand.handler.onCall = [&](Call call) {
            ++calls;
            call.reply({InterfaceDescription{std::string(100'000, 'd')}});
        };
        SocketClient client(stand.path);
        std::string requests;
        for (int i = 0; i < 500; ++i)
            requests += list + '\0';
        client.send(requests);
        stand.turn();
        QVERIFY(calls < 20);
        size_t heard = 0;
        for (int i = 0; i < 1000 && heard < 500 * 100'000; ++i) {
            heard += client.hear().size();
            stand.turn();
        }
        QCOMPARE(calls, 500);
        QVERIFY(heard > 500 * 100'000);
    }

    void aReplyLongerThanAMessageBecomesAnError()
    {
        Stand stand([](ServerOptions &options) { options.connection.wire.replyBytes = 1000; });
        stand.handler.onCall = [](Call call) { call.reply({InterfaceDescription{std::string(1000, 'd')}}); };
        SocketClient client(stand.path);
        client.say(list);
        stand.turn();
        const auto reply = decodeReply(client.hear(), 0);
        QVERIFY(reply);
        QVERIFY(std::get<Failure>(reply->body).name == error_name::limitReached);
    }

    void onlySoManyClientsAreLetIn()
    {
        Stand stand;
        const size_t before = openDescriptors();
        std::vector<std::unique_ptr<SocketClient>> clients;
        for (int i = 0; i < 64; ++i)
            clients.push_back(std::make_unique<SocketClient>(stand.path));
        stand.turn();
        QCOMPARE(stand.server->connections(), size_t(64));
        SocketClient late(stand.path);
        late.say(list);
        stand.turn();
        const std::string heard = late.hear();
        QVERIFY(heard.ends_with("\nEND"));
        const auto reply = decodeReply(heard.substr(0, heard.size() - 4), 0);
        QVERIFY(reply);
        QVERIFY(std::get<Failure>(reply->body).name == error_name::limitReached);
        clients.pop_back();
        stand.turn();
        SocketClient next(stand.path);
        next.say(list);
        stand.turn();
        QCOMPARE(next.hear(), done);
        clients.clear();
        late.close();
        next.close();
        stand.turn();
        QCOMPARE(openDescriptors(), before);
    }

    void aFloodOfConnectionsLeavesNothing()
    {
        Stand stand;
        const size_t before = openDescriptors();
        std::vector<std::unique_ptr<SocketClient>> clients;
        for (int i = 0; i < 500; ++i) {
            clients.push_back(std::make_unique<SocketClient>(stand.path));
            if (i % 3 == 0)
                clients.back()->say(wait(std::to_string(i)));
            if (i % 5 == 0)
                clients.back()->send("{\"method\":");
            if (i % 7 == 0)
                stand.turn();
            if (i % 11 == 0)
                clients.erase(clients.begin() + i % ptrdiff_t(clients.size()));
        }
        stand.turn();
        QVERIFY(stand.server->connections() <= 64);
        clients.clear();
        stand.turn();
        stand.handler.held.clear();
        QCOMPARE(stand.server->connections(), size_t(0));
        QCOMPARE(openDescriptors(), before);
    }

    void moreDescriptorsThanAMessageMayHaveEndTheConnection()
    {
        Stand stand;
        const size_t before = openDescriptors();
        const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        SocketClient client(stand.path);
        client.say(list, std::vector<int>(65, null.get()));
        stand.turn();
        const std::string heard = client.hear();
        QVERIFY2(heard.starts_with("{\"error\":\"org.varlink.service.InvalidParameter\"") && heard.ends_with("END"),
                 heard.c_str());
        client.close();
        QCOMPARE(openDescriptors(), before + 1);
    }

    void aFloodOfDescriptorsLeavesNothing()
    {
        Stand stand;
        const size_t before = openDescriptors();
        {
            const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
            std::vector<std::unique_ptr<SocketClient>> clients;
            for (int i = 0; i < 70; ++i) {
                clients.push_back(std::make_unique<SocketClient>(stand.path));
                for (int piece = 0; piece < 3; ++piece) {
                    clients.back()->send(" ", std::vector<int>(size_t(1 + i % 70), null.get()));
                    stand.turn();
                }
            }
            QVERIFY(openDescriptors() < before + 64 * 66 + 80);
        }
        stand.turn();
        QCOMPARE(stand.server->connections(), size_t(0));
        QCOMPARE(openDescriptors(), before);
    }

    void aLackOfDescriptorsPassesWithoutSpinning()
    {
        Stand stand;
        rlimit old{};
        QCOMPARE(::getrlimit(RLIMIT_NOFILE, &old), 0);
        SocketClient client(stand.path);
        client.say(list);
        const rlimit tight{rlim_t(::dup(0)), old.rlim_max}; // the lowest free number becomes the limit
        ::close(int(tight.rlim_cur));
        QCOMPARE(::setrlimit(RLIMIT_NOFILE, &tight), 0);
        (void)stand.loop.runOnce(0ms);
        const bool again = stand.loop.runOnce(0ms).value_or(true);
        QCOMPARE(::setrlimit(RLIMIT_NOFILE, &old), 0);
        QVERIFY(!again); // the listening socket is ready all the time, and is left alone for a while
        QVERIFY(stand.until([&] { return stand.server->connections() == 1; }));
        stand.turn();
        QCOMPARE(client.hear(), done);
    }

    void anotherUserIsTurnedAway()
    {
        Stand stand([](ServerOptions &options) { options.allowedUser = ::getuid() + 1; });
        SocketClient client(stand.path);
        client.say(list);
        stand.turn();
        QCOMPARE(QString::fromStdString(client.hear()),
                 "{\"error\":\"org.varlink.service.PermissionDenied\",\"parameters\":{}}\nEND");
        QCOMPARE(stand.server->connections(), size_t(0));
    }

    void idlenessIsToldOnceAfterTheLastClient()
    {
        Stand stand([](ServerOptions &options) { options.idle = 150ms; });
        {
            SocketClient client(stand.path);
            stand.turn();
            for (int i = 0; i < 5; ++i)
                (void)stand.loop.runOnce(60ms);
            QCOMPARE(stand.idleCalls, 0);
        }
        QVERIFY(stand.until([&] { return stand.idleCalls == 1; }));
        for (int i = 0; i < 5; ++i)
            (void)stand.loop.runOnce(60ms);
        QCOMPARE(stand.idleCalls, 1);
        stand.server->restartIdleTime();
        QVERIFY(stand.until([&] { return stand.idleCalls == 2; }));
    }

    void aHelperThatNobodyComesToIsIdle()
    {
        Stand stand([](ServerOptions &options) { options.idle = 30ms; });
        QVERIFY(stand.until([&] { return stand.idleCalls == 1; }));
    }

    void anIdleHelperLeaves()
    {
        Stand stand([](ServerOptions &options) { options.idle = 10ms; });
        stand.retireWhenIdle = true;
        QVERIFY(stand.until([&] { return stand.idleCalls == 1; }));
        QVERIFY(stand.retired);
        QVERIFY(!SocketClient(stand.path).connected());
        QVERIFY(ListeningSocket::open(stand.path));
    }

    void aClientThatComesJustThenIsServed()
    {
        Stand stand;
        SocketClient client(stand.path); // waits to be accepted
        client.say(list);
        const auto retired = stand.server->retire();
        QVERIFY(retired);
        QVERIFY(!*retired);
        stand.turn();
        QCOMPARE(client.hear(), done);
        QVERIFY(SocketClient(stand.path).connected());
    }

    void theServerMayEndWithCallsOpen()
    {
        auto stand = std::make_unique<Stand>();
        SocketClient client(stand->path);
        client.say(wait("a"));
        stand->turn();
        std::vector<Call> calls = std::move(stand->handler.held);
        stand.reset();
        QVERIFY(!calls[0].open());
        calls[0].reply({Exited{"a", 0, 0, false}});
        QCOMPARE(client.hear(), std::string("END"));
    }
};

QTEST_GUILESS_MAIN(tst_Server)
#include "tst_server.moc"
