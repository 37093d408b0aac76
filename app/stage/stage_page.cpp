// SPDX-License-Identifier: Apache-2.0
#include "app/stage/stage_page.h"

#include "app/base/background.h"
#include "app/base/text.h"
#include "app/document/error_message.h"
#include "app/stage/compared_side.h"
#include "app/stage/duet_timeline.h"
#include "app/stage/frame_report.h"
#include "app/stage/live_launch.h"
#include "app/stage/path_panel.h"
#include "app/stage/peek_panel.h"
#include "app/stage/source_strip.h"
#include "app/stage/stage_comparison.h"
#include "app/stage/stage_inspector.h"
#include "app/stage/stage_presenter.h"
#include "app/stage/stage_view.h"
#include "app/stage/timeline.h"
#include "app/stage/what_if_palette.h"
#include "app/tasks/task_list.h"
#include "app/widgets/banner.h"
#include "app/widgets/empty_state.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "app/widgets/spoken.h"
#include "core/preset/presets.h"

#include <QAction>
#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMenu>
#include <QSplitter>
#include <QStackedWidget>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>
#include <array>

namespace pivotbench::app {

using namespace core;

namespace {

constexpr std::array speeds{0.25, 0.5, 1.0, 2.0, 4.0};
constexpr std::array speedWords{"¼×", "½×", "1×", "2×", "4×"};

} // namespace

StagePage::StagePage(TaskList &tasks, QAction *open, QAction *launch, QWidget *parent)
    : QWidget(parent)
    , m_tasks(tasks)
    , m_strip(new SourceStrip)
    , m_banner(new Banner)
    , m_stack(new QStackedWidget)
    , m_empty(new EmptyState(Icon::Stage, tr("Watch a sandbox come to be"), {}))
    , m_splitter(new QSplitter(Qt::Horizontal))
    , m_parts(new QSplitter(Qt::Vertical))
    , m_view(new StageView(m_player))
    , m_inspector(new StageInspector(m_player))
    , m_path(new PathPanel(m_player, *m_view))
    , m_whatIf(new WhatIfPalette(m_player, *m_view))
    , m_side(new QStackedWidget)
    , m_timeline(new Timeline(m_player))
    , m_speed(new QComboBox)
    , m_peekPanel(new PeekPanel)
{
    makeActions(launch);
    for (const Preset &preset : presets()) {
        auto *action = new QAction(icon(Icon::Preset), QString::fromStdString(preset.name), this);
        connect(action, &QAction::triggered, this,
                [this, id = QString::fromStdString(preset.id)] { emit presetRequested(id); });
        m_empty->addStateAction(action);
    }
    m_empty->addStateAction(open);
    m_banner->setClosable(true);
    for (QAction *action : {m_launch, m_runOn, m_peek, m_abort, m_showSandbox, m_saveRecording, m_whatIf->undoAction(),
                            m_whatIf->backAction(), m_suppose, m_walk, m_compare, m_export, m_close})
        m_strip->addStripAction(action);
    m_side->addWidget(m_inspector);
    m_side->addWidget(m_path);

    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(m_view);
    m_splitter->addWidget(m_side);
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setStretchFactor(1, 0);
    const int em = fontMetrics().horizontalAdvance('m');
    m_splitter->setSizes({72 * em, 28 * em});

    auto *stage = new QWidget;
    auto *column = new QVBoxLayout(stage);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_strip);
    column->addWidget(m_whatIf);
    m_parts->setChildrenCollapsible(false);
    m_parts->addWidget(m_splitter);
    m_parts->addWidget(m_peekPanel);
    m_parts->setStretchFactor(0, 1);
    m_parts->setStretchFactor(1, 0);
    column->addWidget(m_parts, 1);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(stage);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_banner);
    layout->addWidget(m_stack, 1);
    layout->addWidget(m_bar = transport());

    connect(m_timeline, &Timeline::runToRequested, this, [this](const QString &step) {
        m_runningOn = true;
        m_live->runTo(step, m_player.breakpoints());
    });
    connect(&m_player, &StagePlayer::moreWanted, this, [this] { m_live->step(); });
    connect(m_peekPanel, &PeekPanel::left, m_view, qOverload<>(&QWidget::setFocus));
    connect(m_inspector, &StageInspector::copied, this, &StagePage::copied);
    connect(m_whatIf, &WhatIfPalette::supposingChanged, this, &StagePage::refreshStrip);
    connect(m_path, &PathPanel::left, this, [this] {
        m_side->setCurrentWidget(m_inspector);
        m_view->setFocus();
    });
    connect(&m_player, &StagePlayer::frameChanged, this, &StagePage::tellFrame);
    for (const auto change : {&StagePlayer::frameChanged, &StagePlayer::playingChanged, &StagePlayer::stagedChanged,
                              &StagePlayer::breakpointsChanged})
        connect(&m_player, change, this, &StagePage::refreshActions);
    setSource({});
    refreshActions();
    refreshMotion();
}

