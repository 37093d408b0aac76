// SPDX-License-Identifier: Apache-2.0
//
// One scale of distances: 4, 8, 12, 16, 24 pixels at the usual font, larger with a larger one. Qt multiplies by the
// screen's scale by itself. Ask again when the font changes (QEvent::FontChange). Interface thread only.
#pragma once

#include <QFontMetrics>
#include <QWidget>

#include <algorithm>
#include <cmath>

namespace pivotbench::app {

enum class Space {
    Hairline = 1,
    Tiny = 4,    // between an icon and its word
    Small = 8,   // between things that belong together
    Medium = 12, // inside a card
    Large = 16,  // between groups, a page's margin
    Huge = 24,
};

// How much larger the font is than the one the scale was drawn for, in quarters, never smaller than 1.
inline qreal fontScale(const QFontMetrics &metrics)
{
    constexpr qreal usualHeight = 17;
    return std::max(1.0, std::round(metrics.height() / usualHeight * 4 - 0.2) / 4);
}

inline int space(Space size, const QFontMetrics &metrics)
{
    return static_cast<int>(std::lround(static_cast<int>(size) * fontScale(metrics)));
}

inline int space(Space size, const QWidget *widget) { return space(size, widget->fontMetrics()); }

enum class IconSize {
    Small = 16, // beside text
    Rail = 24,
    Large = 32,
    Hero = 48, // an empty page
};

inline int iconExtent(IconSize size, const QFontMetrics &metrics)
{
    return static_cast<int>(std::lround(static_cast<int>(size) * fontScale(metrics)));
}

inline int iconExtent(IconSize size, const QWidget *widget) { return iconExtent(size, widget->fontMetrics()); }

// Corners of cards, banners and toasts; of what lies inside them.
inline constexpr qreal outerRadius = 8;
inline constexpr qreal innerRadius = 5;

// A line that shows the keyboard's focus.
inline constexpr qreal focusWidth = 2;

} // namespace pivotbench::app
