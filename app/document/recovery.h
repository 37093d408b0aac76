// SPDX-License-Identifier: Apache-2.0
//
// What is not lost when the program is killed: each window keeps a copy of its unsaved document below
// $XDG_STATE_HOME/pivotbench/recovery, a .pbox file with a .lock beside it that says where the document came from. The
// lock is held with flock(2) as long as the window lives, so what nobody holds is what a dead program has left.
//
// Owned by its window; interface thread; files are written in the background. A home that cannot be written costs the
// safety net, not the work: broken() tells once.
#pragma once

#include "app/document/sandbox_document.h"
#include "core/base/unique_fd.h"

#include <QObject>
#include <QString>
#include <QTimer>
#include <atomic>
#include <memory>
#include <vector>

namespace pivotbench::app {

/// A document that a program left unsaved.
struct LostDocument {
    core::SandboxSpec spec;
    QString path;                         ///< of the file it was opened from or saved to; may be empty
    QString recoveryFile;                 ///< the .pbox
    std::shared_ptr<core::UniqueFd> lock; ///< held, so that nobody else offers it
};

/// Those that can be had. Blocking. What cannot be read is left where it is.
[[nodiscard]] std::vector<LostDocument> findLostDocuments(const QString &directory);
/// Removes its files: it was recovered, or is not wanted.
void forget(const LostDocument &lost);

[[nodiscard]] QString recoveryDirectory();

class Recovery : public QObject {
    Q_OBJECT

public:
    Recovery(SandboxDocument &document, QString directory, QObject *parent = nullptr);
    ~Recovery() override; ///< a window that closes has saved, or was told not to: the copy goes

signals:
    void broken(const pivotbench::core::Error &error);

private:
    void changed();
    void write();
    void remove();

    SandboxDocument &m_document;
    QString m_directory;
    QString m_base;                                ///< path without suffix; empty until something was written
    std::shared_ptr<core::UniqueFd> m_lock;        ///< shared with the write that may be under way
    std::shared_ptr<std::atomic<bool>> m_unwanted; ///< told to the write that is under way
    QTimer m_soon;
    bool m_writing = false;
    bool m_broken = false;
};

} // namespace pivotbench::app
