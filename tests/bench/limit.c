// SPDX-License-Identifier: Apache-2.0
//
// bench_limit: the physical limit of a launch. It makes a sandbox with the kernel's calls in the quickest order that
// was found, and nothing else: no checks a benchmark does not need, no messages but errno, no cleanup but what the
// kernel does. What a real launcher needs beyond this time is its own overhead. Static, because a dynamic loader costs
// a quarter of a small launch.
//
//   bench_limit [options] ROOT [--] COMMAND [ARG…]
//
// Namespaces mount, pid, uts, ipc, net, cgroup (and user, for an ordinary user, with a single id); ROOT read-only with
// fresh proc, tmpfs /dev with six nodes, links and devpts, read-only sysfs, lo up; pivot_root(".", "."), old root
// detached; pid 1 starts the command, reaps, and passes its status on. ROOT needs the directories proc, sys, dev and
// mnt.
//
//   --overlay DIR         ROOT becomes the lowest layer under a discarded upper one on a tmpfs; DIR is an empty mount
//   point
//   --layers N --from D   with --overlay: the N directories D/0 … D/N-1 above ROOT
//   --binds N --from D    binds D/0 … D/N-1 to /mnt/0 … in a tmpfs on /mnt
//   --hardening FILE      masked and read-only paths, few capabilities, no_new_privs, the seccomp filter in FILE
//   (bench_seccomp)
//   --unshare             fork, then unshare(2), instead of one clone(2)
//   --mount-api           open_tree, fsopen and move_mount also where mount(2) can do it
//   --time N              N times; prints the median microseconds from clone(2) to the end, without this program's own start
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// <sys/mount.h> and <linux/mount.h> cannot be included together before glibc 2.37.
int mount(const char *, const char *, const char *, unsigned long, const void *);
int umount2(const char *, int);
enum { BIND = 4096, REC = 16384, PRIVATE = 1 << 18, RDONLY = 1, NOSUID = 2, NODEV = 4, NOEXEC = 8, DETACH = 2 };

static const char *root, *overlay, *from, *hardening;
static int binds, layers, times;
static bool byUnshare, mountApi, asRoot;
static char **command;
static uid_t uid;
static gid_t gid;

#define CHECK(call) check((long)(call), #call)
static long check(long result, const char *what) {
    if (result < 0) {
        dprintf(2, "bench_limit: %s: %s\n", what, strerror(errno));
        _exit(125);
    }
    return result;
}

static int openTree(int directory, const char *path, unsigned flags) {
    return (int)CHECK(syscall(SYS_open_tree, directory, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags));
}

static void attach(int tree, const char *target) {
    CHECK(syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH));
}

static void fsconfig(int fs, unsigned command_, const char *key, const char *value) {
    CHECK(syscall(SYS_fsconfig, fs, command_, key, value, 0));
}

static void newFilesystem(const char *type, const char *target, unsigned long flags, const char *mode) {
    if (!mountApi) {
        char option[32];
        snprintf(option, sizeof option, "mode=%s", mode ? mode : "");
        CHECK(mount(type, target, type, flags, mode ? option : NULL));
        return;
    }
    const int fs = (int)CHECK(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
    if (mode)
        fsconfig(fs, FSCONFIG_SET_STRING, "mode", mode);
    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL);
    // MS_RDONLY … MS_NOEXEC and MOUNT_ATTR_RDONLY … NOEXEC are the same bits.
    const int tree = (int)CHECK(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, flags));
    attach(tree, target);
    close(tree);
    close(fs);
}

static void bindMount(const char *source, const char *target) {
    if (!mountApi) {
        CHECK(mount(source, target, NULL, BIND, NULL));
        return;
    }
    const int tree = openTree(AT_FDCWD, source, 0);
    attach(tree, target);
    close(tree);
}

static void writeFile(const char *path, const char *text) {
    const int file = (int)CHECK(open(path, O_WRONLY | O_CLOEXEC));
    CHECK(write(file, text, strlen(text)));
    close(file);
}

static void mapIds(void) {
    char line[32];
    writeFile("/proc/self/setgroups", "deny");
    snprintf(line, sizeof line, "0 %u 1", uid);
    writeFile("/proc/self/uid_map", line);
    snprintf(line, sizeof line, "0 %u 1", gid);
    writeFile("/proc/self/gid_map", line);
}

