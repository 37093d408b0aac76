// SPDX-License-Identifier: Apache-2.0
#include "app/stage/stage_view.h"

#include "app/base/text.h"
#include "app/stage/node_words.h"
#include "app/stage/stage_player.h"
#include "app/stage/stage_view_accessible.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>
#include <cmath>

namespace pivotbench::app {

using namespace core::stage;

namespace {

constexpr double leastScale = 0.8; ///< of the scene's text, which is small already
constexpr double usualLargest = 1.6;
constexpr double leastZoom = 0.25;
constexpr double mostZoom = 6;
constexpr double zoomStep = 1.2;
constexpr int followMs = 600;

} // namespace

StageView::StageView(StagePlayer &player, QWidget *parent)
    : QAbstractScrollArea(parent)
    , m_player(player)
    , m_following(verticalScrollBar(), "value")
    , m_followed(static_cast<std::size_t>(-1))
    , m_largest(usualLargest)
{
    installStageAccessibility();
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Stage"));
    m_following.setDuration(followMs);
    m_following.setEasingCurve(QEasingCurve::InOutCubic);
    viewport()->setMouseTracking(true);
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
    m_painter.setFont(font());
    takePalette();
    connect(&m_player, &StagePlayer::stagedChanged, this, &StageView::arrange);
    connect(&m_player, &StagePlayer::sceneChanged, this, &StageView::refreshScene);
    connect(&m_player, &StagePlayer::drawingChanged, viewport(), qOverload<>(&QWidget::update));
}

QSize StageView::sizeHint() const
{
    const int em = fontMetrics().horizontalAdvance('m');
    return {70 * em, 35 * em};
}

QSize StageView::minimumSizeHint() const
{
    const int em = fontMetrics().horizontalAdvance('m');
    return {30 * em, 12 * em};
}

const SceneNode *StageView::selected() const
{
    const Scene *scene = m_player.scene();
    return scene && m_selected != 0 ? scene->find(m_selected) : nullptr;
}

void StageView::select(MountKey node)
{
    if (node == m_selected)
        return;
    m_selected = node;
    if (const SceneNode *found = selected()) {
        reveal(*found);
        tellNodeFocus(*this, *found);
    }
    viewport()->update();
    emit selectedChanged();
}

StageView::Fit StageView::fit() const
{
    const QSizeF room = viewport()->size();
    const double least = leastScale * fontScale(fontMetrics());
    const double tallest = m_player.staged() ? m_player.staged()->tallest : 0;
    double scale = tallest > 0 ? room.height() / tallest : 1;
    scale = std::clamp(scale, least, std::max(least, m_largest));
    Fit fit{.scale = scale, .room = {.width = std::max(1.0, std::floor(room.width() / scale))}};
    // Two worlds need some width; they may have less than that many pixels, but no less than can be read.
    if (const Scene *scene = m_player.scene(); scene && scene->bounds.width > fit.room.width)
        fit.scale = std::max(std::min(least, scale), room.width() / scene->bounds.width);
    fit.room.height = std::floor(room.height() / fit.scale);
    return fit;
}

double StageView::scale() const { return fit().scale * m_zoom; }

Rect StageView::view() const
{
    const Rect moving = m_player.drawing().view;
    return moving.width > 0 ? moving : Rect{0, 0, fit().room.width, 1};
}

QPointF StageView::origin() const
{
    const Rect seen = view();
    const double by = scale();
    const QSizeF room = viewport()->size();
    const double spareX = std::max(0.0, (room.width() - seen.width * by) / 2);
    return {spareX - seen.x * by - horizontalScrollBar()->value(), -seen.y * by - verticalScrollBar()->value()};
}

/// The scene gets the width there is, and the scroll bars what is beyond it.
void StageView::arrange()
{
    m_player.setRoom(fit().room);
    const Rect seen = m_player.stillDrawing().view;
    const double by = scale();
    const QSize room = viewport()->size();
    const auto range = [](QScrollBar *bar, double size, int page) {
        bar->setPageStep(page);
        bar->setSingleStep(std::max(1, page / 12));
        bar->setRange(0, std::max(0, static_cast<int>(std::ceil(size - 1)) - page));
    };
    range(horizontalScrollBar(), seen.width * by, room.width());
    range(verticalScrollBar(), seen.height * by, room.height());
    viewport()->update();
}

void StageView::refreshScene()
{
    arrange();
    if (m_selected != 0 && !selected()) {
        m_selected = 0;
        emit selectedChanged();
    }
    tellNodesChanged(*this);
    if (std::exchange(m_followed, m_player.frame()) != m_player.frame())
        follow();
}

/// What the step has made or changed comes into sight, where none of it is.
void StageView::follow()
{
    m_following.stop();
    const Scene *scene = m_player.scene();
    if (!scene || verticalScrollBar()->maximum() == 0)
        return;
    const double by = scale();
    const int room = viewport()->height();
    const int top = verticalScrollBar()->value();
    const SceneNode *first = nullptr;
    for (const SceneNode &node : scene->nodes) {
        if (node.mark == Mark::None)
            continue;
        const double from = (node.box.y - scene->bounds.y) * by;
        if (from >= top && from + node.box.height * by <= top + room)
            return;
        if (!first)
            first = &node;
    }
    if (!first)
        return;
    const double middle = (first->box.centre().y - scene->bounds.y) * by - room / 2.0;
    const int to = std::clamp(static_cast<int>(middle), 0, verticalScrollBar()->maximum());
    if (m_player.reducedMotion() || !m_player.isGliding()) {
        verticalScrollBar()->setValue(to);
        return;
    }
    m_following.setEndValue(to);
    m_following.start();
}

QRect StageView::rectOf(const SceneNode &node) const
{
    const double by = scale();
    QPointF at = origin() + QPointF(node.box.x, node.box.y) * by;
    if (m_player.isGliding()) {
        const auto placeIn = [&](const Drawing &drawing) -> const Group * {
            const auto found = std::ranges::find(drawing.groups, node.key, &Group::node);
            return found == drawing.groups.end() ? nullptr : &*found;
        };
        const Group *now = placeIn(m_player.drawing());
        const Group *then = placeIn(m_player.stillDrawing());
        if (now && then)
            at += QPointF(now->at.x - then->at.x, now->at.y - then->at.y) * by;
    }
    return QRectF(at, QSizeF(node.box.width, node.box.height) * by).toAlignedRect();
}

const SceneNode *StageView::nodeAt(QPoint point) const
{
    const Scene *scene = m_player.scene();
    if (!scene)
        return nullptr;
    const QPointF at = (QPointF(point) - origin()) / scale();
    const SceneNode *found = nullptr;
    for (const SceneNode &node : scene->nodes)
        if (node.box.contains({at.x(), at.y()}) &&
            (!found || node.box.width * node.box.height <= found->box.width * found->box.height))
            found = &node;
    return found;
}

void StageView::setZoom(double zoom, std::optional<QPointF> fixed)
{
    zoom = std::clamp(zoom, leastZoom, mostZoom);
    if (std::abs(zoom - 1) < 0.02)
        zoom = 1;
    if (qFuzzyCompare(zoom, m_zoom))
        return;
    const QPointF at = fixed.value_or(QRectF(viewport()->rect()).center());
    const QPointF scenePoint = (at - origin()) / scale();
    m_zoom = zoom;
    arrange();
    const QPointF moved = origin() + scenePoint * scale() - at;
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() + static_cast<int>(std::lround(moved.x())));
    verticalScrollBar()->setValue(verticalScrollBar()->value() + static_cast<int>(std::lround(moved.y())));
}

