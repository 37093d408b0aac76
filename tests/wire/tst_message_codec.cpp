// SPDX-License-Identifier: Apache-2.0
#include "core/wire/message_codec.h"
#include "sample_messages.h"

#include <QTest>

using namespace pivotbench::core;
using namespace pivotbench::core::wire;

namespace {

QString text(const std::string &s) { return QString::fromStdString(s); }

std::string launchWith(const std::string &fields)
{
    return R"({"method":"org.pivotbench.Helper.Launch","parameters":{"spec":{"pivotbench":1},)" + fields + "}}";
}

} // namespace

class tst_MessageCodec : public QObject {
    Q_OBJECT
private slots:
    void requestsComeBackAsTheyWere_data()
    {
        QTest::addColumn<Request>("request");
        QTest::addColumn<size_t>("descriptors");
        for (const auto &sample : samples::fullRequests())
            QTest::newRow(sample.method) << sample.request << sample.descriptors;
        Launch plain;
        plain.spec.root.layers = {{.path = "/r", .builtin = ""}};
        QTest::newRow("a launch with nothing but a spec") << Request{plain} << size_t(0);
        QTest::newRow("breakpoints replaced by none are not breakpoints left alone")
            << Request{Continue{"box", false, "", std::vector<std::string>{}}} << size_t(0);
        Exec exec;
        exec.sandbox = "b";
        exec.args = {"ls"};
        QTest::newRow("an exec with the least") << Request{exec} << size_t(0);
    }
    void requestsComeBackAsTheyWere()
    {
        QFETCH(Request, request);
        QFETCH(size_t, descriptors);
        const auto encoded = encodeRequest(request);
        QVERIFY(encoded);
        QVERIFY(encoded->find('\0') == std::string::npos);
        const auto decoded = decodeRequest(*encoded, descriptors);
        QVERIFY2(decoded, decoded ? "" : decoded.error().failure.error.what.c_str());
        QVERIFY(*decoded == request);
    }

    void samplesCoverEveryKind()
    {
        std::vector<bool> methods(std::variant_size_v<Method>);
        for (const auto &sample : samples::fullRequests())
            methods[sample.request.method.index()] = true;
        QVERIFY(std::ranges::find(methods, false) == methods.end());
        std::vector<bool> bodies(std::variant_size_v<ReplyBody>);
        for (const auto &sample : samples::fullReplies())
            bodies[sample.reply.body.index()] = true;
        QVERIFY(std::ranges::find(bodies, false) == bodies.end());
    }

    void repliesComeBackAsTheyWere_data()
    {
        QTest::addColumn<Reply>("reply");
        QTest::addColumn<size_t>("descriptors");
        for (const auto &sample : samples::fullReplies())
            QTest::newRow(sample.kind) << sample.reply << sample.descriptors;
        QTest::newRow("started without a terminal") << Reply{Started{"b", 1, "", std::nullopt}, true} << size_t(0);
        QTest::newRow("stopped before the first step") << Reply{Stopped{"b", std::nullopt, ""}, true} << size_t(0);
        QTest::newRow("a command that succeeded") << Reply{Exited{"b", 0, 0, false}} << size_t(0);
        QTest::newRow("no sandboxes") << Reply{Sandboxes{}} << size_t(0);
        QTest::newRow("the shortest error")
            << Reply{Failure{std::string(error_name::failed), {.code = "c", .what = "w"}, {}}} << size_t(0);
    }
    void repliesComeBackAsTheyWere()
    {
        QFETCH(Reply, reply);
        QFETCH(size_t, descriptors);
        const auto decoded = decodeReply(encodeReply(reply), descriptors);
        QVERIFY2(decoded, decoded ? "" : decoded.error().what.c_str());
        QVERIFY(*decoded == reply);
    }

