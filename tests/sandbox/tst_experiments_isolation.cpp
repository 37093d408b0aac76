// SPDX-License-Identifier: Apache-2.0
//
// Experiments of the reference texts that are about /proc, /dev and the files that are put into a root, made for real.
// The number before a test is the experiment's. Where a text is wrong, the kernel's answer is what the test asks for.
#include "sandbox_test.h"

#include <cerrno>
#include <cstring>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

using namespace pivotbench;
using test::bothUsers;
using test::Outcome;
using test::row;
using test::tableOf;

namespace {

/// "MAJOR:MINOR" in hexadecimal, as stat(1) prints "%t:%T"; empty when it is no character device.
QByteArray deviceNumber(const QString &path)
{
    struct stat status{};
    if (::stat(qPrintable(path), &status) < 0 || !S_ISCHR(status.st_mode))
        return {};
    return QByteArray::number(major(status.st_rdev), 16) + ':' + QByteArray::number(minor(status.st_rdev), 16);
}

} // namespace

class TestExperimentsIsolation : public test::SandboxTest {
    Q_OBJECT

private:
    /// A shell script in a sandbox that may do everything its user namespace lets it do.
    Outcome unhardened(const QByteArray &fields, const QString &script)
    {
        const QString spec = m_user->makeSpec(m_root, fields + R"(, "sys": "none", "seccomp": {"profile": "none"},
            "process": {"args": ["/bin/sh"], "env": ["PATH=/bin"], "capabilities": "all", "noNewPrivileges": false})");
        return m_user->pivotctl({"run", "-q", spec, "-T", "--", "/bin/sh", "-c", script});
    }

private slots:
    void cleanup() { m_user.reset(); }

