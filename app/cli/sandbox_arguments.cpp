// SPDX-License-Identifier: Apache-2.0
#include "app/cli/sandbox_arguments.h"

#include "app/cli/command.h"
#include "core/base/text.h"
#include "core/preset/presets.h"
#include "core/spec/default_paths.h"
#include "core/spec/environment.h"
#include "core/spec/spec_json.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

namespace {

/// Enough for a shell and for programs that look for the usual names. Nothing of the caller's environment gets in.
const std::vector<std::string> &usualEnvironment()
{
    static const std::vector<std::string> environment{
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "TERM=xterm-256color"};
    return environment;
}

std::string absolute(const std::string &path)
{
    if (path.empty() || path.front() == '/')
        return path;
    char here[4096];
    if (!::getcwd(here, sizeof here))
        return path;
    return path == "." ? std::string(here) : fmt::format("{}/{}", here, path);
}

Result<std::uint64_t> bytesOf(const std::string &text)
{
    std::uint64_t value = 0;
    const char *end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
    static constexpr std::pair<std::string_view, unsigned> units[] = {{"", 0},   {"k", 10}, {"K", 10}, {"m", 20},
                                                                      {"M", 20}, {"g", 30}, {"G", 30}};
    if (error == std::errc())
        for (const auto &[word, shift] : units)
            if (unit == word && (value << shift) >> shift == value)
                return value << shift;
    return failure("arguments", fmt::format("\"{}\" is no size", text), {},
                   "write a number, or one with k, M or G behind it");
}

template <typename Enum, std::size_t N>
Status choose(const std::string &word, const char *option, Enum &out,
              const std::pair<std::string_view, Enum> (&table)[N])
{
    if (word.empty())
        return {};
    std::string words;
    for (const auto &[name, value] : table) {
        if (name == word) {
            out = value;
            return {};
        }
        words += fmt::format("{}{}", words.empty() ? "" : ", ", name);
    }
    return failure("arguments", fmt::format("{} cannot be \"{}\"", option, word), {}, "choose one of: " + words);
}

/// "SRC:DST[:ro,…]"; a colon in a path is written "\:".
Result<MountSpec> bindOf(const std::string &text)
{
    std::vector<std::string> parts(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ':')
            parts.back() += text[++i];
        else if (text[i] == ':')
            parts.emplace_back();
        else
            parts.back() += text[i];
    }
    if (parts.size() < 2 || parts.size() > 3 || parts[0].empty() || parts[1].empty())
        return failure("arguments", fmt::format("--bind cannot read \"{}\"", text), {},
                       "write it as SRC:DST or SRC:DST:ro,nosuid");
    MountSpec mount{.destination = parts[1], .type = "bind", .source = absolute(parts[0]), .options = {"rbind"}};
    if (parts.size() == 3)
        for (const std::string_view option : split(parts[2], ','))
            mount.options.emplace_back(option);
    // A bind is recursive unless it says otherwise; "bind" among the options does.
    if (std::ranges::count(mount.options, "bind") > 0)
        mount.options.erase(mount.options.begin());
    return mount;
}

} // namespace

