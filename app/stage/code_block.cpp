// SPDX-License-Identifier: Apache-2.0
#include "app/stage/code_block.h"

#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"
#include "app/widgets/palette.h"

#include <QApplication>
#include <QClipboard>
#include <QFontDatabase>
#include <QPainter>
#include <QPlainTextEdit>
#include <QResizeEvent>
#include <QTextLayout>
#include <QToolButton>
#include <algorithm>

namespace pivotbench::app {

namespace {

constexpr int mostLines = 14;           ///< the rest is scrolled to
constexpr qsizetype mostShown = 16'000; ///< letters; "Copy" gives all

} // namespace

CodeBlock::CodeBlock(const QString &name, QWidget *parent)
    : QWidget(parent)
    , m_text(new QPlainTextEdit(this))
    , m_copy(new QToolButton(this))
{
    m_text->setReadOnly(true);
    m_text->setFrameShape(QFrame::NoFrame);
    m_text->setTabChangesFocus(true);
    m_text->setAccessibleName(name);
    m_text->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    m_text->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_text->viewport()->setAutoFillBackground(false);
    m_text->document()->setDocumentMargin(0);
    m_copy->setIcon(icon(Icon::Copy));
    m_copy->setAutoRaise(true);
    m_copy->setToolTip(tr("Copy: %1").arg(name));
    m_copy->setAccessibleName(m_copy->toolTip());
    connect(m_copy, &QToolButton::clicked, this, [this] {
        QApplication::clipboard()->setText(m_whole);
        emit copied();
    });
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    setFonts();
}

void CodeBlock::setText(const QString &text)
{
    if (text == m_whole)
        return;
    m_whole = text;
    QString part = text.left(mostShown);
    if (part.size() < text.size())
        part += QStringLiteral("…");
    m_text->setPlainText(part.trimmed());
    fit();
}

void CodeBlock::setFonts()
{
    QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    fixed.setPointSizeF(font().pointSizeF() > 0 ? font().pointSizeF() * 0.95 : fixed.pointSizeF());
    m_text->setFont(fixed);
    QPalette colours = palette();
    colours.setColor(QPalette::Base, Qt::transparent);
    m_text->setPalette(colours);
}

int CodeBlock::textWidth() const { return width() - 2 * space(Space::Small, this) - m_copy->sizeHint().width(); }

/// As high as the text is in this width.
void CodeBlock::fit()
{
    int lines = 0;
    const QFontMetricsF metrics(m_text->font());
    QTextOption wrap;
    wrap.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    for (const QString &line : m_text->toPlainText().split('\n')) {
        QTextLayout layout(line, m_text->font());
        layout.setTextOption(wrap);
        layout.beginLayout();
        for (QTextLine one = layout.createLine(); one.isValid() && lines < mostLines; one = layout.createLine()) {
            one.setLineWidth(std::max(20, textWidth()));
            ++lines;
        }
        layout.endLayout();
        lines += line.isEmpty() ? 1 : 0;
        if (lines >= mostLines)
            break;
    }
    const int text = static_cast<int>(std::ceil(metrics.lineSpacing() * std::clamp(lines, 1, mostLines)));
    setFixedHeight(std::max(text + 2, m_copy->sizeHint().height()) + 2 * space(Space::Tiny, this));
}

void CodeBlock::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::PaletteChange) {
        setFonts();
        fit();
    }
}

void CodeBlock::paintEvent(QPaintEvent * /*event*/)
{
    QPainter painter(this);
    paintPanel(painter, rect(), tone(Tone::CardBackground, palette()), tone(Tone::Separator, palette()), innerRadius);
}

void CodeBlock::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    if (event->oldSize().width() != width())
        fit();
    const int small = space(Space::Small, this);
    const int tiny = space(Space::Tiny, this);
    const QSize button = m_copy->sizeHint();
    m_copy->setGeometry(width() - button.width() - 2, tiny - 1, button.width(), button.height());
    m_text->setGeometry(small, tiny, textWidth() + 1, height() - 2 * tiny);
}

} // namespace pivotbench::app
