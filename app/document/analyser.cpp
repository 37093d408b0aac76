// SPDX-License-Identifier: Apache-2.0
#include "app/document/analyser.h"
#include "app/base/background.h"

#include <utility>

namespace pivotbench::app {

using namespace core;

Analyser::Analyser(const SandboxDocument &document, QObject *parent)
    : QObject(parent)
    , m_document(document)
{
    connect(&document, &SandboxDocument::specChanged, this, &Analyser::request);
}

bool Analyser::isCurrent() const { return m_current && m_current->revision == m_document.revision(); }

void Analyser::refresh()
{
    m_facts.reset();
    request();
}

void Analyser::request()
{
    if (m_document.isEmpty())
        return;
    m_again = m_running;
    if (m_running)
        return;
    m_running = true;
    using Answer = std::pair<std::shared_ptr<const HostFacts>, std::shared_ptr<const Analysis>>;
    runBeside(
        this,
        [spec = m_document.spec(), facts = m_facts, revision = m_document.revision()] {
            const auto known = facts ? facts : std::make_shared<const HostFacts>(probeHostFacts());
            return Answer(known, std::make_shared<const Analysis>(analyse(spec, *known, revision)));
        },
        [this](const Answer &answer) {
            m_running = false;
            if (!m_again || m_facts) // not after refresh()
                m_facts = answer.first;
            m_current = answer.second;
            emit changed(m_current);
            if (m_again)
                request();
        });
}

} // namespace pivotbench::app
