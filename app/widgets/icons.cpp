// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/icons.h"

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QLibraryInfo>
#include <QPaintEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>
#include <QVersionNumber>

#include <array>
#include <cmath>
#include <optional>

// Outside of every namespace, as the macro demands: a static library's resources are linked only when named.
static void initIcons() { Q_INIT_RESOURCE(pivotbench_icons); }

namespace pivotbench::app {

namespace {

struct Drawing {
    Icon icon;
    const char *name;
    Tone accent;
};

constexpr std::array drawings{
    Drawing{Icon::Pivotbench, "pivotbench", Tone::Accent},
    Drawing{Icon::Compose, "compose", Tone::Accent},
    Drawing{Icon::Stage, "stage", Tone::Accent},
    Drawing{Icon::Run, "run", Tone::Accent},
    Drawing{Icon::Mounts, "mounts", Tone::Accent},
    Drawing{Icon::Learn, "learn", Tone::Accent},
    Drawing{Icon::New, "new", Tone::Accent},
    Drawing{Icon::Open, "open", Tone::Accent},
    Drawing{Icon::Save, "save", Tone::Accent},
    Drawing{Icon::SaveAs, "save_as", Tone::Accent},
    Drawing{Icon::Undo, "undo", Tone::Accent},
    Drawing{Icon::Redo, "redo", Tone::Accent},
    Drawing{Icon::Cut, "cut", Tone::Accent},
    Drawing{Icon::Copy, "copy", Tone::Accent},
    Drawing{Icon::Paste, "paste", Tone::Accent},
    Drawing{Icon::Delete, "delete", Tone::Error},
    Drawing{Icon::Add, "add", Tone::Accent},
    Drawing{Icon::Remove, "remove", Tone::Accent},
    Drawing{Icon::Edit, "edit", Tone::Accent},
    Drawing{Icon::Search, "search", Tone::Accent},
    Drawing{Icon::Filter, "filter", Tone::Accent},
    Drawing{Icon::Settings, "settings", Tone::Accent},
    Drawing{Icon::Help, "help", Tone::Accent},
    Drawing{Icon::Close, "close", Tone::Accent},
    Drawing{Icon::Menu, "menu", Tone::Accent},
    Drawing{Icon::More, "more", Tone::Accent},
    Drawing{Icon::ChevronRight, "chevron_right", Tone::Accent},
    Drawing{Icon::ChevronDown, "chevron_down", Tone::Accent},
    Drawing{Icon::ChevronUp, "chevron_up", Tone::Accent},
    Drawing{Icon::ChevronLeft, "chevron_left", Tone::Accent},
    Drawing{Icon::ExpandAll, "expand_all", Tone::Accent},
    Drawing{Icon::CollapseAll, "collapse_all", Tone::Accent},
    Drawing{Icon::Previous, "previous", Tone::Accent},
    Drawing{Icon::Next, "next", Tone::Accent},
    Drawing{Icon::DragHandle, "drag_handle", Tone::Accent},
    Drawing{Icon::ExternalDrop, "external_drop", Tone::Accent},
    Drawing{Icon::Home, "home", Tone::Accent},
    Drawing{Icon::Recent, "recent", Tone::Accent},
    Drawing{Icon::Preset, "preset", Tone::Warning},
    Drawing{Icon::CopyAs, "copy_as", Tone::Accent},
    Drawing{Icon::Export, "export", Tone::Accent},
    Drawing{Icon::Refresh, "refresh", Tone::Accent},
    Drawing{Icon::ZoomIn, "zoom_in", Tone::Accent},
    Drawing{Icon::ZoomOut, "zoom_out", Tone::Accent},
    Drawing{Icon::ZoomFit, "zoom_fit", Tone::Accent},
    Drawing{Icon::Play, "play", Tone::Good},
    Drawing{Icon::Stop, "stop", Tone::Error},
    Drawing{Icon::Pause, "pause", Tone::Accent},
    Drawing{Icon::Step, "step", Tone::Accent},
    Drawing{Icon::StepBack, "step_back", Tone::Accent},
    Drawing{Icon::RunOn, "run_on", Tone::Accent},
    Drawing{Icon::Record, "record", Tone::Error},
    Drawing{Icon::Breakpoint, "breakpoint", Tone::Error},
    Drawing{Icon::Peek, "peek", Tone::Accent},
    Drawing{Icon::Compare, "compare", Tone::Accent},
    Drawing{Icon::Present, "present", Tone::Accent},
    Drawing{Icon::Terminal, "terminal", Tone::Accent},
    Drawing{Icon::Signal, "signal", Tone::Warning},
    Drawing{Icon::Process, "process", Tone::Process},
    Drawing{Icon::Memory, "memory", Tone::Accent},
    Drawing{Icon::Cpu, "cpu", Tone::Accent},
    Drawing{Icon::Pids, "pids", Tone::Accent},
    Drawing{Icon::Network, "network", Tone::Accent},
    Drawing{Icon::Limit, "limit", Tone::Accent},
    Drawing{Icon::Tasks, "tasks", Tone::Good},
    Drawing{Icon::Cancel, "cancel", Tone::Error},
    Drawing{Icon::Connected, "connected", Tone::Good},
    Drawing{Icon::Disconnected, "disconnected", Tone::Error},
    Drawing{Icon::Ok, "ok", Tone::Good},
    Drawing{Icon::Fail, "fail", Tone::Error},
    Drawing{Icon::Error, "error", Tone::Error},
    Drawing{Icon::Warning, "warning", Tone::Warning},
    Drawing{Icon::Note, "note", Tone::Note},
    Drawing{Icon::Good, "good", Tone::Good},
    Drawing{Icon::Fix, "fix", Tone::Warning},
    Drawing{Icon::Lock, "lock", Tone::Accent},
    Drawing{Icon::Unlock, "unlock", Tone::Accent},
    Drawing{Icon::ReadOnly, "read_only", Tone::ReadOnly},
    Drawing{Icon::Writable, "writable", Tone::Writable},
    Drawing{Icon::BadgeRo, "badge_ro", Tone::ReadOnly},
    Drawing{Icon::BadgeRw, "badge_rw", Tone::Writable},
    Drawing{Icon::User, "user", Tone::Accent},
    Drawing{Icon::Key, "key", Tone::Accent},
    Drawing{Icon::Shield, "shield", Tone::Good},
    Drawing{Icon::Layer, "layer", Tone::Accent},
    Drawing{Icon::Layers, "layers", Tone::Accent},
    Drawing{Icon::LayerWritable, "layer_writable", Tone::Writable},
    Drawing{Icon::ToLayer, "to_layer", Tone::Accent},
    Drawing{Icon::Archive, "archive", Tone::Accent},
    Drawing{Icon::Folder, "folder", Tone::Accent},
    Drawing{Icon::FolderOpen, "folder_open", Tone::Accent},
    Drawing{Icon::File, "file", Tone::Accent},
    Drawing{Icon::Executable, "executable", Tone::Good},
    Drawing{Icon::Link, "link", Tone::Accent},
    Drawing{Icon::Device, "device", Tone::Accent},
    Drawing{Icon::Socket, "socket", Tone::Accent},
    Drawing{Icon::Pipe, "pipe", Tone::Accent},
    Drawing{Icon::Whiteout, "whiteout", Tone::Error},
    Drawing{Icon::Hidden, "hidden", Tone::Error},
    Drawing{Icon::Mount, "mount", Tone::Accent},
    Drawing{Icon::MountBind, "mount_bind", Tone::Accent},
    Drawing{Icon::MountTmpfs, "mount_tmpfs", Tone::Warning},
    Drawing{Icon::MountProc, "mount_proc", Tone::Accent},
    Drawing{Icon::MountSysfs, "mount_sysfs", Tone::Accent},
    Drawing{Icon::MountDev, "mount_dev", Tone::Accent},
    Drawing{Icon::MountOverlay, "mount_overlay", Tone::Accent},
    Drawing{Icon::MountCgroup, "mount_cgroup", Tone::Accent},
    Drawing{Icon::Peers, "peers", Tone::Accent},
    Drawing{Icon::Pin, "pin", Tone::Error},
    Drawing{Icon::Namespace, "namespace", Tone::Accent},
    Drawing{Icon::RootDir, "root_dir", Tone::Accent},
    Drawing{Icon::Pivot, "pivot", Tone::Accent},
    Drawing{Icon::PathWalk, "path_walk", Tone::Process},
    Drawing{Icon::WhatIf, "what_if", Tone::Warning},
    Drawing{Icon::Host, "host", Tone::Accent},
    Drawing{Icon::Sandbox, "sandbox", Tone::Writable},
    Drawing{Icon::Changed, "changed", Tone::Changed},
    Drawing{Icon::Added, "added", Tone::Added},
    Drawing{Icon::Deleted, "deleted", Tone::Deleted},
    Drawing{Icon::Keep, "keep", Tone::Accent},
    Drawing{Icon::Discard, "discard", Tone::Accent},
    Drawing{Icon::ApplyToFolder, "apply_to_folder", Tone::Good},
};

constexpr bool inOrder()
{
    for (std::size_t index = 0; index < drawings.size(); ++index) {
        if (static_cast<std::size_t>(drawings[index].icon) != index) {
            return false;
        }
    }
    return true;
}
static_assert(inOrder(), "drawings follow the enumeration");
static_assert(drawings.size() == static_cast<std::size_t>(Icon::ApplyToFolder) + 1);

const Drawing &drawingOf(Icon icon) { return drawings[static_cast<std::size_t>(icon)]; }

struct Inks {
    QColor ink;
    QColor accent;
    qreal opacity = 1;
};

struct NativeLine {
    qreal drawnFor;
    qreal width;
    const char *written;
};

constexpr std::array nativeLines{
    NativeLine{.drawnFor = 16, .width = 1.5, .written = "stroke-width=\"1.5\""},
    NativeLine{.drawnFor = 24, .width = 2, .written = "stroke-width=\"2\""},
};

// The drawings' lines are right at the size they were drawn for; larger, they would look fat, so they grow more slowly.
// `extent`: logical pixels, so that a picture weighs the same on every screen.
QByteArray coloured(Icon icon, const Inks &inks, qreal extent)
{
    [[maybe_unused]] static const bool linked = (initIcons(), true);
    QFile file(QStringLiteral(":/pivotbench/icons/%1.svg").arg(QLatin1String(drawingOf(icon).name)));
    if (!file.open(QIODevice::ReadOnly)) {
        return {};
    }
    QByteArray svg = file.readAll();
    for (const auto &[drawnFor, width, written] : nativeLines) {
        if (svg.contains(written)) {
            const qreal thinner = std::pow(drawnFor / std::max(extent, drawnFor), 0.45);
            svg.replace(written, "stroke-width=\"" + QByteArray::number(width * thinner, 'f', 3) + '"');
            break;
        }
    }
    // Both are names that CSS knows, so any viewer shows the files.
    return svg.replace("currentColor", inks.ink.name().toLatin1())
        .replace("AccentColor", inks.accent.name().toLatin1());
}

// `ratio`: device pixels in a logical one.
QPixmap rendered(Icon icon, const QSize &pixels, const Inks &inks, qreal ratio)
{
    if (pixels.isEmpty()) {
        return {};
    }
    const QString key = QStringLiteral("pivotbench/%1/%2x%3/%4/%5/%6/%7")
                            .arg(QLatin1String(drawingOf(icon).name))
                            .arg(pixels.width())
                            .arg(pixels.height())
                            .arg(inks.ink.rgba(), 0, 16)
                            .arg(inks.accent.rgba(), 0, 16)
                            .arg(inks.opacity)
                            .arg(ratio);
    QPixmap pixmap;
    if (QPixmapCache::find(key, &pixmap)) {
        return pixmap;
    }
    pixmap = QPixmap(pixels);
    pixmap.fill(Qt::transparent);
    QSvgRenderer renderer(coloured(icon, inks, std::min(pixels.width(), pixels.height()) / ratio));
    renderer.setAspectRatioMode(Qt::KeepAspectRatio);
    QPainter painter(&pixmap);
    painter.setOpacity(inks.opacity);
    renderer.render(&painter);
    painter.end();
    QPixmapCache::insert(key, pixmap);
    return pixmap;
}

Inks inksFor(Icon icon, std::optional<Tone> whole, const QPalette &palette, QIcon::Mode mode)
{
    const auto plain = [&](const QColor &color) { return Inks{.ink = color, .accent = color}; };
    switch (mode) {
    case QIcon::Disabled: {
        Inks inks = plain(palette.color(QPalette::Disabled, QPalette::WindowText));
        // The program's own picture has its own colours.
        inks.opacity = icon == Icon::Pivotbench ? 0.4 : 1;
        return inks;
    }
    case QIcon::Selected: return plain(palette.color(QPalette::Active, QPalette::HighlightedText));
    case QIcon::Normal:
    case QIcon::Active: break;
    }
    if (whole) {
        return plain(tone(*whole, palette));
    }
    return {.ink = palette.color(QPalette::Active, QPalette::WindowText),
            .accent = tone(drawingOf(icon).accent, palette)};
}

void paint(QPainter &painter, const QRectF &rect, Icon icon, const Inks &inks)
{
    const QPaintEngine *engine = painter.paintEngine();
    const QTransform &transform = painter.worldTransform();
    if (engine && engine->type() == QPaintEngine::Raster && transform.type() <= QTransform::TxScale) {
        // Pixels for pixels: a pixmap that fits exactly, laid on whole device pixels.
        const qreal ratio = painter.device()->devicePixelRatioF();
        const QSizeF size(rect.width() * std::abs(transform.m11()) * ratio,
                          rect.height() * std::abs(transform.m22()) * ratio);
        const QPixmap pixmap = rendered(icon, size.toSize(), inks, ratio);
        const QTransform back = transform.inverted();
        const QPointF corner = transform.map(rect.topLeft()) * ratio;
        const QPointF snapped = back.map(QPointF(std::round(corner.x()), std::round(corner.y())) / ratio);
        painter.drawPixmap(QRectF(snapped, rect.size()), pixmap, QRectF(pixmap.rect()));
        return;
    }
    QSvgRenderer renderer(coloured(icon, inks, std::min(rect.width(), rect.height())));
    renderer.setAspectRatioMode(Qt::KeepAspectRatio);
    painter.save();
    painter.setOpacity(painter.opacity() * inks.opacity);
    renderer.render(&painter, rect);
    painter.restore();
}

// Owned by the QIcon it is in.
class Engine : public QIconEngine {
public:
    Engine(Icon icon, std::optional<Tone> whole)
        : m_icon(icon)
        , m_whole(whole)
    {
    }

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State /*state*/) override
    {
        app::paint(*painter, rect, m_icon, inks(mode));
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State /*state*/) override
    {
        return rendered(m_icon, size, inks(mode), 1);
    }

