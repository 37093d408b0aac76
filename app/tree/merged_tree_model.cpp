// SPDX-License-Identifier: Apache-2.0
#include "app/tree/merged_tree_model.h"

#include "app/base/background.h"
#include "app/tree/tree_words.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <utility>

namespace pivotbench::app {
namespace {

constexpr int progressInterval = 250; ///< ms
constexpr int readingRowDelay = 150;  ///< ms; what is read sooner needs no row that says so

} // namespace

/// A directory that was expanded once, or is being read.
struct MergedTreeModel::Node {
    quint64 id = 0;
    Node *parent = nullptr;
    std::uint32_t position = 0; ///< in the parent's contents
    TreePlace place;
    TreeContentsPtr contents;                                          ///< null: not read yet
    std::optional<std::vector<std::uint32_t>> shown;                   ///< positions that pass the filter; absent: all
    std::unordered_map<std::uint32_t, std::unique_ptr<Node>> children; ///< by position
    bool expanded = false;
    bool reading = false;
    bool readingRow = false;
    std::stop_source stop;
    std::shared_ptr<std::atomic<std::size_t>> progress;

    Node() = default;
    Node(const Node &) = delete;
    Node &operator=(const Node &) = delete;
    ~Node() { stop.request_stop(); }
};

MergedTreeModel::MergedTreeModel(TreeReader reader, QObject *parent)
    : QAbstractItemModel(parent)
    , m_reader(std::move(reader))
{
    m_progressTimer.setInterval(progressInterval);
    connect(&m_progressTimer, &QTimer::timeout, this, &MergedTreeModel::showProgress);
}

MergedTreeModel::~MergedTreeModel()
{
    // Whatever is running ends soon, and its answer finds nobody.
    m_stop.request_stop();
    m_filterStop.request_stop();
}

void MergedTreeModel::setSource(TreeSource source)
{
    m_source = std::move(source);
    rebuild();
}

void MergedTreeModel::reload() { rebuild(); }

void MergedTreeModel::setShowHidden(bool show)
{
    if (m_showHidden == show)
        return;
    m_showHidden = show;
    rebuild();
}

void MergedTreeModel::jobStarted()
{
    if (++m_running == 1)
        emit busyChanged(true);
}

void MergedTreeModel::jobEnded()
{
    if (--m_running == 0)
        emit busyChanged(false);
}

// Reading -------------------------------------------------------------------------------------------------------------

void MergedTreeModel::collectExpanded(const Node &node, std::vector<TreePlace> &into) const
{
    into.push_back(node.place);
    for (const auto &[position, child] : node.children)
        if (child->expanded)
            collectExpanded(*child, into);
}

void MergedTreeModel::rebuild()
{
    m_stop.request_stop();
    m_stop = {};
    const quint64 generation = ++m_generation;
    std::vector<TreePlace> places;
    if (m_root)
        collectExpanded(*m_root, places);
    else
        places.emplace_back();
    jobStarted();
    runBeside(
        this,
        [request = RebuildRequest{m_source, std::move(places), m_showHidden, m_filter}, reader = m_reader,
         stop = m_stop.get_token()] { return rebuildTree(request, reader, stop); },
        [this, generation](RebuiltTree rebuilt) {
            if (generation == m_generation)
                gotRebuilt(std::move(rebuilt));
            jobEnded();
        });
}

void MergedTreeModel::gotRebuilt(RebuiltTree rebuilt)
{
    if (rebuilt.read.empty())
        return;
    std::map<TreePlace, bool> before; // as it is now, and not when the job began
    for (const auto &[id, node] : m_nodes)
        before[node->place] = node->expanded;
    emit aboutToRebuild();
    beginResetModel();
    m_nodes.clear();
    m_root.reset();
    m_placed = std::move(rebuilt.placed);
    m_root = std::make_unique<Node>();
    m_root->id = ++m_lastNode;
    m_nodes[m_root->id] = m_root.get();
    m_root->expanded = true;
    std::map<TreePlace, Node *> byPlace;
    for (RebuiltTree::Read &read : rebuilt.read) {
        Node *node = m_root.get();
        if (read.place.path != "/") {
            const auto [above, name] = splitPlace(read.place.path);
            // A hidden directory lies in a hidden one, or is the topmost hidden one in one that is shown.
            auto parent = byPlace.find({above, read.place.hidden});
            if (parent == byPlace.end())
                parent = byPlace.find({above, false});
            if (parent == byPlace.end())
                continue;
            const auto position = parent->second->contents->find(name, read.place.hidden);
            if (!position || !parent->second->contents->isExpandable(parent->second->contents->idAt(*position)))
                continue;
            node = &makeNode(parent->second, static_cast<std::uint32_t>(*position), read.place);
        }
        node->contents = std::move(read.contents);
        node->shown = std::move(read.shown);
        const auto was = before.find(read.place);
        node->expanded = was == before.end() || was->second;
        byPlace[read.place] = node;
    }
    m_root->expanded = true;
    m_shownFilter = rebuilt.filter;
    endResetModel();
    for (const auto &[place, expanded] : before)
        if (expanded && !byPlace.contains(place))
            setExpanded(indexOf(place), true);
    emit this->rebuilt();
    ++m_filterGeneration; // what is under way is about the old contents
    if (m_filter != m_shownFilter)
        startFilter();
}

MergedTreeModel::Node &MergedTreeModel::makeNode(Node *parent, std::uint32_t position, TreePlace place)
{
    auto made = std::make_unique<Node>();
    made->id = ++m_lastNode;
    made->parent = parent;
    made->position = position;
    made->place = std::move(place);
    Node &node = *made;
    m_nodes[node.id] = &node;
    parent->children[position] = std::move(made);
    return node;
}

void MergedTreeModel::setExpanded(const QModelIndex &index, bool expanded)
{
    Node *node = nodeAt(index);
    if (!node) {
        Node *parent = parentNode(index);
        if (!expanded || !parent || !parent->contents || isReadingRow(index))
            return;
        const std::uint32_t position = positionAt(*parent, index.row());
        const TreeContents::Id id = parent->contents->idAt(position);
        if (!parent->contents->isExpandable(id))
            return;
        node = &makeNode(parent, position, parent->contents->childPlace(id));
    }
    node->expanded = expanded;
    if (!expanded && node->reading)
        node->stop.request_stop();
    if (expanded && !node->contents && !node->reading)
        read(*node);
}

bool MergedTreeModel::isRead(const QModelIndex &index) const
{
    const Node *node = nodeAt(index);
    return node && node->contents;
}

bool MergedTreeModel::isExpanded(const QModelIndex &index) const
{
    const Node *node = nodeAt(index);
    return node && node->expanded;
}

void MergedTreeModel::forEachExpandedChild(const QModelIndex &index,
                                           const std::function<void(const QModelIndex &)> &visit) const
{
    const Node *node = nodeAt(index);
    if (!node)
        return;
    std::vector<QModelIndex> children; // first all of them: the visitor may make nodes
    for (const auto &[position, child] : node->children)
        if (const std::optional<int> row = rowOf(*node, position); row && child->expanded)
            children.push_back(createIndex(*row, Name, node));
    std::ranges::for_each(children, visit);
}

void MergedTreeModel::read(Node &node)
{
    node.reading = true;
    node.stop = {};
    node.progress = std::make_shared<std::atomic<std::size_t>>(0);
    const quint64 id = node.id;
    QTimer::singleShot(readingRowDelay, this, [this, id] {
        if (const auto found = m_nodes.find(id); found != m_nodes.end() && found->second->reading)
            showReadingRow(*found->second, true);
    });
    struct Answer {
        TreeContentsPtr contents;
        std::optional<std::vector<std::uint32_t>> shown;
    };
    jobStarted();
    runBeside(
        this,
        [placed = m_placed, place = node.place, hidden = m_showHidden, reader = m_reader, filter = m_shownFilter,
         progress = node.progress, stop = node.stop.get_token()] {
            const core::ReadControl control{.stop = stop,
                                            .progress = [progress](std::size_t seen) { *progress = seen; }};
            Answer answer{TreeContents::read(placed, place, hidden, reader, control), std::nullopt};
            if (answer.contents && !filter.isEmpty())
                answer.shown = answer.contents->matching(filter, {}, stop);
            return answer;
        },
        [this, id, filter = m_shownFilter](Answer answer) {
            if (answer.contents && filter != m_shownFilter) { // changed meanwhile
                answer.shown.reset();
                if (!m_shownFilter.isEmpty())
                    answer.shown = answer.contents->matching(m_shownFilter, {}, {});
            }
            gotContents(id, answer.contents, std::move(answer.shown));
            jobEnded();
        });
}

void MergedTreeModel::gotContents(quint64 id, const TreeContentsPtr &contents,
                                  std::optional<std::vector<std::uint32_t>> rows)
{
    const auto found = m_nodes.find(id);
    if (found == m_nodes.end()) // replaced meanwhile
        return;
    Node &node = *found->second;
    showReadingRow(node, false);
    node.reading = false;
    if (!contents) // cancelled
        return;
    const std::size_t count = rows ? rows->size() : contents->size();
    if (count > 0)
        beginInsertRows(indexOfNode(node), 0, static_cast<int>(count) - 1);
    node.contents = contents;
    node.shown = std::move(rows);
    if (count > 0)
        endInsertRows();
    else if (const QModelIndex index = indexOfNode(node); index.isValid())
        emit dataChanged(index, index.siblingAtColumn(ColumnCount - 1));
}

void MergedTreeModel::showReadingRow(Node &node, bool show)
{
    if (node.readingRow == show || node.contents)
        return;
    const QModelIndex index = indexOfNode(node);
    if (show) {
        beginInsertRows(index, 0, 0);
        node.readingRow = true;
        endInsertRows();
        m_progressTimer.start();
    } else {
        beginRemoveRows(index, 0, 0);
        node.readingRow = false;
        endRemoveRows();
    }
}

void MergedTreeModel::showProgress()
{
    bool any = false;
    for (const auto &[id, node] : m_nodes) {
        if (!node->readingRow)
            continue;
        any = true;
        const QModelIndex row = createIndex(0, Name, node);
        emit dataChanged(row, row);
    }
    if (!any)
        m_progressTimer.stop();
}

void MergedTreeModel::cancel()
{
    m_stop.request_stop();
    for (const auto &[id, node] : m_nodes)
        if (node->reading)
            node->stop.request_stop();
}

void MergedTreeModel::cancel(const QModelIndex &reading)
{
    if (isReadingRow(reading))
        parentNode(reading)->stop.request_stop();
}

// Filter --------------------------------------------------------------------------------------------------------------

namespace {

/// What a filter looks at, away from the model.
struct FilterNode {
    quint64 id = 0;
    TreeContentsPtr contents;
    std::vector<std::pair<std::uint32_t, std::size_t>> children; ///< position, index in the list
};

} // namespace

void MergedTreeModel::setFilter(const QString &text)
{
    if (m_filter == text)
        return;
    m_filter = text;
    startFilter();
}

void MergedTreeModel::startFilter()
{
    m_filterStop.request_stop();
    m_filterStop = {};
    const quint64 generation = ++m_filterGeneration;
    if (!m_root)
        return;
    std::vector<FilterNode> nodes; // parents before children
    const auto collect = [&](const auto &self, const Node &node) -> std::size_t {
        const std::size_t at = nodes.size();
        nodes.push_back({node.id, node.contents, {}});
        for (const auto &[position, child] : node.children)
            if (child->contents) {
                const std::size_t made = self(self, *child);
                nodes[at].children.emplace_back(position, made);
            }
        return at;
    };
    if (m_root->contents)
        collect(collect, *m_root);
    using Rows = std::unordered_map<quint64, std::vector<std::uint32_t>>;
    jobStarted();
    runBeside(
        this,
        [nodes = std::move(nodes), text = m_filter, stop = m_filterStop.get_token()] {
            Rows rows;
            if (text.isEmpty())
                return rows;
            for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
                std::vector<std::uint32_t> onTheWay;
                for (const auto &[position, child] : node->children)
                    if (!rows[nodes[child].id].empty())
                        onTheWay.push_back(position);
                std::ranges::sort(onTheWay);
                rows[node->id] = node->contents->matching(text, onTheWay, stop);
            }
            return rows;
        },
        [this, generation, text = m_filter](Rows rows) {
            if (generation == m_filterGeneration)
                gotFilter(std::move(rows), text);
            jobEnded();
        });
}

