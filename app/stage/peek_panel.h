// SPDX-License-Identifier: Apache-2.0
//
// A shell inside a sandbox that is half built: a terminal with a line above it that says where it stands. Hidden until
// open(). Owned by its parent; interface thread.
#pragma once

#include "core/base/unique_fd.h"

#include <QWidget>

namespace pivotbench::app {

class ElidedLabel;
namespace terminal {
class TerminalView;
}

class PeekPanel : public QWidget {
    Q_OBJECT

public:
    explicit PeekPanel(QWidget *parent = nullptr);

    /// Takes the master end; an earlier shell is hung up on. `step` is the one that was the last then, in words.
    void open(core::UniqueFd &master, const QString &step);
    /// Hangs up.
    void close();

signals:
    /// The keyboard was in it when it closed.
    void left();

private:
    ElidedLabel *m_title;
    terminal::TerminalView *m_view;
};

} // namespace pivotbench::app
