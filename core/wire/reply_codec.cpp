// SPDX-License-Identifier: Apache-2.0
#include "core/base/overloaded.h"
#include "core/base/text.h"
#include "core/wire/codec_parts.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace pivotbench::core::wire {
namespace {

using nlohmann::ordered_json;

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

// Writing -------------------------------------------------------------------------------------------------------------

ordered_json toJson(const SandboxInfo &info)
{
    ordered_json out{{"sandbox", info.sandbox}, {"specName", info.specName}, {"state", wordOf(info.state, stateWords)},
                     {"pid", info.pid},         {"args", info.args},         {"started", info.started}};
    if (info.status)
        out["status"] = *info.status;
    if (info.signal)
        out["signal"] = *info.signal;
    if (!info.joined.empty())
        out["joined"] = info.joined;
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

WrittenReply write(const ChangesTaken &body)
{
    const TakenChanges &taken = body.taken;
    WrittenReply out{{{"entries", taken.entries},
                      {"bytes", taken.bytes},
                      {"leftOut", taken.leftOut},
                      {"attributesLost", taken.attributesLost}}};
    if (!taken.replaced.empty())
        out.parameters["replaced"] = taken.replaced;
    return out;
}

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
        entry.read("joined", info.joined);
        if (Status status = entry.finish(); !status)
            return reader.fail(status.error());
    }
}

void read(ObjectReader &reader, DescriptorTaker &, ChangesTaken &out)
{
    reader.require("entries").require("bytes").require("leftOut").require("attributesLost");
    reader.read("entries", out.taken.entries);
    reader.read("bytes", out.taken.bytes);
    reader.read("leftOut", out.taken.leftOut);
    reader.read("attributesLost", out.taken.attributesLost);
    reader.read("replaced", out.taken.replaced);
}

void read(ObjectReader &, DescriptorTaker &, Done &) {}

template <typename Body> Result<ReplyBody> readBodyOf(const JsonValue &parameters, std::size_t descriptorCount)
{
    return readInto<Body, ReplyBody>(
        parameters, descriptorCount,
        [](ObjectReader &reader, DescriptorTaker &descriptors, Body &body) { read(reader, descriptors, body); });
}

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
        return readBodyOf<Sandboxes>(parameters, descriptorCount);
    if (has("entries"))
        return readBodyOf<ChangesTaken>(parameters, descriptorCount);
    if (has("description"))
        return readBodyOf<InterfaceDescription>(parameters, descriptorCount);
    if (has("interfaces"))
        return readBodyOf<Info>(parameters, descriptorCount);
    return readBodyOf<Done>(parameters, descriptorCount);
}

} // namespace

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
