// SPDX-License-Identifier: Apache-2.0
#include "app/tree/merged_tree_view.h"

#include "app/tree/merged_tree_model.h"
#include "app/tree/tree_list.h"
#include "app/widgets/empty_state.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "app/widgets/search_field.h"

#include <QAction>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QStackedWidget>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

namespace pivotbench::app {
namespace {

constexpr int busyDelay = 1000; ///< ms; what takes longer says so and can be cancelled
constexpr int filterDelay = 80; ///< ms between the last key and the filter

using Row = TreeEntry::Row;

} // namespace

MergedTreeView::MergedTreeView(TreeReader reader, QWidget *parent)
    : QWidget(parent)
    , m_model(new MergedTreeModel(std::move(reader), this))
    , m_list(new TreeList(*m_model, this))
    , m_filter(new SearchField(tr("Filter names"), this))
    , m_hidden(new QToolButton(this))
    , m_busyText(new QLabel(tr("Reading…"), this))
    , m_cancel(new QToolButton(this))
    , m_busyTimer(new QTimer(this))
    , m_bar(new QWidget(this))
    , m_stack(new QStackedWidget(this))
    , m_empty(new EmptyState(Icon::Layers, tr("Nothing to see yet"),
                             tr("The root of a sandbox is a stack of folders. Add one as a layer to see it here."),
                             this))
{
    m_hidden->setCheckable(true);
    m_hidden->setIcon(icon(Icon::Hidden));
    m_hidden->setText(tr("Hidden entries"));
    m_hidden->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_hidden->setAutoRaise(true);
    m_hidden->setToolTip(tr("Also list what lower layers have and upper ones hide"));
    m_hidden->setAccessibleName(tr("Show hidden entries"));
    m_cancel->setText(tr("Cancel"));
    m_cancel->setAutoRaise(true);
    m_cancel->setAccessibleName(tr("Cancel reading"));
    m_busyText->hide();
    m_cancel->hide();
    m_busyTimer->setSingleShot(true);
    m_busyTimer->setInterval(busyDelay);

    auto *bar = new QHBoxLayout(m_bar);
    bar->addWidget(m_filter, 1);
    bar->addWidget(m_busyText);
    bar->addWidget(m_cancel);
    bar->addWidget(m_hidden);
    m_stack->addWidget(m_list);
    m_stack->addWidget(m_empty);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_bar);
    layout->addWidget(m_stack, 1);
    setFocusProxy(m_list);
    measure();
    showState();

    auto *typing = new QTimer(this);
    typing->setSingleShot(true);
    typing->setInterval(filterDelay);
    connect(m_filter, &QLineEdit::textChanged, typing, qOverload<>(&QTimer::start));
    connect(typing, &QTimer::timeout, this, [this] { m_model->setFilter(m_filter->text()); });
    connect(m_filter, &SearchField::leftForResults, m_list, [this] { m_list->setFocus(Qt::TabFocusReason); });
    connect(m_hidden, &QToolButton::toggled, m_model, &MergedTreeModel::setShowHidden);
    connect(m_cancel, &QToolButton::clicked, m_model, [this] { m_model->cancel(); });
    connect(m_model, &MergedTreeModel::busyChanged, this, [this](bool busy) {
        if (busy) {
            m_busyTimer->start();
            return;
        }
        m_busyTimer->stop();
        m_busyText->hide();
        m_cancel->hide();
    });
    connect(m_busyTimer, &QTimer::timeout, this, [this] {
        m_busyText->show();
        m_cancel->show();
    });
    connect(m_model, &MergedTreeModel::rebuilt, this, &MergedTreeView::tellSelected);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &MergedTreeView::tellSelected);
    connect(m_list, &QTreeView::activated, this,
            [this](const QModelIndex &index) { emit activated(m_model->entry(index)); });
    connect(m_list, &TreeList::dropRequested, this, &MergedTreeView::dropRequested);
    connect(m_list, &TreeList::menuRequested, this, &MergedTreeView::showMenu);
    connect(m_list, &TreeList::retryRequested, this, &MergedTreeView::reload);
}

void MergedTreeView::measure()
{
    const int small = space(Space::Small, this);
    m_bar->layout()->setContentsMargins(small, small, small, small);
    m_bar->layout()->setSpacing(small);
}

void MergedTreeView::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange)
        measure();
    QWidget::changeEvent(event);
}

void MergedTreeView::showState()
{
    const bool empty = m_model->source().tree.layers.empty();
    m_stack->setCurrentWidget(empty ? static_cast<QWidget *>(m_empty) : m_list);
    m_bar->setVisible(!empty);
}

void MergedTreeView::setSource(const TreeSource &source)
{
    if (m_hasSource && source == m_model->source())
        return;
    m_hasSource = true;
    m_model->setSource(source);
    showState();
}

void MergedTreeView::reload() { m_model->reload(); }

TreeEntry MergedTreeView::selectedEntry() const { return m_model->entry(m_list->currentIndex()); }

void MergedTreeView::select(const QString &pathInSandbox)
{
    m_list->reveal({.path = pathInSandbox.toStdString(), .hidden = false});
}

void MergedTreeView::setShowHidden(bool show) { m_hidden->setChecked(show); }

void MergedTreeView::setFilter(const QString &text)
{
    m_filter->setText(text);
    m_model->setFilter(text);
}

void MergedTreeView::addEmptyAction(QAction *action) { m_empty->addStateAction(action); }

void MergedTreeView::tellSelected() { emit selected(selectedEntry()); }

QList<QAction *> MergedTreeView::actionsFor(const TreeEntry &entry, QObject *parent)
{
    QList<QAction *> out;
    const auto add = [&](const QString &text, Icon picture, auto &&then) {
        auto *action = new QAction(icon(picture), text, parent);
        connect(action, &QAction::triggered, this, then);
        out.append(action);
    };
    if (entry.row == Row::Problem) {
        add(tr("Retry"), Icon::Refresh, [this] { reload(); });
        return out;
    }
    if (entry.row == Row::None || entry.row == Row::Remark)
        return out;
    const QString path = entry.path;
    const bool inTree = entry.row == Row::Entry || entry.row == Row::NewMountPoint;
    if (inTree && entry.pathIsExact && path != QLatin1String("/")) {
        add(tr("Bind a Folder or File Here…"), Icon::MountBind, [this, path] { emit addBindHere(path); });
        if (entry.isDirectory)
            add(tr("Mount a tmpfs Here"), Icon::MountTmpfs, [this, path] { emit addTmpfsHere(path); });
    } else if (inTree && entry.pathIsExact) {
        add(tr("Bind a Folder Below /…"), Icon::MountBind, [this, path] { emit addBindHere(path); });
    }
    if (entry.mount && !entry.mount->mount.automatic) {
        const auto index = static_cast<qsizetype>(entry.mount->mount.specIndex);
        add(tr("Remove This Mount"), Icon::Remove, [this, path, index] { emit removeMount(path, index); });
    }
    if (!entry.hostPath.isEmpty())
        add(tr("Show in the File Manager"), Icon::FolderOpen,
            [this, host = entry.hostPath] { emit revealInFileManager(host); });
    add(tr("Copy Path"), Icon::Copy, [this, path] { emit copyPath(path); });
    return out;
}

void MergedTreeView::showMenu(const QPoint &position, const QModelIndex &index)
{
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addActions(actionsFor(m_model->entry(index), menu));
    if (menu->isEmpty()) {
        delete menu;
        return;
    }
    menu->popup(position);
}

} // namespace pivotbench::app
