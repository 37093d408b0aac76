// SPDX-License-Identifier: Apache-2.0
#include "helper/seccomp_profile.h"

#include "helper/capabilities.h"
#include "helper/seccomp_program.h"
#include "helper/syscall_numbers.h"

#include <cerrno>
#include <fmt/format.h>
#include <limits>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <map>
#include <seccomp.h>
#include <span>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <utility>

namespace pivotbench::helper {
namespace {

using Names = std::span<const std::string_view>;

// Kept from being formatted, which would put every name on a line of its own.
// clang-format off

// Files by path and by descriptor. Nothing here reaches what the mount namespace does not show.
constexpr std::string_view files[] = {
    "access", "cachestat", "chdir", "chmod", "chown", "close", "close_range", "creat", "copy_file_range", "dup",
    "dup2", "dup3", "faccessat", "faccessat2", "fadvise64", "fallocate", "fchdir", "fchmod", "fchmodat",
    "fchmodat2", "fchown", "fchownat", "fcntl", "fdatasync", "fgetxattr", "file_getattr", "file_setattr",
    "flistxattr", "flock", "fremovexattr", "fsetxattr", "fstat", "fstatfs", "fsync", "ftruncate", "futimesat",
    "getcwd", "getdents", "getdents64", "getxattr", "getxattrat", "lchown", "lgetxattr", "link", "linkat",
    "listxattr", "listxattrat", "llistxattr", "lremovexattr", "lseek", "lsetxattr", "lstat", "mkdir", "mkdirat",
    "mknod", "mknodat", "name_to_handle_at", "newfstatat", "open", "openat", "openat2", "pipe", "pipe2", "pread64",
    "preadv", "preadv2", "pwrite64", "pwritev", "pwritev2", "read", "readahead", "readlink", "readlinkat", "readv",
    "removexattr", "removexattrat", "rename", "renameat", "renameat2", "rmdir", "sendfile", "setxattr",
    "setxattrat", "splice", "stat", "statfs", "statx", "symlink", "symlinkat", "sync", "sync_file_range", "syncfs",
    "tee", "truncate", "umask", "unlink", "unlinkat", "utime", "utimensat", "utimes", "write", "writev",
};

// Waiting for things. Of fanotify only marking: the group itself (fanotify_init) needs CAP_SYS_ADMIN.
constexpr std::string_view waiting[] = {
    "epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd",
    "eventfd2", "fanotify_mark", "inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch",
    "io_cancel", "io_destroy", "io_getevents", "io_pgetevents", "io_setup", "io_submit", "poll", "ppoll",
    "pselect6", "select", "signalfd", "signalfd4", "timerfd_create", "timerfd_gettime", "timerfd_settime",
};

// A process's own memory.
constexpr std::string_view memory[] = {
    "brk", "madvise", "map_shadow_stack", "membarrier", "memfd_create", "memfd_secret", "mincore", "mlock",
    "mlock2", "mlockall", "mmap", "mprotect", "mremap", "mseal", "msync", "munlock", "munlockall", "munmap",
    "pkey_alloc", "pkey_free", "pkey_mprotect", "process_mrelease", "remap_file_pages",
};

// Processes, threads, signals, scheduling, and restricting oneself further. ptrace and process_vm_* reach only what the
// PID namespace shows and the same user owns, and since Linux 4.8 a tracer cannot change a call after the filter saw
// it. uretprobe and uprobe are made by the kernel's own trampolines when the host traces a program; elsewhere they end
// in SIGILL.
constexpr std::string_view processes[] = {
    "arch_prctl", "capget", "capset", "execve", "execveat", "exit", "exit_group", "fork", "futex", "futex_requeue",
    "futex_wait", "futex_waitv", "futex_wake", "get_robust_list", "get_thread_area", "getcpu", "getegid", "geteuid",
    "getgid", "getgroups", "getpgid", "getpgrp", "getpid", "getppid", "getpriority", "getresgid", "getresuid",
    "getrlimit", "getrusage", "getsid", "gettid", "getuid", "ioprio_get", "ioprio_set", "kill", "landlock_add_rule",
    "landlock_create_ruleset", "landlock_restrict_self", "pause", "pidfd_open", "pidfd_send_signal", "prctl",
    "prlimit64", "process_vm_readv", "process_vm_writev", "ptrace", "restart_syscall", "rseq", "rt_sigaction",
    "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
    "rt_tgsigqueueinfo", "sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity", "sched_getattr",
    "sched_getparam", "sched_getscheduler", "sched_rr_get_interval", "sched_setaffinity", "sched_setattr",
    "sched_setparam", "sched_setscheduler", "sched_yield", "seccomp", "set_robust_list", "set_thread_area",
    "set_tid_address", "setfsgid", "setfsuid", "setgid", "setgroups", "setpgid", "setpriority", "setregid",
    "setresgid", "setresuid", "setreuid", "setrlimit", "setsid", "setuid", "sigaltstack", "tgkill", "tkill",
    "uprobe", "uretprobe", "vfork", "wait4", "waitid",
};

// System V and POSIX queues, semaphores and shared memory: an IPC namespace of their own.
constexpr std::string_view ipc[] = {
    "mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive", "mq_timedsend", "mq_unlink", "msgctl", "msgget",
    "msgrcv", "msgsnd", "semctl", "semget", "semop", "semtimedop", "shmat", "shmctl", "shmdt", "shmget",
};

// Sockets that exist already; which can be made is CheckSocket's question.
constexpr std::string_view sockets[] = {
    "accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt", "listen", "recvfrom",
    "recvmmsg", "recvmsg", "sendmmsg", "sendmsg", "sendto", "setsockopt", "shutdown",
};

// Reading clocks and setting timers. adjtimex and clock_adjtime are how a clock's state is read; changing it needs
// CAP_SYS_TIME in the initial user namespace, which the kernel checks.
constexpr std::string_view clocks[] = {
    "adjtimex", "alarm", "clock_adjtime", "clock_getres", "clock_gettime", "clock_nanosleep", "getitimer",
    "gettimeofday", "nanosleep", "setitimer", "time", "timer_create", "timer_delete", "timer_getoverrun",
    "timer_gettime", "timer_settime", "times",
};

// What the sandbox can read about itself. statmount and listmount say what /proc/self/mountinfo says.
constexpr std::string_view information[] = {
    "getrandom", "listmount", "statmount", "sysinfo", "uname",
};

// Changing namespaces, mounts and what belongs to them. A user namespace would give a process full capabilities over
// new ones, and with them the kernel code that only root used to reach; so unshare is refused however harmless its
// flags. The mount calls of Linux 5.2 and later stand beside mount(2): a filter that forgets them refuses nothing
// (CVE-2021-41133).
constexpr std::string_view administration[] = {
    "fanotify_init", "fsconfig", "fsmount", "fsopen", "fspick", "lookup_dcookie", "mount", "mount_setattr",
    "move_mount", "open_tree", "open_tree_attr", "pivot_root", "quotactl", "quotactl_fd", "setdomainname",
    "sethostname", "setns", "umount2", "unshare",
};

// clone3 passes its flags in memory.
constexpr std::string_view cloneByMemory[] = {"clone3"};

constexpr std::string_view changeRoot[] = {"chroot"};
constexpr std::string_view fileHandles[] = {"open_by_handle_at"}; // opens any inode of a filesystem, whatever its path
constexpr std::string_view inspection[] = {
    "kcmp", "pidfd_getfd", "process_madvise",
};
constexpr std::string_view settingClocks[] = {"clock_settime", "settimeofday"};
constexpr std::string_view rebooting[] = {"reboot"};
constexpr std::string_view modules[] = {
    "delete_module", "finit_module", "init_module",
};
constexpr std::string_view accounting[] = {"acct"};
constexpr std::string_view ports[] = {"ioperm", "iopl"};
constexpr std::string_view terminals[] = {"vhangup"};
constexpr std::string_view numa[] = {
    "get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node",
};
constexpr std::string_view kernelLog[] = {"syslog"};
constexpr std::string_view programs[] = {"bpf"};
constexpr std::string_view performance[] = {"perf_event_open"};

// Refused whatever a process keeps: no container needs them, and their record of kernel faults is long (io_uring,
// userfaultfd, vmsplice), they reach past namespaces (keyrings, swap, kexec, moving other processes' pages), or they
// serve long-gone binaries (uselib, ustat, sysfs; modify_ldt is for 16-bit and 32-bit segments, and no 32-bit program
// runs here).
constexpr std::string_view never[] = {
    "add_key", "io_uring_enter", "io_uring_register", "io_uring_setup", "kexec_file_load", "kexec_load", "keyctl",
    "migrate_pages", "modify_ldt", "move_pages", "request_key", "swapoff", "swapon", "sysfs", "uselib",
    "userfaultfd", "ustat", "vmsplice",
};

constexpr std::string_view cloneCall[] = {"clone"};
constexpr std::string_view ioctlCall[] = {"ioctl"};
constexpr std::string_view personalityCall[] = {"personality"};
constexpr std::string_view socketCalls[] = {"socket", "socketpair"};
// clang-format on

constexpr CapabilityMask bit(int capability) { return CapabilityMask{1} << capability; }

/// `verdict` holds until the process keeps one of `unlockedBy`; then the calls are allowed.
struct Group {
    Names names;
    Verdict verdict;
    CapabilityMask unlockedBy = 0;
};

constexpr Group groups[] = {
    {files, Verdict::Allow},
    {waiting, Verdict::Allow},
    {memory, Verdict::Allow},
    {processes, Verdict::Allow},
    {ipc, Verdict::Allow},
    {sockets, Verdict::Allow},
    {clocks, Verdict::Allow},
    {information, Verdict::Allow},
    {cloneCall, Verdict::CheckClone, bit(CAP_SYS_ADMIN)},
    {ioctlCall, Verdict::CheckIoctl},
    {personalityCall, Verdict::CheckPersonality},
    {socketCalls, Verdict::CheckSocket},
    {administration, Verdict::Refuse, bit(CAP_SYS_ADMIN)},
    {cloneByMemory, Verdict::Absent, bit(CAP_SYS_ADMIN)},
    {changeRoot, Verdict::Refuse, bit(CAP_SYS_CHROOT)},
    {fileHandles, Verdict::Refuse, bit(CAP_DAC_READ_SEARCH)},
    {inspection, Verdict::Refuse, bit(CAP_SYS_PTRACE)},
    {settingClocks, Verdict::Refuse, bit(CAP_SYS_TIME)},
    {rebooting, Verdict::Refuse, bit(CAP_SYS_BOOT)},
    {modules, Verdict::Refuse, bit(CAP_SYS_MODULE)},
    {accounting, Verdict::Refuse, bit(CAP_SYS_PACCT)},
    {ports, Verdict::Refuse, bit(CAP_SYS_RAWIO)},
    {terminals, Verdict::Refuse, bit(CAP_SYS_TTY_CONFIG)},
    {numa, Verdict::Refuse, bit(CAP_SYS_NICE)},
    {kernelLog, Verdict::Refuse, bit(CAP_SYSLOG)},
    {programs, Verdict::Refuse, bit(CAP_BPF) | bit(CAP_SYS_ADMIN)},
    {performance, Verdict::Refuse, bit(CAP_PERFMON) | bit(CAP_SYS_ADMIN)},
    {never, Verdict::Refuse},
};

constexpr unsigned equal = BPF_JMP | BPF_JEQ | BPF_K;

/// `answer` when the low half of the argument is one of `values`; else what follows.
void answerTo(bpf::Block &block, std::initializer_list<std::uint32_t> values, sock_filter answer)
{
    for (const std::uint32_t value : values) {
        block.push_back(bpf::jump(equal, value, 0, 1));
        block.push_back(answer);
    }
}

/// The namespace bits of clone(2); CLONE_NEWTIME is a clone3 and unshare flag only.
bpf::Block cloneCheck()
{
    constexpr std::uint32_t namespaces =
        CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
    return {bpf::loadArgument(0), bpf::jump(BPF_JMP | BPF_JSET | BPF_K, namespaces, 0, 1), bpf::refuse(EPERM),
            bpf::allow()};
}

/// TIOCSTI types into the terminal for whoever reads it next; TIOCLINUX does so with the console's selection.
bpf::Block ioctlCheck()
{
    bpf::Block block{bpf::loadArgument(1)};
    answerTo(block, {TIOCSTI, TIOCLINUX}, bpf::refuse(EPERM));
    block.push_back(bpf::allow());
    return block;
}

/// Linux, Linux with 32-bit uname, both also with the old uname number, and the question what is set. Other domains
/// switch off address space randomization or revive code that nothing uses.
bpf::Block personalityCheck()
{
    bpf::Block block{bpf::loadArgument(0)};
    answerTo(block, {0x0, 0x8, 0x20000, 0x20008, 0xffffffff}, bpf::allow());
    block.push_back(bpf::refuse(EPERM));
    return block;
}

/// Local, internet and the everyday netlink protocols. Left out: AF_VSOCK, which talks to the hypervisor past every
/// network namespace, AF_ALG, whose kernel code is worth more to attackers than to programs, and the rare families that
/// a socket call would load as modules.
bpf::Block socketCheck(CapabilityMask kept)
{
    bpf::Block protocols{bpf::loadArgument(2)};
    answerTo(protocols, {NETLINK_ROUTE, NETLINK_SOCK_DIAG, NETLINK_KOBJECT_UEVENT, NETLINK_GENERIC}, bpf::allow());
    if ((kept & bit(CAP_NET_ADMIN)) != 0)
        answerTo(protocols, {NETLINK_XFRM, NETLINK_NETFILTER}, bpf::allow());
    if ((kept & bit(CAP_AUDIT_WRITE)) != 0)
        answerTo(protocols, {NETLINK_AUDIT}, bpf::allow());
    protocols.push_back(bpf::refuse(EPROTONOSUPPORT));

    bpf::Block block{bpf::loadArgument(0)};
    answerTo(block, {AF_UNIX, AF_INET, AF_INET6}, bpf::allow());
    if ((kept & bit(CAP_NET_RAW)) != 0)
        answerTo(block, {AF_PACKET}, bpf::allow());
    block.push_back(bpf::jump(equal, AF_NETLINK, 1, 0));
    block.push_back(bpf::refuse(EAFNOSUPPORT));
    block.insert(block.end(), protocols.begin(), protocols.end());
    return block;
}

bpf::Block blockOf(Verdict verdict, CapabilityMask kept)
{
    switch (verdict) {
    case Verdict::Allow: return {bpf::allow()};
    case Verdict::Refuse: return {bpf::refuse(EPERM)};
    case Verdict::Absent: return {bpf::refuse(ENOSYS)};
    case Verdict::CheckClone: return cloneCheck();
    case Verdict::CheckIoctl: return ioctlCheck();
    case Verdict::CheckPersonality: return personalityCheck();
    case Verdict::CheckSocket: return socketCheck(kept);
    }
    std::unreachable();
}

core::Result<std::vector<SyscallRule>> rulesFor(CapabilityMask kept)
{
    // The names above are complete for these; elsewhere calls would be missing that every program makes.
    const std::uint32_t arch = seccomp_arch_native();
    if (arch != SCMP_ARCH_X86_64 && arch != SCMP_ARCH_AARCH64)
        return core::failure("seccomp.architecture", "there is no default seccomp profile for this processor", {},
                             "set seccomp to \"none\", or to a profile of your own");

    std::vector<SyscallRule> rules;
    for (const Group &group : groups) {
        const Verdict verdict = (group.unlockedBy & kept) != 0 ? Verdict::Allow : group.verdict;
        for (const std::string_view name : group.names) {
            const SyscallLookup call = lookUpSyscall(std::string(name));
            if (!call.known)
                return core::failure("seccomp.profile",
                                     fmt::format("the installed libseccomp does not know the system call {}", name), {},
                                     "install libseccomp 2.5.4 or later");
            if (call.exists)
                rules.push_back({name, call.number, verdict});
        }
    }
    return rules;
}

} // namespace

core::Result<std::vector<SyscallRule>> defaultRules(const std::vector<std::string> &capabilities)
{
    const auto kept = capabilityMask(capabilities);
    if (!kept)
        return std::unexpected(kept.error());
    return rulesFor(*kept);
}

core::Result<SeccompFilter> defaultFilter(const std::vector<std::string> &capabilities)
{
    const auto kept = capabilityMask(capabilities);
    if (!kept)
        return std::unexpected(kept.error());
    const auto rules = rulesFor(*kept);
    if (!rules)
        return std::unexpected(rules.error());

    std::map<std::uint32_t, bpf::Block> blocks;
    for (const SyscallRule &rule : *rules)
        blocks.emplace(rule.number, blockOf(rule.verdict, *kept));
    // A tracer skips a call by setting its number to -1; answering that call would overwrite the result the tracer
    // chose.
    blocks.emplace(std::numeric_limits<std::uint32_t>::max(), bpf::Block{bpf::allow()});
    return SeccompFilter(bpf::assemble(seccomp_arch_native(), blocks, bpf::refuse(ENOSYS)));
}

} // namespace pivotbench::helper
