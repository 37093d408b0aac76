// SPDX-License-Identifier: Apache-2.0
//
// Pictures of drawings: any drawing is a well-formed document, and what it shows is what was drawn. Set
// PIVOTBENCH_PICTURES to a folder to look at them.
#include "core/stage/svg.h"
#include "sample_story.h"

#include <QFile>
#include <QXmlStreamReader>
#include <QtTest>
#include <cmath>
#include <limits>

using namespace pivotbench;
using namespace pivotbench::core::stage;

namespace {

struct Element {
    QString name;
    QXmlStreamAttributes attributes;
    QString text; ///< directly in it

    QString at(const char *attribute) const { return attributes.value(QLatin1String(attribute)).toString(); }
};

/// Of a document that has to be well-formed.
QList<Element> elementsOf(const std::string &svg)
{
    QXmlStreamReader reader(QByteArray::fromStdString(svg));
    QList<Element> elements;
    QList<qsizetype> open;
    while (!reader.atEnd()) {
        reader.readNext();
        if (reader.isStartElement()) {
            open.append(elements.size());
            elements.append({reader.name().toString(), reader.attributes(), {}});
        } else if (reader.isEndElement()) {
            open.removeLast();
        } else if (reader.isCharacters() && !open.isEmpty()) {
            elements[open.last()].text += reader.text();
        }
    }
    if (reader.hasError())
        QTest::qFail(qPrintable(reader.errorString()), __FILE__, __LINE__);
    return elements;
}

QList<Element> named(const QList<Element> &elements, const char *name)
{
    QList<Element> found;
    for (const Element &element : elements)
        if (element.name == QLatin1String(name))
            found.append(element);
    return found;
}

SvgOptions options()
{
    SvgOptions made;
    made.colors = test::lightColors();
    made.icons = test::iconFile;
    made.title = "Bare pivot, step 5";
    made.description = "Switch to the new root";
    return made;
}

Drawing only(const Shape &shape)
{
    Group group;
    group.key = 1;
    group.at = {10, 20.5};
    group.shapes = {shape};
    return {{0, 0, 100, 50}, {group}};
}

} // namespace

class SvgTest : public QObject {
    Q_OBJECT

private slots:
    void documentSaysWhatItIs()
    {
        const QList<Element> elements = elementsOf(svgOf(only(BoxShape{}), options()));
        const Element &root = elements.first();
        QCOMPARE(root.name, "svg");
        QCOMPARE(root.at("version"), "1.1");
        QCOMPARE(root.at("viewBox"), "0 0 100 50");
        QCOMPARE(root.at("width"), "100");
        QCOMPARE(root.at("height"), "50");
        QVERIFY(root.at("font-family").endsWith("sans-serif"));
        QCOMPARE(named(elements, "title").first().text, "Bare pivot, step 5");
        QCOMPARE(named(elements, "desc").first().text, "Switch to the new root");
        QCOMPARE(named(elements, "rect").first().at("fill"), "#f4f5f7");
        QCOMPARE(named(elements, "g").first().at("transform"), "translate(10 20.5)");
    }

    void sizeOnPaperIsInMillimetres()
    {
        SvgOptions paper = options();
        paper.millimetres = 160;
        const Element root = elementsOf(svgOf(only(BoxShape{}), paper)).first();
        QCOMPARE(root.at("width"), "160mm");
        QCOMPARE(root.at("height"), "80mm");
        QCOMPARE(root.at("viewBox"), "0 0 100 50");
    }

    void boxIsARectangle()
    {
        const Drawing drawing = only(BoxShape{{1, 2, 30, 40}, 6, Ink::Added, 0.5, Ink::CardBorder, 1.5, true});
        const Element box = named(elementsOf(svgOf(drawing, options())), "rect").last();
        QCOMPARE(box.at("x"), "1");
        QCOMPARE(box.at("height"), "40");
        QCOMPARE(box.at("rx"), "6");
        QCOMPARE(box.at("fill"), "#8abab5"); // half of #14746a over #ffffff
        QCOMPARE(box.at("stroke"), "#878d96");
        QCOMPARE(box.at("stroke-width"), "1.5");
        QVERIFY(!box.at("stroke-dasharray").isEmpty());
        const Element hollow = named(elementsOf(svgOf(only(BoxShape{}), options())), "rect").last();
        QCOMPARE(hollow.at("fill"), "none");
        QCOMPARE(hollow.at("stroke"), "");
    }

    void curveIsAPath()
    {
        Drawing drawing = only(CurveShape{{{0, 0}, {1, 2}, {3, 4}, {5, 6}, {9, 9}}, Ink::Shared, 2, false, {}});
        const Element open = named(elementsOf(svgOf(drawing, options())), "path").first();
        QCOMPARE(open.at("d"), "M0 0C1 2 3 4 5 6");
        QCOMPARE(open.at("stroke"), "#1d60d2");
        QCOMPARE(open.at("fill"), "none");
        drawing = only(CurveShape{{{0, 0}, {1, 2}, {3, 4}, {5, 6}}, {}, 2, false, Ink::Process});
        const Element closed = named(elementsOf(svgOf(drawing, options())), "path").first();
        QCOMPARE(closed.at("d"), "M0 0C1 2 3 4 5 6Z");
        QCOMPARE(closed.at("fill"), "#7a3fa8");
        QCOMPARE(
            named(elementsOf(svgOf(only(CurveShape{{{1, 1}}, Ink::Text, 1, false, {}}), options())), "path").size(), 0);
    }

