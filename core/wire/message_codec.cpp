// SPDX-License-Identifier: Apache-2.0
#include "core/wire/message_codec.h"

#include "core/base/json.h"
#include "core/base/overloaded.h"
#include "core/base/text.h"
#include "core/spec/spec_json.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace pivotbench::core::wire {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view serviceGetInfo = "org.varlink.service.GetInfo";
constexpr std::string_view serviceGetDescription = "org.varlink.service.GetInterfaceDescription";

constexpr std::pair<std::string_view, SandboxState> stateWords[] = {
    {"building", SandboxState::Building},
    {"stopped", SandboxState::Stopped},
    {"running", SandboxState::Running},
    {"ended", SandboxState::Ended},
};

constexpr std::pair<std::string_view, Severity> severityWords[] = {
    {"error", Severity::Error},
    {"warning", Severity::Warning},
    {"note", Severity::Note},
};

/// A limit a client asks for. The helper's policy is far below; this keeps arithmetic on it harmless.
constexpr std::size_t highestLimit = 65536;

// Writing -------------------------------------------------------------------------------------------------------------

ordered_json toJson(const StandardStreams &streams)
{
    return {{"input", streams.input}, {"output", streams.output}, {"error", streams.error}};
}

ordered_json toJson(const WindowSize &window) { return {{"rows", window.rows}, {"columns", window.columns}}; }

ordered_json toJson(const SandboxInfo &info)
{
    ordered_json out{{"sandbox", info.sandbox}, {"specName", info.specName}, {"state", wordOf(info.state, stateWords)},
                     {"pid", info.pid},         {"args", info.args},         {"started", info.started}};
    if (info.status)
        out["status"] = *info.status;
    if (info.signal)
        out["signal"] = *info.signal;
    return out;
}

ordered_json toJson(const Finding &finding)
{
    return {{"severity", wordOf(finding.severity, severityWords)},
            {"id", finding.id},
            {"field", finding.field},
            {"reason", finding.reason},
            {"fix", finding.fix}};
}

template <typename T> ordered_json arrayOf(const std::vector<T> &values)
{
    ordered_json out = ordered_json::array();
    for (const T &value : values)
        out.push_back(toJson(value));
    return out;
}

struct WrittenCall {
    std::string_view method;
    ordered_json parameters = ordered_json::object();
    std::string spec = {}; ///< JSON text of the parameter "spec", which has its own codec
};

WrittenCall write(const GetInfo &) { return {serviceGetInfo}; }

WrittenCall write(const GetInterfaceDescription &call)
{
    return {serviceGetDescription, {{"interface", call.interface}}};
}

WrittenCall write(const Launch &call)
{
    WrittenCall out{.method = "org.pivotbench.Helper.Launch", .spec = writeSpecCompact(call.spec)};
    if (!call.name.empty())
        out.parameters["name"] = call.name;
    for (const SourceDescriptor &source : call.sources)
        out.parameters["sources"].push_back({{"path", source.path}, {"descriptor", source.descriptor}});
    if (call.streams)
        out.parameters["streams"] = toJson(*call.streams);
    if (call.window != WindowSize{})
        out.parameters["window"] = toJson(call.window);
    if (call.recording)
        out.parameters["recording"] = *call.recording;
    if (call.stopAtFirst)
        out.parameters["stopAtFirst"] = true;
    if (!call.breakpoints.empty())
        out.parameters["breakpoints"] = call.breakpoints;
    if (call.mountLimit != 0)
        out.parameters["mountLimit"] = call.mountLimit;
    if (call.layerLimit != 0)
        out.parameters["layerLimit"] = call.layerLimit;
    return out;
}

WrittenCall write(const Continue &call)
{
    WrittenCall out{"org.pivotbench.Helper.Continue", {{"sandbox", call.sandbox}}};
    if (call.single)
        out.parameters["single"] = true;
    if (!call.to.empty())
        out.parameters["to"] = call.to;
    if (call.breakpoints)
        out.parameters["breakpoints"] = *call.breakpoints;
    return out;
}

WrittenCall write(const Abort &call) { return {"org.pivotbench.Helper.Abort", {{"sandbox", call.sandbox}}}; }

