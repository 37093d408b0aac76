// SPDX-License-Identifier: Apache-2.0
//
// What clients and the helper say to each other, as typed values: the interface org.pivotbench.Helper. Its Varlink
// description (resources/org.pivotbench.Helper.varlink) is the documentation; a test holds it against this file.
// Encoded and decoded by message_codec.h only.
//
// Descriptors travel beside a message with SCM_RIGHTS and are named in it by their index, 0-based.
// Replies with `continues` are events; the last reply of a call has none.
#pragma once

#include "core/base/result.h"
#include "core/changes/take_changes.h"
#include "core/recording/recording.h"
#include "core/spec/sandbox_spec.h"
#include "core/spec/validate.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pivotbench::core::wire {

struct Limits {
    std::size_t requestBytes = 256 * 1024; ///< one message to the helper, without its NUL
    std::size_t replyBytes = 16 * 1024 * 1024;
    unsigned depth = 16;
    std::size_t descriptors = 64;
};

using DescriptorIndex = std::uint32_t;

/// The client's word for a host path it has opened: the builder checks that it finds the same object there.
struct SourceDescriptor {
    std::string path;
    DescriptorIndex descriptor = 0;
    bool operator==(const SourceDescriptor &) const = default;
};

struct StandardStreams {
    DescriptorIndex input = 0;
    DescriptorIndex output = 0;
    DescriptorIndex error = 0;
    bool operator==(const StandardStreams &) const = default;
};

struct WindowSize {
    std::uint16_t rows = 24;
    std::uint16_t columns = 80;
    bool operator==(const WindowSize &) const = default;
};

// Requests ------------------------------------------------------------------------------------------------------------

/// Standard service calls of org.varlink.service.
struct GetInfo {
    bool operator==(const GetInfo &) const = default;
};
struct GetInterfaceDescription {
    std::string interface;
    bool operator==(const GetInterfaceDescription &) const = default;
};

/// `more`: events Started, Stopped (observed), then Exited as the last reply. Without `more`: Started is the only
/// reply.
struct Launch {
    SandboxSpec spec; ///< builtin layers resolved by the client
    std::string name; ///< of this sandbox; empty: the helper makes one up
    std::vector<SourceDescriptor> sources;
    std::optional<StandardStreams>
        streams;       ///< absent with process.terminal (the helper makes the terminal) or when detached
    WindowSize window; ///< used with process.terminal
    std::optional<DescriptorIndex>
        recording;            ///< a regular file opened for writing: the launch is observed, frames are appended
    bool stopAtFirst = false; ///< observed only: wait for Continue before the first step
    std::vector<std::string> breakpoints; ///< step ids or numbers: stop after these
    std::size_t mountLimit = 0;           ///< 0: the default; raised by a client for its own session helper
    std::size_t layerLimit = 0;
    bool holdChanges = false; ///< as HoldChanges, on this call's connection, from the beginning
    bool operator==(const Launch &) const = default;
};

/// A stopped launch goes on: one step (`to` empty and `single`), to a step, or to the end.
struct Continue {
    std::string sandbox;
    bool single = false;
    std::string to;                                      ///< step id or number; empty: no further stop but breakpoints
    std::optional<std::vector<std::string>> breakpoints; ///< replaces them
    bool operator==(const Continue &) const = default;
};
struct Abort {
    std::string sandbox;
    bool operator==(const Abort &) const = default;
};

/// Runs a command inside the namespaces of a launch that is stopped at a barrier. Replies like Exec.
struct Peek {
    std::string sandbox;
    std::vector<std::string> args;
    StandardStreams streams;
    bool terminal = false; ///< the input is a terminal that nobody has yet: it becomes the controlling one
    bool operator==(const Peek &) const = default;
};

struct List {
    bool operator==(const List &) const = default;
};

/// `more` is not needed: the one reply comes when the sandbox has ended.
struct Wait {
    std::string sandbox;
    bool operator==(const Wait &) const = default;
};

struct Signal {
    std::string sandbox;
    int signal = 15;
    bool everyProcess = false; ///< to all of the sandbox, not only its main process
    bool operator==(const Signal &) const = default;
};

/// Another process in a running sandbox, with the same ids, capabilities and filters as its own. Started, then Exited.
struct Exec {
    std::string sandbox;
    std::vector<std::string> args;
    std::vector<std::string> env; ///< added to the sandbox's own
    std::string cwd;              ///< empty: the sandbox's own
    bool terminal = false;
    WindowSize window;
    std::optional<StandardStreams> streams;
    bool operator==(const Exec &) const = default;
};

/// Forgets an ended sandbox; with `force` ends it first.
struct Remove {
    std::string sandbox;
    bool force = false;
    bool operator==(const Remove &) const = default;
};

/// What the sandbox has changed stays to be looked at after its end, as long as this connection lives. With `more`:
/// Done with `continues` once it is held, and Done when the sandbox is forgotten.
struct HoldChanges {
    std::string sandbox;
    bool operator==(const HoldChanges &) const = default;
};

/// Records of core/changes/change.h are written to `output`; Done when all are.
struct ListChanges {
    std::string sandbox;
    DescriptorIndex output = 0;
    bool operator==(const ListChanges &) const = default;
};

