// SPDX-License-Identifier: Apache-2.0
#include "app/workbench/main_window.h"

#include "app/base/background.h"
#include "app/base/text.h"
#include "app/compose/compose_page.h"
#include "app/compose/copy_as.h"
#include "app/document/error_message.h"
#include "app/run/run_page.h"
#include "app/run/sandbox_view.h"
#include "app/stage/live_launch.h"
#include "app/stage/stage_page.h"
#include "app/tasks/task_button.h"
#include "app/widgets/banner.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "app/widgets/navigation_rail.h"
#include "app/widgets/toast.h"
#include "app/workbench/app_context.h"
#include "app/workbench/desktop_notifier.h"
#include "app/workbench/export_dialog.h"
#include "app/workbench/export_process.h"
#include "app/workbench/open_windows.h"
#include "app/workbench/start_page.h"
#include "core/preset/presets.h"

#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <fcntl.h>

namespace pivotbench::app {

using namespace core;

namespace {

const QString suffix = QStringLiteral("pbox");
const QString recordingSuffix = QStringLiteral("pbrec");
const QString geometryKey = QStringLiteral("window/geometry");
const QString reducedMotionKey = QStringLiteral("stage/reducedMotion");

/// In the order of the rail; the start page has no place in it.
constexpr std::array railPlaces{Place::Compose, Place::Stage, Place::Run};

int railIndexOf(Place place)
{
    const auto found = std::ranges::find(railPlaces, place);
    return found == railPlaces.end() ? 0 : static_cast<int>(found - railPlaces.begin());
}

QString filter() { return MainWindow::tr("Sandboxes (*.pbox)"); }

QString openFilter()
{
    return MainWindow::tr("Sandboxes and recordings (*.pbox *.pbrec)") + ";;" + filter() + ";;" +
           MainWindow::tr("Recordings (*.pbrec)");
}

bool isRecording(const QString &path) { return path.endsWith('.' + recordingSuffix); }

/// Files of ours among what is dragged.
QStringList ownFiles(const QMimeData *data)
{
    QStringList files;
    for (const QUrl &url : data->urls())
        if (url.isLocalFile() && (url.toLocalFile().endsWith('.' + suffix) || isRecording(url.toLocalFile())))
            files << url.toLocalFile();
    return files;
}

SandboxSpec newSpec()
{
    SandboxSpec spec;
    spec.name = "New sandbox";
    spec.root.layers = {Layer{.path = {}, .builtin = "busybox"}};
    spec.process.args = {"/bin/sh"};
    spec.process.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm-256color"};
    spec.process.terminal = true;
    spec.hostname = "sandbox";
    return spec;
}

} // namespace

MainWindow::MainWindow(AppContext &context)
    : m_context(context)
    , m_analyser(m_document)
    , m_recovery(m_document, recoveryDirectory())
    , m_rail(new NavigationRail)
    , m_pages(new QStackedWidget)
    , m_banner(new Banner)
    , m_taskButton(new TaskButton(context.tasks()))
    , m_helper(new QLabel)
{
    setAcceptDrops(true);
    makeActions();
    makePages();
    makeMenus();
    m_toasts = new ToastArea(this);
    statusBar()->addPermanentWidget(m_taskButton);
    statusBar()->addPermanentWidget(m_helper);
    statusBar()->setSizeGripEnabled(false);
    statusBar()->setContentsMargins(space(Space::Medium, this), 0, space(Space::Medium, this),
                                    space(Space::Tiny, this));

    connect(&m_document, &SandboxDocument::titleChanged, this, &MainWindow::refreshTitle);
    connect(&m_document, &SandboxDocument::opened, this, [this] {
        m_banner->hide();
        noteUnknown();
        if (!m_document.path().isEmpty())
            m_context.addRecent(m_document.path());
        goTo(Place::Compose);
        if (const auto then = std::exchange(m_afterOpen, nullptr))
            then(*this);
    });
    connect(&m_document, &SandboxDocument::saved, this, [this] {
        m_context.addRecent(m_document.path());
        m_toasts->show(tr("Saved %1").arg(QFileInfo(m_document.path()).fileName()), Tone::Good);
        if (const auto then = std::exchange(m_afterSave, nullptr))
            then();
    });
    connect(&m_document, &SandboxDocument::failed, this, [this](const Error &error) {
        m_afterSave = nullptr;
        m_afterOpen = nullptr;
        show(error);
    });
    connect(&m_recovery, &Recovery::broken, this, [this](const Error &error) { show(error); });
    connect(&m_analyser, &Analyser::changed, this, [this](const std::shared_ptr<const Analysis> &analysis) {
        compose().setAnalysis(analysis);
        if (m_stage)
            m_stage->setAnalysis(analysis, m_analyser.facts());
        const auto errors = std::ranges::count(analysis->findings, Severity::Error, &Finding::severity);
        m_rail->setCount(railIndexOf(Place::Compose), static_cast<int>(errors), Tone::Error,
                         tr("%n errors", nullptr, static_cast<int>(errors)));
        m_launch->setEnabled(errors == 0);
        m_launchOnStage->setEnabled(errors == 0);
        std::vector<std::string> layers;
        for (const Layer &layer : analysis->resolved.root.layers)
            if (layer.path.starts_with('/'))
                layers.push_back(layer.path);
        m_layerWatch.watch(std::move(layers));
    });
    connect(&m_layerWatch, &LayerWatch::changed, this, &MainWindow::readFilesAgain);
    connect(&m_context, &AppContext::recentChanged, this, &MainWindow::refreshRecentMenu);
    connect(&m_context, &AppContext::settingsBroken, this, [this](const Error &error) {
        m_toasts->show(messageOf(error).what + ": " + messageOf(error).where, Tone::Warning);
    });
    connect(&m_context.sandboxes(), &SandboxList::changed, this, &MainWindow::refreshHelper);
    refreshRecentMenu();
    refreshHelper();
    refreshTitle();

    const int em = fontMetrics().horizontalAdvance('m');
    resize(100 * em, 60 * em);
    restoreGeometry(m_context.setting(geometryKey).toByteArray());
    offerLost();
}

/// An editor that loses the focus with its window reads the document once more, so the pages go first.
MainWindow::~MainWindow() { delete takeCentralWidget(); }

QAction *MainWindow::action(const QString &text, Icon picture, const QKeySequence &keys,
                            const std::function<void()> &run)
{
    auto *made = new QAction(icon(picture), text, this);
    made->setShortcut(keys);
    connect(made, &QAction::triggered, this, run);
    return made;
}

void MainWindow::makeActions()
{
    m_new = action(tr("&New sandbox"), Icon::New, QKeySequence::New,
                   [this] { openInFreeWindow([](MainWindow &window) { window.m_document.replace(newSpec(), {}); }); });
    m_open = action(tr("&Open…"), Icon::Open, QKeySequence::Open, [this] {
        auto *dialog = new QFileDialog(this, tr("Open a sandbox or a recording"), {}, openFilter());
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::ExistingFile);
        connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &path) { openFile(path); });
        dialog->open();
    });
    m_save = action(tr("&Save"), Icon::Save, QKeySequence::Save, [this] { save(); });
    m_saveAs = action(tr("Save &as…"), Icon::SaveAs, QKeySequence::SaveAs, [this] { saveAs(); });
    m_launch = action(tr("&Run"), Icon::Play, Qt::Key_F5, [this] { run(); });
    m_launchOnStage = action(tr("Run step by &step"), Icon::Peek, Qt::CTRL | Qt::Key_F5, [this] { runOnStage(); });
    m_launchOnStage->setToolTip(
        plainToolTip(tr("The kernel makes it, and waits after every step until it is told to go on (Ctrl+F5)")));
    m_stop = action(tr("&Stop"), Icon::Stop, Qt::SHIFT | Qt::Key_F5, [this] {
        if (SandboxView *view = m_run ? m_run->current() : nullptr)
            view->stop();
    });
    for (QAction *needsDocument : {m_save, m_saveAs, m_launch, m_launchOnStage})
        needsDocument->setEnabled(false);
    m_stop->setEnabled(false);
}

