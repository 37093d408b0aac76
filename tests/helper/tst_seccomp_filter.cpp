// SPDX-License-Identifier: Apache-2.0
//
// The default system call filter: every number by an interpreter, the attacks (rows 10 and 11 of the threat list:
// terminal injection, forgotten calls) on the real kernel, and ordinary programs that must not notice.
#include "core/spec/capability_names.h"
#include "helper/seccomp_filter.h"
#include "helper/seccomp_profile.h"
#include "helper/seccomp_program.h"
#include "tests/helper/allocation_counter.h"
#include "tests/helper/bpf_interpreter.h"
#include "tests/helper/in_child.h"

#include <QtTest>

#include <asm/termbits.h>
#include <cerrno>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <map>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thread>

using namespace pivotbench;
using namespace pivotbench::helper;
using pivotbench::test::evaluate;
using pivotbench::test::inChild;

namespace {

constexpr std::uint32_t allowed = SECCOMP_RET_ALLOW;
constexpr std::uint32_t answer(int errnum) { return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(errnum); }
constexpr std::uint64_t highBits = 0xdeadbeefULL << 32;
constexpr std::uint32_t x32Bit = 0x40000000;

// A call that is younger than the headers of the oldest supported system, and one that does not exist yet.
constexpr long nrOpenTreeAttr = 467, nrFuture = 900;

std::vector<std::string> plus(std::vector<std::string> names, const char *name)
{
    names.emplace_back(name);
    return names;
}

SeccompFilter filterFor(const std::vector<std::string> &capabilities)
{
    auto filter = defaultFilter(capabilities);
    if (!filter)
        qFatal("%s", core::describe(filter.error()).c_str());
    return *std::move(filter);
}

seccomp_data call(std::uint32_t number, std::uint64_t a0 = 0, std::uint64_t a1 = 0, std::uint64_t a2 = 0)
{
    return {
        .nr = static_cast<int>(number), .arch = seccomp_arch_native(), .instruction_pointer = 0, .args = {a0, a1, a2}};
}

bool confine(const SeccompFilter &filter)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && install(filter).has_value();
}

struct Arguments {
    std::uint64_t a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0;
};

/// errno of the call made behind the filter; 0 when it succeeds.
int errnoBehind(const SeccompFilter &filter, long number, const Arguments &args)
{
    return inChild([&] {
        if (!confine(filter))
            return 250;
        errno = 0;
        const long result = syscall(number, args.a0, args.a1, args.a2, args.a3, args.a4);
        if (result == 0 && (number == SYS_clone || number == SYS_clone3) && getppid() != 0)
            return 0; // parent or child of a clone, both leave
        return result < 0 ? errno : 0;
    });
}

int runBehind(const SeccompFilter &filter, const char *script)
{
    return inChild([&] {
        if (!confine(filter))
            return 250;
        const int null = open("/dev/null", O_WRONLY);
        dup2(null, STDOUT_FILENO);
        execl("/bin/sh", "sh", "-c", script, nullptr);
        return 251;
    });
}

} // namespace

class TestSeccompFilter : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { m_filter = filterFor(core::defaultCapabilities()); }

    void everyNumberHasTheAnswerOfItsRule();
    void argumentsDecide_data();
    void argumentsDecide();
    void aKeptCapabilityUnlocksItsCalls_data();
    void aKeptCapabilityUnlocksItsCalls();
    void otherArchitecturesAreAbsent();
    void longProgramsJumpFar();
    void attacksAreRefused_data();
    void attacksAreRefused();
    void ordinaryCallsWork_data();
    void ordinaryCallsWork();
    void thirtyTwoBitCallsAreAbsent();
    void threadsStart();
    void programsRun_data();
    void programsRun();
    void aSharedMemoryChildInstalls();
    void aFailedInstallationNeedsNoMemory();
    void unknownCapabilitiesAreRefused();

private:
    SeccompFilter m_filter{{}};
};

