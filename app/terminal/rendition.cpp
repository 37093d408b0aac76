// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/rendition.h"

#include <algorithm>
#include <utility>

namespace pivotbench::app::terminal {

namespace {

/// The rendition that makes this colour; libvterm's pen is set through its own parser.
void appendColour(std::string &text, Colour colour, bool background)
{
    const int base = background ? 40 : 30;
    switch (colour.kind) {
    case Colour::Kind::Default: text += std::to_string(base + 9); return;
    case Colour::Kind::Indexed:
        text += std::to_string(base + 8);
        text += ";5;";
        text += std::to_string(colour.index());
        return;
    case Colour::Kind::Rgb:
        text += std::to_string(base + 8);
        text += ";2";
        for (const std::uint8_t part : {colour.red, colour.green, colour.blue}) {
            text += ';';
            text += std::to_string(part);
        }
        return;
    }
}

/// 5;index or 2;red;green;blue, with semicolons or colons; with colons there may be a colour space before the red.
/// Appends them and says how many parameters that were, with the first; 0 when it is no colour.
std::size_t readColour(std::span<const Parameter> parameters, std::string &into)
{
    if (parameters.size() < 3)
        return 0;
    const int kind = parameters[1].valueOr(0);
    if (kind == 5) {
        into += ";5;";
        into += std::to_string(std::min(parameters[2].valueOr(0), 255));
        return 3;
    }
    if (kind != 2 || parameters.size() < 5)
        return 0;
    const std::size_t first = parameters[1].joined && parameters.size() >= 6 ? 3 : 2;
    into += ";2";
    for (std::size_t i = first; i < first + 3; ++i) {
        into += ';';
        into += std::to_string(std::min(parameters[i].valueOr(0), 255));
    }
    return first + 3;
}

} // namespace

RenditionWriter::RenditionWriter(std::function<void(std::string_view sequence)> tell)
    : m_tell(std::move(tell))
{
}

void RenditionWriter::write(std::span<const Parameter> parameters, ExtraRendition &extras)
{
    if (parameters.empty()) {
        extras = {};
        m_tell("\x1b[m");
        return;
    }
    while (!parameters.empty()) {
        const int code = parameters.front().valueOr(0);
        std::size_t taken = 1;
        while (taken < parameters.size() && parameters[taken].joined)
            ++taken;
        m_sequence = "\x1b[";
        m_sequence += std::to_string(code);
        bool passed = true;
        switch (code) {
        case 0: extras = {}; break;
        case 2:
        case 8:
            (code == 2 ? extras.faint : extras.concealed) = true;
            passed = false;
            break;
        case 22: extras.faint = false; break;
        case 28:
            extras.concealed = false;
            passed = false;
            break;
        case 4:
            if (taken > 1) {
                m_sequence += ':';
                m_sequence += std::to_string(std::min(parameters[1].valueOr(1), 3));
            }
            break;
        case 38:
        case 48:
        case 58: {
            const std::size_t used = readColour(parameters.first(taken > 1 ? taken : parameters.size()), m_sequence);
            passed = used > 0 && code != 58;
            taken = taken > 1 ? taken : std::max<std::size_t>(used, 1);
            // What is left of a colour that is no colour must not be taken for other renditions.
            if (used == 0 && taken == 1)
                return;
            break;
        }
        default:
            passed = (code >= 1 && code <= 9) || (code >= 21 && code <= 29) || (code >= 30 && code <= 49) ||
                     (code >= 90 && code <= 107);
            break;
        }
        if (passed) {
            m_sequence += 'm';
            m_tell(m_sequence);
        }
        parameters = parameters.subspan(taken);
    }
}

void RenditionWriter::write(const Pen &pen)
{
    m_sequence = "\x1b[0";
    const auto add = [this](bool set, std::string_view code) {
        if (set)
            m_sequence.append(";").append(code);
    };
    add(pen.bold, "1");
    add(pen.italic, "3");
    add(pen.underline == Underline::Single, "4");
    add(pen.underline == Underline::Double, "21");
    add(pen.underline == Underline::Curly, "4:3");
    add(pen.blink, "5");
    add(pen.reverse, "7");
    add(pen.strike, "9");
    m_sequence += 'm';
    m_tell(m_sequence);
    for (const bool behind : {false, true}) {
        m_sequence = "\x1b[";
        appendColour(m_sequence, behind ? pen.background : pen.foreground, behind);
        m_sequence += 'm';
        m_tell(m_sequence);
    }
}

} // namespace pivotbench::app::terminal
