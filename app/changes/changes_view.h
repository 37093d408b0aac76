// SPDX-License-Identifier: Apache-2.0
//
// What a sandbox has changed in its root: the list, the difference of a file, and what to do with it: keep it for the
// next run, make a layer of it, apply it to a folder, discard it. Reads while it can be seen, and once more when the
// sandbox has ended. Owned by its SandboxView; interface thread.
#pragma once

#include "app/client/changes_request.h"
#include "app/tasks/task_list.h"

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

class QAction;
class QPlainTextEdit;
class QStackedWidget;
class QTreeView;

namespace pivotbench::app {

class Banner;
class ChangesModel;
class ElidedLabel;
class EmptyState;
class SandboxSession;

class ChangesView : public QWidget {
    Q_OBJECT

public:
    ChangesView(SandboxSession &session, TaskList &tasks, QWidget *parent = nullptr);

    /// Without the mount points that the launch itself made.
    [[nodiscard]] int count() const;
    void refresh();

signals:
    void countChanged(int count);
    /// They are a kept layer of that name now.
    void kept(const QString &name);
    /// They are a layer in that folder now.
    void layerMade(const QString &path);
    /// They were applied to the folder; `replaced` is where in it what was there before lies, or empty.
    void applied(const QString &folder, const QString &replaced);

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void makeActions();
    void hold();
    void show(core::Result<ChangeList> read);
    void showState();
    void showDifference();
    void showText(const QString &text, bool isDifference);
    [[nodiscard]] core::ChangeSelection selection() const;
    void askKeep();
    void askLayer();
    void askFolder();
    void askDiscard();
    void take(const QString &title, TakeOrder order, const std::function<void(const core::TakenChanges &)> &then);

    SandboxSession &m_session;
    TaskList &m_tasks;
    ChangesModel *m_model;
    QTreeView *m_tree;
    QPlainTextEdit *m_text;
    ElidedLabel *m_summary;
    Banner *m_banner;
    EmptyState *m_empty;
    QStackedWidget *m_stack;
    QAction *m_refresh;
    QAction *m_keep;
    QAction *m_layer;
    QAction *m_apply;
    QAction *m_discard;
    QTimer m_timer;
    QElapsedTimer m_reading; ///< valid while a list is being read
    bool m_again = false;
    bool m_held = false;
    std::uint64_t m_asked = 0; ///< counts questions for a difference: an older answer is stale
};

} // namespace pivotbench::app
