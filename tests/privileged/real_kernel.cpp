// SPDX-License-Identifier: Apache-2.0
#include "real_kernel.h"

#include "core/base/overloaded.h"
#include "core/spec/mount_options.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <string_view>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pivotbench::test {
namespace {

using namespace kernel;

int procDirectory = -1; ///< the machine's /proc, from before the root was left

/// Like an assertion: the arena itself must work.
void must(bool worked, const char *what)
{
    if (worked)
        return;
    std::fprintf(stderr, "model fuzzer: %s: %s\n", what, std::strerror(errno));
    std::_Exit(3);
}

int result(long value) { return value < 0 ? errno : 0; }

bool writeText(int directory, const char *path, const std::string &text)
{
    const int fd = ::openat(directory, path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::close(fd);
    return written;
}

bool mapRoot(unsigned uid, unsigned gid)
{
    ::prctl(PR_SET_DUMPABLE, 1);
    (void)writeText(procDirectory, "self/setgroups", "deny");
    return writeText(procDirectory, "self/uid_map", fmt::format("0 {} 1", uid)) &&
           writeText(procDirectory, "self/gid_map", fmt::format("0 {} 1", gid));
}

std::string readFile(const char *path)
{
    std::string text;
    const int fd = ::openat(procDirectory, path, O_RDONLY | O_CLOEXEC);
    char buffer[16384];
    ssize_t got = 0;
    while (fd >= 0 && (got = ::read(fd, buffer, sizeof buffer)) > 0)
        text.append(buffer, static_cast<std::size_t>(got));
    if (fd >= 0)
        ::close(fd);
    return text;
}

SeenPlace placeOf(int fd, const char *path)
{
    struct statx status = {};
    if (::statx(fd, path, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_INO | STATX_MNT_ID, &status) < 0)
        return {.errnum = errno};
    return {0, status.stx_mnt_id, makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino};
}

SeenPlace openSample(const std::string &path)
{
    const int fd = ::open(path.c_str(), O_PATH | O_CLOEXEC);
    if (fd < 0)
        return {.errnum = errno};
    const SeenPlace place = placeOf(fd, "");
    ::close(fd);
    return place;
}

int cloneFlags(const NamespaceSet &set)
{
    return (set.user ? CLONE_NEWUSER : 0) | (set.mount ? CLONE_NEWNS : 0) | (set.pid ? CLONE_NEWPID : 0) |
           (set.network ? CLONE_NEWNET : 0) | (set.ipc ? CLONE_NEWIPC : 0) | (set.cgroup ? CLONE_NEWCGROUP : 0);
}

// What goes over a worker's socket: small headers, then bytes.
void sendAll(int fd, const void *data, std::size_t size)
{
    for (const char *at = static_cast<const char *>(data); size > 0;) {
        const ssize_t sent = ::send(fd, at, size, MSG_NOSIGNAL);
        if (sent <= 0)
            std::_Exit(0);
        at += sent;
        size -= static_cast<std::size_t>(sent);
    }
}
bool receiveAll(int fd, void *data, std::size_t size)
{
    for (char *at = static_cast<char *>(data); size > 0;) {
        const ssize_t got = ::recv(fd, at, size, 0);
        if (got <= 0)
            return false;
        at += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

int receiveDescriptor(int socket)
{
    char byte = 0;
    iovec part{&byte, 1};
    int fd = -1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    must(::recvmsg(socket, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message) != nullptr, "a namespace");
    std::memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
}

/// Ends at once with status 0.
constexpr unsigned char program[] = {
    0x7f, 'E', 'L',  'F',  2,    1, 1, 0, 0,    0, 0,    0,    0, 0, 0, 0,    2,    0,    0x3e, 0, 1, 0,
    0,    0,   0x78, 0,    0x40, 0, 0, 0, 0,    0, 0x40, 0,    0, 0, 0, 0,    0,    0,    0,    0, 0, 0,
    0,    0,   0,    0,    0,    0, 0, 0, 0x40, 0, 0x38, 0,    1, 0, 0, 0,    0,    0,    0,    0, 1, 0,
    0,    0,   5,    0,    0,    0, 0, 0, 0,    0, 0,    0,    0, 0, 0, 0,    0x40, 0,    0,    0, 0, 0,
    0,    0,   0x40, 0,    0,    0, 0, 0, 0x81, 0, 0,    0,    0, 0, 0, 0,    0x81, 0,    0,    0, 0, 0,
    0,    0,   0,    0x10, 0,    0, 0, 0, 0,    0, 0xb8, 0x3c, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05};

std::string overlayData(const OverlayOptions &options, bool userNamespace)
{
    std::string data = "lowerdir=";
    for (std::size_t i = 0; i < options.lowers.size(); ++i)
        data += (i == 0 ? "" : ":") + options.lowers[i];
    if (!options.upper.empty())
        data += ",upperdir=" + options.upper;
    if (!options.work.empty())
        data += ",workdir=" + options.work;
    if (userNamespace)
        data += ",userxattr";
    return options.lowers.empty() ? data.substr(data.find(',') == std::string::npos ? data.size() : data.find(',') + 1)
                                  : data;
}

int execute(const std::string &path)
{
    int ends[2];
    must(::pipe2(ends, O_CLOEXEC) == 0, "pipe");
    const pid_t child = ::fork();
    must(child >= 0, "fork");
    if (child == 0) {
        const char *const args[] = {path.c_str(), nullptr};
        ::execve(path.c_str(), const_cast<char *const *>(args), nullptr);
        const int errnum = errno;
        (void)!::write(ends[1], &errnum, sizeof errnum);
        std::_Exit(1);
    }
    ::close(ends[1]);
    int errnum = 0;
    if (::read(ends[0], &errnum, sizeof errnum) != sizeof errnum)
        errnum = 0;
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return errnum;
}

/// Gives a new descriptor the number that the call asks for.
int place(int fd, int number)
{
    if (fd < 0)
        return errno;
    if (fd != number) {
        must(::dup3(fd, number, O_CLOEXEC) == number, "dup3");
        ::close(fd);
    }
    return 0;
}

int openFilesystem(const FsMountCall &call, bool userNamespace)
{
    const int context = ::fsopen(call.type.c_str(), FSOPEN_CLOEXEC);
    if (context < 0)
        return errno;
    int errnum = 0;
    const auto set = [&](const char *key, const std::string &value) {
        if (errnum == 0 && !value.empty())
            errnum = result(::fsconfig(context, FSCONFIG_SET_STRING, key, value.c_str(), 0));
    };
    set("source", call.source);
    for (std::size_t i = 0; i < call.overlay.lowers.size(); ++i)
        set("lowerdir+", call.overlay.lowers[i]);
    set("upperdir", call.overlay.upper);
    set("workdir", call.overlay.work);
    if (errnum == 0 && userNamespace && call.type == "overlay")
        errnum = result(::fsconfig(context, FSCONFIG_SET_FLAG, "userxattr", nullptr, 0));
    if (errnum == 0 && call.readOnlySuperblock)
        errnum = result(::fsconfig(context, FSCONFIG_SET_FLAG, "ro", nullptr, 0));
    if (errnum == 0)
        errnum = result(::fsconfig(context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0));
    if (errnum == 0)
        errnum = place(::fsmount(context, FSMOUNT_CLOEXEC, static_cast<unsigned>(call.attributes)), call.descriptor);
    ::close(context);
    return errnum;
}

} // namespace

// The arena
// ------------------------------------------------------------------------------------------------------------

bool inInitialUserNamespace()
{
    char text[32] = {};
    // PROC_USER_INIT_INO, the same on every machine.
    return ::readlink("/proc/self/ns/user", text, sizeof text - 1) > 0 && std::string_view(text) == "user:[4026531837]";
}

bool enterArena(bool userNamespace, std::string &whyNot)
{
    const unsigned uid = ::geteuid();
    const unsigned gid = ::getegid();
    procDirectory = ::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    must(procDirectory >= 0, "/proc");
    const int others = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWCGROUP;
    if (::unshare(others | (userNamespace ? CLONE_NEWUSER : 0)) < 0 || (userNamespace && !mapRoot(uid, gid))) {
        whyNot = fmt::format("namespaces cannot be made here: {}", std::strerror(errno));
        return false;
    }
    must(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "make-rprivate");
    const pid_t child = ::fork();
    must(child >= 0, "fork");
    if (child != 0) {
        int status = 0;
        ::waitpid(child, &status, 0);
        std::_Exit(WIFEXITED(status) ? WEXITSTATUS(status) : 4);
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // A proc of this PID namespace, then a root without anything of the machine.
    must(::mount("arena", "/tmp", "tmpfs", 0, nullptr) == 0 && ::mkdir("/tmp/world", 0755) == 0 &&
             ::mkdir("/tmp/proc", 0755) == 0 && ::mount("proc", "/tmp/proc", "proc", 0, nullptr) == 0 &&
             ::mkdir("/tmp/sys", 0755) == 0 && ::mount("sysfs", "/tmp/sys", "sysfs", 0, nullptr) == 0,
         "arena");
    ::close(procDirectory);
    const int proc = ::open("/tmp/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    procDirectory = ::fcntl(proc, F_DUPFD_CLOEXEC, 100);
    // The low numbers belong to the calls.
    (void)::close_range(3, 99, 0);
    must(procDirectory >= 0 && ::chdir("/tmp") == 0 && ::syscall(SYS_pivot_root, ".", ".") == 0 &&
             ::umount2(".", MNT_DETACH) == 0 && ::chdir("/") == 0,
         "the arena's root");
    return true;
}

// The side that asks
// ---------------------------------------------------------------------------------------------------

RealKernel::RealKernel(const Scenario &scenario)
    : m_scenario(scenario)
{
    for (std::size_t i = 0; i < mostWorkers; ++i) {
        int ends[2];
        must(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
        // Out of the way of the numbers that calls choose.
        m_ours[i] = ::fcntl(ends[0], F_DUPFD_CLOEXEC, 100);
        m_theirs[i] = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 100);
        ::close(ends[0]);
        ::close(ends[1]);
    }
    const pid_t child = ::fork();
    must(child >= 0, "fork");
    if (child == 0) {
        for (const int fd : m_ours)
            ::close(fd);
        // The scenario's own root: a tmpfs on what was the arena's.
        ::signal(SIGCHLD, SIG_IGN);
        must(::unshare(CLONE_NEWNS) == 0 && ::mount("world", "/world", "tmpfs", 0, nullptr) == 0 &&
                 ::chdir("/world") == 0 && ::mkdir("proc", 0755) == 0 && ::mkdir("sys", 0755) == 0 &&
                 ::mount("proc", "proc", "proc", 0, nullptr) == 0 &&
                 ::mount("sysfs", "sys", "sysfs", 0, nullptr) == 0 && ::syscall(SYS_pivot_root, ".", ".") == 0 &&
                 ::umount2(".", MNT_DETACH) == 0 && ::chdir("/") == 0,
             "the scenario's root");
        for (const kernel::Call &call : prelude(m_scenario.userNamespace))
            must((errno = perform(call, 0)) == 0, test::describe(call).c_str());
        const int fd = ::open(programPath, O_WRONLY | O_TRUNC | O_CLOEXEC);
        must(fd >= 0 && ::write(fd, program, sizeof program) == sizeof program, "program");
        ::close(fd);
        work(0);
    }
    for (const int fd : m_theirs)
        ::close(fd);
    m_alive[0] = true;
}

RealKernel::~RealKernel()
{
    for (const int fd : m_ours)
        ::close(fd);
    // This is the first process of its PID namespace, so all of them become its children.
    while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
    }
}

SeenAct RealKernel::look() { return {0, lookAll()}; }

SeenAct RealKernel::act(std::size_t index)
{
    const Act &act = m_scenario.acts[index];
    const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, m_pids[act.worker], 0));
    must(pidfd >= 0, "pidfd_open");
    const Order order{static_cast<std::int64_t>(index), m_made};
    sendAll(m_ours[act.worker], &order, sizeof order);
    if (std::holds_alternative<SetnsCall>(act.call))
        sendNamespace(act);
    SeenAct seen;
    must(receiveAll(m_ours[act.worker], &seen.errnum, sizeof seen.errnum), "a worker ended");
    if (seen.errnum == 0) {
        if (std::holds_alternative<CloneCall>(act.call))
            m_alive[m_made++] = true;
        if (std::holds_alternative<ExitCall>(act.call)) {
            m_alive[act.worker] = false;
            // Its namespaces end with it, and that has to be over.
            pollfd ended{pidfd, POLLIN, 0};
            ::poll(&ended, 1, -1);
            noteTheDead();
        }
    }
    ::close(pidfd);
    seen.workers = lookAll();
    return seen;
}

/// The first process of a PID namespace takes all others along; it has not ended before they have.
void RealKernel::noteTheDead()
{
    for (std::size_t worker = 0; worker < mostWorkers; ++worker) {
        if (!m_alive[worker])
            continue;
        const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, m_pids[worker], 0));
        pollfd ended{pidfd, POLLIN, 0};
        m_alive[worker] = pidfd >= 0 && ::poll(&ended, 1, 0) == 0;
        if (pidfd >= 0)
            ::close(pidfd);
    }
}

