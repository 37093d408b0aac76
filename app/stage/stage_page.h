// SPDX-License-Identifier: Apache-2.0
//
// The place Stage: how the mount namespace of a sandbox comes to be, step by step. Plays the prediction of the window's
// document, or a recording that was opened, which stays until it is closed. Owned by its window; interface thread.
#pragma once

#include "app/document/analysis.h"
#include "app/stage/stage_player.h"
#include "app/stage/stage_source.h"

#include <QPointer>
#include <QWidget>
#include <memory>
#include <optional>

class QAction;
class QComboBox;
class QHBoxLayout;
class QSplitter;
class QStackedWidget;

namespace pivotbench::app {

class Banner;
class EmptyState;
class SourceStrip;
class StageInspector;
class StagePresenter;
class StageView;
class Timeline;

class StagePage : public QWidget {
    Q_OBJECT

public:
    /// `open` asks for a file; for the empty state.
    explicit StagePage(QAction *open, QWidget *parent = nullptr);
    ~StagePage() override;

    /// The document is this now; both may be null. Predicted once the page is seen.
    void setAnalysis(const std::shared_ptr<const Analysis> &analysis,
                     const std::shared_ptr<const core::HostFacts> &facts);
    /// A .pbrec; opened() or a banner follows.
    void openRecording(const QString &path);
    /// By its id or number; once there is something to play.
    void showStep(const QString &idOrNumber);
    void present();
    /// Beside the style's own wish.
    void setReducedMotion(bool reduced);

    [[nodiscard]] StagePlayer &player() { return m_player; }
    [[nodiscard]] const StageSource &source() const { return m_source; }
    /// Nothing is being read, predicted or moved.
    [[nodiscard]] bool isAtRest() const;

signals:
    /// A recording is shown now.
    void opened(const QString &path);
    void presetRequested(const QString &id);
    /// Something was copied: for a notice.
    void copied(const QString &what);

protected:
    void changeEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void makeActions();
    [[nodiscard]] QWidget *transport();
    void foretell();
    void closeRecording();
    void setSource(StageSource source);
    void tellFrame();
    void refreshActions();
    void refreshMotion();

    StagePlayer m_player;
    StageSource m_source;
    std::shared_ptr<const Analysis> m_analysis;
    std::shared_ptr<const core::HostFacts> m_facts;
    bool m_foretelling = false;
    bool m_stale = false;        ///< the prediction is not that of m_analysis
    std::uint64_t m_opening = 0; ///< counts what is opened or closed: an older answer is stale
    bool m_reading = false;
    bool m_reducedMotion = false;
    QString m_wantedStep;

    SourceStrip *m_strip;
    Banner *m_banner;
    QStackedWidget *m_stack;
    EmptyState *m_empty;
    QSplitter *m_splitter;
    StageView *m_view;
    StageInspector *m_inspector;
    Timeline *m_timeline;
    QComboBox *m_speed;
    QPointer<StagePresenter> m_presenter;

    QAction *m_play = nullptr;
    QAction *m_next = nullptr;
    QAction *m_back = nullptr;
    QAction *m_breakpoint = nullptr;
    QAction *m_present = nullptr;
    QAction *m_close = nullptr;
};

} // namespace pivotbench::app