void StageView::setLargest(double scale)
{
    m_largest = scale;
    arrange();
}

void StageView::setOverlay(Drawing overlay)
{
    m_overlay = std::move(overlay);
    viewport()->update();
}

void StageView::reveal(const SceneNode &node)
{
    const QRect rect = rectOf(node).adjusted(-8, -8, 8, 8);
    const QRect room = viewport()->rect();
    const auto shift = [](QScrollBar *bar, int low, int high, int size) {
        if (low < 0 || high - low > size)
            bar->setValue(bar->value() + low);
        else if (high > size)
            bar->setValue(bar->value() + high - size);
    };
    shift(horizontalScrollBar(), rect.left(), rect.right() + 1, room.width());
    shift(verticalScrollBar(), rect.top(), rect.bottom() + 1, room.height());
}

void StageView::walk(int key)
{
    const Scene *scene = m_player.scene();
    if (!scene || scene->nodes.empty())
        return;
    const std::vector<SceneNode> &nodes = scene->nodes;
    const SceneNode *here = selected();
    if (!here) {
        // Where the eye is: at what the step has made, else at the first one.
        const auto fresh = std::ranges::find_if(nodes, [](const SceneNode &node) { return node.mark != Mark::None; });
        select(fresh != nodes.end() ? fresh->key : nodes.front().key);
        return;
    }
    const auto index = static_cast<std::size_t>(here - nodes.data());
    switch (key) {
    case Qt::Key_Up: select(nodes[index > 0 ? index - 1 : 0].key); return;
    case Qt::Key_Down: select(nodes[std::min(index + 1, nodes.size() - 1)].key); return;
    case Qt::Key_Home: select(nodes.front().key); return;
    case Qt::Key_End: select(nodes.back().key); return;
    default: break;
    }
    const Side side = key == Qt::Key_Left ? Side::Host : Side::Sandbox;
    if (here->side == side)
        return;
    const SceneNode *nearest = nullptr;
    const auto distance = [&](const SceneNode &node) { return std::abs(node.box.centre().y - here->box.centre().y); };
    for (const SceneNode &node : nodes)
        if (node.side == side && (!nearest || distance(node) < distance(*nearest)))
            nearest = &node;
    if (nearest)
        select(nearest->key);
}

