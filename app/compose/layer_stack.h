// SPDX-License-Identifier: Apache-2.0
//
// The layers of the root as cards, topmost first: the writable one on top and different, the read-only ones below it in
// the order in which they hide each other. Cards are dragged, or moved with Alt+Up and Alt+Down; folders and
// archives that are dropped become layers. What a layer holds is counted in the background. Owned by the Compose page;
// interface thread.
#pragma once

#include "app/document/analysis.h"
#include "app/document/sandbox_document.h"
#include "app/tasks/task_list.h"
#include "app/widgets/banner.h"
#include "core/image/archive_import.h"
#include "core/layers/layer_statistics.h"

#include <QPointer>
#include <QScrollArea>
#include <cstdint>
#include <map>
#include <string>

class QAction;
class QVBoxLayout;

namespace pivotbench::app {

class Card;

class LayerStack : public QScrollArea {
    Q_OBJECT

public:
    LayerStack(SandboxDocument &document, TaskList &tasks, QWidget *parent = nullptr);

    void setAnalysis(const Analysis &analysis);
    /// Walks the layers again: files have changed.
    void recount();
    [[nodiscard]] QAction *addFolderAction() const { return m_addFolder; }

    /// Adds folders of this machine on top of the others.
    void addFolders(const QStringList &paths, int position = 0);
    /// Unpacks each into a new folder, as a task, and adds that; removing the layer leaves the folder.
    void addArchives(const QStringList &paths, int position = 0);

signals:
    /// What went wrong, or was left out, with an archive.
    void told(const pivotbench::app::Message &message);

protected:
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dragMoveEvent(QDragMoveEvent *event) override;
    void dragLeaveEvent(QDragLeaveEvent *event) override;
    void dropEvent(QDropEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    struct Counted {
        std::optional<core::LayerStatistics> statistics;
        bool missing = false;
        QString trouble;
    };

    void rebuild();
    [[nodiscard]] Card *writableCard();
    [[nodiscard]] Card *layerCard(int index);
    void describe(Card *card, int index) const;
    void countFrom(int index);
    void importArchive(const QString &path, int position);
    void tellLeftOut(const QString &archive, const core::ImportedArchive &imported);
    void move(int from, int to);
    void remove(int index);
    void startDrag(int index);
    [[nodiscard]] bool carriesOwnLayer(const QDropEvent &event) const;
    [[nodiscard]] int positionAt(QPoint point) const;
    void showDropLine(int position);

    SandboxDocument &m_document;
    TaskList &m_tasks;
    QWidget *m_column;
    QVBoxLayout *m_layout;
    QWidget *m_dropLine;
    QAction *m_addFolder;
    QAction *m_addArchive;
    QAction *m_addBusybox;
    QAction *m_addSystem;
    QList<Card *> m_cards; ///< of the read-only layers
    core::RootSpec m_shown;
    std::vector<core::Layer> m_resolved;
    std::map<std::string, Counted> m_counted; ///< by the paths of the layer and of those below it
    QPointer<Task> m_counting;
    std::uint64_t m_countings = 0; ///< begun: the answer of an older one is stale
};

} // namespace pivotbench::app
