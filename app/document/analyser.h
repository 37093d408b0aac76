// SPDX-License-Identifier: Apache-2.0
//
// Keeps one Analysis of the document up to date: in the background, one at a time, the newest revision wins. Owned by
// its window; interface thread.
#pragma once

#include "app/document/analysis.h"
#include "app/document/sandbox_document.h"

#include <QObject>
#include <memory>

namespace pivotbench::app {

class Analyser : public QObject {
    Q_OBJECT

public:
    /// The document has to outlive it.
    explicit Analyser(const SandboxDocument &document, QObject *parent = nullptr);

    /// Null until the first one is ready.
    [[nodiscard]] const std::shared_ptr<const Analysis> &current() const { return m_current; }
    /// Of the machine, read before the first analysis; null until then.
    [[nodiscard]] const std::shared_ptr<const core::HostFacts> &facts() const { return m_facts; }
    /// Whether current() is about what the document is now.
    [[nodiscard]] bool isCurrent() const;
    /// Again, with the machine as it is now.
    void refresh();

signals:
    void changed(const std::shared_ptr<const pivotbench::app::Analysis> &analysis);

private:
    void request();

    const SandboxDocument &m_document;
    std::shared_ptr<const Analysis> m_current;
    std::shared_ptr<const core::HostFacts> m_facts;
    bool m_running = false;
    bool m_again = false;
};

} // namespace pivotbench::app
