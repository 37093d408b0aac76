// SPDX-License-Identifier: Apache-2.0
//
// The sandbox as text for elsewhere: what the menu "Copy as" puts on the clipboard. Pure.
#pragma once

#include "app/document/analysis.h"

#include <QString>
#include <vector>

namespace pivotbench::app {

struct CopyForm {
    QString id;
    QString label; ///< of the menu entry
    QString text;
};

/// The forms that there are for this analysis; those that need a plan are absent while there are errors. `path`: of the
/// saved document, or empty.
[[nodiscard]] std::vector<CopyForm> copyForms(const Analysis &analysis, const QString &path);

} // namespace pivotbench::app
