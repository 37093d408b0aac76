// SPDX-License-Identifier: Apache-2.0
//
// The merged tree of the Compose page: what the root of the sandbox will look like, with mounts drawn in, a filter, and
// what one can do about a row. Shows and asks; the page that owns it turns the signals into changes of the document and
// calls setSource() again. Interface thread.
#pragma once

#include "app/tree/tree_reader.h"
#include "app/tree/tree_source.h"

#include <QList>
#include <QUrl>
#include <QWidget>

class QAction;
class QLabel;
class QStackedWidget;
class QTimer;
class QToolButton;

namespace pivotbench::app {

class EmptyState;
class MergedTreeModel;
class SearchField;
class TreeList;

class MergedTreeView : public QWidget {
    Q_OBJECT
public:
    explicit MergedTreeView(QWidget *parent = nullptr)
        : MergedTreeView(diskReader(), parent)
    {
    }
    explicit MergedTreeView(TreeReader reader, QWidget *parent = nullptr);

    /// May be called for every change of the document, however small: an equal source does nothing, and a new one is
    /// read beside the interface while the old tree stays in sight. Expansion and selection are kept by path.
    void setSource(const TreeSource &source);
    /// When files of the layers changed, for example after a run.
    void reload();

    [[nodiscard]] TreeEntry selectedEntry() const;
    /// Expands what leads to it and selects it, now or as soon as it is read.
    void select(const QString &pathInSandbox);
    void setShowHidden(bool show);
    void setFilter(const QString &text);

    /// For the empty state, when there are no layers: the page's own "Add a folder…".
    void addEmptyAction(QAction *action);

    [[nodiscard]] MergedTreeModel &model() const { return *m_model; }
    [[nodiscard]] TreeList &list() const { return *m_list; }
    /// What the context menu of a row offers. The actions belong to `parent`.
    [[nodiscard]] QList<QAction *> actionsFor(const TreeEntry &entry, QObject *parent);

signals:
    /// For an inspector. Row::None when nothing is selected. Comes again when a rebuilt tree says something else.
    void selected(const pivotbench::app::TreeEntry &entry);
    /// Enter or a double click.
    void activated(const pivotbench::app::TreeEntry &entry);
    /// Local files were dropped on a directory.
    void dropRequested(const QList<QUrl> &urls, const QString &directoryInSandbox);
    void addBindHere(const QString &path);
    void addTmpfsHere(const QString &path);
    /// `specIndex`: position in SandboxSpec::mounts, as TreeMount has it; the path alone may have several mounts.
    void removeMount(const QString &path, qsizetype specIndex);
    void revealInFileManager(const QString &hostPath);
    void copyPath(const QString &path);

protected:
    void changeEvent(QEvent *event) override;

private:
    void tellSelected();
    void showMenu(const QPoint &position, const QModelIndex &index);
    void showState();
    void measure();

    MergedTreeModel *m_model;
    TreeList *m_list;
    SearchField *m_filter;
    QToolButton *m_hidden;
    QLabel *m_busyText;
    QToolButton *m_cancel;
    QTimer *m_busyTimer;
    QWidget *m_bar;
    QStackedWidget *m_stack;
    EmptyState *m_empty;
    bool m_hasSource = false;
};

} // namespace pivotbench::app
