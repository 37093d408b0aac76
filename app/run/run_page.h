// SPDX-License-Identifier: Apache-2.0
//
// The place Run: the sandboxes of this user, those of other windows and of pivotctl too, and the one that is looked at.
// Owned by its window; interface thread.
#pragma once

#include "core/spec/sandbox_spec.h"

#include <QList>
#include <QWidget>
#include <map>
#include <string>

class QAction;
class QListWidget;
class QListWidgetItem;
class QStackedWidget;

namespace pivotbench::app {

class EmptyState;
class SandboxList;
class SandboxView;

class RunPage : public QWidget {
    Q_OBJECT

public:
    /// `run` launches the document; for the empty state.
    RunPage(SandboxList &list, QAction *run, QWidget *parent = nullptr);

    /// Launches it and shows it.
    void launch(const core::SandboxSpec &spec);
    [[nodiscard]] SandboxView *current() const;
    /// Those launched here that run.
    [[nodiscard]] int runningHere() const;

signals:
    void currentChanged();
    /// One that was launched here has ended.
    void ended(const QString &title, const QString &how);

private:
    void add(SandboxView *view);
    void refresh();
    void describe(QListWidgetItem *item, const SandboxView &view) const;
    void showMenu(QPoint position);
    [[nodiscard]] SandboxView *viewOf(const QListWidgetItem *item) const;

    SandboxList &m_all;
    QListWidget *m_list;
    QStackedWidget *m_stack;
    EmptyState *m_empty;
};

} // namespace pivotbench::app
