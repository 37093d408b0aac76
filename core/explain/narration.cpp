// SPDX-License-Identifier: Apache-2.0
#include "core/explain/narration.h"

#include "core/base/text.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace pivotbench::core {
namespace {

/// Which variants of a step's entries tell it, empty for the plain ones, and the values they may name.
struct Telling {
    std::string_view title = {};
    std::string_view why = {};
    std::string_view manual = {};
    WordValues values = {};
};

bool contains(const std::vector<Namespace> &namespaces, Namespace wanted)
{
    return std::ranges::find(namespaces, wanted) != namespaces.end();
}

std::string_view tree(bool recursive) { return recursive ? "tree" : ""; }

std::string_view number(std::size_t count) { return count == 0 ? "none" : count == 1 ? "one" : "many"; }

std::string entryKey(std::string_view kind, std::string_view entry, std::string_view variant)
{
    std::string key(kind);
    key += '.';
    key += entry;
    if (!variant.empty()) {
        key += '.';
        key += variant;
    }
    return key;
}

/// Chooses; the words it needs for values come from the same catalogue.
class Teller {
public:
    explicit Teller(const Catalogue &narration)
        : m_narration(narration)
    {
    }

    Telling operator()(const CreateProcess &o) const
    {
        const bool user = contains(o.namespaces, Namespace::User);
        const bool pid = contains(o.namespaces, Namespace::Pid);
        const std::string_view kind = user && pid ? "user-pid" : user ? "user" : pid ? "pid" : "";
        return {.title = o.namespaces.empty() ? "" : number(o.namespaces.size()),
                .why = kind,
                .manual = kind,
                .values = {{"namespaces", list(o.namespaces)}}};
    }
    Telling operator()(const DenySetgroups & /*o*/) const { return {}; }
    Telling operator()(const WriteIdMaps &o) const
    {
        const std::string_view by = o.byTools ? "tools" : "";
        return {.why = by, .manual = by};
    }
    Telling operator()(const EnterCgroup & /*o*/) const { return {}; }
    Telling operator()(const Unshare &o) const
    {
        const std::string_view kind = contains(o.namespaces, Namespace::Mount) ? "mount" : "";
        return {.title = o.namespaces.size() == 1 ? "one" : "many",
                .why = kind,
                .manual = kind,
                .values = {{"namespaces", list(o.namespaces)}}};
    }
    Telling operator()(const SetPropagation &o) const
    {
        const std::string_view type = propagationWord(o.change.propagation);
        return {
            .title = tree(o.change.recursive),
            .why = type,
            .values = {
                {"target", place(o.target)},
                {"propagation", m_narration.say(std::string("propagation.").append(type))},
                {"reach", m_narration.say(o.change.recursive ? "set-propagation.reach.tree" : "set-propagation.reach")},
            }};
    }
    Telling operator()(const MountFilesystem &o) const
    {
        const auto known = [&](std::string_view entry) {
            return m_narration.find(entryKey("mount-filesystem", entry, o.type)) ? std::string_view(o.type)
                                                                                 : std::string_view();
        };
        return {.why = known("why"),
                .manual = known("manual"),
                .values = {{"type", printable(o.type)}, {"target", place(o.target)}}};
    }
    Telling operator()(const MountOverlay &o) const
    {
        const std::size_t layers = o.lowers.size() + (o.upper.empty() ? 0 : 1);
        const bool isVolatile =
            std::ranges::find(o.parameters, "volatile", &FilesystemParameter::first) != o.parameters.end();
        return {.title = layers == 1 ? "one" : "many",
                .why = o.upper.empty() ? "read-only"
                       : isVolatile    ? "volatile"
                                       : "",
                .values = {{"layers", std::to_string(layers)}, {"target", place(o.target)}}};
    }
    Telling operator()(const BindMount &o) const
    {
        const std::string_view itself = o.source == o.target ? "itself" : "";
        return {.title = itself,
                .why = itself.empty() ? tree(o.recursive) : itself,
                .manual = itself,
                .values = {{"source", place(o.source)}, {"target", place(o.target)}}};
    }
    Telling operator()(const MoveMount &o) const
    {
        return {.values = {{"source", place(o.source)}, {"target", place(o.target)}}};
    }
    Telling operator()(const SetMountAttributes &o) const
    {
        std::vector<std::string> words = attributeWords(o.attributes);
        std::ranges::replace(words, std::string("ro"), m_narration.say("attribute.ro"));
        std::ranges::replace(words, std::string("rw"), m_narration.say("attribute.rw"));
        return {.title = tree(o.recursive),
                .why = tree(o.recursive),
                .values = {{"target", place(o.target)}, {"attributes", join(words, ", ")}}};
    }
    Telling operator()(const MaskPath &o) const { return {.values = {{"target", place(o.target)}}}; }
    Telling operator()(const MakeDirectory &o) const { return {.values = {{"target", place(o.target)}}}; }
    Telling operator()(const MakeMountPoint &o) const { return {.values = {{"target", place(o.target)}}}; }
    Telling operator()(const MakeDevice &o) const { return {.values = {{"target", place(o.target)}}}; }
    Telling operator()(const MakeSymlink &o) const
    {
        return {.values = {{"target", place(o.target)}, {"text", printable(o.pointsTo)}}};
    }
    Telling operator()(const WriteFile &o) const
    {
        const std::string_view copy = o.copyOf.empty() ? "" : "copy";
        return {.title = copy, .why = copy, .values = {{"source", printable(o.copyOf)}, {"target", place(o.target)}}};
    }
    Telling operator()(const SetHostname &o) const { return {.values = {{"name", printable(o.name)}}}; }
    Telling operator()(const SetDomainname &o) const { return {.values = {{"name", printable(o.name)}}}; }
    Telling operator()(const BringUpLoopback & /*o*/) const { return {}; }
    Telling operator()(const ChangeDirectory &o) const
    {
        const bool inside = o.target.base == Location::Base::Root;
        const std::string_view kind = !inside ? "" : o.target.path == "/" ? "inside" : "start";
        return {.why = kind, .manual = kind, .values = {{"target", place(o.target)}}};
    }
    Telling operator()(const PivotRoot &o) const
    {
        const std::string_view stacked = o.newRoot == o.putOld ? "stacked" : "";
        return {.why = stacked, .manual = stacked};
    }
    Telling operator()(const ChangeRoot & /*o*/) const { return {}; }
    Telling operator()(const Unmount &o) const
    {
        const std::string_view lazy = o.detach ? "lazy" : "";
        return {.title = o.path == "." ? "old-root" : lazy,
                .why = lazy,
                .manual = lazy,
                .values = {{"path", printable(o.path)}}};
    }
    Telling operator()(const RemoveDirectory &o) const { return {.values = {{"path", printable(o.path)}}}; }
    Telling operator()(const OpenTerminal & /*o*/) const { return {}; }
    Telling operator()(const SpawnPayload & /*o*/) const { return {}; }
    Telling operator()(const NewSession &o) const
    {
        const std::string_view terminal = o.controllingTerminal ? "terminal" : "";
        return {.title = terminal, .why = terminal};
    }
    Telling operator()(const SetResourceLimit &o) const { return {.values = {{"limit", printable(o.limit.type)}}}; }
    Telling operator()(const LimitCapabilities &o) const
    {
        return {.title = number(o.keep.size()), .values = {{"count", std::to_string(o.keep.size())}}};
    }
    Telling operator()(const SetIds &o) const
    {
        const std::string_view denied = o.setGroups ? "" : "groups-denied";
        return {.why = denied,
                .manual = denied,
                .values = {{"uid", std::to_string(o.uid)}, {"gid", std::to_string(o.gid)}}};
    }
    Telling operator()(const SetCapabilities &o) const
    {
        return {.title = number(o.keep.size()),
                .why = o.ambient ? "ambient" : "",
                .values = {{"count", std::to_string(o.keep.size())}}};
    }
    Telling operator()(const SetNoNewPrivileges & /*o*/) const { return {}; }
    Telling operator()(const InstallSeccomp & /*o*/) const { return {}; }
    Telling operator()(const Execute &o) const
    {
        if (o.args.empty())
            return {.title = "nothing"};
        return {.values = {{"program", printable(o.args.front())}}};
    }

private:
    [[nodiscard]] std::string place(const Location &location) const
    {
        if (location.base == Location::Base::NewRoot && location.path == "/")
            return m_narration.say("place.new-root");
        return printable(location.path);
    }

    /// "mount, UTS and network".
    [[nodiscard]] std::string list(const std::vector<Namespace> &namespaces) const
    {
        std::string out;
        for (std::size_t i = 0; i < namespaces.size(); ++i) {
            std::string next = m_narration.say(std::string("namespace.") + namespaceWord(namespaces[i]));
            if (i == 0)
                out = std::move(next);
            else
                out = m_narration.say(i + 1 == namespaces.size() ? "list.last" : "list.next",
                                      {{"before", out}, {"next", std::move(next)}});
        }
        return out;
    }

    const Catalogue &m_narration;
};

} // namespace

std::string titleOf(const Operation &operation, const Catalogue &narration)
{
    const Telling telling = std::visit(Teller(narration), operation);
    return narration.say(entryKey(operationWord(operation), "title", telling.title), telling.values);
}

Narration narrate(const Operation &operation, const Catalogue &narration)
{
    const Telling telling = std::visit(Teller(narration), operation);
    return {.why = narration.say(entryKey(operationWord(operation), "why", telling.why), telling.values),
            .manual = narration.say(entryKey(operationWord(operation), "manual", telling.manual))};
}

} // namespace pivotbench::core
