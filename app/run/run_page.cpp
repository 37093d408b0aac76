// SPDX-License-Identifier: Apache-2.0
#include "app/run/run_page.h"

#include "app/base/text.h"
#include "app/changes/changes_view.h"
#include "app/run/sandbox_view.h"
#include "app/sandboxes/sandbox_list.h"
#include "app/widgets/empty_state.h"
#include "app/widgets/metrics.h"

#include <QAction>
#include <QListWidget>
#include <QMenu>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <set>

namespace pivotbench::app {

using namespace core;

namespace {

constexpr wire::WindowSize usualWindow{.rows = 24, .columns = 80};
constexpr int viewRole = Qt::UserRole;

Icon iconOf(SandboxSession::State state)
{
    switch (state) {
    case SandboxSession::State::Starting: return Icon::Recent;
    case SandboxSession::State::Waiting: return Icon::Pause;
    case SandboxSession::State::Running: return Icon::Play;
    case SandboxSession::State::Ended: return Icon::Stop;
    case SandboxSession::State::Failed: return Icon::Fail;
    }
    return Icon::Sandbox;
}

QString wordOf(const SandboxSession &session)
{
    switch (session.state()) {
    case SandboxSession::State::Starting: return RunPage::tr("starting");
    case SandboxSession::State::Waiting: return RunPage::tr("waiting at a step");
    case SandboxSession::State::Running: return RunPage::tr("running");
    case SandboxSession::State::Ended: return session.ending();
    case SandboxSession::State::Failed: return session.isLost() ? RunPage::tr("lost") : RunPage::tr("not launched");
    }
    return {};
}

} // namespace

RunPage::RunPage(SandboxList &list, TaskList &tasks, QAction *run, QWidget *parent)
    : QWidget(parent)
    , m_all(list)
    , m_tasks(tasks)
    , m_list(new QListWidget)
    , m_stack(new QStackedWidget)
    , m_empty(new EmptyState(Icon::Run, tr("Nothing runs"),
                             tr("A sandbox that is launched here, in another window or by pivotctl shows up with its "
                                "terminals and processes.")))
{
    m_empty->addStateAction(run);
    m_stack->addWidget(m_empty);
    m_list->setAccessibleName(tr("Sandboxes"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setContextMenuPolicy(Qt::CustomContextMenu);
    auto *splitter = new QSplitter;
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_list);
    splitter->addWidget(m_stack);
    splitter->setStretchFactor(0, 0);
    splitter->setStretchFactor(1, 1);
    const int em = fontMetrics().horizontalAdvance('m');
    splitter->setSizes({18 * em, 80 * em});
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(splitter);
    connect(m_list, &QListWidget::currentItemChanged, this, [this](QListWidgetItem *item) {
        m_stack->setCurrentWidget(item ? static_cast<QWidget *>(viewOf(item)) : m_empty);
        emit currentChanged();
    });
    connect(m_list, &QListWidget::itemActivated, this,
            [this](QListWidgetItem *item) { viewOf(item)->focusTerminal(); });
    connect(m_list, &QListWidget::customContextMenuRequested, this, &RunPage::showMenu);
    connect(&m_all, &SandboxList::changed, this, &RunPage::refresh);
    refresh();
}

SandboxSession &RunPage::launch(const SandboxSpec &spec, std::optional<Observation> observation)
{
    auto *session = new SandboxSession(spec, usualWindow, std::move(observation));
    add(new SandboxView(session, m_tasks));
    m_list->setCurrentRow(m_list->count() - 1);
    m_all.refresh();
    return *session;
}

SandboxView *RunPage::current() const { return qobject_cast<SandboxView *>(m_stack->currentWidget()); }

void RunPage::showSandbox(const SandboxSession &session)
{
    for (int i = 0; i < m_list->count(); ++i)
        if (&viewOf(m_list->item(i))->session() == &session)
            m_list->setCurrentRow(i);
}

int RunPage::runningHere() const
{
    int running = 0;
    for (int i = 0; i < m_list->count(); ++i) {
        const SandboxSession &session = viewOf(m_list->item(i))->session();
        running += session.spec() && session.state() == SandboxSession::State::Running ? 1 : 0;
    }
    return running;
}

SandboxView *RunPage::viewOf(const QListWidgetItem *item) const
{
    return static_cast<SandboxView *>(item->data(viewRole).value<void *>());
}

void RunPage::add(SandboxView *view)
{
    m_stack->addWidget(view);
    auto *item = new QListWidgetItem(m_list);
    item->setData(viewRole, QVariant::fromValue(static_cast<void *>(view)));
    describe(item, *view);
    connect(view, &SandboxView::stateChanged, this, [this, item, view] {
        describe(item, *view);
        const SandboxSession::State state = view->session().state();
        if (view->session().spec() && state == SandboxSession::State::Ended)
            emit ended(view);
        // Others' come and go; one that somebody has looked at does not vanish under the eyes.
        const bool over = state == SandboxSession::State::Ended || state == SandboxSession::State::Failed;
        if (over && !view->session().spec() && !view->wasSeen())
            remove(view);
        emit currentChanged();
    });
    const ChangesView &changes = view->changes();
    connect(&changes, &ChangesView::kept, this, [this, view](const QString &name) {
        const std::optional<SandboxSpec> &spec = view->session().spec();
        emit changesKept(name, spec ? spec->name : std::string());
    });
    connect(&changes, &ChangesView::layerMade, this, &RunPage::layerMade);
    connect(&changes, &ChangesView::applied, this, &RunPage::changesApplied);
    if (m_list->count() == 1)
        m_list->setCurrentItem(item);
}

void RunPage::remove(SandboxView *view)
{
    view->disconnect(this);
    for (int i = m_list->count() - 1; i >= 0; --i)
        if (viewOf(m_list->item(i)) == view)
            delete m_list->takeItem(i);
    view->deleteLater();
}

void RunPage::describe(QListWidgetItem *item, const SandboxView &view) const
{
    const QString title = view.title().isEmpty() ? tr("Sandbox") : view.title();
    item->setText(title);
    item->setIcon(icon(iconOf(view.session().state())));
    item->setToolTip(plainToolTip(QString("%1 — %2").arg(title, wordOf(view.session()))));
    item->setData(Qt::AccessibleTextRole, QString("%1, %2").arg(title, wordOf(view.session())));
}

/// Brings in those that somebody else has launched.
void RunPage::refresh()
{
    std::set<std::string> known;
    bool starting = false;
    for (int i = 0; i < m_list->count(); ++i) {
        SandboxView *view = viewOf(m_list->item(i));
        const SandboxSession &session = view->session();
        known.insert(session.name());
        const auto info = std::ranges::find(m_all.sandboxes(), session.name(), &wire::SandboxInfo::sandbox);
        if (info != m_all.sandboxes().end())
            view->setJoined({info->joined.begin(), info->joined.end()});
        starting = starting || (session.isBuilding() && session.name().empty());
    }
    if (starting) // its name is not known yet, and it would be taken for somebody else's
        return;
    for (const wire::SandboxInfo &info : m_all.sandboxes())
        if (info.state == wire::SandboxState::Running && !known.contains(info.sandbox))
            add(new SandboxView(new SandboxSession(info), m_tasks));
}

void RunPage::showMenu(QPoint position)
{
    QListWidgetItem *item = m_list->itemAt(position);
    if (!item)
        return;
    SandboxView *view = viewOf(item);
    const bool running = view->session().state() == SandboxSession::State::Running;
    const bool building = view->session().isBuilding();
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(icon(Icon::Terminal), tr("New terminal"), view, &SandboxView::openTerminal)->setEnabled(running);
    menu->addAction(icon(Icon::Stop), tr("Stop"), view, &SandboxView::stop)->setEnabled(running || building);
    menu->addAction(icon(Icon::Signal), tr("Kill all of it"), view, [view] { view->session().stop(true); })
        ->setEnabled(running);
    menu->addSeparator();
    menu->addAction(icon(Icon::Close), tr("Remove from the list"), view, [this, view] { remove(view); })
        ->setEnabled(!running && !building);
    menu->popup(m_list->viewport()->mapToGlobal(position));
}

} // namespace pivotbench::app