WrittenCall write(const Peek &call)
{
    return {"org.pivotbench.Helper.Peek",
            {{"sandbox", call.sandbox}, {"args", call.args}, {"streams", toJson(call.streams)}}};
}

WrittenCall write(const List &) { return {"org.pivotbench.Helper.List"}; }

WrittenCall write(const Wait &call) { return {"org.pivotbench.Helper.Wait", {{"sandbox", call.sandbox}}}; }

WrittenCall write(const Signal &call)
{
    WrittenCall out{"org.pivotbench.Helper.Signal", {{"sandbox", call.sandbox}, {"signal", call.signal}}};
    if (call.everyProcess)
        out.parameters["everyProcess"] = true;
    return out;
}

WrittenCall write(const Exec &call)
{
    WrittenCall out{"org.pivotbench.Helper.Exec", {{"sandbox", call.sandbox}, {"args", call.args}}};
    if (!call.env.empty())
        out.parameters["env"] = call.env;
    if (!call.cwd.empty())
        out.parameters["cwd"] = call.cwd;
    if (call.terminal)
        out.parameters["terminal"] = true;
    if (call.window != WindowSize{})
        out.parameters["window"] = toJson(call.window);
    if (call.streams)
        out.parameters["streams"] = toJson(*call.streams);
    return out;
}

WrittenCall write(const Remove &call)
{
    WrittenCall out{"org.pivotbench.Helper.Remove", {{"sandbox", call.sandbox}}};
    if (call.force)
        out.parameters["force"] = true;
    return out;
}

/// The text of a value, or nothing when a string in it is not UTF-8.
std::optional<std::string> dump(const ordered_json &value)
{
    try {
        return value.dump();
    } catch (const ordered_json::type_error &) {
        return std::nullopt;
    }
}

/// Where the string is that dump() stumbled over. Our own values nest three deep.
std::string findUnwritable(const ordered_json &value, const std::string &field)
{
    if (value.is_string())
        return dump(value) ? std::string() : field;
    if (!value.is_structured())
        return {};
    for (const auto &[key, child] : value.items()) {
        const std::string name = value.is_array() ? fmt::format("{}[{}]", field, key)
                                 : field.empty()  ? key
                                                  : fmt::format("{}.{}", field, key);
        if (std::string found = findUnwritable(child, name); !found.empty())
            return found;
    }
    return {};
}

ordered_json toJson(const Error &error)
{
    ordered_json out{{"code", error.code}, {"what", error.what}};
    if (error.errnum != 0)
        out["errno"] = error.errnum;
    if (!error.path.empty())
        out["path"] = error.path;
    if (!error.step.empty())
        out["step"] = error.step;
    if (!error.hint.empty())
        out["hint"] = error.hint;
    if (!error.context.empty())
        out["context"] = error.context;
    return out;
}

/// The one field of a standard error (varlink.org/Service); empty for one without a field, nothing for an error of
/// ours.
std::optional<std::string_view> standardField(std::string_view name)
{
    if (name == error_name::invalidParameter)
        return "parameter";
    if (name == error_name::methodNotFound)
        return "method";
    if (name == error_name::interfaceNotFound)
        return "interface";
    if (name == error_name::permissionDenied)
        return "";
    return std::nullopt;
}

struct WrittenReply {
    ordered_json parameters = ordered_json::object();
    std::string_view error = {};
};

WrittenReply write(const Info &body)
{
    return {{{"vendor", body.vendor},
             {"product", body.product},
             {"version", body.version},
             {"url", body.url},
             {"interfaces", body.interfaces}}};
}

WrittenReply write(const InterfaceDescription &body) { return {{{"description", body.description}}}; }

WrittenReply write(const Started &body)
{
    WrittenReply out{{{"event", "started"}, {"sandbox", body.sandbox}, {"pid", body.pid}}};
    if (!body.userNamespace.empty())
        out.parameters["userNamespace"] = body.userNamespace;
    if (body.terminal)
        out.parameters["terminal"] = *body.terminal;
    return out;
}

WrittenReply write(const Stopped &body)
{
    WrittenReply out{{{"event", "stopped"}, {"sandbox", body.sandbox}}};
    if (body.step)
        out.parameters["step"] = *body.step;
    if (!body.stepId.empty())
        out.parameters["stepId"] = body.stepId;
    return out;
}

