// SPDX-License-Identifier: Apache-2.0
//
// A recording: what one launch did, step by step, with the true mount table after each. File: NAME.pbrec, one JSON object a
// line (UTF-8, newline-terminated): a header, then frames. A line is appended whole, so a file cut off anywhere is readable up
// to its last complete line. Frames hold mount tables as differences from the frame before; rows are the kernel's own text.
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
    std::string spec;    ///< the spec as compact JSON text (spec_json.h)
    bool operator==(const RecordingHeader &) const = default;
};

/// Where one of the builder's two strings is tied.
struct Anchor {
    std::string path;          ///< as the observer reads it
    std::uint64_t mountId = 0; ///< the mount it stands on (statx STATX_MNT_ID); 0 where unknown
    bool operator==(const Anchor &) const = default;
};

struct Frame {
    std::size_t step = 0;      ///< index in the plan; `initial` marks the state before the first step
    bool initial = false;
    bool skipped = false;      ///< the step had nothing to do
    std::optional<Error> error; ///< why the step failed
    std::uint64_t nanoseconds = 0; ///< since the launch began, monotonic
    std::uint64_t durationNanoseconds = 0; ///< of the step itself, measured by the builder
    int pid = 0;               ///< the builder, in the observer's PID namespace
    Anchor root;
    Anchor cwd;
    std::uint32_t uid = 0;     ///< as the observer sees them
    std::uint32_t gid = 0;
    std::map<std::string, std::uint64_t> namespaces; ///< "mnt" → inode number, for each file of /proc/PID/ns
    std::shared_ptr<const MountTable> table;          ///< never null; shared with the neighbour when nothing changed
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

/// Reads lines as they arrive; text may be handed over in pieces of any size.
class RecordingReader {
public:
    /// Consumes every complete line. Fails on a line that is not what it should be, naming its number; what was read stays.
    [[nodiscard]] Status append(std::string_view bytes);
    [[nodiscard]] bool hasHeader() const { return m_hasHeader; }
    [[nodiscard]] const Recording &recording() const { return m_recording; }
    [[nodiscard]] Recording take(); ///< sets `truncated`

private:
    [[nodiscard]] Status line(std::string_view text);

    Recording m_recording;
    std::string m_rest;
    std::size_t m_lines = 0;
    bool m_hasHeader = false;
};

/// Limits: 256 MiB a file, 4 MiB a line... see recording.cpp.
[[nodiscard]] Result<Recording> loadRecording(const std::string &path);

} // namespace pivotbench::core
