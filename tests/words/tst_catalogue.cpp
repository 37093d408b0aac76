// SPDX-License-Identifier: Apache-2.0
//
// Catalogues of words: how they are read, filled in and chosen. What is in them is tested where it is used
// (tests/explain).
#include "core/words/language.h"

#include <QtTest>

using namespace pivotbench::core;

namespace {

QString text(const std::string &words) { return QString::fromStdString(words); }

} // namespace

class TestCatalogue : public QObject {
    Q_OBJECT
private slots:
    void reads();
    void refuses_data();
    void refuses();
    void fillsIn_data();
    void fillsIn();
    void whatIsMissingIsTakenFromTheOther();
    void language_data();
    void language();
    void environment_data();
    void environment();
    void everyFileIsRead_data();
    void everyFileIsRead();
};

void TestCatalogue::reads()
{
    const auto entries = readCatalogue("# a comment\n"
                                       "one: first words,\n"
                                       "  and\twhat follows: more\n"
                                       "# between\n"
                                       "\tlast\n"
                                       "\n"
                                       "two:only this  \n"
                                       "three:\n"
                                       "  below");
    QVERIFY(entries);
    QCOMPARE(entries->size(), 3U);
    QCOMPARE(text(entries->at("one")), "first words, and\twhat follows: more last");
    QCOMPARE(text(entries->at("two")), "only this");
    QCOMPARE(text(entries->at("three")), "below");
}

void TestCatalogue::refuses_data()
{
    QTest::addColumn<QByteArray>("words");
    QTest::addColumn<QString>("says");
    QTest::newRow("no colon") << QByteArray("one: a\ntwo\n") << "line 2";
    QTest::newRow("no key") << QByteArray(": a\n") << "line 1";
    QTest::newRow("twice") << QByteArray("one: a\n\none: b\n") << "line 3";
    QTest::newRow("goes on with nothing") << QByteArray("one: a\n\n  b\n") << "line 3";
    QTest::newRow("no words") << QByteArray("one: a\ntwo:\n") << "\"two\"";
}

void TestCatalogue::refuses()
{
    QFETCH(QByteArray, words);
    QFETCH(QString, says);
    const auto entries = readCatalogue(words.toStdString());
    QVERIFY(!entries);
    QCOMPARE(text(entries.error().code), "words.parse");
    QVERIFY2(text(entries.error().what).contains(says), entries.error().what.c_str());
}

void TestCatalogue::fillsIn_data()
{
    QTest::addColumn<QString>("words");
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("filled");
    QTest::newRow("a value") << "Bind {first} to {second}." << "/a" << "Bind /a to 2.";
    QTest::newRow("twice, and in another order") << "{second}{first}{first}" << "x" << "2xx";
    QTest::newRow("a value that looks like a name") << "{first} {second}" << "{second}" << "{second} 2";
    QTest::newRow("half a name in a value") << "{first}second}" << "{" << "{second}";
    QTest::newRow("lines in a value") << "a {first}" << "}\n{" << "a }\n{";
    QTest::newRow("an empty value") << "a{first}b" << "" << "ab";
    QTest::newRow("an unknown name") << "{third} {first}" << "x" << "{third} x";
    QTest::newRow("never closed") << "{first} {first" << "x" << "x {first";
    QTest::newRow("only closed") << "} {first}" << "x" << "} x";
}

void TestCatalogue::fillsIn()
{
    QFETCH(QString, words);
    QFETCH(QString, first);
    QFETCH(QString, filled);
    QCOMPARE(text(fillIn(words.toStdString(), {{"first", first.toStdString()}, {"second", "2"}})), filled);
}

void TestCatalogue::whatIsMissingIsTakenFromTheOther()
{
    const Catalogue english({{"a", "one {x}"}, {"b", "two"}});
    const Catalogue other({{"a", "ein {x}"}}, &english);
    QCOMPARE(text(other.say("a", {{"x", "1"}})), "ein 1");
    QCOMPARE(text(other.say("b")), "two");
    QCOMPARE(text(other.say("no such key")), "no such key");
    QVERIFY(!other.find("no such key"));
}

void TestCatalogue::language_data()
{
    QTest::addColumn<QString>("locale");
    QTest::addColumn<QString>("expected");
    for (const char *locale : {"", "C", "C.UTF-8", "POSIX", "en_GB.UTF-8", "xx_YY", "-", "../../de", "de\nDE"})
        QTest::newRow(locale) << locale << "en";
    for (const char *locale : {"de", "de_DE.UTF-8", "de_AT@euro", "de-CH"})
        QTest::newRow(locale) << locale << "de";
}

void TestCatalogue::language()
{
    QFETCH(QString, locale);
    QFETCH(QString, expected);
    useLanguageOf(locale.toStdString());
    const auto english = qScopeGuard([] { useLanguageOf("C"); });
    QCOMPARE(QString::fromUtf8(pivotbench::core::language().data()), expected);
    QCOMPARE(&words(Book::Narration), &words(Book::Narration, expected.toStdString()));
}

void TestCatalogue::environment_data()
{
    QTest::addColumn<QByteArray>("all");
    QTest::addColumn<QByteArray>("messages");
    QTest::addColumn<QByteArray>("lang");
    QTest::addColumn<QString>("locale");
    QTest::newRow("none") << QByteArray() << QByteArray() << QByteArray() << "";
    QTest::newRow("LANG alone") << QByteArray() << QByteArray() << QByteArray("de_DE") << "de_DE";
    QTest::newRow("LC_MESSAGES before LANG") << QByteArray() << QByteArray("C") << QByteArray("de_DE") << "C";
    QTest::newRow("LC_ALL before all") << QByteArray("fr_FR") << QByteArray("C") << QByteArray("de_DE") << "fr_FR";
}

void TestCatalogue::environment()
{
    QFETCH(QByteArray, all);
    QFETCH(QByteArray, messages);
    QFETCH(QByteArray, lang);
    QFETCH(QString, locale);
    qputenv("LC_ALL", all);
    qputenv("LC_MESSAGES", messages);
    qputenv("LANG", lang);
    QCOMPARE(text(environmentLocale()), locale);
}

void TestCatalogue::everyFileIsRead_data()
{
    QTest::addColumn<Book>("book");
    QTest::addColumn<QString>("language");
    for (const std::string_view language : languages()) {
        const QString name = QString::fromUtf8(language.data(), static_cast<qsizetype>(language.size()));
        QTest::addRow("narration, %s", qPrintable(name)) << Book::Narration << name;
        QTest::addRow("glossary, %s", qPrintable(name)) << Book::Glossary << name;
    }
}

void TestCatalogue::everyFileIsRead()
{
    QFETCH(Book, book);
    QFETCH(QString, language);
    const std::string_view file = wordsText(book, language.toStdString());
    QVERIFY(!file.empty());
    const auto entries = readCatalogue(file);
    QVERIFY2(entries, entries ? "" : entries.error().what.c_str());
    QCOMPARE(words(book, language.toStdString()).entries().size(), entries->size());
    const QStringList lines = QString::fromUtf8(file.data(), static_cast<qsizetype>(file.size())).split('\n');
    for (const QString &line : lines)
        QVERIFY2(line.size() <= 120, qPrintable(line));
}

QTEST_GUILESS_MAIN(TestCatalogue)
#include "tst_catalogue.moc"
