// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/painting.h"

#include "app/widgets/metrics.h"
#include "app/widgets/palette.h"

#include <QFont>
#include <QPainter>

namespace pivotbench::app {

void paintPanel(QPainter &painter, const QRectF &rect, const QColor &fill, const QColor &line, qreal radius,
                qreal lineWidth)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(line.isValid() ? QPen(line, lineWidth) : QPen(Qt::NoPen));
    painter.setBrush(fill.isValid() ? QBrush(fill) : QBrush(Qt::NoBrush));
    const qreal inset = line.isValid() ? lineWidth / 2 : 0;
    const QRectF shape = rect.adjusted(inset, inset, -inset, -inset);
    const qreal round = std::min({radius, shape.width() / 2, shape.height() / 2});
    painter.drawRoundedRect(shape, round, round);
    painter.restore();
}

void paintFocus(QPainter &painter, const QRectF &rect, const QPalette &palette, qreal radius)
{
    paintPanel(painter, rect, {}, tone(Tone::FocusRing, palette), radius, focusWidth);
}

QFont variant(const QFont &font, qreal scale, bool bold)
{
    QFont made = font;
    if (font.pointSizeF() > 0) {
        made.setPointSizeF(font.pointSizeF() * scale);
    } else {
        made.setPixelSize(static_cast<int>(std::lround(font.pixelSize() * scale)));
    }
    made.setWeight(bold ? QFont::DemiBold : font.weight());
    return made;
}

} // namespace pivotbench::app