void TestSeccompFilter::everyNumberHasTheAnswerOfItsRule()
{
    const auto rules = defaultRules(core::defaultCapabilities());
    QVERIFY(rules.has_value());
    std::map<std::uint32_t, SyscallRule> byNumber;
    for (const SyscallRule &rule : *rules)
        QVERIFY2(byNumber.emplace(rule.number, rule).second, std::string(rule.name).c_str());

    for (std::uint32_t number = 0; number < 1100; ++number) {
        const auto rule = byNumber.find(number);
        const Verdict verdict = rule == byNumber.end() ? Verdict::Absent : rule->second.verdict;
        const auto got = evaluate(m_filter.program(), call(number));
        QVERIFY(got.has_value());
        switch (verdict) {
        case Verdict::Allow: QCOMPARE(*got, allowed); break;
        case Verdict::Refuse: QCOMPARE(*got, answer(EPERM)); break;
        case Verdict::Absent: QCOMPARE(*got, answer(ENOSYS)); break;
        case Verdict::CheckClone:
        case Verdict::CheckIoctl:
        case Verdict::CheckPersonality: QCOMPARE(*got, allowed); break; // all arguments are 0
        case Verdict::CheckSocket: QCOMPARE(*got, answer(EAFNOSUPPORT)); break;
        }
        // x32: the same number with bit 30, on the same audit architecture.
        QCOMPARE(evaluate(m_filter.program(), call(number | x32Bit)), std::optional(answer(ENOSYS)));
    }
    QCOMPARE(evaluate(m_filter.program(), call(0x7fffffff)), std::optional(answer(ENOSYS)));
    QCOMPARE(evaluate(m_filter.program(), call(0xfffffffe)), std::optional(answer(ENOSYS)));
    QCOMPARE(evaluate(m_filter.program(), call(0xffffffff)), std::optional(allowed)); // skipped by a tracer
}

void TestSeccompFilter::argumentsDecide_data()
{
    QTest::addColumn<long>("number");
    QTest::addColumn<quint64>("a0");
    QTest::addColumn<quint64>("a1");
    QTest::addColumn<quint64>("a2");
    QTest::addColumn<quint32>("expected");
    const auto row = [](const char *name, long number, quint64 a0, quint64 a1, quint64 a2, quint32 expected) {
        QTest::newRow(name) << number << a0 << a1 << a2 << expected;
    };
    row("TIOCSTI is refused", SYS_ioctl, 0, TIOCSTI, 0, answer(EPERM));
    row("TIOCSTI with high bits is refused", SYS_ioctl, 0, TIOCSTI | highBits, 0, answer(EPERM));
    row("TIOCSTI sign-extended is refused", SYS_ioctl, 0, TIOCSTI | 0xffffffff00000000ULL, 0, answer(EPERM));
    row("TIOCLINUX is refused", SYS_ioctl, 0, TIOCLINUX, 0, answer(EPERM));
    row("TIOCLINUX with one high bit is refused", SYS_ioctl, 0, TIOCLINUX | (1ULL << 63), 0, answer(EPERM));
    row("TCGETS is allowed", SYS_ioctl, 0, TCGETS, 0, allowed);
    row("TCGETS with high bits is allowed", SYS_ioctl, 0, TCGETS | highBits, 0, allowed);
    row("the neighbour below TIOCSTI is allowed", SYS_ioctl, 0, TIOCSTI - 1, 0, allowed);
    row("the neighbour above TIOCLINUX is allowed", SYS_ioctl, 0, TIOCLINUX + 1, 0, allowed);

    row("a thread is allowed", SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, 0, 0,
        allowed);
    row("a process is allowed", SYS_clone, SIGCHLD, 0, 0, allowed);
    const std::pair<const char *, quint64> namespaces[] = {
        {"a new user namespace is refused", CLONE_NEWUSER},     {"a new mount namespace is refused", CLONE_NEWNS},
        {"a new PID namespace is refused", CLONE_NEWPID},       {"a new network namespace is refused", CLONE_NEWNET},
        {"a new UTS namespace is refused", CLONE_NEWUTS},       {"a new IPC namespace is refused", CLONE_NEWIPC},
        {"a new cgroup namespace is refused", CLONE_NEWCGROUP},
    };
    for (const auto &[name, flag] : namespaces)
        row(name, SYS_clone, flag | SIGCHLD, 0, 0, answer(EPERM));
    row("a user namespace with high bits is refused", SYS_clone, CLONE_NEWUSER | highBits, 0, 0, answer(EPERM));

    row("plain Linux is allowed", SYS_personality, PER_LINUX, 0, 0, allowed);
    row("asking for the personality is allowed", SYS_personality, 0xffffffff, 0, 0, allowed);
    row("asking with all 64 bits is allowed", SYS_personality, ~quint64{0}, 0, 0, allowed);
    row("switching off randomization is refused", SYS_personality, ADDR_NO_RANDOMIZE, 0, 0, answer(EPERM));
    row("READ_IMPLIES_EXEC is refused", SYS_personality, READ_IMPLIES_EXEC, 0, 0, answer(EPERM));
    row("a foreign execution domain with high bits is refused", SYS_personality, PER_SVR4 | highBits, 0, 0,
        answer(EPERM));

    row("local sockets are allowed", SYS_socket, AF_UNIX, SOCK_STREAM, 0, allowed);
    row("internet sockets are allowed", SYS_socket, AF_INET, SOCK_STREAM, 0, allowed);
    row("internet 6 sockets are allowed", SYS_socket, AF_INET6, SOCK_DGRAM, 0, allowed);
    row("an int with high bits is the int", SYS_socket, AF_INET | highBits, SOCK_STREAM, 0, allowed);
    row("route netlink is allowed", SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, allowed);
    row("netfilter netlink is absent", SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER, answer(EPROTONOSUPPORT));
    row("audit netlink is absent", SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_AUDIT, answer(EPROTONOSUPPORT));
    row("audit netlink with high bits is absent", SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_AUDIT | highBits,
        answer(EPROTONOSUPPORT));
    row("hypervisor sockets are absent", SYS_socket, AF_VSOCK, SOCK_STREAM, 0, answer(EAFNOSUPPORT));
    row("hypervisor sockets with high bits are absent", SYS_socket, AF_VSOCK | highBits, SOCK_STREAM, 0,
        answer(EAFNOSUPPORT));
    row("kernel crypto sockets are absent", SYS_socket, AF_ALG, SOCK_SEQPACKET, 0, answer(EAFNOSUPPORT));
    row("packet sockets are absent", SYS_socket, AF_PACKET, SOCK_RAW, 0, answer(EAFNOSUPPORT));
    row("a pair of rare sockets is absent", SYS_socketpair, AF_TIPC, SOCK_STREAM, 0, answer(EAFNOSUPPORT));
    row("a pair of local sockets is allowed", SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, allowed);
}

