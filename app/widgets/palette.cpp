// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/palette.h"

#include "app/widgets/look_style.h"

#include <QApplication>
#include <QEvent>
#include <QPointer>
#include <QStyle>
#include <QStyleHints>

#include <algorithm>
#include <cmath>

namespace pivotbench::app {

namespace {

struct Shades {
    QRgb light;
    QRgb dark;
};

struct Grounds {
    QRgb window;
    QRgb base;
    QRgb alternate;
    QRgb button;
    QRgb text;
    QRgb placeholder;
    QRgb disabled;
    QRgb highlight;
    QRgb highlightedText;
    QRgb link;
    QRgb visited;
    QRgb toolTip;
    // Fusion's bevels.
    QRgb bright;
    QRgb midlight;
    QRgb mid;
    QRgb dark;
    QRgb shadow;
};

// The highlight is one that white and the window's text both read on: Fusion paints the icon of a menu entry under the
// pointer in the colour of a plain one.
constexpr Grounds lightGrounds{
    .window = 0xf4f5f7,
    .base = 0xffffff,
    .alternate = 0xf7f8fa,
    .button = 0xfafbfc,
    .text = 0x1c2025,
    .placeholder = 0x636a74,
    .disabled = 0x9aa0a8,
    .highlight = 0x2b6fd4,
    .highlightedText = 0xffffff,
    .link = 0x1f5fc4,
    .visited = 0x7a3fa8,
    .toolTip = 0xffffff,
    .bright = 0xffffff,
    .midlight = 0xe9ebee,
    .mid = 0xb9bec6,
    .dark = 0x9aa0a9,
    .shadow = 0x6a7079,
};

constexpr Grounds darkGrounds{
    .window = 0x1f2226,
    .base = 0x17191c,
    .alternate = 0x1c1f22,
    .button = 0x2d3137,
    .text = 0xe6e8eb,
    .placeholder = 0x979ea8,
    .disabled = 0x666c75,
    .highlight = 0x2b67c2,
    .highlightedText = 0xffffff,
    .link = 0x78b0ff,
    .visited = 0xc79bf0,
    .toolTip = 0x2d3137,
    .bright = 0x4a5058,
    .midlight = 0x3a3f46,
    .mid = 0x2a2e33,
    .dark = 0x121416,
    .shadow = 0x08090a,
};

QPalette made(const Grounds &grounds)
{
    QPalette palette;
    const auto set = [&palette](QPalette::ColorRole role, QRgb color) { palette.setColor(role, QColor(color)); };
    set(QPalette::Window, grounds.window);
    set(QPalette::WindowText, grounds.text);
    set(QPalette::Base, grounds.base);
    set(QPalette::AlternateBase, grounds.alternate);
    set(QPalette::Text, grounds.text);
    set(QPalette::Button, grounds.button);
    set(QPalette::ButtonText, grounds.text);
    set(QPalette::BrightText, grounds.highlightedText);
    set(QPalette::PlaceholderText, grounds.placeholder);
    set(QPalette::Highlight, grounds.highlight);
    set(QPalette::HighlightedText, grounds.highlightedText);
    set(QPalette::Link, grounds.link);
    set(QPalette::LinkVisited, grounds.visited);
    set(QPalette::ToolTipBase, grounds.toolTip);
    set(QPalette::ToolTipText, grounds.text);
    set(QPalette::Light, grounds.bright);
    set(QPalette::Midlight, grounds.midlight);
    set(QPalette::Mid, grounds.mid);
    set(QPalette::Dark, grounds.dark);
    set(QPalette::Shadow, grounds.shadow);
#if QT_VERSION >= QT_VERSION_CHECK(6, 6, 0)
    set(QPalette::Accent, grounds.highlight);
#endif
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::PlaceholderText}) {
        palette.setColor(QPalette::Disabled, role, QColor(grounds.disabled));
    }
    palette.setColor(QPalette::Disabled, QPalette::Highlight, QColor(grounds.mid));
    palette.setColor(QPalette::Disabled, QPalette::HighlightedText, QColor(grounds.disabled));
    return palette;
}

