// SPDX-License-Identifier: Apache-2.0
#include "core/stage/supposed.h"

#include "core/base/text.h"
#include "core/kernel/operation_call.h"
#include "core/kernel/table_of.h"
#include "core/kernel/walk.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>
#include <unordered_set>

namespace pivotbench::core::stage {

namespace {

using kernel::MountId;
using kernel::Place;

constexpr std::uint32_t overflowId = 65534;

/// The table after a call: what the call changed is the model's, all else stays as it was recorded, also what the model
/// does not know of it.
class NextTable {
public:
    NextTable(const MomentMachine &before, const MomentMachine &after, const MountTable &recorded)
        : m_after(after)
        , m_recorded(recorded)
    {
        for (std::size_t i = 0; i < recorded.size(); ++i)
            m_rows.emplace(recorded.entries()[i].id, i);
        for (MountEntry &row : kernel::tableOf(before.machine.state, before.machine.reader)) {
            m_known.insert(before.numbers.of(before.machine.state, idOf(row)));
            m_before.emplace(row.id, std::move(row));
        }
    }

    std::shared_ptr<const MountTable> make(std::shared_ptr<const MountTable> same)
    {
        std::vector<SharedRow> rows;
        bool changed = false;
        // A row that the model has never heard of can only be in a forged table.
        for (std::size_t i = 0; i < m_recorded.size(); ++i)
            if (!m_known.contains(m_recorded.entries()[i].id))
                rows.push_back(m_recorded.entries().share(i));
        std::size_t kept = 0;
        for (const MountEntry &row : kernel::tableOf(m_after.machine.state, m_after.machine.reader)) {
            const auto before = m_before.find(row.id);
            const auto recorded = m_rows.find(numberOf(row.id));
            if (before != m_before.end() && recorded != m_rows.end()) {
                ++kept;
                rows.push_back(before->second == row ? m_recorded.entries().share(recorded->second)
                                                     : patched(before->second, row, recorded->second));
                changed = changed || before->second != row;
            } else {
                rows.push_back(made(row));
                changed = true;
            }
        }
        if (!changed && kept == m_before.size())
            return same;
        return std::make_shared<const MountTable>(MountRows(std::move(rows)));
    }

private:
    static MountId idOf(const MountEntry &row) { return MountId{static_cast<std::uint32_t>(row.id)}; }
    [[nodiscard]] std::uint64_t numberOf(std::uint64_t id) const
    {
        return m_after.numbers.of(m_after.machine.state, MountId{static_cast<std::uint32_t>(id)});
    }

    [[nodiscard]] SharedRow made(const MountEntry &row) const
    {
        MountEntry out = row;
        out.id = numberOf(row.id);
        out.parentId = numberOf(row.parentId);
        return std::make_shared<const MountEntry>(std::move(out));
    }

    [[nodiscard]] SharedRow patched(const MountEntry &before, const MountEntry &now, std::size_t recorded) const
    {
        MountEntry out = m_recorded.entries()[recorded];
        if (before.parentId != now.parentId)
            out.parentId = numberOf(now.parentId);
        const auto take = [&](auto MountEntry::*field) {
            if (before.*field != now.*field)
                out.*field = now.*field;
        };
        take(&MountEntry::root);
        take(&MountEntry::mountPoint);
        take(&MountEntry::options);
        take(&MountEntry::superOptions);
        take(&MountEntry::peerGroup);
        take(&MountEntry::master);
        take(&MountEntry::propagateFrom);
        take(&MountEntry::unbindable);
        return std::make_shared<const MountEntry>(std::move(out));
    }

    const MomentMachine &m_after;
    const MountTable &m_recorded;
    std::unordered_map<std::uint64_t, std::size_t> m_rows; ///< of the recorded table, by their numbers
    std::unordered_map<std::uint64_t, MountEntry> m_before;
    std::unordered_set<std::uint64_t> m_known;
};

/// As it was, where the process stands where it stood and the place has the same name.
Anchor anchorAfter(const MomentMachine &before, const MomentMachine &after, Place from, Place to, const Anchor &was)
{
    const std::string path = kernel::pathFromTop(after.machine.state, to);
    if (from == to && kernel::pathFromTop(before.machine.state, from) == path)
        return was;
    return {path, after.numbers.of(after.machine.state, to.mount)};
}

void enterNamespaces(Frame &frame, const Recording &recording, const Unshare &unshare)
{
    std::uint64_t highest = 0;
    for (const Frame &one : recording.frames)
        for (const auto &[name, number] : one.namespaces)
            highest = std::max(highest, number);
    for (const Namespace space : unshare.namespaces) {
        frame.namespaces[namespaceFile(space)] = ++highest;
        if (space == Namespace::User)
            frame.uid = frame.gid = overflowId; // until its maps are written
    }
}

} // namespace

bool isSupposed(const Recording &recording, std::size_t frame)
{
    const std::vector<Step> &steps = recording.header.plan.steps;
    return frame < recording.frames.size() && !recording.frames[frame].initial &&
           recording.frames[frame].step < steps.size() && steps[recording.frames[frame].step].phase == Phase::WhatIf;
}

Result<Supposed> suppose(const Recording &recording, std::size_t frame, const MomentMachine &machine,
                         const kernel::Call &call)
{
    std::optional<Operation> operation = kernel::operationOf(call);
    if (!operation || frame >= recording.frames.size())
        return failure("what-if.call", fmt::format("cannot suppose a call of {}", kernel::callName(call)));
    while (frame > 0 && isSupposed(recording, frame) && recording.frames[frame].error)
        --frame;

    auto next = std::make_shared<Recording>();
    next->header = recording.header;
    next->header.origin = "model";
    next->frames.assign(recording.frames.begin(), recording.frames.begin() + static_cast<std::ptrdiff_t>(frame) + 1);
    std::vector<Step> &steps = next->header.plan.steps;
    std::size_t supposed = 0;
    for (std::size_t i = 0; i <= frame; ++i)
        if (isSupposed(*next, i))
            ++supposed;
    std::size_t seen = 0;
    std::erase_if(steps, [&](const Step &step) { return step.phase == Phase::WhatIf && ++seen > supposed; });
    steps.push_back(
        {.id = fmt::format("what-if:{}", supposed + 1), .phase = Phase::WhatIf, .cause = {}, .operation = *operation});

    Supposed out;
    auto behind = std::make_shared<MomentMachine>(machine);
    const kernel::Checked<void> done = kernel::perform(behind->machine.state, behind->machine.reader, call);
    Frame made = next->frames.back();
    made.initial = false;
    made.skipped = false;
    made.error.reset();
    made.durationNanoseconds = 0;
    made.step = steps.size() - 1;
    if (done) {
        const kernel::Process &was = machine.machine.state.processes[machine.machine.reader];
        const kernel::Process &is = behind->machine.state.processes[behind->machine.reader];
        made.table = NextTable(machine, *behind, *made.table).make(made.table);
        made.root = anchorAfter(machine, *behind, was.root, is.root, made.root);
        made.cwd = anchorAfter(machine, *behind, was.cwd, is.cwd, made.cwd);
        if (const auto *unshare = std::get_if<Unshare>(&*operation))
            enterNamespaces(made, *next, *unshare);
    } else {
        made.error = kernel::errorOf(done.error());
        made.error->step = steps.back().id;
        if (done.error().cause != kernel::Cause::Unknown)
            out.diagnosis = kernel::diagnose(machine.machine.state, machine.machine.reader, call);
    }
    next->frames.push_back(std::move(made));
    out.recording = std::move(next);
    out.machine = std::move(behind);
    return out;
}

} // namespace pivotbench::core::stage
