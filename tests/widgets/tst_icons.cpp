// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/icons.h"
#include "checks.h"

#include <QFile>
#include <QPainter>
#include <QPicture>
#include <QSet>
#include <QXmlStreamReader>

using namespace pivotbench::app;

namespace {

QImage drawn(Icon which, int size, qreal ratio, QIcon::Mode mode = QIcon::Normal)
{
    return icon(which).pixmap(QSize(size, size), ratio, mode).toImage().convertToFormat(QImage::Format_ARGB32);
}

// Of the opaque pixels, those that are nearest to `color`.
int countOf(const QImage &image, const QColor &color)
{
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            const QColor pixel = image.pixelColor(x, y);
            if (pixel.alpha() > 240 && std::abs(pixel.red() - color.red()) < 4 &&
                std::abs(pixel.green() - color.green()) < 4 && std::abs(pixel.blue() - color.blue()) < 4) {
                ++count;
            }
        }
    }
    return count;
}

int covered(const QImage &image)
{
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            count += image.pixelColor(x, y).alpha() > 60 ? 1 : 0;
        }
    }
    return count;
}

} // namespace

class TestIcons : public QObject {
    Q_OBJECT

private slots:
    void init() { look(Theme::Light); }

    void everyFileIsWellFormedAndKnown()
    {
        for (const Icon which : allIcons()) {
            QFile file(QStringLiteral(":/pivotbench/icons/%1.svg").arg(iconName(which)));
            icon(which).pixmap(16);
            QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(file.fileName()));
            const QByteArray svg = file.readAll();
            QVERIFY2(svg.startsWith("<!-- SPDX-License-Identifier: Apache-2.0 -->"), qPrintable(file.fileName()));
            QXmlStreamReader reader(svg);
            while (!reader.atEnd()) {
                reader.readNext();
            }
            QVERIFY2(!reader.hasError(), qPrintable(file.fileName() + reader.errorString()));
            // Only the program's own picture has colours of its own.
            QCOMPARE(svg.contains("#"), which == Icon::Pivotbench);
        }
    }

    void everyIconIsDrawn_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<double>("ratio");
        for (const int size : {16, 24, 32}) {
            for (const double ratio : {1.0, 1.5, 2.0}) {
                QTest::addRow("%d at %g", size, ratio) << size << ratio;
            }
        }
    }
    void everyIconIsDrawn()
    {
        QFETCH(int, size);
        QFETCH(double, ratio);
        QHash<QByteArray, QString> seen;
        for (const Icon which : allIcons()) {
            const QImage image = drawn(which, size, ratio);
            const QString name = iconName(which);
            QCOMPARE(image.size(), (QSizeF(size, size) * ratio).toSize());
            QVERIFY2(covered(image) >= image.width() * image.height() / 32, qPrintable(name + " is all but empty"));
            QVERIFY2(covered(image) < image.width() * image.height() * 95 / 100, qPrintable(name + " is a blot"));
            const QByteArray bytes(reinterpret_cast<const char *>(image.constBits()), image.sizeInBytes());
            QVERIFY2(!seen.contains(bytes), qPrintable(name + " looks like " + seen.value(bytes)));
            seen.insert(bytes, name);
        }
    }

    void pixmapsKnowTheirRatio()
    {
        const QPixmap pixmap = icon(Icon::Folder).pixmap(QSize(16, 16), 2.0);
        QCOMPARE(pixmap.devicePixelRatio(), 2.0);
        QCOMPARE(pixmap.size(), QSize(32, 32));
    }

    void inkFollowsThePalette()
    {
        // Handed out before the change.
        const QIcon folder = icon(Icon::Folder);
        const auto ink = [&] { return folder.pixmap(QSize(32, 32), 1.0).toImage(); };
        const QColor dark = lightPalette().color(QPalette::WindowText);
        const QColor light = darkPalette().color(QPalette::WindowText);
        QVERIFY(countOf(ink(), dark) > 20);
        QCOMPARE(countOf(ink(), light), 0);
        look(Theme::Dark);
        QVERIFY(countOf(ink(), light) > 20);
        QCOMPARE(countOf(ink(), dark), 0);
    }

    void modesHaveTheirInks()
    {
        const QPalette palette = QApplication::palette();
        QVERIFY(countOf(drawn(Icon::Folder, 32, 1, QIcon::Disabled),
                        palette.color(QPalette::Disabled, QPalette::WindowText)) > 20);
        QVERIFY(countOf(drawn(Icon::Folder, 32, 1, QIcon::Selected), palette.color(QPalette::HighlightedText)) > 20);
        QCOMPARE(drawn(Icon::Folder, 32, 1, QIcon::Active), drawn(Icon::Folder, 32, 1, QIcon::Normal));
    }

    void accentHasItsTone()
    {
        const QPalette palette = QApplication::palette();
        QVERIFY(countOf(drawn(Icon::Error, 32, 2), tone(Tone::Error, palette)) > 20);
        QVERIFY(countOf(drawn(Icon::New, 32, 2), tone(Tone::Accent, palette)) > 20);
        // Disabled, nothing shines.
        QCOMPARE(countOf(drawn(Icon::Error, 32, 2, QIcon::Disabled), tone(Tone::Error, palette)), 0);
    }

    void aWholeIconMayHaveATone()
    {
        const QImage image = icon(Icon::New, Tone::Warning).pixmap(QSize(32, 32), 2.0).toImage();
        const QPalette palette = QApplication::palette();
        QVERIFY(countOf(image, tone(Tone::Warning, palette)) > 40);
        QCOMPARE(countOf(image, palette.color(QPalette::WindowText)), 0);
    }

    void paintingStaysInside_data()
    {
        QTest::addColumn<double>("scale");
        QTest::newRow("as drawn") << 1.0;
        QTest::newRow("enlarged") << 2.5;
    }
    void paintingStaysInside()
    {
        QFETCH(double, scale);
        for (const Icon which : allIcons()) {
            QImage image(120, 120, QImage::Format_ARGB32_Premultiplied);
            image.fill(Qt::transparent);
            QPainter painter(&image);
            painter.scale(scale, scale);
            paintIcon(painter, QRectF(10, 10, 16, 16), which, darkPalette());
            painter.end();
            const QRect inside = QRectF(10 * scale, 10 * scale, 16 * scale, 16 * scale).toAlignedRect();
            for (int y = 0; y < image.height(); ++y) {
                for (int x = 0; x < image.width(); ++x) {
                    if (!inside.contains(x, y) && qAlpha(image.pixel(x, y)) != 0) {
                        QFAIL(qPrintable(iconName(which)));
                    }
                }
            }
            QVERIFY(covered(image) > 0);
        }
    }

    void painterOfVectorsGetsVectors()
    {
        QPicture recorded;
        QPainter painter(&recorded);
        paintIcon(painter, QRectF(0, 0, 16, 16), Icon::Sandbox, lightPalette());
        painter.end();
        QImage image(160, 160, QImage::Format_ARGB32_Premultiplied);
        image.fill(Qt::transparent);
        QPainter replay(&image);
        replay.scale(10, 10);
        recorded.play(&replay);
        replay.end();
        // Lines at ten times their width, not a blurred pixmap.
        QVERIFY(countOf(image, lightPalette().color(QPalette::WindowText)) > 1000);
    }

    void verdictsHaveTheirIcons()
    {
        QCOMPARE(verdictIcon(Tone::Error), Icon::Error);
        QCOMPARE(verdictIcon(Tone::Warning), Icon::Warning);
        QCOMPARE(verdictIcon(Tone::Good), Icon::Good);
        QCOMPARE(verdictIcon(Tone::Muted), Icon::Note);
    }
};

QTEST_MAIN(TestIcons)
#include "tst_icons.moc"