    // 25
    void aBoundProcListsTheHostsProcesses_data() { bothUsers(); }
    void aBoundProcListsTheHostsProcesses()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        auto process = m_user->start("sleep", {"300"});
        const QByteArray pid = QByteArray::number(process->processId());
        const QString look = QStringLiteral("grep -E '^(Name|NSpid)' /proc/%1/status; "
                                            "echo $$; exec grep NSpid /proc/self/status")
                                 .arg(QString::fromLatin1(pid));
        const Outcome bound = unhardened(R"("proc": "host", "dev": {"policy": "none"})", look);
        const QList<QByteArray> seen = bound.output.trimmed().split('\n');
        QVERIFY2(seen.size() == 4, bound.all());
        QCOMPARE(seen[0], "Name:\tsleep");
        QVERIFY(seen[1].startsWith("NSpid:\t" + pid));
        // A text says that /proc/self is another process then. It is the same one, by its number in the host's
        // namespace.
        const QList<QByteArray> numbers = seen[3].split('\t');
        QVERIFY2(numbers.size() > 2, seen[3]);
        QCOMPARE(numbers.back(), seen[2]);
        QVERIFY2(numbers[numbers.size() - 2] != seen[2], seen[3]);
        // A fresh one knows nothing of the host's.
        const Outcome fresh = unhardened(R"("proc": "private", "dev": {"policy": "none"})", look);
        QVERIFY2(!fresh.output.contains("sleep") && fresh.output.endsWith("\nNSpid:\t2\n"), fresh.all());
        process->kill();
        process->waitForFinished();
    }

    // 26
    void aFreshProcShowsItsPidNamespace_data() { bothUsers(); }
    void aFreshProcShowsItsPidNamespace()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        const QString list = "cd /proc && cat [0-9]*/comm";
        const Outcome own = unhardened(R"("proc": "private", "dev": {"policy": "none"})", list + "; echo [0-9]*");
        QCOMPARE(own.output, "pivot-init\nsh\n1 2\n");
        // Without a PID namespace it shows the processes of the host's, and in a user namespace it is not to be had.
        auto process = m_user->start("sleep", {"300"});
        const QByteArray host = R"("namespaces": {"pid": "host"}, "dev": {"policy": "none"}, "proc": )";
        const QString hosts = QStringLiteral("cat /proc/%1/comm").arg(process->processId());
        if (root) {
            const Outcome shared = unhardened(host + R"("private")", hosts);
            QCOMPARE(shared.output, "sleep\n");
        } else {
            const Outcome refused = unhardened(host + R"("private")", hosts);
            QVERIFY2(refused.status == 125 && refused.error.contains("EPERM"), refused.all());
            // Validation said so before the kernel was asked. Here is what the kernel says.
            const Outcome asked = unhardened(host + R"("none")", "mount -t proc proc /proc");
            QVERIFY2(asked.status != 0 && asked.error.contains("permission denied"), asked.all());
        }
        process->kill();
        process->waitForFinished();
    }

    // 26
    void aPidNamespaceEndsWithItsFirstProcess_data() { bothUsers(); }
    void aPidNamespaceEndsWithItsFirstProcess()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        const QString twice = "'/bin/echo one; /bin/echo two; true'";
        const QByteArray fields = R"("proc": "private", "dev": {"policy": "none"})";
        // The first child becomes pid 1 and ends, and nothing can be born there any more.
        const Outcome direct = unhardened(fields, "unshare -p sh -c " + twice);
        QCOMPARE(direct.output, "one\n");
        QVERIFY2(direct.error.contains("Cannot allocate memory"), direct.error);
        const Outcome forked = unhardened(fields, "unshare -p -f sh -c " + twice);
        QCOMPARE(forked.output, "one\ntwo\n");
        QCOMPARE(forked.error, "");
    }

    // 28
    void aMinimalDevHasNodesByMknodOrByBind_data() { bothUsers(); }
    void aMinimalDevHasNodesByMknodOrByBind()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        QString passed;
        for (const char *device : {"/dev/fuse", "/dev/net/tun", "/dev/kvm", "/dev/hpet", "/dev/rtc0"})
            if (passed.isEmpty() && !deviceNumber(device).isEmpty())
                passed = device;
        if (passed.isEmpty())
            QSKIP("this machine has none of the devices that could be passed on");
        const QStringList nodes{"/dev/full", "/dev/null", "/dev/random", "/dev/tty", "/dev/urandom", "/dev/zero"};
        const QStringList all = nodes + QStringList{passed};
        QByteArray expected;
        for (const QString &node : all)
            expected += deviceNumber(node) + '\n';
        const Outcome plain = unhardened(R"("dev": {})", "find /dev -xdev -type c | sort");
        QCOMPARE(plain.output, nodes.join('\n').toUtf8() + '\n');
        const Outcome outcome = unhardened("\"dev\": {\"devices\": [\"" + passed.toUtf8() + "\"]}",
                                           "stat -c %t:%T " + all.join(' ') +
                                               "; mknod /tmp/node c 1 3; echo mknod $?; cat /proc/self/mountinfo");
        QVERIFY2(outcome.output.startsWith(expected), outcome.all());
        // In a user namespace mknod(2) is refused, and binds of the host's nodes stand in for it.
        const QByteArray rest = outcome.output.mid(expected.size());
        QVERIFY2(rest.startsWith(root ? "mknod 0\n" : "mknod 1\n"), outcome.all());
        QCOMPARE(outcome.error.contains("Operation not permitted"), !root);
        const core::MountTable table = tableOf(rest.mid(rest.indexOf('\n') + 1));
        QVERIFY(row(table, "/dev").startsWith("tmpfs"));
        for (const QString &node : all)
            QCOMPARE(row(table, node.toStdString()) == "nothing", root);
    }

    // 28
    void devtmpfsIsTheHostsOneInstance()
    {
        become(true);
        if (!m_user)
            return;
        // A context is asked for, and nothing mounted: ENODEV says that the kernel was built without it.
        const int context = static_cast<int>(::syscall(SYS_fsopen, "devtmpfs", FSOPEN_CLOEXEC));
        if (context < 0 && errno == ENODEV)
            QSKIP("this kernel has no devtmpfs");
        if (context >= 0)
            ::close(context);
        QFile mounts("/proc/self/mountinfo");
        QVERIFY(mounts.open(QIODevice::ReadOnly));
        const core::MountTable host = tableOf(mounts.readAll());
        const std::size_t theirs = host.visibleAt("/dev");
        if (theirs == core::MountTable::none || host.entries()[theirs].type != "devtmpfs")
            QSKIP("the /dev of this machine is not devtmpfs, so there is nothing to compare with");
        const Outcome outcome = unhardened(R"("dev": {"policy": "devtmpfs"})", "cat /proc/self/mountinfo");
        const core::MountTable table = tableOf(outcome.output);
        const std::size_t ours = table.visibleAt("/dev");
        QVERIFY2(ours != core::MountTable::none, outcome.all());
        QCOMPARE(table.entries()[ours].type, "devtmpfs");
        QCOMPARE(table.entries()[ours].deviceMajor, host.entries()[theirs].deviceMajor);
        QCOMPARE(table.entries()[ours].deviceMinor, host.entries()[theirs].deviceMinor);
    }

    // 28
    void devtmpfsIsRefusedInAUserNamespace()
    {
        become(false);
        if (!m_user)
            return;
        const Outcome refused = unhardened(R"("dev": {"policy": "devtmpfs"})", "true");
        QVERIFY2(refused.status == 125 && refused.error.contains("EPERM"), refused.all());
        // Validation said so before the kernel was asked. Here is what the kernel says.
        const Outcome asked = unhardened(R"("dev": {"policy": "none"})", "mount -t devtmpfs devtmpfs /dev");
        QVERIFY2(asked.status != 0 && asked.error.contains("permission denied"), asked.all());
    }

    // 31
    void injectedFilesFollowTheHostsAsFarAsTheyAreBound_data()
    {
        QTest::addColumn<bool>("root");
        QTest::addColumn<QByteArray>("mode");
        QTest::addColumn<bool>("live");
        QTest::addColumn<bool>("writable");
        for (const bool root : {false, true}) {
            const auto add = [root](const char *mode, bool live, bool writable) {
                QTest::addRow("%s, %s", root ? "root" : "an ordinary user", mode)
                    << root << QByteArray(mode) << live << writable;
            };
            add("copy", false, true);
            add("bind", true, false);
            add("bind-writable", true, true);
        }
    }
    void injectedFilesFollowTheHostsAsFarAsTheyAreBound()
    {
        QFETCH(bool, root);
        QFETCH(QByteArray, mode);
        QFETCH(bool, live);
        QFETCH(bool, writable);
        become(root);
        if (!m_user)
            return;
        // The host is one of our own, with an /etc that may be written.
        for (const char *name : {"passwd", "group"})
            QFile::copy(QStringLiteral("/etc/") + name, m_user->makeDirectory("etc") + "/" + name);
        m_user->makeFile("etc/resolv.conf", "nameserver 192.0.2.1\n");
        m_user->makeFile("etc/hosts", "192.0.2.2 host\n");
        m_user->makeFile("etc/hostname", "of-the-host\n");
        const QByteArray file = "{\"mode\": \"" + mode + "\"}";
        m_user->makeSpec(
            m_root,
            R"("hostname": "inside", "files": {"resolvConf": )" + file + R"(, "hosts": )" + file +
                R"(, "hostnameFile": {"mode": "text"}}, "dev": {"policy": "none"}, "process": {"args": ["/bin/sh"], "env": ["PATH=/bin"]})");
        const QString script = "mount --bind etc /etc || exit\n"
                               "inside() { pivotctl exec -T one -- /bin/sh -c \"$1\"; }\n"
                               "pivotctl run -q a.pbox --name one -d -- /bin/sleep 300 || exit\n"
                               "inside 'cat /etc/resolv.conf /etc/hosts /etc/hostname; hostname' > first\n"
                               "echo edited >> /etc/resolv.conf; inside 'cat /etc/resolv.conf' > edited\n"
                               "inside 'echo written >> /etc/resolv.conf'; echo write $?\n"
                               "cat /etc/resolv.conf > host\n"
                               "echo renamed > /etc/new && mv /etc/new /etc/resolv.conf; cat /etc/resolv.conf\n"
                               "inside 'cat /etc/resolv.conf' > renamed\n"
                               "inside 'cat /proc/self/mountinfo' > table\n"
                               "pivotctl rm -f one\n";
        QString whyNot;
        const auto outcome = m_user->onAHostOfItsOwn(script, &whyNot);
        if (!outcome)
            QSKIP(qPrintable(whyNot));
        const QByteArray original = "nameserver 192.0.2.1\n";
        const QByteArray edited = original + (live ? "edited\n" : "");
        QCOMPARE(m_user->contents("first"), original + "192.0.2.2 host\ninside\ninside\n");
        QCOMPARE(m_user->contents("edited"), edited);
        QVERIFY2(outcome->output.contains(writable ? "write 0\n" : "write 1\n"), outcome->all());
        QCOMPARE(outcome->error.contains("Read-only file system"), !writable);
        QCOMPARE(m_user->contents("host"), original + "edited\n" + (live && writable ? "written\n" : ""));
        // A bind is of a file, not of a name: what was renamed to its place is another file.
        QVERIFY2(outcome->output.contains("renamed\n"), outcome->all());
        QCOMPARE(m_user->contents("renamed"), edited + (writable ? "written\n" : ""));
        const core::MountTable table = tableOf(m_user->contents("table"));
        const std::size_t at = table.visibleAt("/etc/resolv.conf");
        QVERIFY(at != core::MountTable::none);
        QCOMPARE(QByteArray::fromStdString(table.entries()[at].root).endsWith("/etc/resolv.conf//deleted"), live);
        QCOMPARE(m_user->contents("etc/hostname"), "of-the-host\n");
    }
};

QTEST_GUILESS_MAIN(TestExperimentsIsolation)
#include "tst_experiments_isolation.moc"
