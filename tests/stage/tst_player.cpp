// SPDX-License-Identifier: Apache-2.0
//
// The page that plays a recording, read as text: it asks for nothing, hostile texts are data, the data is whole, and
// small. What it does in a browser is in tst_player_browser.
#include "core/stage/player.h"
#include "core/stage/svg.h"
#include "sample_story.h"

#include <QRegularExpression>
#include <QtTest>
#include <limits>
#include <nlohmann/json.hpp>

using namespace pivotbench;
using namespace pivotbench::core::stage;

namespace {

constexpr std::string_view dataBegin = "<script type=\"application/json\" id=\"recording\">";

std::string dataText(const std::string &page)
{
    const std::size_t begin = page.find(dataBegin) + dataBegin.size();
    return page.substr(begin, page.find("</script>", begin) - begin);
}

nlohmann::json dataOf(const std::string &page) { return nlohmann::json::parse(dataText(page)); }

std::size_t count(const std::string &text, std::string_view what)
{
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size())
        ++found;
    return found;
}

void setTexts(PlayerInput &input, const std::string &text)
{
    input.name = input.kernel = input.origin = text;
    for (PlayerFrame &frame : input.frames) {
        frame.phase = frame.title = frame.call = frame.shell = frame.narration = frame.manual = frame.outcome = text;
        for (Group &group : frame.drawing.groups)
            for (Shape &shape : group.shapes) {
                if (auto *line = std::get_if<TextShape>(&shape))
                    line->text = text;
                if (auto *icon = std::get_if<IconShape>(&shape))
                    icon->name = text;
            }
    }
}

} // namespace

class PlayerTest : public QObject {
    Q_OBJECT

private slots:
    void pageAsksForNothing()
    {
        QString page = QString::fromStdString(playerOf(test::sampleStory()));
        QVERIFY(
            page.contains("default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"));
        page.remove("http://www.w3.org/2000/svg");
        static const QRegularExpression asking(
            R"(https?:|url\(|\bsrc\s*=|@import|\bimport\b|<link|<iframe|<object|<embed|\bfetch\b|XMLHttp|WebSocket|sendBeacon|innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\()");
        const QRegularExpressionMatch match = asking.match(page);
        QVERIFY2(!match.hasMatch(), qPrintable(match.captured()));
    }

    void dataIsTheStory()
    {
        const PlayerInput story = test::sampleStory();
        const nlohmann::json data = dataOf(playerOf(story));
        QCOMPARE(data["frames"].size(), story.frames.size());
        for (std::size_t i = 0; i < story.frames.size(); ++i) {
            const nlohmann::json &frame = data["frames"][i];
            const Drawing &drawing = story.frames[i].drawing;
            QCOMPARE(frame["title"].get<std::string>(), story.frames[i].title);
            QCOMPARE(frame["call"].get<std::string>(), story.frames[i].call);
            QCOMPARE(frame["why"].get<std::string>(), story.frames[i].narration);
            QCOMPARE(frame["groups"].size(), drawing.groups.size());
            for (std::size_t g = 0; g < drawing.groups.size(); ++g) {
                const nlohmann::json &group = data["groups"][frame["groups"][g].get<std::size_t>()];
                QCOMPARE(group[1].get<int>(), drawing.groups[g].layer);
                QCOMPARE(group[2].get<double>(), drawing.groups[g].at.x);
                QCOMPARE(group[10].size(), drawing.groups[g].shapes.size());
            }
        }
        QCOMPARE(data["frames"][4]["result"], "failed");
    }

    void whatIsAlikeIsWrittenOnce()
    {
        PlayerInput story = test::sampleStory();
        const nlohmann::json once = dataOf(playerOf(story));
        story.frames.insert(story.frames.end(), story.frames.begin(), story.frames.end());
        const nlohmann::json twice = dataOf(playerOf(story));
        QVERIFY(once["groups"] == twice["groups"]);
        QVERIFY(once["shapes"] == twice["shapes"]);
        QCOMPARE(twice["frames"].size(), 2 * once["frames"].size());
    }

    void keysOf64BitsStayApart()
    {
        PlayerInput input;
        PlayerFrame frame;
        Group group;
        group.key = std::uint64_t{1} << 63;
        frame.drawing.groups = {group, group};
        frame.drawing.groups[1].key += 1; // the same as a double
        input.frames = {frame};
        const nlohmann::json data = dataOf(playerOf(input));
        QVERIFY(data["groups"][0][0] != data["groups"][1][0]);
    }

