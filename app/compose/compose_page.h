// SPDX-License-Identifier: Apache-2.0
//
// The place Compose: layers, merged tree, inspector, findings and the predicted mounts of the document. Gets one
// snapshot at a time; every change goes through the document. Owned by its window; interface thread.
#pragma once

#include "app/document/analysis.h"
#include "app/document/sandbox_document.h"
#include "app/widgets/banner.h"

#include <QSplitter>
#include <memory>

class QLabel;
class QTabWidget;
class QTreeView;

namespace pivotbench::app {

class FindingsPanel;
class Inspector;
class LayerStack;
class MergedTreeView;
class MountTableModel;
class TaskList;

class ComposePage : public QSplitter {
    Q_OBJECT

public:
    ComposePage(SandboxDocument &document, TaskList &tasks, QWidget *parent = nullptr);

    void setAnalysis(const std::shared_ptr<const Analysis> &analysis);
    /// Files of layers may have changed.
    void reloadTree();
    /// The layers' counts, too.
    void reloadFiles();

signals:
    /// Something was copied: for a notice.
    void copied(const QString &what);
    /// For the window's banner.
    void told(const pivotbench::app::Message &message);

private:
    QWidget *bottom();
    void bindHere(const QStringList &hostPaths, const QString &directory);
    void addMount(const core::MountSpec &mount, const QString &text);

    SandboxDocument &m_document;
    LayerStack *m_layers;
    MergedTreeView *m_tree;
    Inspector *m_inspector;
    FindingsPanel *m_findings;
    MountTableModel *m_mounts;
    QTreeView *m_mountView;
    QLabel *m_verdict;
    QTabWidget *m_tabs;
};

} // namespace pivotbench::app