WrittenReply write(const Exited &body)
{
    WrittenReply out{{{"event", "exited"}, {"sandbox", body.sandbox}, {"status", body.status}}};
    if (body.signal != 0)
        out.parameters["signal"] = body.signal;
    if (body.outOfMemory)
        out.parameters["outOfMemory"] = true;
    return out;
}

WrittenReply write(const Sandboxes &body) { return {{{"sandboxes", arrayOf(body.sandboxes)}}}; }

WrittenReply write(const Done &) { return {}; }

WrittenReply write(const Failure &body)
{
    WrittenReply out{.error = body.name};
    if (const auto field = standardField(body.name)) {
        if (!field->empty())
            out.parameters[std::string(*field)] =
                body.name == error_name::invalidParameter ? body.error.what : body.error.path;
        return out;
    }
    out.parameters = toJson(body.error);
    if (!body.findings.empty())
        out.parameters["findings"] = arrayOf(body.findings);
    return out;
}

// Reading -------------------------------------------------------------------------------------------------------------

/// The descriptors beside one message: each index is in range and taken once, and none is left over.
class DescriptorTaker {
public:
    explicit DescriptorTaker(std::size_t count)
        : m_taken(count)
    {
    }

    bool take(ObjectReader &reader, std::string_view key, DescriptorIndex &out)
    {
        DescriptorIndex index = 0;
        if (!reader.read(key, index))
            return false;
        if (index >= m_taken.size()) {
            reader.fail(key, fmt::format("is {}, but {} descriptors came with the message", index, m_taken.size()));
            return false;
        }
        if (m_taken[index]) {
            reader.fail(key, fmt::format("is {}, which is used already", index));
            return false;
        }
        m_taken[index] = true;
        out = index;
        return true;
    }

    void take(ObjectReader &reader, std::string_view key, std::optional<DescriptorIndex> &out)
    {
        DescriptorIndex index = 0;
        if (take(reader, key, index))
            out = index;
    }

    [[nodiscard]] Status finish() const
    {
        const auto left = std::find(m_taken.begin(), m_taken.end(), false);
        if (left == m_taken.end())
            return {};
        return failure("wire.descriptor", fmt::format("descriptor {} of {} is named by no parameter",
                                                      left - m_taken.begin(), m_taken.size()));
    }

private:
    std::vector<bool> m_taken;
};

/// Strings that reach the kernel, where a NUL would cut them short unseen.
void readName(ObjectReader &reader, std::string_view key, std::string &out)
{
    if (reader.read(key, out) && out.find('\0') != std::string::npos)
        reader.fail(key, "holds a NUL");
}

void readNames(ObjectReader &reader, std::string_view key, std::vector<std::string> &out)
{
    if (!reader.read(key, out))
        return;
    for (std::size_t i = 0; i < out.size(); ++i)
        if (out[i].find('\0') != std::string::npos)
            reader.fail(fmt::format("{}[{}]", key, i), "holds a NUL");
}

void readCommand(ObjectReader &reader, std::vector<std::string> &out)
{
    reader.require("args");
    readNames(reader, "args", out);
    if (out.empty())
        reader.fail("args", "must name a command");
}

void readSandbox(ObjectReader &reader, std::string &out)
{
    reader.require("sandbox");
    readName(reader, "sandbox", out);
}

void readStreams(ObjectReader &reader, DescriptorTaker &descriptors, StandardStreams &out)
{
    const JsonValue *value = reader.child("streams");
    if (!value)
        return;
    ObjectReader streams(*value, reader.fieldName("streams"));
    streams.require("input").require("output").require("error");
    descriptors.take(streams, "input", out.input);
    descriptors.take(streams, "output", out.output);
    descriptors.take(streams, "error", out.error);
    if (Status status = streams.finish(); !status)
        reader.fail(status.error());
}

void readStreams(ObjectReader &reader, DescriptorTaker &descriptors, std::optional<StandardStreams> &out)
{
    if (reader.child("streams"))
        readStreams(reader, descriptors, out.emplace());
}