void MergedTreeModel::gotFilter(std::unordered_map<quint64, std::vector<std::uint32_t>> rows, const QString &text)
{
    emit aboutToRebuild();
    beginResetModel();
    m_shownFilter = text;
    for (auto &[id, node] : m_nodes) {
        const auto found = rows.find(id);
        if (text.isEmpty())
            node->shown.reset();
        else if (found != rows.end())
            node->shown = std::move(found->second);
        else if (node->contents) // read while the filter was at work
            node->shown = node->contents->matching(text, {}, {});
    }
    endResetModel();
    emit rebuilt();
}

QModelIndex MergedTreeModel::findFrom(const QModelIndex &start, const QString &prefix) const
{
    const Node *node = parentNode(start);
    if (!node || !node->contents)
        return {};
    const int rows = shownRows(*node);
    for (int i = 0; i < rows; ++i) {
        const int row = (start.row() + i) % rows;
        const std::string_view name = node->contents->name(node->contents->idAt(positionAt(*node, row)));
        // Enough bytes for the prefix in any script; a name of half a million is not decoded whole.
        const std::string_view head = name.substr(0, static_cast<std::size_t>(prefix.size()) * 4);
        if (QString::fromUtf8(head.data(), static_cast<qsizetype>(head.size())).startsWith(prefix, Qt::CaseInsensitive))
            return createIndex(row, Name, node);
    }
    return {};
}

