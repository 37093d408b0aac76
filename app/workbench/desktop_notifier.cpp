// SPDX-License-Identifier: Apache-2.0
#include "app/workbench/desktop_notifier.h"

#include "app/base/background.h"

#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>

namespace pivotbench::app {

namespace {

const QString service = QStringLiteral("org.freedesktop.Notifications");
const QString object = QStringLiteral("/org/freedesktop/Notifications");
const QString defaultAction = QStringLiteral("default");
constexpr qsizetype longestTitle = 80;
constexpr qsizetype longestText = 240;
constexpr qsizetype longestToken = 256;
constexpr qsizetype mostShown = 32; ///< a service that never says that one is closed

QString cut(const QString &text, qsizetype most) { return text.size() > most ? text.left(most) + u'…' : text; }

} // namespace

DesktopNotifier::DesktopNotifier(QString address, QObject *parent)
    : QObject(parent)
    , m_address(std::move(address))
{
}

void DesktopNotifier::notify(const QString &title, const QString &text, QObject *owner, Activated activated)
{
    // Connecting waits for the bus.
    runBeside(
        this,
        [address = m_address] {
            return address.isEmpty() ? QDBusConnection::sessionBus() : QDBusConnection::connectToBus(address, address);
        },
        [this, title, text, owner = QPointer(owner), activated = std::move(activated)](const QDBusConnection &bus) {
            if (bus.isConnected() && owner)
                send(bus, title, text, owner, activated);
        });
}

void DesktopNotifier::send(QDBusConnection bus, const QString &title, const QString &text, QObject *owner,
                           const Activated &activated)
{
    // Without the service's name: Qt would wait for the bus to tell who has it. sendersOwn() asks who says it.
    if (!std::exchange(m_listening, true)) {
        bus.connect({}, object, service, "ActionInvoked", this, SLOT(actionInvoked(uint, QString, QDBusMessage)));
        bus.connect({}, object, service, "ActivationToken", this, SLOT(activationToken(uint, QString, QDBusMessage)));
        bus.connect({}, object, service, "NotificationClosed", this,
                    SLOT(notificationClosed(uint, uint, QDBusMessage)));
    }
    QDBusMessage call = QDBusMessage::createMethodCall(service, object, service, "Notify");
    call << QStringLiteral("Pivotbench") << 0U << QStringLiteral("pivotbench") << cut(title, longestTitle)
         << cut(text, longestText).toHtmlEscaped() // the body is markup, the title is not
         << QStringList{defaultAction, tr("Show it")} << QVariantMap{{"desktop-entry", "pivotbench"}} << -1;
    auto *answer = new QDBusPendingCallWatcher(bus.asyncCall(call), this);
    connect(answer, &QDBusPendingCallWatcher::finished, this, [this, bus, answer, owner = QPointer(owner), activated] {
        answer->deleteLater();
        const QDBusPendingReply<uint> id = *answer;
        if (!id.isError())
            remember(bus, id.value(), {.service = {}, .owner = owner, .activated = activated});
    });
}

/// Once it is known who shows it, which an answer of Qt 6.8 does not tell any more.
void DesktopNotifier::remember(const QDBusConnection &bus, uint id, const Shown &shown)
{
    QDBusMessage call = QDBusMessage::createMethodCall("org.freedesktop.DBus", "/org/freedesktop/DBus",
                                                       "org.freedesktop.DBus", "GetNameOwner");
    call << service;
    auto *answer = new QDBusPendingCallWatcher(bus.asyncCall(call), this);
    connect(answer, &QDBusPendingCallWatcher::finished, this, [this, answer, id, shown] {
        answer->deleteLater();
        const QDBusPendingReply<QString> name = *answer;
        if (name.isError())
            return;
        if (m_shown.size() >= mostShown)
            m_shown.clear();
        m_shown.insert(id, {.service = name.value(), .owner = shown.owner, .activated = shown.activated});
    });
}

DesktopNotifier::Shown *DesktopNotifier::sendersOwn(uint id, const QDBusMessage &signal)
{
    const auto found = m_shown.find(id);
    return found != m_shown.end() && found->service == signal.service() ? &*found : nullptr;
}

void DesktopNotifier::activationToken(uint id, const QString &token, const QDBusMessage &signal)
{
    if (Shown *shown = sendersOwn(id, signal); shown && token.size() <= longestToken)
        shown->token = token.toStdString();
}

void DesktopNotifier::actionInvoked(uint id, const QString &action, const QDBusMessage &signal)
{
    Shown *shown = sendersOwn(id, signal);
    if (!shown || action != defaultAction)
        return;
    const Shown chosen = m_shown.take(id);
    if (chosen.owner)
        chosen.activated(chosen.token);
}

void DesktopNotifier::notificationClosed(uint id, uint /*reason*/, const QDBusMessage &signal)
{
    if (sendersOwn(id, signal))
        m_shown.remove(id);
}

} // namespace pivotbench::app
