// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/palette.h"

#include <QApplication>
#include <QStyle>
#include <QStyleHints>
#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>

using namespace pivotbench::app;

namespace {

using Linear = std::array<double, 3>;

double linear(double value) { return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4); }

// What a dichromat sees, after Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
constexpr std::array<std::array<Linear, 3>, 4> eyes{{
    {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
    {{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}},
    {{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}},
    {{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}},
}};
constexpr std::array eyeNames{"all three cones", "protanopia", "deuteranopia", "tritanopia"};

std::array<double, 3> lab(const QColor &color, const std::array<Linear, 3> &eye)
{
    const Linear rgb{linear(static_cast<double>(color.redF())), linear(static_cast<double>(color.greenF())),
                     linear(static_cast<double>(color.blueF()))};
    Linear seen{};
    for (std::size_t row = 0; row < 3; ++row) {
        seen[row] = std::clamp(eye[row][0] * rgb[0] + eye[row][1] * rgb[1] + eye[row][2] * rgb[2], 0.0, 1.0);
    }
    const auto [r, g, b] = seen;
    const auto f = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; };
    const double x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
    const double y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
    const double z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
    return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

// CIE 1976; about 2.3 is the least that is noticed side by side.
double difference(const QColor &one, const QColor &other, const std::array<Linear, 3> &eye)
{
    const auto a = lab(one, eye);
    const auto b = lab(other, eye);
    return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

void palettes()
{
    QTest::addColumn<QPalette>("palette");
    QTest::newRow("light") << lightPalette();
    QTest::newRow("dark") << darkPalette();
}

QByteArray report(Tone which, const QColor &color, const QColor &ground, qreal ratio)
{
    return QStringLiteral("tone %1, %2 on %3: %4")
        .arg(static_cast<int>(which))
        .arg(color.name(), ground.name())
        .arg(ratio)
        .toUtf8();
}

} // namespace

class TestPalette : public QObject {
    Q_OBJECT

private slots:
    void contrastIsWhatWcagSays()
    {
        QCOMPARE(contrast(Qt::black, Qt::white), 21.0);
        QCOMPARE(contrast(Qt::white, Qt::white), 1.0);
        QVERIFY(std::abs(contrast(QColor(0x77, 0x77, 0x77), Qt::white) - 4.478) < 0.01);
    }

    void textReads_data() { palettes(); }
    void textReads()
    {
        QFETCH(QPalette, palette);
        const auto reads = [&](QPalette::ColorRole text, QPalette::ColorRole ground) {
            return contrast(palette.color(text), palette.color(ground)) >= 4.5;
        };
        QVERIFY(reads(QPalette::WindowText, QPalette::Window));
        QVERIFY(reads(QPalette::Text, QPalette::Base));
        QVERIFY(reads(QPalette::Text, QPalette::AlternateBase));
        QVERIFY(reads(QPalette::ButtonText, QPalette::Button));
        QVERIFY(reads(QPalette::HighlightedText, QPalette::Highlight));
        QVERIFY(reads(QPalette::ToolTipText, QPalette::ToolTipBase));
        QVERIFY(reads(QPalette::PlaceholderText, QPalette::Base));
        QVERIFY(reads(QPalette::PlaceholderText, QPalette::Window));
        QVERIFY(reads(QPalette::Link, QPalette::Base));
        QVERIFY(reads(QPalette::Link, QPalette::Window));
        QVERIFY(reads(QPalette::LinkVisited, QPalette::Base));
        // Fusion paints a plain icon on the highlight of a menu.
        QVERIFY(contrast(palette.color(QPalette::WindowText), palette.color(QPalette::Highlight)) >= 3);
    }

    void everyInkReads_data() { palettes(); }
    void everyInkReads()
    {
        QFETCH(QPalette, palette);
        for (const Tone which : allTones()) {
            if (which > Tone::Deleted) {
                break;
            }
            const QColor ink = tone(which, palette);
            for (const QColor &ground : {palette.color(QPalette::Window), palette.color(QPalette::Base),
                                         palette.color(QPalette::AlternateBase), tone(Tone::CardBackground, palette)}) {
                const qreal ratio = contrast(ink, ground);
                QVERIFY2(ratio >= 4.5, report(which, ink, ground, ratio));
            }
        }
    }

    void linesAreSeen_data() { palettes(); }
    void linesAreSeen()
    {
        QFETCH(QPalette, palette);
        for (const Tone which : {Tone::CardBorder, Tone::FocusRing}) {
            for (const QColor &ground : {palette.color(QPalette::Window), palette.color(QPalette::Base)}) {
                const qreal ratio = contrast(tone(which, palette), ground);
                QVERIFY2(ratio >= 3, report(which, tone(which, palette), ground, ratio));
            }
        }
    }

    void groundsCarryText_data() { palettes(); }
    void groundsCarryText()
    {
        QFETCH(QPalette, palette);
        for (const Tone which : {Tone::CardBackground, Tone::CardHover, Tone::RailBackground, Tone::HostWorld,
                                 Tone::SandboxWorld, Tone::ToastBackground, Tone::TerminalBackground}) {
            for (const Tone ink : {Tone::Text, Tone::Muted}) {
                const qreal ratio = contrast(tone(ink, palette), tone(which, palette));
                QVERIFY2(ratio >= 4.5, report(ink, tone(ink, palette), tone(which, palette), ratio));
            }
        }
        QVERIFY(contrast(tone(Tone::SelectionText, palette), tone(Tone::Selection, palette)) >= 4.5);
    }

    void tintsCarryText_data() { palettes(); }
    void tintsCarryText()
    {
        QFETCH(QPalette, palette);
        for (const Tone which : {Tone::Error, Tone::Warning, Tone::Note, Tone::Good}) {
            const qreal ratio = contrast(tone(Tone::Text, palette), tint(which, palette));
            QVERIFY2(ratio >= 4.5, report(which, tone(Tone::Text, palette), tint(which, palette), ratio));
        }
    }

    void everyEyeTellsThemApart_data()
    {
        QTest::addColumn<QPalette>("palette");
        QTest::addColumn<QList<int>>("tones");
        const auto ints = [](std::initializer_list<Tone> tones) {
            QList<int> list;
            std::ranges::transform(tones, std::back_inserter(list), [](Tone one) { return static_cast<int>(one); });
            return list;
        };
        for (const bool dark : {false, true}) {
            const QPalette palette = dark ? darkPalette() : lightPalette();
            const char *name = dark ? "dark" : "light";
            QTest::addRow("layers, %s", name)
                << palette
                << ints({Tone::Layer1, Tone::Layer2, Tone::Layer3, Tone::Layer4, Tone::Layer5, Tone::Layer6});
            QTest::addRow("verdicts, %s", name)
                << palette << ints({Tone::Error, Tone::Warning, Tone::Note, Tone::Good});
            QTest::addRow("changes, %s", name) << palette << ints({Tone::Added, Tone::Changed, Tone::Deleted});
            QTest::addRow("strings, %s", name) << palette << ints({Tone::RootString, Tone::CwdString});
            QTest::addRow("rights, %s", name) << palette << ints({Tone::Writable, Tone::ReadOnly});
            QTest::addRow("propagation, %s", name)
                << palette << ints({Tone::Shared, Tone::Slave, Tone::Private, Tone::Unbindable});
        }
    }
    void everyEyeTellsThemApart()
    {
        QFETCH(QPalette, palette);
        QFETCH(QList<int>, tones);
        for (std::size_t eye = 0; eye < eyes.size(); ++eye) {
            for (qsizetype one = 0; one < tones.size(); ++one) {
                for (qsizetype other = 0; other < one; ++other) {
                    const QColor a = tone(static_cast<Tone>(tones[one]), palette);
                    const QColor b = tone(static_cast<Tone>(tones[other]), palette);
                    const double apart = difference(a, b, eyes[eye]);
                    QVERIFY2(apart >= 15, QStringLiteral("%1 and %2 are %3 apart with %4")
                                              .arg(a.name(), b.name())
                                              .arg(apart)
                                              .arg(QLatin1String(eyeNames[eye]))
                                              .toUtf8());
                }
            }
        }
    }

    void terminalColoursRead_data() { palettes(); }
    void terminalColoursRead()
    {
        QFETCH(QPalette, palette);
        for (const QColor &color : terminalColors(palette)) {
            const qreal ratio = contrast(color, tone(Tone::TerminalBackground, palette));
            // "Black" on a dark ground is dim on purpose, but there.
            QVERIFY2(ratio >= 3,
                     report(Tone::TerminalBackground, color, tone(Tone::TerminalBackground, palette), ratio));
        }
    }

    void aForeignPaletteIsReadToo()
    {
        QPalette grey;
        grey.setColor(QPalette::Window, QColor(0x6a, 0x6a, 0x6a));
        grey.setColor(QPalette::Base, QColor(0x60, 0x60, 0x60));
        QVERIFY(isDark(grey));
        for (const Tone which : {Tone::Error, Tone::Layer6, Tone::Accent}) {
            QVERIFY(contrast(tone(which, grey), grey.color(QPalette::Window)) >= 4.5);
        }
    }

    void readableOnKeepsWhatReads()
    {
        QCOMPARE(readableOn(Qt::white, Qt::black), QColor(Qt::black));
        QVERIFY(contrast(Qt::white, readableOn(Qt::white, Qt::yellow)) >= 4.5);
        QVERIFY(contrast(Qt::black, readableOn(Qt::black, Qt::blue)) >= 4.5);
    }

    void layersRepeat()
    {
        QCOMPARE(layerTone(0), Tone::Layer1);
        QCOMPARE(layerTone(5), Tone::Layer6);
        QCOMPARE(layerTone(6), Tone::Layer1);
        QCOMPARE(layerTone(-1), Tone::Layer6);
    }

    void aThemeIsApplied()
    {
        applyLook(*qApp, Theme::Dark);
        QVERIFY(isDark(QApplication::palette()));
        QCOMPARE(QApplication::palette().color(QPalette::Window), darkPalette().color(QPalette::Window));
        QVERIFY(QApplication::style()->inherits("QFusionStyle") || QApplication::style()->inherits("QProxyStyle"));
        applyLook(*qApp, Theme::Light);
        QCOMPARE(QApplication::palette().color(QPalette::Window), lightPalette().color(QPalette::Window));
    }

    void systemFollowsTheToolkit_data()
    {
        QTest::addColumn<QByteArray>("gtkTheme");
        QTest::addColumn<bool>("dark");
        QTest::newRow("nothing said") << QByteArray() << false;
        QTest::newRow("a light theme") << QByteArray("Adwaita") << false;
        QTest::newRow("a dark theme") << QByteArray("Adwaita:dark") << true;
    }
    void systemFollowsTheToolkit()
    {
        QFETCH(QByteArray, gtkTheme);
        QFETCH(bool, dark);
        qputenv("GTK_THEME", gtkTheme);
        applyLook(*qApp, Theme::System);
        qunsetenv("GTK_THEME");
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
        if (QGuiApplication::styleHints()->colorScheme() != Qt::ColorScheme::Unknown) {
            QSKIP("this platform says what it is");
        }
#endif
        QCOMPARE(isDark(QApplication::palette()), dark);
    }
};

QTEST_MAIN(TestPalette)
#include "tst_palette.moc"