void StageView::activate(const SceneNode &node)
{
    if (node.form == Form::Fold)
        m_player.unfold(node.parent);
    else if (m_player.isUnfolded(node.key))
        m_player.fold(node.key);
}

bool StageView::event(QEvent *event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        // Ctrl+0 is the window's, too; here it is the zoom's.
        const auto *key = static_cast<QKeyEvent *>(event);
        if (key->modifiers() == Qt::ControlModifier && key->key() == Qt::Key_0)
            event->accept();
    }
    return QAbstractScrollArea::event(event);
}

bool StageView::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const SceneNode *node = nodeAt(help->pos());
        const Moment *moment = m_player.moment();
        if (node && moment)
            QToolTip::showText(help->globalPos(), nodeToolTip(*node, mountOf(*moment, node->key)), viewport(),
                               rectOf(*node));
        else
            QToolTip::hideText();
        return true;
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void StageView::changeEvent(QEvent *event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        takePalette();
    if (event->type() == QEvent::FontChange) {
        m_painter.setFont(font());
        arrange();
    }
}

void StageView::takePalette()
{
    m_painter.setPalette(palette());
    QPalette flat = palette();
    flat.setColor(QPalette::Base, palette().color(QPalette::Window));
    for (QScrollBar *bar : {horizontalScrollBar(), verticalScrollBar()})
        bar->setPalette(flat); // they lie on the window's ground
    viewport()->update();
}

void StageView::contextMenuEvent(QContextMenuEvent *event)
{
    const SceneNode *node = event->reason() == QContextMenuEvent::Mouse ? nodeAt(event->pos()) : selected();
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    if (node) {
        select(node->key);
        if (node->form != Form::Fold)
            menu->addAction(icon(Icon::Copy), tr("Copy mount point"), this,
                            [path = QString::fromStdString(node->path)] { QApplication::clipboard()->setText(path); });
        if (node->form == Form::Fold)
            menu->addAction(icon(Icon::ExpandAll), tr("Unfold"), this,
                            [this, owner = node->parent] { m_player.unfold(owner); });
        else if (m_player.isUnfolded(node->key))
            menu->addAction(icon(Icon::CollapseAll), tr("Fold what is below"), this,
                            [this, owner = node->key] { m_player.fold(owner); });
        emit menuAsked(menu, *node);
        menu->addSeparator();
    }
    menu->addAction(icon(Icon::ZoomIn), tr("Zoom in"), this, [this] { setZoom(m_zoom * zoomStep); });
    menu->addAction(icon(Icon::ZoomOut), tr("Zoom out"), this, [this] { setZoom(m_zoom / zoomStep); });
    menu->addAction(icon(Icon::ZoomFit), tr("Fit"), this, [this] { setZoom(1); });
    const bool atNode = event->reason() != QContextMenuEvent::Mouse && node;
    menu->popup(atNode ? viewport()->mapToGlobal(rectOf(*node).center()) : event->globalPos());
}