void MainWindow::makePages()
{
    m_start = new StartPage(m_context, m_new, m_open);
    m_pages->addWidget(m_start);
    m_rail->addPlace(Icon::Compose, tr("Compose"), tr("What will my sandbox see?"));
    m_rail->addPlace(Icon::Stage, tr("Stage"), tr("How does it come to be?"));
    m_rail->addPlace(Icon::Run, tr("Run"), tr("What is it doing now?"));

    auto *right = new QWidget;
    auto *column = new QVBoxLayout(right);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_banner);
    column->addWidget(m_pages, 1);
    m_banner->setClosable(true);
    auto *central = new QWidget;
    auto *row = new QHBoxLayout(central);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(m_rail);
    row->addWidget(right, 1);
    setCentralWidget(central);

    connect(m_rail, &NavigationRail::currentChanged, this,
            [this](int index) { goTo(railPlaces.at(static_cast<std::size_t>(index))); });
    connect(m_start, &StartPage::fileRequested, this, [this](const QString &path) { openFile(path); });
    connect(m_start, &StartPage::presetRequested, this, [this](const QString &id, bool launch) {
        if (openPreset(id) && launch)
            run();
    });
}

ComposePage &MainWindow::compose()
{
    if (m_compose)
        return *m_compose;
    m_compose = new ComposePage(m_document, m_context.tasks());
    m_pages->addWidget(m_compose);
    connect(m_compose, &ComposePage::copied, this,
            [this](const QString &what) { m_toasts->show(tr("Copied %1").arg(what)); });
    connect(m_compose, &ComposePage::told, this, [this](const Message &message) { m_banner->show(message); });
    return *m_compose;
}

