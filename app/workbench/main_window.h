// SPDX-License-Identifier: Apache-2.0
//
// One window of the workbench: the rail of places, the pages, the actions of the menus. A shell: pages own their
// widgets, the document owns the state. Deletes itself when it is closed; interface thread.
#pragma once

#include "app/document/analyser.h"
#include "app/document/layer_watch.h"
#include "app/document/recovery.h"
#include "app/document/sandbox_document.h"
#include "app/widgets/icons.h"

#include <QMainWindow>
#include <functional>
#include <vector>

class QLabel;
class QMenu;
class QStackedWidget;

namespace pivotbench::app {

class AppContext;
class Banner;
class ComposePage;
struct CopyForm;
class NavigationRail;
class RunPage;
class SandboxView;
class StagePage;
class StartPage;
class TaskButton;
class ToastArea;

enum class Place { Start, Compose, Stage, Run };

class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    explicit MainWindow(AppContext &context);
    ~MainWindow() override;

    [[nodiscard]] SandboxDocument &document() { return m_document; }
    [[nodiscard]] const Analyser &analyser() const { return m_analyser; }

    /// Nothing is shown in it, nor about to be.
    [[nodiscard]] bool isFree() const { return m_document.isEmpty() && !m_document.isOpening(); }
    /// What was opened is analysed, read and shown.
    [[nodiscard]] bool isAtRest() const;

    /// A sandbox: here where it is free, otherwise in a new window. A recording: on the Stage of this one. `then` is
    /// called with that window once it is open, and not at all where it cannot be opened.
    void openFile(const QString &path, const std::function<void(MainWindow &)> &then = {});
    /// By its id; false where there is none.
    bool openPreset(const QString &id);
    void goTo(Place place);
    /// On the Stage, by its id or number, once there is one.
    void showStep(const QString &idOrNumber);
    /// On the Stage, once there is something to play: beside a preset by its id, or a file.
    void compareWith(const QString &presetOrFile);
    /// On the Stage, in the step that is shown.
    void walkPath(const QString &path);
    /// On the Stage, after the step that is shown, once there is one.
    void suppose(const QString &operation);
    void run();
    void runOnStage();
    void exportStage();

protected:
    void closeEvent(QCloseEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;
    bool focusNextPrevChild(bool next) override;

private:
    void makeActions();
    void makeMenus();
    void makePages();
    /// Pages that are made when they are first wanted: a window shows its start page sooner without them.
    ComposePage &compose();
    StagePage &stage();
    RunPage &runs();
    [[nodiscard]] std::vector<int> placeOf(const QWidget &widget) const;
    [[nodiscard]] int runningHere() const;
    QAction *action(const QString &text, Icon picture, const QKeySequence &keys, const std::function<void()> &run);
    void readFilesAgain();
    void refreshTitle();
    void useKept(const QString &name, const std::string &specName);
    void offerLayer(const QString &path);
    void refreshRecentMenu();
    void refreshHelper();
    void refreshRunning();
    void offerLost();
    void noteUnknown();
    void tellEnded(SandboxView *view);
    void show(const core::Error &error);
    void save(const std::function<void()> &then = {});
    void saveAs(const std::function<void()> &then = {});
    /// Asks what to do with unsaved changes, then goes on; not where the person cancels.
    void settle(const std::function<void()> &then);
    /// Says what closing does to running sandboxes, then goes on; not where the person cancels.
    void letGo(const std::function<void()> &then);
    void openInFreeWindow(const std::function<void(MainWindow &)> &open);
    void copyAs(QMenu &menu);
    /// To the clipboard, and says what is not in it.
    void copy(const CopyForm &form);

    AppContext &m_context;
    SandboxDocument m_document;
    Analyser m_analyser;
    Recovery m_recovery;
    LayerWatch m_layerWatch;

    NavigationRail *m_rail;
    QStackedWidget *m_pages;
    Banner *m_banner;
    StartPage *m_start = nullptr;
    ComposePage *m_compose = nullptr; ///< null until compose()
    StagePage *m_stage = nullptr;     ///< null until stage()
    RunPage *m_run = nullptr;         ///< null until runs()
    ToastArea *m_toasts = nullptr;
    TaskButton *m_taskButton;
    QLabel *m_helper;

    QAction *m_new = nullptr;
    QAction *m_open = nullptr;
    QAction *m_save = nullptr;
    QAction *m_saveAs = nullptr;
    QAction *m_launchOnStage = nullptr;
    QAction *m_launch = nullptr;
    QAction *m_stop = nullptr;
    QMenu *m_recentMenu = nullptr;
    std::function<void()> m_afterSave;
    std::function<void(MainWindow &)> m_afterOpen;
    bool m_closing = false;
};

} // namespace pivotbench::app
