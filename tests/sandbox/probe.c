/* SPDX-License-Identifier: Apache-2.0
 *
 * What a hostile payload tries, one attempt per line of output: "name ERRNO-NAME" or "name OK". Static, so that it runs in any
 * root. Attempts that would do harm if they succeeded are made with arguments that cannot work otherwise.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static void say(const char *name, long result)
{
    printf("%s %s\n", name, result < 0 ? strerrorname_np(errno) : "OK");
    fflush(stdout);
}

int main(void)
{
    char byte = 'x';
    say("TIOCSTI", syscall(SYS_ioctl, 0, (unsigned long)TIOCSTI, &byte));
    say("TIOCSTI-high-bits", syscall(SYS_ioctl, 0, (unsigned long)TIOCSTI | (1UL << 32), &byte));
    byte = 2;
    say("TIOCLINUX", syscall(SYS_ioctl, 0, (unsigned long)TIOCLINUX, &byte));
    say("TIOCLINUX-high-bits", syscall(SYS_ioctl, 0, (unsigned long)TIOCLINUX | (7UL << 40), &byte));
    say("unshare-user", unshare(CLONE_NEWUSER));
    say("unshare-mount", unshare(CLONE_NEWNS));
    say("clone-user", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
    char arguments[88] = {0};
    say("clone3", syscall(SYS_clone3, arguments, sizeof arguments));
    say("mount", mount("none", "/", "tmpfs", 0, ""));
    say("umount2", umount2("/proc", MNT_DETACH));
    say("pivot_root", syscall(SYS_pivot_root, ".", "."));
    say("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/", 1));
    say("move_mount", syscall(SYS_move_mount, AT_FDCWD, "/tmp", AT_FDCWD, "/tmp", 0));
    say("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
    say("fspick", syscall(SYS_fspick, AT_FDCWD, "/", 0));
    say("mount_setattr", syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, arguments, 32));
    say("setns", syscall(SYS_setns, 0, 0));
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    say("bpf", syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes));
    say("keyctl", syscall(SYS_keyctl, 0, -3, 0));
    say("add_key", syscall(SYS_add_key, "user", "x", "x", 1, -2));
    say("io_uring_setup", syscall(SYS_io_uring_setup, 1, arguments));
    say("userfaultfd", syscall(SYS_userfaultfd, 0));
    struct perf_event_attr event;
    memset(&event, 0, sizeof event);
    say("perf_event_open", syscall(SYS_perf_event_open, &event, 0, -1, -1, 0));
    say("ptrace-init", syscall(SYS_ptrace, 16 /* PTRACE_ATTACH */, 1, 0, 0));
    say("open_by_handle_at", syscall(SYS_open_by_handle_at, AT_FDCWD, arguments, 0));
    say("kexec_load", syscall(SYS_kexec_load, 0, 0, 0, 0));
#if defined(__x86_64__)
    say("x32-getpid", syscall(0x40000000 | SYS_getpid));
    say("x32-mount", syscall(0x40000000 | SYS_mount, 0, 0, 0, 0, 0));
#endif
    say("init-exe-write", open("/proc/1/exe", O_WRONLY));
    say("init-exe-read", open("/proc/1/exe", O_RDONLY));
    say("init-root", open("/proc/1/root/", O_RDONLY));
    say("init-fd", open("/proc/1/fd/3", O_RDONLY));
    say("init-mem", open("/proc/1/mem", O_RDWR));
    for (int fd = 3; fd < 1024; ++fd)
        if (fcntl(fd, F_GETFD) >= 0)
            printf("open-descriptor %d\n", fd);
    say("setgroups", setgroups(0, NULL));
    say("sysfs-write", open("/sys/kernel/mm/transparent_hugepage/enabled", O_WRONLY));
    say("proc-sys-write", open("/proc/sys/kernel/core_pattern", O_WRONLY));
    say("sysrq-write", open("/proc/sysrq-trigger", O_WRONLY));
    return 0;
}
