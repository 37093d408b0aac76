// SPDX-License-Identifier: Apache-2.0
#include "app/run/process_panel.h"

#include "app/base/background.h"
#include "app/base/text.h"
#include "app/sandboxes/process_signal.h"
#include "app/sandboxes/sandbox_session.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "app/widgets/sparkline.h"

#include <QHeaderView>
#include <QLocale>
#include <QMenu>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <csignal>
#include <map>

namespace pivotbench::app {

using namespace core;

namespace {

constexpr int intervalMs = 1000;
constexpr int offered[] = {SIGTERM, SIGINT, SIGHUP, SIGSTOP, SIGCONT, SIGUSR1, SIGUSR2, SIGKILL};
constexpr int pidRole = Qt::UserRole;
enum Column { Name, Pid, Memory, State };

QString stateWord(char state)
{
    switch (state) {
    case 'R': return ProcessPanel::tr("running");
    case 'S': return ProcessPanel::tr("sleeping");
    case 'D': return ProcessPanel::tr("waiting for a device");
    case 'T':
    case 't': return ProcessPanel::tr("stopped");
    case 'Z': return ProcessPanel::tr("ended, not reaped");
    case 'I': return ProcessPanel::tr("idle");
    default: return QString(state);
    }
}

void fill(QTreeWidgetItem &item, const ProcessInfo &process)
{
    const QString command = process.commandLine.empty() ? '[' + shown(process.name) + ']' : shown(process.commandLine);
    item.setText(Name, command);
    item.setToolTip(Name, plainToolTip(command));
    item.setText(Pid, QString::number(process.insidePid));
    item.setToolTip(Pid, ProcessPanel::tr("%1 outside").arg(process.pid));
    item.setText(Memory, QLocale().formattedDataSize(static_cast<qint64>(process.residentBytes)));
    item.setText(State, stateWord(process.state));
    item.setTextAlignment(Memory, Qt::AlignRight | Qt::AlignVCenter);
    item.setData(Name, pidRole, process.pid);
}

} // namespace

ProcessPanel::ProcessPanel(QWidget *parent)
    : QWidget(parent)
    , m_tree(new QTreeWidget)
    , m_memory(new Sparkline(tr("Memory")))
    , m_cpu(new Sparkline(tr("CPU")))
    , m_count(new Sparkline(tr("Processes and threads")))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(space(Space::Small, this), space(Space::Small, this), space(Space::Small, this),
                               space(Space::Small, this));
    column->setSpacing(space(Space::Small, this));
    m_memory->setFormatter([](double bytes) { return QLocale().formattedDataSize(static_cast<qint64>(bytes)); });
    m_cpu->setFormatter([](double percent) { return tr("%1 %").arg(QLocale().toString(percent, 'f', 0)); });
    for (Sparkline *graph : {m_memory, m_cpu, m_count})
        column->addWidget(graph);
    m_tree->setAccessibleName(tr("Processes of the sandbox"));
    m_tree->setHeaderLabels({tr("Process"), tr("PID"), tr("Memory"), tr("State")});
    m_tree->setUniformRowHeights(true);
    m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
    m_tree->header()->setStretchLastSection(false);
    m_tree->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_tree->header()->setSectionResizeMode(Name, QHeaderView::Stretch);
    column->addWidget(m_tree, 1);
    connect(m_tree, &QTreeWidget::customContextMenuRequested, this, &ProcessPanel::showMenu);
    m_timer.setInterval(intervalMs);
    connect(&m_timer, &QTimer::timeout, this, &ProcessPanel::read);
}

void ProcessPanel::setProcess(int pid)
{
    if (m_pid == pid)
        return;
    m_pid = pid;
    m_lastCpu.reset();
    for (Sparkline *graph : {m_memory, m_cpu, m_count})
        graph->clear();
    if (isVisible())
        read();
}

void ProcessPanel::setJoined(const std::vector<int> &joined)
{
    if (m_joined == joined)
        return;
    m_joined = joined;
    if (isVisible())
        read();
}

