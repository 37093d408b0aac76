// SPDX-License-Identifier: Apache-2.0
//
// What the windows of one program share: settings, recent documents, the list of sandboxes, long tasks, the windows
// themselves. The composition root: made in main, handed on by reference. Interface thread.
#pragma once

#include "app/sandboxes/sandbox_list.h"
#include "app/tasks/task_list.h"
#include "app/widgets/palette.h"

#include <QList>
#include <QObject>
#include <QSettings>
#include <QStringList>
#include <QVariant>

namespace pivotbench::app {

class DesktopNotifier;
class MainWindow;

class AppContext : public QObject {
    Q_OBJECT

public:
    explicit AppContext(QObject *parent = nullptr);

    [[nodiscard]] SandboxList &sandboxes() { return m_sandboxes; }
    [[nodiscard]] TaskList &tasks() { return m_tasks; }
    [[nodiscard]] DesktopNotifier &notifier() { return *m_notifier; }

    /// Newest first. Files that are gone stay listed: they may be on a disk that is not there now.
    [[nodiscard]] QStringList recent() const;
    void addRecent(const QString &path);
    void removeRecent(const QString &path);

    [[nodiscard]] Theme theme() const;
    void setTheme(Theme theme);

    /// Small state of windows: sizes, splitters.
    [[nodiscard]] QVariant setting(const QString &key) const { return m_settings.value(key); }
    void setSetting(const QString &key, const QVariant &value);

    /// A new window, shown by its caller. It deletes itself when it is closed.
    MainWindow *newWindow();
    /// Those that are open.
    [[nodiscard]] static QList<MainWindow *> windows();

signals:
    void recentChanged();
    /// Told once: they are kept while the program runs, and no longer.
    void settingsBroken(const pivotbench::core::Error &error);

private:
    QSettings m_settings;
    bool m_settingsBroken = false;
    SandboxList m_sandboxes;
    TaskList m_tasks;
    DesktopNotifier *m_notifier;
};

} // namespace pivotbench::app
