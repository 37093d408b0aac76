// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a recording: read whole and in two pieces, and what was read is written and read again.
#include "check.h"
#include "core/recording/recording.h"

using namespace pivotbench::core;
using pivotbench::fuzz::check;

namespace {

constexpr RecordingLimits limits{.fileBytes = 1 << 20, .lineBytes = 1 << 18, .frames = 64, .rows = 4096};

void checkSame(const Recording &a, const Recording &b)
{
    check(a.header == b.header);
    check(a.frames.size() == b.frames.size());
    for (std::size_t i = 0; i < a.frames.size(); ++i) {
        const Frame &x = a.frames[i];
        const Frame &y = b.frames[i];
        check(x.step == y.step && x.initial == y.initial && x.skipped == y.skipped && x.error == y.error);
        check(x.nanoseconds == y.nanoseconds && x.durationNanoseconds == y.durationNanoseconds && x.pid == y.pid);
        check(x.root == y.root && x.cwd == y.cwd && x.uid == y.uid && x.gid == y.gid && x.namespaces == y.namespaces);
        check(x.table && y.table && *x.table == *y.table);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    RecordingReader reader(limits);
    const Status status = reader.append(text);

    RecordingReader inPieces(limits);
    Status pieces = inPieces.append(text.substr(0, size / 2));
    if (pieces)
        pieces = inPieces.append(text.substr(size / 2));
    check(status == pieces);

    const bool hasHeader = reader.hasHeader();
    const Recording recording = reader.take();
    checkSame(recording, inPieces.take());
    if (!hasHeader)
        return 0;

    RecordingWriter writer;
    RecordingReader again(limits);
    std::string written = writer.header(recording.header);
    for (const Frame &frame : recording.frames)
        written += writer.frame(frame);
    // What was read may be a little longer when it is written with every escape; nothing else may be refused.
    const Status readBack = again.append(written);
    check(readBack.has_value() || readBack.error().code == "recording.limit");
    if (readBack)
        checkSame(recording, again.take());
    return 0;
}
