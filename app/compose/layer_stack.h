// SPDX-License-Identifier: Apache-2.0
//
// The layers of the root as cards, topmost first: the writable one on top and different, the read-only ones below it in
// the order in which they hide each other. Cards are dragged, or moved with Alt+Up and Alt+Down; folders that are
// dropped become layers. What a layer holds is counted in the background. Owned by the Compose page; interface thread.
#pragma once

#include "app/document/analysis.h"
#include "app/document/sandbox_document.h"
#include "core/layers/layer_statistics.h"

#include <QScrollArea>
#include <QThreadPool>
#include <map>
#include <stop_token>
#include <string>

class QAction;
class QVBoxLayout;

namespace pivotbench::app {

class Card;

class LayerStack : public QScrollArea {
    Q_OBJECT

public:
    explicit LayerStack(SandboxDocument &document, QWidget *parent = nullptr);
    ~LayerStack() override;

    void setAnalysis(const Analysis &analysis);
    [[nodiscard]] QAction *addFolderAction() const { return m_addFolder; }

    /// Adds folders of this machine on top of the others.
    void addFolders(const QStringList &paths, int position = 0);

protected:
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dragMoveEvent(QDragMoveEvent *event) override;
    void dragLeaveEvent(QDragLeaveEvent *event) override;
    void dropEvent(QDropEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    struct Counted {
        bool running = false;
        std::optional<core::LayerStatistics> statistics;
        QString trouble;
    };

    void rebuild();
    [[nodiscard]] Card *writableCard();
    [[nodiscard]] Card *layerCard(int index);
    void describe(Card *card, int index) const;
    void count(int index);
    void move(int from, int to);
    void remove(int index);
    void startDrag(int index);
    [[nodiscard]] int positionAt(QPoint point) const;
    void showDropLine(int position);

    SandboxDocument &m_document;
    QWidget *m_column;
    QVBoxLayout *m_layout;
    QWidget *m_dropLine;
    QAction *m_addFolder;
    QAction *m_addBusybox;
    QAction *m_addSystem;
    QList<Card *> m_cards; ///< of the read-only layers
    core::RootSpec m_shown;
    std::vector<core::Layer> m_resolved;
    std::map<std::string, Counted> m_counted; ///< by the paths of the layer and of those below it
    std::stop_source m_stop;
    QThreadPool m_counting; ///< of its own: walking a large layer keeps nothing else waiting
};

} // namespace pivotbench::app
