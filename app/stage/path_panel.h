// SPDX-License-Identifier: Apache-2.0
//
// The path walker: a path is typed, and the kernel model walks it in the frame that is shown, hop by hop, each with a
// sentence here and a ring in the scene. Up and Down go from hop to hop, Enter plays them all, Escape closes. Another
// frame: it walks again. Looking up names may take long, so that is done beside the interface, and the newest wins.
//
// Player and view have to outlive it. Interface thread.
#pragma once

#include "core/stage/drawing.h"
#include "core/stage/path_walk.h"

#include <QTimer>
#include <QVariantAnimation>
#include <QWidget>
#include <optional>

class QAction;
class QCompleter;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QListWidget;
class QStringListModel;
class QVBoxLayout;

namespace pivotbench::app {

class StagePlayer;
class StageView;
class VerdictLine;

class PathPanel : public QWidget {
    Q_OBJECT

public:
    PathPanel(StagePlayer &player, StageView &view, QWidget *parent = nullptr);

    /// To type into: what is there is selected.
    void begin();
    void setPath(const QString &path);
    [[nodiscard]] QString path() const;

    /// Of the frame that is shown; absent while there is none, and while it is being walked.
    [[nodiscard]] const std::optional<core::stage::PathWalk> &walk() const { return m_walk; }
    /// The hop that is shown; -1 for none.
    [[nodiscard]] int hop() const;
    void setHop(int hop);
    /// From the first hop to the last.
    void play();
    [[nodiscard]] bool isPlaying() const { return m_beat.isActive(); }
    [[nodiscard]] bool isAtRest() const { return !m_asking && m_glide.state() != QAbstractAnimation::Running; }

signals:
    /// It does not want to be seen any more.
    void left();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void changeEvent(QEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    void makeActions();
    void measure();
    void offerPaths();
    void walkAgain();
    void show(core::stage::PathWalk walk);
    using QWidget::show;
    void stop();
    void beat();
    void hopChanged();
    void drawHop(bool glide);
    void refreshActions();

    StagePlayer &m_player;
    StageView &m_view;
    std::optional<core::stage::PathWalk> m_walk;
    bool m_asking = false; ///< a walk is under way, perhaps not that of what is wanted now
    bool m_stale = false;  ///< what is shown is not that of the frame and path
    QTimer m_beat;         ///< while the hops are played
    QVariantAnimation m_glide;
    core::stage::Drawing m_from;
    core::stage::Drawing m_to;

    QVBoxLayout *m_column;
    QLabel *m_title;
    QLineEdit *m_field;
    QStringListModel *m_known;
    QHBoxLayout *m_examples;
    QListWidget *m_hops;
    VerdictLine *m_outcome;
    QLabel *m_count;
    QLabel *m_knowledge;
    QAction *m_back = nullptr;
    QAction *m_play = nullptr;
    QAction *m_next = nullptr;
    QAction *m_close = nullptr;
};

} // namespace pivotbench::app