void readWindow(ObjectReader &reader, WindowSize &out)
{
    const JsonValue *value = reader.child("window");
    if (!value)
        return;
    ObjectReader window(*value, reader.fieldName("window"));
    window.require("rows").require("columns");
    window.read("rows", out.rows);
    window.read("columns", out.columns);
    if (Status status = window.finish(); !status)
        reader.fail(status.error());
}

void readSources(ObjectReader &reader, DescriptorTaker &descriptors, std::vector<SourceDescriptor> &out)
{
    const auto *values = reader.children("sources");
    if (!values)
        return;
    for (std::size_t i = 0; i < values->size(); ++i) {
        ObjectReader source((*values)[i], reader.fieldName("sources", i));
        SourceDescriptor &read = out.emplace_back();
        source.require("path").require("descriptor");
        readName(source, "path", read.path);
        descriptors.take(source, "descriptor", read.descriptor);
        if (Status status = source.finish(); !status)
            return reader.fail(status.error());
    }
}

void read(ObjectReader &, DescriptorTaker &, GetInfo &) {}

void read(ObjectReader &reader, DescriptorTaker &, GetInterfaceDescription &out)
{
    reader.require("interface");
    readName(reader, "interface", out.interface);
}

void read(ObjectReader &reader, DescriptorTaker &descriptors, Launch &out)
{
    reader.require("spec");
    if (const JsonValue *value = reader.child("spec")) {
        if (Result<SandboxSpec> spec = decodeSpec(*value, reader.fieldName("spec")))
            out.spec = std::move(*spec);
        else
            reader.fail(std::move(spec.error()));
    }
    readName(reader, "name", out.name);
    readSources(reader, descriptors, out.sources);
    readStreams(reader, descriptors, out.streams);
    readWindow(reader, out.window);
    descriptors.take(reader, "recording", out.recording);
    reader.read("stopAtFirst", out.stopAtFirst);
    readNames(reader, "breakpoints", out.breakpoints);
    reader.read("mountLimit", out.mountLimit, std::size_t{0}, highestLimit);
    reader.read("layerLimit", out.layerLimit, std::size_t{0}, highestLimit);
}

void read(ObjectReader &reader, DescriptorTaker &, Continue &out)
{
    readSandbox(reader, out.sandbox);
    reader.read("single", out.single);
    readName(reader, "to", out.to);
    if (reader.child("breakpoints"))
        readNames(reader, "breakpoints", out.breakpoints.emplace());
}

void read(ObjectReader &reader, DescriptorTaker &, Abort &out) { readSandbox(reader, out.sandbox); }

void read(ObjectReader &reader, DescriptorTaker &descriptors, Peek &out)
{
    readSandbox(reader, out.sandbox);
    readCommand(reader, out.args);
    reader.require("streams");
    readStreams(reader, descriptors, out.streams);
}

void read(ObjectReader &, DescriptorTaker &, List &) {}

void read(ObjectReader &reader, DescriptorTaker &, Wait &out) { readSandbox(reader, out.sandbox); }

void read(ObjectReader &reader, DescriptorTaker &, Signal &out)
{
    readSandbox(reader, out.sandbox);
    reader.require("signal").read("signal", out.signal, 1, 64);
    reader.read("everyProcess", out.everyProcess);
}

void read(ObjectReader &reader, DescriptorTaker &descriptors, Exec &out)
{
    readSandbox(reader, out.sandbox);
    readCommand(reader, out.args);
    readNames(reader, "env", out.env);
    readName(reader, "cwd", out.cwd);
    reader.read("terminal", out.terminal);
    readWindow(reader, out.window);
    readStreams(reader, descriptors, out.streams);
}

void read(ObjectReader &reader, DescriptorTaker &, Remove &out)
{
    readSandbox(reader, out.sandbox);
    reader.read("force", out.force);
}

/// Reads one alternative of a variant from its parameters.
template <typename Body, typename Variant>
Result<Variant> readInto(const JsonValue &parameters, std::size_t descriptorCount)
{
    ObjectReader reader(parameters, "");
    DescriptorTaker descriptors(descriptorCount);
    Body body;
    read(reader, descriptors, body);
    if (Status status = reader.finish(); !status)
        return std::unexpected(std::move(status.error()));
    if (Status status = descriptors.finish(); !status)
        return std::unexpected(std::move(status.error()));
    return Variant(std::move(body));
}

