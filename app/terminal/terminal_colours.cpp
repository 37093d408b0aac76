// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/terminal_colours.h"

#include <QPalette>

namespace pivotbench::app::terminal {

TerminalColours TerminalColours::light()
{
    return {.basic = {qRgb(0x24, 0x24, 0x29), qRgb(0xb9, 0x1c, 0x1c), qRgb(0x1a, 0x73, 0x34), qRgb(0x8a, 0x5a, 0x00),
                      qRgb(0x1d, 0x4e, 0xd8), qRgb(0x9b, 0x26, 0xb6), qRgb(0x0b, 0x72, 0x85), qRgb(0x6b, 0x70, 0x80),
                      qRgb(0x55, 0x5b, 0x6b), qRgb(0xd9, 0x2d, 0x20), qRgb(0x15, 0x80, 0x3d), qRgb(0xa1, 0x62, 0x07),
                      qRgb(0x25, 0x63, 0xeb), qRgb(0xb4, 0x3a, 0xd4), qRgb(0x0e, 0x7a, 0x9a), qRgb(0x3b, 0x3f, 0x4a)}};
}

TerminalColours TerminalColours::dark()
{
    return {.basic = {qRgb(0x3a, 0x3f, 0x4b), qRgb(0xf2, 0x6d, 0x6d), qRgb(0x7b, 0xc9, 0x6f), qRgb(0xe5, 0xc0, 0x6b),
                      qRgb(0x6c, 0xb0, 0xff), qRgb(0xd2, 0x8c, 0xf0), qRgb(0x5c, 0xcf, 0xd9), qRgb(0xd3, 0xd7, 0xde),
                      qRgb(0x7f, 0x87, 0x96), qRgb(0xff, 0x8f, 0x8f), qRgb(0x9d, 0xe0, 0x92), qRgb(0xf7, 0xd8, 0x8c),
                      qRgb(0x93, 0xc8, 0xff), qRgb(0xe4, 0xae, 0xfa), qRgb(0x86, 0xe5, 0xed), qRgb(0xff, 0xff, 0xff)}};
}

TerminalColours TerminalColours::suiting(const QPalette &palette)
{
    return palette.color(QPalette::Base).lightnessF() < 0.5 ? dark() : light();
}

QRgb TerminalColours::at(std::uint8_t index) const
{
    if (index < basic.size())
        return basic[index];
    if (index >= 232) {
        const int grey = 8 + 10 * (index - 232);
        return qRgb(grey, grey, grey);
    }
    const int cube = index - 16;
    const auto step = [](int level) { return level == 0 ? 0 : 55 + 40 * level; };
    return qRgb(step(cube / 36), step(cube / 6 % 6), step(cube % 6));
}

QRgb faint(QRgb colour, QRgb background)
{
    return qRgb((qRed(colour) * 3 + qRed(background) * 2) / 5, (qGreen(colour) * 3 + qGreen(background) * 2) / 5,
                (qBlue(colour) * 3 + qBlue(background) * 2) / 5);
}

} // namespace pivotbench::app::terminal