StagePage &MainWindow::stage()
{
    if (m_stage)
        return *m_stage;
    m_stage = new StagePage(m_context.tasks(), m_open, m_launchOnStage);
    m_pages->addWidget(m_stage);
    m_stage->setReducedMotion(m_context.setting(reducedMotionKey).toBool());
    m_stage->setAnalysis(m_analyser.current(), m_analyser.facts());
    connect(m_stage, &StagePage::copied, this,
            [this](const QString &what) { m_toasts->show(tr("Copied %1").arg(what)); });
    connect(m_stage, &StagePage::opened, this, [this](const QString &path) { m_context.addRecent(path); });
    connect(m_stage, &StagePage::recordingSaved, this, [this](const QString &path) {
        m_context.addRecent(path);
        m_toasts->show(tr("Saved %1").arg(QFileInfo(path).fileName()), Tone::Good);
    });
    connect(m_stage, &StagePage::exportRequested, this, &MainWindow::exportStage);
    connect(m_stage, &StagePage::sandboxRequested, this, [this](const SandboxSession *session) {
        goTo(Place::Run);
        if (session)
            m_run->showSandbox(*session);
    });
    connect(m_stage, &StagePage::presetRequested, this, [this](const QString &id) {
        openInFreeWindow([id](MainWindow &window) {
            if (window.openPreset(id))
                window.goTo(Place::Stage);
        });
    });
    return *m_stage;
}

RunPage &MainWindow::runs()
{
    if (m_run)
        return *m_run;
    m_run = new RunPage(m_context.sandboxes(), m_context.tasks(), m_launch);
    m_pages->addWidget(m_run);
    connect(m_run, &RunPage::currentChanged, this, &MainWindow::refreshRunning);
    connect(m_run, &RunPage::changesKept, this, &MainWindow::useKept);
    connect(m_run, &RunPage::layerMade, this, &MainWindow::offerLayer);
    connect(m_run, &RunPage::changesApplied, this, [this](const QString &folder, const QString &replaced) {
        m_toasts->show(replaced.isEmpty() ? tr("Applied to %1").arg(folder)
                                          : tr("Applied to %1. What was there is in “%2”.").arg(folder, replaced),
                       Tone::Good);
    });
    connect(m_run, &RunPage::ended, this, &MainWindow::tellEnded);
    refreshRunning(); // others' sandboxes are in it from the start
    return *m_run;
}

/// In the window, and to somebody who looks elsewhere.
void MainWindow::tellEnded(SandboxView *view)
{
    m_toasts->show(QString("%1 %2").arg(view->title(), view->session().ending()));
    if (m_compose)
        m_compose->reloadTree();
    if (isActiveWindow())
        return;
    QApplication::alert(this);
    if (QApplication::activeWindow())
        return;
    m_context.notifier().notify(view->title(), view->session().ending(), view, [this, view](const std::string &token) {
        goTo(Place::Run);
        m_run->showSandbox(view->session());
        raiseWindows({this}, token);
    });
}

void MainWindow::refreshRunning()
{
    const SandboxView *view = m_run->current();
    m_stop->setEnabled(view &&
                       (view->session().state() == SandboxSession::State::Running || view->session().isBuilding()));
    m_rail->setCount(railIndexOf(Place::Run), runningHere(), Tone::Good, tr("%n running", nullptr, runningHere()));
}

