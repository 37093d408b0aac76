// SPDX-License-Identifier: Apache-2.0
//
// The inside of a Screen: libvterm's state machine, the two grids it works on, and what is kept from it. Owned by the
// Screen, on its thread.
#pragma once

#include "app/terminal/grid.h"
#include "app/terminal/input_parser.h"
#include "app/terminal/screen.h"
#include "app/terminal/scrollback.h"

#include <optional>
#include <vterm.h>

namespace pivotbench::app::terminal {

[[nodiscard]] VTermModifier libvtermModifiers(Modifiers modifiers);

class Screen::Machine final : public InputHandler {
public:
    Machine(Size size, std::size_t scrollbackLines);

    void resize(Size size);
    void settle();
    void clearScrollback();
    void touchAll();
    void touch(int row);

    void key(Key key, Modifiers modifiers);
    void character(char32_t character, Modifiers modifiers);
    void send(std::string_view bytes);

    // InputHandler
    void ascii(std::string_view run) override;
    void character(char32_t character) override;
    void control(char control) override;
    void escape(char intermediate, char final) override;
    void controlSequence(const ControlSequence &sequence) override;
    void systemCommand(std::string_view text) override;
    void deviceControl(std::string_view text) override;

    struct Free {
        void operator()(VTerm *owned) const { vterm_free(owned); }
    };
    std::unique_ptr<VTerm, Free> term;
    VTermState *state = nullptr;
    InputParser parser;

    Grid primary;
    Grid alternate;
    Grid *current = &primary;
    Scrollback scrollback;
    LineNumber scrolledOff = 0;

    Cursor cursor;
    std::string title;
    MouseMode mouseMode = MouseMode::None;
    bool reverseVideo = false;
    bool bracketedPaste = false;
    Colour foreground; ///< as it looks, when that is known
    Colour background;
    Changes changes;
    std::string output;

private:
    /// What DECSC keeps, of what libvterm does not know.
    struct Extras {
        bool faint = false;
        bool concealed = false;
    };
    struct SavedPlace {
        Place place;
        Pen pen;
    };

    // Called by libvterm; `user` is the Machine.
    static int putGlyph(VTermGlyphInfo *info, VTermPos pos, void *user);
    static int moveCursor(VTermPos pos, VTermPos old, int visible, void *user);
    static int scrollArea(VTermRect area, int downward, int rightward, void *user);
    static int eraseArea(VTermRect area, int selective, void *user);
    static int setPen(VTermAttr attribute, VTermValue *value, void *user);
    static int setProperty(VTermProp property, VTermValue *value, void *user);
    static void push(const char *bytes, std::size_t length, void *user);
    static const VTermStateCallbacks callbacks;

    void tell(std::string_view bytes);
    void pass(const ControlSequence &sequence, std::size_t parameters);
    void plainSequence(const ControlSequence &sequence);
    void privateSequence(const ControlSequence &sequence);
    void setMode(int mode, bool on);
    void setPrivateMode(int mode, bool on);
    void setAlternate(bool on, bool withCursor);
    void rendition(std::span<const Parameter> parameters);
    std::size_t colour(std::span<const Parameter> parameters, std::string &into);
    void repeat(int count);
    void saveCursor();
    void restoreCursor();
    void moveTo(Place place);
    void reset();
    void softReset();
    [[nodiscard]] Place place() const;
    [[nodiscard]] Pen pen() const;

    Pen m_pen;
    Extras m_extras;
    Extras m_savedExtras;
    std::optional<SavedPlace> m_primaryPlace; ///< while the alternate screen is shown
    bool m_keepCursorLook = false;            ///< while libvterm restores more than xterm does
    bool m_margins = false;                   ///< DECLRMM
    bool m_autowrap = true;

    // The last glyph, for marks, repetition, and to see whether the next one wraps.
    char32_t m_last = 0;
    char32_t m_real = 0; ///< what the placeholder stands for that libvterm is given
    std::optional<Place> m_lastPlace;
    int m_lastEnd = -1; ///< the column after it; -1 when something moved the cursor since
    std::string m_scratch;
};

} // namespace pivotbench::app::terminal
