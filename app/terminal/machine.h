// SPDX-License-Identifier: Apache-2.0
//
// The inside of a Screen: what the program says, passed on to libvterm's state machine as far as that can bear it.
// Owned by the Screen, on its thread.
#pragma once

#include "app/terminal/canvas.h"
#include "app/terminal/input_parser.h"
#include "app/terminal/output.h"
#include "app/terminal/screen.h"

#include <optional>
#include <vterm.h>

namespace pivotbench::app::terminal {

class Screen::Machine final : public InputHandler {
public:
    Machine(Size size, std::size_t scrollbackLines);

    void resize(Size size);
    void settle();

    // InputHandler
    void ascii(std::string_view run) override;
    void character(char32_t character) override;
    void control(char control) override;
    void escape(char intermediate, char final) override;
    void controlSequence(const ControlSequence &sequence) override;
    void systemCommand(std::string_view text) override;
    void deviceControl(std::string_view text) override;

    Canvas canvas;
    struct Free {
        void operator()(VTerm *owned) const { vterm_free(owned); }
    };
    std::unique_ptr<VTerm, Free> term;
    VTermState *state = nullptr;
    InputParser parser;

    std::string title;
    bool bracketedPaste = false;
    Colour foreground; ///< as it looks, when that is known
    Colour background;
    Output output;

private:
    struct SavedPlace {
        Place place;
        Pen pen;
    };

    static void push(const char *bytes, std::size_t length, void *user); // called by libvterm

    void tell(std::string_view bytes);
    void pass(const ControlSequence &sequence, std::size_t parameters);
    void plainSequence(const ControlSequence &sequence);
    void privateSequence(const ControlSequence &sequence);
    void setMode(int mode, bool on);
    void setPrivateMode(int mode, bool on);
    void setAlternate(bool on, bool withCursor);
    void repeat(int count);
    void saveCursor();
    void restoreCursor();
    void moveTo(Place place);
    void reset();
    void softReset();
    [[nodiscard]] Place place() const;

    RenditionWriter m_renditions{[this](std::string_view sequence) { tell(sequence); }};
    ExtraRendition m_savedExtras;             ///< of DECSC
    std::optional<SavedPlace> m_primaryPlace; ///< while the alternate screen is shown
    bool m_margins = false;                   ///< DECLRMM
    bool m_autowrap = true;
    char32_t m_last = 0; ///< the last glyph, for repetition
    std::string m_scratch;
};

} // namespace pivotbench::app::terminal
