// SPDX-License-Identifier: Apache-2.0
#include "core/base/text.h"

#include <QTest>

using namespace pivotbench::core;

class TestText : public QObject {
    Q_OBJECT
private slots:
    void showsHostileTextSafely_data();
    void showsHostileTextSafely();
    void keepsNewlinesWhereAsked();
    void quotesForAShell_data();
    void quotesForAShell();
    void splitsAndJoins();
};

void TestText::showsHostileTextSafely_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<QByteArray>("shown");
    QTest::addColumn<bool>("utf8");
    const auto row = [](const char *name, QByteArray input, QByteArray shown, bool utf8) {
        QTest::newRow(name) << input << shown << utf8;
    };
    row("plain words stay", "a b-c", "a b-c", true);
    row("letters of other scripts stay", "Grüße, 日本", "Grüße, 日本", true);
    row("a terminal escape is visible", "\x1b[2J", "\\x1b[2J", true);
    row("a newline is visible", "a\nb",
        "a\\x0a"
        "b",
        true);
    row("a NUL is visible", QByteArray("a\0b", 3),
        "a\\x00"
        "b",
        true);
    row("DEL is visible", "\x7f", "\\x7f", true);
    row("a C1 control is visible", "\xc2\x9b", "\\u{9b}", true);
    row("a right-to-left override is visible", "\xe2\x80\xae", "\\u{202e}", true);
    row("a zero-width space is visible", "\xe2\x80\x8b", "\\u{200b}", true);
    row("a tag character is visible", "\xf3\xa0\x81\x81", "\\u{e0041}", true);
    row("a lone continuation byte is visible", "\x80", "\\x80", false);
    row("an overlong slash is visible", "\xc0\xaf", "\\xc0\\xaf", false);
    row("an overlong three-byte form is visible", "\xe0\x80\xaf", "\\xe0\\x80\\xaf", false);
    row("a surrogate is visible", "\xed\xa0\x80", "\\xed\\xa0\\x80", false);
    row("a code point beyond Unicode is visible", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", false);
    row("a character cut off at the end is visible", "a\xe2\x82", "a\\xe2\\x82", false);
}

void TestText::showsHostileTextSafely()
{
    QFETCH(QByteArray, input);
    QFETCH(QByteArray, shown);
    const std::string text = input.toStdString();
    QCOMPARE(QByteArray::fromStdString(printable(text)), shown);
    QCOMPARE(isPlain(text), input == shown);
    QTEST(isUtf8(text), "utf8");
    QVERIFY(isUtf8(printable(text)));
}

void TestText::keepsNewlinesWhereAsked() { QCOMPARE(printable("a\nb\r", true), std::string("a\nb\\x0d")); }

void TestText::quotesForAShell_data()
{
    QTest::addColumn<QString>("word");
    QTest::addColumn<QString>("quoted");
    QTest::newRow("a path needs none") << "/usr/bin/x-1.2"
                                       << "/usr/bin/x-1.2";
    QTest::newRow("an empty word needs them") << ""
                                              << "''";
    QTest::newRow("a space needs them") << "a b"
                                        << "'a b'";
    QTest::newRow("a quote is taken out of them") << "it's"
                                                  << "'it'\\''s'";
    QTest::newRow("a dollar needs them") << "$HOME"
                                         << "'$HOME'";
}

void TestText::quotesForAShell()
{
    QFETCH(QString, word);
    QTEST(QString::fromStdString(shellQuote(word.toStdString())), "quoted");
}

void TestText::splitsAndJoins()
{
    QCOMPARE(split("", ',').size(), std::size_t{1});
    QCOMPARE(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
    QCOMPARE(join({"", "b", ""}, ","), std::string(",b,"));
    QCOMPARE(join({}, ","), std::string());
}

QTEST_GUILESS_MAIN(TestText)
#include "tst_text.moc"