// Tones that are inks: their shades, and the least contrast with window and base.
struct Ink {
    Shades shades;
    qreal ratio;
};

constexpr qreal readable = 4.5;
constexpr qreal visible = 3.0;

QColor inkOn(const QPalette &palette, const Ink &ink)
{
    // Our own grounds need no correction; a platform's palette may be anything.
    const QColor window = palette.color(QPalette::Active, QPalette::Window);
    const QColor base = palette.color(QPalette::Active, QPalette::Base);
    const QColor color(isDark(palette) ? ink.shades.dark : ink.shades.light);
    return readableOn(base, readableOn(window, color, ink.ratio), ink.ratio);
}

QColor grounded(const QPalette &palette, const Shades &over, qreal lightPart, qreal darkPart)
{
    const bool dark = isDark(palette);
    return blended(palette.color(QPalette::Active, QPalette::Window), QColor(dark ? over.dark : over.light),
                   dark ? darkPart : lightPart);
}

// Whether `palette` is what Fusion and Qt's generic platforms give when nobody chose anything.
bool isStock(const QPalette &palette, const QPalette &stock)
{
    return std::ranges::all_of(
        std::array{QPalette::Window, QPalette::Base, QPalette::Button, QPalette::WindowText, QPalette::Text},
        [&](QPalette::ColorRole role) {
            return palette.color(QPalette::Active, role) == stock.color(QPalette::Active, role);
        });
}

bool toolkitSaysDark()
{
    return qEnvironmentVariable("GTK_THEME").endsWith(QLatin1String(":dark"), Qt::CaseInsensitive);
}

// Belongs to the application; follows the platform while the theme is System.
class LookFollower : public QObject {
public:
    LookFollower(QApplication &application, Theme theme)
        : QObject(&application)
        , m_theme(theme)
    {
        setObjectName(QLatin1String(name));
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
        connect(QGuiApplication::styleHints(), &QStyleHints::colorSchemeChanged, this, [this] { apply(); });
#endif
        application.installEventFilter(this);
    }

    static constexpr const char *name = "pivotbench.look";

    void apply()
    {
        if (m_applying) {
            return;
        }
        m_applying = true;
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
        QGuiApplication::styleHints()->setColorScheme(m_theme == Theme::Dark    ? Qt::ColorScheme::Dark
                                                      : m_theme == Theme::Light ? Qt::ColorScheme::Light
                                                                                : Qt::ColorScheme::Unknown);
#endif
        QApplication::setPalette(chosen());
        m_applying = false;
    }

    bool eventFilter(QObject *watched, QEvent *event) override
    {
        // Before Qt 6.5 this is all that tells of a platform that changed its mind.
        if (event->type() == QEvent::ThemeChange && m_theme == Theme::System && !m_applying) {
            QMetaObject::invokeMethod(this, [this] { apply(); }, Qt::QueuedConnection);
        }
        return QObject::eventFilter(watched, event);
    }

private:
    QPalette chosen()
    {
        switch (m_theme) {
        case Theme::Light: return lightPalette();
        case Theme::Dark: return darkPalette();
        case Theme::System: break;
        }
        // An unset palette uncovers the platform's.
        QApplication::setPalette(QPalette());
        const QPalette platform = QApplication::palette();
        if (!isStock(platform, QApplication::style()->standardPalette())) {
            return QPalette();
        }
        bool dark = isDark(platform) || toolkitSaysDark();
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
        const Qt::ColorScheme scheme = QGuiApplication::styleHints()->colorScheme();
        if (scheme != Qt::ColorScheme::Unknown) {
            dark = scheme == Qt::ColorScheme::Dark;
        }
#endif
        return dark ? darkPalette() : lightPalette();
    }