using MethodReader = Result<Method> (*)(const JsonValue &, std::size_t);

constexpr std::pair<std::string_view, MethodReader> methodReaders[] = {
    {serviceGetInfo, readInto<GetInfo, Method>},
    {serviceGetDescription, readInto<GetInterfaceDescription, Method>},
    {"org.pivotbench.Helper.Launch", readInto<Launch, Method>},
    {"org.pivotbench.Helper.Continue", readInto<Continue, Method>},
    {"org.pivotbench.Helper.Abort", readInto<Abort, Method>},
    {"org.pivotbench.Helper.Peek", readInto<Peek, Method>},
    {"org.pivotbench.Helper.List", readInto<List, Method>},
    {"org.pivotbench.Helper.Wait", readInto<Wait, Method>},
    {"org.pivotbench.Helper.Signal", readInto<Signal, Method>},
    {"org.pivotbench.Helper.Exec", readInto<Exec, Method>},
    {"org.pivotbench.Helper.Remove", readInto<Remove, Method>},
};
static_assert(std::size(methodReaders) == std::variant_size_v<Method>);

Error readError(ObjectReader &reader)
{
    Error error;
    reader.require("code").require("what");
    reader.read("code", error.code);
    reader.read("what", error.what);
    reader.read("errno", error.errnum, 0, 4095);
    reader.read("path", error.path);
    reader.read("step", error.step);
    reader.read("hint", error.hint);
    reader.read("context", error.context);
    return error;
}

void readFindings(ObjectReader &reader, std::vector<Finding> &out)
{
    const auto *values = reader.children("findings");
    if (!values)
        return;
    for (std::size_t i = 0; i < values->size(); ++i) {
        ObjectReader finding((*values)[i], reader.fieldName("findings", i));
        Finding &read = out.emplace_back();
        finding.require("severity").require("id").require("field").require("reason").require("fix");
        finding.read("severity", read.severity, severityWords);
        finding.read("id", read.id);
        finding.read("field", read.field);
        finding.read("reason", read.reason);
        finding.read("fix", read.fix);
        if (Status status = finding.finish(); !status)
            return reader.fail(status.error());
    }
}

/// The words for a standard error, which carries none itself.
Error standardError(std::string_view name, std::string value)
{
    if (name == error_name::invalidParameter)
        return {.code = "wire.parameter", .what = std::move(value)};
    if (name == error_name::methodNotFound)
        return {.code = "wire.method", .what = "the helper has no such method", .path = std::move(value)};
    if (name == error_name::interfaceNotFound)
        return {.code = "wire.interface", .what = "the helper has no such interface", .path = std::move(value)};
    return {.code = "wire.permission", .what = "the helper does not serve this user"};
}

Result<ReplyBody> readFailure(std::string name, const JsonValue &parameters)
{
    ObjectReader reader(parameters, "");
    Failure failure{.name = std::move(name), .error = {}, .findings = {}};
    if (const auto field = standardField(failure.name)) {
        std::string value;
        if (!field->empty())
            reader.require(*field).read(*field, value);
        failure.error = standardError(failure.name, std::move(value));
    } else {
        failure.error = readError(reader);
        readFindings(reader, failure.findings);
    }
    if (Status status = reader.finish(); !status)
        return std::unexpected(std::move(status.error()));
    return failure;
}

void read(ObjectReader &reader, DescriptorTaker &, Info &out)
{
    reader.require("vendor").require("product").require("version").require("url").require("interfaces");
    reader.read("vendor", out.vendor);
    reader.read("product", out.product);
    reader.read("version", out.version);
    reader.read("url", out.url);
    reader.read("interfaces", out.interfaces);
}

void read(ObjectReader &reader, DescriptorTaker &, InterfaceDescription &out)
{
    reader.require("description").read("description", out.description);
}

void read(ObjectReader &reader, DescriptorTaker &descriptors, Started &out)
{
    readSandbox(reader, out.sandbox);
    reader.require("pid").read("pid", out.pid, 0);
    reader.read("userNamespace", out.userNamespace);
    descriptors.take(reader, "terminal", out.terminal);
}

