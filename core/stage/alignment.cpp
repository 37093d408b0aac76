// SPDX-License-Identifier: Apache-2.0
#include "core/stage/alignment.h"

#include "core/base/overloaded.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

namespace pivotbench::core::stage {

namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

/// What is mounted on a place of the sandbox. Empty for a place of the host, whose path differs from machine to
/// machine.
std::string mountRole(const Plan &plan, const Location &target)
{
    if (target.base == Location::Base::Host && target.path != plan.newRoot)
        return {};
    return "mount " + (target.base == Location::Base::Host ? "/" : target.path);
}

std::string roleOf(const Plan &plan, const Step &step)
{
    std::string role = std::visit(
        Overloaded{
            [](const PivotRoot &) { return std::string("switch root"); },
            [](const ChangeRoot &) { return std::string("switch root"); },
            [&](const MountFilesystem &mount) { return mountRole(plan, mount.target); },
            [&](const MountOverlay &mount) { return mountRole(plan, mount.target); },
            [&](const BindMount &bind) { return bind.source == bind.target ? "" : mountRole(plan, bind.target); },
            [](const auto &) { return std::string(); },
        },
        step.operation);
    return role.empty() ? operationWord(step.operation) + ('\n' + step.id) : role;
}

/// The roles of all frames, none twice, and their phases. A frame of no step plays no role.
struct Part {
    std::vector<std::string> roles;
    std::vector<Phase> phases;

    explicit Part(const Recording &recording)
    {
        std::unordered_map<std::string, std::size_t> met;
        const Plan &plan = recording.header.plan;
        for (const Frame &frame : recording.frames) {
            const Step *step = !frame.initial && frame.step < plan.steps.size() ? &plan.steps[frame.step] : nullptr;
            std::string role = frame.initial ? "begin" : step ? roleOf(plan, *step) : std::string();
            if (!role.empty())
                role += '\n' + std::to_string(++met[role]);
            roles.push_back(std::move(role));
            phases.push_back(step ? step->phase : phases.empty() ? Phase::Namespaces : phases.back());
        }
    }
};

/// Pairs of places, both rising, as many as there can be.
std::vector<std::pair<std::size_t, std::size_t>> commonSteps(const Part &left, const Part &right)
{
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < right.roles.size(); ++i)
        if (!right.roles[i].empty())
            places.emplace(right.roles[i], i);
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    std::vector<std::size_t> before; ///< of each pair: the one before it in the longest run that it ends
    std::vector<std::size_t> ends;   ///< of the runs of each length: the pair with the least place on the right
    for (std::size_t i = 0; i < left.roles.size(); ++i) {
        const auto found = left.roles[i].empty() ? places.end() : places.find(left.roles[i]);
        if (found == places.end())
            continue;
        const auto run =
            std::ranges::lower_bound(ends, found->second, {}, [&](std::size_t pair) { return pairs[pair].second; });
        before.push_back(run == ends.begin() ? none : *std::prev(run));
        if (run == ends.end())
            ends.push_back(pairs.size());
        else
            *run = pairs.size();
        pairs.emplace_back(i, found->second);
    }
    std::vector<std::pair<std::size_t, std::size_t>> longest;
    for (std::size_t at = ends.empty() ? none : ends.back(); at != none; at = before[at])
        longest.push_back(pairs[at]);
    std::ranges::reverse(longest);
    return longest;
}

} // namespace

Alignment::Alignment(const Recording &left, const Recording &right)
{
    if (left.frames.empty() || right.frames.empty())
        return;
    const Part leftPart(left);
    const Part rightPart(right);
    std::size_t i = 0;
    std::size_t j = 0;
    const auto add = [&](bool leftHappens, bool rightHappens) {
        i += leftHappens ? 1 : 0;
        j += rightHappens ? 1 : 0;
        m_moments.push_back({.frame = {i > 0 ? i - 1 : 0, j > 0 ? j - 1 : 0}, .happens = {leftHappens, rightHappens}});
    };
    std::vector<std::pair<std::size_t, std::size_t>> common = commonSteps(leftPart, rightPart);
    common.emplace_back(left.frames.size(), right.frames.size());
    for (const auto &[leftPlace, rightPlace] : common) {
        while (i < leftPlace || j < rightPlace) {
            const bool takesLeft = j == rightPlace || (i < leftPlace && leftPart.phases[i] <= rightPart.phases[j]);
            add(takesLeft, !takesLeft);
        }
        if (leftPlace < left.frames.size())
            add(true, true);
    }
}

std::size_t Alignment::momentOf(Lane lane, std::size_t frame) const
{
    // A frame is first shown where it happens, except for the first one, which may be held before that.
    auto found =
        std::ranges::lower_bound(m_moments, frame, {}, [&](const Abreast &moment) { return moment.frameOf(lane); });
    while (found != m_moments.end() && !found->happensIn(lane))
        ++found;
    if (found == m_moments.end())
        return m_moments.empty() ? 0 : m_moments.size() - 1;
    return static_cast<std::size_t>(found - m_moments.begin());
}

} // namespace pivotbench::core::stage
