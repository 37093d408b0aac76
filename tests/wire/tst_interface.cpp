// SPDX-License-Identifier: Apache-2.0
//
// The .varlink files against the codec, both ways: what the description lists is what the codec writes and takes, field
// by field, with its type and with its "?".
#include "core/wire/interface_text.h"
#include "core/wire/message_codec.h"
#include "sample_messages.h"
#include "varlink_idl.h"

#include <QTest>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

using namespace pivotbench::core::wire;
using nlohmann::json;
using varlink::Type;

namespace {

QString text(std::string_view s) { return QString::fromUtf8(s.data(), qsizetype(s.size())); }

varlink::Interface load(std::string_view name)
{
    std::string problem;
    auto interface = varlink::parse(interfaceText(name), problem);
    if (!interface)
        qFatal("%s: %s", std::string(name).c_str(), problem.c_str());
    return *interface;
}

/// "" or what is wrong with a value that has every field of its type set. Walks into named types, arrays and structs.
std::string mismatch(const json &value, Type type, const varlink::Interface &interface, const std::string &where)
{
    if (type.array) {
        if (!value.is_array() || value.empty())
            return where + " is no list with something in it";
        type.array = false;
        // A list shows all that its elements can hold together: an ended sandbox has a status, a running one has none.
        json together = value[0];
        for (const json &element : value)
            if (element.is_object())
                together.update(element);
        return mismatch(together, type, interface, where + "[]");
    }
    switch (type.kind) {
    case Type::Kind::Bool: return value.is_boolean() ? "" : where + " is no bool";
    case Type::Kind::Int: return value.is_number_integer() ? "" : where + " is no int";
    case Type::Kind::Float: return value.is_number() ? "" : where + " is no float";
    case Type::Kind::String: return value.is_string() ? "" : where + " is no string";
    case Type::Kind::Object: return value.is_object() ? "" : where + " is no object";
    case Type::Kind::Enum:
        return value.is_string() && std::ranges::count(type.words, value.get<std::string>()) == 1
                   ? ""
                   : where + " is none of its words";
    case Type::Kind::Named: {
        const Type *named = interface.type(type.name);
        return named ? mismatch(value, *named, interface, where) : where + " has the unknown type " + type.name;
    }
    case Type::Kind::Struct: break;
    }
    if (!value.is_object())
        return where + " is no object";
    for (const auto &[name, fieldType] : type.fields) {
        if (!value.contains(name))
            return where + "." + name + " is described but not written";
        if (std::string found = mismatch(value[name], fieldType, interface, where + "." + name); !found.empty())
            return found;
    }
    for (const auto &[name, child] : value.items())
        if (std::ranges::count(type.fields, name, &std::pair<std::string, Type>::first) != 1)
            return where + "." + name + " is written but not described";
    return "";
}

const varlink::Method *findMethod(const varlink::Interface &interface, std::string_view fullName)
{
    for (const varlink::Method &method : interface.methods)
        if (interface.name + "." + method.name == fullName)
            return &method;
    return nullptr;
}

/// Which events or bodies answer which method (messages.h).
const std::map<std::string, std::vector<std::string>> answers = {
    {"org.varlink.service.GetInfo", {"Info"}},
    {"org.varlink.service.GetInterfaceDescription", {"InterfaceDescription"}},
    {"org.pivotbench.Helper.Launch", {"started", "stopped", "exited"}},
    {"org.pivotbench.Helper.Continue", {"Done"}},
    {"org.pivotbench.Helper.Abort", {"Done"}},
    {"org.pivotbench.Helper.Peek", {"started", "exited"}},
    {"org.pivotbench.Helper.List", {"Sandboxes"}},
    {"org.pivotbench.Helper.Wait", {"exited"}},
    {"org.pivotbench.Helper.Signal", {"Done"}},
    {"org.pivotbench.Helper.Exec", {"started", "exited"}},
    {"org.pivotbench.Helper.Remove", {"Done"}},
    {"org.pivotbench.Helper.HoldChanges", {"Done"}},
    {"org.pivotbench.Helper.ListChanges", {"Done"}},
    {"org.pivotbench.Helper.ReadChanged", {"Done"}},
    {"org.pivotbench.Helper.TakeChanges", {"ChangesTaken"}},
};

json parametersOf(const Request &request)
{
    return json::parse(*encodeRequest(request)).value("parameters", json::object());
}

json replyOf(const std::string &kind)
{
    for (const auto &sample : samples::fullReplies())
        if (sample.kind == kind)
            return json::parse(encodeReply(sample.reply));
    return {};
}

} // namespace