/// The presenter holds the view, which needs the player.
StagePage::~StagePage()
{
    delete m_presenter;
    delete m_stack;
}

void StagePage::makeActions(QAction *launch)
{
    const auto make = [this](Icon picture, const QString &text, const QKeySequence &keys, const auto &run) {
        auto *action = new QAction(icon(picture), text, this);
        action->setShortcut(keys);
        action->setToolTip(keys.isEmpty() ? text
                                          : QString("%1 (%2)").arg(text, keys.toString(QKeySequence::NativeText)));
        connect(action, &QAction::triggered, this, run);
        addAction(action);
        return action;
    };
    m_back = make(Icon::StepBack, tr("Step back"), Qt::CTRL | Qt::Key_Left, [this] {
        if (isComparing())
            m_comparison->duet().back();
        else
            m_player.back();
    });
    m_play = make(Icon::Play, tr("Play"), {}, [this] {
        if (isComparing() && m_comparison->duet().isPlaying())
            m_comparison->duet().pause();
        else if (isComparing())
            m_comparison->duet().play();
        else if (m_player.isPlaying())
            m_player.pause();
        else
            m_player.play();
    });
    m_next = make(Icon::Step, tr("Step"), Qt::CTRL | Qt::Key_Right, [this] {
        if (isComparing())
            m_comparison->duet().next();
        else
            m_player.next();
    });
    m_breakpoint = make(Icon::Breakpoint, tr("Stop after this step"), Qt::Key_F9, [this] {
        if (isComparing())
            m_comparison->duet().toggleBreakpoint(m_comparison->duet().moment());
        else
            m_player.toggleBreakpoint(*m_player.step());
    });
    m_breakpoint->setCheckable(true);
    m_present = make(Icon::Present, tr("Present over the whole screen"), {}, [this] { present(); });
    m_launch = make(Icon::Peek, tr("Watch the kernel do it"), {}, [launch] { launch->trigger(); });
    m_launch->setToolTip(launch->toolTip());
    m_launch->setEnabled(launch->isEnabled());
    connect(launch, &QAction::enabledChanged, m_launch, &QAction::setEnabled);
    m_runOn = make(Icon::RunOn, tr("Run on"), Qt::Key_F8, [this] {
        m_runningOn = true;
        m_live->runOn(m_player.breakpoints());
    });
    m_runOn->setToolTip(tr("The kernel goes on to the next breakpoint, or until the program runs (F8)"));
    m_peek = make(Icon::Peek, tr("Look inside"), Qt::CTRL | Qt::Key_I, [this] { m_live->peek(); });
    m_peek->setToolTip(tr("A shell inside the half-built sandbox, where the process stands now (Ctrl+I)"));
    m_abort = make(Icon::Cancel, tr("Give up"), {}, [this] { m_live->abort(); });
    m_abort->setToolTip(tr("Takes down what has been built; nothing stays behind"));
    m_showSandbox =
        make(Icon::Terminal, tr("Show its terminal"), {}, [this] { emit sandboxRequested(m_live->session()); });
    m_saveRecording = make(Icon::Save, tr("Save the recording…"), {}, [this] { askWhereToSave(); });
    m_export = make(Icon::Export, tr("Export…"), Qt::CTRL | Qt::Key_E, [this] { emit exportRequested(); });
    m_export->setToolTip(tr("As a page that plays it, a film, or pictures (Ctrl+E)"));
    m_walk = make(Icon::PathWalk, tr("Walk a path"), Qt::CTRL | Qt::Key_L, [this] { walk(); });
    m_suppose = make(Icon::WhatIf, tr("What if…"), Qt::CTRL | Qt::Key_T, [this] { m_whatIf->open(); });
    m_close = make(Icon::Close, tr("Close the recording"), {}, [this] { closeRecording(); });
    m_compare = make(Icon::Compare, tr("Compare with…"), {}, [] {});
    auto *partners = new QMenu(this);
    connect(partners, &QMenu::aboutToShow, this, [this, partners] { fillCompareMenu(*partners); });
    m_compare->setMenu(partners);
    m_stopComparing = make(Icon::Close, tr("Stop comparing"), {}, [this] { stopComparing(); });
}

