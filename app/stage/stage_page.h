// SPDX-License-Identifier: Apache-2.0
//
// The place Stage: how the mount namespace of a sandbox comes to be, step by step. Plays the prediction of the window's
// document, or a recording that was opened, which stays until it is closed, or a launch while the kernel makes it: then
// playing and stepping at its end lets the kernel go on. What is played can stand beside something else
// (stage_comparison.h). Owned by its window; interface thread.
#pragma once

#include "app/document/analysis.h"
#include "app/stage/compare_partner.h"
#include "app/stage/stage_player.h"
#include "app/stage/stage_source.h"
#include "core/base/unique_fd.h"

#include <QPointer>
#include <QWidget>
#include <memory>
#include <optional>

class QAction;
class QComboBox;
class QHBoxLayout;
class QMenu;
class QSplitter;
class QStackedWidget;

namespace pivotbench::app {

class Banner;
class EmptyState;
class LiveLaunch;
class PeekPanel;
class SandboxSession;
class PathPanel;
class SourceStrip;
class StageComparison;
class StageInspector;
class StagePresenter;
class StageView;
class Task;
class TaskList;
class Timeline;
class WhatIfPalette;

class StagePage : public QWidget {
    Q_OBJECT

public:
    /// `open` asks for a file, for the empty state; `launch` runs the document with watch().
    StagePage(TaskList &tasks, QAction *open, QAction *launch, QWidget *parent = nullptr);
    ~StagePage() override;

    /// The document is this now; both may be null. Predicted once the page is seen.
    void setAnalysis(const std::shared_ptr<const Analysis> &analysis,
                     const std::shared_ptr<const core::HostFacts> &facts);
    /// A .pbrec; opened() or a banner follows.
    void openRecording(const QString &path);
    /// A launch that has begun; `file` is LiveLaunch's, and the session has a duplicate of it (Observation).
    void watch(SandboxSession &session, core::UniqueFd file);
    /// By its id or number; once there is something to play.
    void showStep(const QString &idOrNumber);
    /// Once there is something to play: puts it beside that, or tells in a banner why not.
    void compareWith(const ComparePartner &partner);
    void stopComparing();
    /// Null until something was compared.
    [[nodiscard]] StageComparison *comparison() const { return m_comparison; }
    [[nodiscard]] bool isComparing() const;
    /// Opens the path walker; an empty path leaves what is in it.
    void walk(const QString &path = {});
    /// Supposes an operation as "pivotctl whatif" takes it, once there is something to play.
    void suppose(const QString &operation);
    void present();
    /// Beside the style's own wish.
    void setReducedMotion(bool reduced);

    [[nodiscard]] StagePlayer &player() { return m_player; }
    [[nodiscard]] const StageSource &source() const { return m_source; }
    /// Null where none is watched.
    [[nodiscard]] const LiveLaunch *launch() const { return m_live; }
    /// Nothing is being read, predicted or moved.
    [[nodiscard]] bool isAtRest() const;

signals:
    /// A recording is shown now.
    void opened(const QString &path);
    void presetRequested(const QString &id);
    /// Its terminals and processes are wanted.
    void sandboxRequested(pivotbench::app::SandboxSession *session);
    /// Of all that is played, or of the step that is shown.
    void exportRequested();
    /// The recording of a launch is in that file now.
    void recordingSaved(const QString &path);
    /// Something was copied: for a notice.
    void copied(const QString &what);

protected:
    void changeEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void makeActions(QAction *launch);
    [[nodiscard]] QWidget *transport();
    void foretell();
    void stopReading();
    void closeRecording();
    void takeLaunch();
    void dropLaunch();
    void tellLaunch();
    void askWhereToSave();
    void setSource(StageSource source);
    void tellFrame();
    void refreshActions();
    void refreshMotion();
    void makeComparison();
    void fillCompareMenu(QMenu &menu);
    void chooseComparedFile();
    void showComparison();
    void refreshStrip();

    TaskList &m_tasks;
    StagePlayer m_player;
    StageSource m_source;
    std::shared_ptr<const Analysis> m_analysis;
    std::shared_ptr<const core::HostFacts> m_facts;
    LiveLaunch *m_live = nullptr;
    bool m_runningOn = false; ///< to a breakpoint: what comes of it is played
    bool m_foretelling = false;
    bool m_stale = false;        ///< the prediction is not that of m_analysis
    std::uint64_t m_opening = 0; ///< counts what is opened or closed: an older answer is stale
    QPointer<Task> m_reading;    ///< a recording
    bool m_reducedMotion = false;
    QString m_wantedStep;
    QStringList m_wantedOperations;

    SourceStrip *m_strip;
    Banner *m_banner;
    QStackedWidget *m_stack;
    EmptyState *m_empty;
    QSplitter *m_splitter;
    QSplitter *m_parts; ///< the stage, and below it a terminal
    StageView *m_view;
    StageInspector *m_inspector;
    PathPanel *m_path;
    WhatIfPalette *m_whatIf;
    QStackedWidget *m_side; ///< the inspector, or the path walker
    Timeline *m_timeline;
    QComboBox *m_speed;
    PeekPanel *m_peekPanel;
    QPointer<StagePresenter> m_presenter;
    QWidget *m_bar = nullptr;
    QHBoxLayout *m_barRow = nullptr;
    StageComparison *m_comparison = nullptr;
    std::optional<ComparePartner> m_wantedPartner;

    QAction *m_play = nullptr;
    QAction *m_next = nullptr;
    QAction *m_back = nullptr;
    QAction *m_breakpoint = nullptr;
    QAction *m_present = nullptr;
    QAction *m_close = nullptr;
    QAction *m_compare = nullptr;
    QAction *m_stopComparing = nullptr;
    QAction *m_launch = nullptr;
    QAction *m_runOn = nullptr;
    QAction *m_peek = nullptr;
    QAction *m_abort = nullptr;
    QAction *m_showSandbox = nullptr;
    QAction *m_saveRecording = nullptr;
    QAction *m_export = nullptr;
    QAction *m_walk = nullptr;
    QAction *m_suppose = nullptr;
};

} // namespace pivotbench::app
