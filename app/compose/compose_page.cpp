// SPDX-License-Identifier: Apache-2.0
#include "app/compose/compose_page.h"

#include "app/base/text.h"
#include "app/compose/findings_panel.h"
#include "app/compose/inspector.h"
#include "app/compose/layer_stack.h"
#include "app/compose/mount_table_model.h"
#include "app/tree/merged_tree_view.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "core/spec/overlay_paths.h"

#include <QClipboard>
#include <QDesktopServices>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QTabWidget>
#include <QTreeView>
#include <QUrl>
#include <QVBoxLayout>

namespace pivotbench::app {

using namespace core;

namespace {

/// The mounts that the spec's policies make, before its own list.
std::vector<TreeMount> automaticMounts(const SandboxSpec &spec)
{
    std::vector<TreeMount> mounts;
    const auto add = [&](const char *destination, TreeMountKind kind, bool host, bool readOnly) {
        mounts.push_back(
            {.destination = destination,
             .label = host ? std::string("the machine's ") + destination : std::string(treeMountWord(kind)),
             .kind = host ? TreeMountKind::Bind : kind,
             .source = host ? destination : "",
             .readOnly = readOnly,
             .recursive = host,
             .propagation = {},
             .automatic = true});
    };
    if (spec.proc != ProcPolicy::None)
        add("/proc", TreeMountKind::Proc, spec.proc == ProcPolicy::Host, false);
    if (spec.dev.policy != DevPolicy::None) {
        add("/dev", spec.dev.policy == DevPolicy::Devtmpfs ? TreeMountKind::Devtmpfs : TreeMountKind::Tmpfs,
            spec.dev.policy == DevPolicy::Host, false);
        if (spec.dev.policy == DevPolicy::Minimal)
            add("/dev/pts", TreeMountKind::Devpts, false, false);
    }
    if (spec.sys != SysPolicy::None)
        add("/sys", spec.sys == SysPolicy::Masked ? TreeMountKind::Tmpfs : TreeMountKind::Sysfs,
            spec.sys == SysPolicy::Host, spec.sys == SysPolicy::ReadOnly || spec.sys == SysPolicy::Masked);
    return mounts;
}

TreeSource treeSource(const Analysis &analysis)
{
    TreeSource source;
    const SandboxSpec &spec = analysis.resolved;
    const bool overlay = spec.root.writable != Writable::Direct;
    source.tree.kind = overlay ? TreeKind::Overlay : TreeKind::Plain;
    if (analysis.plan && spec.root.writable == Writable::Keep && !analysis.plan->keepDirectory.empty()) {
        source.tree.layers.push_back({.path = analysis.plan->keepDirectory + "/upper", .writable = true});
        source.names.push_back({.name = QObject::tr("kept changes"), .badge = {}});
    }
    for (std::size_t i = 0; i < spec.root.layers.size(); ++i) {
        const Layer &layer = analysis.spec.root.layers.size() == spec.root.layers.size() ? analysis.spec.root.layers[i]
                                                                                         : spec.root.layers[i];
        source.tree.layers.push_back({.path = spec.root.layers[i].path});
        source.names.push_back(
            {.name = layer.builtin.empty() ? QFileInfo(shown(layer.path)).fileName() : shown(layer.builtin),
             .badge = QString::number(i + 1)});
    }
    source.mounts = automaticMounts(spec);
    for (TreeMount &mount : treeMounts(spec.mounts))
        source.mounts.push_back(std::move(mount));
    return source;
}

} // namespace

ComposePage::ComposePage(SandboxDocument &document, TaskList &tasks, QWidget *parent)
    : QSplitter(Qt::Vertical, parent)
    , m_document(document)
    , m_layers(new LayerStack(document, tasks))
    , m_tree(new MergedTreeView)
    , m_inspector(new Inspector(document))
    , m_findings(new FindingsPanel(document))
    , m_mounts(new MountTableModel(this))
    , m_mountView(new QTreeView)
    , m_verdict(new QLabel)
    , m_tabs(new QTabWidget)
{
    setChildrenCollapsible(false);
    auto *upper = new QSplitter(Qt::Horizontal);
    upper->setChildrenCollapsible(false);
    upper->addWidget(m_layers);
    upper->addWidget(m_tree);
    upper->addWidget(m_inspector);
    upper->setStretchFactor(0, 0);
    upper->setStretchFactor(1, 1);
    upper->setStretchFactor(2, 0);
    const int em = fontMetrics().horizontalAdvance('m');
    upper->setSizes({25 * em, 57 * em, 28 * em});
    addWidget(upper);
    addWidget(bottom());
    setStretchFactor(0, 1);
    setStretchFactor(1, 0);
    const int line = fontMetrics().height();
    setSizes({40 * line, 11 * line});
    m_tree->addEmptyAction(m_layers->addFolderAction());

    connect(m_layers, &LayerStack::told, this, &ComposePage::told);
    connect(m_findings, &FindingsPanel::fieldRequested, m_inspector, &Inspector::showField);
    connect(m_tree, &MergedTreeView::dropRequested, this, [this](const QList<QUrl> &urls, const QString &directory) {
        QStringList paths;
        for (const QUrl &url : urls)
            if (url.isLocalFile())
                paths << QDir::cleanPath(url.toLocalFile());
        bindHere(paths, directory);
    });
    connect(m_tree, &MergedTreeView::addBindHere, this, [this](const QString &path) {
        auto *dialog = new QFileDialog(this, tr("Bind a folder on %1").arg(path));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::Directory);
        connect(dialog, &QFileDialog::fileSelected, this, [this, path](const QString &folder) {
            addMount({.destination = path.toStdString(),
                      .type = "bind",
                      .source = QFile::encodeName(folder).toStdString(),
                      .options = {"ro", "nosuid", "nodev"}},
                     tr("Bind %1 on %2").arg(folder, path));
        });
        dialog->open();
    });
    connect(m_tree, &MergedTreeView::addTmpfsHere, this, [this](const QString &path) {
        addMount(
            {.destination = path.toStdString(), .type = "tmpfs", .source = "tmpfs", .options = {"nosuid", "nodev"}},
            tr("Mount a tmpfs on %1").arg(path));
    });
    connect(m_tree, &MergedTreeView::removeMount, this, [this](const QString &path, qsizetype index) {
        m_document.edit(tr("Remove the mount on %1").arg(path), [index](SandboxSpec &spec) {
            if (index >= 0 && index < std::ssize(spec.mounts))
                spec.mounts.erase(spec.mounts.begin() + index);
        });
    });
    connect(m_tree, &MergedTreeView::revealInFileManager, this, [](const QString &path) {
        QDesktopServices::openUrl(QUrl::fromLocalFile(QFileInfo(path).isDir() ? path : QFileInfo(path).path()));
    });
    connect(m_tree, &MergedTreeView::copyPath, this, [this](const QString &path) {
        QGuiApplication::clipboard()->setText(path);
        emit copied(path);
    });
    connect(m_tree, &MergedTreeView::selected, this, [this](const TreeEntry &entry) {
        if (entry.mount && !entry.mount->mount.automatic)
            m_inspector->showMount(static_cast<int>(entry.mount->mount.specIndex));
    });
}

