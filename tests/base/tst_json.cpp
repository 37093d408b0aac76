// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.h"

#include <QTest>
#include <string>

using namespace pivotbench::core;

namespace {

enum class Fruit { Apple, Pear };
constexpr std::pair<std::string_view, Fruit> fruits[] = {{"apple", Fruit::Apple}, {"pear", Fruit::Pear}};

QString text(const std::string &string) { return QString::fromStdString(string); }

/// Reads one object with a field of each kind, as a codec does.
Status readSample(const JsonValue &value)
{
    ObjectReader reader(value, "sample");
    std::string string;
    bool flag = false;
    double real = 0;
    std::uint16_t small = 0;
    int number = 0;
    std::vector<std::string> list;
    std::vector<std::uint32_t> ids;
    Fruit fruit = Fruit::Apple;
    reader.read("string", string);
    reader.read("flag", flag);
    reader.read("real", real);
    reader.read("small", small);
    reader.read("number", number, -5, 5);
    reader.read("list", list);
    reader.read("ids", ids);
    reader.read("fruit", fruit, fruits);
    return reader.finish();
}

} // namespace

class TestJson : public QObject {
    Q_OBJECT
private slots:
    void refusesWhatIsNotJson_data();
    void refusesWhatIsNotJson();
    void namesLineAndFieldOfAWrongValue_data();
    void namesLineAndFieldOfAWrongValue();
    void readsEveryKindOfValue();
    void knowsTheLineOfEveryValue();
    void keepsNumbersExact();
    void stopsAtItsLimits();
    void isNotSlowedDownByManyKeys();
    void keepsTheFirstErrorOnly();
    void tellsAbsentFromPresent();
};

void TestJson::refusesWhatIsNotJson_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("message");
    const auto row = [](const char *name, QByteArray json, const char *code, const char *message) {
        QTest::newRow(name) << json << QString(code) << QString(message);
    };
    row("an empty text", "", "json.syntax", "line 1, column 0");
    row("a text cut off in the middle", "{\"a\": [1,\n2", "json.syntax", "line 2");
    row("something after the document", "{} {}", "json.syntax", "line 1, column 4");
    row("a trailing comma", "{\n\"a\": 1,\n}", "json.syntax", "line 3, column 1");
    row("a comment", "{} // no", "json.syntax", "line 1");
    row("a byte that is not UTF-8", "{\"a\": \"\xff\"}", "json.syntax", "line 1");
    row("an overlong form of a slash", "{\"a\": \"\xc0\xaf\"}", "json.syntax", "line 1");
    row("a lone surrogate", "{\"a\": \"\\ud800\"}", "json.syntax", "line 1");
    row("a raw newline in a string", "{\"a\": \"x\ny\"}", "json.syntax", "line");
    row("a number beyond every type", "{\"a\": 1e999}", "json.syntax", "line 1");
    row("not a number", "{\"a\": NaN}", "json.syntax", "line 1");
    row("the same key twice", "{\n\"a\": 1,\n\"b\": 2,\n\"a\": 3\n}", "json.duplicate", "line 4: \"a\" stands twice");
    row("the same key twice, one escaped", "{\"a\": 1, \"\\u0061\": 3}", "json.duplicate", "\"a\" stands twice");
    row("a key of escapes twice is shown safely", "{\"\\u001b[2J\": 1, \"\\u001b[2J\": 3}", "json.duplicate",
        "\\x1b[2J");
    row("17 lists in each other", QByteArray(17, '['), "json.limit", "nested more than 16 deep");
    row("a million lists in each other", QByteArray(1'000'000, '['), "json.limit", "nested more than 16 deep");
    row("a text of more than a mebibyte", QByteArray((1 << 20) + 1, ' '), "json.limit", "1048577 bytes");
}

void TestJson::refusesWhatIsNotJson()
{
    QFETCH(QByteArray, json);
    const auto value = parseJson({json.constData(), static_cast<std::size_t>(json.size())});
    QVERIFY(!value.has_value());
    QTEST(text(value.error().code), "code");
    QFETCH(QString, message);
    QVERIFY2(text(value.error().what).contains(message), value.error().what.c_str());
}