static void makeRoot(void) {
    if (!overlay) {
        const int tree = openTree(AT_FDCWD, root, AT_RECURSIVE);
        struct mount_attr readOnly = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
        CHECK(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &readOnly, sizeof readOnly));
        attach(tree, root);
        // Entering by the descriptor saves a walk, and a path would end below the mount.
        CHECK(fchdir(tree));
        close(tree);
        return;
    }
    char path[4096];
    newFilesystem("tmpfs", overlay, NOSUID | NODEV, "755");
    CHECK(chdir(overlay));
    CHECK(mkdir("up", 0755));
    CHECK(mkdir("work", 0755));
    CHECK(mkdir("root", 0755));
    const int fs = (int)CHECK(syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC));
    for (int i = 0; i < layers; ++i) {
        snprintf(path, sizeof path, "%s/%d", from, i);
        fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir+", path);
    }
    fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir+", root);
    fsconfig(fs, FSCONFIG_SET_STRING, "upperdir", "up");
    fsconfig(fs, FSCONFIG_SET_STRING, "workdir", "work");
    fsconfig(fs, FSCONFIG_SET_FLAG, "volatile", NULL);
    if (!asRoot)
        fsconfig(fs, FSCONFIG_SET_FLAG, "userxattr", NULL);
    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL);
    const int tree = (int)CHECK(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
    attach(tree, "root");
    CHECK(fchdir(tree));
    close(tree);
    close(fs);
}

static void makeDevices(void) {
    static const struct {
        const char *host;
        unsigned major, minor;
    } nodes[] = {{"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
                 {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0}};
    newFilesystem("tmpfs", "dev", NOSUID, "755");
    for (unsigned i = 0; i < sizeof nodes / sizeof *nodes; ++i) {
        const char *target = nodes[i].host + 1;
        if (asRoot) {
            CHECK(mknod(target, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)));
        } else {
            CHECK(mknod(target, S_IFREG | 0666, 0));
            bindMount(nodes[i].host, target);
        }
    }
    static const char *const links[][2] = {{"/proc/self/fd", "dev/fd"},
                                           {"/proc/self/fd/0", "dev/stdin"},
                                           {"/proc/self/fd/1", "dev/stdout"},
                                           {"/proc/self/fd/2", "dev/stderr"},
                                           {"pts/ptmx", "dev/ptmx"}};
    for (unsigned i = 0; i < sizeof links / sizeof *links; ++i)
        CHECK(symlink(links[i][0], links[i][1]));
    CHECK(mkdir("dev/shm", 01777));
    CHECK(mkdir("dev/pts", 0755));
    CHECK(mount("devpts", "dev/pts", "devpts", NOSUID | NOEXEC, "newinstance,ptmxmode=0666,mode=620"));
}

static void makeBinds(void) {
    char source[4096], target[64];
    newFilesystem("tmpfs", "mnt", NOSUID | NODEV, "755");
    for (int i = 0; i < binds; ++i) {
        snprintf(source, sizeof source, "%s/%d", from, i);
        snprintf(target, sizeof target, "mnt/%d", i);
        CHECK(mkdir(target, 0755));
        bindMount(source, target);
    }
}

/// What the OCI runtimes hide and protect by default. What this kernel does not have is skipped.
static void maskPaths(void) {
    static const char *const readOnly[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};
    static const char *const files[] = {"proc/interrupts",  "proc/kcore",      "proc/keys",       "proc/latency_stats",
                                        "proc/sched_debug", "proc/timer_list", "proc/timer_stats"};
    static const char *const directories[] = {"proc/acpi", "proc/asound", "proc/scsi", "sys/devices/virtual/powercap",
                                              "sys/firmware"};
    struct mount_attr protection = {.attr_set = MOUNT_ATTR_RDONLY};
    for (unsigned i = 0; i < sizeof readOnly / sizeof *readOnly; ++i)
        if (mount(readOnly[i], readOnly[i], NULL, BIND, NULL) == 0)
            CHECK(syscall(SYS_mount_setattr, AT_FDCWD, readOnly[i], 0, &protection, sizeof protection));
    for (unsigned i = 0; i < sizeof files / sizeof *files; ++i)
        mount("/dev/null", files[i], NULL, BIND, NULL);
    // One empty tmpfs serves all directories.
    const char *empty = NULL;
    for (unsigned i = 0; i < sizeof directories / sizeof *directories; ++i)
        if (empty)
            mount(empty, directories[i], NULL, BIND, NULL);
        else if (mount("tmpfs", directories[i], "tmpfs", RDONLY | NOSUID | NODEV | NOEXEC, "mode=555") == 0)
            empty = directories[i];
}

static void raiseLoopback(void) {
    // Any socket will do to reach the interface, and a local one is the cheapest to make.
    const int any = (int)CHECK(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    CHECK(ioctl(any, SIOCSIFFLAGS, &request));
    close(any);
}

/// Before the filter's file is out of sight.
static struct sock_fprog readFilter(void) {
    static struct sock_filter program[BPF_MAXINSNS];
    const int file = (int)CHECK(open(hardening, O_RDONLY | O_CLOEXEC));
    const long bytes = CHECK(read(file, program, sizeof program));
    close(file);
    return (struct sock_fprog){.len = (unsigned short)((size_t)bytes / sizeof *program), .filter = program};
}

static void harden(struct sock_fprog *filter) {
    const uint64_t keep = 0x800405fb;
    for (unsigned number = 0; number <= CAP_LAST_CAP; ++number)
        if (!(keep >> number & 1))
            prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{(uint32_t)keep, (uint32_t)keep, 0}, {0, 0, 0}};
    CHECK(syscall(SYS_capset, &header, data));
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter));
}

