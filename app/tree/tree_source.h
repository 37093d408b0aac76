// SPDX-License-Identifier: Apache-2.0
//
// What the merged tree shows, and what it tells of a row: plain values between the document and app/tree. Any thread.
#pragma once

#include "core/layers/merged_tree.h"
#include "core/layers/mounts_on_tree.h"

#include <QDateTime>
#include <QList>
#include <QMetaType>
#include <QString>

#include <optional>
#include <vector>

namespace pivotbench::app {

/// How a layer is called on its card and in the tree.
struct TreeLayerName {
    QString name;  ///< "busybox", "/srv/root"; empty: the folder's path
    QString badge; ///< a letter or a number; empty: "W" for the writable one, otherwise its position from 1
    bool operator==(const TreeLayerName &) const = default;
};

struct TreeSource {
    core::MergedTree tree;
    std::vector<TreeLayerName> names;    ///< as many as layers, or fewer
    std::vector<core::TreeMount> mounts; ///< in the order in which they are made: proc, dev, sys, then the spec's
    bool operator==(const TreeSource &) const = default;
};

/// One row of the tree.
struct TreeEntry {
    enum class Row {
        None,          ///< no row at all
        Entry,         ///< a file or directory of the tree, perhaps a mount point
        Whiteout,      ///< deletes what is below
        Hidden,        ///< of a lower layer, not shown in the sandbox; only when hidden entries are asked for
        NewMountPoint, ///< a mount point, or a directory on the way to one, that does not exist yet
        ShadowedMount, ///< a mount that a later one hides, or one that cannot be made
        Problem,       ///< something could not be read; see `problem`
        Remark,        ///< says why there is nothing else
    };

    Row row = Row::None;
    QString name; ///< safe to show
    QString path; ///< absolute, in the sandbox
    /// False where the path has bytes that are not UTF-8; `path` is then only to be shown.
    bool pathIsExact = true;
    QString hostPath; ///< where it lies on this machine; empty: nowhere

    core::EntryKind kind = core::EntryKind::Unknown;
    bool isDirectory = false; ///< as the sandbox will see it, with mounts
    bool isExpandable = false;
    QString linkTarget;
    quint64 size = 0;
    int mode = 0;
    qint64 modified = 0; ///< seconds since 1970
    int flags = 0;       ///< core::entry_flag

    int layer = -1; ///< provides it; -1: no layer does
    QList<int> mergedFrom;
    QList<int> hides;

    std::optional<core::PlacedMount> mount; ///< Entry, NewMountPoint: to be seen here. ShadowedMount: the hidden one
    QString shadowedBy;                     ///< ShadowedMount: where the mount is that hides it
    QStringList shadowedHere;               ///< labels of the mounts that `mount` hides
    bool mountSourceMissing = false;        ///< Bind: there is nothing at the source
    bool leadsToMount = false;
    QString insideMount; ///< label of the mount whose contents this belongs to; empty: the layers'

    QString problem; ///< why it, or what is in it, cannot be read
};

} // namespace pivotbench::app

Q_DECLARE_METATYPE(pivotbench::app::TreeEntry)
