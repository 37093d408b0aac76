// SPDX-License-Identifier: Apache-2.0
#include "app/compose/layer_stack.h"

#include "app/base/text.h"
#include "app/document/error_message.h"
#include "app/widgets/card.h"
#include "app/widgets/metrics.h"
#include "app/widgets/palette.h"

#include <QAction>
#include <QDrag>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QMimeData>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cerrno>
#include <utility>

namespace pivotbench::app {

using namespace core;

namespace {

constexpr const char *layerMime = "application/x-pivotbench-layer";

QString writableTitle(Writable writable)
{
    switch (writable) {
    case Writable::Discard: return LayerStack::tr("Changes are discarded");
    case Writable::Keep: return LayerStack::tr("Changes are kept");
    case Writable::None: return LayerStack::tr("Read-only");
    case Writable::Direct: return LayerStack::tr("Written directly");
    }
    return {};
}

QString writableSubtitle(const SandboxSpec &spec)
{
    switch (spec.root.writable) {
    case Writable::Discard: return LayerStack::tr("in memory; gone when the sandbox ends");
    case Writable::Keep:
        return LayerStack::tr("in the layer “%1”")
            .arg(shown(spec.root.keepName.empty() ? spec.name : spec.root.keepName));
    case Writable::None: return LayerStack::tr("the sandbox cannot write to its root");
    case Writable::Direct: return LayerStack::tr("the sandbox changes the layer below itself");
    }
    return {};
}

QStringList foldersOf(const QMimeData *data)
{
    QStringList folders;
    for (const QUrl &url : data->urls())
        if (url.isLocalFile() && QFileInfo(url.toLocalFile()).isDir())
            folders << QDir::cleanPath(url.toLocalFile());
    return folders;
}

QStringList archivesOf(const QMimeData *data)
{
    QStringList archives;
    for (const QUrl &url : data->urls())
        if (url.isLocalFile() && hasArchiveName(QFile::encodeName(url.toLocalFile()).toStdString()) &&
            QFileInfo(url.toLocalFile()).isFile())
            archives << url.toLocalFile();
    return archives;
}

QString archiveFilter()
{
    QStringList patterns;
    for (const std::string_view suffix : archiveSuffixes())
        patterns << "*" + exact(suffix);
    return LayerStack::tr("Archives (%1)").arg(patterns.join(' ')) + ";;" + LayerStack::tr("All files (*)");
}

/// A line between two cards where a drop would go.
class DropLine : public QWidget {
public:
    using QWidget::QWidget;

protected:
    void paintEvent(QPaintEvent * /*event*/) override
    {
        QPainter painter(this);
        painter.fillRect(rect(), tone(Tone::Accent, palette()));
    }
};

} // namespace

LayerStack::LayerStack(SandboxDocument &document, TaskList &tasks, QWidget *parent)
    : QScrollArea(parent)
    , m_document(document)
    , m_tasks(tasks)
    , m_column(new QWidget)
    , m_layout(new QVBoxLayout(m_column))
    , m_dropLine(new DropLine(m_column))
    , m_addFolder(new QAction(icon(Icon::Folder), tr("Add a folder as a layer…"), this))
    , m_addArchive(new QAction(icon(Icon::Archive), tr("Add an archive as a layer…"), this))
    , m_addBusybox(new QAction(icon(Icon::Layer), tr("Add the BusyBox root"), this))
    , m_addSystem(new QAction(icon(Icon::Host), tr("Add this system"), this))
{
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAcceptDrops(true);
    setAccessibleName(tr("Layers"));
    m_layout->setContentsMargins(space(Space::Medium, this), space(Space::Medium, this), space(Space::Medium, this),
                                 space(Space::Medium, this));
    m_layout->setSpacing(space(Space::Small, this));
    m_dropLine->hide();
    setWidget(m_column);

    connect(m_addFolder, &QAction::triggered, this, [this] {
        auto *dialog = new QFileDialog(this, tr("Add a folder as a layer"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::Directory);
        connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &path) { addFolders({path}); });
        dialog->open();
    });
    connect(m_addArchive, &QAction::triggered, this, [this] {
        auto *dialog = new QFileDialog(this, tr("Add an archive as a layer"), {}, archiveFilter());
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::ExistingFiles);
        connect(dialog, &QFileDialog::filesSelected, this, [this](const QStringList &paths) { addArchives(paths); });
        dialog->open();
    });
    const auto addBuiltin = [this](const char *name, const QString &text) {
        m_document.edit(text, [name](SandboxSpec &spec) {
            spec.root.layers.insert(spec.root.layers.begin(), Layer{.path = {}, .builtin = name});
        });
    };
    connect(m_addBusybox, &QAction::triggered, this, [=] { addBuiltin("busybox", tr("Add the BusyBox root")); });
    connect(m_addSystem, &QAction::triggered, this, [=] { addBuiltin("system", tr("Add this system")); });
    connect(&document, &SandboxDocument::specChanged, this, &LayerStack::rebuild);
    rebuild();
}

