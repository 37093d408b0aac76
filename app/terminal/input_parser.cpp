// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/input_parser.h"

#include <algorithm>

namespace pivotbench::app::terminal {

namespace {

constexpr unsigned char cancel = 0x18;
constexpr unsigned char substitute = 0x1a;
constexpr unsigned char escapeCharacter = 0x1b;
constexpr unsigned char bell = 0x07;
constexpr unsigned char deleted = 0x7f;
constexpr char32_t replacement = 0xfffd;

bool isPrintableAscii(unsigned char byte) { return byte >= 0x20 && byte < deleted; }

} // namespace

void InputParser::feed(std::string_view bytes, InputHandler &handler)
{
    while (!bytes.empty()) {
        if (m_state == State::Ground) {
            bytes.remove_prefix(ground(bytes, handler));
        } else {
            step(static_cast<unsigned char>(bytes.front()), handler);
            bytes.remove_prefix(1);
        }
    }
}

std::size_t InputParser::ground(std::string_view bytes, InputHandler &handler)
{
    if (m_missingBytes > 0 || static_cast<unsigned char>(bytes.front()) >= 0x80)
        return decode(bytes, handler);
    const auto end =
        std::ranges::find_if_not(bytes, [](char byte) { return isPrintableAscii(static_cast<unsigned char>(byte)); });
    if (end != bytes.begin()) {
        const auto length = static_cast<std::size_t>(end - bytes.begin());
        handler.ascii(bytes.substr(0, length));
        return length;
    }
    const auto byte = static_cast<unsigned char>(bytes.front());
    if (byte == escapeCharacter) {
        m_state = State::Escape;
        m_intermediate = 0;
    } else if (byte != 0 && byte != deleted && byte != cancel && byte != substitute) {
        handler.control(bytes.front());
    }
    return 1;
}

std::size_t InputParser::decode(std::string_view bytes, InputHandler &handler)
{
    const auto byte = static_cast<unsigned char>(bytes.front());
    if (m_missingBytes > 0) {
        if (byte < m_lowestNext || byte > m_highestNext) {
            // What came before is broken; this byte is looked at anew.
            m_missingBytes = 0;
            handler.character(replacement);
            return 0;
        }
        m_character = m_character << 6U | (byte & 0x3fU);
        m_lowestNext = 0x80;
        m_highestNext = 0xbf;
        if (--m_missingBytes == 0)
            scalar(m_character, handler);
        return 1;
    }
    // RFC 3629, section 4: no overlong forms, no surrogates, nothing above U+10FFFF.
    if (byte >= 0xc2 && byte <= 0xdf) {
        m_missingBytes = 1;
        m_character = byte & 0x1fU;
    } else if (byte >= 0xe0 && byte <= 0xef) {
        m_missingBytes = 2;
        m_character = byte & 0x0fU;
        m_lowestNext = byte == 0xe0 ? 0xa0 : 0x80;
        m_highestNext = byte == 0xed ? 0x9f : 0xbf;
    } else if (byte >= 0xf0 && byte <= 0xf4) {
        m_missingBytes = 3;
        m_character = byte & 0x07U;
        m_lowestNext = byte == 0xf0 ? 0x90 : 0x80;
        m_highestNext = byte == 0xf4 ? 0x8f : 0xbf;
    } else {
        handler.character(replacement);
    }
    return 1;
}

void InputParser::scalar(char32_t character, InputHandler &handler)
{
    if (character >= 0xa0) {
        handler.character(character);
        return;
    }
    // A C1 control is ESC and a byte of 0x40..0x5f.
    m_intermediate = 0;
    escapeByte(static_cast<unsigned char>(character - 0x40), handler);
}

void InputParser::step(unsigned char byte, InputHandler &handler)
{
    if (m_state == State::EscapeInString) {
        if (byte == '\\') {
            endString(handler);
            return;
        }
        m_state = State::Escape; // the string was broken off
        m_intermediate = 0;
    }
    if (byte == cancel || byte == substitute) {
        m_state = State::Ground;
        return;
    }
    const bool inString =
        m_state == State::SystemCommand || m_state == State::DeviceControl || m_state == State::OtherString;
    if (byte == escapeCharacter) {
        m_state = inString ? State::EscapeInString : State::Escape;
        m_intermediate = 0;
        return;
    }
    if (inString) {
        stringByte(byte, handler);
        return;
    }
    if (byte < 0x20) {
        // Controls within a sequence take effect at once.
        if (byte != 0)
            handler.control(static_cast<char>(byte));
        return;
    }
    if (byte == deleted)
        return;
    switch (m_state) {
    case State::Escape: escapeByte(byte, handler); return;
    case State::EscapeIgnored:
        if (byte >= 0x30)
            m_state = State::Ground;
        return;
    case State::Parameters: sequenceByte(byte, handler); return;
    case State::Ignored:
        if (byte >= 0x40)
            m_state = State::Ground;
        return;
    case State::Ground:
    case State::SystemCommand:
    case State::DeviceControl:
    case State::OtherString:
    case State::EscapeInString: return;
    }
}

void InputParser::escapeByte(unsigned char byte, InputHandler &handler)
{
    if (byte < 0x30) {
        m_state = m_intermediate == 0 ? State::Escape : State::EscapeIgnored;
        m_intermediate = static_cast<char>(byte);
        return;
    }
    m_state = State::Ground;
    if (byte >= 0x80)
        return;
    if (m_intermediate == 0) {
        switch (byte) {
        case '[': beginSequence(); return;
        case ']': beginString(State::SystemCommand); return;
        case 'P': beginString(State::DeviceControl); return;
        case 'X':
        case '^':
        case '_': beginString(State::OtherString); return;
        default: break;
        }
    }
    handler.escape(m_intermediate, static_cast<char>(byte));
}

void InputParser::beginSequence()
{
    m_state = State::Parameters;
    m_leader = 0;
    m_intermediate = 0;
    m_parameterCount = 0;
}

void InputParser::addParameter(bool joined)
{
    // Those beyond the limit are dropped, as xterm does; the sequence itself counts.
    if (m_parameterCount < m_parameters.size())
        m_parameters[m_parameterCount] = {.value = Parameter::missing, .joined = joined};
    ++m_parameterCount;
}

void InputParser::sequenceByte(unsigned char byte, InputHandler &handler)
{
    if (byte >= 0x40) {
        m_state = State::Ground;
        if (byte < deleted) {
            handler.controlSequence(
                {.leader = m_leader,
                 .intermediate = m_intermediate,
                 .final = static_cast<char>(byte),
                 .parameters = std::span(m_parameters).first(std::min(m_parameterCount, m_parameters.size()))});
        }
        return;
    }
    if (byte < 0x30) {
        if (m_intermediate != 0)
            m_state = State::Ignored;
        m_intermediate = static_cast<char>(byte);
        return;
    }
    if (m_intermediate != 0) {
        m_state = State::Ignored;
        return;
    }
    if (byte >= 0x3c) {
        if (m_parameterCount != 0 || m_leader != 0)
            m_state = State::Ignored;
        m_leader = static_cast<char>(byte);
        return;
    }
    if (m_parameterCount == 0)
        addParameter(false);
    if (byte == ';' || byte == ':') {
        m_parameterCount = std::min(m_parameterCount, m_parameters.size() + 1);
        addParameter(byte == ':');
        return;
    }
    if (m_parameterCount <= m_parameters.size()) {
        Parameter &parameter = m_parameters[m_parameterCount - 1];
        parameter.value = std::min(parameter.valueOr(0) * 10 + (byte - '0'), Parameter::most);
    }
}

void InputParser::beginString(State kind)
{
    m_state = kind;
    m_stringKind = kind;
    m_string.clear();
    m_stringTooLong = false;
}

void InputParser::stringByte(unsigned char byte, InputHandler &handler)
{
    if (byte == bell && m_state == State::SystemCommand) {
        endString(handler);
        return;
    }
    if (byte < 0x20 || m_state == State::OtherString)
        return;
    if (m_string.size() >= longestString)
        m_stringTooLong = true;
    else
        m_string += static_cast<char>(byte);
}

void InputParser::endString(InputHandler &handler)
{
    m_state = State::Ground;
    if (m_stringTooLong)
        return;
    if (m_stringKind == State::SystemCommand)
        handler.systemCommand(m_string);
    else if (m_stringKind == State::DeviceControl)
        handler.deviceControl(m_string);
}

} // namespace pivotbench::app::terminal
