// SPDX-License-Identifier: Apache-2.0
//
// Where things lie along a timeline: a segment for each run of one phase, as wide as its title and its share of the
// steps need. Lengths in logical pixels from the left. Values only; interface thread.
#pragma once

#include "core/plan/plan.h"

#include <QString>
#include <optional>
#include <vector>

class QPainter;
class QRectF;
class QWidget;

namespace pivotbench::app {

class PhaseTrack {
public:
    struct Segment {
        QString title = {};
        std::size_t first = 0; ///< place
        std::size_t count = 0;
        double left = 0;
        double width = 0;

        [[nodiscard]] bool contains(std::size_t place) const { return place >= first && place < first + count; }
    };

    /// The phase of each place; what has none belongs to what follows it.
    void collect(const std::vector<std::optional<core::Phase>> &phases);
    /// Fills the widget from `left` on.
    void arrange(const QWidget &widget, double left = 0);

    [[nodiscard]] const std::vector<Segment> &segments() const { return m_segments; }
    /// The middle of a place.
    [[nodiscard]] double xOf(std::size_t place) const;
    [[nodiscard]] std::size_t placeAt(double x) const;

    /// The titles along the top of the widget, that of `now` stressed.
    void paintTitles(QPainter &painter, const QWidget &widget, std::size_t now) const;

private:
    std::vector<Segment> m_segments;
};

} // namespace pivotbench::app