void LayerStack::addFolders(const QStringList &paths, int position)
{
    if (paths.isEmpty())
        return;
    const QString text = paths.size() == 1 ? tr("Add the layer %1").arg(QFileInfo(paths.front()).fileName())
                                           : tr("Add %n layers", nullptr, static_cast<int>(paths.size()));
    m_document.edit(text, [&](SandboxSpec &spec) {
        std::vector<Layer> &layers = spec.root.layers;
        auto at = layers.begin() + std::clamp<std::ptrdiff_t>(position, 0, std::ssize(layers));
        for (const QString &path : paths)
            at = layers.insert(at, Layer{.path = QFile::encodeName(path).toStdString(), .builtin = {}}) + 1;
    });
}

void LayerStack::addArchives(const QStringList &paths, int position)
{
    for (const QString &path : paths)
        importArchive(path, position);
}

void LayerStack::importArchive(const QString &path, int position)
{
    const QString name = shown(QFile::encodeName(QFileInfo(path).fileName()).toStdString());
    m_tasks.start(
        tr("Unpack %1").arg(name),
        [archive = QFile::encodeName(path).toStdString(),
         directory = importedLayersDirectory()](const TaskProgress &progress) {
            return core::importArchive(archive, directory, {}, progress.stopToken(),
                                       [&](std::uint64_t done, std::uint64_t total) { progress.report(done, total); });
        },
        this,
        [this, name, position](const Result<ImportedArchive> &imported) {
            if (!imported) {
                if (!wasCancelled(imported.error()))
                    emit told(messageOf(imported.error()));
                return;
            }
            m_document.edit(tr("Add the layer %1").arg(name), [&](SandboxSpec &spec) {
                std::vector<Layer> &layers = spec.root.layers;
                layers.insert(layers.begin() + std::clamp<std::ptrdiff_t>(position, 0, std::ssize(layers)),
                              Layer{.path = imported->path, .builtin = {}});
            });
            tellLeftOut(name, *imported);
        },
        TaskUnit::Bytes);
}

void LayerStack::tellLeftOut(const QString &archive, const ImportedArchive &imported)
{
    const UnpackSummary &summary = imported.summary;
    if (summary.isImage) {
        emit told({.tone = Tone::Warning,
                   .what = tr("%1 holds a whole image, not one of its layers.").arg(archive),
                   .where = shown(imported.path),
                   .why = tr("An image's layers are archives themselves, in its folder blobs."),
                   .now = tr("Remove this layer, and add those archives, the last one on top.")});
        return;
    }
    QStringList without;
    const auto add = [&](std::uint64_t count, const QString &what) {
        if (count > 0)
            without << tr("%1 (%2)", "what, and how many").arg(what, QLocale().toString(qulonglong{count}));
    };
    add(summary.special, tr("devices, pipes and sockets"));
    add(summary.setIdBits, tr("set-user-ID and set-group-ID bits"));
    add(summary.attributes, tr("extended attributes"));
    add(summary.deletions, tr("deletions that this filesystem does not take, or that have no effect"));
    if (without.isEmpty())
        return;
    emit told({.tone = Tone::Note,
               .what = tr("%1 was unpacked without some of what it holds.").arg(archive),
               .where = shown(imported.path),
               .why = tr("Left out: %1.").arg(without.join(QStringLiteral(", ")))});
}

