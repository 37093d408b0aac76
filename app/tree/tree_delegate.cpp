// SPDX-License-Identifier: Apache-2.0
#include "app/tree/tree_delegate.h"

#include "app/tree/merged_tree_model.h"
#include "app/tree/tree_words.h"
#include "app/widgets/badge.h"
#include "app/widgets/metrics.h"
#include "app/widgets/palette.h"

#include <QApplication>
#include <QPainter>
#include <QTreeView>

namespace pivotbench::app {
namespace {

using core::EntryKind;
using core::TreeMountKind;
using Row = TreeEntry::Row;

constexpr int mostBadges = 3; ///< of merged layers; the rest is a number

Icon mountIcon(TreeMountKind kind)
{
    switch (kind) {
    case TreeMountKind::Bind: return Icon::MountBind;
    case TreeMountKind::Tmpfs: return Icon::MountTmpfs;
    case TreeMountKind::Proc: return Icon::MountProc;
    case TreeMountKind::Sysfs: return Icon::MountSysfs;
    case TreeMountKind::Devpts:
    case TreeMountKind::Devtmpfs: return Icon::MountDev;
    case TreeMountKind::Cgroup: return Icon::MountCgroup;
    case TreeMountKind::Overlay: return Icon::MountOverlay;
    case TreeMountKind::Mqueue:
    case TreeMountKind::Other: return Icon::Mount;
    }
    return Icon::Mount;
}

Icon fileIcon(EntryKind kind)
{
    switch (kind) {
    case EntryKind::Directory: return Icon::Folder;
    case EntryKind::File: return Icon::File;
    case EntryKind::Executable: return Icon::Executable;
    case EntryKind::Link: return Icon::Link;
    case EntryKind::CharacterDevice:
    case EntryKind::BlockDevice: return Icon::Device;
    case EntryKind::Fifo: return Icon::Pipe;
    case EntryKind::Socket: return Icon::Socket;
    case EntryKind::Whiteout: return Icon::Whiteout;
    case EntryKind::Unknown: return Icon::File;
    }
    return Icon::File;
}

/// What a note means, for its colour; the word says it as well.
Tone propagationTone(const std::string &word)
{
    if (word.ends_with("shared"))
        return Tone::Shared;
    if (word.ends_with("slave"))
        return Tone::Slave;
    return word.ends_with("unbindable") ? Tone::Unbindable : Tone::Private;
}

/// A sentence instead of a name; it takes the room of the columns that such a row has no use for.
bool isSaid(const TreeEntry &entry) { return entry.row == Row::Problem || entry.row == Row::Remark; }

bool isDim(const TreeEntry &entry) { return entry.row == Row::ShadowedMount || entry.row == Row::Hidden; }

} // namespace

Icon treeIcon(const TreeEntry &entry)
{
    if (entry.row == Row::Problem)
        return Icon::Warning;
    if (entry.row == Row::Remark)
        return Icon::Note;
    if (entry.row == Row::Hidden)
        return Icon::Hidden;
    return entry.mount ? mountIcon(entry.mount->mount.kind) : fileIcon(entry.kind);
}

/// A place that is being painted, and what is left of it.
struct TreeDelegate::Brush {
    QPainter &painter;
    QRect left;
    const QStyleOptionViewItem &option;
    const MergedTreeModel &model;
    bool selected;

    [[nodiscard]] const QPalette &palette() const { return option.palette; }
    [[nodiscard]] int gap() const { return space(Space::Tiny, option.fontMetrics); }

    [[nodiscard]] QColor ink(Tone wanted) const
    {
        if (!selected)
            return tone(wanted, palette());
        const bool active = (option.state & QStyle::State_Active) != 0;
        return palette().color(active ? QPalette::Active : QPalette::Inactive, QPalette::HighlightedText);
    }

    /// Takes a piece from the front; from the back in a right-to-left layout.
    QRect take(int width)
    {
        QRect piece = left;
        piece.setWidth(std::min(width, left.width()));
        left.setLeft(piece.right() + 1 + gap());
        return QStyle::visualRect(option.direction, option.rect, piece);
    }

