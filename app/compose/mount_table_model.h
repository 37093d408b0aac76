// SPDX-License-Identifier: Apache-2.0
//
// A mount table as a tree of mounts, for views: mount point, type, source, options, propagation. Hidden mounts are
// marked. Interface thread; the table is shared and immutable.
#pragma once

#include "core/mount/mount_table.h"

#include <QAbstractItemModel>
#include <memory>

namespace pivotbench::app {

class MountTableModel : public QAbstractItemModel {
    Q_OBJECT

public:
    enum Column { MountPoint, Type, Source, Options, Propagation, ColumnCount };

    explicit MountTableModel(QObject *parent = nullptr);

    /// Null empties it.
    void setTable(std::shared_ptr<const core::MountTable> table);

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex &child) const override;
    using QObject::parent;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] const std::vector<std::size_t> &childrenOf(const QModelIndex &parent) const;

    std::shared_ptr<const core::MountTable> m_table;
    std::vector<int> m_rowOf; ///< of each mount among its siblings
};

} // namespace pivotbench::app