// The model -----------------------------------------------------------------------------------------------------------
// An index of "/" has no pointer; any other points to the node of the directory that it lies in.

MergedTreeModel::Node *MergedTreeModel::parentNode(const QModelIndex &index) const
{
    return index.isValid() ? static_cast<Node *>(index.internalPointer()) : nullptr;
}

MergedTreeModel::Node *MergedTreeModel::nodeAt(const QModelIndex &index) const
{
    if (!index.isValid())
        return nullptr;
    const Node *parent = parentNode(index);
    if (!parent)
        return m_root.get();
    if (!parent->contents)
        return nullptr;
    const auto found = parent->children.find(positionAt(*parent, index.row()));
    return found == parent->children.end() ? nullptr : found->second.get();
}

std::uint32_t MergedTreeModel::positionAt(const Node &node, int row) const
{
    return node.shown ? (*node.shown)[static_cast<std::size_t>(row)] : static_cast<std::uint32_t>(row);
}

std::optional<int> MergedTreeModel::rowOf(const Node &node, std::uint32_t position) const
{
    if (!node.shown)
        return static_cast<int>(position);
    const auto found = std::ranges::lower_bound(*node.shown, position);
    if (found == node.shown->end() || *found != position)
        return std::nullopt;
    return static_cast<int>(found - node.shown->begin());
}

