// SPDX-License-Identifier: Apache-2.0
#include "app/workbench/instance_listener.h"

#include <QTimer>
#include <cerrno>
#include <string>
#include <sys/socket.h>

namespace pivotbench::app {

using namespace core;

namespace {

constexpr qsizetype mostPeers = 8;
constexpr int patienceMs = 5000;
constexpr int restMs = 1000; ///< after accept(2) has failed: no descriptors, no memory

} // namespace

/// One connection. Deletes itself.
class InstanceListener::Peer : public QObject {
public:
    Peer(UniqueFd socket, InstanceListener &listener)
        : QObject(&listener)
        , m_listener(listener)
        , m_socket(std::move(socket))
        , m_notifier(m_socket.get(), QSocketNotifier::Read)
    {
        connect(&m_notifier, &QSocketNotifier::activated, this, &Peer::read);
        QTimer::singleShot(patienceMs, this, &Peer::end);
    }

private:
    void read()
    {
        std::string text(mostInstanceBytes + 1, '\0');
        const ssize_t got = ::recv(m_socket.get(), text.data(), text.size(), 0);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            return;
        end();
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        const Result<InstanceMessage> message = readInstanceMessage(text);
        const std::string_view answer = message ? instanceAccepts : "no";
        // A sender that has not waited opens its windows itself.
        if (::send(m_socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL) > 0 && message)
            emit m_listener.asked(*message);
    }

    void end()
    {
        m_notifier.setEnabled(false);
        deleteLater();
    }

    InstanceListener &m_listener;
    UniqueFd m_socket;
    QSocketNotifier m_notifier;
};

InstanceListener::InstanceListener(InstanceSocket socket, QObject *parent)
    : QObject(parent)
    , m_socket(std::move(socket))
    , m_notifier(m_socket.fd(), QSocketNotifier::Read)
{
    connect(&m_notifier, &QSocketNotifier::activated, this, &InstanceListener::accept);
}

InstanceListener::~InstanceListener() = default;

void InstanceListener::accept()
{
    UniqueFd socket(::accept4(m_socket.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) {
        if (errno == EINTR || errno == EAGAIN || errno == ECONNABORTED)
            return;
        m_notifier.setEnabled(false);
        QTimer::singleShot(restMs, this, [this] { m_notifier.setEnabled(true); });
        return;
    }
    if (isOwnPeer(socket.get()) && children().size() < mostPeers)
        new Peer(std::move(socket), *this); // NOLINT(cppcoreguidelines-owning-memory): ours as a QObject
}

} // namespace pivotbench::app