    void coloursAreThoseGiven()
    {
        const PlayerInput story = test::sampleStory();
        const std::string page = playerOf(story);
        QCOMPARE(count(page, "--background:#f4f5f7"), 1U);
        QCOMPARE(count(page, "--background:#1f2226"), 2U); // wished by the system, and chosen
        QVERIFY(page.find("--added-at-12:" + hexText(story.light.tinted(Ink::Added, 0.12))) != std::string::npos);
        QVERIFY(page.find("--added-at-12:" + hexText(story.dark.tinted(Ink::Added, 0.12))) != std::string::npos);
        // No other colour than by its name.
        QString rest = QString::fromStdString(page);
        static const QRegularExpression named(R"(--[a-z0-9-]+:#[0-9a-f]{6})");
        rest.remove(named);
        static const QRegularExpression literal(R"(#[0-9a-fA-F]{3,8}\b|\b(rgba?|hsla?)\()");
        const QRegularExpressionMatch match = literal.match(rest);
        QVERIFY2(!match.hasMatch(), qPrintable(match.captured()));
    }

    void hostileTextIsData()
    {
        PlayerInput story = test::sampleStory();
        const std::string plain = playerOf(story);
        setTexts(story, test::hostileText());
        const std::string page = playerOf(story);
        QCOMPARE(count(page, "<script"), count(plain, "<script"));
        QCOMPARE(count(page, "</script"), count(plain, "</script"));
        QCOMPARE(count(page, "<!--"), count(plain, "<!--"));
        QCOMPARE(count(page, "<img"), 0U);
        QCOMPARE(count(page, "\xe2\x80\xa8"), 0U);
        QCOMPARE(count(page, "\xe2\x80\xae"), 0U);
        QCOMPARE(count(page, dataBegin), 1U);
        const std::string text = dataText(page);
        QVERIFY(text.find_first_of("<>&") == std::string::npos);
        QVERIFY(std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; }));
        const nlohmann::json data = nlohmann::json::parse(text);
        const std::string title = data["frames"][0]["title"].get<std::string>();
        QVERIFY(title.starts_with("</script><script>"));
        QVERIFY(title.find("\\u{202e}") != std::string::npos);
        QVERIFY(title.find("{{data}}") != std::string::npos);
        QVERIFY(data["frames"][0]["call"].get<std::string>().find('\n') != std::string::npos);
    }

    void oddStoriesAreWhole_data()
    {
        QTest::addColumn<int>("which");
        QTest::newRow("no frames") << 0;
        QTest::newRow("an empty drawing") << 1;
        QTest::newRow("no numbers") << 2;
    }
    void oddStoriesAreWhole()
    {
        QFETCH(const int, which);
        PlayerInput input;
        if (which > 0)
            input.frames.resize(1);
        if (which == 2) {
            const double nan = std::numeric_limits<double>::quiet_NaN();
            const double infinite = std::numeric_limits<double>::infinity();
            Group group;
            group.at = {nan, infinite};
            group.opacity = nan;
            group.shapes = {BoxShape{{nan, nan, -1, infinite}, -2, Ink::Text, nan, {}, nan, false}, CurveShape{},
                            CurveShape{{{nan, 0}, {1, 1}}, {}, 1, false, {}}, TextShape{}, IconShape{}};
            input.frames[0].drawing = {{nan, nan, infinite, nan}, {group}};
        }
        const nlohmann::json data = dataOf(playerOf(input));
        QCOMPARE(data["frames"].size(), input.frames.size());
        QVERIFY(data["view"][2].get<double>() >= 1);
        QVERIFY(data["view"][3].get<double>() >= 1);
    }

    void presetStaysSmall()
    {
        // 80 steps, 40 groups of 9 shapes; in each step a tenth of them moves, and one changes its looks.
        PlayerInput story = test::sampleStory();
        const PlayerFrame model = story.frames[3];
        const Group card = model.drawing.groups.back();
        story.frames.clear();
        Drawing drawing;
        drawing.view = {0, 0, 1000, 1400};
        for (std::uint64_t key = 1; key <= 40; ++key) {
            Group group = card;
            group.key = key;
            std::get<TextShape>(group.shapes[3]).text = "/some/mount/point/number/" + std::to_string(key);
            drawing.groups.push_back(group);
        }
        for (std::size_t step = 0; step < 80; ++step) {
            for (std::size_t moving = 0; moving < 4; ++moving)
                drawing.groups[(step * 4 + moving) % 40].at.y += 66;
            auto &box = std::get<BoxShape>(drawing.groups[step % 40].shapes[0]);
            box.strokeWidth = 1 + static_cast<double>(step % 2);
            PlayerFrame frame = model;
            frame.step = step;
            frame.drawing = drawing;
            story.frames.push_back(frame);
        }
        const std::string page = playerOf(story);
        qInfo("%zu bytes, of which %zu are data", page.size(), dataText(page).size());
        QVERIFY(page.size() < 250'000);
    }
};

QTEST_GUILESS_MAIN(PlayerTest)
#include "tst_player.moc"