void MainWindow::makeMenus()
{
    QMenu *file = menuBar()->addMenu(tr("&File"));
    file->addAction(m_new);
    file->addAction(action(tr("New &window"), Icon::Sandbox, Qt::CTRL | Qt::SHIFT | Qt::Key_N,
                           [this] { m_context.newWindow()->QWidget::show(); }));
    QMenu *preset = file->addMenu(icon(Icon::Preset), tr("New from &preset"));
    for (const core::Preset &one : presets())
        preset->addAction(QString::fromStdString(one.name), this, [this, id = QString::fromStdString(one.id)] {
            openInFreeWindow([id](MainWindow &window) { window.openPreset(id); });
        });
    file->addSeparator();
    file->addAction(m_open);
    m_recentMenu = file->addMenu(icon(Icon::Recent), tr("Open &recent"));
    file->addSeparator();
    file->addActions({m_save, m_saveAs});
    QMenu *copy = file->addMenu(icon(Icon::CopyAs), tr("&Copy as"));
    connect(copy, &QMenu::aboutToShow, this, [this, copy] { copyAs(*copy); });
    file->addSeparator();
    file->addAction(action(tr("&Close window"), Icon::Close, QKeySequence::Close, [this] { close(); }));
    file->addAction(action(tr("&Quit"), Icon::Cancel, QKeySequence::Quit, [] { QApplication::closeAllWindows(); }));

    QMenu *edit = menuBar()->addMenu(tr("&Edit"));
    QAction *undo = m_document.history().createUndoAction(this, tr("&Undo"));
    undo->setShortcut(QKeySequence::Undo);
    undo->setIcon(icon(Icon::Undo));
    QAction *redo = m_document.history().createRedoAction(this, tr("&Redo"));
    redo->setShortcut(QKeySequence::Redo);
    redo->setIcon(icon(Icon::Redo));
    edit->addActions({undo, redo});
    for (QAction *named : {undo, redo}) // after what is undone, which may be called after a file
        connect(named, &QAction::changed, this,
                [named] { named->setToolTip(plainToolTip(actionWords(named->text()))); });

    QMenu *sandbox = menuBar()->addMenu(tr("&Sandbox"));
    sandbox->addActions({m_launch, m_launchOnStage, m_stop});

    QMenu *view = menuBar()->addMenu(tr("&View"));
    for (int i = 0; i < m_rail->count(); ++i)
        view->addAction(m_rail->placeAction(i));
    view->addAction(action(tr("R&ead files again"), Icon::Refresh, Qt::CTRL | Qt::Key_R, [this] { readFilesAgain(); }));
    view->addAction(action(tr("&Start page"), Icon::Home, Qt::CTRL | Qt::Key_0, [this] { goTo(Place::Start); }));
    view->addAction(action(tr("&Present the Stage"), Icon::Present, Qt::Key_F11, [this] {
        goTo(Place::Stage);
        m_stage->present();
    }));
    QAction *tasks = action(tr("&Tasks"), Icon::Tasks, {}, [this] { m_taskButton->open(); });
    tasks->setEnabled(!m_taskButton->isHidden());
    connect(m_taskButton, &TaskButton::availableChanged, tasks, &QAction::setEnabled);
    view->addAction(tasks);
    view->addSeparator();
    QMenu *theme = view->addMenu(icon(Icon::Settings), tr("&Colours"));
    auto *group = new QActionGroup(this);
    for (const auto &[text, value] : {std::pair(tr("As the &system"), Theme::System),
                                      std::pair(tr("&Light"), Theme::Light), std::pair(tr("&Dark"), Theme::Dark)}) {
        QAction *choice = theme->addAction(text, this, [this, chosen = value] { m_context.setTheme(chosen); });
        choice->setCheckable(true);
        choice->setActionGroup(group);
        choice->setChecked(m_context.theme() == value);
    }

    QAction *still = view->addAction(tr("Cut instead of &gliding on the Stage"), this, [this](bool on) {
        m_context.setSetting(reducedMotionKey, on);
        for (MainWindow *window : AppContext::windows())
            if (window->m_stage)
                window->m_stage->setReducedMotion(on);
    });
    still->setCheckable(true);
    still->setChecked(m_context.setting(reducedMotionKey).toBool());

    QMenu *help = menuBar()->addMenu(tr("&Help"));
    help->addAction(icon(Icon::Pivotbench), tr("&About Pivotbench"), this, [this] {
        auto *box = new QMessageBox(QMessageBox::NoIcon, tr("About Pivotbench"),
                                    tr("<b>Pivotbench %1</b><p>How does a container get its filesystem?</p>"
                                       "<p>Apache License 2.0</p>")
                                        .arg(PIVOTBENCH_VERSION),
                                    QMessageBox::Close, this);
        box->setIconPixmap(icon(Icon::Pivotbench).pixmap(iconExtent(IconSize::Hero, this)));
        box->setAttribute(Qt::WA_DeleteOnClose);
        box->open();
    });

    QToolBar *bar = addToolBar(tr("Main"));
    bar->setObjectName("main");
    bar->setMovable(false);
    bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    bar->addActions({m_open, m_save});
    bar->addSeparator();
    bar->addActions({undo, redo});
    bar->addSeparator();
    bar->addActions({m_launch, m_stop});
    auto *copyButton = new QToolButton;
    copyButton->setText(tr("Copy as"));
    copyButton->setIcon(icon(Icon::CopyAs));
    copyButton->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    copyButton->setPopupMode(QToolButton::InstantPopup);
    copyButton->setMenu(copy);
    bar->addSeparator();
    bar->addWidget(copyButton);
    for (QAction *iconOnly : {undo, redo})
        if (auto *button = qobject_cast<QToolButton *>(bar->widgetForAction(iconOnly)))
            button->setToolButtonStyle(Qt::ToolButtonIconOnly);
}

