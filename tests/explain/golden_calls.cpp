// SPDX-License-Identifier: Apache-2.0
//
// The C calls of each sample. Apart from the test, because moc 6.4 loses its way in these raw strings.
#include "tests/explain/golden_texts.h"

const std::map<std::string, std::string> &expectedCalls()
{
    static const std::map<std::string, std::string> texts = {
        {"a builder in user and PID namespaces",
         R"c(syscall(SYS_clone3, &(struct clone_args){.flags = CLONE_PIDFD | CLONE_NEWUSER | CLONE_NEWPID, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD}, sizeof(struct clone_args));)c"},
        {"a builder without namespaces",
         R"c(syscall(SYS_clone3, &(struct clone_args){.flags = CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD}, sizeof(struct clone_args));)c"},
        {"setgroups denied",
         R"c(fd = syscall(SYS_openat2, builder_proc, "setgroups", &(struct open_how){.flags = O_WRONLY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS}, sizeof(struct open_how));
write(fd, "deny", 4);)c"},
        {"id maps written by tools",
         R"c(execve("/usr/bin/newuidmap", (char *[]){"newuidmap", builder, "0", "1000", "1", "1", "100000", "65536", NULL}, environ);
execve("/usr/bin/newgidmap", (char *[]){"newgidmap", builder, "0", "1000", "1", NULL}, environ);)c"},
        {"id maps written directly",
         R"c(fd = syscall(SYS_openat2, builder_proc, "uid_map", &(struct open_how){.flags = O_WRONLY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS}, sizeof(struct open_how));
write(fd, "0 1000 1\n", 9);
fd = syscall(SYS_openat2, builder_proc, "gid_map", &(struct open_how){.flags = O_WRONLY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS}, sizeof(struct open_how));
write(fd, "0 100 1\n", 8);)c"},
        {"a cgroup with limits",
         R"c(mkdirat(own_cgroup, sandbox, 0755);
cgroup = openat(own_cgroup, sandbox, O_PATH | O_DIRECTORY | O_CLOEXEC);
fd = openat(cgroup, "memory.max", O_WRONLY | O_CLOEXEC);
write(fd, "67108864", 8);
fd = openat(cgroup, "pids.max", O_WRONLY | O_CLOEXEC);
write(fd, "32", 2);
fd = openat(cgroup, "cpu.max", O_WRONLY | O_CLOEXEC);
write(fd, "50000 100000", 12);
fd = openat(cgroup, "cpu.weight", O_WRONLY | O_CLOEXEC);
write(fd, "10", 2);
fd = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
write(fd, builder, strlen(builder));)c"},
        {"mount, UTS and network namespaces", R"c(unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET);)c"},
        {"the tree made private",
         R"c(target = open("/", O_PATH | O_CLOEXEC);
mount_setattr(target, "", AT_EMPTY_PATH | AT_RECURSIVE, &(struct mount_attr){.propagation = MS_PRIVATE}, sizeof(struct mount_attr));)c"},
        {"one mount of the sandbox made shared",
         R"c(target = syscall(SYS_openat2, new_root, "data", &(struct open_how){.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS}, sizeof(struct open_how));
mount_setattr(target, "", AT_EMPTY_PATH, &(struct mount_attr){.propagation = MS_SHARED}, sizeof(struct mount_attr));)c"},
        {"a fresh proc",
         R"c(fd = fsopen("proc", FSOPEN_CLOEXEC);
fsconfig(fd, FSCONFIG_SET_STRING, "source", "proc", 0);
fsconfig(fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
mnt = fsmount(fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
target = syscall(SYS_openat2, new_root, "proc", &(struct open_how){.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS}, sizeof(struct open_how));
move_mount(mnt, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);)c"},
        {"a tmpfs with options",
         R"c(fd = fsopen("tmpfs", FSOPEN_CLOEXEC);
fsconfig(fd, FSCONFIG_SET_STRING, "source", "a b", 0);
fsconfig(fd, FSCONFIG_SET_STRING, "size", "64k", 0);
fsconfig(fd, FSCONFIG_SET_FLAG, "huge", NULL, 0);
fsconfig(fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
mnt = fsmount(fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME);
target = syscall(SYS_openat2, new_root, "my data", &(struct open_how){.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS}, sizeof(struct open_how));
move_mount(mnt, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);)c"},
        {"a read-only sysfs",
         R"c(fd = fsopen("sysfs", FSOPEN_CLOEXEC);
fsconfig(fd, FSCONFIG_SET_STRING, "source", "sysfs", 0);
fsconfig(fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
mnt = fsmount(fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
target = syscall(SYS_openat2, new_root, "sys", &(struct open_how){.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS}, sizeof(struct open_how));
move_mount(mnt, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);)c"},
        {"an overlay with hostile layer names",
         R"c(fd = fsopen("overlay", FSOPEN_CLOEXEC);
fsconfig(fd, FSCONFIG_SET_STRING, "source", "overlay", 0);
fsconfig(fd, FSCONFIG_SET_STRING, "lowerdir+", "/layers/top:1", 0);
fsconfig(fd, FSCONFIG_SET_STRING, "lowerdir+", "/layers/a,b\\c", 0);
fsconfig(fd, FSCONFIG_SET_STRING, "upperdir", "/run/up", 0);
fsconfig(fd, FSCONFIG_SET_STRING, "workdir", "/run/work", 0);
fsconfig(fd, FSCONFIG_SET_FLAG, "userxattr", NULL, 0);
fsconfig(fd, FSCONFIG_SET_FLAG, "volatile", NULL, 0);
fsconfig(fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
mnt = fsmount(fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID);
target = open("/run/root", O_PATH | O_CLOEXEC);
move_mount(mnt, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);)c"},
        {"an overlay that is only read",
         R"c(fd = fsopen("overlay", FSOPEN_CLOEXEC);
fsconfig(fd, FSCONFIG_SET_STRING, "source", "overlay", 0);
fsconfig(fd, FSCONFIG_SET_STRING, "lowerdir+", "/a", 0);
fsconfig(fd, FSCONFIG_SET_STRING, "lowerdir+", "/b", 0);
fsconfig(fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
mnt = fsmount(fd, FSMOUNT_CLOEXEC, 0);
target = open("/run/root", O_PATH | O_CLOEXEC);
move_mount(mnt, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);)c"},
        {"a mount that moves",
         R"c(source = open("/srv", O_PATH | O_CLOEXEC);
target = open("/mnt", O_PATH | O_CLOEXEC);
move_mount(source, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);)c"},
        {"a recursive bind",
         R"c(source = open("/srv/it's", O_PATH | O_CLOEXEC);
tree = open_tree(source, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
target = syscall(SYS_openat2, new_root, "data", &(struct open_how){.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS}, sizeof(struct open_how));
move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);)c"},
        {"a bind onto itself of what may be missing",
         R"c(source = syscall(SYS_openat2, new_root, "proc/sys", &(struct open_how){.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS}, sizeof(struct open_how));
if (source < 0 && errno == ENOENT) return;
tree = open_tree(source, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
target = syscall(SYS_openat2, new_root, "proc/sys", &(struct open_how){.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS}, sizeof(struct open_how));
move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);)c"},
        {"a mount made read-only",
         R"c(target = syscall(SYS_openat2, new_root, "data", &(struct open_how){.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS}, sizeof(struct open_how));
mount_setattr(target, "", AT_EMPTY_PATH, &(struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY}, sizeof(struct mount_attr));)c"},
        {"a tree made read-only and noatime",
         R"c(target = syscall(SYS_openat2, new_root, "proc/sys", &(struct open_how){.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS}, sizeof(struct open_how));
if (target < 0 && errno == ENOENT) return;
mount_setattr(target, "", AT_EMPTY_PATH | AT_RECURSIVE, &(struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME, .attr_clr = MOUNT_ATTR_NOEXEC | MOUNT_ATTR__ATIME}, sizeof(struct mount_attr));)c"},
        {"a masked path",
         R"c(target = syscall(SYS_openat2, new_root, "proc/kcore", &(struct open_how){.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS}, sizeof(struct open_how));
if (target < 0 && errno == ENOENT) return;
fstat(target, &status);
null = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
fd = fsopen("tmpfs", FSOPEN_CLOEXEC);
fsconfig(fd, FSCONFIG_SET_STRING, "source", "masked", 0);
fsconfig(fd, FSCONFIG_SET_STRING, "mode", "0555", 0);
fsconfig(fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
tree = S_ISDIR(status.st_mode) ? fsmount(fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC) : open_tree(null, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);)c"},
        {"a directory of the host",
         R"c(parent = open("/run/box", O_PATH | O_CLOEXEC);
mkdirat(parent, "root", 0700);)c"},
        {"a directory in the sandbox",
         R"c(parent = syscall(SYS_openat2, new_root, "dev", &(struct open_how){.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS}, sizeof(struct open_how));
mkdirat(parent, "shm", 01777);)c"},
        {"a mount point like a file",
         R"c(like = open("/run/hosts", O_PATH | O_CLOEXEC);
fstat(like, &status);
parent = syscall(SYS_openat2, new_root, "etc", &(struct open_how){.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS}, sizeof(struct open_how));
if (S_ISDIR(status.st_mode)) mkdirat(parent, "hosts", 0755);
else fd = openat(parent, "hosts", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);)c"},
        {"a device node",
         R"c(stat("/dev/null", &status);
parent = syscall(SYS_openat2, new_root, "dev", &(struct open_how){.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS}, sizeof(struct open_how));
mknodat(parent, "null", (status.st_mode & S_IFMT) | 0666, status.st_rdev);)c"},
        {"a symbolic link",
         R"c(parent = syscall(SYS_openat2, new_root, "dev", &(struct open_how){.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS}, sizeof(struct open_how));
symlinkat("pts/ptmx", parent, "ptmx");)c"},
        {"a file with a text",
         R"c(parent = open("/run", O_PATH | O_CLOEXEC);
fd = openat(parent, "hosts", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
write(fd, "127.0.0.1\tlocalhost 100%\n", 25);)c"},
        {"a copied file",
         R"c(source = open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC);
length = read(source, buffer, sizeof buffer);
parent = open("/run", O_PATH | O_CLOEXEC);
fd = openat(parent, "resolv.conf", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
write(fd, buffer, length);)c"},
        {"a host name", R"c(sethostname("box", 3);)c"},
        {"a domain name", R"c(setdomainname("example.org", 11);)c"},
        {"the loopback interface",
         R"c(fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
ioctl(fd, SIOCSIFFLAGS, &(struct ifreq){.ifr_name = "lo", .ifr_flags = IFF_UP});)c"},
        {"into the new root", R"c(chdir("/run/box/root");)c"},
        {"to the root", R"c(chdir("/");)c"},
        {"the textbook switch", R"c(syscall(SYS_pivot_root, ".", ".put_old");)c"},
        {"the switch without put_old", R"c(syscall(SYS_pivot_root, ".", ".");)c"},
        {"a chroot", R"c(chroot(".");)c"},
        {"the old root detached", R"c(umount2("/.put_old", MNT_DETACH | UMOUNT_NOFOLLOW);)c"},
        {"a plain unmount", R"c(umount2("/mnt", UMOUNT_NOFOLLOW);)c"},
        {"put_old removed", R"c(rmdir("/.put_old");)c"},
        {"a terminal",
         R"c(master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
ioctl(master, TIOCSPTLCK, &(int){0});
terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);)c"},
        {"the payload's process", R"c(clone(enter, stack, CLONE_VFORK | CLONE_VM | SIGCHLD, work);)c"},
        {"a session", R"c(setsid();)c"},
        {"a session on the terminal",
         R"c(setsid();
ioctl(STDIN_FILENO, TIOCSCTTY, 0);)c"},
        {"a resource limit",
         R"c(setrlimit(RLIMIT_NOFILE, &(struct rlimit){.rlim_cur = 1024, .rlim_max = RLIM_INFINITY});)c"},
        {"the bounding set",
         R"c(keep = 1ULL << CAP_CHOWN | 1ULL << CAP_KILL;
for (int cap = 0; cap <= CAP_LAST_CAP; cap++) if (!(keep >> cap & 1)) prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);)c"},
        {"another user",
         R"c(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
setgroups(2, (gid_t[]){5, 6});
setresgid(100, 100, 100);
setresuid(1000, 1000, 1000);)c"},
        {"root with setgroups denied",
         R"c(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
setresgid(0, 0, 0);
setresuid(0, 0, 0);)c"},
        {"capabilities of root",
         R"c(keep = 1ULL << CAP_CHOWN;
prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
syscall(SYS_capset, &(struct __user_cap_header_struct){.version = _LINUX_CAPABILITY_VERSION_3}, (struct __user_cap_data_struct[]){{keep, keep, 0}, {keep >> 32, keep >> 32, 0}});)c"},
        {"ambient capabilities",
         R"c(keep = 1ULL << CAP_NET_BIND_SERVICE;
prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
syscall(SYS_capset, &(struct __user_cap_header_struct){.version = _LINUX_CAPABILITY_VERSION_3}, (struct __user_cap_data_struct[]){{keep, keep, keep}, {keep >> 32, keep >> 32, keep >> 32}});
for (int cap = 0; cap <= CAP_LAST_CAP; cap++) if (keep >> cap & 1) prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);)c"},
        {"no_new_privs", R"c(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);)c"},
        {"the default filter", R"c(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);)c"},
        {"a command that is searched",
         R"c(execvpe("sh", (char *[]){"sh", "-c", "echo \"it's\"; exit 3", NULL}, (char *[]){"PATH=/bin", "A=b c", NULL});)c"},
        {"a command by its path", R"c(execve("/bin/true", (char *[]){"/bin/true", NULL}, (char *[]){NULL});)c"},
    };
    return texts;
}
