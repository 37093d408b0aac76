// SPDX-License-Identifier: Apache-2.0
#include "app/compose/mount_table_model.h"

#include "app/base/text.h"
#include "app/compose/mount_icon.h"

#include <QApplication>
#include <QPalette>

namespace pivotbench::app {

using namespace core;

namespace {

Icon iconOf(const MountEntry &entry)
{
    const Icon own = mountIcon(entry.type);
    return own == Icon::Mount && entry.root != "/" ? Icon::MountBind : own;
}

QString textOf(const MountEntry &entry, int column)
{
    switch (column) {
    case MountTableModel::MountPoint: return shown(entry.mountPoint);
    case MountTableModel::Type: return shown(entry.type);
    case MountTableModel::Source:
        return entry.root == "/" ? shown(entry.source) : shown(entry.source) + '[' + shown(entry.root) + ']';
    case MountTableModel::Options: return shown(entry.options);
    case MountTableModel::Propagation: return QString::fromStdString(propagationText(entry));
    default: return {};
    }
}

} // namespace

MountTableModel::MountTableModel(QObject *parent)
    : QAbstractItemModel(parent)
{
}

void MountTableModel::setTable(std::shared_ptr<const MountTable> table)
{
    if (table == m_table || (table && m_table && *table == *m_table))
        return;
    beginResetModel();
    m_table = std::move(table);
    m_rowOf.assign(m_table ? m_table->size() : 0, 0);
    const auto number = [this](const std::vector<std::size_t> &siblings) {
        for (std::size_t i = 0; i < siblings.size(); ++i)
            m_rowOf[siblings[i]] = static_cast<int>(i);
    };
    if (m_table) {
        number(m_table->roots());
        for (std::size_t i = 0; i < m_table->size(); ++i)
            number(m_table->childrenOf(i));
    }
    endResetModel();
}

const std::vector<std::size_t> &MountTableModel::childrenOf(const QModelIndex &parent) const
{
    static const std::vector<std::size_t> none;
    if (!m_table)
        return none;
    return parent.isValid() ? m_table->childrenOf(parent.internalId()) : m_table->roots();
}

QModelIndex MountTableModel::index(int row, int column, const QModelIndex &parent) const
{
    const std::vector<std::size_t> &children = childrenOf(parent);
    if (row < 0 || column < 0 || column >= ColumnCount || row >= static_cast<int>(children.size()) ||
        parent.column() > 0)
        return {};
    return createIndex(row, column, static_cast<quintptr>(children[static_cast<std::size_t>(row)]));
}

QModelIndex MountTableModel::parent(const QModelIndex &child) const
{
    if (!child.isValid())
        return {};
    const std::size_t above = m_table->parentOf(child.internalId());
    return above == MountTable::none ? QModelIndex() : createIndex(m_rowOf[above], 0, static_cast<quintptr>(above));
}

int MountTableModel::rowCount(const QModelIndex &parent) const
{
    return parent.column() > 0 ? 0 : static_cast<int>(childrenOf(parent).size());
}

int MountTableModel::columnCount(const QModelIndex & /*parent*/) const { return ColumnCount; }

QVariant MountTableModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const std::size_t row = index.internalId();
    const MountEntry &entry = m_table->entries()[row];
    const bool hidden = !m_table->isVisible(row);
    switch (role) {
    case Qt::DisplayRole:
        return index.column() == MountPoint && hidden ? tr("%1 (hidden)").arg(textOf(entry, MountPoint))
                                                      : textOf(entry, index.column());
    case Qt::ToolTipRole: return plainToolTip(textOf(entry, index.column()));
    case Qt::DecorationRole:
        return index.column() == MountPoint ? QVariant(icon(hidden ? Icon::Hidden : iconOf(entry))) : QVariant();
    case Qt::ForegroundRole:
        return hidden ? QVariant(QApplication::palette().brush(QPalette::Disabled, QPalette::Text)) : QVariant();
    default: return {};
    }
}

QVariant MountTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case MountPoint: return tr("Mount point");
    case Type: return tr("Type");
    case Source: return tr("Source");
    case Options: return tr("Options");
    case Propagation: return tr("Propagation");
    default: return {};
    }
}

} // namespace pivotbench::app