    void textStandsWhereItWasPut()
    {
        const Drawing drawing =
            only(TextShape{{7, 8}, "cwd  home/ü & <b>", 12, Weight::Bold, Ink::CwdString, Align::Right, 80});
        const QList<Element> elements = elementsOf(svgOf(drawing, options()));
        const Element text = named(elements, "text").first();
        QCOMPARE(text.text, "cwd  home/ü & <b>");
        QCOMPARE(elements.first().attributes.value("http://www.w3.org/XML/1998/namespace", "space").toString(),
                 "preserve");
        QCOMPARE(text.at("text-anchor"), "end");
        QCOMPARE(text.at("font-weight"), "bold");
        QCOMPARE(text.at("font-size"), "12");
        QCOMPARE(text.at("fill"), "#0a6f8f");
    }

    void iconIsDrawnInOneInk()
    {
        const std::string svg = svgOf(only(IconShape{{0, 0, 32, 16}, "lock", Ink::Error}), options());
        const QList<Element> elements = elementsOf(svg);
        QCOMPARE(named(elements, "path").size(), 3);
        const Element group = named(elements, "g").last();
        QCOMPARE(group.at("transform"), "translate(8 0) scale(1.0000)"); // as large as it may be, in the middle
        QCOMPARE(group.at("stroke"), "#ac1a32");
        QVERIFY(svg.find("Color") == std::string::npos);
        QCOMPARE(
            named(elementsOf(svgOf(only(IconShape{{0, 0, 16, 16}, "nothing", Ink::Error}), options())), "path").size(),
            0);
    }

    void everyIconCanBeRead()
    {
        for (const QString &file : QDir(PIVOTBENCH_ICONS).entryList({"*.svg"})) {
            const std::string name = QFileInfo(file).baseName().toStdString();
            QVERIFY2(!iconFrom(test::iconFile(name), "#123456").inner.empty(), name.c_str());
            QVERIFY(elementsOf(svgOf(only(IconShape{{0, 0, 16, 16}, name, Ink::Text}), options())).size() > 5);
        }
        QVERIFY(iconFrom("", "#123456").inner.empty());
        QVERIFY(iconFrom("<svg", "#123456").inner.empty());
        QVERIFY(iconFrom("</svg><svg>", "#123456").inner.empty());
        QVERIFY(iconFrom("<svg viewBox=\"0 0 0 0\"><path/></svg>", "#123456").inner.empty());
    }

    void hostileTextIsText()
    {
        SvgOptions hostile = options();
        hostile.title = hostile.description = test::hostileText();
        Drawing drawing = only(TextShape{{0, 0}, test::hostileText(), 12, Weight::Normal, Ink::Text, Align::Left, 0});
        drawing.groups[0].shapes.push_back(IconShape{{0, 0, 16, 16}, "../../../etc/passwd", Ink::Text});
        const QList<Element> elements = elementsOf(svgOf(drawing, hostile));
        QCOMPARE(named(elements, "script").size(), 0);
        QCOMPARE(named(elements, "img").size(), 0);
        const QString text = named(elements, "text").first().text;
        QVERIFY(text.startsWith("</script><script>"));
        QVERIFY(text.contains("\\x0a"));
        QVERIFY(text.contains("\\u{202e}"));
        QVERIFY(!text.contains(QChar(0x202e)));
        QCOMPARE(named(elements, "title").first().text, text);
    }

    void whatIsNoNumberIsNought()
    {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        const double infinite = std::numeric_limits<double>::infinity();
        Drawing drawing = only(BoxShape{{nan, infinite, -5, 1e300}, nan, Ink::Text, nan, Ink::Text, infinite, false});
        drawing.view = {nan, 0, 0, -infinite};
        drawing.groups[0].opacity = nan;
        drawing.groups[0].shapes.push_back(
            CurveShape{{{nan, 0}, {0, 0}, {0, 0}, {0, infinite}}, Ink::Text, 1, false, {}});
        drawing.groups[0].shapes.push_back(IconShape{{0, 0, infinite, infinite}, "lock", Ink::Text});
        const std::string svg = svgOf(drawing, options());
        const QList<Element> elements = elementsOf(svg);
        QCOMPARE(elements.first().at("viewBox"), "0 0 1 1");
        for (const Element &element : elements)
            for (const QXmlStreamAttribute &attribute : element.attributes)
                QVERIFY2(!attribute.value().contains(QLatin1String("nan")) &&
                             !attribute.value().contains(QLatin1String("inf")),
                         qPrintable(attribute.value().toString()));
        QCOMPARE(numberText(-0.001), "0");
        QCOMPARE(numberText(12.345), "12.35");
        QCOMPARE(numberText(-100), "-100");
    }

    void storyCanBeLookedAt()
    {
        const PlayerInput story = test::sampleStory();
        const QString folder = qEnvironmentVariable("PIVOTBENCH_PICTURES");
        for (const PlayerFrame &frame : story.frames) {
            SvgOptions made = options();
            made.title = frame.title;
            const std::string svg = svgOf(frame.drawing, made);
            const QList<Element> elements = elementsOf(svg);
            QVERIFY(named(elements, "text").size() > 10);
            QVERIFY(!svg.empty() && svg.find("href") == std::string::npos && svg.find("url(") == std::string::npos);
            if (folder.isEmpty())
                continue;
            QFile file(QStringLiteral("%1/step-%2.svg").arg(folder).arg(frame.step));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(svg.data(), static_cast<qint64>(svg.size()));
        }
    }
};

QTEST_GUILESS_MAIN(SvgTest)
#include "tst_svg.moc"