void TestJson::namesLineAndFieldOfAWrongValue_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("message");
    const auto row = [](const char *name, const char *json, const char *message) {
        QTest::newRow(name) << QByteArray(json) << QString(message);
    };
    row("a list instead of an object", "\n[]", "line 2: sample must be an object, but is a list");
    row("a number instead of a string", "{\n\"string\": 1\n}",
        "line 2: sample.string must be a string, but is a number");
    row("null instead of a string", "{\"string\": null}", "line 1: sample.string must be a string, but is null");
    row("a string instead of a flag", "{\"flag\": \"yes\"}",
        "line 1: sample.flag must be true or false, but is a string");
    row("a string instead of a real number", "{\"real\": \"1\"}",
        "line 1: sample.real must be a number, but is a string");
    row("a NUL in a string", "{\"string\": \"a\\u0000b\"}", "line 1: sample.string holds a NUL character");
    row("a NUL in a list", "{\"list\": [\"a\",\n \"\\u0000\"]}", "line 2: sample.list[1] holds a NUL character");
    row("an object in a list of strings", "{\"list\": [\"a\",\n{}]}",
        "line 2: sample.list[1] must be a string, but is an object");
    row("a string instead of a list", "{\"list\": \"a\"}", "line 1: sample.list must be a list, but is a string");
    row("a negative id", "{\"ids\": [1,\n-1]}", "line 2: sample.ids[1] must be a whole number from 0 to 4294967295");
    row("an id of 33 bits", "{\"ids\": [4294967296]}", "line 1: sample.ids[0] must be a whole number");
    row("a number of 17 bits for 16", "{\"small\": 65536}",
        "line 1: sample.small is 65536; the largest allowed is 65535");
    row("a negative number for an unsigned one", "{\"small\": -1}",
        "line 1: sample.small is -1; the smallest allowed is 0");
    row("a number below its lower bound", "{\"number\": -6}",
        "line 1: sample.number is -6; the smallest allowed is -5");
    row("a number above its upper bound", "{\"number\": 6}", "line 1: sample.number is 6; the largest allowed is 5");
    row("a fraction instead of a whole number", "{\"small\": 1.5}",
        "line 1: sample.small must be a whole number from 0 to 65535");
    row("a whole number of 70 bits", "{\"small\": 1180591620717411303424}",
        "line 1: sample.small must be a whole number");
    row("a word outside of the table", "{\"fruit\": \"plum\"}",
        "line 1: sample.fruit is \"plum\", which is none of: apple, pear");
    row("a word of escapes is shown safely", "{\"fruit\": \"\\u001b[2J\"}", "\\x1b[2J");
    row("an unknown field", "{\n\"string\": \"a\",\n\"sring\": \"b\"}", "line 3: unknown field sample.sring");
}

void TestJson::namesLineAndFieldOfAWrongValue()
{
    QFETCH(QByteArray, json);
    const auto value = parseJson(json.toStdString());
    QVERIFY(value.has_value());
    const Status status = readSample(*value);
    QVERIFY(!status.has_value());
    QCOMPARE(text(status.error().code), QString("json.field"));
    QFETCH(QString, message);
    QVERIFY2(text(status.error().what).contains(message), status.error().what.c_str());
}