void MainWindow::readFilesAgain()
{
    if (m_compose)
        m_compose->reloadFiles();
    m_analyser.refresh();
}

void MainWindow::copyAs(QMenu &menu)
{
    menu.clear();
    const std::shared_ptr<const Analysis> &analysis = m_analyser.current();
    if (!analysis || m_document.isEmpty()) {
        menu.addAction(tr("Open a sandbox first"))->setEnabled(false);
        return;
    }
    for (const CopyForm &form :
         copyForms(*analysis, m_analyser.facts().get(), m_document.isModified() ? QString() : m_document.path()))
        menu.addAction(form.label, this, [this, form] { copy(form); });
}

void MainWindow::copy(const CopyForm &form)
{
    QApplication::clipboard()->setText(form.text);
    if (form.losses.isEmpty()) {
        m_toasts->show(tr("Copied: %1").arg(form.label), Tone::Good);
        return;
    }
    constexpr qsizetype most = 10; // sentences, which push the page down
    QStringList told = form.losses.first(std::min(most, form.losses.size()));
    if (form.losses.size() > most)
        told.append(tr("… and %1 more; \"pivotctl export\" tells them all").arg(form.losses.size() - most));
    // As what there is to do, which has no button that would copy something else over it.
    m_banner->show({.tone = Tone::Note,
                    .what = tr("Copied: %1. Not in it, or not as it is here:").arg(form.label),
                    .now = told.join('\n')});
}

void MainWindow::goTo(Place place)
{
    QWidget *page = place == Place::Run                             ? static_cast<QWidget *>(&runs())
                    : place == Place::Stage                         ? static_cast<QWidget *>(&stage())
                    : place == Place::Start || m_document.isEmpty() ? static_cast<QWidget *>(m_start)
                                                                    : &compose();
    m_pages->setCurrentWidget(page);
    if (const int index = railIndexOf(place); m_rail->current() != index)
        m_rail->setCurrent(index);
}

void MainWindow::showStep(const QString &idOrNumber)
{
    goTo(Place::Stage);
    m_stage->showStep(idOrNumber);
}

void MainWindow::compareWith(const QString &presetOrFile)
{
    goTo(Place::Stage);
    m_stage->compareWith(ComparePartner::named(presetOrFile));
}

void MainWindow::walkPath(const QString &path)
{
    goTo(Place::Stage);
    m_stage->walk(path);
}

void MainWindow::suppose(const QString &operation)
{
    goTo(Place::Stage);
    m_stage->suppose(operation);
}

bool MainWindow::isAtRest() const
{
    return (m_document.isEmpty() ? !m_document.isOpening() : m_analyser.isCurrent()) &&
           (!m_stage || !m_stage->isVisible() || m_stage->isAtRest());
}

void MainWindow::run()
{
    if (m_document.isEmpty())
        return;
    runs().launch(m_document.spec());
    goTo(Place::Run);
}

