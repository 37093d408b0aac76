// SPDX-License-Identifier: Apache-2.0
//
// The few shapes that all widgets here share, so that they look like one family. Interface thread only.
#pragma once

#include <QColor>
#include <QRectF>

class QFont;
class QPainter;
class QPalette;

namespace pivotbench::app {

// A rounded rectangle within `rect`, its line on whole pixels. An invalid colour leaves out fill or line.
void paintPanel(QPainter &painter, const QRectF &rect, const QColor &fill, const QColor &line, qreal radius,
                qreal lineWidth = 1);

// The keyboard's focus, within `rect`.
void paintFocus(QPainter &painter, const QRectF &rect, const QPalette &palette, qreal radius);

// `font`, scaled and of another weight.
QFont variant(const QFont &font, qreal scale, bool bold);

} // namespace pivotbench::app