void TestSeccompFilter::argumentsDecide()
{
    QFETCH(long, number);
    QFETCH(quint64, a0);
    QFETCH(quint64, a1);
    QFETCH(quint64, a2);
    QFETCH(quint32, expected);
    QCOMPARE(evaluate(m_filter.program(), call(static_cast<std::uint32_t>(number), a0, a1, a2)),
             std::optional(expected));
}

void TestSeccompFilter::aKeptCapabilityUnlocksItsCalls_data()
{
    QTest::addColumn<QByteArray>("capability");
    QTest::addColumn<long>("number");
    QTest::addColumn<quint32>("without");
    const auto row = [](const char *capability, const char *name, long number, quint32 without = answer(EPERM)) {
        QTest::addRow("%s gives %s", capability, name) << QByteArray(capability) << number << without;
    };
    row("CAP_SYS_ADMIN", "mount", SYS_mount);
    row("CAP_SYS_ADMIN", "unshare", SYS_unshare);
    row("CAP_SYS_ADMIN", "clone3", SYS_clone3, answer(ENOSYS));
    row("CAP_SYS_ADMIN", "open_tree_attr", nrOpenTreeAttr);
    row("CAP_SYS_ADMIN", "bpf", SYS_bpf);
    row("CAP_BPF", "bpf", SYS_bpf);
    row("CAP_PERFMON", "perf_event_open", SYS_perf_event_open);
    row("CAP_SYS_PTRACE", "pidfd_getfd", SYS_pidfd_getfd);
    row("CAP_SYS_TIME", "clock_settime", SYS_clock_settime);
    row("CAP_SYS_MODULE", "finit_module", SYS_finit_module);
    row("CAP_SYS_BOOT", "reboot", SYS_reboot);
    row("CAP_SYS_PACCT", "acct", SYS_acct);
    row("CAP_SYS_TTY_CONFIG", "vhangup", SYS_vhangup);
    row("CAP_SYS_NICE", "mbind", SYS_mbind);
    row("CAP_SYSLOG", "syslog", SYS_syslog);
    row("CAP_DAC_READ_SEARCH", "open_by_handle_at", SYS_open_by_handle_at);
    row("CAP_SYS_CHROOT", "chroot", SYS_chroot);
}

