// SPDX-License-Identifier: Apache-2.0
#include "core/plan/plan_json.h"

#include "core/base/json.h"

#include <algorithm>
#include <concepts>
#include <fmt/format.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace pivotbench::core {
namespace {

using nlohmann::ordered_json;

// The words of enumerators --------------------------------------------------------------------------------------------

const std::pair<std::string_view, Namespace> namespaceWords[] = {
    {namespaceWord(Namespace::User), Namespace::User},     {namespaceWord(Namespace::Mount), Namespace::Mount},
    {namespaceWord(Namespace::Pid), Namespace::Pid},       {namespaceWord(Namespace::Uts), Namespace::Uts},
    {namespaceWord(Namespace::Ipc), Namespace::Ipc},       {namespaceWord(Namespace::Network), Namespace::Network},
    {namespaceWord(Namespace::Cgroup), Namespace::Cgroup}, {namespaceWord(Namespace::Time), Namespace::Time},
};
const std::pair<std::string_view, Phase> phaseWords[] = {
    {phaseWord(Phase::Namespaces), Phase::Namespaces},
    {phaseWord(Phase::Root), Phase::Root},
    {phaseWord(Phase::Filesystems), Phase::Filesystems},
    {phaseWord(Phase::Mounts), Phase::Mounts},
    {phaseWord(Phase::Configuration), Phase::Configuration},
    {phaseWord(Phase::Switch), Phase::Switch},
    {phaseWord(Phase::Hardening), Phase::Hardening},
    {phaseWord(Phase::Process), Phase::Process},
    {phaseWord(Phase::WhatIf), Phase::WhatIf},
};
constexpr std::pair<std::string_view, Location::Base> baseWords[] = {
    {"host", Location::Base::Host}, {"new-root", Location::Base::NewRoot}, {"root", Location::Base::Root}};
constexpr std::pair<std::string_view, Propagation> propagationWords[] = {{"shared", Propagation::Shared},
                                                                         {"slave", Propagation::Slave},
                                                                         {"private", Propagation::Private},
                                                                         {"unbindable", Propagation::Unbindable}};
constexpr std::pair<std::string_view, SeccompChoice> seccompWords[] = {
    {"default", SeccompChoice::Default}, {"none", SeccompChoice::None}, {"file", SeccompChoice::File}};

const auto &wordsOf(Namespace) { return namespaceWords; }
const auto &wordsOf(Phase) { return phaseWords; }
const auto &wordsOf(Location::Base) { return baseWords; }
const auto &wordsOf(Propagation) { return propagationWords; }
const auto &wordsOf(SeccompChoice) { return seccompWords; }

// The fields of every struct, named once: the encoder and the decoder below both walk them ----------------------------

template <typename T, typename Wanted>
concept Is = std::same_as<std::remove_const_t<T>, Wanted>;

void fields(auto &&visit, Is<Location> auto &x) { visit("base", x.base), visit("path", x.path); }
void fields(auto &&visit, Is<IdRange> auto &x)
{
    visit("containerId", x.containerId), visit("hostId", x.hostId), visit("size", x.size);
}
void fields(auto &&visit, Is<ResourcesSpec> auto &x)
{
    visit("memoryBytes", x.memoryBytes), visit("pids", x.pids);
    visit("cpuQuota", x.cpuQuota), visit("cpuWeight", x.cpuWeight);
}
void fields(auto &&visit, Is<PropagationChange> auto &x)
{
    visit("propagation", x.propagation), visit("recursive", x.recursive);
}
void fields(auto &&visit, Is<MountAttributes> auto &x) { visit("set", x.set), visit("clear", x.clear); }
void fields(auto &&visit, Is<FilesystemParameter> auto &x) { visit("name", x.first), visit("value", x.second); }
void fields(auto &&visit, Is<ResourceLimit> auto &x)
{
    visit("type", x.type), visit("soft", x.soft), visit("hard", x.hard);
}
void fields(auto &&visit, Is<SeccompSpec> auto &x) { visit("choice", x.choice), visit("path", x.path); }

void fields(auto &&visit, Is<CreateProcess> auto &x) { visit("namespaces", x.namespaces); }
void fields(auto &&, Is<DenySetgroups> auto &) {}
void fields(auto &&visit, Is<WriteIdMaps> auto &x)
{
    visit("uid", x.uid), visit("gid", x.gid), visit("byTools", x.byTools);
}
void fields(auto &&visit, Is<EnterCgroup> auto &x) { visit("limits", x.limits); }
void fields(auto &&visit, Is<Unshare> auto &x) { visit("namespaces", x.namespaces); }
void fields(auto &&visit, Is<SetPropagation> auto &x) { visit("target", x.target), visit("change", x.change); }
void fields(auto &&visit, Is<MountFilesystem> auto &x)
{
    visit("type", x.type), visit("source", x.source), visit("target", x.target);
    visit("attributes", x.attributes), visit("parameters", x.parameters);
}
void fields(auto &&visit, Is<MountOverlay> auto &x)
{
    visit("lowers", x.lowers), visit("upper", x.upper), visit("work", x.work), visit("target", x.target);
    visit("attributes", x.attributes), visit("parameters", x.parameters);
}
void fields(auto &&visit, Is<BindMount> auto &x)
{
    visit("source", x.source), visit("target", x.target);
    visit("recursive", x.recursive), visit("skipIfMissing", x.skipIfMissing);
}
void fields(auto &&visit, Is<MoveMount> auto &x) { visit("source", x.source), visit("target", x.target); }
void fields(auto &&visit, Is<SetMountAttributes> auto &x)
{
    visit("target", x.target), visit("attributes", x.attributes);
    visit("recursive", x.recursive), visit("skipIfMissing", x.skipIfMissing);
}
void fields(auto &&visit, Is<MaskPath> auto &x) { visit("target", x.target); }
void fields(auto &&visit, Is<MakeDirectory> auto &x) { visit("target", x.target), visit("mode", x.mode); }
void fields(auto &&visit, Is<MakeMountPoint> auto &x) { visit("target", x.target), visit("like", x.like); }
void fields(auto &&visit, Is<MakeDevice> auto &x)
{
    visit("target", x.target), visit("like", x.like), visit("mode", x.mode);
}
void fields(auto &&visit, Is<MakeSymlink> auto &x) { visit("target", x.target), visit("pointsTo", x.pointsTo); }
void fields(auto &&visit, Is<WriteFile> auto &x)
{
    visit("target", x.target), visit("text", x.text), visit("copyOf", x.copyOf), visit("mode", x.mode);
}
void fields(auto &&visit, Is<SetHostname> auto &x) { visit("name", x.name); }
void fields(auto &&visit, Is<SetDomainname> auto &x) { visit("name", x.name); }
void fields(auto &&, Is<BringUpLoopback> auto &) {}
void fields(auto &&visit, Is<ChangeDirectory> auto &x) { visit("target", x.target); }
void fields(auto &&visit, Is<PivotRoot> auto &x) { visit("newRoot", x.newRoot), visit("putOld", x.putOld); }
void fields(auto &&visit, Is<ChangeRoot> auto &x) { visit("path", x.path); }
void fields(auto &&visit, Is<Unmount> auto &x) { visit("path", x.path), visit("detach", x.detach); }
void fields(auto &&visit, Is<RemoveDirectory> auto &x) { visit("path", x.path); }
void fields(auto &&, Is<OpenTerminal> auto &) {}
void fields(auto &&, Is<SpawnPayload> auto &) {}
void fields(auto &&visit, Is<NewSession> auto &x) { visit("controllingTerminal", x.controllingTerminal); }
void fields(auto &&visit, Is<SetResourceLimit> auto &x) { visit("limit", x.limit); }
void fields(auto &&visit, Is<LimitCapabilities> auto &x) { visit("keep", x.keep); }
void fields(auto &&visit, Is<SetIds> auto &x)
{
    visit("uid", x.uid), visit("gid", x.gid);
    visit("additionalGids", x.additionalGids), visit("setGroups", x.setGroups);
}
void fields(auto &&visit, Is<SetCapabilities> auto &x) { visit("keep", x.keep), visit("ambient", x.ambient); }
void fields(auto &&, Is<SetNoNewPrivileges> auto &) {}
void fields(auto &&visit, Is<InstallSeccomp> auto &x)
{
    visit("profile", x.profile), visit("capabilities", x.capabilities);
}
void fields(auto &&visit, Is<Execute> auto &x) { visit("args", x.args), visit("env", x.env); }

// Encoding ------------------------------------------------------------------------------------------------------------

struct Encoder {
    ordered_json &object;

