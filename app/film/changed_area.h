// SPDX-License-Identifier: Apache-2.0
//
// Where two images differ. Pure.
#pragma once

#include <QRect>

class QImage;

namespace pivotbench::app {

/// The least rectangle with all pixels that differ; empty where none does. Both have the same size and 32 bits a pixel.
[[nodiscard]] QRect changedArea(const QImage &before, const QImage &after);

} // namespace pivotbench::app
