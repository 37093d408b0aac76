// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/find_bar.h"

#include <QApplication>
#include <QCheckBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QStyle>
#include <QToolButton>

namespace pivotbench::app::terminal {

FindBar::FindBar(QWidget *parent)
    : QFrame(parent)
    , m_text(new QLineEdit(this))
    , m_case(new QCheckBox(tr("Match &case"), this))
{
    setFrameShape(QFrame::StyledPanel);
    setAutoFillBackground(true);
    // Set whole, or the terminal's own font would come through.
    QFont plain = QApplication::font();
    plain.setFamilies(plain.families());
    plain.setPointSizeF(plain.pointSizeF() > 0 ? plain.pointSizeF() : 10);
    setFont(plain);
    m_text->setPlaceholderText(tr("Find in terminal"));
    m_text->setAccessibleName(tr("Find in terminal"));
    m_text->setClearButtonEnabled(true);
    m_text->setMinimumWidth(160);
    const auto button = [this](Qt::ArrowType arrow, const QString &name) {
        auto *made = new QToolButton(this);
        made->setArrowType(arrow);
        made->setAutoRaise(true);
        made->setToolTip(name);
        made->setAccessibleName(name);
        return made;
    };
    QToolButton *up = button(Qt::UpArrow, tr("Find previous (Return)"));
    QToolButton *down = button(Qt::DownArrow, tr("Find next (Shift+Return)"));
    auto *close = new QToolButton(this);
    close->setIcon(style()->standardIcon(QStyle::SP_TitleBarCloseButton));
    close->setAutoRaise(true);
    close->setToolTip(tr("Close (Escape)"));
    close->setAccessibleName(tr("Close"));

    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(6, 4, 6, 4);
    for (QWidget *widget : std::initializer_list<QWidget *>{m_text, up, down, m_case, close})
        layout->addWidget(widget);

    connect(up, &QToolButton::clicked, this, [this] { request(false); });
    connect(down, &QToolButton::clicked, this, [this] { request(true); });
    connect(close, &QToolButton::clicked, this, &FindBar::closed);
    connect(m_text, &QLineEdit::textEdited, this, [this] { showResult(true); });
    setFocusProxy(m_text);
    hide();
}

void FindBar::open(const QString &text)
{
    if (!text.isEmpty() && !text.contains(QLatin1Char('\n')))
        m_text->setText(text);
    show();
    raise();
    m_text->selectAll();
    m_text->setFocus(Qt::ShortcutFocusReason);
}

void FindBar::showResult(bool found)
{
    QPalette look = palette();
    if (!found)
        look.setColor(QPalette::Text, look.color(QPalette::PlaceholderText));
    m_text->setPalette(look);
    m_text->setAccessibleDescription(found ? QString() : tr("No match"));
    m_text->setToolTip(found ? QString() : tr("No match"));
}

void FindBar::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        emit closed();
    } else if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        request(event->modifiers().testFlag(Qt::ShiftModifier));
    } else {
        // The terminal below is no place for keys that mean nothing here.
        event->accept();
    }
}

void FindBar::request(bool forwards)
{
    if (!m_text->text().isEmpty())
        emit findRequested(m_text->text(), forwards, m_case->isChecked());
}

} // namespace pivotbench::app::terminal
