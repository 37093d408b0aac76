// SPDX-License-Identifier: Apache-2.0
#include "app/client/helper_start.h"

#include "core/base/text.h"
#include "core/base/unique_fd.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace pivotbench::app {

using core::failure;
using core::Result;
using core::Status;
using core::systemError;
using core::UniqueFd;

namespace {

constexpr int readyTimeoutMs = 10'000;
constexpr int readyFd = 3; ///< in the helper
constexpr std::size_t mostWords = 4096;

Result<std::string> findHelper()
{
    if (const char *chosen = std::getenv("PIVOTBENCH_HELPER"); chosen && *chosen)
        return std::string(chosen);
    std::array<char, 4096> buffer{};
    const ssize_t length = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
    if (length <= 0)
        return systemError("cannot find this executable", errno, "/proc/self/exe");
    const std::string self(buffer.data(), static_cast<std::size_t>(length));
    const std::string directory = self.substr(0, self.rfind('/'));
    for (const char *place : {"/pivotbench-helper", "/../libexec/pivotbench/pivotbench-helper"}) {
        std::string candidate = directory + place;
        if (::access(candidate.c_str(), X_OK) == 0)
            return candidate;
    }
    return failure("helper.start", "pivotbench-helper is not installed beside this program", directory,
                   "install it there, or set PIVOTBENCH_HELPER to its path");
}

/// The last process of the double fork becomes the helper. Only what signal-safety(7) allows happens here.
[[noreturn]] void becomeHelper(const char *program, char *const arguments[], char *const environment[], int ready,
                               int words)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; ++number)
        ::signal(number, SIG_DFL); // what this program or its shell ignored is nothing to the helper
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    // First out of the way of 0 to 3, then into place; everything else of ours closes on exec.
    const int readyCopy = ::fcntl(ready, F_DUPFD, 10);
    const int wordsCopy = ::fcntl(words, F_DUPFD, 10);
    const int null = ::open("/dev/null", O_RDWR);
    if (null < 0 || ::dup2(wordsCopy, STDERR_FILENO) < 0 || ::dup2(null, STDIN_FILENO) < 0 ||
        ::dup2(null, STDOUT_FILENO) < 0 || ::dup2(readyCopy, readyFd) < 0 || ::chdir("/") != 0 ||
        ::close_range(readyFd + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        ::_exit(127);
    ::execve(program, arguments, environment);
    const char *reason = ::strerrordesc_np(errno);
    if (reason && ::write(STDERR_FILENO, reason, std::strlen(reason)) < 0)
        ::_exit(126);
    ::_exit(127);
}

std::string readWords(const UniqueFd &words)
{
    std::string text(mostWords, '\0');
    const ssize_t length = ::pread(words.get(), text.data(), text.size(), 0);
    text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    while (text.ends_with('\n'))
        text.pop_back();
    return core::printable(text, true);
}

} // namespace

Status startHelper(const std::string &socketPath)
{
    Result<std::string> program = findHelper();
    if (!program)
        return std::unexpected(std::move(program.error()));

    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return systemError("cannot make a pipe for the helper", errno);
    const UniqueFd ready(ends[0]);
    UniqueFd readyWriter(ends[1]);
    // The helper's standard error outlives us, so it is no pipe that could break, and is kept from growing once it
    // runs.
    const UniqueFd words(::memfd_create("pivotbench-helper-stderr", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!words)
        return systemError("cannot make a file for the helper's messages", errno);

    std::string session = "--session";
    std::string socketOption = "--socket";
    std::string socket = socketPath;
    std::string readyOption = "--ready-fd";
    std::string readyNumber = std::to_string(readyFd);
    char *const arguments[] = {program->data(), session.data(),     socketOption.data(),
                               socket.data(),   readyOption.data(), readyNumber.data(),
                               nullptr};

    // Its children are to find every symbol bound: helper/fork_footprint.h.
    std::string bindNow = "LD_BIND_NOW=1";
    std::vector<char *> environment{bindNow.data()};
    for (char **variable = environ; *variable; ++variable)
        if (!std::string_view(*variable).starts_with("LD_BIND_NOW="))
            environment.push_back(*variable);
    environment.push_back(nullptr);

    const pid_t child = ::fork();
    if (child < 0)
        return systemError("cannot start the helper", errno, *program);
    if (child == 0) {
        ::setsid();
        const pid_t helper = ::fork();
        if (helper == 0)
            becomeHelper(program->c_str(), arguments, environment.data(), readyWriter.get(), words.get());
        ::_exit(helper < 0 ? 1 : 0);
    }
    readyWriter.reset();
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;

    pollfd waiting{.fd = ready.get(), .events = POLLIN, .revents = 0};
    int count = 0;
    do
        count = ::poll(&waiting, 1, readyTimeoutMs);
    while (count < 0 && errno == EINTR);
    char byte = 0;
    const ssize_t got = count > 0 ? ::read(ready.get(), &byte, 1) : 0;
    if (count == 0)
        return failure("helper.start",
                       fmt::format("the helper did not begin to listen within {} s", readyTimeoutMs / 1000), *program,
                       readWords(words));
    (void)::fcntl(words.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK);
    if (got == 1)
        return {};
    if (std::string said = readWords(words); !said.empty())
        return failure("helper.start", "the helper could not be started: " + said, *program);
    return {};
}

std::optional<bool> tryMountInside()
{
    Result<std::string> program = findHelper();
    if (!program)
        return std::nullopt;
    std::string option = "--try-mount";
    char *const arguments[] = {program->data(), option.data(), nullptr};
    pid_t child = -1;
    if (::posix_spawn(&child, program->c_str(), nullptr, nullptr, arguments, environ) != 0)
        return std::nullopt;
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return std::nullopt;
    if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 3))
        return std::nullopt;
    return WEXITSTATUS(status) == 0;
}

} // namespace pivotbench::app
