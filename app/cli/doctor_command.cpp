// SPDX-License-Identifier: Apache-2.0
//
// pivotctl doctor and pivotctl presets: what there is to begin with.
#include "app/cli/command.h"
#include "app/cli/sandbox_arguments.h"
#include "app/client/helper_start.h"
#include "core/base/text.h"
#include "core/host/doctor.h"
#include "core/preset/presets.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

int doctorCommand(const std::vector<std::string> &args)
{
    CLI::App app("Tells what this machine can do for sandboxes, and the fix for what it cannot. Exits with 1 when "
                 "something that "
                 "every sandbox needs is missing.",
                 "pivotctl doctor");
    std::string format = "text";
    app.add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}));
    if (const auto status = parseArguments(app, args))
        return *status;
    const std::vector<Check> checks = runDoctor(probeHostFacts(), tryMountInside());
    print(format == "json" ? doctorJson(checks) : doctorText(checks));
    for (const Check &check : checks)
        if (check.state == CheckState::Missing)
            return 1;
    return 0;
}

int presetsCommand(const std::vector<std::string> &args)
{
    CLI::App app("Lists the ready-made sandboxes, or prints one as a .pbox file to begin your own with.",
                 "pivotctl presets");
    std::string id;
    std::string format = "text";
    app.add_option("PRESET", id, "print this one's file");
    app.add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}));
    if (const auto status = parseArguments(app, args))
        return *status;
    if (!id.empty()) {
        if (const Result<SandboxSpec> known = findPreset(id); !known)
            return report(known.error());
        print(presetText(id));
        return 0;
    }
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    std::string text;
    for (const Preset &preset : presets()) {
        text += fmt::format("{:<14} {}\n{:<14} {}\n\n", preset.id, preset.name, "", preset.description);
        list.push_back({{"id", preset.id}, {"name", preset.name}, {"description", preset.description}});
    }
    print(format == "json" ? nlohmann::ordered_json{{"presets", list}}.dump(2) + "\n" : text);
    return 0;
}

} // namespace pivotbench::app::cli
