// SPDX-License-Identifier: Apache-2.0
//
// Takes what a program prints apart, so that nothing reaches libvterm but what it can bear. libvterm 0.1.4 writes
// behind its array of CSI arguments from the 17th on, behind its buffer of code points on broken UTF-8, and reads
// before its input on a string that ends at the start of a write; here every number, count and length has a limit, and
// a character that arrives in pieces waits until it is whole.
//
// Follows ECMA-48 5.4, xterm's control sequences, and the states of Paul Williams' parser for DEC terminals. UTF-8
// only: the C1 controls are U+0080 to U+009F; a byte that is no UTF-8 is U+FFFD. Values only, any one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pivotbench::app::terminal {

/// One parameter of a control sequence, with those joined to it by colons (ISO 8613-6) after it.
struct Parameter {
    static constexpr int missing = -1;
    static constexpr int most = 9999;

    int value = missing;
    bool joined = false; ///< to the one before it, by a colon

    [[nodiscard]] int valueOr(int otherwise) const { return value == missing ? otherwise : value; }
};

struct ControlSequence {
    static constexpr std::size_t mostParameters = 32;

    char leader = 0;       ///< '?', '>', '=', '<' or none
    char intermediate = 0; ///< one of 0x20..0x2f or none
    char final = 0;
    std::span<const Parameter> parameters;

    [[nodiscard]] int at(std::size_t index, int otherwise) const
    {
        return index < parameters.size() ? parameters[index].valueOr(otherwise) : otherwise;
    }
};

/// Told what the bytes mean, in their order. Views hold only for the call.
class InputHandler {
public:
    InputHandler() = default;
    InputHandler(const InputHandler &) = delete;
    InputHandler &operator=(const InputHandler &) = delete;
    virtual ~InputHandler() = default;

    virtual void ascii(std::string_view run) = 0;   ///< 0x20..0x7e only, not empty
    virtual void character(char32_t character) = 0; ///< U+00A0 and above, a scalar value
    virtual void control(char control) = 0;         ///< 0x01..0x1f but ESC, CAN, SUB
    virtual void escape(char intermediate, char final) = 0;
    virtual void controlSequence(const ControlSequence &sequence) = 0;
    virtual void systemCommand(std::string_view text) = 0; ///< OSC; any bytes but C0
    virtual void deviceControl(std::string_view text) = 0; ///< DCS; any bytes but C0
};

class InputParser {
public:
    /// A longer string is swallowed whole and not told.
    static constexpr std::size_t longestString = 4096;

    void feed(std::string_view bytes, InputHandler &handler);

private:
    enum class State : std::uint8_t {
        Ground,
        Escape,
        EscapeIgnored,
        Parameters,
        Ignored,
        SystemCommand,
        DeviceControl,
        OtherString,
        EscapeInString
    };

    std::size_t ground(std::string_view bytes, InputHandler &handler);
    std::size_t decode(std::string_view bytes, InputHandler &handler);
    void scalar(char32_t character, InputHandler &handler);
    void step(unsigned char byte, InputHandler &handler);
    void escapeByte(unsigned char byte, InputHandler &handler);
    void sequenceByte(unsigned char byte, InputHandler &handler);
    void stringByte(unsigned char byte, InputHandler &handler);
    void beginSequence();
    void beginString(State kind);
    void endString(InputHandler &handler);
    void addParameter(bool joined);

    State m_state = State::Ground;
    State m_stringKind = State::OtherString;
    // What is known of a character that is not whole yet: RFC 3629, with the bounds of the next byte.
    char32_t m_character = 0;
    int m_missingBytes = 0;
    unsigned char m_lowestNext = 0x80;
    unsigned char m_highestNext = 0xbf;

    char m_leader = 0;
    char m_intermediate = 0;
    std::array<Parameter, ControlSequence::mostParameters> m_parameters;
    std::size_t m_parameterCount = 0;
    std::string m_string;
    bool m_stringTooLong = false;
};

} // namespace pivotbench::app::terminal
