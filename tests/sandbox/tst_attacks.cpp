// SPDX-License-Identifier: Apache-2.0
//
// Attempts to get out of a sandbox, into one in the making, or at the host through a hostile root: known classes, by
// the CVE that made them known. A "canary" lies outside and must not change.
#include "sandbox_test.h"

#include <QCryptographicHash>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <grp.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace pivotbench;
using test::bothUsers;
using test::Outcome;
using test::RealUser;

namespace {

QByteArray hashOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QCryptographicHash::hash(file.readAll(), QCryptographicHash::Sha256)
                                          : QByteArray("gone");
}

/// Runs `attempt` as the user in a process of its own; returns the errno it ends with, 0 for success.
int asUser(const RealUser &user, const std::function<int()> &attempt)
{
    const pid_t pid = ::fork();
    if (pid == 0) {
        if (::geteuid() == 0 && user.uid() != 0 &&
            (::setgroups(0, nullptr) < 0 || ::setresgid(user.gid(), user.gid(), user.gid()) < 0 ||
             ::setresuid(user.uid(), user.uid(), user.uid()) < 0))
            ::_exit(255);
        ::_exit(attempt());
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 254;
}

} // namespace

class TestAttacks : public test::SandboxTest {
    Q_OBJECT

private:
    QString m_canary;

    void become(bool root = false)
    {
        SandboxTest::become(root);
        if (!m_user)
            return;
        m_canary = m_user->makeFile("outside/canary", "untouched");
        QFile::copy(QCoreApplication::applicationDirPath() + "/sandbox_probe", m_root + "/bin/probe");
        ::chmod(qPrintable(m_root + "/bin/probe"), 0755);
    }

    QString spec(const QByteArray &fields) { return m_user->makeSpec(m_root, fields); }

    void canaryLives()
    {
        QFile file(m_canary);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), "untouched");
        QCOMPARE(QDir(m_user->path("outside")).entryList(QDir::NoDotAndDotDot | QDir::AllEntries | QDir::Hidden),
                 QStringList{"canary"});
    }

    std::unique_ptr<QProcess> stopped(const char *after, pid_t *builder)
    {
        auto stepper = m_user->startPivotctl({"step", "-q", "--rootfs", m_root, "-T", "--", "/bin/true"});
        stepper->write(QByteArray("until ") + after + "\n");
        QByteArray ps;
        for (int i = 0; i < 300 && !ps.contains("stopped"); ++i) {
            QTest::qWait(20);
            ps = m_user->pivotctl({"ps"}).output;
            if (ps.mid(ps.indexOf('\n') + 1).simplified().split(' ').value(2).toInt() == 0)
                ps.clear(); // before the builder is there
        }
        *builder = ps.mid(ps.indexOf('\n') + 1).simplified().split(' ').value(2).toInt();
        return stepper;
    }

