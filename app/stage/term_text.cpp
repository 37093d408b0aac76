// SPDX-License-Identifier: Apache-2.0
#include "app/stage/term_text.h"

#include "app/base/text.h"
#include "app/widgets/palette.h"
#include "app/widgets/spoken.h"
#include "core/explain/glossary.h"

#include <QFocusEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QTextBlock>
#include <QToolTip>
#include <QWheelEvent>
#include <cmath>
#include <vector>

namespace pivotbench::app {

using namespace core;

namespace {

/// In letters of a QString.
struct Marked {
    int begin = 0;
    int length = 0;
    const Term *term = nullptr;
};

std::vector<Marked> termsIn(const QString &text)
{
    const std::string bytes = text.toStdString();
    std::vector<Marked> all;
    for (const TermSpan &span : glossary().spansIn(bytes)) {
        const auto letters = [&](std::size_t end) {
            return static_cast<int>(QString::fromUtf8(bytes.data(), static_cast<qsizetype>(end)).size());
        };
        const int begin = letters(span.offset);
        all.push_back({begin, letters(span.offset + span.length) - begin, span.term});
    }
    return all;
}

const Term *termOf(const QString &anchor) { return anchor.isEmpty() ? nullptr : glossary().find(anchor.toStdString()); }

QString sentenceOf(const Term &term) { return QStringLiteral("%1: %2").arg(shown(term.name), shown(term.means)); }

} // namespace

QString meaningToolTip(const Term &term)
{
    return QStringLiteral("<p><b>%1</b><br>%2</p><p>%3</p>")
        .arg(shown(term.name).toHtmlEscaped(), shown(term.means).toHtmlEscaped(), shown(term.manual).toHtmlEscaped());
}

QString meaningsToolTip(const QString &text)
{
    QString all;
    for (const Marked &marked : termsIn(text))
        all += QStringLiteral("<p><b>%1</b>: %2</p>")
                   .arg(shown(marked.term->name).toHtmlEscaped(), shown(marked.term->means).toHtmlEscaped());
    return all;
}

TermText::TermText(const QString &name, QWidget *parent)
    : QTextBrowser(parent)
{
    setAccessibleName(name);
    setOpenLinks(false);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    setUndoRedoEnabled(false);
    viewport()->setAutoFillBackground(false);
    document()->setDocumentMargin(0);
    setFocusPolicy(Qt::ClickFocus);
    connect(this, &QTextBrowser::anchorClicked, this, [this](const QUrl &link) {
        if (const Term *term = termOf(link.toString()))
            explain(*term);
    });
}

void TermText::setWords(const QString &words)
{
    if (words == m_words)
        return;
    m_words = words;
    mark();
    fit();
}

void TermText::mark()
{
    setPlainText(m_words);
    QTextCharFormat format;
    format.setAnchor(true);
    format.setUnderlineStyle(QTextCharFormat::DotLine);
    format.setUnderlineColor(tone(Tone::Accent, palette()));
    QStringList meanings;
    for (const Marked &marked : termsIn(m_words)) {
        format.setAnchorHref(QString::fromStdString(marked.term->id));
        QTextCursor cursor(document());
        cursor.setPosition(marked.begin);
        cursor.setPosition(marked.begin + marked.length, QTextCursor::KeepAnchor);
        cursor.mergeCharFormat(format);
        meanings << sentenceOf(*marked.term);
    }
    setAccessibleDescription(meanings.join(' '));
    setFocusPolicy(meanings.isEmpty() ? Qt::ClickFocus : Qt::StrongFocus);
}

void TermText::fit()
{
    const int height = static_cast<int>(std::ceil(document()->size().height()));
    if (height != this->height() || height != minimumHeight())
        setFixedHeight(height);
}

QSize TermText::sizeHint() const { return {0, height()}; }

QSize TermText::minimumSizeHint() const { return {0, 0}; }

void TermText::changeEvent(QEvent *event)
{
    QTextBrowser::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        mark();
    if (event->type() == QEvent::FontChange)
        fit();
}

void TermText::resizeEvent(QResizeEvent *event)
{
    QTextBrowser::resizeEvent(event);
    fit();
}

bool TermText::viewportEvent(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QTextBrowser::viewportEvent(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    if (const Term *term = termOf(anchorAt(help->pos()))) {
        const QRect rect = rectOf(*term);
        // With the pointer in the second line of a term, its first line is not where the tip may go.
        QToolTip::showText(help->globalPos(), meaningToolTip(*term), viewport(),
                           rect.contains(help->pos()) ? rect : QRect());
    } else {
        QToolTip::hideText();
    }
    return true;
}

/// Who comes with Tab comes to a term.
void TermText::focusInEvent(QFocusEvent *event)
{
    QTextBrowser::focusInEvent(event);
    if (event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason)
        QTextBrowser::focusNextPrevChild(event->reason() == Qt::TabFocusReason);
}

void TermText::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_F1:
        if (const Term *term = selectedTerm())
            explain(*term);
        else
            event->ignore();
        return;
    case Qt::Key_Escape:
        if (QToolTip::isVisible())
            QToolTip::hideText();
        else
            event->ignore();
        return;
    case Qt::Key_Space: event->ignore(); return; // it plays, and here is nothing to scroll
    default: QTextBrowser::keyPressEvent(event);
    }
}

/// The page around it is scrolled.
void TermText::wheelEvent(QWheelEvent *event) { event->ignore(); }

/// To which Tab has gone.
const Term *TermText::selectedTerm() const
{
    QTextCursor cursor = textCursor();
    if (!cursor.hasSelection())
        return nullptr;
    cursor.setPosition(cursor.selectionEnd()); // backwards, the cursor is before it
    return termOf(cursor.charFormat().anchorHref());
}

/// Of its first line: a term may be broken.
QRect TermText::rectOf(const Term &term) const
{
    for (const Marked &marked : termsIn(m_words)) {
        if (marked.term != &term)
            continue;
        QTextCursor cursor(document());
        cursor.setPosition(marked.begin);
        const QRect begin = cursorRect(cursor);
        cursor.setPosition(marked.begin + marked.length);
        const QRect end = cursorRect(cursor);
        return begin.top() == end.top() ? begin.united(end)
                                        : begin.united(QRect(viewport()->width(), begin.top(), 1, 1));
    }
    return {};
}

void TermText::explain(const Term &term)
{
    const QRect rect = rectOf(term);
    QToolTip::showText(viewport()->mapToGlobal(rect.bottomLeft()), meaningToolTip(term), viewport(), {});
    announce(this, sentenceOf(term));
}

} // namespace pivotbench::app
