// SPDX-License-Identifier: Apache-2.0
//
// The place Run: the sandboxes of this user, those of other windows and of pivotctl too, and the one that is looked at.
// Owned by its window; interface thread.
#pragma once

#include "app/sandboxes/sandbox_session.h"

#include <QList>
#include <QWidget>
#include <map>
#include <optional>
#include <string>

class QAction;
class QListWidget;
class QListWidgetItem;
class QStackedWidget;

namespace pivotbench::app {

class EmptyState;
class SandboxList;
class SandboxView;
class TaskList;

class RunPage : public QWidget {
    Q_OBJECT

public:
    /// `run` launches the document; for the empty state.
    RunPage(SandboxList &list, TaskList &tasks, QAction *run, QWidget *parent = nullptr);

    /// Launches it and shows it.
    SandboxSession &launch(const core::SandboxSpec &spec, std::optional<Observation> observation = {});
    [[nodiscard]] SandboxView *current() const;
    void showSandbox(const SandboxSession &session);
    /// Those launched here that run.
    [[nodiscard]] int runningHere() const;

signals:
    void currentChanged();
    /// One that was launched here has ended.
    void ended(pivotbench::app::SandboxView *view);
    /// The changes of a sandbox are a kept layer of that name now. `specName` is of what it was launched from here.
    void changesKept(const QString &name, const std::string &specName);
    /// The changes of a sandbox are a layer in that folder now.
    void layerMade(const QString &path);
    /// They were applied to the folder; `replaced` is where in it what was there before lies, or empty.
    void changesApplied(const QString &folder, const QString &replaced);

private:
    void add(SandboxView *view);
    void remove(SandboxView *view);
    void refresh();
    void describe(QListWidgetItem *item, const SandboxView &view) const;
    void showMenu(QPoint position);
    [[nodiscard]] SandboxView *viewOf(const QListWidgetItem *item) const;

    SandboxList &m_all;
    TaskList &m_tasks;
    QListWidget *m_list;
    QStackedWidget *m_stack;
    EmptyState *m_empty;
};

} // namespace pivotbench::app
