// SPDX-License-Identifier: Apache-2.0
#include "core/recording/recording_match.h"

#include "core/base/text.h"
#include "core/mount/table_match.h"

#include <algorithm>
#include <fmt/format.h>

namespace pivotbench::core {
namespace {

std::string outcomeOf(const Frame &frame)
{
    if (frame.error)
        return frame.error->errnum != 0 ? errnoName(frame.error->errnum) : printable(frame.error->code);
    return frame.skipped ? "nothing to do" : "done";
}

std::string compare(const Frame &predicted, const Frame &observed)
{
    std::string out;
    if (outcomeOf(predicted) != outcomeOf(observed))
        out += fmt::format("outcome: {} predicted, {} observed\n", outcomeOf(predicted), outcomeOf(observed));
    const auto anchor = [&out](const char *name, const Anchor &a, const Anchor &b) {
        if (a.path != b.path)
            out += fmt::format("{}: {} predicted, {} observed\n", name, escapeOctal(a.path), escapeOctal(b.path));
    };
    anchor("root", predicted.root, observed.root);
    anchor("cwd", predicted.cwd, observed.cwd);
    if (predicted.uid != observed.uid || predicted.gid != observed.gid)
        out += fmt::format("ids: {}:{} predicted, {}:{} observed\n", predicted.uid, predicted.gid, observed.uid,
                           observed.gid);
    out += formatMismatches(matchTables(*predicted.table, *observed.table), *predicted.table, *observed.table,
                            "predicted", "observed");
    return out;
}

} // namespace

std::vector<FrameMismatch> matchRecordings(const Recording &predicted, const Recording &observed)
{
    std::vector<FrameMismatch> out;
    const std::size_t common = std::min(predicted.frames.size(), observed.frames.size());
    for (std::size_t i = 0; i < common; ++i) {
        const Frame &a = predicted.frames[i];
        const Frame &b = observed.frames[i];
        if (a.initial != b.initial || a.step != b.step) {
            out.push_back({i, i, "another step: the recordings are of different plans\n"});
            return out;
        }
        if (std::string text = compare(a, b); !text.empty())
            out.push_back({i, i, std::move(text)});
    }
    if (predicted.frames.size() > common)
        out.push_back({common, observed.frames.size(), "the kernel's recording ends before this step\n"});
    if (observed.frames.size() > common)
        out.push_back({predicted.frames.size(), common, "the prediction ends before this step\n"});
    return out;
}

} // namespace pivotbench::core