private slots:
    void cleanup() { m_user.reset(); }

    // CVE-2019-16884, CVE-2019-19921, CVE-2021-30465, CVE-2023-27561
    void plantedLinksStayInside_data()
    {
        QTest::addColumn<bool>("root");
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("relative");
        for (const bool root : {false, true})
            for (const char *name : {"proc", "sys", "dev", "etc/resolv.conf", "etc/hosts", "data"})
                for (const bool relative : {false, true})
                    QTest::addRow("%s, %s, %s link", root ? "root" : "an ordinary user", name,
                                  relative ? "relative" : "absolute")
                        << root << QString::fromLatin1(name) << relative;
    }
    void plantedLinksStayInside()
    {
        QFETCH(bool, root);
        QFETCH(QString, name);
        QFETCH(bool, relative);
        become(root);
        if (!m_user)
            return;
        QDir().rmdir(m_root + "/" + name);
        const bool file = name.startsWith("etc/");
        const QByteArray target = (relative ? QByteArray("../../../../../../../..") : QByteArray()) +
                                  (file ? m_canary : m_user->path("outside")).toUtf8();
        m_user->makeLink("root/" + name, target);
        const QString source = m_user->makeFile("source", "injected");
        const Outcome outcome =
            m_user->pivotctl({"run", "-T",
                              spec("\"mounts\": [{\"destination\": \"/data\", \"type\": \"tmpfs\", \"source\": \"t\"},"
                                   "{\"destination\": \"/etc/hosts\", \"type\": \"bind\", \"source\": \"" +
                                   source.toUtf8() +
                                   "\"}],"
                                   "\"files\": {\"resolvConf\": {\"mode\": \"text\", \"text\": \"injected\"}},"
                                   "\"process\": {\"args\": [\"/bin/sh\", \"-c\", \"echo x > /data/x; echo x > "
                                   "/etc/resolv.conf; echo ran\"]}")});
        QVERIFY2(outcome.status == 0 && outcome.output == "ran\n", outcome.all());
        canaryLives();
    }

    // CVE-2021-30465 and CVE-2024-45310: components are swapped while the mounts are made.
    void racedLinksStayInside_data() { bothUsers(); }
    void racedLinksStayInside()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        m_user->makeDirectory("root/a/b/c");
        m_user->makeLink("root/evil", m_user->path("outside").toUtf8());
        const QByteArray one = (m_root + "/a").toUtf8();
        const QByteArray two = (m_root + "/evil").toUtf8();
        std::atomic<bool> stop = false;
        std::atomic<long> rounds = 0;
        std::thread racer([&] {
            while (!stop) {
                ::syscall(SYS_renameat2, AT_FDCWD, one.constData(), AT_FDCWD, two.constData(), 2 /* RENAME_EXCHANGE */);
                ++rounds;
            }
        });
        const auto halt = qScopeGuard([&] {
            stop = true;
            racer.join();
        });
        int ran = 0;
        int succeeded = 0;
        // Some launches have to come through, or nothing was raced but an error.
        while (rounds < 100'000 || ran < 20 || succeeded < 5) {
            const Outcome outcome = m_user->pivotctl({"run", "-q", "--rootfs", m_root, "--writable", "direct",
                                                      "--tmpfs", "/a/b/c", "--tmpfs", "/a/new/deep", "-T", "--",
                                                      "/bin/sh", "-c", "echo x > /a/new/deep/canary"});
            ran += 1;
            succeeded += outcome.status == 0;
            QVERIFY2(outcome.status == 0 || outcome.status == 1 || outcome.status == 125, outcome.all());
            if (ran > 400)
                break;
        }
        QVERIFY2(rounds >= 100'000, QByteArray::number(rounds.load()));
        QVERIFY2(succeeded >= 5, QByteArray::number(succeeded));
        canaryLives();
    }

    // The mount on the link covers the very directory in which the mounts before and after it lie.
    void aLinkToItsOwnDirectoryHidesNoMount()
    {
        become();
        if (!m_user)
            return;
        m_user->makeDirectory("root/x");
        for (const char *target : {".", "/x", "../x"}) {
            QFile::remove(m_root + "/x/link");
            m_user->makeLink("root/x/link", target);
            const Outcome outcome =
                m_user->pivotctl({"run", "-q", "--rootfs", m_root, "--tmpfs", "/x/a", "--tmpfs", "/x/link", "--tmpfs",
                                  "/x/b", "--tmpfs", "/x/c", "-T", "--", "/bin/sh", "-c",
                                  "ls /x; touch /x/b/new && grep -c ' /x/b ' /proc/self/mountinfo"});
            QVERIFY2(outcome.status == 0, outcome.all());
            QCOMPARE(outcome.output, QByteArray("b\nc\n1\n"));
        }
    }

    // CVE-2025-52881: what shall be written in /proc goes somewhere else.
    void anOvermountedProcEndsTheLaunch_data()
    {
        QTest::addColumn<QString>("mount");
        QTest::addColumn<QByteArray>("word");
        QTest::newRow("a part of /proc is hidden, and would not be in a fresh one")
            << "mount -t tmpfs t /proc/irq" << QByteArray("EPERM");
        QTest::newRow("what the helper reads is hidden") << "mount -t tmpfs t /proc/sys" << QByteArray("Linux");
    }
    void anOvermountedProcEndsTheLaunch()
    {
        QFETCH(QString, mount);
        QFETCH(QByteArray, word);
        become();
        if (!m_user)
            return;
        const QString socket = m_user->path("run/pivotbench/helper.sock");
        auto helper = m_user->start(
            "unshare", {"-Urm", "/bin/sh", "-c", mount + " && exec " + test::helperPath() + " --socket " + socket});
        for (int i = 0; i < 300 && !QFile::exists(socket); ++i)
            QTest::qWait(20);
        const Outcome outcome = m_user->pivotctl(
            {"run", "-q", "--rootfs", m_root, "--userns", "new", "--ids", "single", "-T", "--", "/bin/true"});
        helper->terminate();
        helper->waitForFinished();
        QCOMPARE(outcome.status, 125);
        QVERIFY2(outcome.error.contains(word), outcome.error);
    }

    // CVE-2025-31133, CVE-2025-52565: the null device or the console of the root is something else.
    void masksAndTerminalUseNothingOfTheRoot_data() { bothUsers(); }
    void masksAndTerminalUseNothingOfTheRoot()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        for (const char *name : {"null", "ptmx", "console", "pts"})
            m_user->makeLink(QString("root/dev/") + name, m_canary.toUtf8());
        m_user->makeFile("root/etc/secret", "secret");
        m_user->makeLink("root/etc/link", m_canary.toUtf8());
        const Outcome outcome =
            m_user->pivotctl({"run", "-t",
                              spec("\"maskedPaths\": [\"/etc/secret\", \"/etc/link\"],"
                                   "\"process\": {\"args\": [\"/bin/sh\", \"-c\", \"cat /etc/secret; tty; stat -c %F "
                                   "/dev/null; echo over > /dev/null\"]}")});
        QVERIFY2(outcome.status == 0, outcome.all());
        QVERIFY2(outcome.output.contains("/dev/pts/0") && outcome.output.contains("character special"), outcome.all());
        QVERIFY2(!outcome.output.contains("secret"), outcome.all());
        canaryLives();
    }

    // CVE-2024-21626
    void aWorkingDirectoryCannotBeADescriptor()
    {
        become();
        if (!m_user)
            return;
        for (int fd = 0; fd < 24; ++fd) {
            const Outcome direct = m_user->pivotctl({"run", "-q", "--rootfs", m_root, "--cwd",
                                                     QString("/proc/self/fd/%1").arg(fd), "-T", "--", "/bin/pwd"});
            QCOMPARE(direct.status, 125);
            // The same through a link, which validation cannot see.
            m_user->makeLink(QString("root/cwd%1").arg(fd), "/proc/self/fd/" + QByteArray::number(fd));
            const Outcome link = m_user->pivotctl({"run", "-q", "--rootfs", m_root, "--cwd", QString("/cwd%1").arg(fd),
                                                   "-T", "--", "/bin/sh", "-c", "ls -d ../../../.."});
            QVERIFY2(link.status == 125, link.all());
        }
    }

    // CVE-2019-5736, CVE-2017-5226, CVE-2019-10063, CVE-2021-41133 and their kin, by a payload that tries them.
    void aHostilePayloadGetsNowhere_data()
    {
        QTest::addColumn<bool>("root");
        QTest::addColumn<bool>("terminal");
        QTest::addColumn<bool>("exec");
        for (const bool root : {false, true})
            for (const bool terminal : {false, true})
                for (const bool exec : {false, true})
                    QTest::addRow("%s, %s, %s", root ? "root" : "an ordinary user",
                                  terminal ? "with a terminal" : "without a terminal",
                                  exec ? "by exec" : "as the command")
                        << root << terminal << exec;
    }
    void aHostilePayloadGetsNowhere()
    {
        QFETCH(bool, root);
        QFETCH(bool, terminal);
        QFETCH(bool, exec);
        become(root);
        if (!m_user)
            return;
        const QByteArray helper = hashOf(test::helperPath());
        Outcome outcome;
        if (exec) {
            QCOMPARE(
                m_user->pivotctl({"run", "-q", "--rootfs", m_root, "-d", "--name", "one", "--", "/bin/sleep", "300"})
                    .status,
                0);
            outcome = m_user->pivotctl({"exec", terminal ? "-t" : "-T", "one", "--", "/bin/probe"});
        } else {
            outcome = m_user->pivotctl({"run", "-q", "--rootfs", m_root, terminal ? "-t" : "-T", "--", "/bin/probe"});
        }
        QVERIFY2(outcome.status == 0, outcome.all());
        const QList<QByteArray> lines = outcome.output.replace("\r", "").trimmed().split('\n');
        QVERIFY(lines.size() > 30);
        for (const QByteArray &line : lines) {
            // With subordinate ids, and as root, dropping groups is an ordinary right (CAP_SETGID is kept).
            if (line == "setgroups OK")
                continue;
            QVERIFY2(!line.endsWith(" OK") && !line.startsWith("open-descriptor"), line);
            if (line.startsWith("sysfs-write"))
                QVERIFY2(line == "sysfs-write EROFS" || (!root && line == "sysfs-write EACCES"), line);
            if (line.startsWith("proc-sys-write"))
                QVERIFY2(line == "proc-sys-write EROFS" || (!root && line == "proc-sys-write EACCES"), line);
        }
        QCOMPARE(hashOf(test::helperPath()), helper);
    }

    // bubblewrap CVE-2016-8659, CVE-2020-5291: the user's other programs take over what is being built.
    void theBuilderCannotBeTakenOver_data()
    {
        QTest::addColumn<QByteArray>("after");
        for (const char *step :
             {"create-process", "id-maps", "unshare", "overlay", "pivot-root", "payload", "capabilities"})
            QTest::newRow(step) << QByteArray(step);
    }
    void theBuilderCannotBeTakenOver()
    {
        QFETCH(QByteArray, after);
        become();
        if (!m_user)
            return;
        pid_t builder = 0;
        auto stepper = stopped(after.constData(), &builder);
        QVERIFY(builder > 1);
        const pid_t helper = m_user->helperPid();
        for (const pid_t victim : {builder, helper}) {
            QCOMPARE(asUser(*m_user, [=] { return ::ptrace(PTRACE_SEIZE, victim, 0, 0) < 0 ? errno : 0; }), EPERM);
            QCOMPARE(asUser(*m_user,
                            [=] {
                                const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, victim, 0));
                                return pidfd < 0 ? 200 : ::syscall(SYS_pidfd_getfd, pidfd, 3, 0) < 0 ? errno : 0;
                            }),
                     EPERM);
            QCOMPARE(asUser(*m_user,
                            [=] {
                                const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, victim, 0));
                                return pidfd < 0 ? 200 : ::setns(pidfd, CLONE_NEWUSER) < 0 ? errno : 0;
                            }),
                     EPERM);
            for (const char *file : {"ns/mnt", "ns/user", "fd", "root", "mem", "environ"})
                QCOMPARE(asUser(*m_user,
                                [=] {
                                    return ::open(qPrintable(QString("/proc/%1/%2").arg(victim).arg(file)), O_RDONLY) <
                                                   0
                                               ? errno
                                               : 0;
                                }),
                         EACCES);
        }
        stepper->write("abort\n");
        QVERIFY(stepper->waitForFinished());
    }

    // firejail CVE-2022-31214
    void onlyKnownSandboxesCanBeJoined()
    {
        become();
        if (!m_user)
            return;
        QCOMPARE(m_user->pivotctl({"run", "-q", "--rootfs", m_root, "-T", "--", "/bin/true"}).status, 0);
        m_user->makeDirectory("run/pivotbench/forged");
        for (const char *name : {"forged", "../forged", "1", "", "/proc/1"}) {
            const Outcome outcome = m_user->pivotctl({"exec", "-T", name, "--", "/bin/true"});
            QCOMPARE(outcome.status, 125);
            QVERIFY2(outcome.error.contains("no sandbox"), outcome.error);
        }
    }

    // CVE-2021-4034 and its kin
    void argumentsAndEnvironmentReachOnlyThePayload()
    {
        become();
        if (!m_user)
            return;
        const Outcome hostile = m_user->pivotctl({"run", "-q", "--rootfs", m_root, "--env", "LD_PRELOAD=/evil.so",
                                                  "--env", "GCONV_PATH=/evil", "-T", "--", "/bin/env"});
        QVERIFY2(hostile.status == 0, hostile.all());
        QVERIFY(hostile.output.contains("LD_PRELOAD=/evil.so\n") && !hostile.error.contains("evil"));
        m_user->setVariable("SECRET", "of the client");
        const Outcome clean = m_user->pivotctl({"run", "-q", "--rootfs", m_root, "-T", "--", "/bin/env"});
        QVERIFY2(clean.status == 0 && !clean.output.contains("SECRET") && !clean.output.contains("XDG_"), clean.all());
        const Outcome none = m_user->pivotctl({"run", "-T", spec("\"process\": {\"args\": []}")});
        QCOMPARE(none.status, 125);
        QVERIFY2(none.error.contains("process.args"), none.error);
        const Outcome empty = m_user->pivotctl({"run", "-T", spec("\"process\": {\"args\": [\"\"]}")});
        QCOMPARE(empty.status, 125);
        const Outcome huge = m_user->pivotctl({"run", "-q", "--rootfs", m_root, "-T", "--", "/bin/echo",
                                               QString(100'000, 'x'), QString(100'000, 'y'), QString(100'000, 'z')});
        QCOMPARE(huge.status, 125);
        QVERIFY2(huge.error.contains(" bytes as text"), huge.error.right(400));
    }

    // snapd CVE-2021-44731, CVE-2022-3328
    void plantedRuntimeNamesAreRefusedOrHarmless()
    {
        become();
        if (!m_user)
            return;
        const QStringList run{"run", "-q", "--rootfs", m_root, "-T", "--", "/bin/sh", "-c", "echo x > /etc/x"};
        m_user->makeLink("run/pivotbench", m_user->path("outside").toUtf8());
        const Outcome linked = m_user->pivotctl(run);
        QCOMPARE(linked.status, 125);
        canaryLives();
        QFile::remove(m_user->path("run/pivotbench"));
        m_user->makeDirectory("run/pivotbench");
        ::chmod(qPrintable(m_user->path("run/pivotbench")), 0777);
        const Outcome open = m_user->pivotctl(run);
        QVERIFY2(open.status == 125 && open.error.contains("pivotbench"), open.all());
        ::chmod(qPrintable(m_user->path("run/pivotbench")), 0700);
        m_user->makeLink("run/pivotbench/root", m_user->path("outside").toUtf8());
        m_user->makeLink("run/pivotbench/scratch", m_user->path("outside").toUtf8());
        // The links are followed, in a mount namespace that nobody shares: what is mounted there is seen inside only.
        const Outcome planted = m_user->pivotctl(run);
        QVERIFY2(planted.status == 0, planted.all());
        canaryLives();
    }

    // CVE-2021-3493, CVE-2023-0386: attributes of overlayfs in a layer.
    void overlayAttributesInALayerAreInert()
    {
        become();
        if (!m_user)
            return;
        m_user->makeFile("lower/secret/file", "hidden");
        m_user->makeDirectory("lower/dir");
        m_user->makeDirectory("upper/dir");
        const QByteArray dir = m_user->path("upper/dir").toUtf8();
        for (const char *prefix : {"user.overlay.", "trusted.overlay."})
            for (const char *name : {"redirect", "metacopy", "origin"}) {
                const QByteArray attribute = QByteArray(prefix) + name;
                if (::syscall(SYS_setxattr, dir.constData(), attribute.constData(), "/secret", 7, 0) < 0)
                    QVERIFY2(errno == EPERM || errno == EOPNOTSUPP, attribute + ": " + std::strerror(errno));
            }
        m_user->makeFile("root/bin/suid", "#!/bin/sh\nid -u\n", 04755);
        const Outcome outcome = m_user->pivotctl({"run", "-q", "--layer", m_user->path("upper"), "--layer",
                                                  m_user->path("lower"), "--layer", m_root, "-T", "--", "/bin/sh", "-c",
                                                  "ls /dir; cat /dir/file; grep ' / / ' /proc/self/mountinfo"});
        QVERIFY2(!outcome.output.contains("hidden") && !outcome.output.contains("file\n"), outcome.all());
        QVERIFY2(outcome.output.contains("nosuid"), outcome.all());
    }

    void theHostsMountsStayOutAndTheSandboxsStayIn()
    {
        become(true);
        if (!m_user)
            return;
        const QString script =
            QString(
                "mount -t tmpfs t %1/late && mount --make-shared %1/late && "
                "pivotctl run -q --rootfs %1/root --bind %1/late:/late -d --name one -- /bin/sleep 300 >/dev/null && "
                "before=$(cat /proc/self/mountinfo) && inside=$(pivotctl exec -T one -- /bin/cat /proc/self/mountinfo) "
                "&& "
                "mkdir %1/late/m && mount -t tmpfs leak %1/late/m && "
                "pivotctl exec -T one -- /bin/cat /proc/self/mountinfo > %1/after && "
                "umount %1/late/m && [ \"$before\" = \"$(cat /proc/self/mountinfo)\" ] && [ \"$inside\" = \"$(cat "
                "%1/after)\" ] && echo same; "
                "pivotctl rm -f one")
                .arg(m_user->directory());
        m_user->makeDirectory("late");
        QString whyNot;
        const auto ran = m_user->onAHostOfItsOwn(script, &whyNot);
        if (!ran)
            QSKIP(qPrintable(whyNot));
        const Outcome &outcome = *ran;
        QVERIFY2(outcome.output.contains("same"), outcome.all());
    }

    // CVE-2018-7169
    void aDenyingGroupCannotBeShed()
    {
        become();
        if (!m_user)
            return;
        const Outcome single =
            m_user->pivotctl({"run", "-q", "--rootfs", m_root, "--ids", "single", "-T", "--", "/bin/probe"});
        QVERIFY2(single.output.contains("setgroups EPERM"), single.all());
        const Outcome root =
            m_user->pivotctl({"run", "-T",
                              spec("\"idMaps\": {\"mode\": \"explicit\", \"uid\": [{\"containerID\": 0, \"hostID\": 0, "
                                   "\"size\": 1}], \"gid\": [{\"containerID\": 0, \"hostID\": 0, \"size\": 1}]},"
                                   "\"process\": {\"args\": [\"/bin/true\"]}")});
        QCOMPARE(root.status, 125);
        QVERIFY2(root.error.contains("idMaps"), root.error);
    }
};

QTEST_GUILESS_MAIN(TestAttacks)
#include "tst_attacks.moc"