/// The sandbox is one of Run's, as any other; the Stage shows how it is made.
void MainWindow::runOnStage()
{
    if (m_document.isEmpty())
        return;
    Result<UniqueFd> file = LiveLaunch::makeFile();
    if (!file) {
        show(file.error());
        return;
    }
    UniqueFd theirs(::fcntl(file->get(), F_DUPFD_CLOEXEC, 0));
    SandboxSession &session = runs().launch(m_document.spec(), Observation{.recording = std::move(theirs)});
    goTo(Place::Stage);
    m_stage->watch(session, std::move(*file));
}

void MainWindow::exportStage()
{
    const Staged *staged = m_stage->player().staged();
    if (!staged)
        return;
    const Step *step = m_stage->player().step();
    const QString name = shown(staged->recording->header.plan.name).replace('/', '-');
    askForExport(this, name.isEmpty() ? tr("recording") : name, step ? QString::fromStdString(step->id) : QString(),
                 [this, recording = staged->recording](const StageExport &options) {
                     const QString file = QFileInfo(options.path).fileName();
                     m_context.tasks().start(
                         tr("Export %1").arg(file),
                         [recording, options](const TaskProgress &progress) {
                             return exportInProcess(*recording, options, progress);
                         },
                         this,
                         [this, file](const Status &done) {
                             if (done)
                                 m_toasts->show(tr("Exported %1").arg(file), Tone::Good);
                             else if (!wasCancelled(done.error()))
                                 show(done.error());
                         });
                 });
}

void MainWindow::openFile(const QString &path, const std::function<void(MainWindow &)> &then)
{
    if (isRecording(path)) {
        goTo(Place::Stage);
        m_stage->openRecording(path);
        if (then)
            then(*this);
        return;
    }
    openInFreeWindow([&](MainWindow &window) {
        window.m_afterOpen = then;
        window.m_document.open(path);
    });
}

bool MainWindow::openPreset(const QString &id)
{
    Result<SandboxSpec> spec = findPreset(id.toStdString());
    if (!spec) {
        show(spec.error());
        return false;
    }
    openInFreeWindow([&](MainWindow &window) { window.m_document.replace(*spec, {}); });
    return true;
}

/// A window shows one sandbox; what is opened beside it gets another window.
void MainWindow::openInFreeWindow(const std::function<void(MainWindow &)> &open)
{
    if (isFree()) {
        open(*this);
        return;
    }
    MainWindow *window = m_context.newWindow();
    window->QWidget::show();
    open(*window);
}

void MainWindow::save(const std::function<void()> &then)
{
    if (m_document.path().isEmpty()) {
        saveAs(then);
        return;
    }
    m_afterSave = then;
    m_document.save(m_document.path());
}

void MainWindow::saveAs(const std::function<void()> &then)
{
    auto *dialog = new QFileDialog(this, tr("Save the sandbox"), {}, filter());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(suffix);
    dialog->selectFile(m_document.path().isEmpty() ? m_document.title() + "." + suffix : m_document.path());
    connect(dialog, &QFileDialog::fileSelected, this, [this, then](const QString &path) {
        m_afterSave = then;
        m_document.save(path);
    });
    dialog->open();
}

void MainWindow::settle(const std::function<void()> &then)
{
    if (!m_document.isModified()) {
        then();
        return;
    }
    auto *box = new QMessageBox(QMessageBox::NoIcon, tr("Unsaved changes"),
                                tr("“%1” has changes that are not saved.").arg(m_document.title()),
                                QMessageBox::NoButton, this);
    box->setTextFormat(Qt::PlainText); // the name is the file's
    box->setAttribute(Qt::WA_DeleteOnClose);
    QPushButton *saveButton = box->addButton(tr("Save"), QMessageBox::AcceptRole);
    QPushButton *discard = box->addButton(tr("Discard changes"), QMessageBox::DestructiveRole);
    box->addButton(QMessageBox::Cancel);
    box->setDefaultButton(saveButton);
    connect(saveButton, &QPushButton::clicked, this, [this, then] { save(then); });
    connect(discard, &QPushButton::clicked, this, then);
    box->open();
}

int MainWindow::runningHere() const { return m_run ? m_run->runningHere() : 0; }

