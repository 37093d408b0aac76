// SPDX-License-Identifier: Apache-2.0
//
// The sandboxes of this user, whoever started them, and whether the helper that has them answers. Asks once a second;
// never starts a helper. One for the whole program, owned by AppContext; interface thread.
#pragma once

#include "core/wire/messages.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <optional>
#include <vector>

namespace pivotbench::app {

class HelperCall;

class SandboxList : public QObject {
    Q_OBJECT

public:
    enum class HelperState {
        Unknown,
        Absent, ///< nobody listens: the first sandbox starts one
        Answers,
        Silent, ///< it listens, and has not answered for seconds
        Failed, ///< see error()
    };
    Q_ENUM(HelperState)

    explicit SandboxList(QObject *parent = nullptr);

    [[nodiscard]] HelperState helperState() const { return m_state; }
    [[nodiscard]] const std::optional<core::Error> &error() const { return m_error; }
    [[nodiscard]] const std::vector<core::wire::SandboxInfo> &sandboxes() const { return m_sandboxes; }

    /// Asks now.
    void refresh();

signals:
    void changed();

private:
    void set(HelperState state, std::vector<core::wire::SandboxInfo> sandboxes, std::optional<core::Error> error = {});

    QTimer m_timer;
    QElapsedTimer m_asked;
    HelperCall *m_call = nullptr;
    HelperState m_state = HelperState::Unknown;
    std::vector<core::wire::SandboxInfo> m_sandboxes;
    std::optional<core::Error> m_error;
};

} // namespace pivotbench::app
