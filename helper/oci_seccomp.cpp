// SPDX-License-Identifier: Apache-2.0
#include "helper/oci_seccomp.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/base/unique_fd.h"
#include "helper/syscall_numbers.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <linux/seccomp.h>
#include <memory>
#include <seccomp.h>
#include <set>
#include <span>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pivotbench::helper {
namespace {

using core::JsonValue;
using core::ObjectReader;
using core::Result;
using core::Status;

// Real profiles have some 400 names in 30 entries. libseccomp's work grows faster than the number of rules.
constexpr core::JsonLimits jsonLimits{.maxBytes = 256 * 1024, .maxDepth = 8, .maxValues = 16 * 1024};
constexpr std::size_t maxRules = 2048;
constexpr std::size_t maxArguments = 12;
constexpr std::uint16_t maxErrno = 4095; // MAX_ERRNO: the kernel cuts larger ones

constexpr std::pair<std::string_view, std::uint32_t> actionWords[] = {
    {"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD},
    {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
    {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
    {"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
    {"SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0)},
    {"SCMP_ACT_TRACE", SCMP_ACT_TRACE(0)},
    {"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
    {"SCMP_ACT_LOG", SCMP_ACT_LOG},
    {"SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY},
};

constexpr std::pair<std::string_view, scmp_compare> operatorWords[] = {
    {"SCMP_CMP_NE", SCMP_CMP_NE},
    {"SCMP_CMP_LT", SCMP_CMP_LT},
    {"SCMP_CMP_LE", SCMP_CMP_LE},
    {"SCMP_CMP_EQ", SCMP_CMP_EQ},
    {"SCMP_CMP_GE", SCMP_CMP_GE},
    {"SCMP_CMP_GT", SCMP_CMP_GT},
    {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
};

constexpr std::pair<std::string_view, std::uint32_t> architectureWords[] = {
    {"SCMP_ARCH_X86", SCMP_ARCH_X86},
    {"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64},
    {"SCMP_ARCH_X32", SCMP_ARCH_X32},
    {"SCMP_ARCH_ARM", SCMP_ARCH_ARM},
    {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64},
    {"SCMP_ARCH_LOONGARCH64", 0}, // words of the specification that libseccomp 2.5.4 has no constant for
    {"SCMP_ARCH_M68K", 0},
    {"SCMP_ARCH_MIPS", SCMP_ARCH_MIPS},
    {"SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64},
    {"SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32},
    {"SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL},
    {"SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64},
    {"SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32},
    {"SCMP_ARCH_PPC", SCMP_ARCH_PPC},
    {"SCMP_ARCH_PPC64", SCMP_ARCH_PPC64},
    {"SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE},
    {"SCMP_ARCH_S390", SCMP_ARCH_S390},
    {"SCMP_ARCH_S390X", SCMP_ARCH_S390X},
    {"SCMP_ARCH_SH", 0},
    {"SCMP_ARCH_SHEB", 0},
    {"SCMP_ARCH_PARISC", SCMP_ARCH_PARISC},
    {"SCMP_ARCH_PARISC64", SCMP_ARCH_PARISC64},
    {"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64},
};

// TSYNC is for threads, of which a builder has none; it is honoured by doing nothing.
constexpr std::pair<std::string_view, unsigned> flagWords[] = {
    {"SECCOMP_FILTER_FLAG_TSYNC", 0},
    {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
};

struct Rule {
    std::vector<std::string> names;
    std::uint32_t action = 0;
    std::vector<scmp_arg_cmp> arguments;
};

struct Profile {
    std::uint32_t defaultAction = 0;
    std::vector<std::uint32_t> architectures; ///< absent in the file: empty
    unsigned flags = 0;
    std::vector<Rule> rules;
};

/// An action and the number that belongs to it. The specification's default for the number is EPERM.
std::uint32_t readAction(ObjectReader &reader, std::string_view actionKey, std::string_view errnoKey)
{
    std::uint32_t action = 0;
    std::uint16_t errnum = EPERM;
    reader.require(actionKey).read(actionKey, action, actionWords);
    const bool given = reader.read(errnoKey, errnum, std::uint16_t{0}, maxErrno);
    if (action == SCMP_ACT_NOTIFY)
        reader.fail(actionKey, "is SCMP_ACT_NOTIFY, which needs a listening agent and is not supported");
    if (action == SCMP_ACT_ERRNO(0))
        return SCMP_ACT_ERRNO(errnum);
    if (action == SCMP_ACT_TRACE(0))
        return SCMP_ACT_TRACE(errnum);
    if (given)
        reader.fail(errnoKey, "has no meaning for this action, only for SCMP_ACT_ERRNO and SCMP_ACT_TRACE");
    return action;
}

Result<scmp_arg_cmp> readArgument(const JsonValue &value, std::string field)
{
    ObjectReader reader(value, std::move(field));
    scmp_arg_cmp out{};
    reader.require("index").read("index", out.arg, 0U, 5U);
    reader.require("value").read("value", out.datum_a);
    reader.read("valueTwo", out.datum_b);
    reader.require("op").read("op", out.op, operatorWords);
    if (out.op != SCMP_CMP_MASKED_EQ && out.datum_b != 0)
        reader.fail("valueTwo", "has no meaning for this operator, only for SCMP_CMP_MASKED_EQ");
    if (const Status status = reader.finish(); !status)
        return std::unexpected(status.error());
    return out;
}

Result<Rule> readRule(const JsonValue &value, std::string field)
{
    ObjectReader reader(value, std::move(field));
    Rule rule;
    reader.require("names").read("names", rule.names);
    if (rule.names.empty())
        reader.fail("names", "must name at least one system call");
    rule.action = readAction(reader, "action", "errnoRet");
    if (const auto *arguments = reader.children("args")) {
        if (arguments->size() > maxArguments)
            reader.fail("args", fmt::format("has {} conditions; the limit is {}", arguments->size(), maxArguments));
        for (std::size_t i = 0; i < arguments->size() && i < maxArguments; ++i) {
            const auto argument = readArgument((*arguments)[i], reader.fieldName("args", i));
            if (!argument) {
                reader.fail(argument.error());
                break;
            }
            rule.arguments.push_back(*argument);
        }
    }
    if (const Status status = reader.finish(); !status)
        return std::unexpected(status.error());
    return rule;
}

/// A list of words out of a table; `field` names it in errors.
template <typename T, std::size_t N>
std::vector<T> readWords(ObjectReader &reader, std::string_view key, const std::pair<std::string_view, T> (&table)[N])
{
    std::vector<std::string> words;
    std::vector<T> out;
    reader.read(key, words);
    for (const std::string &word : words) {
        const auto found = std::ranges::find(table, word, &std::pair<std::string_view, T>::first);
        if (found == std::end(table)) {
            reader.fail(key, fmt::format("has \"{}\", which is not supported", word));
            break;
        }
        out.push_back(found->second);
    }
    return out;
}

Result<Profile> decode(std::string_view json)
{
    const auto tree = core::parseJson(json, jsonLimits);
    if (!tree)
        return std::unexpected(tree.error());
    ObjectReader reader(*tree, {});
    Profile profile;
    profile.defaultAction = readAction(reader, "defaultAction", "defaultErrnoRet");
    profile.architectures = readWords(reader, "architectures", architectureWords);
    for (const unsigned flag : readWords(reader, "flags", flagWords))
        profile.flags |= flag;
    std::size_t count = 0;
    if (const auto *rules = reader.children("syscalls")) {
        for (std::size_t i = 0; i < rules->size(); ++i) {
            auto rule = readRule((*rules)[i], reader.fieldName("syscalls", i));
            if (!rule) {
                reader.fail(rule.error());
                break;
            }
            count += rule->names.size() * std::max<std::size_t>(1, rule->arguments.size());
            if (count > maxRules) {
                reader.fail("syscalls", fmt::format("has more than {} rules", maxRules));
                break;
            }
            profile.rules.push_back(*std::move(rule));
        }
    }
    if (const Status status = reader.finish(); !status)
        return std::unexpected(status.error());
    return profile;
}

struct Release {
    void operator()(void *context) const { seccomp_release(context); }
};
using Context = std::unique_ptr<void, Release>;

/// libseccomp returns a negative errno.
Status checked(int result, std::string what)
{
    if (result < 0)
        return core::systemError(std::move(what), -result);
    return {};
}

Status addRule(scmp_filter_ctx context, const Rule &rule, const std::string &name, int number)
{
    const auto add = [&](std::span<const scmp_arg_cmp> arguments) {
        const int result = seccomp_rule_add_exact_array(context, rule.action, number,
                                                        static_cast<unsigned>(arguments.size()), arguments.data());
        // An identical rule a second time, as profiles have for several kernels, is no fault.
        return result == -EEXIST ? Status{} : checked(result, fmt::format("cannot add a rule for {}", name));
    };
    // All conditions of an entry have to hold. A filter compares an argument once, so an entry with two conditions on
    // the same argument is taken as alternatives; that is what runc and crun do, and published profiles count on it.
    std::set<unsigned> indexes;
    for (const scmp_arg_cmp &argument : rule.arguments)
        indexes.insert(argument.arg);
    if (indexes.size() == rule.arguments.size())
        return add(rule.arguments);
    for (const scmp_arg_cmp &argument : rule.arguments) {
        if (const Status status = add({&argument, 1}); !status)
            return status;
    }
    return {};
}

Result<std::vector<sock_filter>> exportProgram(scmp_filter_ctx context)
{
    const core::UniqueFd file(memfd_create("seccomp", MFD_CLOEXEC));
    if (!file)
        return core::systemError("cannot make a memory file for the filter", errno);
    if (const Status status = checked(seccomp_export_bpf(context, file.get()), "cannot compile the filter"); !status)
        return std::unexpected(status.error());
    struct stat info{};
    if (fstat(file.get(), &info) != 0)
        return core::systemError("cannot read the filter", errno);
    std::vector<sock_filter> program(static_cast<std::size_t>(info.st_size) / sizeof(sock_filter));
    if (program.size() > BPF_MAXINSNS)
        return core::failure("seccomp.size",
                             fmt::format("the profile needs {} instructions; the kernel takes {}", program.size(),
                                         static_cast<int>(BPF_MAXINSNS)),
                             {}, "join entries, or use fewer conditions on arguments");
    const auto size = static_cast<ssize_t>(program.size() * sizeof(sock_filter));
    if (pread(file.get(), program.data(), static_cast<std::size_t>(size), 0) != size)
        return core::systemError("cannot read the filter", errno);
    return program;
}

} // namespace

Result<OciSeccomp> compileOciSeccomp(std::string_view json)
{
    const auto profile = decode(json);
    if (!profile)
        return std::unexpected(profile.error());

    const Context context(seccomp_init(profile->defaultAction));
    if (!context)
        return core::failure("seccomp.compile", "libseccomp refuses the default action");
    // Calls of other ABIs get an answer, not a death; sorted numbers make the binary tree.
    const std::pair<scmp_filter_attr, std::uint32_t> attributes[] = {
        {SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)},
        {SCMP_FLTATR_CTL_OPTIMIZE, 2},
    };
    for (const auto &[attribute, value] : attributes) {
        if (const Status status = checked(seccomp_attr_set(context.get(), attribute, value), "seccomp_attr_set");
            !status)
            return std::unexpected(status.error());
    }

    std::vector<std::string> notes;
    const std::uint32_t native = seccomp_arch_native();
    const auto others = std::ranges::count_if(profile->architectures, [native](auto arch) { return arch != native; });
    if (others > 0)
        notes.push_back(
            fmt::format("the filter is for the native architecture alone; {} other{} of the profile {} left "
                        "out, and their calls fail with ENOSYS",
                        others, others == 1 ? "" : "s", others == 1 ? "is" : "are"));
    std::set<std::string> unknown;
    for (const Rule &rule : profile->rules) {
        if (rule.action == profile->defaultAction)
            continue; // says nothing new, and libseccomp refuses it
        for (const std::string &name : rule.names) {
            const SyscallLookup call = lookUpSyscall(name);
            if (!call.known)
                unknown.insert(core::printable(name));
            if (!call.exists)
                continue;
            if (const Status status = addRule(context.get(), rule, name, static_cast<int>(call.number)); !status)
                return core::wrap(status.error(), "compiling the seccomp profile");
        }
    }
    if (!unknown.empty())
        notes.push_back(fmt::format("no such system call is known, so the default action applies: {}",
                                    core::join({unknown.begin(), unknown.end()}, ", ")));

    auto program = exportProgram(context.get());
    if (!program)
        return core::wrap(program.error(), "compiling the seccomp profile");
    return OciSeccomp{SeccompFilter(*std::move(program), profile->flags), std::move(notes)};
}

} // namespace pivotbench::helper
