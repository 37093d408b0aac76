// SPDX-License-Identifier: Apache-2.0
//
// A recording: what one launch did, step by step, with the true mount table after each. File: NAME.pbrec, one JSON
// object a line (UTF-8, newline-terminated): a header, then frames. A line is appended whole, so a file cut off
// anywhere is readable up to its last complete line. Frames hold mount tables as differences from the frame before
// (table_delta.h).
//
//   {"pbrec": 1, "tool", "kernel", "origin", "started", "plan": (plan_json.h), "spec"}
//   {"step", "initial", "skipped", "nanoseconds", "durationNanoseconds", "pid", "root": {"path", "mountId"},
//    "cwd": {"path", "mountId"}, "uid", "gid", "namespaces": {"mnt": 4026531841, …},
//    "error": {"code", "what", "errno", "path", "step", "hint", "context"},     only where the step failed
//    "mounts": {…}}                                                            only where the table is not that of the
//    frame before
//
// Paths may hold any bytes; anchors and an error's path are written with octal escapes, as in mountinfo ("\", controls
// and what is not ASCII), and read back exactly. Other text that is not UTF-8 is replaced (U+FFFD).
//
// Plain values; a writer or reader belongs to one thread.
#pragma once

#include "core/base/result.h"
#include "core/mount/mount_table.h"
#include "core/plan/plan.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core {

inline constexpr int recordingVersion = 1;

struct RecordingHeader {
    std::string tool;    ///< "pivotbench 0.1.0"
    std::string kernel;  ///< uname release
    std::string origin;  ///< "kernel" when it was observed, "model" when it was predicted
    std::string started; ///< RFC 3339, UTC
    Plan plan;
    std::string spec; ///< the spec as compact JSON text (spec_json.h)
    bool operator==(const RecordingHeader &) const = default;
};

/// Where one of the builder's two strings is tied.
struct Anchor {
    std::string path;          ///< as the observer reads it
    std::uint64_t mountId = 0; ///< the mount it stands on (statx STATX_MNT_ID); 0 where unknown
    bool operator==(const Anchor &) const = default;
};

struct Frame {
    std::size_t step = 0; ///< index in the plan; `initial` marks the state before the first step
    bool initial = false;
    bool skipped = false;                  ///< the step had nothing to do
    std::optional<Error> error;            ///< why the step failed
    std::uint64_t nanoseconds = 0;         ///< since the launch began, monotonic
    std::uint64_t durationNanoseconds = 0; ///< of the step itself, measured by the builder
    int pid = 0;                           ///< the builder, in the observer's PID namespace
    Anchor root;
    Anchor cwd;
    std::uint32_t uid = 0; ///< as the builder itself sees them: 65534 until its id map is written
    std::uint32_t gid = 0;
    std::map<std::string, std::uint64_t> namespaces; ///< "mnt" → inode number, for each file of /proc/PID/ns
    std::shared_ptr<const MountTable> table;         ///< never null; shared with the neighbour when nothing changed
};

struct Recording {
    RecordingHeader header;
    std::vector<Frame> frames;
    bool truncated = false; ///< the file ended in the middle of a line
};

/// Turns frames into lines, one after the other; holds the table of the last frame only.
class RecordingWriter {
public:
    [[nodiscard]] std::string header(const RecordingHeader &header);
    [[nodiscard]] std::string frame(const Frame &frame);

private:
    std::shared_ptr<const MountTable> m_last;
};

/// What a file from outside may cost. Small differences can stand for large tables, so rows are counted, too.
struct RecordingLimits {
    std::size_t fileBytes = std::size_t{256} << 20;
    std::size_t lineBytes = std::size_t{64} << 20; ///< JSON nests at most 16 deep in it
    std::size_t frames = 1 << 16;
    std::size_t rows = 1 << 21; ///< of all mount tables that differ from the one before
};

/// Reads lines as they arrive; text may be handed over in pieces of any size.
class RecordingReader {
public:
    explicit RecordingReader(const RecordingLimits &limits = {})
        : m_limits(limits)
    {
    }

    /// Consumes every complete line. Fails on a line that is not what it should be, naming its number; what was read
    /// before it stays, and every further call fails alike. Codes: "recording.format", "recording.version",
    /// "recording.limit", and those of json.h.
    [[nodiscard]] Status append(std::string_view bytes);
    [[nodiscard]] bool hasHeader() const { return m_hasHeader; }
    [[nodiscard]] const Recording &recording() const { return m_recording; }
    [[nodiscard]] Recording take(); ///< sets `truncated`; the reader is as new afterwards

private:
    [[nodiscard]] Status consume(std::string_view bytes);
    [[nodiscard]] Status line(std::string_view text);
    [[nodiscard]] Status frame(std::string_view text);

    RecordingLimits m_limits;
    Recording m_recording;
    std::string m_rest; ///< the beginning of a line
    std::size_t m_bytes = 0;
    std::size_t m_lines = 0;
    std::size_t m_rows = 0; ///< of all tables that are held
    bool m_hasHeader = false;
    std::optional<Error> m_failure;
};

/// A file without a complete header is an error; one without frames is not.
[[nodiscard]] Result<Recording> loadRecording(const std::string &path);

} // namespace pivotbench::core