    Theme m_theme;
    bool m_applying = false;
};

qreal linear(float channel)
{
    const qreal value = static_cast<qreal>(channel);
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

qreal luminance(const QColor &color)
{
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

} // namespace

QPalette lightPalette() { return made(lightGrounds); }

QPalette darkPalette() { return made(darkGrounds); }

bool isDark(const QPalette &palette) { return palette.color(QPalette::Active, QPalette::Window).lightnessF() < 0.5F; }

void applyLook(QApplication &application, Theme theme)
{
    delete application.findChild<QObject *>(QLatin1String(LookFollower::name), Qt::FindDirectChildrenOnly);
    if (!qobject_cast<LookStyle *>(QApplication::style())) {
        QApplication::setStyle(new LookStyle);
    }
    (new LookFollower(application, theme))->apply();
}

std::span<const Tone> allTones()
{
    static constexpr auto tones = [] {
        std::array<Tone, static_cast<std::size_t>(Tone::Shadow) + 1> all{};
        for (std::size_t index = 0; index < all.size(); ++index) {
            all[index] = static_cast<Tone>(index);
        }
        return all;
    }();
    return tones;
}

QColor tone(Tone tone, const QPalette &palette)
{
    const auto ink = [&palette](QRgb light, QRgb dark) { return inkOn(palette, {{light, dark}, readable}); };
    const auto line = [&palette](QRgb light, QRgb dark) { return inkOn(palette, {{light, dark}, visible}); };
    switch (tone) {
    case Tone::Text: return palette.color(QPalette::Active, QPalette::WindowText);
    case Tone::Muted: return ink(0x5d646e, 0xa0a7b1);
    case Tone::Accent: return ink(0x2466cc, 0x6ea8fb);
    case Tone::Error:
    case Tone::Deleted: return ink(0xac1a32, 0xf47c62);
    case Tone::Warning:
    case Tone::Changed: return ink(0x8f6900, 0xf2bd2b);
    case Tone::Note: return ink(0x1d60d2, 0x6f9ff8);
    case Tone::Good:
    case Tone::Added: return ink(0x14746a, 0x3fd9b5);
    case Tone::Writable: return ink(0xa34a00, 0xffb05c);
    case Tone::ReadOnly: return ink(0x4d5f78, 0xa3b4cc);
    case Tone::Layer1: return ink(0x1d4466, 0x5bb8ee);
    case Tone::Layer2: return ink(0xb84d0c, 0xf5c542);
    case Tone::Layer3: return ink(0x0b7a62, 0x4fe08a);
    case Tone::Layer4: return ink(0xa93ab8, 0xc084a8);
    case Tone::Layer5: return ink(0x6e2413, 0xf07850);
    case Tone::Layer6: return ink(0x4a48e6, 0x8f8dff);
    case Tone::Mount: return ink(0x0a6f8f, 0x5cc8e8);
    case Tone::Whiteout: return ink(0x6c6470, 0xaba3b0);
    case Tone::Shared: return ink(0x1d60d2, 0x5aa8f8);
    case Tone::Slave: return ink(0x9a3a94, 0xf0b4e4);
    case Tone::Private: return ink(0x5d646e, 0x939aa4);
    case Tone::Unbindable: return ink(0x7a3b10, 0xf09a5a);
    case Tone::Process: return ink(0x7a3fa8, 0xc79bf0);
    case Tone::RootString: return ink(0xb3420a, 0xf59a5c);
    case Tone::CwdString: return ink(0x0a6f8f, 0x5cc8e8);
    case Tone::CardBorder: return line(0x878d96, 0x6d747e);
    case Tone::FocusRing: return line(0x2466cc, 0x6ea8fb);
    case Tone::CardBackground:
        return isDark(palette) ? grounded(palette, {0, 0xffffff}, 0, 0.045)
                               : palette.color(QPalette::Active, QPalette::Base);
    case Tone::CardHover: return grounded(palette, {0x2466cc, 0x6ea8fb}, 0.07, 0.11);
    case Tone::RailBackground: return grounded(palette, {0x1c2a44, 0x000000}, 0.055, 0.28);
    case Tone::HostWorld: return grounded(palette, {0x4d5f78, 0xa3b4cc}, 0.07, 0.06);
    case Tone::SandboxWorld: return grounded(palette, {0xd98200, 0xffb05c}, 0.07, 0.06);
    case Tone::ToastBackground:
        return isDark(palette) ? grounded(palette, {0, 0xffffff}, 0, 0.11)
                               : palette.color(QPalette::Active, QPalette::Base);
    case Tone::TerminalBackground: return palette.color(QPalette::Active, QPalette::Base);
    case Tone::Selection: return palette.color(QPalette::Active, QPalette::Highlight);
    case Tone::SelectionText: return palette.color(QPalette::Active, QPalette::HighlightedText);
    case Tone::Separator: return grounded(palette, {0x1c2025, 0xffffff}, 0.13, 0.12);
    case Tone::Shadow: return QColor(0, 0, 0, isDark(palette) ? 110 : 40);
    }
    Q_UNREACHABLE();
}

Tone layerTone(qsizetype index)
{
    static constexpr std::array layers{Tone::Layer1, Tone::Layer2, Tone::Layer3,
                                       Tone::Layer4, Tone::Layer5, Tone::Layer6};
    const qsizetype count = static_cast<qsizetype>(layers.size());
    return layers[static_cast<std::size_t>(((index % count) + count) % count)];
}

QColor tint(Tone which, const QPalette &palette, qreal strength)
{
    return blended(tone(Tone::CardBackground, palette), tone(which, palette), strength);
}

QColor readableOn(const QColor &ground, const QColor &ink, qreal ratio)
{
    if (contrast(ground, ink) >= ratio) {
        return ink;
    }
    const QColor end = luminance(ground) > 0.18 ? QColor(Qt::black) : QColor(Qt::white);
    for (int step = 1; step < 20; ++step) {
        const QColor moved = blended(ink, end, step / 20.0);
        if (contrast(ground, moved) >= ratio) {
            return moved;
        }
    }
    return end;
}

QColor blended(const QColor &under, const QColor &over, qreal part)
{
    const auto mix = [part](int low, int high) { return static_cast<int>(std::lround(low + (high - low) * part)); };
    return {mix(under.red(), over.red()), mix(under.green(), over.green()), mix(under.blue(), over.blue())};
}

qreal contrast(const QColor &a, const QColor &b)
{
    const auto [low, high] = std::minmax({luminance(a), luminance(b)});
    return (high + 0.05) / (low + 0.05);
}

std::array<QColor, 16> terminalColors(const QPalette &palette)
{
    static constexpr std::array<QRgb, 16> light{0x1c2025, 0xb3261e, 0x14746a, 0x8a6100, 0x1d60d2, 0x9a3a94,
                                                0x0a6f8f, 0x6a7079, 0x4b525b, 0xcc3a2b, 0x1d7f4f, 0xa05a00,
                                                0x3d6fe0, 0xb04aa8, 0x1b7d99, 0x2f353c};
    static constexpr std::array<QRgb, 16> dark{0x6a717b, 0xf47c62, 0x52d69a, 0xf2bd2b, 0x6f9ff8, 0xdc9ad6,
                                               0x5cc8e8, 0xc8ccd2, 0x8b929c, 0xff9a84, 0x82ecb8, 0xffd66b,
                                               0x9bbcff, 0xf0bcea, 0x8fe0f7, 0xffffff};
    std::array<QColor, 16> colors;
    std::ranges::transform(isDark(palette) ? dark : light, colors.begin(), [](QRgb rgb) { return QColor(rgb); });
    return colors;
}

} // namespace pivotbench::app