std::vector<SeenWorker> RealKernel::lookAll()
{
    std::vector<SeenWorker> all;
    for (std::size_t worker = 0; worker < mostWorkers; ++worker) {
        if (!m_alive[worker])
            continue;
        const Order look;
        sendAll(m_ours[worker], &look, sizeof look);
        SeenWorker seen;
        seen.worker = worker;
        std::size_t size = 0;
        must(receiveAll(m_ours[worker], &m_pids[worker], sizeof(int)) && receiveAll(m_ours[worker], &size, sizeof size),
             "a worker ended");
        seen.mountinfo.resize(size);
        seen.samples.resize(m_scenario.samples.size());
        must(receiveAll(m_ours[worker], seen.mountinfo.data(), size) &&
                 receiveAll(m_ours[worker], &seen.root, sizeof seen.root) &&
                 receiveAll(m_ours[worker], &seen.cwd, sizeof seen.cwd) &&
                 receiveAll(m_ours[worker], seen.samples.data(), seen.samples.size() * sizeof(SeenPlace)),
             "a worker ended");
        all.push_back(std::move(seen));
    }
    return all;
}

// The workers
// ----------------------------------------------------------------------------------------------------------

void RealKernel::work(std::size_t worker)
{
    m_socket = m_theirs[worker];
    char number[16] = {};
    must(::readlinkat(procDirectory, "self", number, sizeof number - 1) > 0, "self");
    const int pid = std::atoi(number);
    for (Order order; receiveAll(m_socket, &order, sizeof order);) {
        if (order.index >= 0) {
            const kernel::Call &call = m_scenario.acts[static_cast<std::size_t>(order.index)].call;
            const int errnum = perform(call, order.made);
            sendAll(m_socket, &errnum, sizeof errnum);
            if (std::holds_alternative<ExitCall>(call))
                std::_Exit(0);
            continue;
        }
        const std::string mountinfo = readFile("self/mountinfo");
        const std::size_t size = mountinfo.size();
        const SeenPlace root = placeOf(AT_FDCWD, "/");
        const SeenPlace cwd = placeOf(AT_FDCWD, ".");
        std::vector<SeenPlace> samples;
        for (const std::string &path : m_scenario.samples)
            samples.push_back(openSample(path));
        sendAll(m_socket, &pid, sizeof pid);
        sendAll(m_socket, &size, sizeof size);
        sendAll(m_socket, mountinfo.data(), size);
        sendAll(m_socket, &root, sizeof root);
        sendAll(m_socket, &cwd, sizeof cwd);
        sendAll(m_socket, samples.data(), samples.size() * sizeof(SeenPlace));
    }
    std::_Exit(0);
}

