// SPDX-License-Identifier: Apache-2.0
//
// The processes of one sandbox as a tree, with signals, and what they use as small live graphs. Reads /proc in the
// background while it can be seen. Owned by its SandboxView; interface thread.
#pragma once

#include "core/base/result.h"
#include "core/host/process_tree.h"
#include "core/spec/sandbox_spec.h"

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>
#include <optional>

class QMenu;
class QTreeWidget;

namespace pivotbench::app {

class Sparkline;

class ProcessPanel : public QWidget {
    Q_OBJECT

public:
    explicit ProcessPanel(QWidget *parent = nullptr);

    /// 0: none.
    void setProcess(int pid);
    /// Processes that joined the sandbox; their children are in it.
    void setJoined(const std::vector<int> &joined);
    void setLimits(const core::ResourcesSpec &limits);

signals:
    /// A signal could not be sent.
    void problem(const pivotbench::core::Error &error);

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void read();
    void show(const std::vector<core::ProcessInfo> &processes);
    void showMenu(QPoint position);

    int m_pid = 0;
    std::vector<int> m_joined;
    bool m_reading = false;
    QTimer m_timer;
    QElapsedTimer m_sinceLast;
    std::optional<std::uint64_t> m_lastCpu;
    std::vector<core::ProcessInfo> m_processes;
    QTreeWidget *m_tree;
    Sparkline *m_memory;
    Sparkline *m_cpu;
    Sparkline *m_count;
};

} // namespace pivotbench::app