void LayerStack::rebuild()
{
    const SandboxSpec &spec = m_document.spec();
    if (m_layout->count() > 0 && spec.root == m_shown)
        return;
    int focused = -1;
    for (int i = 0; i < m_cards.size(); ++i)
        if (m_cards[i]->hasFocus())
            focused = i;
    m_shown = spec.root;
    m_cards.clear();
    while (QLayoutItem *item = m_layout->takeAt(0)) {
        if (QWidget *widget = item->widget()) {
            widget->hide();
            widget->deleteLater();
        }
        delete item;
    }
    m_layout->addWidget(writableCard());
    for (int i = 0; i < static_cast<int>(spec.root.layers.size()); ++i) {
        m_cards.push_back(layerCard(i));
        m_layout->addWidget(m_cards.back());
    }
    auto *button = new QToolButton;
    button->setText(tr("Add a layer"));
    button->setIcon(icon(Icon::Add));
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setPopupMode(QToolButton::InstantPopup);
    auto *menu = new QMenu(button);
    menu->addActions({m_addFolder, m_addArchive, m_addBusybox, m_addSystem});
    button->setMenu(menu);
    m_layout->addWidget(button);
    auto *hint = new QLabel(tr("Drop folders or archives here. A layer hides what lies below it."));
    hint->setWordWrap(true);
    hint->setEnabled(false);
    m_layout->addWidget(hint);
    m_layout->addStretch();
    if (focused >= 0 && !m_cards.isEmpty())
        m_cards[std::min<int>(focused, static_cast<int>(m_cards.size()) - 1)]->setFocus();
}

Card *LayerStack::writableCard()
{
    const SandboxSpec &spec = m_document.spec();
    auto *card = new Card(writableTitle(spec.root.writable), writableSubtitle(spec));
    const bool writable = spec.root.writable != Writable::None;
    card->setIcon(icon(writable ? Icon::LayerWritable : Icon::ReadOnly));
    card->setStripe(writable ? Tone::Writable : Tone::ReadOnly);
    card->addBadge(writable ? tr("rw") : tr("ro"), writable ? Tone::Writable : Tone::ReadOnly);
    auto *menu = new QMenu(card);
    const auto choose = [&](Writable to, const QString &text) {
        QAction *action = menu->addAction(text, this, [this, to, text] {
            m_document.edit(text, [to](SandboxSpec &changed) { changed.root.writable = to; });
        });
        action->setCheckable(true);
        action->setChecked(m_document.spec().root.writable == to);
    };
    choose(Writable::Discard, tr("Discard changes when it ends"));
    choose(Writable::Keep, tr("Keep changes in a layer"));
    choose(Writable::None, tr("Make the root read-only"));
    if (spec.root.layers.size() == 1)
        choose(Writable::Direct, tr("Write into the layer itself"));
    connect(card, &Card::activated, menu, [card, menu] { menu->popup(card->mapToGlobal(QPoint(0, card->height()))); });
    return card;
}

Card *LayerStack::layerCard(int index)
{
    auto *card = new Card;
    card->setStripe(layerTone(index));
    card->setActivation(Card::Activation::DoubleClick);
    card->setDraggable(true);
    card->installEventFilter(this);
    card->setContextMenuPolicy(Qt::ActionsContextMenu);
    auto *up = new QAction(icon(Icon::ChevronUp), tr("Move up"), card);
    auto *down = new QAction(icon(Icon::ChevronDown), tr("Move down"), card);
    auto *away = new QAction(icon(Icon::Remove), tr("Remove the layer"), card);
    up->setEnabled(index > 0);
    down->setEnabled(index + 1 < static_cast<int>(m_document.spec().root.layers.size()));
    connect(up, &QAction::triggered, this, [this, index] { move(index, index - 1); });
    connect(down, &QAction::triggered, this, [this, index] { move(index, index + 1); });
    connect(away, &QAction::triggered, this, [this, index] { remove(index); });
    card->addActions({up, down, away});
    card->addCardAction(away);
    connect(card, &Card::dragStarted, this, [this, index] { startDrag(index); });
    describe(card, index);
    return card;
}

