// SPDX-License-Identifier: Apache-2.0
#include "app/changes/changes_view.h"

#include "app/base/background.h"
#include "app/base/text.h"
#include "app/changes/changes_model.h"
#include "app/changes/text_difference.h"
#include "app/document/error_message.h"
#include "app/sandboxes/helper_call.h"
#include "app/sandboxes/sandbox_session.h"
#include "app/widgets/elided_label.h"
#include "app/widgets/empty_state.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "core/host/host_facts.h"
#include "core/image/archive_import.h"

#include <QAction>
#include <QApplication>
#include <QDir>
#include <QFileDialog>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QInputDialog>
#include <QLocale>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QSyntaxHighlighter>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

namespace pivotbench::app {

using namespace core;

namespace {

constexpr int refreshEveryMs = 2000;
/// While reading takes longer than this it is not repeated by itself.
constexpr qint64 quickMs = 300;
constexpr std::size_t mostText = std::size_t{1} << 20;
constexpr int mostExpanded = 300;

/// Added and removed lines; their first character says it too.
class DifferenceColours : public QSyntaxHighlighter {
public:
    using QSyntaxHighlighter::QSyntaxHighlighter;
    void setOn(bool on)
    {
        m_on = on;
        rehighlight();
    }

protected:
    void highlightBlock(const QString &line) override
    {
        if (!m_on || line.isEmpty())
            return;
        const auto paint = [&](Tone colour) {
            setFormat(0, static_cast<int>(line.size()), tone(colour, QApplication::palette()));
        };
        if (line.startsWith("@@") || line.startsWith("---") || line.startsWith("+++"))
            paint(Tone::Muted);
        else if (line.startsWith('+'))
            paint(Tone::Added);
        else if (line.startsWith('-'))
            paint(Tone::Deleted);
    }

private:
    bool m_on = false;
};

QString layersFolder() { return QString::fromStdString(importedLayersDirectory()); }

struct Shown {
    QString text;
    bool isDifference = false;
};

/// In a thread: what there is to see of one change.
Result<Shown> look(const std::string &sandbox, const Change &change)
{
    const auto read = [&](bool before) {
        return fetchChangedText(helperSocket(), sandbox, change.path, before, mostText);
    };
    const bool wasFile = isFile(change.former);
    const bool isNow = isFile(change.type);
    if (!wasFile && !isNow)
        return Shown{};
    Result<ChangedText> before = wasFile ? read(true) : ChangedText{};
    Result<ChangedText> now = isNow ? read(false) : ChangedText{};
    for (const Result<ChangedText> *one : {&before, &now})
        if (!*one)
            return std::unexpected(one->error());
    if (!isText(before->text) || !isText(now->text))
        return Shown{ChangesView::tr("The file is not text."), false};
    if (before->truncated || now->truncated)
        return Shown{ChangesView::tr("The file is longer than %1: too long to compare here.")
                         .arg(QLocale().formattedDataSize(static_cast<qint64>(mostText))),
                     false};
    Result<QString> difference = textDifference(before->text, now->text);
    if (!difference)
        return std::unexpected(std::move(difference.error()));
    if (difference->isEmpty())
        return Shown{now->text.empty() ? ChangesView::tr("The file is empty.")
                                       : ChangesView::tr("The content is the same as before."),
                     false};
    return Shown{std::move(*difference), true};
}

} // namespace

ChangesView::ChangesView(SandboxSession &session, TaskList &tasks, QWidget *parent)
    : QWidget(parent)
    , m_session(session)
    , m_tasks(tasks)
    , m_model(new ChangesModel(this))
    , m_tree(new QTreeView)
    , m_text(new QPlainTextEdit)
    , m_summary(new ElidedLabel)
    , m_banner(new Banner)
    , m_empty(new EmptyState(Icon::Changed, tr("Nothing has changed"), {}))
    , m_stack(new QStackedWidget)
{
    makeActions();
    m_tree->setModel(m_model);
    m_tree->setAccessibleName(tr("Changes of the sandbox"));
    m_tree->setUniformRowHeights(true);
    m_tree->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_tree->header()->setStretchLastSection(false);
    m_tree->header()->setSectionResizeMode(ChangesModel::Name, QHeaderView::Stretch);
    const int em = fontMetrics().horizontalAdvance('m');
    m_tree->setColumnWidth(ChangesModel::What, 14 * em);
    m_tree->setColumnWidth(ChangesModel::Size, 12 * em);
    m_text->setReadOnly(true);
    m_text->setAccessibleName(tr("Difference of the file"));
    m_text->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_text->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_text->setTabChangesFocus(true);
    m_text->setPlaceholderText(tr("Choose a file to see what is different in it."));
    new DifferenceColours(m_text->document());

    auto *splitter = new QSplitter(Qt::Vertical);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_tree);
    splitter->addWidget(m_text);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(splitter);

    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(space(Space::Medium, this), space(Space::Small, this), space(Space::Medium, this),
                            space(Space::Small, this));
    bar->setSpacing(space(Space::Small, this));
    bar->addWidget(m_summary, 1);
    const auto addButton = [](QHBoxLayout *row, QAction *action, Qt::ToolButtonStyle style) {
        auto *button = new QToolButton;
        button->setDefaultAction(action);
        button->setToolButtonStyle(style);
        button->setAccessibleName(actionWords(action->text()));
        row->addWidget(button);
    };
    addButton(bar, m_refresh, Qt::ToolButtonIconOnly);
    auto *verbs = new QHBoxLayout;
    verbs->setContentsMargins(bar->contentsMargins());
    verbs->setSpacing(space(Space::Small, this));
    for (QAction *action : {m_keep, m_layer, m_apply, m_discard})
        addButton(verbs, action, Qt::ToolButtonTextBesideIcon);
    verbs->addStretch(1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(bar);
    column->addWidget(m_banner);
    m_banner->setClosable(true);
    column->addWidget(m_stack, 1);
    column->addLayout(verbs);

    m_timer.setInterval(refreshEveryMs);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        if (m_session.state() == SandboxSession::State::Running)
            refresh();
    });
    connect(m_tree->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
        showState();
        showDifference();
    });
    connect(&session, &SandboxSession::stateChanged, this, [this] {
        if (m_session.state() == SandboxSession::State::Ended)
            refresh();
        showState();
    });
    showState();
}

