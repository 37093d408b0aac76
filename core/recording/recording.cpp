// SPDX-License-Identifier: Apache-2.0
#include "core/recording/recording.h"

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/plan/plan_json.h"
#include "core/recording/table_delta.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace pivotbench::core {
namespace {

using nlohmann::ordered_json;

/// The length of a line is bounded by the reader; these bound what it may become in memory.
JsonLimits jsonLimits(std::string_view text)
{
    constexpr std::size_t maxValues = std::size_t{1} << 21;
    return {.maxBytes = text.size(), .maxDepth = 16, .maxValues = maxValues};
}

std::string lineOf(const ordered_json &json)
{
    return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

// Encoding ------------------------------------------------------------------------------------------------------------

ordered_json encodeAnchor(const Anchor &anchor)
{
    return {{"path", escapeOctal(anchor.path)}, {"mountId", anchor.mountId}};
}

ordered_json encodeError(const Error &error)
{
    return {{"code", error.code}, {"what", error.what}, {"errno", error.errnum},   {"path", escapeOctal(error.path)},
            {"step", error.step}, {"hint", error.hint}, {"context", error.context}};
}

// Decoding ------------------------------------------------------------------------------------------------------------

void readPath(ObjectReader &reader, std::string &path)
{
    if (!reader.require("path").read("path", path))
        return;
    path = unescapeOctal(path);
    if (path.contains('\0'))
        reader.fail("path", "holds a NUL");
}

void readAnchor(ObjectReader &reader, const char *key, Anchor &anchor)
{
    const JsonValue *value = reader.require(key).child(key);
    if (!value)
        return;
    ObjectReader inner(*value, reader.fieldName(key));
    readPath(inner, anchor.path);
    inner.require("mountId").read("mountId", anchor.mountId);
    if (Status status = inner.finish(); !status)
        reader.fail(std::move(status.error()));
}

void readError(ObjectReader &reader, std::optional<Error> &out)
{
    const JsonValue *value = reader.child("error");
    if (!value)
        return;
    Error error;
    ObjectReader inner(*value, reader.fieldName("error"));
    inner.require("code").read("code", error.code);
    inner.require("what").read("what", error.what);
    inner.require("errno").read("errno", error.errnum);
    readPath(inner, error.path);
    inner.require("step").read("step", error.step);
    inner.require("hint").read("hint", error.hint);
    inner.require("context").read("context", error.context);
    if (Status status = inner.finish(); !status)
        return reader.fail(std::move(status.error()));
    out = std::move(error);
}

void readNamespaces(ObjectReader &reader, std::map<std::string, std::uint64_t> &out)
{
    const JsonValue *value = reader.require("namespaces").child("namespaces");
    if (!value)
        return;
    const JsonValue::Object *object = value->object();
    if (!object)
        return reader.fail("namespaces", "must be an object");
    for (const auto &[name, inode] : *object) {
        const auto *number = std::get_if<std::uint64_t>(&inode.data);
        if (!number)
            return reader.fail("namespaces", "must hold inode numbers");
        out.emplace(name, *number);
    }
}

Result<RecordingHeader> decodeHeader(std::string_view text)
{
    const Result<JsonValue> json = parseJson(text, jsonLimits(text));
    if (!json)
        return std::unexpected(json.error());
    ObjectReader reader(*json, "");
    int version = 0;
    if (json->object() && !reader.child("pbrec"))
        return failure("recording.format", "is no recording: it does not begin with \"pbrec\"");
    if (reader.read("pbrec", version, 1) && version != recordingVersion)
        return failure("recording.version",
                       fmt::format("was written by a newer Pivotbench, as version {} of the format; this one reads "
                                   "version {}",
                                   version, recordingVersion),
                       {}, "open it with the program that wrote it, or a newer one");
    RecordingHeader header;
    reader.require("tool").read("tool", header.tool);
    reader.require("kernel").read("kernel", header.kernel);
    reader.require("origin").read("origin", header.origin);
    reader.require("started").read("started", header.started);
    reader.require("spec").read("spec", header.spec);
    if (const JsonValue *plan = reader.require("plan").child("plan")) {
        if (Result<Plan> decoded = decodePlan(*plan, "plan"))
            header.plan = std::move(*decoded);
        else
            reader.fail(std::move(decoded.error()));
    }
    if (Status status = reader.finish(); !status)
        return std::unexpected(std::move(status.error()));
    return header;
}

/// Everything of a frame but its table; `mounts` is the difference, when there is one.
Result<Frame> decodeFrame(ObjectReader &reader, const Plan &plan)
{
    Frame frame;
    reader.require("initial").read("initial", frame.initial);
    const std::size_t steps = plan.steps.size();
    if (frame.initial)
        reader.require("step").read("step", frame.step, std::size_t{0}, std::size_t{0});
    else if (reader.require("step").read("step", frame.step) && frame.step >= steps)
        reader.fail("step", fmt::format("is {}, but the plan has {} steps", frame.step, steps));
    reader.require("skipped").read("skipped", frame.skipped);
    reader.require("nanoseconds").read("nanoseconds", frame.nanoseconds);
    reader.require("durationNanoseconds").read("durationNanoseconds", frame.durationNanoseconds);
    reader.require("pid").read("pid", frame.pid, 0);
    readAnchor(reader, "root", frame.root);
    readAnchor(reader, "cwd", frame.cwd);
    reader.require("uid").read("uid", frame.uid);
    reader.require("gid").read("gid", frame.gid);
    readNamespaces(reader, frame.namespaces);
    readError(reader, frame.error);
    (void)reader.child("mounts"); // known; read by the caller
    if (Status status = reader.finish(); !status)
        return std::unexpected(std::move(status.error()));
    return frame;
}

/// Codecs count the lines of the text they get, which is always one.
Error atLine(Error error, std::size_t line)
{
    constexpr std::string_view first = "line 1";
    const std::string here = fmt::format("line {}", line);
    if (error.what.starts_with(first))
        error.what.replace(0, first.size(), here);
    else
        error.what = fmt::format("{}: {}", here, error.what);
    return error;
}

} // namespace

// Writer --------------------------------------------------------------------------------------------------------------

std::string RecordingWriter::header(const RecordingHeader &header)
{
    return lineOf({{"pbrec", recordingVersion},
                   {"tool", header.tool},
                   {"kernel", header.kernel},
                   {"origin", header.origin},
                   {"started", header.started},
                   {"plan", planToJson(header.plan)},
                   {"spec", header.spec}});
}

std::string RecordingWriter::frame(const Frame &frame)
{
    ordered_json json = {{"step", frame.step},
                         {"initial", frame.initial},
                         {"skipped", frame.skipped},
                         {"nanoseconds", frame.nanoseconds},
                         {"durationNanoseconds", frame.durationNanoseconds},
                         {"pid", frame.pid},
                         {"root", encodeAnchor(frame.root)},
                         {"cwd", encodeAnchor(frame.cwd)},
                         {"uid", frame.uid},
                         {"gid", frame.gid},
                         {"namespaces", ordered_json::object()}};
    for (const auto &[name, inode] : frame.namespaces)
        json["namespaces"][name] = inode;
    if (frame.error)
        json["error"] = encodeError(*frame.error);
    const MountTable empty;
    const MountTable &last = m_last ? *m_last : empty;
    if (frame.table != m_last && *frame.table != last)
        json["mounts"] = encodeTableDelta(last, *frame.table);
    m_last = frame.table;
    return lineOf(json);
}

// Reader --------------------------------------------------------------------------------------------------------------

Status RecordingReader::append(std::string_view bytes)
{
    if (!m_failure) {
        Status status = consume(bytes);
        if (status)
            return status;
        m_failure = std::move(status.error());
    }
    return std::unexpected(*m_failure);
}

Status RecordingReader::consume(std::string_view bytes)
{
    if (bytes.size() > m_limits.fileBytes - m_bytes)
        return failure("recording.limit", fmt::format("is larger than {} bytes", m_limits.fileBytes));
    m_bytes += bytes.size();
    while (!bytes.empty()) {
        const std::size_t newline = bytes.find('\n');
        const std::string_view part = bytes.substr(0, newline);
        if (m_rest.size() + part.size() > m_limits.lineBytes)
            return failure("recording.limit",
                           fmt::format("line {} is longer than {} bytes", m_lines + 1, m_limits.lineBytes));
        if (newline == std::string_view::npos) {
            m_rest += part;
            return {};
        }
        std::string whole = std::exchange(m_rest, {});
        if (!whole.empty())
            whole += part;
        if (Status status = line(whole.empty() ? part : std::string_view(whole)); !status)
            return status;
        bytes.remove_prefix(newline + 1);
    }
    return {};
}

Status RecordingReader::line(std::string_view text)
{
    ++m_lines;
    if (m_hasHeader) {
        Status status = frame(text);
        return status ? std::move(status) : std::unexpected(atLine(std::move(status.error()), m_lines));
    }
    Result<RecordingHeader> header = decodeHeader(text);
    if (!header)
        return std::unexpected(atLine(std::move(header.error()), m_lines));
    m_recording.header = std::move(*header);
    m_hasHeader = true;
    return {};
}

Status RecordingReader::frame(std::string_view text)
{
    if (m_recording.frames.size() == m_limits.frames)
        return failure("recording.limit", fmt::format("has more than {} frames", m_limits.frames));
    const Result<JsonValue> json = parseJson(text, jsonLimits(text));
    if (!json)
        return std::unexpected(json.error());
    ObjectReader reader(*json, "");
    Result<Frame> frame = decodeFrame(reader, m_recording.header.plan);
    if (!frame)
        return std::unexpected(std::move(frame.error()));
    frame->table = m_recording.frames.empty() ? std::make_shared<const MountTable>() : m_recording.frames.back().table;
    if (const JsonValue *delta = reader.child("mounts")) {
        auto rows = applyTableDelta(*frame->table, *delta, "mounts");
        if (!rows)
            return std::unexpected(std::move(rows.error()));
        if (rows->size() > m_limits.rows - m_rows)
            return failure("recording.limit", fmt::format("holds more than {} rows of mount tables", m_limits.rows));
        m_rows += rows->size();
        frame->table = std::make_shared<const MountTable>(std::move(*rows));
    }
    m_recording.frames.push_back(std::move(*frame));
    return {};
}

Recording RecordingReader::take()
{
    Recording recording = std::move(m_recording);
    recording.truncated = !m_rest.empty();
    *this = RecordingReader(m_limits);
    return recording;
}

Result<Recording> loadRecording(const std::string &path)
{
    const Result<std::string> text = readFile(path, RecordingLimits{}.fileBytes);
    if (!text)
        return std::unexpected(text.error());
    RecordingReader reader;
    Status status = reader.append(*text);
    if (status && !reader.hasHeader())
        status = failure("recording.format", text->empty() ? "the file is empty" : "is cut off within its first line");
    if (!status) {
        status.error().path = path;
        return wrap(std::move(status.error()), "opening the recording");
    }
    return reader.take();
}

} // namespace pivotbench::core
