// SPDX-License-Identifier: Apache-2.0
#include "app/run/sandbox_view.h"

#include "app/base/text.h"
#include "app/changes/changes_view.h"
#include "app/document/error_message.h"
#include "app/run/process_panel.h"
#include "app/terminal/pty_channel.h"
#include "app/terminal/terminal_view.h"
#include "app/widgets/badge.h"
#include "app/widgets/banner.h"
#include "app/widgets/elided_label.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

namespace pivotbench::app {

using namespace core;

namespace {

constexpr wire::WindowSize usualWindow{.rows = 24, .columns = 80};
constexpr int patienceMs = 5000; ///< with a launch, before it is said that it takes long

} // namespace

SandboxView::SandboxView(SandboxSession *session, TaskList &tasks, QWidget *parent)
    : QWidget(parent)
    , m_session(session)
    , m_title(new QLabel)
    , m_badge(new Badge)
    , m_details(new ElidedLabel)
    , m_banner(new Banner)
    , m_terminals(new QTabWidget)
    , m_noTerminal(new QLabel)
    , m_changes(new ChangesView(*session, tasks))
    , m_left(new QStackedWidget)
    , m_processes(new ProcessPanel)
    , m_stop(new QAction(icon(Icon::Stop), tr("Stop"), this))
    , m_terminal(new QAction(icon(Icon::Terminal), tr("New terminal"), this))
    , m_showChanges(new QAction(icon(Icon::Changed), tr("&Changes"), this))
{
    session->setParent(this);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto *header = new QHBoxLayout;
    header->setContentsMargins(space(Space::Large, this), space(Space::Small, this), space(Space::Medium, this),
                               space(Space::Small, this));
    header->setSpacing(space(Space::Small, this));
    QFont large = m_title->font();
    large.setPointSizeF(large.pointSizeF() * 1.2);
    large.setBold(true);
    m_title->setFont(large);
    m_title->setTextFormat(Qt::PlainText);
    m_details->setTone(Tone::Muted);
    header->addWidget(m_title);
    header->addWidget(m_badge);
    header->addWidget(m_details, 1);
    m_showChanges->setCheckable(true);
    m_showChanges->setToolTip(tr("What it has changed in its root"));
    for (QAction *action : {m_showChanges, m_terminal, m_stop}) {
        auto *button = new QToolButton;
        button->setDefaultAction(action);
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setAccessibleName(actionWords(action->text()));
        header->addWidget(button);
    }
    column->addLayout(header);
    column->addWidget(m_banner);
    m_banner->setClosable(true);

    m_terminals->setDocumentMode(true);
    m_terminals->setTabsClosable(true);
    m_terminals->setMovable(true);
    m_noTerminal->setAlignment(Qt::AlignCenter);
    m_noTerminal->setWordWrap(true);
    auto *left = new QWidget;
    auto *stack = new QVBoxLayout(left);
    stack->setContentsMargins(0, 0, 0, 0);
    stack->addWidget(m_terminals);
    stack->addWidget(m_noTerminal);
    m_terminals->hide();
    m_left->addWidget(left);
    m_left->addWidget(m_changes);
    auto *splitter = new QSplitter;
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_left);
    splitter->addWidget(m_processes);
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 0);
    const int em = fontMetrics().horizontalAdvance('m');
    splitter->setSizes({70 * em, 30 * em});
    column->addWidget(splitter, 1);

    if (session->spec())
        m_processes->setLimits(session->spec()->resources);
    connect(m_stop, &QAction::triggered, this, &SandboxView::stop);
    connect(m_terminal, &QAction::triggered, this, &SandboxView::openTerminal);
    connect(m_showChanges, &QAction::toggled, this, &SandboxView::showChanges);
    connect(m_changes, &ChangesView::countChanged, this, [this](int count) {
        m_showChanges->setText(count == 0 ? tr("&Changes") : tr("&Changes (%1)").arg(QLocale().toString(count)));
    });
    connect(m_terminals, &QTabWidget::tabCloseRequested, this, [this](int index) {
        delete m_terminals->widget(index); // hangs up on what still runs in it
        showState();
    });
    connect(m_processes, &ProcessPanel::problem, this,
            [this](const Error &error) { m_banner->show(messageOf(error, Tone::Warning)); });
    connect(session, &SandboxSession::terminalOpened, this,
            [this](UniqueFd &master, const QString &title, bool) { addTerminal(master, title); });
    connect(session, &SandboxSession::problem, this,
            [this](const Error &error) { m_banner->show(messageOf(error, Tone::Warning)); });
    connect(session, &SandboxSession::stateChanged, this, [this] {
        if (const std::optional<Error> &error = m_session->error())
            m_banner->show(messageOf(*error));
        showState();
        emit stateChanged();
    });
    showState();
    QTimer::singleShot(patienceMs, this, [this] {
        if (m_session->state() == SandboxSession::State::Starting)
            m_noTerminal->setText(tr("Being built, and the helper has not answered yet. “Stop” gives up."));
    });
}