void ChangesView::makeActions()
{
    const auto action = [this](const QString &text, Icon picture, void (ChangesView::*run)()) {
        auto *made = new QAction(icon(picture), text, this);
        connect(made, &QAction::triggered, this, run);
        return made;
    };
    m_refresh = action(tr("Read again"), Icon::Refresh, &ChangesView::refresh);
    m_keep = action(tr("&Keep…"), Icon::Keep, &ChangesView::askKeep);
    m_keep->setToolTip(tr("Keep them under a name: the next run can go on from there"));
    m_layer = action(tr("Make a &layer…"), Icon::ToLayer, &ChangesView::askLayer);
    m_layer->setToolTip(tr("Make a folder of them that can lie on top of the same layers"));
    m_apply = action(tr("&Apply to a folder…"), Icon::ApplyToFolder, &ChangesView::askFolder);
    m_apply->setToolTip(tr("Do to a folder of yours what the sandbox did to its root"));
    m_discard = action(tr("&Discard…"), Icon::Discard, &ChangesView::askDiscard);
}

/// One that was launched elsewhere, and is looked at: what it changed stays as long as this call's connection lives.
void ChangesView::hold()
{
    if (m_held || m_session.spec() || m_session.state() != SandboxSession::State::Running)
        return;
    m_held = true;
    new HelperCall(HelperCall::simple({.method = wire::HoldChanges{m_session.name()}, .more = true}), this);
}

int ChangesView::count() const { return static_cast<int>(m_model->changes().size()); }

void ChangesView::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_timer.start();
    hold();
    refresh();
}

void ChangesView::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_timer.stop();
}

void ChangesView::refresh()
{
    if (m_session.name().empty())
        return;
    m_again = m_reading.isValid();
    if (m_again)
        return;
    m_reading.start();
    m_tasks.start(
        tr("Read the changes of %1").arg(shown(m_session.name())),
        [sandbox = m_session.name()](const TaskProgress &progress) {
            return fetchChanges(helperSocket(), sandbox, [progress] { return progress.isCancelled(); });
        },
        this, [this](Result<ChangeList> read) { show(std::move(read)); });
}