QWidget *StagePage::transport()
{
    auto *bar = new QWidget;
    auto *row = m_barRow = new QHBoxLayout(bar);
    row->setContentsMargins(space(Space::Medium, this), space(Space::Small, this), space(Space::Medium, this),
                            space(Space::Small, this));
    row->setSpacing(space(Space::Tiny, this));
    const auto add = [&](QAction *action, IconSize size) {
        auto *button = new QToolButton;
        button->setDefaultAction(action);
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::StrongFocus);
        const int extent = iconExtent(size, this);
        button->setIconSize({extent, extent});
        row->addWidget(button);
    };
    add(m_back, IconSize::Small);
    add(m_play, IconSize::Rail);
    add(m_next, IconSize::Small);
    add(m_breakpoint, IconSize::Small);
    row->addSpacing(space(Space::Small, this));
    row->addWidget(m_timeline, 1);
    row->addSpacing(space(Space::Small, this));
    for (const char *word : speedWords)
        m_speed->addItem(QString::fromUtf8(word));
    m_speed->setCurrentIndex(2);
    m_speed->setAccessibleName(tr("Speed"));
    m_speed->setToolTip(tr("Speed"));
    connect(m_speed, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_player.setSpeed(speeds.at(static_cast<std::size_t>(index)));
        if (m_comparison)
            m_comparison->duet().setSpeed(m_player.speed());
    });
    row->addWidget(m_speed);
    add(m_present, IconSize::Small);
    return bar;
}

void StagePage::setAnalysis(const std::shared_ptr<const Analysis> &analysis,
                            const std::shared_ptr<const HostFacts> &facts)
{
    m_analysis = analysis;
    m_facts = facts;
    m_stale = true;
    if (m_comparison)
        m_comparison->setDocument(analysis, facts);
    update(); // a page that is seen predicts
}

/// What is not looked at is not predicted: that would take from every letter that is typed elsewhere.
void StagePage::paintEvent(QPaintEvent *event)
{
    QWidget::paintEvent(event);
    if (m_stale && !m_foretelling)
        QMetaObject::invokeMethod(this, &StagePage::foretell, Qt::QueuedConnection);
}

void StagePage::foretell()
{
    if (!m_stale || m_foretelling || m_source.kind != StageSource::Kind::Prediction)
        return;
    m_stale = false;
    if (!m_analysis || !m_facts) {
        setSource({});
        return;
    }
    m_foretelling = true;
    runBeside(
        this, [analysis = m_analysis, facts = m_facts] { return foretellStage(*analysis, *facts); },
        [this, opening = m_opening](StageSource source) {
            m_foretelling = false;
            if (opening == m_opening && m_source.kind == StageSource::Kind::Prediction)
                setSource(std::move(source));
            if (m_stale)
                foretell();
        });
}

void StagePage::stopReading()
{
    ++m_opening;
    if (m_reading)
        m_reading->cancel();
    m_reading = nullptr;
}

void StagePage::openRecording(const QString &path)
{
    stopReading(); // the newest wins
    m_reading = m_tasks.start(
        tr("Read %1").arg(QFileInfo(path).fileName()),
        [path](const TaskProgress &progress) { return Result<StageSource>(loadStage(path, progress.stopToken())); },
        this,
        [this, opening = m_opening](Result<StageSource> read) {
            if (opening != m_opening)
                return;
            m_reading = nullptr;
            if (!read || (read->error && wasCancelled(*read->error)))
                return;
            StageSource source = std::move(*read);
            if (source.error)
                m_banner->show(messageOf(*source.error, source.staged ? Tone::Warning : Tone::Error));
            else
                m_banner->hide();
            if (!source.staged)
                return; // what is shown stays
            dropLaunch();
            const std::shared_ptr<const Recording> recording = source.staged->recording;
            const QString opened = source.path;
            setSource(std::move(source));
            emit this->opened(opened);
            if (recording->header.origin != "kernel")
                return;
            m_inspector->setComparison(StageInspector::Comparison::Pending);
            runBeside(
                this,
                [recording]() -> std::optional<std::vector<FrameMismatch>> {
                    const std::optional<Recording> predicted = foretellAgain(*recording);
                    if (!predicted)
                        return std::nullopt;
                    return compareStage(*recording, *predicted);
                },
                [this, opening](std::optional<std::vector<FrameMismatch>> found) {
                    if (opening == m_opening)
                        m_inspector->setComparison(found ? StageInspector::Comparison::Done
                                                         : StageInspector::Comparison::Impossible,
                                                   found ? std::move(*found) : std::vector<FrameMismatch>());
                });
        });
}