void TestSeccompFilter::aKeptCapabilityUnlocksItsCalls()
{
    QFETCH(QByteArray, capability);
    QFETCH(long, number);
    QFETCH(quint32, without);
    const seccomp_data asked = call(static_cast<std::uint32_t>(number));
    QCOMPARE(evaluate(filterFor({}).program(), asked), std::optional(without));
    QCOMPARE(evaluate(filterFor({capability.toStdString()}).program(), asked), std::optional(allowed));

    // With every capability the calls that nobody needs are still refused.
    const SeccompFilter all = filterFor(core::allCapabilities());
    for (const long refused : {SYS_keyctl, SYS_io_uring_setup, SYS_userfaultfd, SYS_kexec_load})
        QCOMPARE(evaluate(all.program(), call(static_cast<std::uint32_t>(refused))), std::optional(answer(EPERM)));
    QCOMPARE(evaluate(all.program(), call(SYS_ioctl, 0, TIOCSTI | highBits)), std::optional(answer(EPERM)));
    QCOMPARE(evaluate(all.program(), call(SYS_clone, CLONE_NEWUSER)), std::optional(allowed));
    QCOMPARE(
        evaluate(filterFor(plus(core::defaultCapabilities(), "CAP_NET_RAW")).program(), call(SYS_socket, AF_PACKET)),
        std::optional(allowed));
}

void TestSeccompFilter::otherArchitecturesAreAbsent()
{
    seccomp_data foreign = call(SYS_getpid);
    foreign.arch = SCMP_ARCH_X86;
    QCOMPARE(evaluate(m_filter.program(), foreign), std::optional(answer(ENOSYS)));
    foreign.arch = SCMP_ARCH_S390X;
    QCOMPARE(evaluate(m_filter.program(), foreign), std::optional(answer(ENOSYS)));
}

void TestSeccompFilter::longProgramsJumpFar()
{
    // Every second number allowed: a thousand ranges, far more than a conditional jump can pass over.
    std::map<std::uint32_t, bpf::Block> blocks;
    for (std::uint32_t number = 1; number < 2000; number += 2)
        blocks.emplace(number, bpf::Block{bpf::allow()});
    const auto program = bpf::assemble(seccomp_arch_native(), blocks, bpf::refuse(EPERM));
    for (std::uint32_t number = 0; number < 2100; ++number)
        QCOMPARE(evaluate(program, call(number)), std::optional(blocks.contains(number) ? allowed : answer(EPERM)));
}

