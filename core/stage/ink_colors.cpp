// SPDX-License-Identifier: Apache-2.0
#include "core/stage/ink_colors.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace pivotbench::core::stage {

Rgb InkColors::tinted(Ink ink, double part) const
{
    const double share = std::isfinite(part) ? std::clamp(part, 0.0, 1.0) : 1;
    const auto mix = [share](std::uint8_t under, std::uint8_t over) {
        return static_cast<std::uint8_t>(std::lround(under + (over - under) * share));
    };
    const Rgb under = of(Ink::CardBackground);
    const Rgb over = of(ink);
    return {mix(under.red, over.red), mix(under.green, over.green), mix(under.blue, over.blue)};
}

std::string hexText(Rgb color) { return fmt::format("#{:02x}{:02x}{:02x}", color.red, color.green, color.blue); }

const char *inkWord(Ink ink)
{
    switch (ink) {
    case Ink::Text: return "text";
    case Ink::Muted: return "muted";
    case Ink::Accent: return "accent";
    case Ink::Error: return "error";
    case Ink::Writable: return "writable";
    case Ink::ReadOnly: return "read-only";
    case Ink::Layer1: return "layer-1";
    case Ink::Layer2: return "layer-2";
    case Ink::Layer3: return "layer-3";
    case Ink::Layer4: return "layer-4";
    case Ink::Layer5: return "layer-5";
    case Ink::Layer6: return "layer-6";
    case Ink::Mount: return "mount";
    case Ink::Shared: return "shared";
    case Ink::Slave: return "slave";
    case Ink::Private: return "private";
    case Ink::Unbindable: return "unbindable";
    case Ink::Process: return "process";
    case Ink::RootString: return "root-string";
    case Ink::CwdString: return "cwd-string";
    case Ink::Added: return "added";
    case Ink::Changed: return "changed";
    case Ink::Deleted: return "deleted";
    case Ink::CardBorder: return "card-border";
    case Ink::CardBackground: return "card-background";
    case Ink::HostWorld: return "host-world";
    case Ink::SandboxWorld: return "sandbox-world";
    case Ink::Separator: return "separator";
    }
    std::unreachable();
}

} // namespace pivotbench::core::stage
