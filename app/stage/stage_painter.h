// SPDX-License-Identifier: Apache-2.0
//
// Paints a Drawing of core/stage with QPainter: inks as tones of the palette, pictures from app/widgets/icons, text in
// the font it is given, squeezed where that is wider than a shape allows. What stays the same from frame to frame
// (colours, fonts, widths of texts, pictures) is kept. Interface thread.
#pragma once

#include "app/widgets/palette.h"
#include "core/stage/drawing.h"

#include <QFont>
#include <QHash>
#include <QPixmap>
#include <QStaticText>
#include <array>
#include <string>
#include <unordered_map>

class QPainter;

namespace pivotbench::app {

class StagePainter {
public:
    StagePainter();

    /// Both are to be told again whenever they change.
    void setPalette(const QPalette &palette);
    void setFont(const QFont &font); ///< its family and what else is not its size or weight

    /// `scale`: logical pixels in a unit of the drawing. `origin`: where its point (0, 0) lies. The painter is not
    /// transformed, but for the device's pixel ratio; groups outside `seen` (logical pixels) are left out.
    void paint(QPainter &painter, const core::stage::Drawing &drawing, double scale, QPointF origin,
               const QRectF &seen);

    [[nodiscard]] QColor colourOf(core::stage::Ink ink) const { return m_inks[static_cast<std::size_t>(ink)]; }

private:
    struct Words {
        QStaticText text;
        QFont font;
        double width = 0;  ///< logical pixels
        double ascent = 0; ///< of its top above its base line
    };
    struct Place; ///< of one group

    void paintBox(QPainter &painter, const core::stage::BoxShape &box, const Place &place) const;
    void paintCurve(QPainter &painter, const core::stage::CurveShape &curve, const Place &place) const;
    void paintText(QPainter &painter, const core::stage::TextShape &text, const Place &place);
    void paintPicture(QPainter &painter, const core::stage::IconShape &picture, const Place &place);
    const Words &wordsOf(const core::stage::TextShape &text, double scale);

    QPalette m_palette;
    QFont m_font;
    std::array<QColor, core::stage::inkCount> m_inks;
    std::unordered_map<std::string, Words> m_words;
    QHash<QString, QPixmap> m_pictures;
};

/// The tone of the palette that an ink stands for.
[[nodiscard]] Tone toneOf(core::stage::Ink ink);

} // namespace pivotbench::app
