// SPDX-License-Identifier: Apache-2.0
//
// The timeline of two recordings: a track for each, the left one above, their steps at the moments in which they
// happen, and a thin line where a track has no step. Keys and marks as on the timeline of one (timeline.h). A slider to
// a screen reader. The duet has to outlive it. Interface thread.
#pragma once

#include "app/stage/contrast.h"
#include "app/stage/phase_track.h"
#include "app/stage/step_slider.h"

#include <QWidget>
#include <array>
#include <vector>

namespace pivotbench::app {

class Duet;

class DuetTimeline : public QWidget, public StepSlider {
    Q_OBJECT

public:
    explicit DuetTimeline(Duet &duet, QWidget *parent = nullptr);

    /// What the sides are called.
    void setNames(const LaneNames &names);

    [[nodiscard]] std::size_t stepCount() const override;
    [[nodiscard]] std::size_t currentStep() const override;
    void seekTo(std::size_t step) override;
    /// "moment 8 of 18, Bare pivot: Switch to the new root, chroot jail: Nothing happens here".
    [[nodiscard]] QString valueText() const override;
    [[nodiscard]] QString textOf(std::size_t moment) const;

    /// Where the mark of a moment is.
    [[nodiscard]] QPointF placeOf(core::stage::Lane lane, std::size_t moment) const;
    [[nodiscard]] std::size_t momentAt(double x) const { return m_track.placeAt(x); }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    bool event(QEvent *event) override;
    void changeEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    enum class Mark : unsigned char { None, Beginning, Done, Skipped, Failed };
    using Marks = std::array<Mark, 2>;

    void collect();
    void arrange();
    [[nodiscard]] Mark markOf(core::stage::Lane lane, std::size_t moment) const;
    [[nodiscard]] double trackY(core::stage::Lane lane) const;
    void paintTrack(QPainter &painter, core::stage::Lane lane) const;
    void paintMark(QPainter &painter, core::stage::Lane lane, std::size_t moment) const;
    void paintNow(QPainter &painter) const;

    Duet &m_duet;
    LaneNames m_names;
    PhaseTrack m_track;
    std::vector<Marks> m_marks; ///< of each moment, by Lane
    double m_left = 0;          ///< where the tracks begin
};

} // namespace pivotbench::app
