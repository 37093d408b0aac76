// SPDX-License-Identifier: Apache-2.0
#include "core/spec/validation.h"

#include "core/base/text.h"

#include <fmt/format.h>

namespace pivotbench::core {
namespace {

constexpr std::size_t maxHostnameBytes = 64; ///< __NEW_UTS_LEN, sethostname(2)
constexpr std::size_t maxTextBytes = std::size_t{64} * 1024;

bool isHostname(std::string_view name)
{
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    return name.find_first_not_of(allowed) == std::string_view::npos && !name.starts_with('-') &&
           !name.starts_with('.');
}

struct NameFindings {
    FindingId tooLong;
    FindingId invalid;
    FindingId needsNamespace;
};

void checkUtsName(const Examined &examined, const char *field, std::string_view name, const NameFindings &ids,
                  Findings &findings)
{
    if (name.empty())
        return;
    if (name.size() > maxHostnameBytes)
        findings.add(ids.tooLong, field,
                     fmt::format("it has {} bytes; the kernel takes {}: EINVAL", name.size(), maxHostnameBytes),
                     "shorten it");
    if (!isHostname(name))
        findings.add(ids.invalid, field,
                     fmt::format("\"{}\" is no host name; prompts, logs and /etc/hosts would show or split it wrongly",
                                 printable(name)),
                     "use letters, digits, \"-\", \"_\" and \".\"");
    if (examined.spec.namespaces.uts == NamespaceChoice::Host)
        findings.add(ids.needsNamespace, field,
                     "without a UTS namespace of its own, setting it would rename the machine",
                     fmt::format("choose \"namespaces\": {{\"uts\": \"new\"}}, or leave {} empty", field));
}

void checkInjected(const InjectedFile &file, const std::string &field, const char *path, Findings &findings)
{
    if (file.mode != FileInjection::Text && !file.text.empty())
        findings.add("files.text.unused", field + ".text", "a text is given, but the mode does not use it",
                     "choose \"mode\": \"text\", or remove the text");
    if (file.text.size() > maxTextBytes)
        findings.add("files.text.long", field + ".text",
                     fmt::format("the text has {} bytes; the limit is {}", file.text.size(), maxTextBytes),
                     "put it into a file and bind that");
    if (file.mode == FileInjection::Bind)
        findings.add(
            "files.bind", field + ".mode",
            fmt::format(
                "the file {} itself is bound, not its name: an edit in place is seen inside, but a program that "
                "writes a new file and renames it leaves the old one bound",
                path),
            "choose \"copy\" when it need not follow changes");
    if (file.mode == FileInjection::BindWritable)
        findings.add(
            "files.bind-writable", field + ".mode",
            fmt::format("what the sandbox writes to {} is written to the machine's own file, as far as your rights go",
                        path),
            "choose \"bind\" or \"copy\"");
}

void checkPathList(const std::vector<std::string> &paths, const char *field, Findings &findings)
{
    for (std::size_t i = 0; i < paths.size(); ++i)
        checkPath(fmt::format("{}[{}]", field, i), paths[i], findings);
}

} // namespace

void checkFiles(const Examined &examined, Findings &findings)
{
    const SandboxSpec &spec = examined.spec;
    checkUtsName(examined, "hostname", spec.hostname, {"hostname.long", "hostname.invalid", "hostname.namespace"},
                 findings);
    checkUtsName(examined, "domainname", spec.domainname,
                 {"domainname.long", "domainname.invalid", "domainname.namespace"}, findings);
    checkInjected(spec.files.resolvConf, "files.resolvConf", "/etc/resolv.conf", findings);
    checkInjected(spec.files.hosts, "files.hosts", "/etc/hosts", findings);
    checkInjected(spec.files.hostnameFile, "files.hostnameFile", "/etc/hostname", findings);
    const InjectedFile &hostnameFile = spec.files.hostnameFile;
    if (hostnameFile.mode == FileInjection::Text && hostnameFile.text.empty() && spec.hostname.empty())
        findings.add("files.hostnameFile.empty", "files.hostnameFile",
                     "/etc/hostname is to hold the spec's host name, and there is none, so it would be an empty line",
                     "write hostname, or a text");
    checkPathList(spec.maskedPaths, "maskedPaths", findings);
    checkPathList(spec.readonlyPaths, "readonlyPaths", findings);
    for (std::size_t i = 0; i < spec.maskedPaths.size(); ++i)
        if (!spec.maskedPaths[i].empty() && normalPath(spec.maskedPaths[i]) == "/")
            findings.add("maskedPaths.root", fmt::format("maskedPaths[{}]", i),
                         "hiding \"/\" would hide the whole sandbox from itself",
                         "name the directory or file that is to be hidden");
}

} // namespace pivotbench::core