void read(ObjectReader &reader, DescriptorTaker &, Stopped &out)
{
    readSandbox(reader, out.sandbox);
    if (reader.child("step"))
        reader.read("step", out.step.emplace());
    reader.read("stepId", out.stepId);
}

void read(ObjectReader &reader, DescriptorTaker &, Exited &out)
{
    readSandbox(reader, out.sandbox);
    reader.require("status").read("status", out.status, 0, 255);
    reader.read("signal", out.signal, 1, 64);
    reader.read("outOfMemory", out.outOfMemory);
}

void read(ObjectReader &reader, DescriptorTaker &, Sandboxes &out)
{
    const auto *values = reader.require("sandboxes").children("sandboxes");
    if (!values)
        return;
    for (std::size_t i = 0; i < values->size(); ++i) {
        ObjectReader entry((*values)[i], reader.fieldName("sandboxes", i));
        SandboxInfo &info = out.sandboxes.emplace_back();
        readSandbox(entry, info.sandbox);
        entry.require("specName").require("state").require("pid").require("args").require("started");
        entry.read("specName", info.specName);
        entry.read("state", info.state, stateWords);
        entry.read("pid", info.pid, 0);
        entry.read("args", info.args);
        entry.read("started", info.started);
        if (entry.child("status"))
            entry.read("status", info.status.emplace(), 0, 255);
        if (entry.child("signal"))
            entry.read("signal", info.signal.emplace(), 1, 64);
        if (Status status = entry.finish(); !status)
            return reader.fail(status.error());
    }
}

void read(ObjectReader &, DescriptorTaker &, Done &) {}

template <typename Event> void readEvent(ObjectReader &reader, DescriptorTaker &descriptors, ReplyBody &out)
{
    Event event;
    read(reader, descriptors, event);
    out = std::move(event);
}

Result<ReplyBody> readEvents(const JsonValue &parameters, std::size_t descriptorCount)
{
    enum class Kind { Started, Stopped, Exited };
    static constexpr std::pair<std::string_view, Kind> words[] = {
        {"started", Kind::Started}, {"stopped", Kind::Stopped}, {"exited", Kind::Exited}};
    ObjectReader reader(parameters, "");
    DescriptorTaker descriptors(descriptorCount);
    ReplyBody body = Done{};
    Kind kind = Kind::Started;
    if (reader.read("event", kind, words)) {
        switch (kind) {
        case Kind::Started: readEvent<Started>(reader, descriptors, body); break;
        case Kind::Stopped: readEvent<Stopped>(reader, descriptors, body); break;
        case Kind::Exited: readEvent<Exited>(reader, descriptors, body); break;
        }
    }
    if (Status status = reader.finish(); !status)
        return std::unexpected(std::move(status.error()));
    if (Status status = descriptors.finish(); !status)
        return std::unexpected(std::move(status.error()));
    return body;
}

Result<ReplyBody> readBody(const JsonValue &parameters, std::size_t descriptorCount)
{
    const auto has = [&](std::string_view key) {
        const auto *object = parameters.object();
        return object && std::ranges::any_of(*object, [&](const auto &field) { return field.first == key; });
    };
    if (has("event"))
        return readEvents(parameters, descriptorCount);
    if (has("sandboxes"))
        return readInto<Sandboxes, ReplyBody>(parameters, descriptorCount);
    if (has("description"))
        return readInto<InterfaceDescription, ReplyBody>(parameters, descriptorCount);
    if (has("interfaces"))
        return readInto<Info, ReplyBody>(parameters, descriptorCount);
    return readInto<Done, ReplyBody>(parameters, descriptorCount);
}

/// Sixteen bytes a value: honest messages have more, and the tree of a hostile one stays within a few times its text.
JsonLimits jsonLimits(std::size_t bytes, unsigned depth)
{
    return {.maxBytes = bytes, .maxDepth = depth, .maxValues = std::max<std::size_t>(bytes / 16, 64)};
}

const JsonValue noParameters{JsonValue::Object{}, 1};

