// SPDX-License-Identifier: Apache-2.0
#include "app/sandboxes/helper_call.h"

#include "app/base/background.h"
#include "core/host/host_facts.h"

#include <QPointer>
#include <QSocketNotifier>
#include <QThreadPool>
#include <sys/socket.h>
#include <sys/time.h>

namespace pivotbench::app {

using namespace core;

namespace {

/// A helper that does not read is given up after this; the thread must not wait for ever.
constexpr timeval sendPatience{.tv_sec = 10, .tv_usec = 0};
/// Replies taken in one turn of the event loop.
constexpr int mostReplies = 64;
constexpr int mostThreads = 32;

/// Apart from the global pool, so that a helper which hangs keeps no analysis waiting.
QThreadPool &threads()
{
    static QThreadPool pool;
    pool.setMaxThreadCount(mostThreads);
    return pool;
}

using Connected = std::shared_ptr<Result<HelperClient>>;

} // namespace

HelperCall::HelperCall(Begin begin, QObject *parent)
    : QObject(parent)
{
    runBeside(
        &threads(), this, [begin = std::move(begin)] { return std::make_shared<Result<HelperClient>>(begin()); },
        [this](const Connected &client) {
            if (*client)
                listen(std::make_shared<HelperClient>(std::move(**client)));
            else
                emit failed(client->error());
        });
}

HelperCall::~HelperCall() = default;

Result<HelperClient> HelperCall::connectHelper(bool start)
{
    const std::string socket = helperSocket();
    Result<HelperClient> client = start ? HelperClient::connectOrStart(socket) : HelperClient::connect(socket);
    if (client)
        ::setsockopt(client->fd(), SOL_SOCKET, SO_SNDTIMEO, &sendPatience, sizeof sendPatience);
    return client;
}

HelperCall::Begin HelperCall::simple(wire::Request request, bool start)
{
    return [request = std::move(request), start]() -> Result<HelperClient> {
        Result<HelperClient> client = connectHelper(start);
        if (!client)
            return client;
        if (Status sent = client->call(request); !sent)
            return std::unexpected(std::move(sent.error()));
        return client;
    };
}

void HelperCall::listen(std::shared_ptr<HelperClient> client)
{
    m_client = std::move(client);
    m_notifier = new QSocketNotifier(m_client->fd(), QSocketNotifier::Read, this);
    connect(m_notifier, &QSocketNotifier::activated, this, &HelperCall::read);
    read(); // what came with the connection makes no descriptor ready
}

void HelperCall::read()
{
    if (!m_client) // asked for before it hung up
        return;
    const QPointer<HelperCall> self(this); // whoever listens may delete us
    for (int i = 0; i < mostReplies; ++i) {
        Result<std::optional<ReceivedReply>> next = m_client->tryNext();
        if (!next) {
            hangUp();
            emit failed(next.error());
            return;
        }
        if (!*next)
            return;
        const bool last = !(*next)->reply.continues;
        emit replied(**next);
        if (!self)
            return;
        if (last) {
            if (m_stays)
                m_notifier->setEnabled(false);
            else
                hangUp();
            emit finished();
            return;
        }
    }
    QMetaObject::invokeMethod(this, &HelperCall::read, Qt::QueuedConnection);
}

/// Nothing more is wanted, whatever is still being sent.
void HelperCall::hangUp()
{
    m_notifier->setEnabled(false);
    m_client.reset();
}

Error errorOf(const wire::Failure &failure)
{
    Error error = failure.error;
    if (error.what.empty())
        error.what = failure.name;
    for (const Finding &finding : failure.findings)
        if (finding.severity == Severity::Error)
            error.context.push_back(finding.field + ": " + finding.reason);
    return error;
}

} // namespace pivotbench::app