void ChangesView::show(Result<ChangeList> read)
{
    m_timer.setInterval(m_reading.elapsed() < quickMs ? refreshEveryMs : 20 * static_cast<int>(m_reading.elapsed()));
    m_reading.invalidate();
    if (!read) {
        // It may just have ended, or has nothing to change: the place says so.
        if (read.error().code == "sandbox.state" || read.error().code == "sandbox.unknown") {
            m_model->setChanges({});
            m_empty->setTitle(tr("There are no changes to see"));
            m_empty->setSentence(shown(read.error().hint.empty() ? read.error().what : read.error().hint) + '.');
        } else if (!wasCancelled(read.error())) {
            m_banner->show(messageOf(read.error(), Tone::Warning));
        }
    } else {
        m_empty->setTitle(tr("Nothing has changed"));
        m_empty->setSentence(tr("What the sandbox adds, changes or deletes in its root shows up here."));
        ChangeSelection before = selection();
        const std::string current = m_model->path(m_tree->currentIndex());
        m_model->setChanges(std::move(read->changes));
        if (m_model->changes().size() <= mostExpanded)
            m_tree->expandAll();
        if (m_tree->selectionModel()->selectedRows().isEmpty() && !before.empty()) {
            for (const std::string &path : before)
                if (const QModelIndex index = m_model->indexOf(path); index.isValid())
                    m_tree->selectionModel()->select(index, QItemSelectionModel::Select | QItemSelectionModel::Rows);
            m_tree->selectionModel()->setCurrentIndex(m_model->indexOf(current), QItemSelectionModel::NoUpdate);
        }
        if (read->truncated)
            m_banner->show({.tone = Tone::Warning,
                            .what = tr("There are more than a million changes; the first are shown."),
                            .now = tr("Keeping, applying and making a layer take all of them.")});
    }
    showState();
    emit countChanged(count());
    if (m_again)
        refresh();
}

ChangeSelection ChangesView::selection() const
{
    ChangeSelection selection;
    for (const QModelIndex &index : m_tree->selectionModel()->selectedRows())
        selection.insert(m_model->path(index));
    return selection;
}

void ChangesView::showState()
{
    const std::vector<Change> &changes = m_model->changes();
    m_stack->setCurrentIndex(changes.empty() ? 0 : 1);
    const auto countOf = [&](ChangeKind kind) {
        return static_cast<int>(std::ranges::count(changes, kind, &Change::kind));
    };
    const auto selected = static_cast<int>(m_tree->selectionModel()->selectedRows().size());
    const QLocale locale;
    QString text;
    if (!changes.empty())
        text = tr("%1 added, %2 changed, %3 deleted")
                   .arg(locale.toString(countOf(ChangeKind::Added)), locale.toString(countOf(ChangeKind::Changed)),
                        locale.toString(countOf(ChangeKind::Deleted)));
    if (selected > 0)
        text += tr(" — %1 selected").arg(locale.toString(selected));
    m_summary->setText(text);
    for (QAction *action : {m_keep, m_layer, m_apply})
        action->setEnabled(!changes.empty());
    const bool ended = m_session.state() == SandboxSession::State::Ended;
    m_discard->setEnabled(!changes.empty() && ended);
    m_discard->setToolTip(ended ? tr("Undo what is selected, or all of it, in the sandbox’s own layer")
                                : tr("They cannot be taken from under a sandbox that runs: stop it first"));
}

// The difference ------------------------------------------------------------------------------------------------------

void ChangesView::showDifference()
{
    ++m_asked;
    const QModelIndexList rows = m_tree->selectionModel()->selectedRows();
    const Change *change = rows.size() == 1 ? m_model->change(rows.front()) : nullptr;
    if (!change) {
        showText({}, false);
        return;
    }
    if (!isUtf8(change->path)) {
        showText(tr("The name of the file is not UTF-8, so its content cannot be asked for."), false);
        return;
    }
    runBeside(
        this, [sandbox = m_session.name(), change = *change] { return look(sandbox, change); },
        [this, asked = m_asked](const Result<Shown> &seen) {
            if (asked != m_asked)
                return;
            if (seen)
                showText(seen->text, seen->isDifference);
            else
                showText(shown(describe(seen.error()), true), false);
        });
}

void ChangesView::showText(const QString &text, bool isDifference)
{
    if (m_text->toPlainText() == text)
        return;
    m_text->setPlainText(text);
    if (auto *colours = m_text->document()->findChild<QSyntaxHighlighter *>())
        static_cast<DifferenceColours *>(colours)->setOn(isDifference);
}

// What to do with them ------------------------------------------------------------------------------------------------

void ChangesView::askKeep()
{
    auto *dialog = new QInputDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Keep the changes"));
    dialog->setLabelText(tr("Name of the kept layer:"));
    dialog->setOkButtonText(tr("Keep"));
    dialog->setTextValue(shown(m_session.spec() && !m_session.spec()->root.keepName.empty()
                                   ? m_session.spec()->root.keepName
                                   : m_session.name()));
    connect(dialog, &QInputDialog::textValueSelected, this, [this](const QString &name) {
        take(tr("Keep the changes as “%1”").arg(name),
             {.sandbox = m_session.name(),
              .action = wire::TakeAction::Keep,
              .name = name.toStdString(),
              .directory = {},
              .selection = selection()},
             [this, name](const TakenChanges &) { emit kept(name); });
    });
    dialog->open();
}