std::unexpected<Refusal> brokenCall(Error error)
{
    return std::unexpected(Refusal{invalidParameter(std::move(error.what)), false, true});
}

} // namespace

Result<std::string> encodeRequest(const Request &request)
{
    const WrittenCall call = std::visit([](const auto &method) { return write(method); }, request.method);
    const std::optional<std::string> parameters = dump(call.parameters);
    if (!parameters)
        return failure("wire.text", fmt::format("{} is not UTF-8, which is all a request can carry",
                                                findUnwritable(call.parameters, "")));
    std::string text = fmt::format(R"({{"method":"{}","parameters":)", call.method);
    if (call.spec.empty()) {
        text += *parameters;
    } else {
        text += R"({"spec":)";
        text += call.spec;
        if (!call.parameters.empty()) {
            text += ',';
            text.append(*parameters, 1); // without its "{"
        } else {
            text += '}';
        }
    }
    if (request.more)
        text += R"(,"more":true)";
    if (request.oneway)
        text += R"(,"oneway":true)";
    text += '}';
    return text;
}

std::string encodeReply(const Reply &reply)
{
    WrittenReply body = std::visit([](const auto &alternative) { return write(alternative); }, reply.body);
    ordered_json out;
    if (!body.error.empty())
        out["error"] = body.error;
    out["parameters"] = std::move(body.parameters);
    if (reply.continues)
        out["continues"] = true;
    return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::expected<Request, Refusal> decodeRequest(std::string_view text, std::size_t descriptors, const Limits &limits)
{
    const Result<JsonValue> tree = parseJson(text, jsonLimits(limits.requestBytes, limits.depth));
    if (!tree)
        return brokenCall(tree.error());
    ObjectReader envelope(*tree, "");
    Request request;
    std::string name;
    envelope.require("method").read("method", name);
    envelope.read("more", request.more);
    envelope.read("oneway", request.oneway);
    const JsonValue *parameters = envelope.child("parameters");
    if (parameters && !parameters->object())
        envelope.fail("parameters", fmt::format("must be an object, but is {}", parameters->kind()));
    if (request.more && request.oneway)
        envelope.fail("oneway", "contradicts \"more\"");
    if (Status status = envelope.finish(); !status)
        return brokenCall(std::move(status.error()));

    const auto found =
        std::ranges::find(methodReaders, std::string_view(name), &std::pair<std::string_view, MethodReader>::first);
    if (found == std::end(methodReaders)) {
        const std::string_view missing = error_name::methodNotFound;
        return std::unexpected(
            Refusal{{std::string(missing), standardError(missing, printable(name)), {}}, request.oneway, false});
    }
    Result<Method> method = found->second(parameters ? *parameters : noParameters, descriptors);
    if (!method)
        return std::unexpected(Refusal{invalidParameter(std::move(method.error().what)), request.oneway, false});
    request.method = std::move(*method);
    return request;
}

Result<Reply> decodeReply(std::string_view text, std::size_t descriptors, const Limits &limits)
{
    const Result<JsonValue> tree = parseJson(text, jsonLimits(limits.replyBytes, limits.depth));
    if (!tree)
        return std::unexpected(tree.error());
    ObjectReader envelope(*tree, "");
    Reply reply;
    std::string error;
    const bool failed = envelope.read("error", error);
    envelope.read("continues", reply.continues);
    const JsonValue *parameters = envelope.child("parameters");
    if (!parameters)
        parameters = &noParameters;
    if (failed && error.empty())
        envelope.fail("error", "is empty");
    if (failed && reply.continues)
        envelope.fail("continues", "contradicts \"error\"");
    if (failed && descriptors != 0)
        envelope.fail("error", "comes with descriptors");
    if (Status status = envelope.finish(); !status)
        return std::unexpected(std::move(status.error()));
    Result<ReplyBody> body = failed ? readFailure(std::move(error), *parameters) : readBody(*parameters, descriptors);
    if (!body)
        return std::unexpected(std::move(body.error()));
    reply.body = std::move(*body);
    return reply;
}

Failure invalidParameter(std::string what)
{
    const std::string_view name = error_name::invalidParameter;
    return {std::string(name), standardError(name, std::move(what)), {}};
}

} // namespace pivotbench::core::wire
