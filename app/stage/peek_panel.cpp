// SPDX-License-Identifier: Apache-2.0
#include "app/stage/peek_panel.h"

#include "app/terminal/pty_channel.h"
#include "app/terminal/terminal_view.h"
#include "app/widgets/elided_label.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

namespace pivotbench::app {

PeekPanel::PeekPanel(QWidget *parent)
    : QWidget(parent)
    , m_title(new ElidedLabel)
    , m_view(new terminal::TerminalView)
{
    auto *close = new QToolButton;
    close->setIcon(icon(Icon::Close));
    close->setToolTip(tr("Close the terminal"));
    close->setAccessibleName(tr("Close the terminal"));
    close->setAutoRaise(true);
    auto *row = new QHBoxLayout;
    row->setContentsMargins(space(Space::Large, this), space(Space::Tiny, this), space(Space::Small, this),
                            space(Space::Tiny, this));
    auto *picture = new QLabel;
    const int extent = iconExtent(IconSize::Small, this);
    picture->setPixmap(icon(Icon::Peek).pixmap(extent));
    row->setSpacing(space(Space::Small, this));
    row->addWidget(picture);
    row->addWidget(m_title, 1);
    row->addWidget(close);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(row);
    column->addWidget(m_view, 1);
    m_view->setAccessibleName(tr("Shell inside the half-built sandbox"));
    setMinimumHeight(fontMetrics().height() * 8);
    connect(close, &QToolButton::clicked, this, &PeekPanel::close);
    connect(m_view, &terminal::TerminalView::ended, this,
            [this] { m_title->setText(tr("%1 (ended)").arg(m_title->text())); });
    hide();
}

void PeekPanel::open(core::UniqueFd &master, const QString &step)
{
    m_title->setText(tr("Inside, where the process stands. Opened at: %1").arg(step));
    m_view->attach(std::make_unique<terminal::PtyChannel>(std::move(master)));
    show();
    m_view->setFocus(Qt::OtherFocusReason);
}

void PeekPanel::close()
{
    const bool focused = m_view->hasFocus();
    hide();
    m_view->detach();
    if (focused)
        emit left();
}

} // namespace pivotbench::app