    void standardErrorsCarryWhatTheirInterfaceSays_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("json");
        QTest::newRow("a wrong parameter is its sentence")
            << "org.varlink.service.InvalidParameter"
            << R"({"error":"org.varlink.service.InvalidParameter","parameters":{"parameter":"the what"}})";
        QTest::newRow("a missing method is its name")
            << "org.varlink.service.MethodNotFound"
            << R"({"error":"org.varlink.service.MethodNotFound","parameters":{"method":"the path"}})";
        QTest::newRow("a missing interface is its name")
            << "org.varlink.service.InterfaceNotFound"
            << R"({"error":"org.varlink.service.InterfaceNotFound","parameters":{"interface":"the path"}})";
        QTest::newRow("a denied permission is nothing more")
            << "org.varlink.service.PermissionDenied"
            << R"({"error":"org.varlink.service.PermissionDenied","parameters":{}})";
    }
    void standardErrorsCarryWhatTheirInterfaceSays()
    {
        QFETCH(QString, name);
        QFETCH(QString, json);
        const Failure failure{name.toStdString(), {.code = "c", .what = "the what", .path = "the path"}, {}};
        QCOMPARE(text(encodeReply({failure})), json);
        const auto decoded = decodeReply(json.toStdString(), 0);
        QVERIFY(decoded);
        const auto &back = std::get<Failure>(decoded->body);
        QCOMPARE(text(back.name), name);
        QVERIFY(!back.error.what.empty());
    }

    void wrongRequestsAreRefusedInWords_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<size_t>("descriptors");
        QTest::addColumn<QString>("words"); ///< that the refusal has to hold
        QTest::addColumn<bool>("broken");
        const auto row = [](const char *name, const std::string &json, const char *words, bool broken = false,
                            size_t descriptors = 0) {
            QTest::newRow(name) << QByteArray::fromStdString(json) << descriptors << QString(words) << broken;
        };
        const std::string signal = R"({"method":"org.pivotbench.Helper.Signal","parameters":)";

        row("nothing", "", "not valid JSON", true);
        row("half a message", "{\"method\":\"org.", "not valid JSON", true);
        row("two objects", R"({"method":"a.B"} {})", "not valid JSON", true);
        row("bytes that are not UTF-8", "{\"method\":\"a\xff\"}", "not valid JSON", true);
        row("a list", "[]", "must be an object", true);
        row("no method", "{}", "method is missing", true);
        row("a method that is a number", R"({"method":1})", "method must be a string", true);
        row("a field the envelope does not have", R"({"method":"a.B","upgrade":true})", "upgrade", true);
        row("a field that stands twice", R"({"method":"a.B","method":"a.C"})", "twice", true);
        row("parameters that are no object", R"({"method":"org.pivotbench.Helper.List","parameters":[]})",
            "parameters must be an object", true);
        row("more replies and none", R"({"method":"org.pivotbench.Helper.List","more":true,"oneway":true})", "oneway",
            true);
        row("more as a word", R"({"method":"org.pivotbench.Helper.List","more":"yes"})", "more must be", true);

        row("an unknown parameter", R"({"method":"org.pivotbench.Helper.List","parameters":{"all":true}})", "all");
        row("a missing parameter", R"({"method":"org.pivotbench.Helper.Wait"})", "sandbox is missing");
        row("a parameter of the wrong type", signal + R"({"sandbox":7,"signal":1}})", "sandbox must be a string");
        row("a null", signal + R"({"sandbox":null,"signal":1}})", "sandbox must be a string");
        row("signal 0", signal + R"({"sandbox":"b","signal":0}})", "signal");
        row("signal 65", signal + R"({"sandbox":"b","signal":65}})", "signal is 65");
        row("half a signal", signal + R"({"sandbox":"b","signal":1.5}})", "signal must be a whole number");
        row("a signal beyond 64 bits", signal + R"({"sandbox":"b","signal":99999999999999999999}})", "signal");
        row("a NUL in a name", signal + R"({"sandbox":"b\u0000x","signal":1}})", "sandbox holds a NUL");
        row("a NUL in an argument",
            R"({"method":"org.pivotbench.Helper.Exec","parameters":{"sandbox":"b","args":["a","b\u0000"]}})",
            "args[1] holds a NUL");
        row("a command without words",
            R"({"method":"org.pivotbench.Helper.Exec","parameters":{"sandbox":"b","args":[]}})",
            "args must name a command");
        row("a word that is a number",
            R"({"method":"org.pivotbench.Helper.Exec","parameters":{"sandbox":"b","args":["a",1]}})", "args[1]");
        row("a window that is too wide", launchWith(R"("window":{"rows":1,"columns":65536})"), "window.columns");
        row("a window without rows", launchWith(R"("window":{"columns":1})"), "window.rows is missing");
        row("a limit without limit", launchWith(R"("mountLimit":18446744073709551615)"), "mountLimit");
        row("a spec that is text", R"({"method":"org.pivotbench.Helper.Launch","parameters":{"spec":"x"}})", "spec");
        row("a launch without a spec", R"({"method":"org.pivotbench.Helper.Launch","parameters":{}})",
            "spec is missing");
        row("an unknown field in the spec",
            R"({"method":"org.pivotbench.Helper.Launch","parameters":{"spec":{"pivotbench":1,"nonsense":1}}})",
            "spec.nonsense");

        // attacks.md, descriptor indexes
        row("descriptor -1", launchWith(R"("recording":-1)"), "recording is -1", false, 1);
        row("descriptor 2 of 2", launchWith(R"("recording":2)"), "recording is 2", false, 2);
        row("descriptor 2^31", launchWith(R"("recording":2147483648)"), "recording is 2147483648", false, 1);
        row("descriptor 2^32", launchWith(R"("recording":4294967296)"), "recording is 4294967296", false, 1);
        row("descriptor 2^64 - 1", launchWith(R"("recording":18446744073709551615)"), "recording", false, 1);
        row("descriptor 0.0", launchWith(R"("recording":0.0)"), "recording must be a whole number", false, 1);
        row("a descriptor where none came", launchWith(R"("recording":0)"), "recording is 0", false, 0);
        row("one descriptor used twice in the streams", launchWith(R"("streams":{"input":0,"output":1,"error":1})"),
            "streams.error is 1, which is used already", false, 2);
        row("one descriptor used for a source and a stream",
            launchWith(R"("sources":[{"path":"/a","descriptor":0}],"streams":{"input":0,"output":1,"error":2})"),
            "streams.input is 0", false, 3);
        row("the same source twice",
            launchWith(R"("sources":[{"path":"/a","descriptor":0},{"path":"/b","descriptor":0}])"),
            "sources[1].descriptor is 0", false, 1);
        row("a descriptor nobody names", launchWith(R"("recording":1)"), "descriptor 0 of 2", false, 2);
        row("descriptors where none is expected", R"({"method":"org.pivotbench.Helper.List"})", "descriptor 0 of 1",
            false, 1);
        row("a stream that is missing", launchWith(R"("streams":{"input":0,"output":1})"), "streams.error is missing",
            false, 2);
    }
    void wrongRequestsAreRefusedInWords()
    {
        QFETCH(QByteArray, json);
        QFETCH(size_t, descriptors);
        QFETCH(QString, words);
        QFETCH(bool, broken);
        const auto decoded = decodeRequest({json.data(), size_t(json.size())}, descriptors);
        QVERIFY(!decoded);
        QCOMPARE(text(decoded.error().failure.name), "org.varlink.service.InvalidParameter");
        const QString what = text(decoded.error().failure.error.what);
        QVERIFY2(what.contains(words), qPrintable(what));
        QCOMPARE(decoded.error().broken, broken);
    }

    void anUnknownMethodIsNamed()
    {
        const auto decoded = decodeRequest(R"({"method":"org.pivotbench.Helper.Format","oneway":true})", 0);
        QVERIFY(!decoded);
        QCOMPARE(text(decoded.error().failure.name), "org.varlink.service.MethodNotFound");
        QCOMPARE(text(decoded.error().failure.error.path), "org.pivotbench.Helper.Format");
        QVERIFY(decoded.error().oneway);
        QVERIFY(!decoded.error().broken);
    }

    void monstersAreRefused_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::newRow("brackets 100,000 deep") << QByteArray(100000, '[');
        QTest::newRow("objects 30,000 deep") << QByteArray("{\"a\":").repeated(30000);
        QTest::newRow("a parameter 17 deep")
            << QByteArray(R"({"method":"org.pivotbench.Helper.List","parameters":{"a":)") + QByteArray(15, '[') +
                   QByteArray(15, ']') + "}}";
        QTest::newRow("300 KiB of text") << QByteArray("{\"method\":\"") + QByteArray(300 * 1024, 'x') +
                                                QByteArray("\"}");
        QTest::newRow("100,000 numbers in a list")
            << QByteArray(R"({"method":"org.pivotbench.Helper.List","parameters":{"a":[0)") +
                   QByteArray(",0").repeated(100000) + "]}}";
    }
    void monstersAreRefused()
    {
        QFETCH(QByteArray, json);
        const std::string_view view{json.data(), size_t(json.size())};
        const auto request = decodeRequest(view, 0);
        QVERIFY(!request);
        QVERIFY(request.error().broken);
        QVERIFY(request.error().failure.error.what.size() < 500);
        QVERIFY(!decodeReply(view, 0));
    }

    void wrongRepliesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<size_t>("descriptors");
        QTest::newRow("not JSON") << QByteArray("reply") << size_t(0);
        QTest::newRow("an unknown event")
            << QByteArray(R"({"parameters":{"event":"began","sandbox":"b"}})") << size_t(0);
        QTest::newRow("a field of another event")
            << QByteArray(R"({"parameters":{"event":"stopped","sandbox":"b","pid":1}})") << size_t(0);
        QTest::newRow("a terminal that did not come")
            << QByteArray(R"({"parameters":{"event":"started","sandbox":"b","pid":1,"terminal":0}})") << size_t(0);
        QTest::newRow("a descriptor nobody names")
            << QByteArray(R"({"parameters":{"event":"started","sandbox":"b","pid":1}})") << size_t(1);
        QTest::newRow("an error with descriptors")
            << QByteArray(R"({"error":"a.B","parameters":{"code":"c","what":"w"}})") << size_t(1);
        QTest::newRow("an error that continues")
            << QByteArray(R"({"error":"a.B","continues":true,"parameters":{"code":"c","what":"w"}})") << size_t(0);
        QTest::newRow("an error without words") << QByteArray(R"({"error":"a.B","parameters":{}})") << size_t(0);
        QTest::newRow("a negative pid") << QByteArray(R"({"parameters":{"event":"started","sandbox":"b","pid":-1}})")
                                        << size_t(0);
        QTest::newRow("a status of 256") << QByteArray(
                                                R"({"parameters":{"event":"exited","sandbox":"b","status":256}})")
                                         << size_t(0);
        QTest::newRow("parameters that are a list") << QByteArray(R"({"parameters":[]})") << size_t(0);
        QTest::newRow("fields of no reply") << QByteArray(R"({"parameters":{"hello":1}})") << size_t(0);
    }
    void wrongRepliesAreRefused()
    {
        QFETCH(QByteArray, json);
        QFETCH(size_t, descriptors);
        QVERIFY(!decodeReply({json.data(), size_t(json.size())}, descriptors));
    }

    void aReplyWithoutParametersIsDone()
    {
        const auto decoded = decodeReply("{}", 0);
        QVERIFY(decoded);
        QVERIFY(*decoded == Reply{Done{}});
    }

    void aRequestThatJsonCannotCarryNamesTheField()
    {
        Exec exec;
        exec.sandbox = "b";
        exec.args = {"ls", "caf\xe9"};
        const auto encoded = encodeRequest({exec});
        QVERIFY(!encoded);
        QCOMPARE(text(encoded.error().code), "wire.text");
        QVERIFY2(encoded.error().what.starts_with("args[1] "), encoded.error().what.c_str());
        Launch launch;
        launch.sources = {{"/a", 0}, {"/\x80", 1}};
        const auto second = encodeRequest({launch});
        QVERIFY(!second);
        QVERIFY2(second.error().what.starts_with("sources[1].path "), second.error().what.c_str());
    }

    void aReplyIsSentWhateverItHolds()
    {
        const auto decoded = decodeReply(
            encodeReply({Failure{std::string(error_name::failed), {.code = "c", .what = "no \xff"}, {}}}), 0);
        QVERIFY(decoded);
        QCOMPARE(text(std::get<Failure>(decoded->body).error.what), QString::fromUtf8("no \xef\xbf\xbd"));
    }
};

QTEST_GUILESS_MAIN(tst_MessageCodec)
#include "tst_message_codec.moc"
