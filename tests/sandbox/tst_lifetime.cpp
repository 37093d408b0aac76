// SPDX-License-Identifier: Apache-2.0
//
// What begins and ends with a sandbox: namespaces that nobody used before, processes that nobody meets afterwards, and
// launches where root is only root of a user namespace.
#include "sandbox_test.h"

#include <QDir>
#include <QSet>
#include <QTest>
#include <csignal>

using namespace pivotbench;
using test::Outcome;

namespace {

/// Processes of a user whose command line has this word.
QList<pid_t> processesWith(const QByteArray &word)
{
    QList<pid_t> found;
    for (const QString &name : QDir("/proc").entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        QFile file("/proc/" + name + "/cmdline");
        bool isProcess = false;
        const pid_t pid = name.toInt(&isProcess);
        if (isProcess && file.open(QIODevice::ReadOnly) && file.readAll().split('\0').contains(word))
            found.append(pid);
    }
    return found;
}

} // namespace

class TestLifetime : public test::SandboxTest {
    Q_OBJECT

private slots:
    void everySandboxHasNamespacesOfItsOwn_data() { test::bothUsers(); }
    void everySandboxHasNamespacesOfItsOwn()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        // They live at the same time, because the kernel gives a number again once its namespace has gone. The pauses
        // let the helper make the next set, which the launch behind takes.
        QSet<QByteArray> seen;
        int count = 0;
        for (const char *name : {"one", "two", "three", "four"}) {
            const Outcome started = m_user->pivotctl(
                {"run", "-q", "-d", "--userns", "new", "--name", name, "--rootfs", m_root, "--", "/bin/sleep", "600"});
            QVERIFY2(started.status == 0, started.all());
            QTest::qWait(60);
            const Outcome said = m_user->pivotctl({"exec", name, "--", "/bin/sh", "-c",
                                                   "for n in user mnt pid uts ipc net cgroup; do readlink "
                                                   "/proc/self/ns/$n; done; cat /proc/self/uid_map | wc -l; "
                                                   "hostname"});
            QVERIFY2(said.status == 0, said.all());
            const auto lines = said.output.trimmed().split('\n');
            QVERIFY2(lines.size() >= 8, said.all());
            for (int i = 0; i < 7; ++i)
                seen.insert(lines[i]);
            count += 7;
        }
        QCOMPARE(seen.size(), count);
        for (const char *name : {"one", "two", "three", "four"})
            QCOMPARE(m_user->pivotctl({"rm", "-f", name}).status, 0);
    }

    void nothingOutlivesASandboxWithoutAPidNamespace_data()
    {
        QTest::addColumn<bool>("root");
        QTest::addColumn<QString>("end");
        for (const bool root : {false, true})
            for (const char *end : {"rm", "signal", "helper", "helper's leave", "command"})
                QTest::addRow("%s, by %s", root ? "root" : "an ordinary user", end) << root << QString(end);
    }
    void nothingOutlivesASandboxWithoutAPidNamespace()
    {
        QFETCH(bool, root);
        QFETCH(QString, end);
        become(root);
        if (!m_user)
            return;
        m_user->makeLink("root/bin/setsid", "busybox");
        const QString spec = m_user->makeSpec(m_root, R"("namespaces": {"pid": "host"}, "proc": "none",
            "process": {"args": ["/bin/sh"], "env": ["PATH=/bin"]})");
        // Of the two one has left the session and its parent.
        const QByteArray seconds = QByteArray::number(100000 + getpid() % 10000 * 10 + (root ? 1 : 0));
        const QString script =
            QStringLiteral("setsid sleep %1 & ").arg(QString(seconds)) +
            (end == "command" ? QStringLiteral("sleep 1") : QStringLiteral("exec sleep %1").arg(QString(seconds)));
        const Outcome started =
            m_user->pivotctl({"run", "-q", "-d", "--name", "one", spec, "--", "/bin/sh", "-c", script});
        QVERIFY2(started.status == 0, started.all());
        QTRY_COMPARE_WITH_TIMEOUT(processesWith(seconds).size(), end == "command" ? 1 : 2, 30'000);
        if (end == "rm")
            QCOMPARE(m_user->pivotctl({"rm", "-f", "one"}).status, 0);
        else if (end == "signal")
            QCOMPARE(m_user->pivotctl({"signal", "--all", "one", "KILL"}).status, 0);
        else if (end == "helper")
            QVERIFY(::kill(m_user->helperPid(), SIGKILL) == 0);
        else if (end == "helper's leave")
            QVERIFY(::kill(m_user->helperPid(), SIGTERM) == 0);
        QTRY_VERIFY_WITH_TIMEOUT(processesWith(seconds).isEmpty(), 30'000);
    }

    // Without a PID namespace the payload sees its builder, and has its user id.
    void aStoppedBuilderStopsNeitherTheHelperNorTheEnd()
    {
        become(false);
        if (!m_user)
            return;
        const QString spec = m_user->makeSpec(m_root, R"("namespaces": {"pid": "host"}, "proc": "none",
            "process": {"args": ["/bin/sh"], "env": ["PATH=/bin"]})");
        const QByteArray seconds = QByteArray::number(200000 + getpid() % 10000);
        const QByteArray tick = "0.1" + seconds;
        // Not before it is asked to: a builder that is stopped before it has told of the start would keep "run"
        // waiting.
        const QString script = QString("trap 'kill -STOP $PPID; exec sleep %1' USR1; while :; do sleep %2; done")
                                   .arg(QString::fromUtf8(seconds), QString::fromUtf8(tick));
        const Outcome started =
            m_user->pivotctl({"run", "-q", "-d", "--name", "one", spec, "--", "/bin/sh", "-c", script});
        QVERIFY2(started.status == 0, started.all());
        QTRY_COMPARE_WITH_TIMEOUT(processesWith(tick).size(), 1, 30'000);
        QCOMPARE(m_user->pivotctl({"signal", "one", "USR1"}).status, 0);
        QTRY_COMPARE_WITH_TIMEOUT(processesWith(seconds).size(), 1, 30'000);
        // More than the channel to the builder holds.
        for (int i = 0; i < 400; ++i)
            QCOMPARE(m_user->pivotctl({"signal", "one", "CONT"}).status, 0);
        QCOMPARE(m_user->pivotctl({"ps"}).status, 0);
        QCOMPARE(m_user->pivotctl({"rm", "-f", "one"}).status, 0);
        QTRY_VERIFY_WITH_TIMEOUT(processesWith(seconds).isEmpty(), 30'000);
        QVERIFY(!m_user->pivotctl({"ps"}).output.contains("one"));
    }

    void rootOfAUserNamespaceLaunchesAsWell_data()
    {
        QTest::addColumn<QString>("unshare");
        QTest::newRow("with all ids") << "--map-auto --map-root-user";
        QTest::newRow("with one id, where setgroups is denied") << "--map-root-user";
    }
    void rootOfAUserNamespaceLaunchesAsWell()
    {
        QFETCH(QString, unshare);
        become(false);
        if (!m_user)
            return;
        const QStringList outer = unshare.split(' ') + QStringList{"-U", "-m"};
        const Outcome possible = m_user->run("unshare", outer + QStringList{"true"});
        if (possible.status != 0)
            QSKIP(possible.error);
        // mknod(2) is refused there, though whoever asks is uid 0 with CAP_MKNOD.
        const Outcome outcome =
            m_user->run("unshare", outer + QStringList{"--", test::pivotctlPath(), "run", "-q", "--rootfs", m_root,
                                                       "-T", "--", "/bin/sh", "-c",
                                                       "id -u; echo x > /dev/null && stat -c %F /dev/null; mount"});
        QVERIFY2(outcome.status == 0, outcome.all());
        QVERIFY2(outcome.output.startsWith("0\ncharacter special file\n"), outcome.all());
        QVERIFY2(outcome.output.contains(" on /proc type proc "), outcome.all());
        // Where the setting is inherited, even a new namespace below it may not change groups.
        const Outcome deeper =
            m_user->run("unshare", outer + QStringList{"--", test::pivotctlPath(), "run", "-q", "--userns", "new",
                                                       "--rootfs", m_root, "-T", "--", "/bin/sh", "-c", "id -u"});
        QVERIFY2(deeper.status == 0, deeper.all());
    }

    void aBoundRootIsAsHarmlessAsALayer_data()
    {
        QTest::addColumn<QString>("writable");
        QTest::newRow("none") << "none";
        QTest::newRow("direct") << "direct";
        QTest::newRow("discard") << "discard";
    }
    void aBoundRootIsAsHarmlessAsALayer()
    {
        QFETCH(QString, writable);
        become(false);
        if (!m_user)
            return;
        const Outcome outcome = inside({"--writable", writable}, "cat /proc/self/mountinfo");
        QVERIFY2(outcome.status == 0, outcome.all());
        QVERIFY2(test::row(test::tableOf(outcome.output), "/").contains("nosuid"), outcome.output);
    }
};

QTEST_GUILESS_MAIN(TestLifetime)
#include "tst_lifetime.moc"
