// SPDX-License-Identifier: Apache-2.0
#include "app/tree/tree_list.h"

#include "app/tree/merged_tree_model.h"
#include "app/tree/tree_delegate.h"
#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"
#include "app/widgets/palette.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QDateTime>
#include <QDragMoveEvent>
#include <QHeaderView>
#include <QMimeData>
#include <QPainter>
#include <QScrollBar>

namespace pivotbench::app {
namespace {

constexpr int expandDelay = 700; ///< ms over a directory while dragging

bool hasFiles(const QMimeData *data)
{
    if (!data->hasUrls())
        return false;
    const QList<QUrl> urls = data->urls();
    return std::ranges::any_of(urls, [](const QUrl &url) { return url.isLocalFile(); });
}

/// Never the move that a file manager may propose: it would delete the files afterwards.
bool accept(QDropEvent *event)
{
    const Qt::DropActions possible = event->possibleActions();
    if ((possible & Qt::LinkAction) != 0)
        event->setDropAction(Qt::LinkAction);
    else if ((possible & Qt::CopyAction) != 0)
        event->setDropAction(Qt::CopyAction);
    else
        return false;
    event->accept();
    return true;
}

} // namespace

TreeList::TreeList(MergedTreeModel &model, QWidget *parent)
    : QTreeView(parent)
    , m_model(model)
    , m_delegate(new TreeDelegate(this))
{
    setModel(&model);
    setItemDelegate(m_delegate);
    setUniformRowHeights(true);
    setAllColumnsShowFocus(true);
    setSelectionBehavior(SelectRows);
    setEditTriggers(NoEditTriggers);
    setAcceptDrops(true);
    setDragDropMode(DropOnly);
    setDropIndicatorShown(false); // drawn on the row, in drawRow()
    setAutoExpandDelay(expandDelay);
    setFrameShape(NoFrame);
    setAccessibleName(tr("Merged tree"));
    header()->setStretchLastSection(true);
    header()->setSectionsMovable(false);
    const int unit = fontMetrics().horizontalAdvance(u'x');
    header()->resizeSection(MergedTreeModel::Name, 40 * unit);
    header()->resizeSection(MergedTreeModel::ProvidedBy, 26 * unit);
    header()->resizeSection(MergedTreeModel::Size, 11 * unit);

    connect(this, &QTreeView::expanded, this, [this](const QModelIndex &index) { m_model.setExpanded(index, true); });
    connect(this, &QTreeView::collapsed, this, [this](const QModelIndex &index) { m_model.setExpanded(index, false); });
    connect(&model, &MergedTreeModel::aboutToRebuild, this, &TreeList::remember);
    connect(&model, &MergedTreeModel::rebuilt, this, &TreeList::restore);
    connect(&model, &QAbstractItemModel::rowsInserted, this, &TreeList::goOnRevealing);
}

// Across a rebuild ----------------------------------------------------------------------------------------------------

void TreeList::remember()
{
    if (m_model.rowCount() == 0)
        return;
    m_current = currentIndex().isValid() ? std::optional(m_model.placeOf(currentIndex())) : std::nullopt;
    const QModelIndex top = indexAt(QPoint(0, 0));
    m_top = top.isValid() ? std::optional(m_model.placeOf(top)) : std::nullopt;
    m_topOffset = top.isValid() ? visualRect(top).top() : 0;
}

void TreeList::expandAll(const QModelIndex &index)
{
    setExpanded(index, true);
    m_model.forEachExpandedChild(index, [this](const QModelIndex &child) { expandAll(child); });
}

void TreeList::restore()
{
    m_restoring = true;
    expandAll(m_model.index(0, 0));
    QModelIndex current = m_current ? m_model.indexOf(*m_current) : QModelIndex();
    // What was selected is gone: the nearest thing above it.
    if (m_current && !current.isValid()) {
        TreePlace above = *m_current;
        while (!current.isValid() && above.path.size() > 1) {
            above.path.resize(std::max<std::size_t>(above.path.rfind('/'), 1));
            above.hidden = false;
            current = m_model.indexOf(above);
        }
    }
    if (!current.isValid())
        current = m_model.index(0, 0);
    selectionModel()->setCurrentIndex(current, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    if (const QModelIndex top = m_top ? m_model.indexOf(*m_top) : QModelIndex(); top.isValid()) {
        scrollTo(top, PositionAtTop);
        verticalScrollBar()->setValue(verticalScrollBar()->value() - m_topOffset);
    }
    m_restoring = false;
    goOnRevealing();
}

void TreeList::reveal(const TreePlace &place)
{
    m_wanted = place;
    goOnRevealing();
}

void TreeList::goOnRevealing()
{
    if (!m_wanted || m_restoring)
        return;
    if (const QModelIndex found = m_model.indexOf(*m_wanted); found.isValid()) {
        m_wanted.reset();
        setCurrentIndex(found);
        scrollTo(found);
        return;
    }
    // The deepest directory on the way that is known; reading it brings us here again.
    TreePlace at = *m_wanted;
    while (at.path.size() > 1) {
        at.path.resize(std::max<std::size_t>(at.path.rfind('/'), 1));
        if (const QModelIndex found = m_model.indexOf(at); found.isValid()) {
            if (m_model.isRead(found))
                m_wanted.reset(); // it is not there
            else
                setExpanded(found, true);
            return;
        }
    }
}

// Painting ------------------------------------------------------------------------------------------------------------

void TreeList::paintEvent(QPaintEvent *event)
{
    m_delegate->forgetRow();
    QTreeView::paintEvent(event);
}

void TreeList::drawRow(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QTreeView::drawRow(painter, option, index);
    if (!m_dropRow.isValid() || index.siblingAtColumn(0) != m_dropRow)
        return;
    QRectF row = option.rect;
    row.setLeft(0);
    row.setWidth(viewport()->width());
    painter->save();
    QColor ground = tone(Tone::Accent, palette());
    ground.setAlphaF(0.15F);
    painter->setRenderHint(QPainter::Antialiasing);
    paintPanel(*painter, row.adjusted(1, 1, -1, -1), ground, tone(Tone::Accent, palette()), innerRadius, focusWidth);
    painter->restore();
}

// Keys and mouse ------------------------------------------------------------------------------------------------------

void TreeList::keyboardSearch(const QString &search)
{
    const QModelIndex current = currentIndex().isValid() ? currentIndex() : m_model.index(0, 0);
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    const bool goesOn = now - m_lastSearch < QApplication::keyboardInputInterval() && !search.isEmpty();
    m_lastSearch = now;
    m_search = goesOn ? m_search + search : search;
    if (m_search.isEmpty())
        return;
    // The same letter again and again goes from one name to the next.
    const bool repeated = m_search.count(m_search.front()) == m_search.size();
    const bool next = !goesOn || repeated;
    QModelIndex start = next ? m_model.index(current.row() + 1, 0, current.parent()) : current;
    if (!start.isValid())
        start = m_model.index(0, 0, current.parent());
    if (!current.parent().isValid()) // from "/" into it
        start = m_model.index(0, 0, current);
    const QString prefix = repeated ? m_search.left(1) : m_search;
    if (const QModelIndex found = m_model.findFrom(start, prefix); found.isValid())
        setCurrentIndex(found);
}

/// "Retry" and "Cancel" of a row.
bool TreeList::act(const QModelIndex &index)
{
    if (m_model.isReadingRow(index)) {
        const QModelIndex directory = index.parent();
        m_model.cancel(index);
        collapse(directory);
        return true;
    }
    if (m_model.entry(index).row != TreeEntry::Row::Problem)
        return false;
    emit retryRequested();
    return true;
}

void TreeList::keyPressEvent(QKeyEvent *event)
{
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && currentIndex().isValid()) {
        if (!act(currentIndex()) && m_model.hasChildren(currentIndex()))
            setExpanded(currentIndex().siblingAtColumn(0), !isExpanded(currentIndex().siblingAtColumn(0)));
        emit activated(currentIndex());
        return;
    }
    QTreeView::keyPressEvent(event);
}

void TreeList::mouseReleaseEvent(QMouseEvent *event)
{
    const QModelIndex index = indexAt(event->position().toPoint());
    if (event->button() == Qt::LeftButton && index.isValid() && index.column() == MergedTreeModel::Notes && act(index))
        return;
    QTreeView::mouseReleaseEvent(event);
}

void TreeList::contextMenuEvent(QContextMenuEvent *event)
{
    if (event->reason() == QContextMenuEvent::Keyboard) {
        const QRect row = visualRect(currentIndex());
        emit menuRequested(viewport()->mapToGlobal(row.isValid() ? row.bottomLeft() : QPoint()), currentIndex());
    } else {
        emit menuRequested(event->globalPos(), indexAt(viewport()->mapFromGlobal(event->globalPos())));
    }
    event->accept();
}

// Drops ---------------------------------------------------------------------------------------------------------------

QModelIndex TreeList::directoryUnder(const QPoint &position) const
{
    QModelIndex index = indexAt(position).siblingAtColumn(0);
    if (!index.isValid())
        return m_model.index(0, 0); // below the last row: the root
    const TreeEntry entry = m_model.entry(index);
    const bool inTree = entry.row == TreeEntry::Row::Entry || entry.row == TreeEntry::Row::NewMountPoint;
    return inTree && entry.isDirectory && entry.pathIsExact ? index : QModelIndex();
}

void TreeList::setDropRow(const QModelIndex &index)
{
    if (m_dropRow == index)
        return;
    m_dropRow = index;
    viewport()->update();
}

void TreeList::dragEnterEvent(QDragEnterEvent *event)
{
    if (!hasFiles(event->mimeData()) || !accept(event))
        event->ignore();
}

void TreeList::dragMoveEvent(QDragMoveEvent *event)
{
    if (!hasFiles(event->mimeData())) {
        event->ignore();
        return;
    }
    QTreeView::dragMoveEvent(event); // scrolls at the edges and expands after a while
    const QModelIndex directory = directoryUnder(event->position().toPoint());
    setDropRow(directory);
    if (!directory.isValid() || !accept(event))
        event->ignore();
}

void TreeList::dragLeaveEvent(QDragLeaveEvent *event)
{
    setDropRow({});
    QTreeView::dragLeaveEvent(event);
}

void TreeList::dropEvent(QDropEvent *event)
{
    const QModelIndex directory = directoryUnder(event->position().toPoint());
    setDropRow({});
    stopAutoScroll();
    setState(NoState);
    if (!hasFiles(event->mimeData()) || !directory.isValid() || !accept(event)) {
        event->ignore();
        return;
    }
    QList<QUrl> urls = event->mimeData()->urls();
    urls.removeIf([](const QUrl &url) { return !url.isLocalFile(); });
    emit dropRequested(urls, m_model.entry(directory).path);
}

} // namespace pivotbench::app
