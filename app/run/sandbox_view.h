// SPDX-License-Identifier: Apache-2.0
//
// One sandbox as a person uses it: its terminals, its processes, what it uses, and how it ended. Owned by the Run page;
// interface thread.
#pragma once

#include "app/sandboxes/sandbox_session.h"

#include <QWidget>

class QAction;
class QLabel;
class QStackedWidget;
class QTabWidget;

namespace pivotbench::app {

class Badge;
class Banner;
class ChangesView;
class ElidedLabel;
class ProcessPanel;
class TaskList;

class SandboxView : public QWidget {
    Q_OBJECT

public:
    /// Takes the session.
    SandboxView(SandboxSession *session, TaskList &tasks, QWidget *parent = nullptr);

    [[nodiscard]] SandboxSession &session() { return *m_session; }
    [[nodiscard]] const SandboxSession &session() const { return *m_session; }
    /// For lists and tabs: the spec's name, or the helper's for one that was found.
    [[nodiscard]] QString title() const;
    /// Whether it has ever been on the screen, and so a person may know it, or have opened something in it.
    [[nodiscard]] bool wasSeen() const { return m_seen; }
    void focusTerminal();

    void stop();
    void openTerminal();
    void showChanges(bool on);
    /// Processes outside that have joined it for further commands.
    void setJoined(const std::vector<int> &joined);
    [[nodiscard]] ChangesView &changes() { return *m_changes; }

signals:
    void stateChanged();

protected:
    void showEvent(QShowEvent *event) override;

private:
    void showState();
    void addTerminal(core::UniqueFd &master, const QString &title);

    SandboxSession *m_session;
    QLabel *m_title;
    Badge *m_badge;
    ElidedLabel *m_details;
    Banner *m_banner;
    QTabWidget *m_terminals;
    QLabel *m_noTerminal;
    ChangesView *m_changes;
    QStackedWidget *m_left; ///< the terminals, or the changes
    ProcessPanel *m_processes;
    QAction *m_stop;
    QAction *m_terminal;
    QAction *m_showChanges;
    bool m_seen = false;
};

} // namespace pivotbench::app
