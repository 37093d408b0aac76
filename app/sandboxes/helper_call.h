// SPDX-License-Identifier: Apache-2.0
//
// One call to the helper and its replies, without ever making the interface wait: connecting (and starting the session
// helper, where asked), opening what travels along and sending happen in a thread; replies are taken as they come. One
// connection for each call, because the helper serves the calls of one connection one after the other.
//
// Owned by its parent; interface thread. Deleting it ends the connection.
#pragma once

#include "app/client/helper_client.h"

#include <QObject>
#include <functional>
#include <memory>

class QSocketNotifier;

namespace pivotbench::app {

class HelperCall : public QObject {
    Q_OBJECT

public:
    /// Runs in a thread: connects, and sends the request. Holds values only.
    using Begin = std::function<core::Result<HelperClient>()>;

    explicit HelperCall(Begin begin, QObject *parent = nullptr);
    ~HelperCall() override;

    /// For a Begin: to the helper that listens, which is started where `start` says so. What is sent to one that does
    /// not read is given up after a while. Any thread.
    [[nodiscard]] static core::Result<HelperClient> connectHelper(bool start);
    /// A request without descriptors, to the helper that listens, which is started where `start` says so.
    [[nodiscard]] static Begin simple(core::wire::Request request, bool start = false);

    /// After the last reply the connection stays as long as this object: what the helper holds for it, it keeps.
    void stayConnected() { m_stays = true; }

signals:
    /// Each reply, an error reply too; descriptors may be moved out.
    void replied(pivotbench::app::ReceivedReply &reply);
    /// The last signal where the helper cannot be reached or goes away in the middle.
    void failed(const pivotbench::core::Error &error);
    /// The last signal after the last reply.
    void finished();

private:
    void listen(std::shared_ptr<HelperClient> client);
    void read();
    void hangUp();

    std::shared_ptr<HelperClient> m_client;
    QSocketNotifier *m_notifier = nullptr;
    bool m_stays = false;
};

/// An error reply as the error it stands for.
[[nodiscard]] core::Error errorOf(const core::wire::Failure &failure);

} // namespace pivotbench::app
