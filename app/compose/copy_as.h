// SPDX-License-Identifier: Apache-2.0
//
// The sandbox as text for elsewhere: what the menu "Copy as" puts on the clipboard. Pure.
#pragma once

#include "app/document/analysis.h"

#include <QString>
#include <QStringList>
#include <vector>

namespace pivotbench::app {

struct CopyForm {
    QString id;
    QString label; ///< of the menu entry
    QString text;
    QStringList losses = {}; ///< a sentence for each setting that is not in it, or not as the spec has it
};

/// The forms that there are for this analysis; those that need a plan are absent while there are errors, and those for
/// other tools while nothing is known of the machine or where they cannot say it at all. `path`: of the saved document,
/// or empty. `facts` may be null.
[[nodiscard]] std::vector<CopyForm> copyForms(const Analysis &analysis, const core::HostFacts *facts,
                                              const QString &path);

} // namespace pivotbench::app
