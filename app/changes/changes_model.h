// SPDX-License-Identifier: Apache-2.0
//
// The changes of a sandbox as a tree of its directories; one that did not change itself stands there for what lies in
// it. Half a million changes are a few vectors and no widgets. Owned by its view; interface thread.
#pragma once

#include "core/changes/take_changes.h"

#include <QAbstractItemModel>
#include <vector>

namespace pivotbench::app {

class ChangesModel : public QAbstractItemModel {
    Q_OBJECT

public:
    enum Column { Name, What, Size, ColumnCount };

    using QAbstractItemModel::QAbstractItemModel;

    /// As fetchChanges() gives them: parents first, sorted in each directory. Mount points that the launch itself made
    /// are left out.
    void setChanges(std::vector<core::Change> changes);
    [[nodiscard]] const std::vector<core::Change> &changes() const { return m_changes; }

    /// Absolute in the sandbox; empty for no index.
    [[nodiscard]] std::string path(const QModelIndex &index) const;
    /// Null for a directory that did not change itself.
    [[nodiscard]] const core::Change *change(const QModelIndex &index) const;
    /// Invalid where there is none.
    [[nodiscard]] QModelIndex indexOf(const std::string &path) const;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex &child) const override;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    struct Node {
        std::string name;
        std::size_t parent = 0;
        int row = 0;
        std::size_t change = none;
        std::vector<std::size_t> children;
    };
    [[nodiscard]] std::size_t nodeOf(const QModelIndex &index) const;
    [[nodiscard]] std::size_t child(std::size_t parent, std::string_view name) const;
    [[nodiscard]] QModelIndex indexOf(std::size_t node) const;

    std::vector<core::Change> m_changes;
    std::vector<Node> m_nodes{Node{}}; ///< the first is the root
};

} // namespace pivotbench::app
