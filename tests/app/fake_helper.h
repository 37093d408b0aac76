// SPDX-License-Identifier: Apache-2.0
//
// A helper that does what a test says: a real listening socket at $XDG_RUNTIME_DIR/pivotbench/helper.sock. Lives in the
// test's own event loop, so it answers only while that runs.
#pragma once

#include "core/base/descriptor_passing.h"
#include "core/base/unique_fd.h"
#include "core/host/host_facts.h"
#include "core/wire/message_codec.h"

#include <QDir>
#include <QSocketNotifier>
#include <QString>
#include <cstring>
#include <functional>
#include <memory>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>
#include <vector>

namespace pivotbench::test {

class FakeHelper {
public:
    /// Called with each whole request; writes what it likes to the socket. Nothing: it accepts and never answers.
    using Answer = std::function<void(int socket, const core::wire::Request &request)>;

    explicit FakeHelper(Answer answer = {})
        : m_answer(std::move(answer))
    {
        const std::string path = core::helperSocket();
        QDir().mkpath(QString::fromStdString(path.substr(0, path.rfind('/'))));
        ::unlink(path.c_str());
        m_listening.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        m_works = ::bind(m_listening.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0 &&
                  ::listen(m_listening.get(), SOMAXCONN) == 0;
        m_notifier = std::make_unique<QSocketNotifier>(m_listening.get(), QSocketNotifier::Read);
        QObject::connect(m_notifier.get(), &QSocketNotifier::activated, m_notifier.get(), [this] { accept(); });
    }

    [[nodiscard]] bool works() const { return m_works; }
    [[nodiscard]] int requests() const { return m_requests; }
    /// Of the request that is being answered, for who takes one; the others are closed.
    [[nodiscard]] std::vector<core::UniqueFd> &descriptors() { return m_descriptors; }
    /// As kill -9 would: every connection ends in the middle.
    void die()
    {
        m_notifier.reset();
        m_listening.reset();
        for (Connection &connection : m_connections) {
            connection.notifier.reset();
            connection.socket.reset();
        }
    }

    static void send(int socket, std::string_view bytes)
    {
        (void)::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    static void reply(int socket, const core::wire::Reply &reply)
    {
        const std::string text = core::wire::encodeReply(reply);
        send(socket, {text.c_str(), text.size() + 1});
    }

private:
    struct Connection {
        core::UniqueFd socket;
        std::unique_ptr<QSocketNotifier> notifier;
        std::string received;
        std::vector<core::UniqueFd> descriptors;
    };

    void accept()
    {
        core::UniqueFd socket(::accept4(m_listening.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!socket)
            return;
        const std::size_t index = m_connections.size();
        auto notifier = std::make_unique<QSocketNotifier>(socket.get(), QSocketNotifier::Read);
        QObject::connect(notifier.get(), &QSocketNotifier::activated, notifier.get(), [this, index] { read(index); });
        m_connections.push_back(
            {.socket = std::move(socket), .notifier = std::move(notifier), .received = {}, .descriptors = {}});
    }

    void read(std::size_t index)
    {
        Connection &connection = m_connections[index];
        char buffer[65536];
        alignas(cmsghdr) char control[CMSG_SPACE(64 * sizeof(int))];
        iovec part{.iov_base = buffer, .iov_len = sizeof buffer};
        msghdr header = {};
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        const ssize_t got = ::recvmsg(connection.socket.get(), &header, MSG_CMSG_CLOEXEC);
        if (got <= 0) {
            connection.notifier->setEnabled(false);
            return;
        }
        for (core::UniqueFd &descriptor : core::takeDescriptors(header))
            connection.descriptors.push_back(std::move(descriptor));
        connection.received.append(buffer, static_cast<std::size_t>(got));
        const std::size_t end = connection.received.find('\0');
        if (end == std::string::npos)
            return;
        ++m_requests;
        const auto request =
            core::wire::decodeRequest({connection.received.data(), end}, connection.descriptors.size());
        connection.received.clear(); // a call is all that a client sends on one connection
        if (!request)
            qFatal("the request is not understood: %s", request.error().failure.error.what.c_str());
        m_descriptors = std::exchange(connection.descriptors, {});
        if (m_answer)
            m_answer(connection.socket.get(), *request);
        m_descriptors.clear();
    }

    Answer m_answer;
    core::UniqueFd m_listening;
    std::unique_ptr<QSocketNotifier> m_notifier;
    std::vector<Connection> m_connections;
    std::vector<core::UniqueFd> m_descriptors;
    bool m_works = false;
    int m_requests = 0;
};

} // namespace pivotbench::test