    void icon(Icon which, Tone wanted, bool plain)
    {
        const int extent = iconExtent(IconSize::Small, option.fontMetrics);
        QRect square = take(extent);
        square.moveTop(option.rect.top() + (option.rect.height() - extent) / 2);
        square.setHeight(extent);
        if (selected || plain)
            paintIcon(painter, square, which, ink(wanted));
        else
            paintIcon(painter, square, which, palette());
    }

    void text(const QString &words, const QColor &color, const QFont &font, Qt::TextElideMode elide = Qt::ElideRight)
    {
        if (left.width() <= 0 || words.isEmpty())
            return;
        const QFontMetrics metrics(font);
        const QString fitting = metrics.elidedText(words, elide, left.width());
        const QRect piece = take(metrics.horizontalAdvance(fitting) + 1);
        painter.setFont(font);
        painter.setPen(color);
        painter.drawText(piece, static_cast<int>(Qt::AlignVCenter | Qt::AlignLeading | Qt::TextSingleLine), fitting);
    }

    void badge(const QString &word, Tone wanted)
    {
        const QSize size = badgeSize(word, option.font);
        if (left.width() < size.width() / 2)
            return;
        QRect piece = take(size.width());
        piece.setTop(option.rect.top() + (option.rect.height() - size.height()) / 2);
        piece.setHeight(size.height());
        painter.setFont(option.font);
        paintBadge(painter, piece, word, wanted, palette(), selected);
    }
};

TreeDelegate::TreeDelegate(QObject *parent)
    : QStyledItemDelegate(parent)
{
}

const TreeEntry &TreeDelegate::entryAt(const QModelIndex &index) const
{
    const QModelIndex row = index.siblingAtColumn(0);
    if (row != m_row || !m_row.isValid()) {
        m_entry = static_cast<const MergedTreeModel *>(index.model())->entry(row);
        m_row = row;
    }
    return m_entry;
}

void TreeDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const auto *model = static_cast<const MergedTreeModel *>(index.model());
    const TreeEntry &entry = entryAt(index);
    const QStyle *style = option.widget ? option.widget->style() : QApplication::style();
    style->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, option.widget);

    painter->save();
    painter->setClipRect(option.rect);
    const int gap = space(Space::Tiny, option.fontMetrics);
    Brush brush{*painter, option.rect.adjusted(gap, 0, -gap, 0), option, *model,
                (option.state & QStyle::State_Selected) != 0};
    if (isSaid(entry) && index.column() < MergedTreeModel::Notes) {
        paintSaid(brush, entry, index);
        painter->restore();
        return;
    }
    switch (index.column()) {
    case MergedTreeModel::Name: paintName(brush, entry, !index.parent().isValid()); break;
    case MergedTreeModel::ProvidedBy: paintProvider(brush, entry); break;
    case MergedTreeModel::Size: {
        painter->setPen(brush.ink(Tone::Muted));
        painter->setFont(option.font);
        painter->drawText(brush.left, static_cast<int>(Qt::AlignVCenter | Qt::AlignRight), TreeWords::size(entry));
        break;
    }
    case MergedTreeModel::Notes: paintNotes(brush, entry, model->isReadingRow(index)); break;
    default: break;
    }
    painter->restore();
}

/// Painted by each of its columns, clipped to that column.
void TreeDelegate::paintSaid(const Brush &given, const TreeEntry &entry, const QModelIndex &index) const
{
    Brush brush = given;
    const auto *list = qobject_cast<const QTreeView *>(brush.option.widget);
    if (list && brush.option.direction == Qt::LeftToRight) {
        brush.left.setLeft(list->visualRect(index.siblingAtColumn(MergedTreeModel::Name)).left() + brush.gap());
        brush.left.setRight(list->columnViewportPosition(MergedTreeModel::Notes) - brush.gap());
    } else if (index.column() != MergedTreeModel::Name) {
        return;
    }
    const bool problem = entry.row == Row::Problem;
    brush.icon(treeIcon(entry), problem ? Tone::Warning : Tone::Muted, true);
    if (problem && entry.layer >= 0)
        brush.badge(brush.model.layerBadge(entry.layer), layerTone(entry.layer));
    QFont font = brush.option.font;
    font.setItalic(!problem);
    brush.text(entry.name, brush.ink(problem ? Tone::Text : Tone::Muted), font);
}

