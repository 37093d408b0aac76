// SPDX-License-Identifier: Apache-2.0
//
// Two recordings on one timeline: a list of moments, in each of which a frame of the left one and a frame of the right
// one stand beside each other, or one of them only, while the other holds the frame it had.
//
// Two steps stand beside each other where they play the same role: what switches the root (pivot_root(2) or chroot(2)),
// what is mounted on the same place of the sandbox, whatever call mounts it, and otherwise the same operation under the
// same step id, which names the thing and not its place. Of all ways to pair them in the order of both sides, it is one
// with the most pairs: a longest common subsequence. A role counts by its n-th occurrence, so that each stands once on
// a side, and that is then the longest increasing subsequence of places, found in n log n for any length; no table of
// n × m cells is needed, and none can blow up. Between two pairs, steps that only one side has are sorted by phase, so
// that a phase stays in one piece where it can.
//
// Pure; any thread. Takes recordings that make no sense, too.
#pragma once

#include "core/recording/recording.h"

#include <array>
#include <cstddef>
#include <vector>

namespace pivotbench::core::stage {

enum class Lane { Left, Right };
inline constexpr std::array lanes{Lane::Left, Lane::Right};
[[nodiscard]] constexpr Lane otherLane(Lane lane) { return lane == Lane::Left ? Lane::Right : Lane::Left; }

/// One place on the timeline of both.
struct Abreast {
    std::array<std::size_t, 2> frame = {}; ///< by Lane: the index of what is shown
    std::array<bool, 2> happens = {};      ///< by Lane: false where it only holds; true for one of them at least

    [[nodiscard]] std::size_t frameOf(Lane lane) const { return frame[static_cast<std::size_t>(lane)]; }
    [[nodiscard]] bool happensIn(Lane lane) const { return happens[static_cast<std::size_t>(lane)]; }
    bool operator==(const Abreast &) const = default;
};

class Alignment {
public:
    Alignment() = default;
    /// Nothing where one of them has no frame.
    Alignment(const Recording &left, const Recording &right);

    /// Every frame of each side happens in exactly one of them, in its order.
    [[nodiscard]] const std::vector<Abreast> &moments() const { return m_moments; }
    /// Where a frame happens; the last moment for one that is not there.
    [[nodiscard]] std::size_t momentOf(Lane lane, std::size_t frame) const;

private:
    std::vector<Abreast> m_moments;
};

} // namespace pivotbench::core::stage
