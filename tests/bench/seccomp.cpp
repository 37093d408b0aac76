// SPDX-License-Identifier: Apache-2.0
//
// What the default seccomp filter costs: its length, the time to make it, and the time to install it, beside the same
// rules compiled by libseccomp as a list and as a binary tree. Times are medians; each installation is in a fresh
// child.
//
//   bench_seccomp              the table
//   bench_seccomp --bpf FILE   writes the filter's instructions, as bwrap --seccomp and bench_limit --hardening take
//   them bench_seccomp --oci FILE   writes its rules as OCI linux.seccomp JSON, without the checks of arguments
#include "core/spec/capability_names.h"
#include "helper/seccomp_filter.h"
#include "helper/seccomp_profile.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace pivotbench;

namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

double timeToMake(const std::function<helper::SeccompFilter()> &make)
{
    std::vector<double> times;
    for (int i = 0; i < 21; ++i) {
        const auto start = Clock::now();
        const helper::SeccompFilter filter = make();
        times.push_back(Microseconds(Clock::now() - start).count());
    }
    return median(std::move(times));
}

double timeToInstall(const helper::SeccompFilter &filter)
{
    std::vector<double> times;
    for (int i = 0; i < 301; ++i) {
        int ends[2];
        if (pipe(ends) != 0)
            std::exit(1);
        const pid_t child = fork();
        if (child == 0) {
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            const auto start = Clock::now();
            const bool installed = install(filter).has_value();
            const double took = installed ? Microseconds(Clock::now() - start).count() : -1;
            _exit(write(ends[1], &took, sizeof took) == sizeof took ? 0 : 1);
        }
        double took = -1;
        if (read(ends[0], &took, sizeof took) != sizeof took || took < 0) {
            fmt::print(stderr, "bench_seccomp: a filter could not be installed\n");
            std::exit(1);
        }
        close(ends[0]);
        close(ends[1]);
        waitpid(child, nullptr, 0);
        times.push_back(took);
    }
    return median(std::move(times));
}

/// The same calls by libseccomp; those with an argument check are simply allowed, which flatters it a little.
helper::SeccompFilter byLibseccomp(const std::vector<helper::SyscallRule> &rules, unsigned optimize)
{
    const scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, optimize);
    for (const helper::SyscallRule &rule : rules) {
        if (rule.verdict == helper::Verdict::Absent)
            continue;
        const std::uint32_t action = rule.verdict == helper::Verdict::Refuse ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW;
        seccomp_rule_add(context, action, static_cast<int>(rule.number), 0);
    }
    const int file = memfd_create("filter", MFD_CLOEXEC);
    seccomp_export_bpf(context, file);
    seccomp_release(context);
    std::vector<sock_filter> program(static_cast<std::size_t>(lseek(file, 0, SEEK_END)) / sizeof(sock_filter));
    if (pread(file, program.data(), program.size() * sizeof(sock_filter), 0) < 0)
        std::exit(1);
    close(file);
    return helper::SeccompFilter(std::move(program));
}

std::string ociProfile(const std::vector<helper::SyscallRule> &rules)
{
    std::string allowed, refused;
    for (const helper::SyscallRule &rule : rules) {
        if (rule.verdict == helper::Verdict::Absent)
            continue;
        std::string &names = rule.verdict == helper::Verdict::Refuse ? refused : allowed;
        names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", rule.name);
    }
    return fmt::format(R"({{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [
{{"names": [{}], "action": "SCMP_ACT_ALLOW"}},
{{"names": [{}], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}}]}})",
                       allowed, refused);
}

int writeFile(const char *path, std::string_view bytes)
{
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << bytes;
    out.close();
    if (!out)
        fmt::print(stderr, "bench_seccomp: cannot write {}\n", path);
    return out ? 0 : 1;
}

} // namespace

int main(int argc, char **argv)
{
    const auto capabilities = core::defaultCapabilities();
    const auto filter = helper::defaultFilter(capabilities);
    const auto rules = helper::defaultRules(capabilities);
    if (!filter || !rules) {
        fmt::print(stderr, "bench_seccomp: {}\n", core::describe((filter ? rules.error() : filter.error())));
        return 1;
    }
    if (argc == 3 && std::string_view(argv[1]) == "--bpf") {
        const auto bytes = std::as_bytes(filter->program());
        return writeFile(argv[2], {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
    }
    if (argc == 3 && std::string_view(argv[1]) == "--oci")
        return writeFile(argv[2], ociProfile(*rules));
    if (argc != 1) {
        fmt::print(stderr, "usage: bench_seccomp [--bpf FILE | --oci FILE]\n");
        return 1;
    }
    const std::pair<const char *, std::function<helper::SeccompFilter()>> ways[] = {
        {"ranges (ours)", [&] { return *helper::defaultFilter(capabilities); }},
        {"libseccomp, binary tree", [&] { return byLibseccomp(*rules, 2); }},
        {"libseccomp, list", [&] { return byLibseccomp(*rules, 1); }},
    };
    fmt::print("{:<26}{:>14}{:>12}{:>14}\n", "filter", "instructions", "make µs", "install µs");
    for (const auto &[name, make] : ways) {
        const helper::SeccompFilter made = make();
        fmt::print("{:<26}{:>14}{:>12.1f}{:>14.1f}\n", name, made.program().size(), timeToMake(make),
                   timeToInstall(made));
    }
    return 0;
}