void SandboxArguments::addTo(CLI::App &app)
{
    app.add_option("SPEC", m_spec, "a .pbox file or the name of a preset (\"pivotctl presets\" lists them)");
    app.add_option("--rootfs", m_rootfs, "use this directory as the only layer of the root")->type_name("DIR");
    app.add_option("--layer", m_layers, "add a layer, topmost first; may be repeated")
        ->type_name("DIR")
        ->expected(1)
        ->take_all();
    app.add_option("--writable", m_writable,
                   "where changes go: discard (gone with the sandbox), keep (a named layer), none (read-only), direct "
                   "(into the "
                   "one layer itself)")
        ->type_name("HOW");
    app.add_option("--keep-name", m_keepName, "name of the kept layer, with --writable keep")->type_name("NAME");
    app.add_option("--bind", m_binds, "show a host file or directory at DST, live; options: ro, nosuid, noexec, …")
        ->type_name("SRC:DST[:ro,…]")
        ->expected(1)
        ->take_all();
    app.add_option("--tmpfs", m_tmpfs, "an empty file system in memory at DST")
        ->type_name("DST")
        ->expected(1)
        ->take_all();
    app.add_option("--hostname", m_hostname, "the sandbox's host name")->type_name("NAME");
    app.add_option("--net", m_network, "none (only loopback) or host")->type_name("WHICH");
    app.add_option("--env", m_env, "an environment variable; nothing of yours is passed on by itself")
        ->type_name("K=V")
        ->expected(1)
        ->take_all();
    app.add_option("--cwd", m_cwd, "where the command begins")->type_name("DIR");
    app.add_option("--switch-root", m_switchRoot, "pivot_root, pivot_root_dot, chroot or none")->type_name("HOW");
    app.add_option("--userns", m_userNamespace, "user namespace: auto, new or host")->type_name("WHICH");
    app.add_option("--ids", m_ids, "id map: auto (with your subordinate ids) or single (your id alone)")
        ->type_name("WHICH");
    app.add_option("--memory", m_memory, "limit of memory (cgroup v2), such as 512M")->type_name("SIZE");
    app.add_option("--pids", m_pids, "limit of processes (cgroup v2)")->type_name("N");
    app.add_option("--name", name, "name of the sandbox")->type_name("N");
    app.add_flag("-t,--terminal", m_terminal, "with a terminal of the sandbox's own; the default on a terminal");
    app.add_flag("-T,--no-terminal", m_noTerminal, "without one: pass the standard streams on");
    app.add_flag("-q,--quiet", quiet, "say nothing about unsafe choices");
}

bool SandboxArguments::rootGiven(const std::vector<std::string> &args)
{
    return std::ranges::any_of(args, [](const std::string &arg) {
        return arg == "--rootfs" || arg == "--layer" || arg.starts_with("--rootfs=") || arg.starts_with("--layer=");
    });
}

Result<SandboxSpec> SandboxArguments::base() const
{
    if (!m_spec.empty()) {
        if (m_spec.find('/') != std::string::npos || m_spec.ends_with(".pbox"))
            return loadSpec(m_spec);
        Result<SandboxSpec> preset = findPreset(m_spec);
        if (preset || ::access(m_spec.c_str(), F_OK) != 0)
            return preset;
        return loadSpec(m_spec);
    }
    if (m_rootfs.empty() && m_layers.empty())
        return failure("arguments", "no root was given", {},
                       "name a preset (\"pivotctl presets\"), a .pbox file, or a directory with --rootfs");
    SandboxSpec spec;
    spec.name = "sandbox";
    spec.maskedPaths = defaultMaskedPaths();
    spec.readonlyPaths = defaultReadonlyPaths();
    spec.process.env = usualEnvironment();
    spec.process.args = {"/bin/sh"};
    return spec;
}

