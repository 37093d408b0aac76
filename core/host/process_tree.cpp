// SPDX-License-Identifier: Apache-2.0
#include "core/host/process_tree.h"

#include "core/base/file.h"
#include "core/base/text.h"

#include <algorithm>
#include <charconv>
#include <dirent.h>
#include <fmt/format.h>
#include <memory>
#include <unistd.h>

namespace pivotbench::core {
namespace {

constexpr std::size_t mostBytes = 64 * 1024;
constexpr std::size_t mostCommandLine = 4096;
constexpr std::size_t mostTasks = 64; ///< whose children are read; the others' are found when those end

std::uint64_t numberAt(std::string_view text)
{
    std::uint64_t value = 0;
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin != std::string_view::npos)
        std::from_chars(text.data() + begin, text.data() + text.size(), value);
    return value;
}

/// The value of a line "Name:\tvalue" of /proc/PID/status.
std::string_view lineOf(std::string_view status, std::string_view name)
{
    for (const std::string_view line : split(status, '\n'))
        if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ':')
            return line.substr(name.size() + 1);
    return {};
}

bool readStat(ProcessInfo &process)
{
    const Result<std::string> text = readFile(fmt::format("/proc/{}/stat", process.pid), mostBytes);
    if (!text)
        return false;
    // The name may hold anything, parentheses too; it ends at the last one.
    const std::size_t open = text->find('(');
    const std::size_t close = text->rfind(')');
    if (open == std::string::npos || close == std::string::npos || close < open)
        return false;
    process.name = text->substr(open + 1, close - open - 1);
    const std::vector<std::string_view> fields =
        split(std::string_view(*text).substr(std::min(close + 2, text->size())), ' ');
    constexpr std::size_t state = 0;
    constexpr std::size_t userTime = 11;
    constexpr std::size_t systemTime = 12;
    constexpr std::size_t threads = 17;
    constexpr std::size_t start = 19;
    constexpr std::size_t resident = 21;
    if (fields.size() <= resident || fields[state].empty())
        return false;
    static const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    process.state = fields[state].front();
    process.cpuNanoseconds = (numberAt(fields[userTime]) + numberAt(fields[systemTime])) * (1'000'000'000 / ticks);
    process.startTicks = numberAt(fields[start]);
    process.threads = static_cast<unsigned>(numberAt(fields[threads]));
    process.residentBytes = numberAt(fields[resident]) * page;
    return true;
}

void readStatus(ProcessInfo &process)
{
    const Result<std::string> text = readFile(fmt::format("/proc/{}/status", process.pid), mostBytes);
    if (!text)
        return;
    process.uid = static_cast<std::uint32_t>(numberAt(lineOf(*text, "Uid")));
    const std::string_view pids = lineOf(*text, "NSpid");
    const std::size_t last = pids.find_last_of(" \t");
    process.insidePid = static_cast<int>(numberAt(last == std::string_view::npos ? pids : pids.substr(last + 1)));
}

void readCommandLine(ProcessInfo &process)
{
    // Longer ones are cut: readFile() refuses them.
    const std::string path = fmt::format("/proc/{}/cmdline", process.pid);
    const std::unique_ptr<std::FILE, decltype([](std::FILE *file) { std::fclose(file); })> file(
        std::fopen(path.c_str(), "re"));
    if (!file)
        return;
    std::string text(mostCommandLine, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    while (text.ends_with('\0'))
        text.pop_back();
    std::ranges::replace(text, '\0', ' ');
    process.commandLine = std::move(text);
}

std::vector<int> childrenOf(int pid)
{
    std::vector<int> children;
    const std::string folder = fmt::format("/proc/{}/task", pid);
    const std::unique_ptr<DIR, decltype([](DIR *directory) { ::closedir(directory); })> tasks(
        ::opendir(folder.c_str()));
    if (!tasks)
        return children;
    std::size_t seen = 0;
    while (const dirent *task = ::readdir(tasks.get())) {
        if (task->d_name[0] == '.' || ++seen > mostTasks)
            continue;
        const Result<std::string> text = readFile(fmt::format("{}/{}/children", folder, task->d_name), mostBytes);
        if (!text)
            continue;
        for (const std::string_view word : split(*text, ' '))
            if (const auto child = static_cast<int>(numberAt(word)); child > 0)
                children.push_back(child);
    }
    return children;
}

} // namespace

std::vector<ProcessInfo> readProcessTree(int pid, const std::vector<int> &joined, const ProcessLimits &limits)
{
    std::vector<ProcessInfo> found;
    struct Open {
        int pid;
        int parent;
    };
    std::vector<Open> todo;
    for (const int outside : joined)
        for (const int child : childrenOf(outside))
            todo.push_back({child, -1});
    todo.push_back({pid, -1});
    while (!todo.empty() && found.size() < limits.processes) {
        const Open next = todo.back();
        todo.pop_back();
        ProcessInfo process{.pid = next.pid, .parent = next.parent};
        if (!readStat(process))
            continue; // gone meanwhile
        readStatus(process);
        readCommandLine(process);
        const int own = static_cast<int>(found.size());
        found.push_back(std::move(process));
        std::vector<int> children = childrenOf(next.pid);
        for (auto child = children.rbegin(); child != children.rend(); ++child)
            todo.push_back({*child, own});
    }
    return found;
}

Usage usageOf(const std::vector<ProcessInfo> &processes)
{
    Usage sum;
    for (const ProcessInfo &process : processes) {
        sum.memoryBytes += process.residentBytes;
        sum.cpuNanoseconds += process.cpuNanoseconds;
        sum.processes += process.threads;
    }
    return sum;
}

} // namespace pivotbench::core