void StagePage::watch(SandboxSession &session, UniqueFd file)
{
    stopReading();
    stopComparing();
    if (m_source.kind == StageSource::Kind::Launch)
        closeRecording(); // who steps at its end would ask the new one
    dropLaunch();
    m_banner->hide();
    m_runningOn = false;
    m_live = new LiveLaunch(session, std::move(file), this);
    connect(m_live, &LiveLaunch::advanced, this, &StagePage::takeLaunch);
    connect(m_live, &LiveLaunch::problem, this, [this](const Error &error) {
        m_player.pause();
        m_banner->show(messageOf(error, Tone::Warning));
    });
    connect(m_live, &LiveLaunch::peekOpened, this, [this](UniqueFd &master) {
        const bool first = m_peekPanel->isHidden();
        m_peekPanel->open(master, sentenceOf(*m_live->staged()->recording, m_live->staged()->size() - 1));
        if (first)
            m_parts->setSizes({m_parts->height() * 2 / 3, m_parts->height() / 3});
    });
    connect(m_live, &LiveLaunch::saved, this, &StagePage::recordingSaved);
    m_view->setFocus(Qt::OtherFocusReason); // Space plays, the arrows walk
    refreshActions();
}

/// What the kernel has done until now is here.
void StagePage::takeLaunch()
{
    const SandboxSession *session = m_live->session();
    const bool over = m_live->state() == LiveLaunch::State::Over;
    if (!m_live->staged()) { // it has not begun
        if (over) {
            if (session && session->error())
                m_banner->show(messageOf(*session->error()));
            dropLaunch();
        }
        refreshActions();
        return;
    }
    if (m_source.kind == StageSource::Kind::Launch) {
        const std::shared_ptr<const Staged> before = std::exchange(m_source.staged, m_live->staged());
        // When only the program has ended, whoever supposes something is not disturbed.
        if (before->size() != m_source.staged->size() ||
            (before->foretold != nullptr) != (m_source.staged->foretold != nullptr)) {
            m_whatIf->forget();
            m_player.extend(m_source.staged);
        }
    } else {
        setSource({.kind = StageSource::Kind::Launch, .staged = m_live->staged()});
    }
    const bool arrived = m_live->state() != LiveLaunch::State::Building;
    if (arrived && std::exchange(m_runningOn, false))
        m_player.catchUp();
    const std::optional<std::vector<FrameMismatch>> &found = m_live->mismatches();
    m_inspector->setComparison(found ? StageInspector::Comparison::Done : StageInspector::Comparison::Impossible,
                               found.value_or(std::vector<FrameMismatch>()));
    if (over || m_live->state() == LiveLaunch::State::Running)
        m_peekPanel->close(); // the helper has ended the shell before the program could meet it
    tellLaunch();
    refreshActions();
}

/// What is being made is taken down; what runs goes on.
void StagePage::dropLaunch()
{
    if (!m_live)
        return;
    m_peekPanel->close();
    m_live->abort();
    m_live->disconnect(this);
    m_live->deleteLater();
    m_live = nullptr;
}