static int firstProcess(void *unused) {
    (void)unused;
    struct sock_fprog filter = {0};
    if (hardening)
        filter = readFilter();
    if (!asRoot)
        mapIds();
    umask(0);
    CHECK(mount(NULL, "/", NULL, REC | PRIVATE, NULL));
    makeRoot();
    newFilesystem("proc", "proc", NOSUID | NODEV | NOEXEC, NULL);
    newFilesystem("sysfs", "sys", RDONLY | NOSUID | NODEV | NOEXEC, NULL);
    makeDevices();
    if (binds)
        makeBinds();
    if (hardening)
        maskPaths();
    raiseLoopback();
    CHECK(syscall(SYS_pivot_root, ".", "."));
    CHECK(umount2(".", DETACH));
    CHECK(chdir("/"));

    // pid 1 has nothing to lose by lending its memory until the command is there.
    const pid_t payload = vfork();
    if (payload == 0) {
        CHECK(setsid());
        if (hardening)
            harden(&filter);
        char *none[] = {NULL};
        execve(command[0], command, none);
        _exit(127);
    }
    int status = 0;
    for (pid_t reaped; (reaped = wait(&status)) != payload;)
        CHECK(reaped);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static pid_t start(void) {
    const unsigned long namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET |
                                     CLONE_NEWCGROUP | (asRoot ? 0 : CLONE_NEWUSER);
    if (!byUnshare) {
        // Sharing the memory spares copying the page tables, and the parent has nothing to do until the sandbox ends,
        // so it may stand still meanwhile. It needs a stack of its own all the same: the parent's return addresses lie
        // on the other.
        static char stack[64 * 1024] __attribute__((aligned(16)));
        return clone(firstProcess, stack + sizeof stack, (int)(namespaces | CLONE_VM | CLONE_VFORK | SIGCHLD), NULL);
    }
    // unshare puts only the next child into the new PID namespace.
    const pid_t builder = fork();
    if (builder != 0)
        return builder;
    CHECK(unshare((int)namespaces));
    const pid_t first = (pid_t)CHECK(fork());
    if (first == 0)
        _exit(firstProcess(NULL));
    int status = 0;
    CHECK(waitpid(first, &status, 0));
    _exit(WEXITSTATUS(status));
}

static int runOnce(void) {
    const pid_t child = start();
    CHECK(child);
    int status = 0;
    CHECK(waitpid(child, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static double microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compareTimes(const void *left, const void *right) {
    const double l = *(const double *)left, r = *(const double *)right;
    return (l > r) - (l < r);
}

static int number(const char *text) {
    char *end;
    const long value = strtol(text, &end, 10);
    if (*end || value < 0 || value > 100000) {
        dprintf(2, "bench_limit: not a count: %s\n", text);
        exit(125);
    }
    return (int)value;
}

int main(int argc, char **argv) {
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; ++at) {
        const char *option = argv[at];
        const char *value = at + 1 < argc ? argv[at + 1] : "";
        if (!strcmp(option, "--overlay"))
            overlay = value, ++at;
        else if (!strcmp(option, "--layers"))
            layers = number(value), ++at;
        else if (!strcmp(option, "--binds"))
            binds = number(value), ++at;
        else if (!strcmp(option, "--time"))
            times = number(value), ++at;
        else if (!strcmp(option, "--from"))
            from = value, ++at;
        else if (!strcmp(option, "--hardening"))
            hardening = value, ++at;
        else if (!strcmp(option, "--unshare"))
            byUnshare = true;
        else if (!strcmp(option, "--mount-api"))
            mountApi = true;
        else
            break;
    }
    if (at < argc)
        root = argv[at++];
    if (at < argc && !strcmp(argv[at], "--"))
        ++at;
    if (at >= argc || (layers && !overlay) || ((layers || binds) && !from)) {
        dprintf(2, "usage: bench_limit [--overlay DIR [--layers N]] [--binds N] [--from DIR] [--hardening FILE]\n"
                   "                   [--unshare] [--mount-api] [--time N] ROOT [--] COMMAND [ARG…]\n");
        return 125;
    }
    command = argv + at;
    uid = geteuid();
    gid = getegid();
    asRoot = uid == 0;

    if (!times)
        return runOnce();
    double *taken = calloc((size_t)times, sizeof *taken);
    for (int i = 0; i < times; ++i) {
        const double began = microseconds();
        if (runOnce() != 0)
            return 125;
        taken[i] = microseconds() - began;
        usleep(3000); // as bench_helper does
    }
    qsort(taken, (size_t)times, sizeof *taken, compareTimes);
    printf("%.0f\n", taken[times / 2]);
    return 0;
}