void TestJson::readsEveryKindOfValue()
{
    const auto value = parseJson(R"({"s": "ü", "t": true, "d": 0.5, "n": -3, "i": [7], "l": ["a", "b"], "f": "pear"})");
    QVERIFY(value.has_value());
    ObjectReader reader(*value, "");
    std::string string;
    bool flag = false;
    double real = 0;
    int number = 0;
    std::vector<std::uint32_t> ids;
    std::vector<std::string> list;
    Fruit fruit = Fruit::Apple;
    QVERIFY(reader.read("s", string) && reader.read("t", flag) && reader.read("d", real) && reader.read("n", number) &&
            reader.read("i", ids) && reader.read("l", list) && reader.read("f", fruit, fruits));
    QVERIFY(reader.finish().has_value());
    QCOMPARE(text(string), QString("ü"));
    QVERIFY(flag);
    QCOMPARE(real, 0.5);
    QCOMPARE(number, -3);
    QCOMPARE(ids, std::vector<std::uint32_t>{7});
    QCOMPARE(list, (std::vector<std::string>{"a", "b"}));
    QVERIFY(fruit == Fruit::Pear);
    QCOMPARE(text(reader.fieldName("l", 1)), QString("l[1]"));
    QCOMPARE(wordOf(Fruit::Pear, fruits), std::string_view("pear"));
}

void TestJson::knowsTheLineOfEveryValue()
{
    const auto value = parseJson("\n[1\n,\n2.5\n,\ntrue\n,\n\"x\"\n,\nnull\n,\n{}\n,\n[\n]\n,\n4]\n");
    QVERIFY(value.has_value());
    QCOMPARE(value->line, 2);
    std::vector<int> lines;
    for (const JsonValue &element : *value->array())
        lines.push_back(element.line);
    QCOMPARE(lines, (std::vector<int>{2, 4, 6, 8, 10, 12, 14, 17}));
}

void TestJson::keepsNumbersExact()
{
    const auto value = parseJson(R"({"most": 18446744073709551615, "least": -9223372036854775808})");
    QVERIFY(value.has_value());
    ObjectReader reader(*value, "");
    std::uint64_t most = 0;
    std::int64_t least = 0;
    QVERIFY(reader.read("most", most) && reader.read("least", least));
    QCOMPARE(most, std::numeric_limits<std::uint64_t>::max());
    QCOMPARE(least, std::numeric_limits<std::int64_t>::min());
}

void TestJson::stopsAtItsLimits()
{
    QVERIFY(parseJson("[[[]]]", {.maxDepth = 3}).has_value());
    QVERIFY(!parseJson("[[[]]]", {.maxDepth = 2}).has_value());
    QVERIFY(parseJson("[1,2,3]", {.maxValues = 4}).has_value());
    QVERIFY(!parseJson("[1,2,3]", {.maxValues = 3}).has_value());
    QVERIFY(!parseJson("[[],{}]", {.maxValues = 2}).has_value());
    QVERIFY(parseJson("{}  ", {.maxBytes = 4}).has_value());
    QVERIFY(!parseJson("{}   ", {.maxBytes = 4}).has_value());
}

/// A comparison of each key with each would take minutes here, a parser without the check would find nothing.
void TestJson::isNotSlowedDownByManyKeys()
{
    std::string json = "{";
    for (int i = 0; i < 60'000; ++i)
        json += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":0";
    json += ",\"k7\":0}";
    const auto value = parseJson(json);
    QVERIFY(!value.has_value());
    QCOMPARE(text(value.error().code), QString("json.duplicate"));
}

void TestJson::keepsTheFirstErrorOnly()
{
    const auto value = parseJson(R"({"string": 1, "flag": 2, "more": 3})");
    QVERIFY(value.has_value());
    const Status status = readSample(*value);
    QVERIFY(!status.has_value());
    QVERIFY2(text(status.error().what).contains("sample.string"), status.error().what.c_str());
}

void TestJson::tellsAbsentFromPresent()
{
    const auto value = parseJson("\n{\"present\": null}");
    QVERIFY(value.has_value());
    ObjectReader reader(*value, "top");
    std::string out = "untouched";
    QVERIFY(reader.child("present") && reader.child("present")->isNull());
    QVERIFY(!reader.child("absent"));
    QVERIFY(!reader.read("absent", out));
    QCOMPARE(text(out), QString("untouched"));
    reader.require("present");
    reader.require("absent");
    const Status status = reader.finish();
    QVERIFY(!status.has_value());
    QCOMPARE(text(status.error().what), QString("line 2: top.absent is missing"));
}

QTEST_GUILESS_MAIN(TestJson)
#include "tst_json.moc"
