// SPDX-License-Identifier: Apache-2.0
#include "app/tree/tree_words.h"

#include "app/base/text.h"
#include "app/tree/merged_tree_model.h"
#include "core/base/text.h"

#include <QLocale>

namespace pivotbench::app {
namespace {

using core::EntryKind;
using Row = TreeEntry::Row;

} // namespace

QString TreeWords::layers(const QList<int> &indexes) const
{
    QStringList names;
    for (const int layer : indexes)
        names.append(tr("%1 (layer %2)").arg(m_model.layerName(layer), m_model.layerBadge(layer)));
    return names.join(tr(", "));
}

QString TreeWords::providedBy(const TreeEntry &entry) const
{
    switch (entry.row) {
    case Row::Problem: return m_model.layerName(entry.layer);
    case Row::None:
    case Row::Remark: return {};
    case Row::NewMountPoint: return entry.mount ? shown(entry.mount->mount.label) : QString();
    case Row::ShadowedMount: return shown(entry.mount->mount.label);
    case Row::Entry:
    case Row::Whiteout:
    case Row::Hidden: break;
    }
    if (entry.mount)
        return shown(entry.mount->mount.label);
    return entry.insideMount.isEmpty() ? m_model.layerName(entry.layer) : entry.insideMount;
}

QString TreeWords::size(const TreeEntry &entry)
{
    const bool known = (entry.row == Row::Entry && !entry.mount) || entry.row == Row::Hidden;
    return isFile(entry.kind) && known && entry.problem.isEmpty()
               ? QLocale().formattedDataSize(static_cast<qint64>(entry.size), 1)
               : QString();
}

QString TreeWords::kindWord(const TreeEntry &entry)
{
    switch (entry.kind) {
    case EntryKind::Directory: return tr("directory");
    case EntryKind::File: return tr("file");
    case EntryKind::Executable: return tr("program");
    case EntryKind::Link: return tr("link to %1").arg(entry.linkTarget);
    case EntryKind::CharacterDevice: return tr("character device");
    case EntryKind::BlockDevice: return tr("block device");
    case EntryKind::Fifo: return tr("named pipe");
    case EntryKind::Socket: return tr("socket");
    case EntryKind::Whiteout: return tr("deletion");
    case EntryKind::Unknown: return tr("unknown");
    }
    return {};
}

QStringList TreeWords::notes(const TreeEntry &entry) const
{
    QStringList out;
    if (entry.mount) {
        const core::TreeMount &mount = entry.mount->mount;
        out.append(mount.readOnly ? tr("ro") : tr("rw"));
        if (!mount.propagation.empty())
            out.append(QString::fromStdString(mount.propagation));
        if (entry.mountSourceMissing)
            out.append(tr("source is missing"));
    }
    switch (entry.row) {
    case Row::NewMountPoint: out.append(tr("will be created")); break;
    case Row::ShadowedMount:
        out.append(entry.problem.isEmpty() ? tr("shadowed by the mount on %1").arg(entry.shadowedBy) : entry.problem);
        return out;
    case Row::Whiteout: out.append(tr("deleted")); break;
    case Row::Hidden: out.append(tr("hidden")); break;
    case Row::Problem: out.append(tr("Retry")); return out;
    case Row::None:
    case Row::Entry:
    case Row::Remark: break;
    }
    if (!entry.shadowedHere.isEmpty())
        out.append(entry.shadowedHere.size() == 1 ? tr("hides a mount")
                                                  : tr("hides %1 mounts").arg(entry.shadowedHere.size()));
    if (!entry.hides.isEmpty())
        out.append(tr("hides %1 below").arg(entry.hides.size()));
    if ((entry.flags & core::entry_flag::opaque) != 0)
        out.append(tr("opaque"));
    if ((entry.flags & core::entry_flag::redirected) != 0)
        out.append(tr("redirected"));
    if ((entry.flags & core::entry_flag::metacopy) != 0)
        out.append(tr("data is below"));
    if ((entry.flags & core::entry_flag::coveredOnHost) != 0)
        out.append(tr("covered on this machine"));
    if (!entry.problem.isEmpty())
        out.append(entry.problem);
    return out;
}

QString TreeWords::sentence(const TreeEntry &entry) const
{
    switch (entry.row) {
    case Row::Problem: return tr("cannot be read: %1").arg(entry.name);
    case Row::None:
    case Row::Remark: return entry.name;
    case Row::Whiteout: return tr("%1, deleted").arg(entry.name);
    case Row::Hidden: return tr("%1, %2, hidden").arg(entry.name, kindWord(entry));
    case Row::NewMountPoint: return tr("%1, %2, will be created").arg(entry.name, kindWord(entry));
    case Row::ShadowedMount: return tr("%1, shadowed mount").arg(entry.name);
    case Row::Entry: break;
    }
    return entry.mount ? tr("%1, %2, mount point").arg(entry.name, kindWord(entry))
                       : tr("%1, %2").arg(entry.name, kindWord(entry));
}

QStringList TreeWords::mountSentences(const TreeEntry &entry) const
{
    QStringList out;
    if (!entry.mount)
        return out;
    const core::TreeMount &mount = entry.mount->mount;
    out.append(
        tr("%1 is mounted here, %2.").arg(shown(mount.label), mount.readOnly ? tr("read-only") : tr("writable")));
    if (!mount.propagation.empty())
        out.append(tr("Propagation: %1.").arg(QString::fromStdString(mount.propagation)));
    if (mount.recursive)
        out.append(tr("With the mounts below it."));
    if (entry.mountSourceMissing)
        out.append(tr("There is nothing at %1 on this machine.").arg(shown(mount.source)));
    if (shown(mount.destination) != entry.path)
        out.append(tr("It was asked for on %1, which leads here.").arg(shown(mount.destination)));
    if (!entry.shadowedBy.isEmpty())
        out.append(tr("Nobody will see it: the later mount on %1 hides it.").arg(entry.shadowedBy));
    if (!entry.shadowedHere.isEmpty())
        out.append(tr("It hides earlier mounts: %1.").arg(entry.shadowedHere.join(tr(", "))));
    if (entry.row == Row::Entry)
        out.append(tr("What the layers have here is covered."));
    return out;
}

QStringList TreeWords::layerSentences(const TreeEntry &entry) const
{
    QStringList out;
    if (entry.layer < 0)
        return out;
    if (entry.row == Row::Whiteout)
        out.append(tr("A whiteout in %1 deletes it.").arg(layers({entry.layer})));
    else if (entry.mergedFrom.size() > 1)
        out.append(tr("Merged from %1.").arg(layers(entry.mergedFrom)));
    else
        out.append(tr("Provided by %1.").arg(layers({entry.layer})));
    if (!entry.hides.isEmpty())
        out.append(tr("Hides the one of %1.").arg(layers(entry.hides)));
    if ((entry.flags & core::entry_flag::opaque) != 0)
        out.append(tr("Opaque: what lower layers have in this directory is not shown."));
    if ((entry.flags & core::entry_flag::redirected) != 0)
        out.append(tr("Redirected: an overlay continues under another name in lower layers, or refuses; that is not "
                      "followed here."));
    if ((entry.flags & core::entry_flag::metacopy) != 0)
        out.append(tr("Only its attributes are here; the data is in a lower layer."));
    if ((entry.flags & core::entry_flag::coveredOnHost) != 0)
        out.append(tr("On this machine something is mounted here. The sandbox will see what lies beneath."));
    return out;
}

QString TreeWords::description(const TreeEntry &entry) const
{
    if (entry.row == Row::Problem)
        return (entry.problem.section(u'\n', 1).simplified() + u' ' + tr("Press Enter to try again.")).trimmed();
    QStringList out = mountSentences(entry) + layerSentences(entry);
    if (entry.row == Row::NewMountPoint)
        out.append(entry.mount ? tr("The mount point does not exist yet and will be created.")
                               : tr("A directory on the way to a mount point; it will be created."));
    if (entry.row == Row::Hidden)
        out.append(tr("The sandbox does not show it."));
    if (!entry.insideMount.isEmpty())
        out.append(tr("Inside %1.").arg(entry.insideMount));
    if (entry.leadsToMount)
        out.append(tr("There are mounts in it."));
    if (!entry.problem.isEmpty())
        out.append(tr("Problem: %1.").arg(entry.problem));
    return out.join(u' ');
}

QString TreeWords::toolTip(const TreeEntry &entry) const
{
    if (entry.row == Row::Remark || entry.row == Row::None)
        return plainToolTip(entry.name);
    if (entry.row == Row::Problem)
        return plainToolTip(entry.problem);
    const QString title = entry.row == Row::ShadowedMount ? entry.path : tr("%1 — %2").arg(entry.path, kindWord(entry));
    return QStringLiteral("<p style='white-space:pre-wrap'><b>%1</b><br>%2</p>")
        .arg(title.toHtmlEscaped(), description(entry).toHtmlEscaped());
}

} // namespace pivotbench::app