void ProcessPanel::setLimits(const ResourcesSpec &limits)
{
    const auto limit = [](const std::optional<std::uint64_t> &value, double factor) {
        return value ? std::optional(static_cast<double>(*value) * factor) : std::nullopt;
    };
    m_memory->setLimit(limit(limits.memoryBytes, 1));
    m_count->setLimit(limit(limits.pids, 1));
    m_cpu->setLimit(limit(limits.cpuQuota, 0.001)); // µs of each 100 ms, as percent of one processor
}

void ProcessPanel::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_timer.start();
    read();
}

void ProcessPanel::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_timer.stop();
}

void ProcessPanel::read()
{
    if (m_pid == 0) {
        show({});
        return;
    }
    if (m_reading)
        return;
    m_reading = true;
    runBeside(
        this, [pid = m_pid, joined = m_joined] { return readProcessTree(pid, joined); },
        [this, pid = m_pid](const std::vector<ProcessInfo> &processes) {
            m_reading = false;
            if (pid == m_pid)
                show(processes);
        });
}

void ProcessPanel::show(const std::vector<ProcessInfo> &processes)
{
    if (!processes.empty()) {
        const Usage usage = usageOf(processes);
        m_memory->addSample(static_cast<double>(usage.memoryBytes));
        m_count->addSample(static_cast<double>(usage.processes));
        // What ended took its time along, so a sum may shrink.
        if (m_lastCpu && m_sinceLast.isValid() && m_sinceLast.nsecsElapsed() > 0)
            m_cpu->addSample(usage.cpuNanoseconds > *m_lastCpu
                                 ? 100.0 * static_cast<double>(usage.cpuNanoseconds - *m_lastCpu) /
                                       static_cast<double>(m_sinceLast.nsecsElapsed())
                                 : 0.0);
        m_lastCpu = usage.cpuNanoseconds;
        m_sinceLast.restart();
    }
    if (processes == m_processes)
        return;
    m_processes = processes;
    // Items are kept by pid, so that selection and scrolling stay.
    std::map<int, QTreeWidgetItem *> old;
    for (QTreeWidgetItemIterator it(m_tree); *it; ++it)
        old[(*it)->data(Name, pidRole).toInt()] = *it;
    std::vector<QTreeWidgetItem *> items;
    for (const ProcessInfo &process : processes) {
        QTreeWidgetItem *above = process.parent < 0 ? nullptr : items[static_cast<std::size_t>(process.parent)];
        QTreeWidgetItem *item = nullptr;
        if (const auto known = old.find(process.pid); known != old.end() && known->second->parent() == above) {
            item = known->second;
            old.erase(known);
        } else {
            item = above ? new QTreeWidgetItem(above) : new QTreeWidgetItem(m_tree);
            (above ? above : item)->setExpanded(true);
        }
        fill(*item, process);
        items.push_back(item);
    }
    // Children of what is gone have been made anew elsewhere; deepest first, because a parent deletes its own.
    std::vector<QTreeWidgetItem *> gone;
    for (QTreeWidgetItemIterator it(m_tree); *it; ++it)
        if (const auto left = old.find((*it)->data(Name, pidRole).toInt()); left != old.end() && left->second == *it)
            gone.push_back(*it);
    for (auto item = gone.rbegin(); item != gone.rend(); ++item)
        delete *item;
}

void ProcessPanel::showMenu(QPoint position)
{
    const QTreeWidgetItem *item = m_tree->itemAt(position);
    if (!item)
        return;
    const auto process = std::ranges::find(m_processes, item->data(Name, pidRole).toInt(), &ProcessInfo::pid);
    if (process == m_processes.end())
        return;
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (const int number : offered)
        menu->addAction(icon(Icon::Signal), tr("Send %1").arg(signalName(number)), this,
                        [this, process = *process, number] {
                            if (const Status sent = signalProcess(process, number); !sent)
                                emit problem(sent.error());
                        });
    menu->popup(m_tree->viewport()->mapToGlobal(position));
}

} // namespace pivotbench::app
