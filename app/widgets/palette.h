// SPDX-License-Identifier: Apache-2.0
//
// Every literal colour of the workbench, by what it means. Nothing is kept here: a caller asks tone() whenever it
// paints, so that a palette that changes while the program runs takes effect. Interface thread only.
//
// Contrast follows WCAG 2.1, 1.4.3 and 1.4.11 (AA): 4.5 for what is read, 3 for lines and icons. The hues are chosen so
// that people with protanopia, deuteranopia or tritanopia tell neighbours apart (after Okabe and Ito, "Color Universal
// Design"); nothing is told by hue alone all the same.
#pragma once

#include <QColor>
#include <QPalette>

#include <array>
#include <span>

class QApplication;

namespace pivotbench::app {

// For Fusion.
QPalette lightPalette();
QPalette darkPalette();

enum class Theme { System, Light, Dark };

// Fusion, drawn flat (look_style.h), in the colours of `theme`. With System it follows the platform while the program
// runs: its light or dark, and its own palette where the platform gives one.
void applyLook(QApplication &application, Theme theme);

// Decided by the window's lightness, whoever made the palette.
bool isDark(const QPalette &palette);

enum class Tone {
    // What one reads or looks for: at least 4.5 on window, base and card.
    Text,
    Muted,
    Accent,
    Error,
    Warning,
    Note,
    Good,
    Writable,
    ReadOnly,
    Layer1, // which layer an entry of the merged tree comes from
    Layer2,
    Layer3,
    Layer4,
    Layer5,
    Layer6,
    Mount,
    Whiteout,
    Shared, // propagation; letter and shape say it too
    Slave,
    Private,
    Unbindable,
    Process,
    RootString, // the two strings a process holds
    CwdString,
    Added,
    Changed,
    Deleted,
    // Lines: at least 3 on window and base.
    CardBorder,
    FocusRing,
    // Grounds: Text and Muted stay readable on them.
    CardBackground,
    CardHover,
    RailBackground,
    HostWorld,
    SandboxWorld,
    ToastBackground,
    TerminalBackground,
    // Selected things.
    Selection,
    SelectionText,
    // What merely divides or hints.
    Separator,
    Shadow,
};

// All of them, in the order above.
std::span<const Tone> allTones();

QColor tone(Tone tone, const QPalette &palette);

// The provenance colour of the layer at `index` from the top, repeating after six.
Tone layerTone(qsizetype index);

// `tone` laid thinly over a card's ground: a ground for a badge, a banner, a marked row.
QColor tint(Tone tone, const QPalette &palette, qreal strength = 0.14);

// `ink`, moved towards black or white until it reads on `ground` with at least `ratio`.
QColor readableOn(const QColor &ground, const QColor &ink, qreal ratio = 4.5);

// `part` of `over`, the rest of `under`; both opaque.
QColor blended(const QColor &under, const QColor &over, qreal part);

// WCAG 2.1 contrast ratio, 1 to 21.
qreal contrast(const QColor &a, const QColor &b);

// The sixteen colours of a terminal, ECMA-48 order: black, red, green, yellow, blue, magenta, cyan, white, then bright.
std::array<QColor, 16> terminalColors(const QPalette &palette);

} // namespace pivotbench::app