    template <typename T> void operator()(const char *key, const T &value) { object[key] = encode(value); }
    template <typename T> void operator()(const char *key, const std::optional<T> &value)
    {
        if (value)
            object[key] = *value;
    }

    static ordered_json encode(const std::string &value) { return value; }
    static ordered_json encode(std::integral auto value) { return value; }
    template <typename T>
        requires std::is_enum_v<T>
    static ordered_json encode(T value)
    {
        return wordOf(value, wordsOf(value));
    }
    template <typename T> static ordered_json encode(const std::vector<T> &values)
    {
        ordered_json array = ordered_json::array();
        for (const T &value : values)
            array.push_back(encode(value));
        return array;
    }
    template <typename T>
        requires std::is_class_v<T>
    static ordered_json encode(const T &value)
    {
        ordered_json inner = ordered_json::object();
        fields(Encoder{inner}, value);
        return inner;
    }
};

// Decoding ------------------------------------------------------------------------------------------------------------

struct Decoder {
    ObjectReader &reader;

    template <typename T>
        requires std::is_enum_v<T>
    void operator()(const char *key, T &value)
    {
        reader.require(key).read(key, value, wordsOf(value));
    }
    void operator()(const char *key, std::string &value) { reader.require(key).read(key, value); }
    void operator()(const char *key, std::vector<std::string> &value) { reader.require(key).read(key, value); }
    void operator()(const char *key, std::vector<std::uint32_t> &value) { reader.require(key).read(key, value); }
    void operator()(const char *key, std::integral auto &value) { reader.require(key).read(key, value); }
    template <typename T> void operator()(const char *key, std::optional<T> &value)
    {
        if (T present{}; reader.read(key, present))
            value = present;
    }
    template <typename T>
        requires std::is_class_v<T>
    void operator()(const char *key, T &value)
    {
        if (const JsonValue *inner = reader.require(key).child(key))
            decode(*inner, reader.fieldName(key), value);
    }
    void operator()(const char *key, std::vector<Namespace> &values)
    {
        std::vector<std::string> words;
        if (!reader.require(key).read(key, words))
            return;
        for (const std::string &word : words) {
            const auto *known = std::ranges::find(namespaceWords, word, &std::pair<std::string_view, Namespace>::first);
            if (known == std::end(namespaceWords))
                return reader.fail(key, fmt::format("holds \"{}\", which is no namespace", word));
            values.push_back(known->second);
        }
    }
    template <typename T>
        requires std::is_class_v<T>
    void operator()(const char *key, std::vector<T> &values)
    {
        const JsonValue::Array *array = reader.require(key).children(key);
        if (!array)
            return;
        for (std::size_t i = 0; i < array->size(); ++i)
            decode((*array)[i], reader.fieldName(key, i), values.emplace_back());
    }

private:
    template <typename T> void decode(const JsonValue &value, std::string field, T &out)
    {
        ObjectReader inner(value, std::move(field));
        fields(Decoder{inner}, out);
        if (Status status = inner.finish(); !status)
            reader.fail(std::move(status.error()));
    }
};

/// The operation of this kind with its fields unset, found among all alternatives; false for a word that none has.
template <std::size_t... I> bool emptyOperation(std::string_view word, Operation &out, std::index_sequence<I...>)
{
    const auto tryOne = [&](Operation candidate) {
        if (word != operationWord(candidate))
            return false;
        out = std::move(candidate);
        return true;
    };
    return (tryOne(Operation(std::in_place_index<I>)) || ...);
}

Result<Step> decodeStep(const JsonValue &value, std::string field)
{
    Step step;
    ObjectReader reader(value, std::move(field));
    Decoder decoder{reader};
    decoder("id", step.id);
    decoder("phase", step.phase);
    decoder("cause", step.cause);
    std::string kind;
    if (reader.require("kind").read("kind", kind)) {
        if (emptyOperation(kind, step.operation, std::make_index_sequence<std::variant_size_v<Operation>>{}))
            std::visit([&](auto &operation) { decoder("operation", operation); }, step.operation);
        else
            reader.fail("kind", fmt::format("is \"{}\", which is no operation", kind));
    }
    if (Status status = reader.finish(); !status)
        return std::unexpected(std::move(status.error()));
    return step;
}

} // namespace