Status SandboxArguments::apply(SandboxSpec &spec) const
{
    if (!m_rootfs.empty() && !m_layers.empty())
        return failure("arguments", "--rootfs and --layer exclude each other");
    if (!m_rootfs.empty())
        spec.root.layers = {Layer{.path = absolute(m_rootfs), .builtin = {}}};
    if (!m_layers.empty()) {
        spec.root.layers.clear();
        for (const std::string &layer : m_layers)
            spec.root.layers.push_back({.path = absolute(layer), .builtin = {}});
    }
    static constexpr std::pair<std::string_view, Writable> writables[] = {{"discard", Writable::Discard},
                                                                          {"keep", Writable::Keep},
                                                                          {"none", Writable::None},
                                                                          {"direct", Writable::Direct}};
    static constexpr std::pair<std::string_view, NetworkChoice> networks[] = {{"none", NetworkChoice::None},
                                                                              {"host", NetworkChoice::Host}};
    static constexpr std::pair<std::string_view, SwitchRoot> switches[] = {{"pivot_root", SwitchRoot::PivotRoot},
                                                                           {"pivot_root_dot", SwitchRoot::PivotRootDot},
                                                                           {"chroot", SwitchRoot::Chroot},
                                                                           {"none", SwitchRoot::None}};
    static constexpr std::pair<std::string_view, UserNamespaceChoice> users[] = {
        {"auto", UserNamespaceChoice::Auto}, {"new", UserNamespaceChoice::New}, {"host", UserNamespaceChoice::Host}};
    static constexpr std::pair<std::string_view, IdMapMode> maps[] = {{"auto", IdMapMode::Auto},
                                                                      {"single", IdMapMode::Single}};
    for (const Status &chosen : {choose(m_writable, "--writable", spec.root.writable, writables),
                                 choose(m_network, "--net", spec.namespaces.network, networks),
                                 choose(m_switchRoot, "--switch-root", spec.root.switchRoot, switches),
                                 choose(m_userNamespace, "--userns", spec.namespaces.user, users),
                                 choose(m_ids, "--ids", spec.idMaps.mode, maps)})
        if (!chosen)
            return chosen;
    // A fresh sysfs needs a network namespace of one's own; asking for the host's network means its view of /sys as
    // well.
    if (m_network == "host" && (spec.sys == SysPolicy::ReadOnly || spec.sys == SysPolicy::Private))
        spec.sys = SysPolicy::Masked;
    if (!m_keepName.empty())
        spec.root.keepName = m_keepName;
    // First the empty file systems, so that a bind can go into one.
    for (const std::string &destination : m_tmpfs)
        spec.mounts.push_back(
            {.destination = destination, .type = "tmpfs", .source = "tmpfs", .options = {"nosuid", "nodev"}});
    for (const std::string &text : m_binds) {
        Result<MountSpec> mount = bindOf(text);
        if (!mount)
            return std::unexpected(mount.error());
        spec.mounts.push_back(std::move(*mount));
    }
    if (!m_hostname.empty())
        spec.hostname = m_hostname;
    for (const std::string &variable : m_env)
        setVariable(spec.process.env, variable);
    if (!m_cwd.empty())
        spec.process.cwd = m_cwd;
    if (m_pids != 0)
        spec.resources.pids = m_pids;
    if (!m_memory.empty()) {
        Result<std::uint64_t> bytes = bytesOf(m_memory);
        if (!bytes)
            return std::unexpected(bytes.error());
        spec.resources.memoryBytes = *bytes;
    }
    return {};
}

Result<SandboxSpec> SandboxArguments::spec(bool terminal, const std::vector<std::string> &command) const
{
    Result<SandboxSpec> spec = base();
    if (!spec)
        return spec;
    if (Status applied = apply(*spec); !applied)
        return std::unexpected(applied.error());
    if (m_terminal && m_noTerminal)
        return failure("arguments", "-t and -T exclude each other");
    // Without devpts there is no terminal to be had; on a terminal the streams are passed on then.
    const bool possible = spec->dev.policy == DevPolicy::Minimal;
    spec->process.terminal = m_terminal || (terminal && possible && !m_noTerminal);
    if (!command.empty())
        spec->process.args = command;
    return spec;
}

SplitArguments splitCommand(const CLI::App &app, const std::vector<std::string> &args, std::size_t positionals)
{
    SplitArguments split;
    for (std::size_t i = 0; i < args.size(); ++i) {
        const std::string &arg = args[i];
        if (arg == "--") {
            split.command.assign(args.begin() + static_cast<std::ptrdiff_t>(i) + 1, args.end());
            return split;
        }
        if (arg.size() > 1 && arg.front() == '-') {
            split.own.push_back(arg);
            const CLI::Option *option = arg.find('=') == std::string::npos ? app.get_option_no_throw(arg) : nullptr;
            if (option && option->get_items_expected_max() > 0 && i + 1 < args.size())
                split.own.push_back(args[++i]);
        } else if (positionals > 0) {
            --positionals;
            split.own.push_back(arg);
        } else {
            split.command.assign(args.begin() + static_cast<std::ptrdiff_t>(i), args.end());
            return split;
        }
    }
    return split;
}

std::optional<int> parseArguments(CLI::App &app, std::vector<std::string> args)
{
    app.option_defaults()->always_capture_default(false);
    std::ranges::reverse(args); // as CLI11 wants them
    try {
        app.parse(std::move(args));
    } catch (const CLI::CallForHelp &) {
        print(app.help());
        return 0;
    } catch (const CLI::ParseError &error) {
        return report(Error{.code = "arguments", .what = error.what(), .hint = "try --help"});
    }
    return std::nullopt;
}

} // namespace pivotbench::app::cli