    QPixmap scaledPixmap(const QSize &size, QIcon::Mode mode, QIcon::State /*state*/, qreal scale) override
    {
        // QIcon::pixmap() passed device pixels until Qt 6.8 and passes independent ones since; what counts is the
        // library that is there at run time.
        static const bool independent = QLibraryInfo::version() >= QVersionNumber(6, 8);
        return rendered(m_icon, independent ? (QSizeF(size) * scale).toSize() : size, inks(mode), scale);
    }

    QSize actualSize(const QSize &size, QIcon::Mode /*mode*/, QIcon::State /*state*/) override { return size; }
    QString key() const override { return QStringLiteral("pivotbench"); }
    QString iconName() override { return app::iconName(m_icon); }
    bool isNull() override { return false; }
    QIconEngine *clone() const override { return new Engine(*this); }

private:
    // An engine is not told whose icon it is; the application's palette is every widget's here.
    Inks inks(QIcon::Mode mode) const { return inksFor(m_icon, m_whole, QGuiApplication::palette(), mode); }

    Icon m_icon;
    std::optional<Tone> m_whole;
};

} // namespace

std::span<const Icon> allIcons()
{
    static constexpr auto icons = [] {
        std::array<Icon, drawings.size()> all{};
        for (std::size_t index = 0; index < all.size(); ++index) {
            all[index] = drawings[index].icon;
        }
        return all;
    }();
    return icons;
}

QString iconName(Icon icon) { return QLatin1String(drawingOf(icon).name); }

Icon verdictIcon(Tone tone)
{
    return tone == Tone::Error     ? Icon::Error
           : tone == Tone::Warning ? Icon::Warning
           : tone == Tone::Good    ? Icon::Good
                                   : Icon::Note;
}

QIcon icon(Icon icon) { return QIcon(new Engine(icon, std::nullopt)); }

QIcon icon(Icon icon, Tone tone) { return QIcon(new Engine(icon, tone)); }

void paintIcon(QPainter &painter, const QRectF &rect, Icon icon, const QPalette &palette, QIcon::Mode mode)
{
    paint(painter, rect, icon, inksFor(icon, std::nullopt, palette, mode));
}

void paintIcon(QPainter &painter, const QRectF &rect, Icon icon, const QColor &ink)
{
    paint(painter, rect, icon, {.ink = ink, .accent = ink});
}

} // namespace pivotbench::app
