// SPDX-License-Identifier: Apache-2.0
//
// Holds the kernel model against the kernel: random sequences of system calls, run on both, compared after each.
#include "generator.h"
#include "model_run.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>

using namespace pivotbench;
using namespace pivotbench::test;

namespace {

constexpr const char *help =
    "usage: model_fuzz [--root|--user] [--one] [--require-all] [COUNT [SEED]]\n"
    "\n"
    "Runs COUNT (1000) random sequences of 4 to 25 system calls on the kernel, in namespaces of its own, and on the\n"
    "model of it, and compares after every call: errno, every mount table, roots, working directories, and where "
    "sampled\n"
    "paths lead. Sequence n has the seed SEED (1) + n. The first that disagrees is shortened and printed as a shell\n"
    "script; the exit status is then 1.\n"
    "\n"
    "  --user   begin in a user namespace, as an ordinary user does; without it root's own is used\n"
    "  --root   be skipped (status 77) where that is not root's own, instead of doing as with --user\n"
    "  --one    print the sequence of SEED, also as a shell script, and what disagrees\n"
    "  --require-all   fail when a call or a cause was never met\n";

void print(const Scenario &scenario)
{
    for (const Act &act : scenario.acts)
        std::printf("  worker %zu: %s\n", act.worker, describe(act.call).substr(0, 300).c_str());
    std::printf("  samples:");
    for (const std::string &path : scenario.samples)
        std::printf(" %s", path.substr(0, 40).c_str());
    std::printf("\n");
}

/// What these sequences cannot meet, each for its reason.
bool isUnreachable(kernel::Cause cause, bool userNamespace)
{
    using kernel::Cause;
    static constexpr Cause never[] = {
        Cause::Unknown,
        Cause::TooManyMounts,        // takes 100,000 mounts: tst_model_alone lowers the limit
        Cause::UserNamespaceTooDeep, // 33 in a row: lessons_user.cpp
        // Nobody stands on the machine's own root, the only mount that stands on nothing: tst_model_alone.
        Cause::PivotRootNotAttached,
        Cause::PivotNewRootNotAttached,
        Cause::NamespaceRoot,
        Cause::MoveDetachedRoot,
    };
    // Root may mount all of them.
    return std::ranges::find(never, cause) != std::end(never) ||
           (cause == Cause::FilesystemNeedsRoot && !userNamespace) ||
           (cause == Cause::NoDevices && userNamespace); // nor are there device nodes
}

} // namespace

int main(int argc, char **argv)
{
    bool userNamespace = false;
    bool asRoot = false;
    bool one = false;
    bool requireAll = false;
    std::uint64_t count = 1000;
    std::uint64_t seed = 1;
    int position = 0;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--help") {
            std::fputs(help, stdout);
            return 0;
        }
        if (argument == "--user")
            userNamespace = true;
        else if (argument == "--root")
            asRoot = true;
        else if (argument == "--one")
            one = true;
        else if (argument == "--require-all")
            requireAll = true;
        else
            (position++ == 0 ? count : seed) = std::strtoull(argv[i], nullptr, 10);
    }
    if (asRoot && (::geteuid() != 0 || !inInitialUserNamespace())) {
        std::fprintf(stderr, "model_fuzz: not root of the initial user namespace\n");
        return 77;
    }
    if (!userNamespace && ::geteuid() != 0)
        userNamespace = true;
    std::string whyNot;
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    if (!enterArena(userNamespace, whyNot)) {
        std::fprintf(stderr, "model_fuzz: %s\n", whyNot.c_str());
        return 77;
    }
    Coverage coverage;
    const auto begun = std::chrono::steady_clock::now();
    for (std::uint64_t n = 0; n < (one ? 1 : count); ++n) {
        const Scenario scenario = generate(seed + n, userNamespace);
        if (one) {
            print(scenario);
            std::printf("\n%s\n", shellScript(scenario).c_str());
        }
        const std::optional<Disagreement> found = compare(scenario, coverage);
        if (!found)
            continue;
        std::printf("sequence of seed %llu%s disagrees at act %zu:\n%s\n", static_cast<unsigned long long>(seed + n),
                    userNamespace ? " (--user)" : "", found->act, found->text.c_str());
        if (!one) {
            const Scenario shortest = shrink(scenario);
            Coverage ignored;
            const std::optional<Disagreement> last = compare(shortest, ignored);
            std::printf("\nShortest form:\n");
            print(shortest);
            std::printf("%s\n\n%s", last ? last->text.c_str() : "(it does not disagree every time)",
                        shellScript(shortest).c_str());
        }
        return 1;
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    std::printf("%llu sequences %s, seeds %llu to %llu: %zu calls, %zu tables and %zu paths compared, no disagreement "
                "(%.1f s)\n\n",
                static_cast<unsigned long long>(count), userNamespace ? "in a user namespace" : "as root",
                static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed + count - 1), coverage.acts,
                coverage.tables, coverage.samples, seconds);
    bool complete = true;
    std::printf("%-16s %10s %10s\n", "call", "done", "refused");
    for (const auto &[name, times] : coverage.done)
        std::printf("%-16s %10zu %10zu\n", name.c_str(), times, coverage.refused[name]);
    for (const auto &[name, times] : coverage.refused)
        if (!coverage.done.contains(name)) {
            std::printf("%-16s %10d %10zu\n", name.c_str(), 0, times);
            complete = false;
        }
    std::printf("\n%-30s %8s  %s\n", "cause", "times", "errno");
    for (std::size_t i = 0; i <= static_cast<std::size_t>(kernel::lastCause); ++i) {
        const kernel::CauseText &text = kernel::textOf(static_cast<kernel::Cause>(i));
        const bool unreachable = isUnreachable(text.cause, userNamespace);
        const auto times = coverage.causes.find(text.cause);
        if (unreachable)
            continue;
        std::printf("%-30s %8zu  %s\n", text.word, times == coverage.causes.end() ? 0 : times->second,
                    std::strerror(text.errnum));
        complete = complete && times != coverage.causes.end();
    }
    if (requireAll && !complete) {
        std::printf("\nSomething was never met.\n");
        return 1;
    }
    return 0;
}
