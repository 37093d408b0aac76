// SPDX-License-Identifier: Apache-2.0
//
// Asks which form of what the Stage shows is wanted, and where. Interface thread.
#pragma once

#include "app/stage/stage_export.h"

#include <functional>

class QWidget;

namespace pivotbench::app {

/// `step`: the one that is shown, for pictures of it alone; empty where it has no id. `name`: of the file, without its
/// suffix. `then` gets the choice, and is not called without one.
void askForExport(QWidget *parent, const QString &name, const QString &step,
                  const std::function<void(const StageExport &)> &then);

} // namespace pivotbench::app
