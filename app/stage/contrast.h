// SPDX-License-Identifier: Apache-2.0
//
// What a moment of two recordings says about each of them and about how they differ, in words that are made of what the
// recordings show and of nothing else. Plain values with printable text; any thread, because large tables take their
// time.
#pragma once

#include "app/stage/staged.h"
#include "core/stage/alignment.h"
#include "core/stage/effect.h"

#include <QString>
#include <array>
#include <memory>

namespace pivotbench::app {

/// One side, in one moment.
struct Deed {
    QString call = {};  ///< "pivot_root(2)"; empty where no step happens, and where it is many calls
    QString title = {}; ///< "Switch to the new root", "Nothing happens here"
    QString facts = {}; ///< "2 mounts moved: /new → /, / → /old; …"; empty where nothing happens
    QString reach = {}; ///< "22 mounts, 20 in reach": of the process' mount namespace after it
    bool happens = false;
    bool isStep = false; ///< false where nothing happens, and before the first step
    bool failed = false;
    bool operator==(const Deed &) const = default;
};

struct Contrast {
    std::array<Deed, 2> deeds = {};        ///< by Lane
    std::array<QString, 2> sentences = {}; ///< by Lane: how this side differs from the other one
    bool same = false;                     ///< both do the same, as far as the recordings tell

    [[nodiscard]] const Deed &deed(core::stage::Lane lane) const { return deeds[static_cast<std::size_t>(lane)]; }
    [[nodiscard]] const QString &sentence(core::stage::Lane lane) const
    {
        return sentences[static_cast<std::size_t>(lane)];
    }
    bool operator==(const Contrast &) const = default;
};

/// By Lane.
using StagedPair = std::array<std::shared_ptr<const Staged>, 2>;
using LaneNames = std::array<QString, 2>;

/// `names`: what the sides are called. Both are there, with the frames of the moment.
[[nodiscard]] Contrast contrastOf(const StagedPair &sides, const core::stage::Abreast &moment, const LaneNames &names);

/// Whether that is quick enough for the interface thread.
[[nodiscard]] bool isQuickContrast(const StagedPair &sides);

/// "2 mounts moved: /new → /, / → /old; root: …"; what is not in the effect is not said.
[[nodiscard]] QString effectWords(const core::stage::Effect &effect);

} // namespace pivotbench::app