int MergedTreeModel::shownRows(const Node &node) const
{
    if (!node.contents)
        return node.readingRow ? 1 : 0;
    return static_cast<int>(node.shown ? node.shown->size() : node.contents->size());
}

QModelIndex MergedTreeModel::indexOfNode(const Node &node) const
{
    if (!node.parent)
        return createIndex(0, 0, nullptr);
    const std::optional<int> row = rowOf(*node.parent, node.position);
    return row ? createIndex(*row, 0, node.parent) : QModelIndex();
}

QModelIndex MergedTreeModel::index(int row, int column, const QModelIndex &parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, parent.isValid() ? nodeAt(parent) : nullptr);
}

QModelIndex MergedTreeModel::parent(const QModelIndex &child) const
{
    const Node *node = parentNode(child);
    return node ? indexOfNode(*node) : QModelIndex();
}

int MergedTreeModel::rowCount(const QModelIndex &parent) const
{
    if (!parent.isValid())
        return m_root ? 1 : 0;
    if (parent.column() != Name)
        return 0;
    const Node *node = nodeAt(parent);
    return node ? shownRows(*node) : 0;
}

int MergedTreeModel::columnCount(const QModelIndex &) const { return ColumnCount; }

bool MergedTreeModel::hasChildren(const QModelIndex &parent) const
{
    if (!parent.isValid())
        return m_root != nullptr;
    if (parent.column() != Name)
        return false;
    if (const Node *node = nodeAt(parent); node && node->contents)
        return shownRows(*node) > 0;
    const Node *above = parentNode(parent);
    if (!above || !above->contents)
        return !above;
    return above->contents->isExpandable(above->contents->idAt(positionAt(*above, parent.row())));
}

bool MergedTreeModel::isReadingRow(const QModelIndex &index) const
{
    const Node *parent = parentNode(index);
    return parent && !parent->contents;
}

TreeEntry MergedTreeModel::entry(const QModelIndex &index) const
{
    TreeEntry out;
    if (!index.isValid() || !m_root)
        return out;
    const Node *parent = parentNode(index);
    if (!parent) {
        out.row = TreeEntry::Row::Entry;
        out.name = out.path = QStringLiteral("/");
        out.kind = core::EntryKind::Directory;
        out.isDirectory = out.isExpandable = true;
        if (m_root->contents) {
            const auto &tree = m_root->contents->tree().source.tree;
            for (std::size_t i = 0; i < tree.layers.size(); ++i)
                out.mergedFrom.append(static_cast<int>(i));
            if (!tree.layers.empty()) {
                out.layer = 0;
                out.hostPath = QString::fromStdString(tree.layers.front().path);
            }
        }
        return out;
    }
    if (!parent->contents) {
        out.row = TreeEntry::Row::Remark;
        const std::size_t seen = parent->progress ? parent->progress->load() : 0;
        out.name = seen == 0 ? tr("Reading…") : tr("Reading… %L1 entries").arg(seen);
        return out;
    }
    return parent->contents->entry(parent->contents->idAt(positionAt(*parent, index.row())));
}

