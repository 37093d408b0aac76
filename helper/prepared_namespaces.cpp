// SPDX-License-Identifier: Apache-2.0
#include "helper/prepared_namespaces.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace pivotbench::helper {

using namespace core;

namespace {

bool isMadeAhead(Namespace ns) { return ns == Namespace::Uts || ns == Namespace::Ipc || ns == Namespace::Network; }

} // namespace

std::vector<Step> PreparedNamespaces::stepsOf(const Plan &plan)
{
    std::vector<Step> steps;
    for (const Step &step : plan.steps) {
        if (const auto *create = std::get_if<CreateProcess>(&step.operation)) {
            if (std::ranges::find(create->namespaces, Namespace::User) == create->namespaces.end())
                return {};
            steps.push_back({step.id, step.phase, step.cause, CreateProcess{{Namespace::User}}});
        } else if (const auto *unshare = std::get_if<Unshare>(&step.operation)) {
            Unshare ahead;
            std::ranges::copy_if(unshare->namespaces, std::back_inserter(ahead.namespaces), isMadeAhead);
            if (!ahead.namespaces.empty())
                steps.push_back({step.id, step.phase, step.cause, std::move(ahead)});
        } else if (std::holds_alternative<DenySetgroups>(step.operation) ||
                   std::holds_alternative<WriteIdMaps>(step.operation) ||
                   std::holds_alternative<BringUpLoopback>(step.operation)) {
            steps.push_back(step);
        }
    }
    return steps;
}

void PreparedNamespaces::prepareFor(const Plan &plan, bool helperWritesMaps)
{
    if (m_builder)
        return;
    std::vector<Step> steps = stepsOf(plan);
    if (steps.empty() || (steps == m_steps && (m_failed || !m_ready.empty())))
        return;
    m_ready.clear();
    m_failed = false;
    m_steps = std::move(steps);
    BuildOrder order;
    order.plan.name = "namespaces";
    order.plan.steps = m_steps;
    order.onlyNamespaces = true;
    order.helperWritesMaps = helperWritesMaps;
    auto builder = BuilderLink::start(order, m_loop,
                                      {.message = [this](BuilderMessage &message) { heard(message); },
                                       .gone =
                                           [this](const siginfo_t &) {
                                               m_failed = m_ready.empty();
                                               m_idMaps.reset();
                                               m_builder.reset(); // its last call is what brought us here
                                           }});
    if (builder)
        m_builder = std::move(*builder);
    else
        m_failed = true;
}

void PreparedNamespaces::heard(BuilderMessage &message)
{
    if (message.header.kind == BuilderMessageKind::WriteIdMaps) {
        m_idMaps = answerWriteIdMaps(m_steps, *m_builder, m_loop);
    } else if (message.header.kind == BuilderMessageKind::Pins) {
        // All of them, the user namespace first, or none.
        Plan plan;
        plan.steps = m_steps;
        const std::vector<std::size_t> pins = pinsOf(plan);
        std::int32_t all = 0;
        for (const std::size_t pin : pins)
            all |= 1 << pin;
        if (message.header.value != all || message.descriptors.size() != pins.size())
            return;
        for (std::size_t i = 0; i < pins.size(); ++i)
            m_ready.emplace_back(pins[i], std::move(message.descriptors[i]));
    }
}

std::optional<NamespaceSet> PreparedNamespaces::takeFor(const Plan &plan)
{
    if (m_builder || m_ready.empty() || stepsOf(plan) != m_steps)
        return std::nullopt;
    return std::exchange(m_ready, {});
}

} // namespace pivotbench::helper
