// SPDX-License-Identifier: Apache-2.0
//
// Shows what a StagePlayer has on the stage, fitted to the room there is: the text keeps its size as long as it can be
// read, and what does not fit is scrolled to. Ctrl and the wheel, or Ctrl with +, - and 0, zoom; dragging moves. Arrow
// keys walk the mounts: up and down in reading order, left and right between the worlds. Enter, Space or a double click
// on a fold unfolds it. To a screen reader it is a list of the mounts (stage_view_accessible.h).
//
// The player has to outlive it. Interface thread.
#pragma once

#include "app/stage/stage_painter.h"
#include "core/stage/scene.h"

#include <QAbstractScrollArea>
#include <QPropertyAnimation>
#include <optional>

class QMenu;

namespace pivotbench::app {

class StagePlayer;

class StageView : public QAbstractScrollArea {
    Q_OBJECT

public:
    explicit StageView(StagePlayer &player, QWidget *parent = nullptr);

    [[nodiscard]] StagePlayer &player() const { return m_player; }

    /// The node that the keyboard is at; null for none.
    [[nodiscard]] const core::stage::SceneNode *selected() const;
    void select(core::stage::MountKey node);
    /// The topmost one at a point of the viewport; null for none.
    [[nodiscard]] const core::stage::SceneNode *nodeAt(QPoint point) const;
    /// Where it is in the viewport at this moment.
    [[nodiscard]] QRect rectOf(const core::stage::SceneNode &node) const;

    [[nodiscard]] double zoom() const { return m_zoom; }
    /// 1: fitted. `fixed` is the point of the viewport that stays where it is.
    void setZoom(double zoom, std::optional<QPointF> fixed = {});
    /// Multiplies what is fitted: for people who sit far away.
    void setLargest(double scale);

    /// Painted over the scene while that rests, in its places; an empty one for nothing.
    void setOverlay(core::stage::Drawing overlay);
    /// Scrolls to where it can be seen.
    void reveal(const core::stage::SceneNode &node);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void selectedChanged();
    /// The menu of a mount is about to open: for who has more to offer.
    void menuAsked(QMenu *menu, const pivotbench::core::stage::SceneNode &node);

protected:
    bool event(QEvent *event) override;
    bool viewportEvent(QEvent *event) override;
    void changeEvent(QEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void scrollContentsBy(int dx, int dy) override;
    void wheelEvent(QWheelEvent *event) override;

private:
    struct Fit {
        double scale = 1; ///< logical pixels in a scene unit
        core::stage::SceneOptions room;
    };

    [[nodiscard]] Fit fit() const;
    [[nodiscard]] double scale() const;
    [[nodiscard]] core::stage::Rect view() const;
    [[nodiscard]] QPointF origin() const; ///< of the scene, in the viewport
    void takePalette();
    void arrange();
    void refreshScene();
    void walk(int key);
    void activate(const core::stage::SceneNode &node);
    void follow();

    StagePlayer &m_player;
    StagePainter m_painter;
    core::stage::Drawing m_overlay;
    QPropertyAnimation m_following; ///< of the vertical scroll bar
    std::size_t m_followed;         ///< the frame whose news were followed
    core::stage::MountKey m_selected = 0;
    double m_zoom = 1;
    double m_largest;
    std::optional<QPoint> m_dragged; ///< where the pointer was last while a button is down
    bool m_moved = false;
};

} // namespace pivotbench::app