/// A worker may not look at processes of other user namespaces; whoever asks may, being in the outermost.
void RealKernel::sendNamespace(const Act &act)
{
    const auto &call = std::get<SetnsCall>(act.call);
    const std::size_t of = static_cast<std::size_t>(call.of) - 1;
    const std::string path = fmt::format("{}/ns/{}", m_pids[of], call.user ? "user" : "mnt");
    const int fd = ::openat(procDirectory, path.c_str(), O_RDONLY | O_CLOEXEC);
    must(fd >= 0, "a namespace");
    char byte = 0;
    iovec part{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
    must(::sendmsg(m_ours[act.worker], &message, MSG_NOSIGNAL) == 1, "sending a namespace");
    ::close(fd);
}

int RealKernel::perform(const kernel::Call &call, std::size_t made)
{
    const bool userNamespace = m_scenario.userNamespace;
    const auto at = [](const At &from) { return from.descriptor.value_or(AT_FDCWD); };
    return std::visit(
        core::Overloaded{
            [&](const MountCall &c) {
                const std::string data = c.type == "overlay" ? overlayData(c.overlay, userNamespace) : std::string();
                return result(::mount(c.source.empty() ? nullptr : c.source.c_str(), c.target.c_str(),
                                      c.type.empty() ? nullptr : c.type.c_str(), c.flags,
                                      data.empty() ? nullptr : data.c_str()));
            },
            [](const UnmountCall &c) { return result(::umount2(c.target.c_str(), c.flags)); },
            [&](const OpenTreeCall &c) {
                const unsigned flags = OPEN_TREE_CLOEXEC | (c.clone ? OPEN_TREE_CLONE : 0u) |
                                       (c.recursive ? static_cast<unsigned>(AT_RECURSIVE) : 0u) |
                                       (c.from.descriptor ? static_cast<unsigned>(AT_EMPTY_PATH) : 0u);
                return place(::open_tree(at(c.from), c.from.path.c_str(), flags), c.descriptor);
            },
            [&](const MoveMountCall &c) {
                return result(::move_mount(at(c.from), c.from.path.c_str(), at(c.to), c.to.path.c_str(),
                                           (c.from.descriptor ? MOVE_MOUNT_F_EMPTY_PATH : 0u) |
                                               (c.to.descriptor ? MOVE_MOUNT_T_EMPTY_PATH : 0u)));
            },
            [&](const FsMountCall &c) { return openFilesystem(c, userNamespace); },
            [&](const MountSetattrCall &c) {
                struct ::mount_attr attr = {c.set, c.clear, c.propagation, 0};
                return result(::mount_setattr(at(c.target), c.target.path.c_str(),
                                              (c.recursive ? static_cast<unsigned>(AT_RECURSIVE) : 0u) |
                                                  (c.target.descriptor ? static_cast<unsigned>(AT_EMPTY_PATH) : 0u),
                                              &attr, sizeof attr));
            },
            [](const PivotRootCall &c) {
                return result(::syscall(SYS_pivot_root, c.newRoot.c_str(), c.putOld.c_str()));
            },
            [](const ChrootCall &c) { return result(::chroot(c.path.c_str())); },
            [](const ChdirCall &c) { return result(::chdir(c.path.c_str())); },
            [](const FchdirCall &c) { return result(::fchdir(c.descriptor)); },
            [](const OpenCall &c) {
                return place(::open(c.path.c_str(), O_CLOEXEC | (c.pathOnly ? O_PATH : O_RDONLY) |
                                                        (c.directory ? O_DIRECTORY : 0) |
                                                        (c.noFollow ? O_NOFOLLOW : 0)),
                             c.descriptor);
            },
            [](const CloseCall &c) { return result(::close(c.descriptor)); },
            [](const MkdirCall &c) { return result(::mkdir(c.path.c_str(), 0755)); },
            [](const RmdirCall &c) { return result(::rmdir(c.path.c_str())); },
            [](const SymlinkCall &c) { return result(::symlink(c.target.c_str(), c.path.c_str())); },
            [](const MknodCall &c) {
                const mode_t mode = (c.device ? S_IFCHR | 0666u : S_IFREG | (c.executable ? 0755u : 0644u));
                return result(::mknod(c.path.c_str(), mode, c.device ? makedev(1, 3) : 0));
            },
            [](const ExecCall &c) { return execute(c.path); },
            [](const UnshareCall &c) {
                const int errnum = result(::unshare(cloneFlags(c.namespaces)));
                if (errnum == 0 && c.namespaces.user)
                    must(mapRoot(0, 0), "uid_map");
                return errnum;
            },
            [&](const CloneCall &c) {
                struct clone_args args = {};
                args.flags = static_cast<std::uint64_t>(static_cast<unsigned>(cloneFlags(c.namespaces)));
                args.exit_signal = SIGCHLD;
                int ready[2];
                must(::pipe2(ready, O_CLOEXEC) == 0, "pipe");
                const long child = ::syscall(SYS_clone3, &args, sizeof args);
                if (child == 0) {
                    if (c.namespaces.user)
                        must(mapRoot(0, 0), "uid_map");
                    ::close(ready[0]);
                    ::close(ready[1]);
                    work(made);
                }
                const int errnum = result(child);
                ::close(ready[1]);
                char nothing = 0;
                (void)!::read(ready[0], &nothing, 1); // ends once the child has its ids
                ::close(ready[0]);
                return errnum;
            },
            [&](const SetnsCall &c) {
                const int fd = receiveDescriptor(m_socket);
                const int errnum = result(::setns(fd, c.user ? CLONE_NEWUSER : CLONE_NEWNS));
                ::close(fd);
                return errnum;
            },
            [](const DropCapabilitiesCall &) {
                __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
                __user_cap_data_struct none[2] = {};
                // But one: without it the id 0 could not be mapped into another user namespace (user_namespaces(7)).
                none[0].effective = none[0].permitted = 1u << CAP_SETFCAP;
                return result(::syscall(SYS_capset, &header, none));
            },
            [](const ExitCall &) { return 0; },
        },
        call);
}

} // namespace pivotbench::test