void TreeDelegate::paintName(const Brush &given, const TreeEntry &entry, bool isRoot) const
{
    Brush brush = given;
    const bool plain = isDim(entry) || entry.row == Row::Whiteout || entry.mount;
    const Tone tone = entry.row == Row::Whiteout ? Tone::Whiteout
                      : isDim(entry)             ? Tone::Muted
                      : entry.mount              ? Tone::Mount
                                                 : Tone::Text;
    brush.icon(isRoot ? Icon::RootDir : treeIcon(entry), tone, plain);
    QFont font = brush.option.font;
    font.setStrikeOut(entry.row == Row::Whiteout || entry.row == Row::Hidden);
    font.setItalic(entry.row == Row::NewMountPoint);
    brush.text(entry.name, brush.ink(tone == Tone::Mount ? Tone::Text : tone), font, Qt::ElideMiddle);
    if (entry.kind == EntryKind::Link && !entry.mount)
        brush.text(QStringLiteral("→ ") + entry.linkTarget, brush.ink(Tone::Muted), brush.option.font);
}

void TreeDelegate::paintProvider(const Brush &given, const TreeEntry &entry) const
{
    Brush brush = given;
    const TreeWords words(brush.model);
    const Tone muted = isDim(entry) ? Tone::Muted : Tone::Text;
    if (entry.mount || !entry.insideMount.isEmpty()) {
        brush.icon(entry.mount ? mountIcon(entry.mount->mount.kind) : Icon::MountBind,
                   isDim(entry) ? Tone::Muted : Tone::Mount, true);
        brush.text(words.providedBy(entry), brush.ink(muted), brush.option.font, Qt::ElideMiddle);
        return;
    }
    if (entry.layer < 0)
        return;
    const QList<int> layers = entry.mergedFrom.size() > 1 ? entry.mergedFrom : QList<int>{entry.layer};
    for (qsizetype i = 0; i < layers.size(); ++i) {
        if (i == mostBadges) {
            brush.badge(QStringLiteral("+%1").arg(layers.size() - i), Tone::Muted);
            break;
        }
        brush.badge(brush.model.layerBadge(layers[i]), layerTone(layers[i]));
    }
    brush.text(layers.size() > 1 ? tr("merged") : words.providedBy(entry), brush.ink(muted), brush.option.font,
               Qt::ElideMiddle);
}

void TreeDelegate::paintNotes(const Brush &given, const TreeEntry &entry, bool reading) const
{
    Brush brush = given;
    if (reading || entry.row == Row::Problem) {
        QFont font = brush.option.font;
        font.setUnderline(true);
        brush.text(reading ? tr("Cancel") : tr("Retry"), brush.ink(Tone::Accent), font);
        return;
    }
    if (entry.row == Row::Remark)
        return;
    QStringList notes = TreeWords(brush.model).notes(entry);
    if (entry.mount) {
        const core::TreeMount &mount = entry.mount->mount;
        const bool dim = isDim(entry);
        brush.badge(notes.takeFirst(), dim ? Tone::Muted : mount.readOnly ? Tone::ReadOnly : Tone::Writable);
        if (!mount.propagation.empty())
            brush.badge(notes.takeFirst(), dim ? Tone::Muted : propagationTone(mount.propagation));
    }
    const bool bad = !entry.problem.isEmpty() || entry.mountSourceMissing;
    brush.text(notes.join(QStringLiteral(" · ")), brush.ink(bad ? Tone::Warning : Tone::Muted), brush.option.font);
}

QSize TreeDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const
{
    const int text = std::max(option.fontMetrics.height(), badgeSize(QStringLiteral("8"), option.font).height());
    return {space(Space::Huge, option.fontMetrics),
            std::max(text, iconExtent(IconSize::Small, option.fontMetrics)) + space(Space::Tiny, option.fontMetrics)};
}

} // namespace pivotbench::app
