// SPDX-License-Identifier: Apache-2.0
#include "core/base/overloaded.h"
#include "core/base/text.h"
#include "core/spec/spec_json.h"
#include "core/wire/codec_parts.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace pivotbench::core::wire {
namespace {

using nlohmann::ordered_json;

/// A limit a client asks for. The helper's policy is far below; this keeps arithmetic on it harmless.
constexpr std::size_t highestLimit = 65536;
/// Of a file to be looked at.
constexpr std::size_t mostBytesRead = std::size_t{64} << 20;

constexpr std::pair<std::string_view, TakeAction> actionWords[] = {{"layer", TakeAction::Layer},
                                                                   {"keep", TakeAction::Keep},
                                                                   {"apply", TakeAction::Apply},
                                                                   {"discard", TakeAction::Discard}};

// Writing -------------------------------------------------------------------------------------------------------------

ordered_json toJson(const StandardStreams &streams)
{
    return {{"input", streams.input}, {"output", streams.output}, {"error", streams.error}};
}

ordered_json toJson(const WindowSize &window) { return {{"rows", window.rows}, {"columns", window.columns}}; }

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
    if (call.holdChanges)
        out.parameters["holdChanges"] = true;
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
    WrittenCall out{"org.pivotbench.Helper.Peek",
                    {{"sandbox", call.sandbox}, {"args", call.args}, {"streams", toJson(call.streams)}}};
    if (call.terminal)
        out.parameters["terminal"] = true;
    return out;
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

WrittenCall write(const HoldChanges &call)
{
    return {"org.pivotbench.Helper.HoldChanges", {{"sandbox", call.sandbox}}};
}

WrittenCall write(const ListChanges &call)
{
    return {"org.pivotbench.Helper.ListChanges", {{"sandbox", call.sandbox}, {"output", call.output}}};
}

WrittenCall write(const ReadChanged &call)
{
    WrittenCall out{"org.pivotbench.Helper.ReadChanged",
                    {{"sandbox", call.sandbox}, {"path", call.path}, {"output", call.output}, {"limit", call.limit}}};
    if (call.before)
        out.parameters["before"] = true;
    return out;
}

WrittenCall write(const TakeChanges &call)
{
    WrittenCall out{"org.pivotbench.Helper.TakeChanges",
                    {{"sandbox", call.sandbox}, {"action", wordOf(call.action, actionWords)}}};
    if (!call.name.empty())
        out.parameters["name"] = call.name;
    if (call.directory)
        out.parameters["directory"] = *call.directory;
    if (call.paths)
        out.parameters["paths"] = *call.paths;
    if (call.progress)
        out.parameters["progress"] = *call.progress;
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

// Reading -------------------------------------------------------------------------------------------------------------

void readCommand(ObjectReader &reader, std::vector<std::string> &out)
{
    reader.require("args");
    reader.read("args", out);
    if (out.empty())
        reader.fail("args", "must name a command");
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
        source.read("path", read.path);
        descriptors.take(source, "descriptor", read.descriptor);
        if (Status status = source.finish(); !status)
            return reader.fail(status.error());
    }
}

void read(ObjectReader &, DescriptorTaker &, GetInfo &) {}

void read(ObjectReader &reader, DescriptorTaker &, GetInterfaceDescription &out)
{
    reader.require("interface");
    reader.read("interface", out.interface);
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
    reader.read("name", out.name);
    readSources(reader, descriptors, out.sources);
    readStreams(reader, descriptors, out.streams);
    readWindow(reader, out.window);
    descriptors.take(reader, "recording", out.recording);
    reader.read("stopAtFirst", out.stopAtFirst);
    reader.read("breakpoints", out.breakpoints);
    reader.read("mountLimit", out.mountLimit, std::size_t{0}, highestLimit);
    reader.read("layerLimit", out.layerLimit, std::size_t{0}, highestLimit);
    reader.read("holdChanges", out.holdChanges);
}

void read(ObjectReader &reader, DescriptorTaker &, Continue &out)
{
    readSandbox(reader, out.sandbox);
    reader.read("single", out.single);
    reader.read("to", out.to);
    if (reader.child("breakpoints"))
        reader.read("breakpoints", out.breakpoints.emplace());
}

void read(ObjectReader &reader, DescriptorTaker &, Abort &out) { readSandbox(reader, out.sandbox); }

void read(ObjectReader &reader, DescriptorTaker &descriptors, Peek &out)
{
    readSandbox(reader, out.sandbox);
    readCommand(reader, out.args);
    reader.require("streams");
    readStreams(reader, descriptors, out.streams);
    reader.read("terminal", out.terminal);
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
    reader.read("env", out.env);
    reader.read("cwd", out.cwd);
    reader.read("terminal", out.terminal);
    readWindow(reader, out.window);
    readStreams(reader, descriptors, out.streams);
}

void read(ObjectReader &reader, DescriptorTaker &, Remove &out)
{
    readSandbox(reader, out.sandbox);
    reader.read("force", out.force);
}

void read(ObjectReader &reader, DescriptorTaker &, HoldChanges &out) { readSandbox(reader, out.sandbox); }

void read(ObjectReader &reader, DescriptorTaker &descriptors, ListChanges &out)
{
    readSandbox(reader, out.sandbox);
    reader.require("output");
    descriptors.take(reader, "output", out.output);
}

void read(ObjectReader &reader, DescriptorTaker &descriptors, ReadChanged &out)
{
    readSandbox(reader, out.sandbox);
    reader.require("path").require("output").require("limit");
    reader.read("path", out.path);
    if (!out.path.starts_with('/'))
        reader.fail("path", "has to be absolute");
    reader.read("before", out.before);
    descriptors.take(reader, "output", out.output);
    reader.read("limit", out.limit, std::size_t{0}, mostBytesRead);
}

void read(ObjectReader &reader, DescriptorTaker &descriptors, TakeChanges &out)
{
    readSandbox(reader, out.sandbox);
    reader.require("action").read("action", out.action, actionWords);
    reader.read("name", out.name);
    descriptors.take(reader, "directory", out.directory);
    descriptors.take(reader, "paths", out.paths);
    descriptors.take(reader, "progress", out.progress);
    const bool needsDirectory = out.action == TakeAction::Layer || out.action == TakeAction::Apply;
    if (needsDirectory != out.directory.has_value())
        reader.fail("directory", needsDirectory ? "is needed for this action" : "has no meaning for this action");
}

template <typename Call> Result<Method> readCall(const JsonValue &parameters, std::size_t descriptorCount)
{
    return readInto<Call, Method>(
        parameters, descriptorCount,
        [](ObjectReader &reader, DescriptorTaker &descriptors, Call &call) { read(reader, descriptors, call); });
}

using MethodReader = Result<Method> (*)(const JsonValue &, std::size_t);

constexpr std::pair<std::string_view, MethodReader> methodReaders[] = {
    {serviceGetInfo, readCall<GetInfo>},
    {serviceGetDescription, readCall<GetInterfaceDescription>},
    {"org.pivotbench.Helper.Launch", readCall<Launch>},
    {"org.pivotbench.Helper.Continue", readCall<Continue>},
    {"org.pivotbench.Helper.Abort", readCall<Abort>},
    {"org.pivotbench.Helper.Peek", readCall<Peek>},
    {"org.pivotbench.Helper.List", readCall<List>},
    {"org.pivotbench.Helper.Wait", readCall<Wait>},
    {"org.pivotbench.Helper.Signal", readCall<Signal>},
    {"org.pivotbench.Helper.Exec", readCall<Exec>},
    {"org.pivotbench.Helper.Remove", readCall<Remove>},
    {"org.pivotbench.Helper.HoldChanges", readCall<HoldChanges>},
    {"org.pivotbench.Helper.ListChanges", readCall<ListChanges>},
    {"org.pivotbench.Helper.ReadChanged", readCall<ReadChanged>},
    {"org.pivotbench.Helper.TakeChanges", readCall<TakeChanges>},
};
static_assert(std::size(methodReaders) == std::variant_size_v<Method>);

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

} // namespace pivotbench::core::wire