/// The content of a regular file is written to `output`, at most `limit` bytes of it; Done.
struct ReadChanged {
    std::string sandbox;
    std::string path;
    bool before = false; ///< as it is in the layers below
    DescriptorIndex output = 0;
    std::size_t limit = 0;
    bool operator==(const ReadChanged &) const = default;
};

/// Layer: a new directory `name` in `directory`. Keep: the kept layer `name`. Apply: to the folder `directory`; what is
/// replaced moves to `name` in it. Discard: they are undone; only once the sandbox has ended.
enum class TakeAction { Layer, Keep, Apply, Discard };

/// core/changes/take_changes.h; answered with ChangesTaken.
struct TakeChanges {
    std::string sandbox;
    TakeAction action = TakeAction::Layer;
    std::string name;
    std::optional<DescriptorIndex> directory;
    std::optional<DescriptorIndex> paths;    ///< a regular file: the selected paths, each ending in NUL; absent: all
    std::optional<DescriptorIndex> progress; ///< is told "ENTRIES BYTES\n" now and then
    bool operator==(const TakeChanges &) const = default;
};

using Method = std::variant<GetInfo, GetInterfaceDescription, Launch, Continue, Abort, Peek, List, Wait, Signal, Exec,
                            Remove, HoldChanges, ListChanges, ReadChanged, TakeChanges>;

struct Request {
    Method method;
    bool more = false;
    bool oneway = false;
    bool operator==(const Request &) const = default;
};

// Replies -------------------------------------------------------------------------------------------------------------

struct Info {
    std::string vendor, product, version, url;
    std::vector<std::string> interfaces;
    bool operator==(const Info &) const = default;
};
struct InterfaceDescription {
    std::string description;
    bool operator==(const InterfaceDescription &) const = default;
};

/// The command runs. `terminal` is the index of the master end that comes with this reply.
struct Started {
    std::string sandbox;
    int pid = 0;               ///< pid 1 of the sandbox, as the helper sees it
    std::string userNamespace; ///< the plan's sentence: which one was chosen
    std::optional<DescriptorIndex> terminal;
    bool operator==(const Started &) const = default;
};

/// An observed launch wrote frames up to this step and waits. `step` is the index of the step just done; absent: none
/// yet.
struct Stopped {
    std::string sandbox;
    std::optional<std::size_t> step;
    std::string stepId;
    bool operator==(const Stopped &) const = default;
};

struct Exited {
    std::string sandbox;
    int status = 0; ///< exit status; meaningless when `signal` is set
    int signal = 0; ///< ended by this signal
    bool outOfMemory = false;
    bool operator==(const Exited &) const = default;
};

enum class SandboxState { Building, Stopped, Running, Ended };

struct SandboxInfo {
    std::string sandbox;
    std::string specName;
    SandboxState state = SandboxState::Running;
    int pid = 0;
    std::vector<std::string> args;
    std::string started;       ///< RFC 3339, UTC
    std::optional<int> status; ///< when ended
    std::optional<int> signal;
    std::vector<std::uint32_t> joined = {}; ///< processes of Exec and Peek, as `pid`; their commands are the children
    bool operator==(const SandboxInfo &) const = default;
};
struct Sandboxes {
    std::vector<SandboxInfo> sandboxes;
    bool operator==(const Sandboxes &) const = default;
};

struct ChangesTaken {
    TakenChanges taken;
    bool operator==(const ChangesTaken &) const = default;
};

/// The reply of a call that has nothing to tell.
struct Done {
    bool operator==(const Done &) const = default;
};

/// The names of error replies. Of the standard ones only a sentence or a name travels, as their interface has it.
namespace error_name {
inline constexpr std::string_view invalidParameter = "org.varlink.service.InvalidParameter";   ///< `error.what`
inline constexpr std::string_view methodNotFound = "org.varlink.service.MethodNotFound";       ///< `error.path`
inline constexpr std::string_view interfaceNotFound = "org.varlink.service.InterfaceNotFound"; ///< `error.path`
inline constexpr std::string_view permissionDenied = "org.varlink.service.PermissionDenied";   ///< neither
inline constexpr std::string_view specRefused = "org.pivotbench.Helper.SpecRefused"; ///< the only one with findings
inline constexpr std::string_view launchFailed = "org.pivotbench.Helper.LaunchFailed";
inline constexpr std::string_view unknownSandbox = "org.pivotbench.Helper.UnknownSandbox"; ///< foreign or absent, alike
inline constexpr std::string_view wrongState = "org.pivotbench.Helper.WrongState"; ///< such as Continue of what runs
inline constexpr std::string_view limitReached = "org.pivotbench.Helper.LimitReached";
inline constexpr std::string_view failed = "org.pivotbench.Helper.Failed"; ///< everything else
} // namespace error_name

/// An error reply: one of error_name, and the whole Error with those of our own interface.
struct Failure {
    std::string name;
    Error error;
    std::vector<Finding> findings;
    bool operator==(const Failure &) const = default;
};

using ReplyBody =
    std::variant<Info, InterfaceDescription, Started, Stopped, Exited, Sandboxes, ChangesTaken, Done, Failure>;

struct Reply {
    ReplyBody body;
    bool continues = false;
    bool operator==(const Reply &) const = default;
};

} // namespace pivotbench::core::wire
