// SPDX-License-Identifier: Apache-2.0
#include "app/stage/stage_inspector.h"

#include "app/base/background.h"
#include "app/base/text.h"
#include "app/stage/code_block.h"
#include "app/stage/side_text.h"
#include "app/stage/stage_player.h"
#include "app/stage/term_text.h"
#include "app/widgets/badge.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"
#include "app/widgets/section.h"

#include <QHeaderView>
#include <QLabel>
#include <QScrollBar>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>

namespace pivotbench::app {

using namespace core;

namespace {

constexpr int mostRows = 9; ///< of the changes, before they are scrolled

} // namespace

StageInspector::StageInspector(StagePlayer &player, QWidget *parent)
    : QScrollArea(parent)
    , m_player(player)
    , m_column(nullptr)
    , m_place(new QLabel)
    , m_phase(new Badge({}, Tone::Accent))
    , m_title(new TermText(tr("What the step does")))
    , m_outcome(new VerdictLine(true))
    , m_why(new TermText(tr("Why")))
    , m_causes(new QWidget)
    , m_causeRows(new QVBoxLayout(m_causes))
    , m_callSection(new Section(tr("System call")))
    , m_call(new CodeBlock(tr("System call")))
    , m_shellSection(new Section(tr("In a shell")))
    , m_shell(new CodeBlock(tr("In a shell")))
    , m_manual(wrappedLabel(tr("Manual page")))
    , m_mountSection(new Section(tr("Mount table")))
    , m_mounts(new QTreeWidget)
    , m_processSection(new Section(tr("The process")))
    , m_process(new TermText(tr("The process")))
    , m_comparisonSection(new Section(tr("Prediction and kernel")))
    , m_verdict(wrappedLabel())
{
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("The step"));
    auto *page = new QWidget;
    setWidget(page);
    m_column = new QVBoxLayout(page);

    auto *head = new QHBoxLayout;
    head->addWidget(m_place);
    head->addStretch();
    head->addWidget(m_phase);
    m_column->addLayout(head);
    m_column->addWidget(m_title);
    m_column->addWidget(m_outcome);
    m_column->addWidget(m_causes);
    m_column->addWidget(m_why);
    m_callSection->setContent(m_call);
    m_column->addWidget(m_callSection);
    m_shellSection->setContent(m_shell);
    m_column->addWidget(m_shellSection);
    m_column->addWidget(m_manual);
    m_mountSection->setContent(m_mounts);
    m_column->addWidget(m_mountSection);
    auto *process = new QWidget; // a scroll area does not keep the margins that a section gives
    (new QVBoxLayout(process))->addWidget(m_process);
    process->layout()->setContentsMargins({});
    m_processSection->setContent(process);
    m_column->addWidget(m_processSection);
    m_comparisonSection->setContent(m_verdict);
    m_column->addWidget(m_comparisonSection);
    m_column->addStretch();

    m_mounts->setHeaderHidden(true);
    m_mounts->setFrameShape(QFrame::NoFrame);
    m_mounts->setAccessibleName(tr("What changed in the mount table"));
    m_mounts->setIndentation(0);
    m_mounts->setRootIsDecorated(false);
    m_mounts->setTextElideMode(Qt::ElideMiddle);
    m_mounts->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_causeRows->setContentsMargins(0, 0, 0, 0);

    for (const auto &[block, word] :
         {std::pair(m_call, tr("the system call")), std::pair(m_shell, tr("the shell line"))})
        connect(block, &CodeBlock::copied, this, [this, what = word] { emit copied(what); });
    connect(&player, &StagePlayer::frameChanged, this, &StageInspector::refresh);
    measure();
    refresh();
}

void StageInspector::measure()
{
    const int side = space(Space::Large, this);
    m_column->setContentsMargins(side, space(Space::Medium, this), side, side);
    m_column->setSpacing(space(Space::Small, this));
    m_causeRows->setSpacing(space(Space::Small, this));
    m_title->setFont(variant(font(), 1.3, true));
    QPalette flat = palette();
    flat.setColor(QPalette::Base, palette().color(QPalette::Window));
    m_mounts->setPalette(flat);
    verticalScrollBar()->setPalette(flat); // it lies on the page
    for (QLabel *quiet : {m_place, m_manual}) {
        QPalette colours = palette();
        colours.setColor(QPalette::WindowText, tone(Tone::Muted, palette()));
        quiet->setPalette(colours);
    }
}

