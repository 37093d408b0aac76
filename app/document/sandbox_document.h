// SPDX-License-Identifier: Apache-2.0
//
// The sandbox that one window edits: its spec, its history, its file. Every change goes through edit() and is one
// command of the undo stack, so that undo gives back the very bytes that were there. Owned by its window; interface
// thread. Reading and writing files happens in the background.
#pragma once

#include "core/base/result.h"
#include "core/spec/sandbox_spec.h"

#include <QObject>
#include <QString>
#include <QUndoStack>
#include <cstdint>
#include <functional>
#include <memory>

namespace pivotbench::app {

class SandboxDocument : public QObject {
    Q_OBJECT

public:
    explicit SandboxDocument(QObject *parent = nullptr);

    [[nodiscard]] const core::SandboxSpec &spec() const { return *m_spec; }
    [[nodiscard]] QUndoStack &history() { return m_history; }
    /// Counts every change of the spec, undone ones too.
    [[nodiscard]] std::uint64_t revision() const { return m_revision; }
    /// Empty: never saved.
    [[nodiscard]] const QString &path() const { return m_path; }
    [[nodiscard]] bool isModified() const { return !m_history.isClean() || m_recovered; }
    /// Nothing has been opened or made yet: the start page is shown.
    [[nodiscard]] bool isEmpty() const { return m_empty; }
    /// Between open() and its answer.
    [[nodiscard]] bool isOpening() const { return m_reading; }
    /// The name of the sandbox, or of its file: for titles.
    [[nodiscard]] QString title() const;

    /// One undoable change; `text` names it ("Add a bind mount"). Nothing happens where it changes nothing. Changes
    /// that follow each other with the same `mergeKey` are one, as letters typed into a field are; an empty key never
    /// merges.
    void edit(const QString &text, const std::function<void(core::SandboxSpec &)> &change,
              const QString &mergeKey = {});

    /// Begins anew with this spec. `path` is empty for presets and new sandboxes.
    void replace(core::SandboxSpec spec, const QString &path);
    /// The same for what was not saved when the program ended: modified from the start.
    void recover(core::SandboxSpec spec, const QString &path);

    /// Reads the file in the background; opened() or failed() follows.
    void open(const QString &path);
    /// Writes in the background; saved() or failed() follows. What is edited meanwhile stays modified.
    void save(const QString &path);

signals:
    void specChanged();
    /// The title, the path or whether it is modified.
    void titleChanged();
    void opened();
    void saved();
    /// Nothing was changed or lost.
    void failed(const pivotbench::core::Error &error);

private:
    class EditCommand;

    void set(std::shared_ptr<const core::SandboxSpec> spec);
    void begin(core::SandboxSpec spec, const QString &path, bool recovered);

    std::shared_ptr<const core::SandboxSpec> m_spec; ///< shared with the commands of the history
    QUndoStack m_history;
    QString m_path;
    std::uint64_t m_revision = 0;
    std::uint64_t m_opening = 0; ///< counts open(): an older answer is stale
    bool m_empty = true;
    bool m_reading = false;
    bool m_recovered = false;
    bool m_saving = false;
};

} // namespace pivotbench::app
