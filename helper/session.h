// SPDX-License-Identifier: Apache-2.0
//
// The session mode: what one user's helper does with requests. Turns a Launch into a Sandbox (decoded spec → findings →
// plan → builder) and keeps the sandboxes by name. Everything here runs with the user's own rights; there is nobody to
// protect from the user but the sandboxes' payloads, which have no descriptor to this helper. Lives on the event loop's
// thread; owned by main.
#pragma once

#include "helper/call.h"
#include "helper/event_loop.h"
#include "helper/prepared_namespaces.h"
#include "helper/sandbox.h"
#include "helper/seccomp_filter.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>

namespace pivotbench::helper {

class Session final : public RequestHandler {
public:
    /// `idle` is called when the last living sandbox has ended.
    Session(EventLoop &loop, core::HostFacts facts, std::function<void()> idle);
    ~Session() override;

    void handle(Call call) override;
    void connectionClosed(ConnectionId connection) override;

    /// Whether any sandbox lives: the helper stays as long.
    [[nodiscard]] bool busy() const;

private:
    void launch(core::wire::Launch request, Call call);
    void list(Call call);
    void remove(const core::wire::Remove &request, Call call);
    void takeChanges(const core::wire::TakeChanges &request, Call call);
    void forgetSoon(const std::string &id);
    void running(const std::string &id);
    void prepareAfter(const std::string &id);
    void ended(const std::string &id);
    void sweep();

    [[nodiscard]] core::Result<std::string> chooseName(const core::wire::Launch &request) const;
    [[nodiscard]] core::Result<std::shared_ptr<const SeccompFilter>> filterFor(const core::Plan &plan);
    [[nodiscard]] core::Result<core::UniqueFd> lockKeptLayer(const std::string &directory) const;
    /// The sandbox of that name; answers the call itself when there is none.
    Sandbox *find(const std::string &id, Call &call);

    EventLoop &m_loop;
    core::HostFacts m_facts;
    std::function<void()> m_idle;
    std::map<std::string, std::unique_ptr<Sandbox>> m_sandboxes;
    std::map<std::string, ConnectionId> m_launchedBy;
    std::deque<std::string> m_ended;             ///< ended, and to be asked about; oldest first
    std::vector<std::string> m_toForget;         ///< swept once their callbacks have returned
    std::multimap<std::string, Call> m_removals; ///< of sandboxes that are being ended
    EventLoop::Source m_sweeper;
    PreparedNamespaces m_prepared;
    EventLoop::Source m_prepareTimer;
    std::map<std::vector<std::string>, std::shared_ptr<const SeccompFilter>> m_filters;
};

} // namespace pivotbench::helper