void StageInspector::changeEvent(QEvent *event)
{
    QScrollArea::changeEvent(event);
    if (m_column && (event->type() == QEvent::FontChange || event->type() == QEvent::PaletteChange)) {
        measure();
        showMounts(); // icons in the rows, and their height
    }
}

void StageInspector::resizeEvent(QResizeEvent *event)
{
    QScrollArea::resizeEvent(event);
    widget()->setMaximumWidth(viewport()->width());
}

void StageInspector::setComparison(Comparison state, std::vector<FrameMismatch> mismatches)
{
    m_comparison = state;
    m_mismatches = std::move(mismatches);
    showComparison();
}

/// At once where that is cheap; else in another thread, one at a time, the newest frame wins.
void StageInspector::refresh()
{
    const std::size_t frame = m_player.frame();
    const std::shared_ptr<const Staged> staged = m_player.shareStaged();
    widget()->setVisible(staged && frame < m_player.frameCount());
    if (!staged || frame >= m_player.frameCount()) {
        m_report.reset();
        return;
    }
    const std::shared_ptr<const Recording> recording = staged->recording;
    if (isQuickReport(*recording, frame)) {
        show(reportOf(*recording, frame));
        return;
    }
    if (std::exchange(m_asking, true))
        return;
    runBeside(
        this, [staged, recording, frame] { return reportOf(*recording, frame, staged->diagnosis); },
        [this, recording, frame](FrameReport report) {
            m_asking = false;
            const Staged *now = m_player.staged();
            if (now && now->recording == recording && m_player.frame() == frame)
                show(std::move(report));
            else
                refresh();
        });
}

void StageInspector::show(FrameReport report)
{
    m_report = std::move(report);
    const FrameReport &now = *m_report;
    m_place->setText(now.place);
    m_phase->setVisible(!now.phase.isEmpty());
    m_phase->setText(now.phase);
    m_title->setWords(breakable(now.title));
    m_why->setVisible(!now.why.isEmpty());
    m_why->setWords(now.why.left(mostLetters));
    QString outcome = now.outcomeText;
    if (!outcome.isEmpty())
        outcome[0] = outcome[0].toUpper();
    const bool failed = now.outcome == FrameReport::Outcome::Failed;
    switch (now.outcome) {
    case FrameReport::Outcome::Beginning: m_outcome->set(Icon::Note, Tone::Note, tr("Nothing has happened yet")); break;
    case FrameReport::Outcome::Done: m_outcome->set(Icon::Good, Tone::Good, outcome); break;
    case FrameReport::Outcome::Skipped: m_outcome->set(Icon::Note, Tone::Note, outcome); break;
    case FrameReport::Outcome::Failed:
        m_outcome->set(Icon::Error, Tone::Error, outcome + '\n' + breakable(now.failure));
        break;
    }
    showCauses();
    m_causes->setVisible(failed && !now.causes.empty());
    m_callSection->setVisible(!now.call.isEmpty());
    m_call->setText(now.call);
    m_shellSection->setVisible(!now.shell.isEmpty());
    m_shell->setText(now.shell);
    m_manual->setVisible(!now.manual.isEmpty());
    m_manual->setText(tr("Manual: %1").arg(now.manual));
    showMounts();
    m_process->setWords(breakable(now.process.join('\n')));
    showComparison();
}

