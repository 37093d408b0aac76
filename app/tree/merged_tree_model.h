// SPDX-License-Identifier: Apache-2.0
//
// The merged tree as a Qt model, read lazily: a directory when it is expanded, always beside the interface thread. A
// page owns it (through MergedTreeView) and gives it a TreeSource; it never looks at files itself and never waits.
// Interface thread.
//
// Per row there is nothing: an index is a directory's node and a position in what that directory holds, so half a
// million files cost what core needs for them. When layers or mounts change, everything that is expanded is read anew
// beside the old contents, which are replaced at once; whoever shows the model keeps expansion and selection by
// path (aboutToRebuild, rebuilt). Of several changes the newest wins.
#pragma once

#include "app/tree/tree_contents.h"
#include "app/tree/tree_reader.h"
#include "app/tree/tree_rebuild.h"
#include "app/tree/tree_source.h"

#include <QAbstractItemModel>
#include <QTimer>

#include <functional>
#include <memory>
#include <stop_token>
#include <unordered_map>

namespace pivotbench::app {

class MergedTreeModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column { Name, ProvidedBy, Size, Notes, ColumnCount };

    explicit MergedTreeModel(TreeReader reader = diskReader(), QObject *parent = nullptr);
    ~MergedTreeModel() override;

    void setSource(TreeSource source);
    [[nodiscard]] const TreeSource &source() const { return m_source; }
    /// Reads again whatever is expanded: after a failure, or when files changed.
    void reload();
    /// Lists what lower layers have and the tree does not show, too.
    void setShowHidden(bool show);
    [[nodiscard]] bool showHidden() const { return m_showHidden; }
    /// Of what was read, only entries with this in their names, and the directories on the way to them.
    void setFilter(const QString &text);
    [[nodiscard]] const QString &filter() const { return m_filter; }

    /// Ends what is being read; what was shown stays.
    void cancel();
    void cancel(const QModelIndex &reading);

    [[nodiscard]] bool isBusy() const { return m_running > 0; }

    [[nodiscard]] TreeEntry entry(const QModelIndex &index) const;
    /// Only of what was read.
    [[nodiscard]] QModelIndex indexOf(const TreePlace &place) const;
    [[nodiscard]] TreePlace placeOf(const QModelIndex &index) const;
    /// Expanded directories are read, and read again with every change.
    void setExpanded(const QModelIndex &index, bool expanded);
    [[nodiscard]] bool isExpanded(const QModelIndex &index) const;
    [[nodiscard]] bool isRead(const QModelIndex &index) const;
    void forEachExpandedChild(const QModelIndex &index, const std::function<void(const QModelIndex &)> &visit) const;
    /// The text of a row that stands for a directory still being read.
    [[nodiscard]] bool isReadingRow(const QModelIndex &index) const;

    /// From `start` on, around the end, within its directory: the first name that begins so, in any case.
    [[nodiscard]] QModelIndex findFrom(const QModelIndex &start, const QString &prefix) const;

    [[nodiscard]] QString layerName(int layer) const;
    [[nodiscard]] QString layerBadge(int layer) const;
    [[nodiscard]] QString layerPath(int layer) const;

    QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    QModelIndex parent(const QModelIndex &child) const override;
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    bool hasChildren(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;

signals:
    void busyChanged(bool busy);
    void aboutToRebuild();
    void rebuilt();

private:
    struct Node;

    [[nodiscard]] Node *nodeAt(const QModelIndex &index) const; ///< that of a directory, where it has one
    [[nodiscard]] Node *parentNode(const QModelIndex &index) const;
    [[nodiscard]] std::uint32_t positionAt(const Node &node, int row) const;
    [[nodiscard]] std::optional<int> rowOf(const Node &node, std::uint32_t position) const;
    [[nodiscard]] QModelIndex indexOfNode(const Node &node) const;
    [[nodiscard]] int shownRows(const Node &node) const;

    void read(Node &node);
    void gotContents(quint64 node, const TreeContentsPtr &contents, std::optional<std::vector<std::uint32_t>> rows);
    void rebuild();
    void startFilter();
    void gotRebuilt(RebuiltTree rebuilt);
    void gotFilter(std::unordered_map<quint64, std::vector<std::uint32_t>> rows, const QString &text);
    void collectExpanded(const Node &node, std::vector<TreePlace> &into) const;
    void showProgress();
    void showReadingRow(Node &node, bool show);
    void jobStarted();
    void jobEnded();
    Node &makeNode(Node *parent, std::uint32_t position, TreePlace place);

    TreeReader m_reader;
    TreeSource m_source;
    PlacedTreePtr m_placed; ///< of the source that is shown
    std::unique_ptr<Node> m_root;
    std::unordered_map<quint64, Node *> m_nodes;
    QString m_filter;      ///< wanted
    QString m_shownFilter; ///< in the rows
    bool m_showHidden = false;
    quint64 m_lastNode = 0;
    quint64 m_generation = 0;
    quint64 m_filterGeneration = 0;
    int m_running = 0;
    std::stop_source m_stop; ///< of the rebuild that is under way
    std::stop_source m_filterStop;
    QTimer m_progressTimer;
};

} // namespace pivotbench::app
