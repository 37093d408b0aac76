// SPDX-License-Identifier: Apache-2.0
//
// Paints the rows of the merged tree: icon and name, badges of the layers, mounts and what they do to the rest. Nothing
// is told by colour alone: a layer has its letter, a deleted name is struck through, a new one is italic. Owned by
// TreeList; interface thread.
#pragma once

#include "app/tree/tree_source.h"
#include "app/widgets/icons.h"

#include <QStyledItemDelegate>

namespace pivotbench::app {

class MergedTreeModel;

class TreeDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    explicit TreeDelegate(QObject *parent = nullptr);

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

    /// To be called before each repaint: the row that was painted last is remembered for its other columns.
    void forgetRow() { m_row = {}; }

private:
    struct Brush;
    const TreeEntry &entryAt(const QModelIndex &index) const;
    void paintSaid(const Brush &brush, const TreeEntry &entry, const QModelIndex &index) const;
    void paintName(const Brush &brush, const TreeEntry &entry, bool isRoot) const;
    void paintProvider(const Brush &brush, const TreeEntry &entry) const;
    void paintNotes(const Brush &brush, const TreeEntry &entry, bool reading) const;

    mutable QModelIndex m_row;
    mutable TreeEntry m_entry;
};

/// For the inspector too.
[[nodiscard]] Icon treeIcon(const TreeEntry &entry);

} // namespace pivotbench::app
