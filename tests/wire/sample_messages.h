// SPDX-License-Identifier: Apache-2.0
//
// One message of every kind with every field set, for the tests of the codec and of its description.
#pragma once

#include "core/wire/messages.h"

#include <string>
#include <utility>
#include <vector>

namespace pivotbench::core::wire::samples {

struct SampleRequest {
    const char *method; ///< full name
    Request request;
    std::size_t descriptors = 0;
};

inline std::vector<SampleRequest> fullRequests()
{
    Launch launch;
    launch.spec.name = "a \"quoted\" name, ünïcode";
    launch.spec.root.layers = {{.path = "/srv/root", .builtin = ""}};
    launch.spec.process.args = {"/bin/sh", "-c", "echo \\ \n\t"};
    launch.name = "box";
    launch.sources = {{"/srv/root", 4}, {"/data", 0}};
    launch.streams = StandardStreams{1, 2, 3};
    launch.window = {50, 132};
    launch.recording = 5;
    launch.stopAtFirst = true;
    launch.breakpoints = {"pivot-root", "12"};
    launch.mountLimit = 1000;
    launch.layerLimit = 500;
    launch.holdChanges = true;
    Exec exec{.sandbox = "box",
              .args = {"ls", ""},
              .env = {"A=1", "B="},
              .cwd = "/tmp",
              .terminal = true,
              .window = {1, 65535},
              .streams = StandardStreams{2, 0, 1}};
    return {
        {"org.varlink.service.GetInfo", {GetInfo{}}},
        {"org.varlink.service.GetInterfaceDescription", {GetInterfaceDescription{"org.pivotbench.Helper"}}},
        {"org.pivotbench.Helper.Launch", {launch, true}, 6},
        {"org.pivotbench.Helper.Continue", {Continue{"box", true, "proc", std::vector<std::string>{"a", "b"}}}},
        {"org.pivotbench.Helper.Abort", {Abort{"box"}}},
        {"org.pivotbench.Helper.Peek", {Peek{"box", {"sh", "-i"}, {2, 1, 0}, true}, true}, 3},
        {"org.pivotbench.Helper.List", {List{}}},
        {"org.pivotbench.Helper.Wait", {Wait{"box"}}},
        {"org.pivotbench.Helper.Signal", {Signal{"box", 64, true}, false, true}},
        {"org.pivotbench.Helper.Exec", {exec, true}, 3},
        {"org.pivotbench.Helper.Remove", {Remove{"box", true}}},
        {"org.pivotbench.Helper.HoldChanges", {HoldChanges{"box"}, true}},
        {"org.pivotbench.Helper.ListChanges", {ListChanges{"box", 0}}, 1},
        {"org.pivotbench.Helper.ReadChanged", {ReadChanged{"box", "/etc/motd", true, 0, 4096}}, 1},
        {"org.pivotbench.Helper.TakeChanges", {TakeChanges{"box", TakeAction::Apply, "before", 2, 0, 1}}, 3},
    };
}

struct SampleReply {
    const char *kind;
    Reply reply;
    std::size_t descriptors = 0;
};

inline Error fullError()
{
    return {.code = "step.failed",
            .what = "cannot mount",
            .errnum = 22,
            .path = "/proc",
            .step = "proc",
            .hint = "look at the kernel's log",
            .context = {"building the sandbox", "launching"}};
}

inline Finding sampleFinding(Severity severity)
{
    return {severity, "mounts.destination.relative", "mounts[2].destination", "It is relative.", "Begin with a slash."};
}

inline std::vector<SampleReply> fullReplies()
{
    const SandboxInfo ended{"box", "spec", SandboxState::Ended, 7, {"sh", "-c"}, "2026-01-02T03:04:05Z", 137, 9};
    SandboxInfo running = ended;
    running.joined = {12, 4711};
    running.state = SandboxState::Running;
    running.status = std::nullopt;
    running.signal = std::nullopt;
    SandboxInfo building = running;
    building.state = SandboxState::Building;
    SandboxInfo stopped = running;
    stopped.state = SandboxState::Stopped;
    return {
        {"Info", {Info{"v", "p", "1", "u", {"a.b", "c.d"}}}},
        {"InterfaceDescription", {InterfaceDescription{"interface a.b\n\nmethod X() -> ()\n"}}},
        {"started", {Started{"box", 4711, "a new user namespace", 0}, true}, 1},
        {"stopped", {Stopped{"box", 0, "unshare"}, true}},
        {"exited", {Exited{"box", 255, 15, true}}},
        {"Sandboxes", {Sandboxes{{ended, running, building, stopped}}}},
        {"ChangesTaken", {ChangesTaken{{1, 2, 3, 4, "before"}}}},
        {"Done", {Done{}}},
        {"SpecRefused",
         {Failure{std::string(error_name::specRefused),
                  fullError(),
                  {sampleFinding(Severity::Error), sampleFinding(Severity::Warning), sampleFinding(Severity::Note)}}}},
    };
}

} // namespace pivotbench::core::wire::samples