QWidget *ComposePage::bottom()
{
    m_mountView->setModel(m_mounts);
    m_mountView->setUniformRowHeights(true);
    m_mountView->setFrameShape(QFrame::NoFrame);
    m_mountView->setAccessibleName(tr("Predicted mounts"));
    m_mountView->header()->setSectionResizeMode(QHeaderView::Interactive);
    m_mountView->header()->setStretchLastSection(true);
    auto *predicted = new QWidget;
    auto *column = new QVBoxLayout(predicted);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_verdict->setWordWrap(true);
    m_verdict->setContentsMargins(space(Space::Medium, this), space(Space::Tiny, this), space(Space::Medium, this),
                                  space(Space::Tiny, this));
    column->addWidget(m_verdict);
    column->addWidget(m_mountView);
    m_tabs->setDocumentMode(true);
    m_tabs->addTab(m_findings, tr("Findings"));
    m_tabs->addTab(predicted, icon(Icon::Mounts), tr("Predicted mounts"));
    return m_tabs;
}

void ComposePage::setAnalysis(const std::shared_ptr<const Analysis> &analysis)
{
    m_layers->setAnalysis(*analysis);
    m_tree->setSource(treeSource(*analysis));
    m_inspector->setAnalysis(*analysis);
    m_findings->setAnalysis(*analysis);
    const bool first = m_mounts->rowCount() == 0;
    m_mounts->setTable(analysis->sandboxTable);
    m_mountView->expandAll();
    if (first)
        for (int i = 0; i < MountTableModel::ColumnCount; ++i)
            m_mountView->resizeColumnToContents(i);

    const auto errors = std::ranges::count(analysis->findings, Severity::Error, &Finding::severity);
    const auto warnings = std::ranges::count(analysis->findings, Severity::Warning, &Finding::severity);
    m_tabs->setTabText(0, analysis->findings.empty() ? tr("Findings")
                                                     : tr("Findings (%1)").arg(analysis->findings.size()));
    m_tabs->setTabIcon(0, icon(errors > 0 ? Icon::Error : warnings > 0 ? Icon::Warning : Icon::Good));
    if (!analysis->plan)
        m_verdict->setText(tr("There are errors: mend them first."));
    else if (!analysis->prediction)
        m_verdict->setText(tr("This machine's mount table cannot be read, so nothing can be predicted."));
    else if (analysis->succeeds)
        m_verdict->setText(tr("What the sandbox will see, predicted by the kernel model after %n steps.", nullptr,
                              static_cast<int>(analysis->plan->steps.size())));
    else if (analysis->certain)
        m_verdict->setText(tr("The launch would fail; these are the mounts at that step."));
    else
        m_verdict->setText(tr("The model cannot tell beyond this step; see the README for what it does not know."));
}

void ComposePage::reloadTree() { m_tree->reload(); }

void ComposePage::reloadFiles()
{
    m_tree->reload();
    m_layers->recount();
}

void ComposePage::bindHere(const QStringList &hostPaths, const QString &directory)
{
    if (hostPaths.isEmpty())
        return;
    const QString text = hostPaths.size() == 1 ? tr("Bind %1 on %2").arg(hostPaths.front(), directory)
                                               : tr("Bind %n things", nullptr, static_cast<int>(hostPaths.size()));
    QString destination;
    m_document.edit(text, [&](SandboxSpec &spec) {
        for (const QString &path : hostPaths) {
            destination = (directory == "/" ? QString() : directory) + '/' + QFileInfo(path).fileName();
            spec.mounts.push_back({.destination = destination.toStdString(),
                                   .type = "bind",
                                   .source = QFile::encodeName(path).toStdString(),
                                   .options = {"ro", "nosuid", "nodev"}});
        }
    });
    m_tree->select(destination);
}

void ComposePage::addMount(const MountSpec &mount, const QString &text)
{
    m_document.edit(text, [&](SandboxSpec &spec) { spec.mounts.push_back(mount); });
}

} // namespace pivotbench::app
