// SPDX-License-Identifier: Apache-2.0
//
// A paragraph with the terms of the glossary: marked, explained where the pointer rests and by the keyboard, told to a
// screen reader; and nothing that a file may bring is taken for markup.
#include "app/stage/term_text.h"
#include "app/widgets/palette.h"
#include "app/widgets/spoken.h"
#include "core/explain/glossary.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QLineEdit>
#include <QTest>
#include <QTextBlock>
#include <QToolTip>
#include <QVBoxLayout>

using namespace pivotbench::app;
using namespace pivotbench::core;

namespace {

struct Window : QWidget {
    Window()
    {
        auto *column = new QVBoxLayout(this);
        column->addWidget(&before);
        column->addWidget(&text);
        column->addWidget(&after);
        column->addStretch();
        resize(420, 300);
        show();
        before.setFocus();
    }
    QLineEdit before;
    TermText text{"Why"};
    QLineEdit after;
};

/// What is marked, with the term it leads to.
QStringList marks(const TermText &text)
{
    QStringList found;
    for (QTextBlock block = text.document()->begin(); block.isValid(); block = block.next())
        for (auto part = block.begin(); !part.atEnd(); ++part)
            if (part.fragment().charFormat().isAnchor())
                found << part.fragment().charFormat().anchorHref() + "=" + part.fragment().text();
    return found;
}

void hover(TermText &text, QPoint at)
{
    QHelpEvent help(QEvent::ToolTip, at, text.viewport()->mapToGlobal(at));
    QCoreApplication::sendEvent(text.viewport(), &help);
}

} // namespace

class TestTermText : public QObject {
    Q_OBJECT
private slots:
    void init() { QToolTip::hideText(); }
    void marksTerms();
    void explainsWhereThePointerRests();
    void theKeyboardReachesEveryTerm();
    void aScreenReaderHearsThem();
    void hostileTextIsShownAsItIs();
    void isAsHighAsItsText();
    void followsThePalette();
    void speaksTheLanguage();
};

void TestTermText::marksTerms()
{
    Window window;
    window.text.setWords("Ünder a mount, its peer group; another mount.");
    QCOMPARE(marks(window.text), QStringList({"mount=mount", "peer-group=peer group"}));
    QCOMPARE(window.text.toPlainText(), "Ünder a mount, its peer group; another mount.");
    window.text.setWords("nothing here");
    QCOMPARE(marks(window.text), QStringList());
    QCOMPARE(window.text.focusPolicy(), Qt::ClickFocus);
}

void TestTermText::explainsWhereThePointerRests()
{
    Window window;
    window.text.setWords("peer group and something else");
    hover(window.text, QPoint(4, 4));
    QVERIFY(QToolTip::isVisible());
    QVERIFY2(QToolTip::text().contains("mount_namespaces(7), SHARED SUBTREES"), qPrintable(QToolTip::text()));
    hover(window.text, QPoint(window.text.fontMetrics().horizontalAdvance("peer group and some"), 4));
    QTRY_VERIFY(!QToolTip::isVisible());
}

void TestTermText::theKeyboardReachesEveryTerm()
{
    Window window;
    QVERIFY(QTest::qWaitForWindowActive(&window));
    window.text.setWords("A mount has a peer group.");
    window.before.setFocus();
    QTest::keyClick(window.windowHandle(), Qt::Key_Tab);
    QCOMPARE(window.focusWidget(), &window.text);
    QTest::keyClick(&window.text, Qt::Key_Return);
    QVERIFY(QToolTip::isVisible());
    QVERIFY2(QToolTip::text().contains("<b>mount</b>"), qPrintable(QToolTip::text()));
    QTest::keyClick(&window.text, Qt::Key_Escape);
    QTRY_VERIFY(!QToolTip::isVisible());
    QTest::keyClick(window.windowHandle(), Qt::Key_Tab);
    QCOMPARE(window.focusWidget(), &window.text);
    QTest::keyClick(&window.text, Qt::Key_F1);
    QVERIFY2(QToolTip::text().contains("<b>peer group</b>"), qPrintable(QToolTip::text()));
    QTest::keyClick(window.windowHandle(), Qt::Key_Tab);
    QCOMPARE(window.focusWidget(), &window.after);
    QTest::keyClick(window.windowHandle(), Qt::Key_Backtab, Qt::ShiftModifier);
    QCOMPARE(window.focusWidget(), &window.text);
    QTest::keyClick(&window.text, Qt::Key_Return);
    QVERIFY2(QToolTip::text().contains("<b>peer group</b>"), qPrintable(QToolTip::text()));
}

void TestTermText::aScreenReaderHearsThem()
{
    struct Listener : QObject {
        bool eventFilter(QObject *, QEvent *event) override
        {
            if (event->type() == AnnouncementEvent::eventType())
                said << static_cast<AnnouncementEvent *>(event)->text();
            return false;
        }
        QStringList said;
    } listener;
    Window window;
    window.text.setWords("A mount has a peer group.");
    window.text.installEventFilter(&listener);
    QAccessibleInterface *spoken = QAccessible::queryAccessibleInterface(&window.text);
    QVERIFY(spoken);
    QCOMPARE(spoken->text(QAccessible::Name), "Why");
    const Term *term = glossary().find("peer group");
    QVERIFY(spoken->text(QAccessible::Description).contains(QString::fromStdString(term->means)));
    emit window.text.anchorClicked(QUrl("peer-group"));
    QCOMPARE(listener.said, QStringList(QString::fromStdString(term->name + ": " + term->means)));
    emit window.text.anchorClicked(QUrl("no such term"));
    QCOMPARE(listener.said.size(), 1);
}

void TestTermText::hostileTextIsShownAsItIs()
{
    Window window;
    const QString hostile = "<b>mount</b> <img src='/etc/passwd'> <a href='x'>y</a> /srv/mount\nnext";
    window.text.setWords(hostile);
    QCOMPARE(window.text.toPlainText(), hostile);
    QCOMPARE(marks(window.text), QStringList("mount=mount"));
}

void TestTermText::isAsHighAsItsText()
{
    Window window;
    window.text.setWords("short");
    QTRY_VERIFY(window.text.height() < 2 * window.text.fontMetrics().lineSpacing());
    window.text.setWords(QString("many words and ").repeated(40));
    QTRY_VERIFY(window.text.height() > 5 * window.text.fontMetrics().lineSpacing());
    const int before = window.text.height();
    window.resize(210, 300);
    QTRY_VERIFY(window.text.height() > before);
    QCOMPARE(window.text.height(), static_cast<int>(std::ceil(window.text.document()->size().height())));
}

void TestTermText::followsThePalette()
{
    Window window;
    window.text.setWords("mount");
    for (const QPalette &palette : {darkPalette(), lightPalette()}) {
        window.text.setPalette(palette);
        const QTextCharFormat format = window.text.document()->begin().begin().fragment().charFormat();
        QCOMPARE(format.underlineStyle(), QTextCharFormat::DotLine);
        QCOMPARE(format.underlineColor(), tone(Tone::Accent, palette));
    }
}

void TestTermText::speaksTheLanguage()
{
    useLanguageOf("de_DE.UTF-8");
    const auto english = qScopeGuard([] { useLanguageOf("C"); });
    Window window;
    window.text.setWords("Die Einhängungen ihrer Peer-Gruppe");
    QCOMPARE(marks(window.text), QStringList({"mount=Einhängungen", "peer-group=Peer-Gruppe"}));
}

QTEST_MAIN(TestTermText)
#include "tst_term_text.moc"
