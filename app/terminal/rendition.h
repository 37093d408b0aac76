// SPDX-License-Identifier: Apache-2.0
//
// SGR (ECMA-48 8.3.117, xterm's ctlseqs): what a program says of how text looks, written anew so that libvterm can bear
// it, and a pen written as the renditions that make it. Values, any one thread.
#pragma once

#include "app/terminal/cell.h"
#include "app/terminal/input_parser.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace pivotbench::app::terminal {

/// Of a rendition, what libvterm does not know.
struct ExtraRendition {
    bool faint = false;
    bool concealed = false;
};

class RenditionWriter {
public:
    /// `tell` gets one sequence at a time; the view holds only for the call.
    explicit RenditionWriter(std::function<void(std::string_view sequence)> tell);

    /// Each rendition by itself: libvterm looks behind the parameters where a colour is cut short.
    void write(std::span<const Parameter> parameters, ExtraRendition &extras);
    /// From any pen before; all but the extras.
    void write(const Pen &pen);

private:
    std::function<void(std::string_view)> m_tell;
    std::string m_sequence; ///< kept, so that a colour needs no memory of its own
};

} // namespace pivotbench::app::terminal
