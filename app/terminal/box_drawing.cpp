// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/box_drawing.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace pivotbench::app::terminal {

namespace {

/// The arms of U+2500 to U+257F, left up right down: 0 none, 1 light, 2 heavy, 3 double. Four zeros: not drawn here.
constexpr std::array<const char *, 128> arms = {
    "1010", "2020", "0101", "0202", "0000", "0000", "0000", "0000", // 2500
    "0000", "0000", "0000", "0000", "0011", "0021", "0012", "0022", // 2508
    "1001", "2001", "1002", "2002", "0110", "0120", "0210", "0220", // 2510
    "1100", "2100", "1200", "2200", "0111", "0121", "0211", "0112", // 2518
    "0212", "0221", "0122", "0222", "1101", "2101", "1201", "1102", // 2520
    "1202", "2201", "2102", "2202", "1011", "2011", "1021", "2021", // 2528
    "1012", "2012", "1022", "2022", "1110", "2110", "1120", "2120", // 2530
    "1210", "2210", "1220", "2220", "1111", "2111", "1121", "2121", // 2538
    "1211", "1112", "1212", "2211", "1221", "2112", "1122", "2221", // 2540
    "2122", "2212", "1222", "2222", "0000", "0000", "0000", "0000", // 2548
    "3030", "0303", "0031", "0013", "0033", "3001", "1003", "3003", // 2550
    "0130", "0310", "0330", "3100", "1300", "3300", "0131", "0313", // 2558
    "0333", "3101", "1303", "3303", "3031", "1013", "3033", "3130", // 2560
    "1310", "3330", "3131", "1313", "3333", "0000", "0000", "0000", // 2568
    "0000", "0000", "0000", "0000", "1000", "0100", "0010", "0001", // 2570
    "2000", "0200", "0020", "0002", "1020", "0102", "2010", "0201", // 2578
};

enum Arm : std::uint8_t { Left, Up, Right, Down };

bool isArc(char32_t character) { return character >= 0x256d && character <= 0x2570; }

bool hasArms(char32_t character)
{
    return character >= 0x2500 && character <= 0x257f && std::string_view(arms[character - 0x2500]) != "0000";
}

bool isBlock(char32_t character) { return character >= 0x2580 && character <= 0x259f; }

/// Where the strokes of a light, heavy or double line lie across the middle: from, to; and the second of a double one.
struct Strokes {
    int from = 0;
    int to = 0;
    int secondFrom = 0;
    int secondTo = 0;

    [[nodiscard]] bool isDouble() const { return secondTo > secondFrom; }
};

Strokes strokesOf(char weight, int middle, int line)
{
    const int light = middle - line / 2;
    if (weight == '3')
        return {.from = light - line, .to = light, .secondFrom = light + line, .secondTo = light + 2 * line};
    if (weight == '2') {
        const int more = (line + 1) / 2;
        return {.from = light - more, .to = light + line + more};
    }
    return {.from = light, .to = weight == '0' ? light : light + line};
}

/// The lines an arm runs into: their strokes, and on which sides of the arm they go on.
struct Crossing {
    Strokes strokes;
    int middle = 0;
    bool before = false; ///< above, or to the left
    bool after = false;
};

/// How far into the crossing a stroke of an arm goes, so that corners close and nothing sticks out. `fromStart`: the
/// arm comes from the left or from above; `opposite`: there is another on the other side.
int limit(const Crossing &crossing, bool fromStart, bool isDouble, bool isFirst, bool opposite)
{
    const Strokes &strokes = crossing.strokes;
    if (!crossing.before && !crossing.after)
        return crossing.middle;
    if (!strokes.isDouble())
        return fromStart ? strokes.to : strokes.from;
    const int near = fromStart ? strokes.to : strokes.secondFrom;
    const int far = fromStart ? strokes.secondTo : strokes.from;
    if (!isDouble) {
        if (opposite)
            return crossing.middle;
        return crossing.before && crossing.after ? near : far;
    }
    // A double line turns inside itself.
    return (isFirst ? crossing.before : crossing.after) ? near : far;
}

void drawArms(QPainter &painter, const QRect &cell, std::string_view weights, const QColor &colour, int line)
{
    const auto has = [weights](Arm arm) { return weights[arm] != '0'; };
    const int x = cell.x() + cell.width() / 2;
    const int y = cell.y() + cell.height() / 2;
    const Crossing vertical{.strokes = strokesOf(std::max(weights[Up], weights[Down]), x, line),
                            .middle = x,
                            .before = has(Up),
                            .after = has(Down)};
    const Crossing horizontal{.strokes = strokesOf(std::max(weights[Left], weights[Right]), y, line),
                              .middle = y,
                              .before = has(Left),
                              .after = has(Right)};
    const auto fill = [&](int left, int top, int right, int bottom) {
        if (right > left && bottom > top)
            painter.fillRect(left, top, right - left, bottom - top, colour);
    };
    for (const Arm arm : {Left, Up, Right, Down}) {
        if (!has(arm))
            continue;
        const bool lies = arm == Left || arm == Right;
        const bool fromStart = arm == Left || arm == Up;
        const Strokes own = strokesOf(weights[arm], lies ? y : x, line);
        const bool opposite = has(arm == Left ? Right : arm == Right ? Left : arm == Up ? Down : Up);
        const auto stroke = [&](int from, int to, bool isFirst) {
            const int end = limit(lies ? vertical : horizontal, fromStart, own.isDouble(), isFirst, opposite);
            const int edge = lies ? (fromStart ? cell.x() : cell.x() + cell.width())
                                  : (fromStart ? cell.y() : cell.y() + cell.height());
            const auto [low, high] = std::minmax(edge, end);
            if (lies)
                fill(low, from, high, to);
            else
                fill(from, low, to, high);
        };
        stroke(own.from, own.to, true);
        if (own.isDouble())
            stroke(own.secondFrom, own.secondTo, false);
    }
}

void drawArc(QPainter &painter, const QRect &cell, char32_t character, const QColor &colour, int line)
{
    // U+256D ╭, ╮, ╯, ╰
    const bool right = character == 0x256d || character == 0x2570;
    const bool down = character == 0x256d || character == 0x256e;
    // The middle of the stroke that the straight pieces have.
    const Strokes across = strokesOf('1', cell.x() + cell.width() / 2, line);
    const Strokes along = strokesOf('1', cell.y() + cell.height() / 2, line);
    const qreal x = (across.from + across.to) / 2.0;
    const qreal y = (along.from + along.to) / 2.0;
    const qreal radius = std::min(cell.width(), cell.height()) / 2.0;
    const qreal sideX = right ? cell.x() + cell.width() : cell.x();
    const qreal sideY = down ? cell.y() + cell.height() : cell.y();
    QPainterPath path;
    path.moveTo(x, sideY);
    path.lineTo(x, y + (down ? radius : -radius));
    path.quadTo(x, y, x + (right ? radius : -radius), y);
    path.lineTo(sideX, y);
    painter.save();
    painter.setClipRect(cell, Qt::IntersectClip);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colour, line, Qt::SolidLine, Qt::FlatCap));
    painter.drawPath(path);
    painter.restore();
}