void ChangesView::askLayer()
{
    QDir().mkpath(layersFolder());
    auto *dialog = new QFileDialog(this, tr("Make a layer"), layersFolder());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setFileMode(QFileDialog::AnyFile);
    dialog->setLabelText(QFileDialog::FileName, tr("New folder:"));
    dialog->setLabelText(QFileDialog::Accept, tr("Make the layer"));
    dialog->setOption(QFileDialog::DontConfirmOverwrite);
    dialog->selectFile(shown(m_session.name()));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &path) {
        const QFileInfo place(path);
        take(tr("Make the layer %1").arg(shown(place.fileName().toStdString())),
             {.sandbox = m_session.name(),
              .action = wire::TakeAction::Layer,
              .name = place.fileName().toStdString(),
              .directory = place.absolutePath().toStdString(),
              .selection = selection()},
             [this, path](const TakenChanges &) { emit layerMade(path); });
    });
    dialog->open();
}

void ChangesView::askFolder()
{
    auto *dialog = new QFileDialog(this, tr("Apply the changes to a folder"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setLabelText(QFileDialog::Accept, tr("Apply to it"));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &folder) {
        // This changes the person's own files, so it is said what.
        const ChangeSelection chosen = selection();
        const int number = static_cast<int>(std::ranges::count_if(
            m_model->changes(), [&](const Change &change) { return isSelected(chosen, change.path); }));
        auto *box =
            new QMessageBox(QMessageBox::NoIcon, tr("Apply the changes"),
                            tr("Apply %1 changes to %2?").arg(QLocale().toString(number), shown(folder.toStdString())),
                            QMessageBox::Cancel, this);
        box->setTextFormat(Qt::PlainText);
        box->setInformativeText(tr("Files are added, replaced and deleted there as the sandbox did in its root. What "
                                   "is replaced or deleted moves to a new folder in it, so nothing is lost."));
        box->setAttribute(Qt::WA_DeleteOnClose);
        QPushButton *go = box->addButton(tr("Apply"), QMessageBox::AcceptRole);
        connect(go, &QPushButton::clicked, this, [this, folder, chosen] {
            take(tr("Apply the changes to %1").arg(shown(folder.toStdString())),
                 {.sandbox = m_session.name(),
                  .action = wire::TakeAction::Apply,
                  .name = nameForReplaced(),
                  .directory = folder.toStdString(),
                  .selection = chosen},
                 [this, folder](const TakenChanges &taken) { emit applied(folder, shown(taken.replaced)); });
        });
        box->open();
    });
    dialog->open();
}

void ChangesView::askDiscard()
{
    const ChangeSelection chosen = selection();
    auto *box =
        new QMessageBox(QMessageBox::NoIcon, tr("Discard changes"),
                        chosen.empty() ? tr("Discard all changes of this sandbox?") : tr("Discard what is selected?"),
                        QMessageBox::Cancel, this);
    box->setInformativeText(tr("The root is then there as its layers have it. This cannot be undone."));
    box->setAttribute(Qt::WA_DeleteOnClose);
    QPushButton *go = box->addButton(tr("Discard"), QMessageBox::DestructiveRole);
    box->setDefaultButton(QMessageBox::Cancel);
    connect(go, &QPushButton::clicked, this, [this, chosen] {
        take(tr("Discard changes"),
             {.sandbox = m_session.name(),
              .action = wire::TakeAction::Discard,
              .name = {},
              .directory = {},
              .selection = chosen},
             [this](const TakenChanges &) { refresh(); });
    });
    box->open();
}

void ChangesView::take(const QString &title, TakeOrder order, const std::function<void(const TakenChanges &)> &then)
{
    m_tasks.start(
        title,
        [order = std::move(order)](const TaskProgress &progress) {
            return takeChanges(
                helperSocket(), order,
                [progress](std::uint64_t, std::uint64_t bytes) {
                    progress.report(bytes);
                    return !progress.isCancelled();
                },
                [progress] { return progress.isCancelled(); });
        },
        this,
        [this, then](const Result<TakenChanges> &taken) {
            if (!taken) {
                if (!wasCancelled(taken.error()))
                    m_banner->show(messageOf(taken.error()));
                return;
            }
            if (taken->leftOut > 0 || taken->attributesLost > 0)
                m_banner->show({.tone = Tone::Warning,
                                .what = tr("Not everything could be taken as it was."),
                                .why = tr("Left out: %1 devices, FIFOs, sockets, or what only goes with its directory. "
                                          "Without owner, time or attributes: %2.")
                                           .arg(taken->leftOut)
                                           .arg(taken->attributesLost)});
            then(*taken);
        },
        TaskUnit::Bytes);
}

} // namespace pivotbench::app
