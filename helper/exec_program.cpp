// SPDX-License-Identifier: Apache-2.0
#include "helper/exec_program.h"

#include "core/base/text.h"
#include "core/base/unique_fd.h"
#include "helper/linux_system.h"
#include "helper/payload_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pivotbench::helper {

using namespace core;

namespace {

constexpr std::string_view defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string_view pathOf(const std::vector<std::string> &env)
{
    for (const std::string &entry : env)
        if (entry.starts_with("PATH="))
            return std::string_view(entry).substr(5);
    return defaultPath;
}

#if defined(__x86_64__)
constexpr unsigned ownMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned ownMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr unsigned ownMachine = EM_RISCV;
#else
constexpr unsigned ownMachine = EM_NONE;
#endif

/// The interpreter that an ELF program asks for; empty when it asks for none. All numbers come from the file.
std::string elfInterpreter(int fd)
{
    Elf64_Ehdr header{};
    if (::pread(fd, &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header))
        return {};
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(Elf64_Phdr))
        return {};
    for (unsigned i = 0; i < std::min<unsigned>(header.e_phnum, 64); ++i) {
        Elf64_Phdr program{};
        const auto at = static_cast<off_t>(header.e_phoff + i * sizeof program);
        if (::pread(fd, &program, sizeof program, at) != static_cast<ssize_t>(sizeof program))
            return {};
        if (program.p_type != PT_INTERP)
            continue;
        std::array<char, 256> name{};
        const std::size_t size = std::min<std::size_t>(program.p_filesz, name.size() - 1);
        if (::pread(fd, name.data(), size, static_cast<off_t>(program.p_offset)) <= 0)
            return {};
        return name.data();
    }
    return {};
}

/// Why the kernel would not run a file that is there.
Error refusal(const std::string &path, int errnum)
{
    Error error{.code = execNotRunnable, .what = "cannot execute the program", .errnum = errnum, .path = path};
    struct stat status{};
    if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
        error.hint = "it is a directory";
        return error;
    }
    const sys::OutcomeFd fd = sys::openAt(AT_FDCWD, path.c_str(), O_RDONLY | O_NONBLOCK);
    std::array<char, 256> start{};
    const ssize_t size = fd ? ::pread(fd->get(), start.data(), start.size() - 1, 0) : 0;
    const std::string_view text(start.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (errnum == ENOENT && text.starts_with("#!")) {
        std::string_view line = text.substr(2, text.find('\n') == text.npos ? text.npos : text.find('\n') - 2);
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        error.what = "cannot execute the script: its interpreter is missing in the sandbox";
        error.hint = fmt::format("it asks for \"{}\"", line.substr(0, line.find_first_of(" \t\r")));
    } else if (errnum == ENOENT && text.starts_with(ELFMAG)) {
        error.what = "cannot execute the program: its dynamic linker is missing in the sandbox";
        error.hint = fmt::format("it asks for \"{}\"; use a statically linked program or add the libraries",
                                 elfInterpreter(fd->get()));
    } else if (errnum == ENOEXEC && text.starts_with(ELFMAG) && text.size() >= sizeof(Elf64_Ehdr)) {
        Elf64_Ehdr header{};
        std::memcpy(&header, text.data(), sizeof header);
        if (header.e_machine != ownMachine) {
            error.what = "cannot execute the program: it was built for another processor architecture";
            error.hint =
                fmt::format("its ELF machine number is {}, this machine's is {}", header.e_machine, ownMachine);
        }
    } else if (errnum == ENOEXEC) {
        error.hint = "it is neither a program for this machine nor a script that begins with #!";
    } else if (errnum == EACCES) {
        error.hint = "it is not executable for this user, or lies on a mount with noexec";
    } else if (errnum == EPERM && (status.st_mode & (S_ISUID | S_ISGID)) != 0) {
        error.hint = "it is a set-user-ID program";
    } else if (errnum == E2BIG) {
        error.hint = "the arguments and the environment are larger than the kernel takes";
    }
    return error;
}

std::vector<char *> pointersTo(const std::vector<std::string> &strings)
{
    std::vector<char *> pointers;
    for (const std::string &string : strings)
        pointers.push_back(const_cast<char *>(string.c_str())); // execve(2) does not write through them
    pointers.push_back(nullptr);
    return pointers;
}

void defaultSignals()
{
    for (int signal = 1; signal < NSIG; ++signal)
        (void)::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

} // namespace

Status placeStreams(int input, int output, int error)
{
    // Moved out of the way first: one of them may be a number that another one has to take.
    std::array<int, 3> wanted{input, output, error};
    for (int &fd : wanted) {
        const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (moved < 0)
            return systemError("cannot keep a standard stream", errno);
        fd = moved;
    }
    for (int i = 0; i < 3; ++i) {
        if (::dup2(wanted[static_cast<std::size_t>(i)], i) < 0)
            return systemError("cannot place a standard stream", errno);
        ::close(wanted[static_cast<std::size_t>(i)]);
    }
    return {};
}

Error executeProgram(const std::vector<std::string> &args, const std::vector<std::string> &env)
{
    const std::vector<char *> argv = pointersTo(args);
    const std::vector<char *> envp = pointersTo(env);
    (void)::umask(022);
    defaultSignals();
    const auto execute = [&](const char *program) {
        aboutToExecute(true);
        ::execve(program, argv.data(), envp.data());
        aboutToExecute(false);
    };
    const std::string &name = args.front();
    if (name.find('/') != std::string::npos) {
        execute(name.c_str());
        const int errnum = errno;
        if ((errnum == ENOENT || errnum == ENOTDIR) && ::access(name.c_str(), F_OK) < 0)
            return {.code = execNotFound,
                    .what = "there is no such program in the sandbox",
                    .errnum = errnum,
                    .path = name};
        return refusal(name, errnum);
    }
    const std::string_view path = pathOf(env);
    std::string present;
    int refused = 0;
    for (const std::string_view directory : split(path, ':')) {
        const std::string candidate = fmt::format("{}/{}", directory.empty() ? "." : directory, name);
        execute(candidate.c_str());
        const int errnum = errno;
        if ((errnum == ENOENT || errnum == ENOTDIR) && ::access(candidate.c_str(), F_OK) < 0)
            continue;
        present = candidate;
        refused = errnum;
        if (errnum != EACCES) // as execvp(3): a file without permission does not end the search
            break;
    }
    if (!present.empty())
        return refusal(present, refused);
    return {.code = execNotFound,
            .what = fmt::format("there is no program \"{}\" in the sandbox's PATH", name),
            .errnum = ENOENT,
            .hint = fmt::format("PATH is {}", path)};
}

} // namespace pivotbench::helper
