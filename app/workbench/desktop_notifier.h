// SPDX-License-Identifier: Apache-2.0
//
// Notifications of the desktop, for what happens while nobody looks: org.freedesktop.Notifications (Desktop
// Notifications Specification 1.2) on the session bus. Silent where there is no bus or no such service; never waits for
// either. Owned by AppContext; interface thread.
#pragma once

#include <QDBusConnection>
#include <QDBusMessage>
#include <QHash>
#include <QObject>
#include <QPointer>
#include <functional>

namespace pivotbench::app {

class DesktopNotifier : public QObject {
    Q_OBJECT

public:
    /// `address` of another bus than the session's.
    explicit DesktopNotifier(QString address = {}, QObject *parent = nullptr);

    /// Both texts are plain, and cut where they are long. `activated` is called with a token for raising windows, which
    /// may be empty, once the person chooses the notification; not when `owner` is gone by then.
    using Activated = std::function<void(const std::string &activationToken)>;
    void notify(const QString &title, const QString &text, QObject *owner, Activated activated);

private slots:
    void actionInvoked(uint id, const QString &action, const QDBusMessage &signal);
    void activationToken(uint id, const QString &token, const QDBusMessage &signal);
    void notificationClosed(uint id, uint reason, const QDBusMessage &signal);

private:
    struct Shown {
        QString service; ///< the unique name of the one that shows it; nobody else may tell of it
        QPointer<QObject> owner;
        Activated activated;
        std::string token = {};
    };

    void send(QDBusConnection bus, const QString &title, const QString &text, QObject *owner,
              const Activated &activated);
    void remember(const QDBusConnection &bus, uint id, const Shown &shown);
    [[nodiscard]] Shown *sendersOwn(uint id, const QDBusMessage &signal);

    QString m_address;
    QHash<uint, Shown> m_shown;
    bool m_listening = false;
};

} // namespace pivotbench::app
