// SPDX-License-Identifier: Apache-2.0
//
// The workbench's own pictures, drawn as SVG (resources/icons) in two inks: the palette's text colour, and an accent.
// They are painted when needed, at the device's pixels, in the colours of the palette of that moment; an icon handed
// out once follows the palette. Values only; interface thread.
#pragma once

#include "app/widgets/palette.h"

#include <QIcon>
#include <QPixmap>
#include <QString>

#include <span>

class QPainter;

namespace pivotbench::app {

enum class Icon {
    Pivotbench, // the program, in its own colours
    // Places; drawn for 24 pixels.
    Compose,
    Stage,
    Run,
    Mounts,
    Learn,
    // Documents and editing.
    New,
    Open,
    Save,
    SaveAs,
    Undo,
    Redo,
    Cut,
    Copy,
    Paste,
    Delete,
    Add,
    Remove,
    Edit,
    Search,
    Filter,
    Settings,
    Help,
    Close,
    Menu,
    More,
    ChevronRight,
    ChevronDown,
    ChevronUp,
    ChevronLeft,
    ExpandAll,
    CollapseAll,
    Previous,
    Next,
    DragHandle,
    ExternalDrop,
    Home,
    Recent,
    Preset,
    CopyAs,
    Export,
    Refresh,
    ZoomIn,
    ZoomOut,
    ZoomFit,
    // Playing.
    Play,
    Stop,
    Pause,
    Step,
    StepBack,
    RunOn,
    Record,
    Breakpoint,
    Peek,
    Compare,
    Present,
    // Running.
    Terminal,
    Signal,
    Process,
    Memory,
    Cpu,
    Pids,
    Network,
    Limit,
    Tasks,
    Cancel,
    Connected,
    Disconnected,
    // Verdicts.
    Ok,
    Fail,
    Error,
    Warning,
    Note,
    Good,
    Fix,
    // Rights.
    Lock,
    Unlock,
    ReadOnly,
    Writable,
    BadgeRo,
    BadgeRw,
    User,
    Key,
    Shield,
    // Layers and files.
    Layer,
    Layers,
    LayerWritable,
    ToLayer,
    Archive,
    Folder,
    FolderOpen,
    File,
    Executable,
    Link,
    Device,
    Socket,
    Pipe,
    Whiteout,
    Hidden,
    // Mounts and worlds.
    Mount,
    MountBind,
    MountTmpfs,
    MountProc,
    MountSysfs,
    MountDev,
    MountOverlay,
    MountCgroup,
    Peers,
    Pin,
    Namespace,
    RootDir,
    Pivot,
    PathWalk,
    WhatIf,
    Host,
    Sandbox,
    // Changes.
    Changed,
    Added,
    Deleted,
    Keep,
    Discard,
    ApplyToFolder,
};

// All of them, in the order above.
std::span<const Icon> allIcons();

// The file's name without folder and suffix, such as "mount_bind".
QString iconName(Icon icon);

// What goes with a message in Error, Warning or Good; for any other tone, Note.
Icon verdictIcon(Tone tone);

// In the palette's text colour, its accent part in the tone that fits its meaning.
QIcon icon(Icon icon);

// The whole of it in one tone.
QIcon icon(Icon icon, Tone tone);

// For delegates and scenes that have a palette of their own at hand. `painter` may be scaled or record vectors.
void paintIcon(QPainter &painter, const QRectF &rect, Icon icon, const QPalette &palette,
               QIcon::Mode mode = QIcon::Normal);
void paintIcon(QPainter &painter, const QRectF &rect, Icon icon, const QColor &ink);

} // namespace pivotbench::app
