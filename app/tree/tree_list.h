// SPDX-License-Identifier: Apache-2.0
//
// The list in MergedTreeView: a QTreeView that keeps what is expanded, selected and in sight by path when its model is
// rebuilt, takes files that are dropped on a directory, and searches names without asking the model for each. Interface
// thread.
//
// A QTreeView, because it is fast enough: see tests/bench/bench_tree.
#pragma once

#include "app/tree/tree_contents.h"

#include <QList>
#include <QTreeView>
#include <QUrl>

namespace pivotbench::app {

class MergedTreeModel;
class TreeDelegate;

class TreeList : public QTreeView {
    Q_OBJECT
public:
    explicit TreeList(MergedTreeModel &model, QWidget *parent = nullptr);

    /// Expands and reads what leads there, and selects it as soon as it is known.
    void reveal(const TreePlace &place);
    /// What a drop would land on now; invalid: nothing.
    [[nodiscard]] QModelIndex dropRow() const { return m_dropRow; }

    void keyboardSearch(const QString &search) override;

signals:
    void dropRequested(const QList<QUrl> &urls, const QString &directoryInSandbox);
    void menuRequested(const QPoint &globalPosition, const QModelIndex &index);
    void retryRequested();

protected:
    void paintEvent(QPaintEvent *event) override;
    void drawRow(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dragMoveEvent(QDragMoveEvent *event) override;
    void dragLeaveEvent(QDragLeaveEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    [[nodiscard]] QModelIndex directoryUnder(const QPoint &position) const;
    void setDropRow(const QModelIndex &index);
    void remember();
    void restore();
    void expandAll(const QModelIndex &index);
    void goOnRevealing();
    [[nodiscard]] bool act(const QModelIndex &index);

    MergedTreeModel &m_model;
    TreeDelegate *m_delegate;
    QPersistentModelIndex m_dropRow;
    QString m_search;
    qint64 m_lastSearch = 0;

    // Across a rebuild.
    std::optional<TreePlace> m_current;
    std::optional<TreePlace> m_top;
    int m_topOffset = 0;
    bool m_restoring = false;
    std::optional<TreePlace> m_wanted; ///< to be revealed
};

} // namespace pivotbench::app