void LayerStack::describe(Card *card, int index) const
{
    const Layer &layer = m_document.spec().root.layers[static_cast<std::size_t>(index)];
    if (layer.builtin == "busybox") {
        card->setTitle(tr("BusyBox root"));
        card->setIcon(icon(Icon::Layer));
    } else if (layer.builtin == "system") {
        card->setTitle(tr("This system"));
        card->setIcon(icon(Icon::Host));
    } else {
        card->setTitle(QFileInfo(shown(layer.path)).fileName());
        card->setIcon(icon(Icon::Folder));
    }
    const auto &resolved =
        static_cast<std::size_t>(index) < m_resolved.size() ? m_resolved[static_cast<std::size_t>(index)] : layer;
    card->clearBadges();
    card->addBadge(QString::number(index + 1), layerTone(index));
    QStringList subtitle; // the path last: there is seldom room for all of it, and its end is the title
    if (const auto counted = m_counted.find(resolved.path + '\n' + std::to_string(index)); counted != m_counted.end()) {
        if (!counted->second.trouble.isEmpty())
            card->addBadge(counted->second.missing ? tr("missing") : tr("unreadable"), Tone::Error);
        if (const std::optional<LayerStatistics> &statistics = counted->second.statistics) {
            subtitle << tr("%Ln files", nullptr, static_cast<int>(statistics->files)) + QStringLiteral(", ") +
                            QLocale().formattedDataSize(static_cast<qint64>(statistics->bytes));
            if (statistics->hiddenBelow > 0)
                card->addBadge(tr("hides %Ln", nullptr, static_cast<int>(statistics->hiddenBelow)), Tone::Warning);
        }
        card->setToolTip(plainToolTip(counted->second.trouble));
    }
    if (layer.builtin.empty())
        subtitle << shown(layer.path);
    card->setSubtitle(subtitle.join(QStringLiteral(" · ")));
}

void LayerStack::setAnalysis(const Analysis &analysis)
{
    if (analysis.spec.root != m_document.spec().root || analysis.resolved.root.layers.size() != m_shown.layers.size())
        return;
    if (m_resolved == analysis.resolved.root.layers)
        return;
    m_resolved = analysis.resolved.root.layers;
    recount();
}

void LayerStack::recount()
{
    m_counted.clear();
    if (m_counting)
        m_counting->cancel();
    ++m_countings;
    countFrom(0);
}

/// One layer after the other, because they lie on the same disk. A count that is cancelled leaves its card without one.
void LayerStack::countFrom(int index)
{
    if (index >= m_cards.size() || index >= std::ssize(m_resolved))
        return;
    MergedTree tree;
    for (const Layer &layer : m_resolved)
        tree.layers.push_back({.path = layer.path});
    const std::string key = m_resolved[static_cast<std::size_t>(index)].path + '\n' + std::to_string(index);
    m_counting = m_tasks.start(
        tr("Count what the layer %1 holds").arg(m_cards[index]->title()),
        [tree, index](const TaskProgress &progress) {
            return countLayer(tree, static_cast<LayerIndex>(index), progress.stopToken(),
                              [&](const LayerStatistics &found) { progress.report(found.files + found.directories); });
        },
        this,
        [this, key, index, own = m_countings](const Result<LayerStatistics> &statistics) {
            if (own != m_countings)
                return;
            Counted &counted = m_counted[key];
            if (statistics)
                counted.statistics = *statistics;
            else if (!wasCancelled(statistics.error()))
                counted.trouble = shown(core::describe(statistics.error()));
            counted.missing = !statistics && statistics.error().errnum == ENOENT;
            if (index < m_cards.size())
                describe(m_cards[index], index);
            countFrom(index + 1);
        });
}

