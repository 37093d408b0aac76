// SPDX-License-Identifier: Apache-2.0
#include "app/workbench/app_context.h"

#include "app/workbench/desktop_notifier.h"
#include "app/workbench/main_window.h"

#include <QApplication>
#include <QFile>
#include <QTimer>

namespace pivotbench::app {

namespace {

constexpr qsizetype mostRecent = 12;
const QString recentKey = QStringLiteral("recent");
const QString themeKey = QStringLiteral("theme");

} // namespace

AppContext::AppContext(QObject *parent)
    : QObject(parent)
    , m_settings(QSettings::IniFormat, QSettings::UserScope, "pivotbench", "pivotbench")
    , m_notifier(new DesktopNotifier({}, this))
{
    m_sandboxes.refresh();
}

void AppContext::setSetting(const QString &key, const QVariant &value)
{
    m_settings.setValue(key, value);
    // QSettings writes from the event loop, and says afterwards whether it could.
    QTimer::singleShot(0, this, [this] {
        m_settings.sync();
        if (m_settings.status() != QSettings::NoError && !std::exchange(m_settingsBroken, true))
            emit settingsBroken(core::failure("settings.write", "settings and recent files cannot be written",
                                              QFile::encodeName(m_settings.fileName()).toStdString(),
                                              "they are kept until Pivotbench ends; make that folder writable")
                                    .error());
    });
}

QStringList AppContext::recent() const { return m_settings.value(recentKey).toStringList(); }

void AppContext::addRecent(const QString &path)
{
    QStringList paths = recent();
    paths.removeAll(path);
    paths.prepend(path);
    setSetting(recentKey, paths.mid(0, mostRecent));
    emit recentChanged();
}

void AppContext::removeRecent(const QString &path)
{
    QStringList paths = recent();
    paths.removeAll(path);
    setSetting(recentKey, paths);
    emit recentChanged();
}

Theme AppContext::theme() const
{
    const QString word = m_settings.value(themeKey).toString();
    return word == "light" ? Theme::Light : word == "dark" ? Theme::Dark : Theme::System;
}

void AppContext::setTheme(Theme theme)
{
    setSetting(themeKey, theme == Theme::Light ? "light" : theme == Theme::Dark ? "dark" : "system");
    applyLook(*qApp, theme);
}

MainWindow *AppContext::newWindow()
{
    auto *window = new MainWindow(*this);
    window->setAttribute(Qt::WA_DeleteOnClose);
    return window;
}

QList<MainWindow *> AppContext::windows()
{
    QList<MainWindow *> windows;
    for (QWidget *widget : QApplication::topLevelWidgets())
        if (auto *window = qobject_cast<MainWindow *>(widget); window && window->isVisible())
            windows << window;
    return windows;
}

} // namespace pivotbench::app