void StagePage::tellLaunch()
{
    const Recording &recording = *m_live->staged()->recording;
    const QString last = placeOf(recording, recording.frames.size() - 1);
    switch (m_live->state()) {
    case LiveLaunch::State::Building: m_strip->tell(tr("Live"), Tone::Accent, tr("The kernel works.")); break;
    case LiveLaunch::State::Waiting:
        m_strip->tell(tr("Live"), Tone::Accent,
                      recording.frames.back().initial
                          ? tr("The kernel waits before the first step. Play or step, and it goes on.")
                          : tr("%1 is done, and the kernel waits there.").arg(last));
        break;
    case LiveLaunch::State::Running:
        m_strip->tell(tr("Recording of the kernel"), Tone::Good,
                      tr("Its program runs now. This is how it came to be."));
        break;
    case LiveLaunch::State::Over: {
        const SandboxSession *session = m_live->session();
        m_strip->tell(tr("Recording of the kernel"), Tone::Good,
                      session && !session->ending().isEmpty() ? session->ending() : tr("It is over."));
        break;
    }
    }
}

void StagePage::askWhereToSave()
{
    auto *dialog = new QFileDialog(this, tr("Save the recording"), {}, tr("Recordings (*.pbrec)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix("pbrec");
    dialog->selectFile(shown(m_source.staged->recording->header.plan.name).replace('/', '-') + ".pbrec");
    connect(dialog, &QFileDialog::fileSelected, this, [this, live = QPointer(m_live)](const QString &path) {
        if (live)
            live->save(path);
        else
            m_banner->show({.tone = Tone::Error,
                            .what = tr("The recording was not saved"),
                            .why = tr("Another one has taken its place.")});
    });
    dialog->open();
}

void StagePage::closeRecording()
{
    stopReading();
    dropLaunch();
    m_banner->hide();
    m_stale = true;
    setSource({});
    foretell();
}

void StagePage::setSource(StageSource source)
{
    const bool sameKind = source.kind == m_source.kind && source.path == m_source.path;
    m_source = std::move(source);
    m_whatIf->forget();
    if (!sameKind)
        m_player.setStaged(nullptr); // another story: from its beginning
    refreshStrip();
    m_inspector->setComparison(StageInspector::Comparison::OnlyPredicted);
    m_player.setStaged(m_source.staged);
    m_empty->setSentence(
        m_analysis && !m_analysis->plan
            ? tr("The sandbox that is open has errors: mend them in Compose, and its steps are shown here.")
            : tr("Every mount, one system call at a time: predicted for the sandbox that is open, or as the kernel did "
                 "it, from a recording."));
    if (m_comparison)
        m_comparison->setLeft(m_source);
    showComparison();
    if (m_source.kind == StageSource::Kind::Prediction && m_source.error)
        m_banner->show(messageOf(*m_source.error));
    if (m_source.staged && m_wantedPartner)
        compareWith(*std::exchange(m_wantedPartner, std::nullopt));
    else if (m_source.staged && !m_wantedStep.isEmpty())
        showStep(std::exchange(m_wantedStep, QString()));
    if (m_source.staged)
        for (const QString &operation : std::exchange(m_wantedOperations, QStringList()))
            m_whatIf->suppose(operation);
}

void StagePage::showStep(const QString &idOrNumber)
{
    if (m_player.frameCount() == 0 || m_reading || m_wantedPartner || (m_comparison && !m_comparison->isAtRest()))
        m_wantedStep = idOrNumber;
    else if (isComparing())
        m_comparison->duet().seekStep(idOrNumber.toStdString());
    else
        m_player.seekStep(idOrNumber.toStdString());
}

void StagePage::walk(const QString &path)
{
    if (!path.isEmpty())
        m_path->setPath(path);
    m_side->setCurrentWidget(m_path);
    m_path->begin();
}

void StagePage::suppose(const QString &operation)
{
    if (m_player.frameCount() == 0 || m_reading)
        m_wantedOperations << operation;
    else
        m_whatIf->suppose(operation);
}

void StagePage::refreshStrip()
{
    if (m_whatIf->isSupposing())
        m_strip->showWhatIf(m_whatIf->branch());
    else
        m_strip->show(m_source);
    refreshActions();
}

bool StagePage::isAtRest() const
{
    const bool behind = m_stale && m_source.kind == StageSource::Kind::Prediction;
    return !behind && !m_foretelling && !m_reading && (!m_live || m_live->isAtRest()) && m_player.isAtRest() &&
           m_path->isAtRest() && m_whatIf->isAtRest() && !m_wantedPartner &&
           (!m_comparison || m_comparison->isAtRest());
}

bool StagePage::isComparing() const { return m_comparison && m_comparison->isActive(); }

void StagePage::compareWith(const ComparePartner &partner)
{
    if (!m_source.staged || m_reading) {
        m_wantedPartner = partner;
        return;
    }
    makeComparison();
    m_comparison->setLeft(m_source); // which may have grown since
    m_comparison->compareWith(partner);
}

void StagePage::stopComparing()
{
    m_wantedPartner.reset();
    if (!m_comparison)
        return;
    if (isComparing())
        m_player.seek(m_comparison->duet().player(stage::Lane::Left).frame());
    m_comparison->stop();
    m_view->setFocus();
}

/// When it is first wanted: a page has two views less without it.
void StagePage::makeComparison()
{
    if (m_comparison)
        return;
    m_comparison = new StageComparison;
    m_stack->addWidget(m_comparison);
    m_barRow->insertWidget(m_barRow->indexOf(m_timeline) + 1, &m_comparison->timeline(), 1);
    for (QAction *action : {m_compare, m_stopComparing}) {
        auto *button = new QToolButton;
        button->setDefaultAction(action);
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::StrongFocus);
        if (action->menu()) {
            button->setPopupMode(QToolButton::InstantPopup);
            button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        }
        m_comparison->side(stage::Lane::Right).addHeadingButton(button);
    }
    Duet &duet = m_comparison->duet();
    duet.setSpeed(m_player.speed());
    duet.setReducedMotion(m_player.reducedMotion());
    for (const auto change :
         {&Duet::momentChanged, &Duet::playingChanged, &Duet::stagedChanged, &Duet::breakpointsChanged})
        connect(&duet, change, this, &StagePage::refreshActions);
    connect(m_comparison, &StageComparison::changed, this, &StagePage::showComparison);
    connect(m_comparison, &StageComparison::copied, this, &StagePage::copied);
    connect(m_comparison, &StageComparison::failed, this, [this](const Error &error, bool isShown) {
        m_banner->show(messageOf(error, isShown ? Tone::Warning : Tone::Error));
        showComparison();
    });
    m_comparison->setDocument(m_analysis, m_facts);
    m_comparison->setLeft(m_source);
    m_comparison->timeline().hide();
}

/// Which of the pages is seen, and which timeline.
void StagePage::showComparison()
{
    const bool comparing = isComparing();
    if (!comparing) {
        m_stack->setCurrentIndex(m_source.staged ? 1 : 0);
    } else if (m_stack->currentWidget() != m_comparison) {
        m_player.pause();
        Duet &duet = m_comparison->duet();
        duet.seek(duet.alignment().momentOf(stage::Lane::Left, m_player.frame()));
        m_stack->setCurrentWidget(m_comparison);
    }
    m_bar->setVisible(m_source.staged != nullptr);
    m_timeline->setVisible(!comparing);
    if (m_comparison)
        m_comparison->timeline().setVisible(comparing);
    refreshActions();
    if (m_source.staged && m_comparison && m_comparison->isAtRest() && !m_wantedStep.isEmpty())
        showStep(std::exchange(m_wantedStep, QString()));
}

void StagePage::fillCompareMenu(QMenu &menu)
{
    menu.clear();
    bool teaching = true;
    for (const PartnerChoice &choice : partnerChoices(m_source, m_analysis.get())) {
        if (teaching && !choice.teaching && !menu.isEmpty())
            menu.addSeparator();
        teaching = choice.teaching;
        QAction *action = menu.addAction(withoutMnemonic(choice.text), this,
                                         [this, partner = choice.partner] { compareWith(partner); });
        if (choice.partner.kind == ComparePartner::Kind::Preset)
            action->setIcon(icon(Icon::Preset));
    }
    menu.addSeparator();
    menu.addAction(icon(Icon::Open), tr("A recording…"), this, &StagePage::chooseComparedFile);
    if (!isComparing())
        return;
    menu.addSeparator();
    const std::optional<Qt::Orientation> wanted = m_comparison->wantedOrientation();
    for (const auto &[text, orientation] :
         {std::pair(tr("Side by side"), Qt::Horizontal), std::pair(tr("One above the other"), Qt::Vertical)}) {
        QAction *action = menu.addAction(text, this, [this, chosen = orientation](bool on) {
            m_comparison->setWantedOrientation(on ? std::optional(chosen) : std::nullopt);
        });
        action->setCheckable(true);
        action->setChecked(wanted == orientation);
    }
    menu.addAction(m_stopComparing);
}

void StagePage::chooseComparedFile()
{
    auto *dialog =
        new QFileDialog(this, tr("Compare with a recording"), {}, tr("Recordings and sandboxes (*.pbrec *.pbox)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this,
            [this](const QString &path) { compareWith({.kind = ComparePartner::Kind::File, .what = path}); });
    dialog->open();
}

void StagePage::tellFrame()
{
    if (m_player.frame() >= m_player.frameCount())
        return;
    const QString sentence = sentenceOf(*m_player.staged()->recording, m_player.frame());
    m_view->setAccessibleDescription(sentence);
    if (isVisible() || m_presenter)
        announce(m_view, sentence);
}

void StagePage::refreshActions()
{
    const Duet *duet = isComparing() ? &m_comparison->duet() : nullptr;
    const std::size_t count = duet ? duet->momentCount() : m_player.frameCount();
    const std::size_t frame = duet ? duet->moment() : m_player.frame();
    const bool playing = duet ? duet->isPlaying() : m_player.isPlaying();
    const LiveLaunch::State state = m_live ? m_live->state() : LiveLaunch::State::Over;
    const bool waits = m_live && m_live->staged() && state == LiveLaunch::State::Waiting;
    const bool building = waits || (m_live && state == LiveLaunch::State::Building);
    m_play->setIcon(icon(playing ? Icon::Pause : Icon::Play));
    m_play->setText(playing ? tr("Pause") : tr("Play"));
    m_play->setToolTip(playing ? tr("Pause (Space)") : tr("Play (Space)"));
    m_play->setEnabled(count > 1 || waits);
    m_back->setEnabled(count > 0 && frame > 0);
    m_next->setEnabled(frame + 1 < count || waits);
    m_launch->setVisible(m_source.kind == StageSource::Kind::Prediction && !building && !m_whatIf->isSupposing());
    m_runOn->setVisible(building);
    m_runOn->setEnabled(waits);
    m_peek->setVisible(building);
    m_peek->setEnabled(waits && count > 1);
    m_abort->setVisible(building);
    m_showSandbox->setVisible(m_live && state == LiveLaunch::State::Running);
    m_saveRecording->setVisible(m_source.kind == StageSource::Kind::Launch && !building);
    m_export->setVisible(count > 0 && !building && !duet); // one recording at a time
    m_close->setVisible(m_source.kind != StageSource::Kind::Prediction);
    m_compare->setVisible(m_source.staged && !building && !m_whatIf->isSupposing());
    m_breakpoint->setEnabled(duet ? duet->phaseOf(frame).has_value() : m_player.step() != nullptr);
    m_breakpoint->setChecked(duet ? duet->hasBreakpoint(frame)
                                  : m_player.step() && m_player.hasBreakpoint(*m_player.step()));
    m_present->setEnabled(count > 0);
    m_walk->setEnabled(count > 0 && !duet);
    m_suppose->setEnabled(count > 0 && !duet && !building); // the kernel's next frame would take its place
    m_whatIf->setEnabled(!building);
}

void StagePage::setReducedMotion(bool reduced)
{
    m_reducedMotion = reduced;
    refreshMotion();
}

void StagePage::refreshMotion()
{
    const bool still = style()->styleHint(QStyle::SH_Widget_Animation_Duration, nullptr, this) == 0;
    m_player.setReducedMotion(m_reducedMotion || still);
    if (m_comparison)
        m_comparison->duet().setReducedMotion(m_player.reducedMotion());
}

void StagePage::present()
{
    if (isComparing()) {
        m_comparison->present();
        return;
    }
    if (m_presenter || m_player.frameCount() == 0)
        return;
    const QList<int> sizes = m_splitter->sizes();
    m_presenter = new StagePresenter(*m_view, this);
    connect(m_presenter, &StagePresenter::left, this, [this, sizes](StageView *view) {
        m_splitter->insertWidget(0, view);
        m_splitter->setStretchFactor(0, 1);
        m_splitter->setSizes(sizes);
        view->setFocus();
    });
    m_presenter->showFullScreen();
}

void StagePage::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange)
        refreshMotion();
}

void StagePage::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Space && event->modifiers() == Qt::NoModifier && m_play->isEnabled()) {
        m_play->trigger();
        return;
    }
    QWidget::keyPressEvent(event);
}

} // namespace pivotbench::app
