// SPDX-License-Identifier: Apache-2.0
#include "core/preset/presets.h"

#include "core/base/text.h"
#include "core/spec/spec_json.h"

#include <algorithm>
#include <fmt/format.h>

namespace pivotbench::core {
namespace {

constexpr std::string_view ids[] = {"busybox", "this-system", "bare-pivot", "chroot-jail"};

bool sameWord(std::string_view a, std::string_view b)
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

} // namespace

std::vector<Preset> presets()
{
    std::vector<Preset> all;
    for (const std::string_view id : ids)
        if (const auto spec = parseSpec(presetText(id)))
            all.push_back({.id = std::string(id), .name = spec->name, .description = spec->description});
    return all;
}

Result<SandboxSpec> findPreset(std::string_view idOrName)
{
    for (const std::string_view id : ids) {
        auto spec = parseSpec(presetText(id));
        if (sameWord(id, idOrName) || (spec && sameWord(spec->name, idOrName)))
            return spec;
    }
    return failure("preset.unknown", fmt::format("there is no preset \"{}\"", printable(idOrName)), {},
                   fmt::format("the presets are: {}", fmt::join(ids, ", ")));
}

} // namespace pivotbench::core
