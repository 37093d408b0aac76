// SPDX-License-Identifier: Apache-2.0
#include "core/spec/mount_options.h"

#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace pivotbench::core {
namespace {

/// One on-or-off attribute: its bit, the word that sets it and the word that clears it.
struct Flag {
    std::uint64_t bit;
    std::string_view setWord;
    std::string_view clearWord;
    std::string_view constant;
};

constexpr Flag flags[] = {
    {mount_attr::readOnly, "ro", "rw", "MOUNT_ATTR_RDONLY"},
    {mount_attr::noSuid, "nosuid", "suid", "MOUNT_ATTR_NOSUID"},
    {mount_attr::noDev, "nodev", "dev", "MOUNT_ATTR_NODEV"},
    {mount_attr::noExec, "noexec", "exec", "MOUNT_ATTR_NOEXEC"},
    {mount_attr::noDirAtime, "nodiratime", "diratime", "MOUNT_ATTR_NODIRATIME"},
    {mount_attr::noSymFollow, "nosymfollow", "symfollow", "MOUNT_ATTR_NOSYMFOLLOW"},
};

constexpr std::pair<std::string_view, Propagation> propagations[] = {
    {"shared", Propagation::Shared},
    {"slave", Propagation::Slave},
    {"private", Propagation::Private},
    {"unbindable", Propagation::Unbindable},
};

bool applyFlag(MountAttributes &attributes, std::string_view word)
{
    for (const Flag &flag : flags) {
        if (word == flag.setWord) {
            attributes.set |= flag.bit;
            attributes.clear &= ~flag.bit;
            return true;
        }
        if (word == flag.clearWord) {
            attributes.set &= ~flag.bit;
            attributes.clear |= flag.bit;
            return true;
        }
    }
    return false;
}

/// Access times are one field with three values, and mount_setattr(2) takes a new value only together with clearing the
/// whole field. The negated words take back their own value and leave the other one, as in mount(8).
bool applyAtime(MountAttributes &attributes, std::string_view word)
{
    const auto choose = [&](std::uint64_t value) {
        attributes.set = (attributes.set & ~mount_attr::atimeMask) | value;
        attributes.clear |= mount_attr::atimeMask;
        return true;
    };
    const std::uint64_t present = attributes.set & mount_attr::atimeMask;
    if (word == "noatime")
        return choose(mount_attr::noAtime);
    if (word == "strictatime")
        return choose(mount_attr::strictAtime);
    if (word == "relatime")
        return choose(0);
    if (word == "atime")
        return choose(present == mount_attr::noAtime ? 0 : present);
    if (word == "nostrictatime")
        return choose(present == mount_attr::strictAtime ? 0 : present);
    return word == "norelatime"; // the kernel's own choice, and there is none but relatime
}

bool applyAttribute(MountAttributes &attributes, std::string_view word)
{
    return applyFlag(attributes, word) || applyAtime(attributes, word);
}

std::optional<PropagationChange> propagationOf(std::string_view word)
{
    for (const auto &[name, propagation] : propagations) {
        if (word == name)
            return PropagationChange{propagation, false};
        if (word.starts_with('r') && word.substr(1) == name)
            return PropagationChange{propagation, true};
    }
    return std::nullopt;
}

/// Words of mount(8) that ask for nothing: the absence of options, and how noisy mount(2) was in old kernels.
bool saysNothing(std::string_view word) { return word == "defaults" || word == "silent" || word == "loud"; }

Status applyPropagation(MountOptions &options, const PropagationChange &change, std::string_view word)
{
    if (options.propagation && *options.propagation != change)
        return failure("options", fmt::format("\"{}\" contradicts \"{}{}\", which is in the same list", word,
                                              options.propagation->recursive ? "r" : "",
                                              propagationWord(options.propagation->propagation)));
    options.propagation = change;
    return {};
}

Status applyBind(MountOptions &options, bool recursive)
{
    if (options.bind && options.recursiveBind != recursive)
        return failure("options", "\"bind\" and \"rbind\" are in the same list, and only one can be meant");
    options.bind = true;
    options.recursiveBind = recursive;
    return {};
}

Status applyWord(MountOptions &options, std::string_view word)
{
    if (word.empty())
        return failure("options", "there is an empty word among the options");
    if (word == "remount")
        return failure("options", "\"remount\" changes a mount that exists, and every mount of a sandbox is new");
    if (word == "bind" || word == "rbind")
        return applyBind(options, word == "rbind");
    if (const auto change = propagationOf(word))
        return applyPropagation(options, *change, word);
    if (saysNothing(word) || applyAttribute(options.attributes, word) ||
        (word.starts_with('r') && applyAttribute(options.recursiveAttributes, word.substr(1))))
        return {};
    const std::size_t equals = word.find('=');
    if (equals == 0)
        return failure("options", fmt::format("\"{}\" has no name before its \"=\"", printable(word)));
    options.parameters.emplace_back(word.substr(0, equals),
                                    equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1));
    return {};
}

} // namespace

Result<MountOptions> parseMountOptions(const std::vector<std::string> &words)
{
    MountOptions options;
    for (const std::string &word : words)
        if (Status status = applyWord(options, word); !status)
            return std::unexpected(std::move(status.error()));
    return options;
}

std::vector<std::string> attributeWords(const MountAttributes &attributes)
{
    std::vector<std::string> words;
    for (const Flag &flag : flags) {
        if (attributes.set & flag.bit)
            words.emplace_back(flag.setWord);
        else if (attributes.clear & flag.bit)
            words.emplace_back(flag.clearWord);
    }
    const std::uint64_t atime = attributes.set & mount_attr::atimeMask;
    if (atime == mount_attr::noAtime)
        words.emplace_back("noatime");
    else if (atime == mount_attr::strictAtime)
        words.emplace_back("strictatime");
    else if (attributes.clear & mount_attr::atimeMask)
        words.emplace_back("relatime");
    return words;
}

std::string attributeConstants(std::uint64_t bits)
{
    std::vector<std::string> constants;
    for (const Flag &flag : flags)
        if (bits & flag.bit)
            constants.emplace_back(flag.constant);
    switch (bits & mount_attr::atimeMask) {
    case 0: break;
    case mount_attr::noAtime: constants.emplace_back("MOUNT_ATTR_NOATIME"); break;
    case mount_attr::strictAtime: constants.emplace_back("MOUNT_ATTR_STRICTATIME"); break;
    default: constants.emplace_back("MOUNT_ATTR__ATIME"); break;
    }
    return constants.empty() ? "0" : join(constants, " | ");
}

std::string_view propagationWord(Propagation propagation)
{
    const auto *found = std::ranges::find(propagations, propagation, [](const auto &entry) { return entry.second; });
    return found != std::end(propagations) ? found->first : std::string_view();
}

} // namespace pivotbench::core