/// Sandboxes lose their terminals with the window, which ends most of them.
void MainWindow::letGo(const std::function<void()> &then)
{
    const int running = runningHere();
    if (running == 0) {
        then();
        return;
    }
    auto *box = new QMessageBox(
        QMessageBox::NoIcon, tr("Sandboxes are running"),
        tr("%n sandboxes of this window are running. Their terminals close with it, and what runs in them is hung up.",
           nullptr, running),
        QMessageBox::NoButton, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    QPushButton *closeThem = box->addButton(tr("Close them"), QMessageBox::DestructiveRole);
    box->addButton(QMessageBox::Cancel);
    connect(closeThem, &QPushButton::clicked, this, then);
    box->open();
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    if (!m_closing && (m_document.isModified() || runningHere() > 0)) {
        event->ignore();
        settle([this] {
            letGo([this] {
                m_closing = true;
                close();
            });
        });
        return;
    }
    m_context.setSetting(geometryKey, saveGeometry());
    QMainWindow::closeEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event)
{
    if (!ownFiles(event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent *event)
{
    for (const QString &file : ownFiles(event->mimeData()))
        openFile(file);
    event->acceptProposedAction();
}

/// Qt goes through widgets in the order in which they came into the window, and pages, cards and terminals come when
/// they are wanted. Ordering its chain with setTabOrder() left some widgets out of it.
bool MainWindow::focusNextPrevChild(bool next)
{
    QWidget *current = focusWidget();
    std::vector<std::pair<std::vector<int>, QWidget *>> order;
    for (QWidget *widget = nextInFocusChain(); widget != this; widget = widget->nextInFocusChain()) {
        const bool stops = (widget->focusPolicy() & Qt::TabFocus) != 0 && !widget->focusProxy() &&
                           widget->isVisibleTo(this) && widget->isEnabled();
        if ((stops || widget == current) && widget->window() == this)
            order.emplace_back(placeOf(*widget), widget);
    }
    if (order.empty())
        return false;
    std::ranges::stable_sort(order, {}, [](const auto &entry) -> const std::vector<int> & { return entry.first; });
    const auto size = std::ssize(order);
    const auto at = std::ranges::find(order, current, [](const auto &entry) { return entry.second; }) - order.begin();
    const auto to = next ? (at + 1 < size ? at + 1 : 0) : (at > 0 ? at : size) - 1;
    order[static_cast<std::size_t>(to)].second->setFocus(next ? Qt::TabFocusReason : Qt::BacktabFocusReason);
    return true;
}

/// From the top of the window to its bottom: positions of what holds the widget, from the outside inwards. In a page as
/// far as its two outer splitters; what lies in one of their parts knows its own order.
std::vector<int> MainWindow::placeOf(const QWidget &widget) const
{
    constexpr std::size_t deepest = 4; // the window, beside the rail, two splitters
    std::vector<int> place;
    for (const QWidget *at = &widget; at != this; at = at->parentWidget()) {
        const QWidget *parent = at->parentWidget();
        if (parent == this)
            place.push_back(at == centralWidget()                ? 1
                            : at == statusBar()                  ? 3
                            : qobject_cast<const QToolBar *>(at) ? 0
                                                                 : 2);
        else if (at == m_rail || at == m_banner || at == m_pages)
            place.push_back(at == m_rail ? 0 : at == m_banner ? 1 : 2);
        else if (const auto *splitter = qobject_cast<const QSplitter *>(parent))
            place.push_back(splitter->indexOf(const_cast<QWidget *>(at))); // NOLINT: only looked for
    }
    std::ranges::reverse(place);
    place.resize(std::min(place.size(), deepest));
    return place;
}

void MainWindow::refreshTitle()
{
    const bool open = !m_document.isEmpty();
    setWindowTitle(open ? tr("%1[*] — Pivotbench").arg(m_document.title()) : tr("Pivotbench"));
    setWindowModified(open && m_document.isModified());
    setWindowFilePath(m_document.path());
    m_save->setEnabled(open && (m_document.isModified() || m_document.path().isEmpty()));
    m_saveAs->setEnabled(open);
}

/// What was launched from this document goes on from what it has kept.
void MainWindow::useKept(const QString &name, const std::string &specName)
{
    m_toasts->show(tr("Kept as “%1”").arg(name), Tone::Good);
    if (m_document.isEmpty() || specName.empty() || specName != m_document.spec().name)
        return;
    m_document.edit(tr("Go on from “%1”").arg(name), [&](SandboxSpec &spec) {
        spec.root.writable = Writable::Keep;
        spec.root.keepName = name.toStdString();
    });
}

void MainWindow::offerLayer(const QString &path)
{
    const QString name = shown(QFileInfo(path).fileName().toStdString());
    if (m_document.isEmpty()) {
        m_toasts->show(tr("Made the layer “%1”").arg(name), Tone::Good);
        return;
    }
    m_toasts->show(tr("Made the layer “%1”").arg(name), Tone::Good, tr("Add it to this sandbox"), [this, path, name] {
        m_document.edit(tr("Add the layer “%1”").arg(name), [&](SandboxSpec &spec) {
            spec.root.layers.insert(spec.root.layers.begin(), Layer{.path = path.toStdString(), .builtin = {}});
        });
        goTo(Place::Compose);
    });
}

void MainWindow::refreshRecentMenu()
{
    m_recentMenu->clear();
    for (const QString &path : m_context.recent())
        m_recentMenu->addAction(withoutMnemonic(shown(QFileInfo(path).fileName().toStdString())), this,
                                [this, path] { openFile(path); });
    m_recentMenu->setEnabled(!m_recentMenu->isEmpty());
}

void MainWindow::refreshHelper()
{
    const SandboxList &list = m_context.sandboxes();
    QString text;
    switch (list.helperState()) {
    case SandboxList::HelperState::Unknown: break;
    case SandboxList::HelperState::Absent: text = tr("Helper: starts with the first sandbox"); break;
    case SandboxList::HelperState::Answers:
        text = list.sandboxes().size() == 1 ? tr("Helper: one sandbox")
                                            : tr("Helper: %1 sandboxes").arg(list.sandboxes().size());
        break;
    case SandboxList::HelperState::Silent: text = tr("Helper: does not answer"); break;
    case SandboxList::HelperState::Failed: text = tr("Helper: cannot be reached"); break;
    }
    m_helper->setText(text);
    m_helper->setToolTip(list.error() ? plainToolTip(shown(describe(*list.error()), true)) : QString());
}

/// What a program that was killed has left unsaved.
void MainWindow::offerLost()
{
    runBeside(
        this, [] { return findLostDocuments(recoveryDirectory()); },
        [this](const std::vector<LostDocument> &found) {
            if (found.empty())
                return;
            const LostDocument &first = found.front();
            m_banner->show({.tone = Tone::Note,
                            .what = tr("“%1” was not saved when Pivotbench ended.").arg(shown(first.spec.name)),
                            .where = shown(first.path.toStdString()),
                            .now = tr("Recover it, or let it go.")});
            auto *recover = new QAction(icon(Icon::Undo), tr("Recover"), m_banner);
            auto *drop = new QAction(icon(Icon::Discard), tr("Let it go"), m_banner);
            m_banner->addBannerAction(recover);
            m_banner->addBannerAction(drop);
            connect(recover, &QAction::triggered, this, [this, first] {
                m_banner->hide();
                openInFreeWindow([&](MainWindow &window) { window.m_document.recover(first.spec, first.path); });
                forget(first);
                offerLost();
            });
            connect(drop, &QAction::triggered, this, [this, first] {
                m_banner->hide();
                forget(first);
                offerLost();
            });
        });
}

/// What this program would lose if it did not know that it does not know it.
void MainWindow::noteUnknown()
{
    constexpr qsizetype mostNamed = 8;
    QStringList names;
    for (const std::string &field : unknownFields(m_document.spec()))
        names << shown(field).left(80);
    const bool newer = m_document.spec().version > specVersion;
    if (names.isEmpty() && !newer)
        return;
    const qsizetype count = names.size();
    QString list = names.mid(0, mostNamed).join(", ");
    if (count > mostNamed)
        list += tr(", and %1 more").arg(count - mostNamed);
    m_banner->show({.tone = Tone::Note,
                    .what = newer ? tr("“%1” was written by a newer Pivotbench.").arg(m_document.title())
                                  : tr("“%1” has settings that this Pivotbench does not know.").arg(m_document.title()),
                    .where = shown(m_document.path().toStdString()),
                    .why = count == 0   ? tr("Everything in it is understood.")
                           : count == 1 ? tr("One setting is not understood and is kept: %1").arg(list)
                                        : tr("%1 settings are not understood and are kept: %2").arg(count).arg(list),
                    .now = count == 0 ? QString() : tr("A run goes without them.")});
}

void MainWindow::show(const Error &error) { m_banner->show(messageOf(error)); }

} // namespace pivotbench::app