void drawBlock(QPainter &painter, const QRect &cell, char32_t character, const QColor &colour)
{
    const int width = cell.width();
    const int height = cell.height();
    const auto fill = [&](int x, int y, int w, int h) { painter.fillRect(cell.x() + x, cell.y() + y, w, h, colour); };
    const auto part = [](int whole, unsigned eighths) { return (whole * static_cast<int>(eighths) + 4) / 8; };
    if (character == 0x2580) {
        fill(0, 0, width, part(height, 4));
    } else if (character <= 0x2588) {
        const int filled = part(height, character - 0x2580);
        fill(0, height - filled, width, filled);
    } else if (character <= 0x258f) {
        fill(0, 0, part(width, 0x2590 - character), height);
    } else if (character == 0x2590) {
        fill(part(width, 4), 0, width - part(width, 4), height);
    } else if (character <= 0x2593) {
        QColor shade = colour;
        shade.setAlphaF(0.25F * static_cast<float>(character - 0x2590));
        painter.fillRect(cell, shade);
    } else if (character == 0x2594) {
        fill(0, 0, width, part(height, 1));
    } else if (character == 0x2595) {
        fill(width - part(width, 1), 0, part(width, 1), height);
    } else {
        // Quadrants: upper left 1, upper right 2, lower left 4, lower right 8.
        static constexpr std::array<unsigned, 10> quadrants{4,         8,         1, 1 + 4 + 8, 1 + 8,
                                                            1 + 2 + 4, 1 + 2 + 8, 2, 2 + 4,     2 + 4 + 8};
        const unsigned set = quadrants[character - 0x2596];
        const int x = part(width, 4);
        const int y = part(height, 4);
        if ((set & 1U) != 0)
            fill(0, 0, x, y);
        if ((set & 2U) != 0)
            fill(x, 0, width - x, y);
        if ((set & 4U) != 0)
            fill(0, y, x, height - y);
        if ((set & 8U) != 0)
            fill(x, y, width - x, height - y);
    }
}

} // namespace

bool isBox(char32_t character) { return hasArms(character) || isArc(character) || isBlock(character); }

bool drawBox(QPainter &painter, const QRect &cell, char32_t character, const QColor &colour, int line)
{
    if (isBlock(character))
        drawBlock(painter, cell, character, colour);
    else if (isArc(character))
        drawArc(painter, cell, character, colour, line);
    else if (hasArms(character))
        drawArms(painter, cell, arms[character - 0x2500], colour, line);
    else
        return false;
    return true;
}

} // namespace pivotbench::app::terminal