void TestSeccompFilter::attacksAreRefused_data()
{
    QTest::addColumn<long>("number");
    QTest::addColumn<quint64>("a0");
    QTest::addColumn<quint64>("a1");
    QTest::addColumn<int>("expected");
    const auto row = [](const char *name, long number, quint64 a0, quint64 a1, int expected) {
        QTest::newRow(name) << number << a0 << a1 << expected;
    };
    // Arguments are such that the kernel itself would say something else: EBADF, EFAULT, EINVAL, or success.
    const quint64 badFd = ~quint64{0};
    row("typing into the terminal", SYS_ioctl, badFd, TIOCSTI, EPERM);
    row("typing into the terminal, high bits set", SYS_ioctl, badFd, TIOCSTI | highBits, EPERM);
    row("pasting into the console", SYS_ioctl, badFd, TIOCLINUX, EPERM);
    row("pasting into the console, high bits set", SYS_ioctl, badFd, TIOCLINUX | highBits, EPERM);
    row("clone with a user namespace", SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, EPERM);
    row("clone3 with good arguments", SYS_clone3, 0, 0, ENOSYS);
    row("unshare of a user namespace", SYS_unshare, CLONE_NEWUSER, 0, EPERM);
    row("unshare of nothing", SYS_unshare, 0, 0, EPERM);
    row("setns", SYS_setns, badFd, 0, EPERM);
    row("mount", SYS_mount, 0, 0, EPERM);
    row("umount2", SYS_umount2, 0, 0, EPERM);
    row("pivot_root", SYS_pivot_root, 0, 0, EPERM);
    row("open_tree", SYS_open_tree, badFd, 0, EPERM);
    row("open_tree_attr", nrOpenTreeAttr, badFd, 0, EPERM);
    row("move_mount", SYS_move_mount, badFd, 0, EPERM);
    row("fsopen", SYS_fsopen, 0, 0, EPERM);
    row("fsconfig", SYS_fsconfig, badFd, 0, EPERM);
    row("fsmount", SYS_fsmount, badFd, 0, EPERM);
    row("fspick", SYS_fspick, badFd, 0, EPERM);
    row("mount_setattr", SYS_mount_setattr, badFd, 0, EPERM);
    row("bpf", SYS_bpf, 9999, 0, EPERM);
    row("add_key", SYS_add_key, 0, 0, EPERM);
    row("request_key", SYS_request_key, 0, 0, EPERM);
    row("keyctl", SYS_keyctl, 0, 0, EPERM);
    row("io_uring_setup", SYS_io_uring_setup, 8, 0, EPERM);
    row("io_uring_enter", SYS_io_uring_enter, badFd, 0, EPERM);
    row("io_uring_register", SYS_io_uring_register, badFd, 0, EPERM);
    row("userfaultfd", SYS_userfaultfd, 0, 0, EPERM);
    row("perf_event_open", SYS_perf_event_open, 0, 0, EPERM);
    row("kexec_load", SYS_kexec_load, 0, 0, EPERM);
    row("kexec_file_load", SYS_kexec_file_load, badFd, 0, EPERM);
    row("open_by_handle_at", SYS_open_by_handle_at, badFd, 0, EPERM);
    row("personality without randomization", SYS_personality, ADDR_NO_RANDOMIZE, 0, EPERM);
    row("a hypervisor socket", SYS_socket, AF_VSOCK, SOCK_STREAM, EAFNOSUPPORT);
    row("a kernel crypto socket", SYS_socket, AF_ALG, SOCK_SEQPACKET, EAFNOSUPPORT);
    row("a call of the future", nrFuture, 0, 0, ENOSYS);
#ifdef __x86_64__
    row("x32 getpid", SYS_getpid | x32Bit, 0, 0, ENOSYS);
    row("x32 ioctl, its own number", 514L | x32Bit, badFd, TIOCSTI, ENOSYS);
    row("x32 mount", SYS_mount | x32Bit, 0, 0, ENOSYS);
    row("x32 execve, its own number", 520L | x32Bit, 0, 0, ENOSYS);
#endif
}

void TestSeccompFilter::attacksAreRefused()
{
    QFETCH(long, number);
    QFETCH(quint64, a0);
    QFETCH(quint64, a1);
    QFETCH(int, expected);
    QCOMPARE(errnoBehind(m_filter, number, {a0, a1}), expected);
}

void TestSeccompFilter::ordinaryCallsWork_data()
{
    QTest::addColumn<long>("number");
    QTest::addColumn<quint64>("a0");
    QTest::addColumn<quint64>("a1");
    QTest::addColumn<int>("expected");
    const auto row = [](const char *name, long number, quint64 a0, quint64 a1, int expected) {
        QTest::newRow(name) << number << a0 << a1 << expected;
    };
    const quint64 badFd = ~quint64{0};
    row("getpid succeeds", SYS_getpid, 0, 0, 0);
    row("a local socket succeeds", SYS_socket, AF_UNIX, SOCK_STREAM, 0);
    row("an ioctl reaches the kernel", SYS_ioctl, badFd, TCGETS, EBADF);
    row("clone of a process succeeds", SYS_clone, SIGCHLD, 0, 0);
    row("asking for the personality succeeds", SYS_personality, 0xffffffff, 0, 0);
    row("chroot reaches the kernel", SYS_chroot, 0, 0, EFAULT);
    row("a skipped call says what the kernel says", -1L, 0, 0, ENOSYS);
}

void TestSeccompFilter::ordinaryCallsWork()
{
    QFETCH(long, number);
    QFETCH(quint64, a0);
    QFETCH(quint64, a1);
    QFETCH(int, expected);
    QCOMPARE(errnoBehind(m_filter, number, {a0, a1}), expected);
}