TreePlace MergedTreeModel::placeOf(const QModelIndex &index) const
{
    const Node *parent = parentNode(index);
    if (!parent || !parent->contents)
        return {};
    const TreeContents::Id id = parent->contents->idAt(positionAt(*parent, index.row()));
    TreePlace place = parent->contents->childPlace(id);
    place.hidden = place.hidden || parent->contents->row(id) == TreeEntry::Row::ShadowedMount;
    return place;
}

QModelIndex MergedTreeModel::indexOf(const TreePlace &place) const
{
    if (!m_root)
        return {};
    QModelIndex at = createIndex(0, 0, nullptr);
    const Node *node = m_root.get();
    std::string_view left = place.path;
    while (!left.empty()) {
        left.remove_prefix(1);
        const std::string_view name = left.substr(0, left.find('/'));
        if (name.empty())
            return at;
        left.remove_prefix(name.size());
        if (!node || !node->contents)
            return {};
        const bool last = left.empty();
        std::optional<std::size_t> position = node->contents->find(name, last && place.hidden);
        if (!position && !last && place.hidden)
            position = node->contents->find(name, true);
        if (!position)
            return {};
        const std::optional<int> row = rowOf(*node, static_cast<std::uint32_t>(*position));
        if (!row)
            return {};
        at = createIndex(*row, 0, node);
        const auto child = node->children.find(static_cast<std::uint32_t>(*position));
        node = child == node->children.end() ? nullptr : child->second.get();
    }
    return at;
}

QString MergedTreeModel::layerName(int layer) const
{
    const TreeSource &shown = m_placed ? m_placed->source : m_source;
    const auto at = static_cast<std::size_t>(layer);
    if (layer < 0 || at >= shown.tree.layers.size())
        return {};
    if (at < shown.names.size() && !shown.names[at].name.isEmpty())
        return shown.names[at].name;
    return shown.tree.layers[at].writable ? tr("kept changes") : layerPath(layer);
}

QString MergedTreeModel::layerPath(int layer) const
{
    const TreeSource &shown = m_placed ? m_placed->source : m_source;
    const auto at = static_cast<std::size_t>(layer);
    return layer < 0 || at >= shown.tree.layers.size() ? QString() : QString::fromStdString(shown.tree.layers[at].path);
}

QString MergedTreeModel::layerBadge(int layer) const
{
    const TreeSource &shown = m_placed ? m_placed->source : m_source;
    const auto at = static_cast<std::size_t>(layer);
    if (layer < 0 || at >= shown.tree.layers.size())
        return {};
    if (at < shown.names.size() && !shown.names[at].badge.isEmpty())
        return shown.names[at].badge;
    return shown.tree.layers[at].writable ? QStringLiteral("W") : QString::number(layer + 1);
}

QVariant MergedTreeModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    switch (role) {
    case Qt::DisplayRole: {
        const TreeEntry shown = entry(index);
        switch (index.column()) {
        case Name: return shown.name;
        case ProvidedBy: return TreeWords(*this).providedBy(shown);
        case Size: return TreeWords::size(shown);
        case Notes: return TreeWords(*this).notes(shown).join(QStringLiteral(" · "));
        default: return {};
        }
    }
    case Qt::ToolTipRole: return TreeWords(*this).toolTip(entry(index));
    case Qt::AccessibleTextRole:
        return index.column() == Name ? TreeWords(*this).sentence(entry(index)) : data(index, Qt::DisplayRole);
    case Qt::AccessibleDescriptionRole: return TreeWords(*this).description(entry(index));
    case Qt::TextAlignmentRole:
        return index.column() == Size ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    default: return {};
    }
}

QVariant MergedTreeModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole && section == Size)
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name: return tr("Name");
    case ProvidedBy: return tr("Provided by");
    case Size: return tr("Size");
    case Notes: return tr("Notes");
    default: return {};
    }
}

Qt::ItemFlags MergedTreeModel::flags(const QModelIndex &index) const
{
    if (!index.isValid())
        return Qt::NoItemFlags;
    return Qt::ItemIsSelectable | Qt::ItemIsEnabled | Qt::ItemIsDropEnabled;
}

} // namespace pivotbench::app