void StageInspector::showCauses()
{
    while (QLayoutItem *item = m_causeRows->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    if (!m_report || m_report->causes.empty())
        return;
    const bool decided = std::ranges::any_of(
        m_report->causes, [](const CauseReport &cause) { return cause.verdict != CauseReport::Verdict::Open; });
    auto *heading = wrappedLabel();
    heading->setText(decided ? tr("Every cause that the manual lists, held against the actual state:")
                             : tr("Causes that the manual lists:"));
    heading->setFont(variant(font(), 1, true));
    m_causeRows->addWidget(heading);
    for (const CauseReport &cause : m_report->causes) {
        auto *line = new VerdictLine(cause.verdict == CauseReport::Verdict::Applies);
        QString text = cause.when;
        switch (cause.verdict) {
        case CauseReport::Verdict::Applies:
            text = tr("Yes: %1.").arg(cause.when);
            if (!cause.fix.isEmpty())
                text += '\n' + tr("What to do: %1.").arg(cause.fix);
            if (!cause.manual.isEmpty())
                text += '\n' + cause.manual;
            line->set(Icon::Ok, Tone::Error, breakable(text));
            break;
        case CauseReport::Verdict::DoesNot:
            line->set(Icon::Fail, Tone::Muted, breakable(tr("No: %1").arg(cause.when)));
            break;
        case CauseReport::Verdict::Open:
            if (!cause.fix.isEmpty())
                text += '\n' + tr("What to do: %1").arg(cause.fix);
            line->set(Icon::Help, Tone::Muted, breakable(text));
            break;
        }
        m_causeRows->addWidget(line);
    }
}

void StageInspector::showMounts()
{
    m_mounts->clear();
    if (!m_report)
        return;
    const auto add = [this](Icon picture, Tone tone, const QString &text, const QString &spoken, bool bold) {
        auto *item = new QTreeWidgetItem(m_mounts, {text});
        if (bold) {
            item->setIcon(0, icon(picture, tone));
            item->setFont(0, variant(font(), 1, true));
        } else {
            item->setForeground(0, app::tone(Tone::Muted, palette()));
        }
        item->setData(0, Qt::AccessibleTextRole, spoken);
        item->setToolTip(0, plainToolTip(text.left(mostLetters)) + meaningsToolTip(text.left(mostLetters)));
    };
    for (const MountReport &mount : m_report->mounts) {
        switch (mount.kind) {
        case MountReport::Kind::Added:
            add(Icon::Added, Tone::Added, mount.path, tr("added: %1").arg(mount.path), true);
            break;
        case MountReport::Kind::Removed:
            add(Icon::Deleted, Tone::Deleted, mount.path, tr("gone: %1").arg(mount.path), true);
            break;
        case MountReport::Kind::Changed:
            add(Icon::Changed, Tone::Changed, mount.path, tr("changed: %1").arg(mount.path), true);
            break;
        }
        for (const QString &detail : mount.details)
            add(Icon::Note, Tone::Muted, detail, detail, false);
    }
    const int rows = m_mounts->topLevelItemCount();
    m_mounts->setVisible(rows > 0 && m_mountSection->isExpanded());
    int height = 2;
    for (int row = 0; row < std::min(rows, mostRows); ++row)
        height += m_mounts->sizeHintForRow(row);
    m_mounts->setFixedHeight(height);
    m_mountSection->setSummary(m_report->mountSummary);
}

void StageInspector::showComparison()
{
    QString summary;
    QString text;
    switch (m_comparison) {
    case Comparison::OnlyPredicted:
        summary = tr("only predicted");
        text = tr("This comes from the kernel model alone. “Watch the kernel do it” holds it against what happens.");
        break;
    case Comparison::Pending: summary = tr("comparing…"); break;
    case Comparison::Impossible:
        summary = tr("not compared");
        text = tr("This recording cannot be compared with the kernel model.");
        break;
    case Comparison::Done: {
        const auto found = std::ranges::find(m_mismatches, m_player.frame(), &FrameMismatch::observed);
        if (found != m_mismatches.end()) {
            summary = tr("they differ here");
            text = shown(found->text, true).left(mostLetters);
        } else if (m_mismatches.empty()) {
            summary = tr("they agree");
            const Staged *staged = m_player.staged();
            text = staged && staged->foretold
                       ? tr("The model predicted exactly this, and so it was in every step until now.")
                       : tr("The model predicted exactly this, in this step and in all others.");
        } else {
            summary = tr("they agree here");
            text = tr("In this step the kernel did what the model predicted; in %1 others it did not.")
                       .arg(m_mismatches.size());
        }
        break;
    }
    }
    m_comparisonSection->setVisible(!m_report || !m_report->supposed);
    m_comparisonSection->setSummary(summary);
    m_verdict->setText(breakable(text));
    m_verdict->setVisible(!text.isEmpty() && m_comparisonSection->isExpanded());
}

} // namespace pivotbench::app