class tst_Interface : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        m_own = load("org.pivotbench.Helper");
        m_standard = load("org.varlink.service");
    }

    void theParserRefusesWhatIsNoDescription_data()
    {
        QTest::addColumn<QByteArray>("description");
        QTest::newRow("nothing") << QByteArray("");
        QTest::newRow("no result") << QByteArray("interface a.b\nmethod X()");
        QTest::newRow("no type") << QByteArray("interface a.b\ntype X (a: )");
        QTest::newRow("fields and words mixed") << QByteArray("interface a.b\ntype X (a: int, b)");
        QTest::newRow("an unknown word") << QByteArray("interface a.b\nstruct X ()");
    }
    void theParserRefusesWhatIsNoDescription()
    {
        QFETCH(QByteArray, description);
        std::string problem;
        QVERIFY(!varlink::parse(description.toStdString(), problem));
        QVERIFY(!problem.empty());
    }

    void everyMethodOfTheDescriptionsIsInTheCodecAndBack()
    {
        std::set<std::string> described;
        for (const varlink::Interface *interface : {&m_own, &m_standard})
            for (const varlink::Method &method : interface->methods)
                described.insert(interface->name + "." + method.name);
        std::set<std::string> coded;
        for (const auto &sample : samples::fullRequests()) {
            coded.insert(json::parse(*encodeRequest(sample.request))["method"].get<std::string>());
            QCOMPARE(text(json::parse(*encodeRequest(sample.request))["method"].get<std::string>()),
                     text(sample.method));
        }
        QVERIFY(described == coded);
        QCOMPARE(coded.size(), std::variant_size_v<Method>);
        QCOMPARE(coded.size(), answers.size());
    }

    void parametersAreAsDescribed_data()
    {
        QTest::addColumn<Request>("request");
        QTest::addColumn<size_t>("descriptors");
        for (const auto &sample : samples::fullRequests())
            QTest::newRow(sample.method) << sample.request << sample.descriptors;
    }
    void parametersAreAsDescribed()
    {
        QFETCH(Request, request);
        QFETCH(size_t, descriptors);
        const varlink::Interface &interface =
            std::string_view(QTest::currentDataTag()).starts_with(m_own.name) ? m_own : m_standard;
        const varlink::Method *method = findMethod(interface, QTest::currentDataTag());
        QVERIFY(method);
        const json parameters = parametersOf(request);
        QCOMPARE(text(mismatch(parameters, method->input, interface, "parameters")), "");

        // Without "?" a field has to be there; with it, the codec takes the message without the field.
        json call = json::parse(*encodeRequest(request));
        for (const auto &[name, type] : method->input.fields) {
            json shorter = call;
            shorter["parameters"].erase(name);
            const auto decoded = decodeRequest(shorter.dump(), descriptors);
            const std::string what = decoded ? "" : decoded.error().failure.error.what;
            const bool missing = what.find(" is missing") != std::string::npos;
            QVERIFY2(missing == !type.optional, (name + ": " + what).c_str());
        }
    }

    void repliesAreAsDescribed_data()
    {
        QTest::addColumn<QString>("method");
        for (const auto &[method, kinds] : answers)
            QTest::newRow(method.c_str()) << text(method);
    }
    void repliesAreAsDescribed()
    {
        QFETCH(QString, method);
        const std::string name = method.toStdString();
        const varlink::Interface &interface = name.starts_with(m_own.name) ? m_own : m_standard;
        const varlink::Method *described = findMethod(interface, name);
        QVERIFY(described);

        json together = json::object();
        std::set<std::string> events;
        std::map<std::string, bool> always; ///< whether every kind of answer needs the field
        for (const std::string &kind : answers.at(name)) {
            const json reply = replyOf(kind);
            const json parameters = reply.value("parameters", json::object());
            together.update(parameters);
            if (parameters.contains("event"))
                events.insert(parameters["event"].get<std::string>());
            for (const auto &[field, type] : described->output.fields) {
                json shorter = reply;
                shorter["parameters"].erase(field);
                const bool needed = parameters.contains(field) && !decodesTo(shorter, kind);
                always[field] = (always.contains(field) ? always[field] : true) && needed;
            }
        }
        QCOMPARE(text(mismatch(together, described->output, interface, "reply")), "");
        for (const auto &[field, type] : described->output.fields) {
            QVERIFY2(always[field] == !type.optional, field.c_str());
            if (field == "event")
                QVERIFY(std::set(type.words.begin(), type.words.end()) == events);
        }
    }

    void errorsAreAsDescribed()
    {
        const std::set<std::string> named = {
            std::string(error_name::invalidParameter),  std::string(error_name::methodNotFound),
            std::string(error_name::interfaceNotFound), std::string(error_name::permissionDenied),
            std::string(error_name::specRefused),       std::string(error_name::launchFailed),
            std::string(error_name::unknownSandbox),    std::string(error_name::wrongState),
            std::string(error_name::limitReached),      std::string(error_name::failed)};
        std::set<std::string> described;
        for (const varlink::Interface *interface : {&m_own, &m_standard}) {
            for (const auto &[name, type] : interface->errors) {
                const std::string fullName = interface->name + "." + name;
                described.insert(fullName);
                Failure failure{fullName, samples::fullError(), {}};
                if (fullName == error_name::specRefused)
                    failure.findings = {samples::sampleFinding(pivotbench::core::Severity::Warning)};
                const json reply = json::parse(encodeReply({failure}));
                QCOMPARE(text(mismatch(reply["parameters"], type, *interface, fullName)), "");
                QVERIFY(decodeReply(reply.dump(), 0));
                for (const auto &[field, fieldType] : type.fields) {
                    json shorter = reply;
                    shorter["parameters"].erase(field);
                    QVERIFY2(bool(decodeReply(shorter.dump(), 0)) == fieldType.optional, (fullName + field).c_str());
                }
            }
        }
        QVERIFY(described == named);
    }

    void everyDescribedTypeIsUsed()
    {
        std::set<std::string> described;
        for (const auto &[name, type] : m_own.types)
            described.insert(name);
        std::set<std::string> used;
        const auto note = [&used](const Type &group) {
            for (const auto &[field, type] : group.fields)
                if (type.kind == Type::Kind::Named)
                    used.insert(type.name);
        };
        for (const varlink::Method &method : m_own.methods) {
            note(method.input);
            note(method.output);
        }
        for (const auto &[name, type] : m_own.errors)
            note(type);
        QVERIFY(used == described);
    }

    void anUnknownInterfaceHasNoText() { QVERIFY(interfaceText("org.pivotbench.Other").empty()); }

private:
    static bool decodesTo(const json &reply, const std::string &kind)
    {
        const size_t descriptors = reply["parameters"].contains("terminal") ? 1 : 0;
        const auto decoded = decodeReply(reply.dump(), descriptors);
        if (!decoded)
            return false;
        for (const auto &sample : samples::fullReplies())
            if (sample.kind == kind)
                return sample.reply.body.index() == decoded->body.index();
        return false;
    }

    varlink::Interface m_own;
    varlink::Interface m_standard;
};

QTEST_GUILESS_MAIN(tst_Interface)
#include "tst_interface.moc"
