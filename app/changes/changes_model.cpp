// SPDX-License-Identifier: Apache-2.0
#include "app/changes/changes_model.h"

#include "app/base/text.h"
#include "app/widgets/icons.h"

#include <QApplication>
#include <QLocale>
#include <QPalette>
#include <algorithm>

namespace pivotbench::app {

using namespace core;

namespace {

QString typeWord(EntryKind kind)
{
    switch (kind) {
    case EntryKind::Directory: return ChangesModel::tr("directory");
    case EntryKind::File:
    case EntryKind::Executable: return ChangesModel::tr("file");
    case EntryKind::Link: return ChangesModel::tr("link");
    case EntryKind::CharacterDevice:
    case EntryKind::BlockDevice: return ChangesModel::tr("device");
    case EntryKind::Fifo: return ChangesModel::tr("FIFO");
    case EntryKind::Socket: return ChangesModel::tr("socket");
    case EntryKind::Whiteout:
    case EntryKind::Unknown: break;
    }
    return ChangesModel::tr("entry");
}

bool isSameType(EntryKind one, EntryKind other) { return one == other || (isFile(one) && isFile(other)); }

QString whatWord(const Change &change)
{
    if (change.problem != 0)
        return ChangesModel::tr("cannot be read: %1").arg(QString::fromStdString(errnoWords(change.problem)));
    switch (change.kind) {
    case ChangeKind::Added: return ChangesModel::tr("added");
    case ChangeKind::Deleted: return ChangesModel::tr("deleted");
    case ChangeKind::Changed: break;
    }
    if (change.opaque)
        return ChangesModel::tr("made anew");
    if (!isSameType(change.type, change.former))
        return ChangesModel::tr("was a %1").arg(typeWord(change.former));
    if (change.attributesOnly)
        return ChangesModel::tr("touched; same size and time");
    return change.type == EntryKind::Directory ? ChangesModel::tr("permissions changed") : ChangesModel::tr("changed");
}

QString sizeWord(const Change &change)
{
    const QLocale locale;
    const auto size = [&](std::uint64_t bytes) { return locale.formattedDataSize(static_cast<qint64>(bytes)); };
    const bool now = isFile(change.type);
    const bool before = isFile(change.former);
    if (now && before && change.size != change.formerSize)
        return ChangesModel::tr("%1 → %2").arg(size(change.formerSize), size(change.size));
    if (now)
        return size(change.size);
    return before ? size(change.formerSize) : QString();
}

std::pair<Icon, Tone> signOf(ChangeKind kind)
{
    switch (kind) {
    case ChangeKind::Added: return {Icon::Added, Tone::Added};
    case ChangeKind::Changed: return {Icon::Changed, Tone::Changed};
    case ChangeKind::Deleted: return {Icon::Deleted, Tone::Deleted};
    }
    return {Icon::Changed, Tone::Changed};
}

} // namespace

void ChangesModel::setChanges(std::vector<Change> changes)
{
    std::erase_if(changes, [](const Change &change) { return change.ours; });
    if (changes == m_changes)
        return;
    beginResetModel();
    m_changes = std::move(changes);
    m_nodes.assign(1, Node{});
    for (std::size_t i = 0; i < m_changes.size(); ++i) {
        std::size_t at = 0;
        const std::string_view path = m_changes[i].path;
        for (std::size_t begin = 1; begin < path.size();) {
            const std::size_t end = std::min(path.find('/', begin), path.size());
            const std::string_view name = path.substr(begin, end - begin);
            std::size_t next = child(at, name);
            if (next == none) {
                next = m_nodes.size();
                m_nodes.push_back({.name = std::string(name),
                                   .parent = at,
                                   .row = static_cast<int>(m_nodes[at].children.size()),
                                   .children = {}});
                m_nodes[at].children.push_back(next);
            }
            at = next;
            begin = end + 1;
        }
        m_nodes[at].change = i;
    }
    endResetModel();
}

/// What comes next lies in the directory that was last, as the changes are sorted; anything else is searched for.
std::size_t ChangesModel::child(std::size_t parent, std::string_view name) const
{
    const std::vector<std::size_t> &children = m_nodes[parent].children;
    if (!children.empty() && m_nodes[children.back()].name == name)
        return children.back();
    const auto found = std::ranges::lower_bound(
        children, name, {}, [this](std::size_t node) { return std::string_view(m_nodes[node].name); });
    return found != children.end() && m_nodes[*found].name == name ? *found : none;
}

std::size_t ChangesModel::nodeOf(const QModelIndex &index) const
{
    return index.isValid() ? static_cast<std::size_t>(index.internalId()) : 0;
}

QModelIndex ChangesModel::indexOf(std::size_t node) const
{
    return node == 0 ? QModelIndex() : createIndex(m_nodes[node].row, 0, static_cast<quintptr>(node));
}

QModelIndex ChangesModel::indexOf(const std::string &path) const
{
    std::size_t at = 0;
    for (std::size_t begin = 1; begin < path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        at = child(at, std::string_view(path).substr(begin, end - begin));
        if (at == none)
            return {};
        begin = end + 1;
    }
    return indexOf(at);
}

std::string ChangesModel::path(const QModelIndex &index) const
{
    std::string out;
    for (std::size_t node = nodeOf(index); node != 0; node = m_nodes[node].parent)
        out.insert(0, "/" + m_nodes[node].name);
    return out;
}

const Change *ChangesModel::change(const QModelIndex &index) const
{
    const std::size_t at = m_nodes[nodeOf(index)].change;
    return at == none ? nullptr : &m_changes[at];
}

QModelIndex ChangesModel::index(int row, int column, const QModelIndex &parent) const
{
    const std::vector<std::size_t> &children = m_nodes[nodeOf(parent)].children;
    if (parent.column() > 0 || row < 0 || column < 0 || column >= ColumnCount ||
        static_cast<std::size_t>(row) >= children.size())
        return {};
    return createIndex(row, column, static_cast<quintptr>(children[static_cast<std::size_t>(row)]));
}

QModelIndex ChangesModel::parent(const QModelIndex &child) const { return indexOf(m_nodes[nodeOf(child)].parent); }

int ChangesModel::rowCount(const QModelIndex &parent) const
{
    return parent.column() > 0 ? 0 : static_cast<int>(m_nodes[nodeOf(parent)].children.size());
}

int ChangesModel::columnCount(const QModelIndex &) const { return ColumnCount; }

QVariant ChangesModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const Node &node = m_nodes[nodeOf(index)];
    const Change *changed = change(index);
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case Name: return shown(node.name);
        case What: return changed ? whatWord(*changed) : QString();
        case Size: return changed ? sizeWord(*changed) : QString();
        default: return {};
        }
    case Qt::AccessibleTextRole:
        return changed && index.column() == Name ? QString("%1, %2").arg(shown(node.name), whatWord(*changed))
                                                 : data(index, Qt::DisplayRole);
    case Qt::ToolTipRole: return plainToolTip(shown(path(index)));
    case Qt::DecorationRole:
        if (index.column() == Name)
            return changed ? icon(signOf(changed->kind).first) : icon(Icon::Folder);
        return {};
    case Qt::ForegroundRole:
        if (index.column() == What && changed)
            return tone(changed->problem != 0 ? Tone::Error : signOf(changed->kind).second, QApplication::palette());
        if (!changed || index.column() == Size)
            return tone(Tone::Muted, QApplication::palette());
        return {};
    case Qt::TextAlignmentRole:
        return index.column() == Size ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    default: return {};
    }
}

QVariant ChangesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name: return tr("In the sandbox");
    case What: return tr("Change");
    case Size: return tr("Size");
    default: return {};
    }
}

} // namespace pivotbench::app
