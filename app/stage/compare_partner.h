// SPDX-License-Identifier: Apache-2.0
//
// What the Stage can put beside what it shows, and how that is come by.
#pragma once

#include "app/document/analysis.h"
#include "app/stage/stage_source.h"
#include "core/spec/variation.h"

#include <QString>
#include <memory>
#include <vector>

namespace pivotbench::app {

struct ComparePartner {
    enum class Kind { Preset, Variation, File, Document };
    Kind kind = Kind::Preset;
    QString what = {};              ///< the id of the preset, the path of the file
    core::Variation variation = {}; ///< of the document
    bool operator==(const ComparePartner &) const = default;

    /// A preset by its id, otherwise a file: as a command line names it.
    [[nodiscard]] static ComparePartner named(const QString &presetOrFile);
    /// It is another one when the document is.
    [[nodiscard]] bool isOfDocument() const { return kind == Kind::Variation || kind == Kind::Document; }
};

/// A line of the menu.
struct PartnerChoice {
    ComparePartner partner;
    QString text;  ///< "Bare pivot, with chroot(2) instead"
    bool teaching; ///< shows one thing; the others follow after a line
};

/// `shown` is what stands on the Stage, `analysis` of the document or null. What would be the same is left out.
[[nodiscard]] std::vector<PartnerChoice> partnerChoices(const StageSource &shown, const Analysis *analysis);

struct PartnerSource {
    StageSource source;
    QString name; ///< "chroot jail", "Bare pivot, propagation shared"
};

/// Any thread; null where there is no document. Costs as much as a prediction, or reading a recording.
[[nodiscard]] PartnerSource findPartner(const ComparePartner &partner, const std::shared_ptr<const Analysis> &analysis,
                                        const std::shared_ptr<const core::HostFacts> &facts);

/// What stands on the Stage is called so: its plan's name.
[[nodiscard]] QString nameOf(const StageSource &source);

} // namespace pivotbench::app
