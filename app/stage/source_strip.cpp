// SPDX-License-Identifier: Apache-2.0
#include "app/stage/source_strip.h"

#include "app/base/text.h"
#include "app/widgets/badge.h"
#include "app/widgets/elided_label.h"
#include "app/widgets/metrics.h"

#include <QAction>
#include <QDateTime>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLocale>
#include <QMenu>
#include <QPainter>
#include <QToolButton>
#include <algorithm>
#include <utility>

namespace pivotbench::app {

using namespace core;

SourceStrip::SourceStrip(QWidget *parent)
    : QWidget(parent)
    , m_row(new QHBoxLayout(this))
    , m_kind(new Badge)
    , m_incomplete(new Badge(tr("incomplete"), Tone::Warning))
    , m_text(new ElidedLabel)
{
    m_row->addWidget(m_kind);
    m_row->addWidget(m_incomplete);
    m_row->addWidget(m_text, 1);
    m_incomplete->hide();
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    measure();
}

void SourceStrip::measure()
{
    m_row->setContentsMargins(space(Space::Large, this), space(Space::Tiny, this), space(Space::Small, this),
                              space(Space::Tiny, this));
    m_row->setSpacing(space(Space::Small, this));
}

void SourceStrip::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        measure();
}

void SourceStrip::addStripAction(QAction *action)
{
    auto *button = new QToolButton;
    button->setDefaultAction(action);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::StrongFocus);
    if (action->menu())
        button->setPopupMode(QToolButton::InstantPopup);
    button->setVisible(action->isVisible());
    connect(action, &QAction::changed, button, [this, button, action] {
        button->setVisible(action->isVisible());
        fitButtonsSoon();
    });
    m_row->addWidget(button);
    m_buttons.append(button);
    fitButtonsSoon();
}

/// Once for many actions that change together.
void SourceStrip::fitButtonsSoon()
{
    if (std::exchange(m_fitting, true))
        return;
    QMetaObject::invokeMethod(this, &SourceStrip::fitButtons, Qt::QueuedConnection);
}

void SourceStrip::fitButtons()
{
    m_fitting = false;
    const QMargins margins = m_row->contentsMargins();
    int room = width() - margins.left() - margins.right();
    for (const QWidget *word : {static_cast<QWidget *>(m_kind), static_cast<QWidget *>(m_incomplete)})
        if (!word->isHidden())
            room -= word->sizeHint().width() + m_row->spacing();
    room -= std::min(m_text->sizeHint().width(), width() / 2);
    for (QToolButton *button : m_buttons) {
        if (button->isHidden())
            continue;
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        room -= button->sizeHint().width() + m_row->spacing();
    }
    for (auto button = m_buttons.rbegin(); button != m_buttons.rend() && room < 0; ++button) {
        if ((*button)->isHidden())
            continue;
        room += (*button)->sizeHint().width();
        (*button)->setToolButtonStyle(Qt::ToolButtonIconOnly);
        room -= (*button)->sizeHint().width();
    }
}

void SourceStrip::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    fitButtons();
}

void SourceStrip::showWhatIf(const QString &after)
{
    m_whatIf = true;
    m_incomplete->hide();
    m_kind->setText(tr("What if"));
    m_kind->setTone(Tone::Warning);
    m_text->setText(tr("These steps never happened; the kernel model goes on after “%1”.").arg(after));
    fitButtonsSoon();
    m_text->setToolTip({});
    update();
}

void SourceStrip::show(const StageSource &source)
{
    m_whatIf = false;
    update();
    m_incomplete->setVisible(false);
    if (!source.staged) {
        m_kind->hide();
        m_text->setText({});
        return;
    }
    const Recording &recording = *source.staged->recording;
    const RecordingHeader &header = recording.header;
    const bool predicted = header.origin != "kernel";
    m_kind->show();
    m_kind->setText(predicted ? tr("Prediction") : tr("Recording of the kernel"));
    m_kind->setTone(predicted ? Tone::Note : Tone::Good);
    m_incomplete->setVisible(recording.truncated || source.error);
    const QDateTime started = QDateTime::fromString(shown(header.started), Qt::ISODate);
    const QString when =
        started.isValid() ? QLocale().toString(started.toLocalTime(), QLocale::ShortFormat) : tr("at a time unknown");
    QString text;
    if (source.kind == StageSource::Kind::Prediction)
        text = source.uncertain ? tr("What the kernel model says of this machine; it cannot tell beyond the last step. "
                                     "Nothing was touched.")
                                : tr("What the kernel model says this machine would do. Nothing was touched.");
    else
        text = predicted
                   ? tr("“%1”, predicted for kernel %2, %3").arg(shown(header.plan.name), shown(header.kernel), when)
                   : tr("“%1” on kernel %2, %3").arg(shown(header.plan.name), shown(header.kernel), when);
    if (recording.truncated)
        text += ' ' + tr("The file ends in the middle of a step; what is before it is shown.");
    m_text->setText(text);
    fitButtonsSoon();
    m_text->setToolTip(source.path.isEmpty() ? QString()
                                             : plainToolTip(text + '\n' + shown(source.path.toStdString())));
}

void SourceStrip::tell(const QString &kind, Tone tone, const QString &text)
{
    m_kind->show();
    m_kind->setText(kind);
    m_kind->setTone(tone);
    m_text->setText(text);
    fitButtonsSoon();
    m_text->setToolTip({});
}

QString SourceStrip::text() const { return m_text->text(); }

QString SourceStrip::kind() const { return m_kind->text(); }

bool SourceStrip::tellsIncomplete() const { return !m_incomplete->isHidden(); }

void SourceStrip::paintEvent(QPaintEvent * /*event*/)
{
    QPainter painter(this);
    if (m_whatIf)
        painter.fillRect(rect(), tint(Tone::Warning, palette()));
    painter.setPen(tone(Tone::Separator, palette()));
    painter.drawLine(0, height() - 1, width(), height() - 1);
}

} // namespace pivotbench::app