void TestSeccompFilter::thirtyTwoBitCallsAreAbsent()
{
#ifdef __x86_64__
    constexpr long getpid32 = 20;
    const auto oldGate = [] {
        long result = getpid32;
        asm volatile("int $0x80" : "+a"(result)::"memory", "r8", "r9", "r10", "r11");
        return result;
    };
    if (inChild([&] { return oldGate() == getpid() ? 0 : 1; }) != 0)
        QSKIP("this kernel has no 32-bit calls");
    QCOMPARE(inChild([&] { return confine(m_filter) && oldGate() == -ENOSYS ? 0 : 1; }), 0);
#else
    QSKIP("the old gate is for x86 only");
#endif
}

void TestSeccompFilter::threadsStart()
{
    QCOMPARE(inChild([&] {
                 if (!confine(m_filter))
                     return 250;
                 int sum = 0;
                 std::thread first([&sum] { sum += 20; });
                 first.join();
                 std::thread second([&sum] { sum += 22; });
                 second.join();
                 return sum;
             }),
             42);
}

void TestSeccompFilter::programsRun_data()
{
    QTest::addColumn<QByteArray>("needs");
    QTest::addColumn<QByteArray>("script");
    QTest::addColumn<int>("expected");
    const auto row = [](const char *name, const char *needs, const char *script, int expected = 0) {
        QTest::newRow(name) << QByteArray(needs) << QByteArray(script) << expected;
    };
    row("a shell with pipes and jobs", "sh", "(echo b; echo a) | sort | head -n 1 | grep -q a & wait $!");
    row("ls", "ls", "ls -l / /proc/self /dev");
    row("find and xargs", "xargs", "find /etc -maxdepth 1 -print0 2>/dev/null | xargs -0 -n 20 echo");
    row("copying, with times and attributes", "cp",
        "d=$(mktemp -d) && cp -a /etc/passwd $d/a && mv $d/a $d/b && ln -s b $d/c && cat $d/c && rm -r $d");
    row("tar", "tar", "tar -cf - /etc/passwd 2>/dev/null | tar -tf -");
    row("python with threads, sockets and processes", "python3",
        "python3 -c 'import threading, socket, subprocess, multiprocessing\n"
        "t = threading.Thread(target=lambda: None); t.start(); t.join()\n"
        "s = socket.socket(); s.bind((\"127.0.0.1\", 0)); s.close()\n"
        "subprocess.run([\"true\"], check=True)'");
    row("a program that asks for a namespace fails", "unshare", "unshare -U true 2>/dev/null", 1);
}

void TestSeccompFilter::programsRun()
{
    QFETCH(QByteArray, needs);
    QFETCH(QByteArray, script);
    QFETCH(int, expected);
    const QByteArray present = "command -v " + needs + " >/dev/null";
    if (inChild([&] { return execl("/bin/sh", "sh", "-c", present.constData(), nullptr); }) != 0)
        QSKIP(qPrintable(QStringLiteral("%1 is not installed").arg(QString::fromUtf8(needs))));
    QCOMPARE(runBehind(m_filter, script.constData()), expected);
}

void TestSeccompFilter::aSharedMemoryChildInstalls()
{
    // vfork: the child runs in this very memory while the parent waits. Its filter must be its own.
    int status = 0;
    const pid_t child = vfork();
    QVERIFY(child >= 0);
    if (child == 0)
        _exit(confine(m_filter) && syscall(SYS_keyctl, 0, 0) < 0 && errno == EPERM ? 0 : 1);
    QCOMPARE(waitpid(child, &status, 0), child);
    QCOMPARE(status, 0);
    QCOMPARE(prctl(PR_GET_SECCOMP), 0);
}

void TestSeccompFilter::aFailedInstallationNeedsNoMemory()
{
    const SeccompFilter empty({});
    const std::size_t before = test::allocations;
    const core::Status status = install(empty);
    QCOMPARE(test::allocations, before);
    QVERIFY(!status);
    QCOMPARE(status.error().errnum, EINVAL);
    QCOMPARE(status.error().what, std::string("seccomp(2)"));
}

void TestSeccompFilter::unknownCapabilitiesAreRefused()
{
    const auto filter = defaultFilter({"CAP_CHOWN", "CAP_NONSENSE"});
    QVERIFY(!filter);
    QCOMPARE(filter.error().code, std::string("capability.unknown"));
}

QTEST_GUILESS_MAIN(TestSeccompFilter)
#include "tst_seccomp_filter.moc"
