// SPDX-License-Identifier: Apache-2.0
#include "app/stage/compared_side.h"

#include "app/base/text.h"
#include "app/stage/stage_player.h"
#include "app/stage/stage_view.h"
#include "app/widgets/badge.h"
#include "app/widgets/elided_label.h"
#include "app/widgets/metrics.h"

#include <QFileInfo>
#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

namespace pivotbench::app {

using namespace core;

ComparedSide::ComparedSide(StagePlayer &player, QWidget *parent)
    : QWidget(parent)
    , m_head(new QHBoxLayout)
    , m_line(new QHBoxLayout)
    , m_strut(new QSpacerItem(0, 0))
    , m_kind(new Badge)
    , m_incomplete(new Badge(tr("incomplete"), Tone::Warning))
    , m_name(new ElidedLabel)
    , m_about(new ElidedLabel)
    , m_view(new StageView(player))
    , m_call(new Badge({}, Tone::Accent))
    , m_facts(new ElidedLabel)
    , m_reach(new ElidedLabel)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(m_head);
    column->addLayout(m_line);
    column->addWidget(m_view, 1);
    m_head->addItem(m_strut);
    m_head->addWidget(m_kind);
    m_head->addWidget(m_incomplete);
    m_head->addWidget(m_name);
    m_head->addWidget(m_about, 1);
    m_head->addWidget(m_reach);
    m_line->addWidget(m_call);
    m_line->addWidget(m_facts, 1);
    m_name->setFontVariant(1.1, true);
    m_about->setTone(Tone::Muted);
    m_reach->setTone(Tone::Muted);
    m_facts->setFontVariant(1, true);
    m_incomplete->hide();
    measure();
}

void ComparedSide::measure()
{
    const int side = space(Space::Large, this);
    m_head->setContentsMargins(side, 0, space(Space::Small, this), 0);
    m_strut->changeSize(0, iconExtent(IconSize::Small, this) + space(Space::Medium, this), QSizePolicy::Fixed,
                        QSizePolicy::Fixed);
    m_head->invalidate();
    m_line->setContentsMargins(side, 0, side, 0);
    m_head->setSpacing(space(Space::Small, this));
    m_line->setSpacing(space(Space::Small, this));
}

void ComparedSide::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        measure();
}

void ComparedSide::setSource(const StageSource &source, const QString &name)
{
    m_name->setText(name);
    if (!source.staged)
        return;
    const Recording &recording = *source.staged->recording;
    const bool predicted = recording.header.origin != "kernel";
    m_kind->setText(predicted ? tr("Prediction") : tr("Recording of the kernel"));
    m_kind->setTone(predicted ? Tone::Note : Tone::Good);
    m_incomplete->setVisible(recording.truncated || source.error);
    QString about = tr("kernel %1").arg(shown(recording.header.kernel));
    if (!source.path.isEmpty())
        about = shown(QFileInfo(source.path).fileName().toStdString()) + QStringLiteral(", ") + about;
    m_about->setText(about);
    m_about->setToolTip(plainToolTip(shown(source.path.toStdString())));
    m_view->setAccessibleName(tr("Stage, %1").arg(name));
}

void ComparedSide::setDeed(const Deed &deed)
{
    m_call->setVisible(!deed.call.isEmpty());
    m_call->setText(deed.call);
    m_call->setTone(deed.failed ? Tone::Error : Tone::Accent);
    m_facts->setText(deed.facts.isEmpty()  ? deed.title
                     : deed.call.isEmpty() ? tr("%1: %2").arg(deed.title, deed.facts)
                                           : deed.facts);
    m_facts->setTone(deed.failed ? Tone::Error : deed.happens ? Tone::Text : Tone::Muted);
    m_reach->setText(deed.reach);
    m_reach->setToolTip(tr("In the mount namespace of the process, after this moment"));
}

void ComparedSide::setExplained(bool explained)
{
    m_explained = explained;
    update();
}

void ComparedSide::addHeadingButton(QWidget *button)
{
    m_head->addWidget(button);
    m_buttons << button;
}

void ComparedSide::setButtonsVisible(bool visible)
{
    for (QWidget *button : m_buttons)
        button->setVisible(visible);
}

QString ComparedSide::kind() const { return m_kind->text(); }

QString ComparedSide::heading() const { return m_name->text(); }

QString ComparedSide::deedText() const { return m_facts->text(); }

void ComparedSide::paintEvent(QPaintEvent * /*event*/)
{
    if (!m_explained)
        return;
    QPainter painter(this);
    painter.setPen(Qt::NoPen);
    painter.setBrush(tone(Tone::Accent, palette()));
    const int inset = space(Space::Tiny, this);
    painter.drawRoundedRect(QRectF(inset, inset, inset, m_view->y() - inset), inset / 2.0, inset / 2.0);
}

} // namespace pivotbench::app
