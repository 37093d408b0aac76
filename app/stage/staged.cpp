// SPDX-License-Identifier: Apache-2.0
#include "app/stage/staged.h"

#include "core/stage/scene.h"

#include <algorithm>

namespace pivotbench::app {

using namespace core;
using namespace core::stage;

namespace {

constexpr std::size_t affordableMounts = 200'000; ///< of all moments, to lay out every scene once

double heightOf(const Staged &staged, std::size_t frame)
{
    const std::vector<Moment> &moments = staged.story.moments();
    return makeScene(*staged.recording, moments[frame], frame > 0 ? &moments[frame - 1] : nullptr, staged.focus, {})
        .bounds.height;
}

std::size_t mountsOf(const Moment &moment)
{
    return moment.host->mounts.size() + (moment.sandbox ? moment.sandbox->mounts.size() : 0);
}

} // namespace

/// Keys are given in the order in which mounts come, so the model's story has the same ones as long as it is right.
/// Where it is wrong, more is shown than need be, and nothing less.
Focus Staged::focusWith(const std::set<MountKey> &unfolded) const
{
    Focus here = focusOf(story, recording->header.plan, unfolded);
    if (!foretold)
        return here;
    Focus there = foretold->focusWith(unfolded);
    for (const MountKey mount : here.shown)
        if (there.shown.insert(mount).second && here.chips.contains(mount))
            there.chips.insert(mount);
    return there;
}

std::span<const Step> Staged::toCome() const
{
    const std::vector<Step> &steps = recording->header.plan.steps;
    if (!foretold || recording->frames.empty())
        return {};
    const Frame &last = recording->frames.back();
    return std::span(steps).subspan(last.initial ? 0 : std::min(last.step + 1, steps.size()));
}

std::shared_ptr<const Staged> makeStaged(std::shared_ptr<const Recording> recording,
                                         std::shared_ptr<const Staged> foretold,
                                         std::vector<std::shared_ptr<const MomentMachine>> machines,
                                         std::vector<kernel::Diagnosis> diagnosis)
{
    auto staged = std::make_shared<Staged>();
    staged->recording = std::move(recording);
    staged->machines = std::move(machines);
    staged->diagnosis = std::move(diagnosis);
    staged->story = Story(*staged->recording);
    staged->foretold = std::move(foretold);
    staged->focus = staged->focusWith({});
    if (staged->foretold)
        staged->tallest = staged->foretold->tallest;
    std::size_t all = 0;
    for (const Moment &moment : staged->story.moments()) {
        const std::size_t here = mountsOf(moment);
        staged->mostMounts = std::max(staged->mostMounts, here);
        all += here;
    }
    const std::size_t count = staged->size();
    for (std::size_t frame = 0; frame < count; ++frame)
        if (all <= affordableMounts || frame == 0 || frame + 1 == count)
            staged->tallest = std::max(staged->tallest, heightOf(*staged, frame));
    return staged;
}

MomentMachine machineBehind(const Staged &staged, std::size_t frame)
{
    return frame < staged.machines.size() && staged.machines[frame] ? *staged.machines[frame]
                                                                    : machineFromFrame(*staged.recording, frame);
}

const Step *stepOf(const Recording &recording, std::size_t frame)
{
    if (frame >= recording.frames.size() || recording.frames[frame].initial)
        return nullptr;
    const std::vector<Step> &steps = recording.header.plan.steps;
    const std::size_t step = recording.frames[frame].step;
    return step < steps.size() ? &steps[step] : nullptr;
}

const StoryMount *mountOf(const Moment &moment, MountKey key)
{
    for (const Side side : {Side::Host, Side::Sandbox}) {
        const World *world = moment.world(side);
        if (!world)
            continue;
        const auto found = std::ranges::find(world->mounts, key, &StoryMount::key);
        if (found != world->mounts.end())
            return &*found;
    }
    return nullptr;
}

} // namespace pivotbench::app