QString SandboxView::title() const
{
    if (m_session->spec() && !m_session->spec()->name.empty())
        return shown(m_session->spec()->name);
    return shown(m_session->name());
}

void SandboxView::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_seen = true;
}

void SandboxView::stop() { m_session->stop(false); }

void SandboxView::openTerminal() { m_session->openTerminal({"/bin/sh"}, usualWindow); }

void SandboxView::setJoined(const std::vector<int> &joined) { m_processes->setJoined(joined); }

void SandboxView::showChanges(bool on)
{
    m_showChanges->setChecked(on);
    m_left->setCurrentIndex(on ? 1 : 0);
    if (!on)
        focusTerminal();
}

void SandboxView::focusTerminal()
{
    if (m_left->currentIndex() != 0)
        return;
    if (QWidget *terminal = m_terminals->currentWidget())
        terminal->setFocus(Qt::OtherFocusReason);
}

void SandboxView::addTerminal(UniqueFd &master, const QString &title)
{
    auto *view = new terminal::TerminalView;
    view->setAccessibleName(tr("%1 in %2").arg(title, this->title()));
    view->attach(std::make_unique<terminal::PtyChannel>(std::move(master)));
    const int index = m_terminals->addTab(view, icon(Icon::Terminal), withoutMnemonic(title));
    m_terminals->setTabToolTip(index, plainToolTip(title));
    connect(view, &terminal::TerminalView::titleChanged, this, [this, view, title](const QString &said) {
        // A sandbox names its own window; what it is called by us stays in front.
        const int tab = m_terminals->indexOf(view);
        m_terminals->setTabText(tab,
                                withoutMnemonic(said.isEmpty() ? title : QString("%1: %2").arg(title, said.left(32))));
        m_terminals->setTabToolTip(tab, plainToolTip(said));
    });
    connect(view, &terminal::TerminalView::ended, this, [this, view] {
        const int tab = m_terminals->indexOf(view);
        m_terminals->setTabText(tab, tr("%1 (ended)").arg(m_terminals->tabText(tab)));
    });
    m_terminals->setCurrentIndex(index);
    showState();
    showChanges(false);
    if (isVisible())
        view->setFocus(Qt::OtherFocusReason);
}

void SandboxView::showState()
{
    const SandboxSession::State state = m_session->state();
    m_title->setText(title().isEmpty() ? tr("Sandbox") : title());
    m_details->setText(state == SandboxSession::State::Running ? m_session->userNamespace() : QString());
    const bool running = state == SandboxSession::State::Running;
    m_stop->setEnabled(running || m_session->isBuilding());
    m_terminal->setEnabled(running);
    m_processes->setProcess(running ? m_session->pid() : 0);
    switch (state) {
    case SandboxSession::State::Starting:
        m_badge->setText(tr("starting"));
        m_badge->setTone(Tone::Note);
        m_noTerminal->setText(tr("Being built…"));
        break;
    case SandboxSession::State::Waiting:
        m_badge->setText(tr("waiting at a step"));
        m_badge->setTone(Tone::Note);
        m_noTerminal->setText(tr("The kernel waits: the Stage shows where, and lets it go on."));
        break;
    case SandboxSession::State::Running:
        m_badge->setText(tr("running"));
        m_badge->setTone(Tone::Good);
        m_noTerminal->setText(tr("It runs without a terminal here. “New terminal” opens a shell in it."));
        break;
    case SandboxSession::State::Ended:
        m_badge->setText(m_session->ending());
        m_badge->setTone(m_session->exited() && m_session->exited()->status == 0 && m_session->exited()->signal == 0
                             ? Tone::Muted
                             : Tone::Warning);
        m_noTerminal->setText(tr("It has ended."));
        break;
    case SandboxSession::State::Failed:
        m_badge->setText(m_session->isLost() ? tr("lost") : tr("not launched"));
        m_badge->setTone(Tone::Error);
        m_noTerminal->setText(
            m_session->isLost()
                ? tr("It ran, and the helper no longer tells of it. If the helper has ended, so has the sandbox.")
                : tr("It was not launched. What had been built of it ends with its builder."));
        break;
    }
    m_terminals->setVisible(m_terminals->count() > 0);
    m_noTerminal->setVisible(m_terminals->count() == 0);
}

} // namespace pivotbench::app