ordered_json planToJson(const Plan &plan)
{
    ordered_json steps = ordered_json::array();
    for (const Step &step : plan.steps) {
        steps.push_back({{"id", step.id},
                         {"phase", phaseWord(step.phase)},
                         {"cause", step.cause},
                         {"kind", operationWord(step.operation)},
                         {"operation", std::visit([](const auto &operation) { return Encoder::encode(operation); },
                                                  step.operation)}});
    }
    return {{"name", plan.name},
            {"newRoot", plan.newRoot},
            {"userNamespace", plan.userNamespace},
            {"keepDirectory", plan.keepDirectory},
            {"steps", std::move(steps)}};
}

Result<Plan> decodePlan(const JsonValue &value, std::string field)
{
    Plan plan;
    ObjectReader reader(value, std::move(field));
    Decoder decoder{reader};
    decoder("name", plan.name);
    decoder("newRoot", plan.newRoot);
    decoder("userNamespace", plan.userNamespace);
    decoder("keepDirectory", plan.keepDirectory);
    if (const JsonValue::Array *steps = reader.require("steps").children("steps")) {
        plan.steps.reserve(steps->size());
        for (std::size_t i = 0; i < steps->size(); ++i) {
            Result<Step> step = decodeStep((*steps)[i], reader.fieldName("steps", i));
            if (!step)
                return std::unexpected(std::move(step.error()));
            plan.steps.push_back(std::move(*step));
        }
        std::vector<std::string_view> ids; // sorted, not hashed: ids may be chosen to collide
        std::ranges::transform(plan.steps, std::back_inserter(ids), &Step::id);
        std::ranges::sort(ids);
        if (const auto twice = std::ranges::adjacent_find(ids); twice != ids.end())
            reader.fail("steps", fmt::format("hold the id \"{}\" twice", *twice));
    }
    if (Status status = reader.finish(); !status)
        return std::unexpected(std::move(status.error()));
    return plan;
}

} // namespace pivotbench::core