void StageView::focusInEvent(QFocusEvent *event)
{
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
    if (const SceneNode *node = selected())
        tellNodeFocus(*this, *node);
}

void StageView::focusOutEvent(QFocusEvent *event)
{
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

void StageView::keyPressEvent(QKeyEvent *event)
{
    const Qt::KeyboardModifiers held = event->modifiers() & ~(Qt::KeypadModifier | Qt::ShiftModifier);
    if (held == Qt::ControlModifier) {
        switch (event->key()) {
        case Qt::Key_Plus:
        case Qt::Key_Equal: setZoom(m_zoom * zoomStep); return;
        case Qt::Key_Minus: setZoom(m_zoom / zoomStep); return;
        case Qt::Key_0: setZoom(1); return;
        default: event->ignore(); return;
        }
    }
    switch (event->key()) {
    case Qt::Key_Up:
    case Qt::Key_Down:
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Home:
    case Qt::Key_End:
        if (held == Qt::NoModifier) {
            walk(event->key());
            return;
        }
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        if (const SceneNode *node = selected();
            node && (node->form == Form::Fold || (event->key() != Qt::Key_Space && m_player.isUnfolded(node->key)))) {
            activate(*node);
            return;
        }
        break;
    default: break;
    }
    event->ignore();
}

void StageView::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton)
        return;
    m_following.stop();
    m_dragged = event->pos();
    m_moved = false;
}

void StageView::mouseMoveEvent(QMouseEvent *event)
{
    if (!m_dragged) {
        const SceneNode *node = nodeAt(event->pos());
        viewport()->setCursor(node && node->form == Form::Fold ? Qt::PointingHandCursor : Qt::ArrowCursor);
        return;
    }
    const QPoint by = event->pos() - *m_dragged;
    if (!m_moved && by.manhattanLength() < QApplication::startDragDistance())
        return;
    m_moved = true;
    m_dragged = event->pos();
    viewport()->setCursor(Qt::ClosedHandCursor);
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() - by.x());
    verticalScrollBar()->setValue(verticalScrollBar()->value() - by.y());
}

void StageView::mouseReleaseEvent(QMouseEvent *event)
{
    if (m_dragged && !m_moved && event->button() == Qt::LeftButton) {
        const SceneNode *node = nodeAt(event->pos());
        select(node ? node->key : 0);
    }
    m_dragged.reset();
    viewport()->setCursor(Qt::ArrowCursor);
}

void StageView::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (const SceneNode *node = nodeAt(event->pos()); node && event->button() == Qt::LeftButton)
        activate(*node);
}

void StageView::wheelEvent(QWheelEvent *event)
{
    if (event->modifiers().testFlag(Qt::ControlModifier)) {
        setZoom(m_zoom * std::pow(zoomStep, event->angleDelta().y() / 120.0), event->position());
        event->accept();
        return;
    }
    QAbstractScrollArea::wheelEvent(event);
}

void StageView::resizeEvent(QResizeEvent *event)
{
    QAbstractScrollArea::resizeEvent(event);
    arrange();
}

void StageView::scrollContentsBy(int /*dx*/, int /*dy*/) { viewport()->update(); }

void StageView::paintEvent(QPaintEvent *event)
{
    QPainter painter(viewport());
    painter.fillRect(event->rect(), palette().color(QPalette::Window));
    m_painter.paint(painter, m_player.drawing(), scale(), origin(), QRectF(event->rect()));
    if (!m_player.isGliding())
        m_painter.paint(painter, m_overlay, scale(), origin(), QRectF(event->rect()));
    if (const SceneNode *node = selected()) {
        const QRect ring = rectOf(*node).adjusted(-3, -3, 3, 3);
        if (hasFocus())
            paintFocus(painter, ring, palette(), outerRadius);
        else
            paintPanel(painter, ring, {}, tone(Tone::FocusRing, palette()), outerRadius);
    } else if (hasFocus()) {
        paintFocus(painter, QRectF(viewport()->rect()).adjusted(1, 1, -1, -1), palette(), innerRadius);
    }
}

} // namespace pivotbench::app
