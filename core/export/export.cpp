// SPDX-License-Identifier: Apache-2.0
#include "core/export/export.h"

#include "core/base/text.h"
#include "core/export/losses.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace pivotbench::core {

const char *exportWord(ExportForm form)
{
    switch (form) {
    case ExportForm::Bwrap: return "bwrap";
    case ExportForm::Unshare: return "unshare";
    case ExportForm::Oci: return "oci";
    }
    std::unreachable();
}

std::optional<ExportForm> exportForm(std::string_view word)
{
    for (const ExportForm form : {ExportForm::Bwrap, ExportForm::Unshare, ExportForm::Oci})
        if (word == exportWord(form))
            return form;
    return std::nullopt;
}

Result<Export> exportAs(ExportForm form, const SandboxSpec &spec, const HostFacts &facts)
{
    switch (form) {
    case ExportForm::Bwrap: return exportBwrap(spec, facts);
    case ExportForm::Unshare: return exportUnshare(spec, facts);
    case ExportForm::Oci: return exportOci(spec, facts);
    }
    std::unreachable();
}

std::string lossText(const Loss &loss) { return loss.field + ": " + loss.sentence; }

void Losses::add(std::string field, std::string_view sentence)
{
    m_losses.push_back({std::move(field), printable(sentence)});
}

void loseLock(const SandboxSpec &spec, Losses &losses)
{
    if (spec.root.writable == Writable::Keep)
        losses.add("root.keepName", "the kept layer is not locked: use it in one sandbox at a time");
}

void loseWhatOnlyARuntimeHas(const SandboxSpec &spec, Losses &losses)
{
    switch (spec.seccomp.choice) {
    case SeccompChoice::None: break;
    case SeccompChoice::Default:
        losses.add("seccomp.profile", "no system call filter is installed: every call of the kernel is within reach");
        break;
    case SeccompChoice::File:
        losses.add("seccomp.path",
                   fmt::format("no system call filter is installed: {} has to be compiled first", spec.seccomp.path));
        break;
    }
    const auto limit = [&](const char *field, bool given, const std::string &property) {
        if (given)
            losses.add(field, fmt::format("there is no limit; with systemd, put \"systemd-run --user --scope -p {}\" "
                                          "before the command",
                                          property));
    };
    const ResourcesSpec &resources = spec.resources;
    limit("resources.memoryBytes", resources.memoryBytes.has_value(),
          fmt::format("MemoryMax={}", resources.memoryBytes.value_or(0)));
    limit("resources.pids", resources.pids.has_value(), fmt::format("TasksMax={}", resources.pids.value_or(0)));
    limit("resources.cpuQuota", resources.cpuQuota.has_value(),
          fmt::format("CPUQuota={}%", resources.cpuQuota.value_or(0) / 1000));
    limit("resources.cpuWeight", resources.cpuWeight.has_value(),
          fmt::format("CPUWeight={}", resources.cpuWeight.value_or(0)));
    if (spec.process.terminal)
        losses.add("process.terminal", "the command has the terminal on which it is started and no own one, so where "
                                       "the kernel allows TIOCSTI it can type commands there");
}

std::string lossComments(const std::vector<Loss> &losses)
{
    if (losses.empty())
        return {};
    std::string text = "#\n# Not in it, or not as the spec has it:\n";
    for (const Loss &loss : losses)
        text += fmt::format("#   {}\n", lossText(loss));
    return text;
}

std::string delimiterFor(std::string_view text, std::string word)
{
    const std::vector<std::string_view> lines = split(text, '\n');
    while (std::ranges::find(lines, word) != lines.end())
        word += '_';
    return word;
}

} // namespace pivotbench::core
