// SPDX-License-Identifier: Apache-2.0
#include "app/workbench/start_page.h"

#include "app/base/background.h"
#include "app/base/text.h"
#include "app/client/helper_start.h"
#include "app/widgets/banner.h"
#include "app/widgets/card.h"
#include "app/widgets/metrics.h"
#include "app/widgets/primary_button.h"
#include "app/workbench/app_context.h"
#include "core/preset/presets.h"

#include <QAction>
#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace pivotbench::app {

using namespace core;

namespace {

constexpr int pageWidth = 46; ///< em

QLabel *heading(const QString &text, qreal scale)
{
    auto *label = new QLabel(text);
    QFont font = label->font();
    font.setPointSizeF(font.pointSizeF() * scale);
    font.setBold(true);
    label->setFont(font);
    return label;
}

Icon iconOf(const std::string &preset)
{
    if (preset == "busybox")
        return Icon::Sandbox;
    if (preset == "this-system")
        return Icon::Host;
    return preset == "chroot-jail" ? Icon::RootDir : Icon::Pivot;
}

} // namespace

StartPage::StartPage(AppContext &context, QAction *newAction, QAction *openAction, QWidget *parent)
    : QScrollArea(parent)
    , m_context(context)
    , m_recentTitle(heading(tr("Recent"), 1.1))
    , m_recent(new QVBoxLayout)
    , m_machine(new Banner)
{
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setAccessibleName(tr("Start"));
    auto *page = new QWidget;
    auto *centred = new QHBoxLayout(page);
    setWidget(page); // while it is empty: it asks at once how large everything would like to be, before it is styled
    auto *column = new QVBoxLayout;
    centred->addStretch(1);
    centred->addLayout(column, 6);
    centred->addStretch(1);
    column->setSpacing(space(Space::Medium, this));
    column->setContentsMargins(0, space(Space::Huge, this), 0, space(Space::Huge, this));

    auto *top = new QHBoxLayout;
    top->setSpacing(space(Space::Large, this));
    auto *picture = new QLabel;
    picture->setPixmap(icon(Icon::Pivotbench).pixmap(iconExtent(IconSize::Hero, this)));
    top->addWidget(picture, 0, Qt::AlignTop);
    auto *words = new QVBoxLayout;
    words->addWidget(heading(tr("Pivotbench"), 1.8));
    auto *sentence = new QLabel(tr("How does a container get its filesystem? Build one, run it, look inside."));
    sentence->setWordWrap(true);
    words->addWidget(sentence);
    top->addLayout(words, 1);
    column->addLayout(top);
    column->addWidget(m_machine);

    auto *buttons = new QHBoxLayout;
    buttons->addWidget(new PrimaryButton(newAction));
    buttons->addWidget(buttonFor(openAction, this));
    buttons->addStretch();
    column->addLayout(buttons);

    column->addSpacing(space(Space::Small, this));
    column->addWidget(heading(tr("Start from a preset"), 1.1));
    auto *grid = new QGridLayout;
    grid->setSpacing(space(Space::Medium, this));
    int count = 0;
    for (const Preset &preset : presets()) {
        const QString id = QString::fromStdString(preset.id);
        auto *card = new Card(QString::fromStdString(preset.name));
        auto *description = new QLabel(QString::fromStdString(preset.description));
        description->setWordWrap(true);
        description->setEnabled(true);
        card->setContent(description);
        card->setIcon(icon(iconOf(preset.id)));
        auto *run = new QAction(icon(Icon::Play), tr("Run %1").arg(card->title()), card);
        card->addCardAction(run);
        connect(run, &QAction::triggered, this, [this, id] { emit presetRequested(id, true); });
        connect(card, &Card::activated, this, [this, id] { emit presetRequested(id, false); });
        grid->addWidget(card, count / 2, count % 2);
        ++count;
    }
    grid->setColumnStretch(0, 1);
    grid->setColumnStretch(1, 1);
    column->addLayout(grid);

    column->addSpacing(space(Space::Small, this));
    column->addWidget(m_recentTitle);
    m_recent->setSpacing(space(Space::Small, this));
    column->addLayout(m_recent);
    column->addStretch();
    page->setMinimumWidth(std::min(pageWidth * fontMetrics().horizontalAdvance('m'), 700));
    connect(&m_context, &AppContext::recentChanged, this, &StartPage::refreshRecent);
    refreshRecent();
}

/// The machine is examined once the page is on the screen: what is done beside takes time from the first paint.
void StartPage::paintEvent(QPaintEvent *event)
{
    QScrollArea::paintEvent(event);
    if (!std::exchange(m_examined, true))
        QMetaObject::invokeMethod(this, &StartPage::examineMachine, Qt::QueuedConnection);
}

void StartPage::refreshRecent()
{
    while (QLayoutItem *item = m_recent->takeAt(0)) {
        if (item->widget())
            item->widget()->deleteLater();
        delete item;
    }
    const QStringList paths = m_context.recent();
    m_recentTitle->setVisible(!paths.isEmpty());
    for (const QString &path : paths) {
        auto *card = new Card(QFileInfo(path).completeBaseName(), path);
        card->setSubtitleElideMode(Qt::ElideMiddle);
        card->setIcon(icon(Icon::Recent));
        auto *remove = new QAction(icon(Icon::Close), tr("Remove %1 from this list").arg(card->title()), card);
        remove->setToolTip(plainToolTip(remove->text()));
        card->addCardAction(remove);
        connect(remove, &QAction::triggered, this, [this, path] { m_context.removeRecent(path); });
        connect(card, &Card::activated, this, [this, path] { emit fileRequested(path); });
        m_recent->addWidget(card);
    }
}

/// Tries a mount in new namespaces, as pivotctl doctor does.
void StartPage::examineMachine()
{
    runBeside(
        this, [] { return runDoctor(probeHostFacts(), tryMountInside()); },
        [this](const std::vector<Check> &checks) { showMachine(checks); });
}

void StartPage::showMachine(const std::vector<Check> &checks)
{
    QStringList wrong;
    QStringList fixes;
    Message message{.tone = Tone::Good, .what = tr("This machine can build and run sandboxes.")};
    for (const Check &check : checks) {
        if (check.state == CheckState::Ok)
            continue;
        if (check.state == CheckState::Missing)
            message.tone = Tone::Warning;
        else if (message.tone == Tone::Good)
            message.tone = Tone::Note;
        wrong << shown(check.title) + ": " + shown(check.detail);
        if (!check.fix.empty())
            fixes << shown(check.fix);
    }
    if (message.tone == Tone::Warning)
        message.what = tr("Something is missing on this machine.");
    else if (message.tone == Tone::Note)
        message.what = tr("This machine can build and run sandboxes, with limits.");
    message.why = wrong.join('\n');
    message.now = fixes.join('\n');
    message.details = QString::fromStdString(doctorText(checks));
    m_machine->show(message);
    m_machine->setClosable(false);
}

} // namespace pivotbench::app