void LayerStack::move(int from, int to)
{
    if (from == to || to < 0 || to >= static_cast<int>(m_document.spec().root.layers.size()))
        return;
    m_document.edit(tr("Reorder the layers"), [from, to](SandboxSpec &spec) {
        std::vector<Layer> &layers = spec.root.layers;
        Layer moved = std::move(layers[static_cast<std::size_t>(from)]);
        layers.erase(layers.begin() + from);
        layers.insert(layers.begin() + to, std::move(moved));
    });
    if (to < m_cards.size())
        m_cards[to]->setFocus();
}

void LayerStack::remove(int index)
{
    m_document.edit(tr("Remove the layer"),
                    [index](SandboxSpec &spec) { spec.root.layers.erase(spec.root.layers.begin() + index); });
}

void LayerStack::startDrag(int index)
{
    auto *carried = new QMimeData;
    carried->setData(layerMime, QByteArray::number(index));
    auto *drag = new QDrag(this);
    drag->setMimeData(carried);
    drag->setPixmap(m_cards[index]->grab());
    drag->exec(Qt::MoveAction); // Qt's own way of dragging: it has no other
}

bool LayerStack::eventFilter(QObject *watched, QEvent *event)
{
    const auto card = std::ranges::find_if(m_cards, [&](const QObject *one) { return one == watched; });
    const std::ptrdiff_t index = card == m_cards.end() ? -1 : card - m_cards.begin();
    if (event->type() == QEvent::KeyPress && index >= 0) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const int from = static_cast<int>(index);
        if (key->modifiers() == Qt::AltModifier && (key->key() == Qt::Key_Up || key->key() == Qt::Key_Down)) {
            move(from, key->key() == Qt::Key_Up ? from - 1 : from + 1);
            return true;
        }
        if (key->key() == Qt::Key_Delete) {
            remove(from);
            return true;
        }
    }
    return QScrollArea::eventFilter(watched, event);
}

/// Not that of another window, where the number means another layer.
bool LayerStack::carriesOwnLayer(const QDropEvent &event) const
{
    return event.source() == this && event.mimeData()->hasFormat(layerMime);
}

void LayerStack::dragEnterEvent(QDragEnterEvent *event)
{
    const QMimeData *dragged = event->mimeData();
    if (carriesOwnLayer(*event) || !foldersOf(dragged).isEmpty() || !archivesOf(dragged).isEmpty())
        event->acceptProposedAction();
}

void LayerStack::dragMoveEvent(QDragMoveEvent *event)
{
    showDropLine(positionAt(event->position().toPoint()));
    event->acceptProposedAction();
}

void LayerStack::dragLeaveEvent(QDragLeaveEvent * /*event*/) { m_dropLine->hide(); }

void LayerStack::dropEvent(QDropEvent *event)
{
    m_dropLine->hide();
    const int position = positionAt(event->position().toPoint());
    if (carriesOwnLayer(*event)) {
        const int from = event->mimeData()->data(layerMime).toInt();
        if (from >= 0 && from < m_cards.size())
            move(from, position > from ? position - 1 : position);
    } else {
        addFolders(foldersOf(event->mimeData()), position);
        addArchives(archivesOf(event->mimeData()), position);
    }
    event->acceptProposedAction();
}

/// Before which layer a drop goes.
int LayerStack::positionAt(QPoint point) const
{
    const int y = m_column->mapFrom(this, point).y();
    int position = 0;
    for (const Card *card : m_cards)
        position += y > card->geometry().center().y() ? 1 : 0;
    return position;
}

void LayerStack::showDropLine(int position)
{
    if (m_cards.isEmpty())
        return;
    const int gap = m_layout->spacing();
    const int y = position < m_cards.size() ? m_cards[position]->y() - (gap + 2) / 2
                                            : m_cards.back()->geometry().bottom() + (gap + 2) / 2;
    m_dropLine->setGeometry(m_cards.front()->x(), y, m_cards.front()->width(), 2);
    m_dropLine->raise();
    m_dropLine->show();
}

} // namespace pivotbench::app
