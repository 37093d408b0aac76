// SPDX-License-Identifier: Apache-2.0
#include "app/sandboxes/sandbox_list.h"

#include "app/sandboxes/helper_call.h"

namespace pivotbench::app {

using namespace core;

namespace {

constexpr int intervalMs = 1000;
constexpr qint64 patienceMs = 5000;

} // namespace

SandboxList::SandboxList(QObject *parent)
    : QObject(parent)
{
    m_timer.setInterval(intervalMs);
    connect(&m_timer, &QTimer::timeout, this, &SandboxList::refresh);
    m_timer.start();
}

void SandboxList::refresh()
{
    if (m_call) {
        if (m_asked.elapsed() > patienceMs) // what it had is still the best guess
            set(HelperState::Silent, m_sandboxes);
        return;
    }
    m_asked.start();
    m_call = new HelperCall(HelperCall::simple({.method = wire::List{}}), this);
    connect(m_call, &HelperCall::replied, this, [this](const ReceivedReply &received) {
        if (const auto *list = std::get_if<wire::Sandboxes>(&received.reply.body))
            set(HelperState::Answers, list->sandboxes);
        else if (const auto *failure = std::get_if<wire::Failure>(&received.reply.body))
            set(HelperState::Failed, {}, errorOf(*failure));
        else
            set(HelperState::Failed, {},
                Error{.code = "helper.reply", .what = "the helper's answer is no list of sandboxes"});
    });
    const auto end = [this] {
        m_call->deleteLater();
        m_call = nullptr;
    };
    connect(m_call, &HelperCall::finished, this, end);
    connect(m_call, &HelperCall::failed, this, [this, end](const Error &error) {
        end();
        if (error.code == "helper.absent" || error.code == "helper.gone")
            set(HelperState::Absent, {});
        else
            set(HelperState::Failed, {}, error);
    });
}

void SandboxList::set(HelperState state, std::vector<wire::SandboxInfo> sandboxes, std::optional<Error> error)
{
    if (state == m_state && sandboxes == m_sandboxes && error == m_error)
        return;
    m_state = state;
    m_sandboxes = std::move(sandboxes);
    m_error = std::move(error);
    emit changed();
}

} // namespace pivotbench::app
