// SPDX-License-Identifier: Apache-2.0
//
// A source over layers in a temporary folder, a reader that watches who reads, and the model as text.
#pragma once

#include "app/tree/merged_tree_model.h"
#include "app/tree/tree_reader.h"
#include "tests/layers/layer_fixture.h"

#include <QAtomicInt>
#include <QCoreApplication>
#include <QMutex>
#include <QSemaphore>
#include <QThread>
#include <QtTest>

#include <memory>

namespace pivotbench::test {

/// Reads from the disk, and remembers what was asked and whether the interface thread asked.
class WatchedReader {
public:
    [[nodiscard]] app::TreeReader reader()
    {
        app::TreeReader made = app::diskReader();
        made.read = [this, read = made.read](const core::MergedTree &tree, const std::string &path,
                                             const core::ReadControl &control) {
            note("read " + path);
            return read(tree, path, control);
        };
        made.readHidden = [this, read = made.readHidden](const core::MergedTree &tree, const std::string &path,
                                                         const core::ReadControl &control) {
            note("hidden " + path);
            return read(tree, path, control);
        };
        made.lookUp = [this, look = made.lookUp](const core::MergedTree &tree, const std::string &path) {
            note("look " + path);
            return look(tree, path);
        };
        made.directoryError = [this, ask = made.directoryError](const std::string &path) {
            note("source " + path);
            return ask(path);
        };
        return made;
    }

    [[nodiscard]] QStringList takeCalls()
    {
        const QMutexLocker lock(&m_mutex);
        return std::exchange(m_calls, {});
    }
    [[nodiscard]] bool wasInterfaceThreadUsed() const { return m_inInterfaceThread.loadAcquire() != 0; }

private:
    void note(const std::string &call)
    {
        if (QThread::currentThread() == QCoreApplication::instance()->thread())
            m_inInterfaceThread.storeRelease(1);
        const QMutexLocker lock(&m_mutex);
        m_calls.append(QString::fromStdString(call));
    }

    QMutex m_mutex;
    QStringList m_calls;
    QAtomicInt m_inInterfaceThread;
};

/// A reader of one directory that holds `count` files, "file-0000000" and so on.
inline app::TreeReader readerOfMany(std::size_t count)
{
    app::TreeReader reader = app::diskReader();
    reader.read = [count](const core::MergedTree &, const std::string &path,
                          const core::ReadControl &control) -> core::Result<core::MergedDirectory> {
        core::MergedDirectoryBuilder builder;
        builder.beginLayer(0);
        if (path == "/")
            (void)builder.add({.name = "many", .kind = core::EntryKind::Directory, .mode = 0755});
        for (std::size_t i = 0; path == "/many" && i < count; ++i) {
            if (i % 1000 == 0 && control.stop.stop_requested())
                return core::failure("cancelled", "cancelled");
            (void)builder.add({.name = fmt::format("file-{:07}", i), .kind = core::EntryKind::File, .size = i});
        }
        return builder.finish();
    };
    reader.lookUp = [](const core::MergedTree &, const std::string &) { return core::MergedTree::Seen{}; };
    return reader;
}

inline core::TreeMount mountOn(std::string destination, core::TreeMountKind kind, std::string source = {})
{
    core::TreeMount mount;
    mount.destination = std::move(destination);
    mount.kind = kind;
    mount.label = kind == core::TreeMountKind::Bind ? "bind of " + source : std::string(core::treeMountWord(kind));
    mount.source = std::move(source);
    return mount;
}

/// One line a row: two spaces a level, name | provider | notes.
inline QString treeText(const QAbstractItemModel &model, const QModelIndex &parent = {}, int level = 0)
{
    QString out;
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const auto text = [&](int column) { return model.index(row, column, parent).data().toString(); };
        QStringList cells{text(app::MergedTreeModel::Name), text(app::MergedTreeModel::ProvidedBy),
                          text(app::MergedTreeModel::Notes)};
        while (cells.size() > 1 && cells.last().isEmpty())
            cells.removeLast();
        out += QString(2 * level, u' ') + cells.join(QStringLiteral(" | ")) + u'\n';
        out += treeText(model, model.index(row, 0, parent), level + 1);
    }
    return out;
}

} // namespace pivotbench::test

#define WAIT_UNTIL_IDLE(model) QTRY_VERIFY_WITH_TIMEOUT(!(model).isBusy(), 30000)
