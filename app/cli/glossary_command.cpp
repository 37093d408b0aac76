// SPDX-License-Identifier: Apache-2.0
//
// pivotctl glossary: what the terms mean.
#include "app/cli/command.h"
#include "app/cli/sandbox_arguments.h"
#include "core/explain/glossary.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace pivotbench::app::cli {

using namespace core;

int glossaryCommand(const std::vector<std::string> &args)
{
    CLI::App app("Tells what a term means and which manual page says so; without one, lists all terms.",
                 "pivotctl glossary");
    std::vector<std::string> wanted;
    std::string format = "text";
    app.add_option("TERM", wanted, "such as: peer group");
    app.add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}));
    if (const auto status = parseArguments(app, args))
        return *status;
    std::vector<const Term *> terms;
    if (const std::string name = fmt::format("{}", fmt::join(wanted, " ")); name.empty()) {
        for (const Term &term : glossary().terms())
            terms.push_back(&term);
    } else if (const Term *term = glossary().find(name)) {
        terms.push_back(term);
    } else {
        return report(Error{.code = "arguments",
                            .what = fmt::format("the glossary has no term \"{}\"", name),
                            .hint = "\"pivotctl glossary\" lists them"});
    }
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    std::string text;
    for (const Term *term : terms) {
        text += fmt::format("{}\n    {}\n    {}\n", term->name, term->means, term->manual);
        list.push_back({{"id", term->id}, {"term", term->name}, {"means", term->means}, {"manual", term->manual}});
    }
    print(format == "json" ? nlohmann::ordered_json{{"terms", list}}.dump(2) + "\n" : text);
    return 0;
}

} // namespace pivotbench::app::cli
