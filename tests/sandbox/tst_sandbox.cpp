// SPDX-License-Identifier: Apache-2.0
//
// What a sandbox is, seen from inside and outside: its mounts are the plan's, its namespaces its own, the host is out
// of reach. Every row runs as an ordinary user and, where the test runs as root, as root too.
#include "core/plan/plan_json.h"
#include "sandbox_test.h"

using namespace pivotbench;
using test::bothUsers;
using test::Outcome;
using test::row;
using test::tableOf;

class TestSandbox : public test::SandboxTest {
    Q_OBJECT

private slots:
    void cleanup() { m_user.reset(); }

    void theMountTableInsideIsThePlan_data() { bothUsers(); }
    void theMountTableInsideIsThePlan()
    {
        QFETCH(bool, root);
        become(root);
        if (QTest::currentTestFailed() || !m_user)
            return;
        const Outcome outcome = inside({"--tmpfs", "/data"}, "cat /proc/self/mountinfo");
        QVERIFY2(outcome.status == 0, outcome.all());
        const core::MountTable table = tableOf(outcome.output);
        QVERIFY(table.size() > 0);
        QCOMPARE(table.roots().size(), std::size_t(1));
        QVERIFY(row(table, "/").startsWith("overlay rw,nosuid"));
        QCOMPARE(row(table, "/proc"), "proc rw,nosuid,nodev,noexec,relatime");
        QCOMPARE(row(table, "/sys"), "sysfs ro,nosuid,nodev,noexec,relatime");
        QCOMPARE(row(table, "/dev"), "tmpfs rw,nosuid,noexec");
        QCOMPARE(row(table, "/dev/pts"), "devpts rw,nosuid,noexec,relatime");
        QCOMPARE(row(table, "/data"), "tmpfs rw,nosuid,nodev,relatime");
        QCOMPARE(row(table, "/proc/sys"), "proc ro,nosuid,nodev,noexec,relatime");
        for (const core::MountEntry &entry : table.entries())
            QVERIFY2(entry.peerGroup == 0 && entry.master == 0, entry.mountPoint.c_str());
        // Exactly the mounts that the plan attaches, no other.
        const Outcome recorded = m_user->pivotctl({"run", "-q", "--rootfs", m_root, "--tmpfs", "/data", "--observe",
                                                   m_user->path("a.pbrec"), "-T", "--", "/bin/true"});
        QVERIFY2(recorded.status == 0, recorded.all());
        const auto recording = core::loadRecording(m_user->path("a.pbrec").toStdString());
        QVERIFY(recording.has_value());
        std::size_t attached = 0;
        for (const core::Frame &frame : recording->frames) {
            if (frame.initial || frame.skipped)
                continue;
            const core::Operation &operation = recording->header.plan.steps[frame.step].operation;
            attached += std::holds_alternative<core::MountFilesystem>(operation) ||
                        std::holds_alternative<core::MountOverlay>(operation) ||
                        std::holds_alternative<core::BindMount>(operation) ||
                        std::holds_alternative<core::MaskPath>(operation);
        }
        QCOMPARE(table.size() + 1, attached); // the scratch tmpfs went with the old root
        QCOMPARE(recording->frames.back().table->size(), table.size());
    }

    void namespacesDiffer_data() { bothUsers(); }
    void namespacesDiffer()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        const QString list =
            QStringLiteral("for n in mnt pid uts ipc net cgroup user; do readlink /proc/self/ns/$n; done");
        const Outcome in = inside({}, list);
        const Outcome out = m_user->run("/bin/sh", {"-c", list});
        QVERIFY2(in.status == 0, in.all());
        const auto theirs = in.output.trimmed().split('\n');
        const auto ours = out.output.trimmed().split('\n');
        QCOMPARE(theirs.size(), 7);
        for (int i = 0; i < 6; ++i)
            QVERIFY2(theirs[i] != ours[i], theirs[i]);
        QCOMPARE(theirs[6] == ours[6], root); // root needs no user namespace of its own, and says so
    }

    void theOldRootIsGone_data()
    {
        QTest::addColumn<bool>("root");
        QTest::addColumn<QString>("switchRoot");
        for (const bool root : {false, true})
            for (const char *how : {"pivot_root", "pivot_root_dot"})
                QTest::addRow("%s, %s", root ? "root" : "an ordinary user", how) << root << QString::fromLatin1(how);
    }
    void theOldRootIsGone()
    {
        QFETCH(bool, root);
        QFETCH(QString, switchRoot);
        become(root);
        if (!m_user)
            return;
        const QString canary = m_user->makeFile("canary", "host");
        const Outcome outcome =
            inside({"--switch-root", switchRoot},
                   QStringLiteral(
                       "ls -a /; cat %1 /../..%1 /proc/1/root%1 /proc/1/cwd%1; ls /.put_old; cd /; cd ../../..; pwd")
                       .arg(canary));
        QVERIFY2(!outcome.output.contains("host"), outcome.all());
        QVERIFY2(!outcome.output.contains(".put_old"), outcome.all());
        QVERIFY2(outcome.output.endsWith("/\n"), outcome.all());
    }

    void nothingIsLeftBehind_data() { bothUsers(); }
    void nothingIsLeftBehind()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        QVERIFY(inside({}, "true").status == 0); // starts the helper
        const QString before = test::settledTraces(*m_user);
        for (int i = 0; i < 5; ++i)
            QCOMPARE(inside({"--tmpfs", "/x"}, "sleep 300 & mount -t tmpfs t /mnt; touch /y; exit 3").status, 3);
        QTRY_COMPARE(test::difference(before, test::traces(*m_user)), QString());
    }

    void changesAreDiscardedOrKept_data() { bothUsers(); }
    void changesAreDiscardedOrKept()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        QCOMPARE(inside({}, "echo new > /etc/x; rm /bin/true").status, 0);
        QVERIFY(!QFile::exists(m_root + "/etc/x"));
        QCOMPARE(inside({}, "test ! -e /etc/x && test -e /bin/true").status, 0);
        const QStringList keep{"--writable", "keep", "--keep-name", "mine"};
        QCOMPARE(inside(keep, "echo new > /etc/x; rm /bin/true").status, 0);
        QCOMPARE(inside(keep, "test -e /etc/x && test ! -e /bin/true").status, 0);
        QVERIFY(!QFile::exists(m_root + "/etc/x"));
        QCOMPARE(inside({"--writable", "none"}, "touch /etc/y || exit 9").status, 9);
        QCOMPARE(inside({"--writable", "direct"}, "echo direct > /etc/z").status, 0);
        QVERIFY(QFile::exists(m_root + "/etc/z"));
    }

    void aKeptLayerServesOneAtATime()
    {
        become(false);
        if (!m_user)
            return;
        const QStringList keep{"run", "-q", "--rootfs", m_root, "--writable", "keep", "--keep-name", "one"};
        QCOMPARE(m_user->pivotctl(keep + QStringList{"-d", "--name", "first", "--", "/bin/sleep", "300"}).status, 0);
        const Outcome second = m_user->pivotctl(keep + QStringList{"-T", "--", "/bin/true"});
        QCOMPARE(second.status, 125);
        QVERIFY2(second.error.contains("in use") && second.error.contains("first") && second.error.contains("EBUSY"),
                 second.error);
        QCOMPARE(m_user->pivotctl({"stop", "--timeout", "1", "first"}).status, 0);
        QCOMPARE(m_user->pivotctl(keep + QStringList{"-T", "--", "/bin/true"}).status, 0);
    }

    void exitStatusIsTheCommands_data()
    {
        QTest::addColumn<QStringList>("command");
        QTest::addColumn<int>("status");
        QTest::newRow("success") << QStringList{"/bin/true"} << 0;
        QTest::newRow("its own status") << QStringList{"/bin/sh", "-c", "exit 42"} << 42;
        QTest::newRow("ended by a signal") << QStringList{"/bin/sh", "-c", "kill -9 $$"} << 137;
        QTest::newRow("missing") << QStringList{"/bin/nosuch"} << 127;
        QTest::newRow("missing in PATH") << QStringList{"nosuch"} << 127;
        QTest::newRow("a directory") << QStringList{"/bin"} << 126;
        QTest::newRow("not executable") << QStringList{"/etc/text"} << 126;
    }
    void exitStatusIsTheCommands()
    {
        QFETCH(QStringList, command);
        QFETCH(int, status);
        become(false);
        if (!m_user)
            return;
        m_user->makeFile("root/etc/text", "text");
        const Outcome outcome = m_user->pivotctl(QStringList{"run", "-q", "--rootfs", m_root, "-T", "--"} + command);
        QVERIFY2(outcome.status == status, outcome.all() + " exited with " + QByteArray::number(outcome.status));
    }

    void aSandboxOutlivesItsClient()
    {
        become(false);
        if (!m_user)
            return;
        auto client = m_user->startPivotctl(
            {"run", "-q", "--rootfs", m_root, "--name", "survivor", "-T", "--", "/bin/sleep", "300"});
        QTRY_VERIFY(m_user->pivotctl({"ps"}).output.contains("survivor"));
        QTRY_VERIFY(m_user->pivotctl({"ps"}).output.contains("running"));
        client->kill();
        client->waitForFinished();
        const Outcome exec = m_user->pivotctl({"exec", "-T", "survivor", "--", "/bin/cat", "/proc/1/comm"});
        QVERIFY2(exec.status == 0, exec.all());
        QCOMPARE(exec.output, "pivot-init\n");
        QCOMPARE(m_user->pivotctl({"signal", "survivor", "KILL"}).status, 0);
        QCOMPARE(m_user->pivotctl({"wait", "survivor"}).status, 137);
        QCOMPARE(m_user->pivotctl({"rm", "survivor"}).status, 0);
        QCOMPARE(m_user->pivotctl({"rm", "survivor"}).status, 125);
    }

    void execHasTheSameHardening_data() { bothUsers(); }
    void execHasTheSameHardening()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        const QString state = QStringLiteral("grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)' /proc/%1/status; for "
                                             "n in mnt pid uts ipc net cgroup user; do readlink /proc/%1/ns/$n; done");
        QCOMPARE(m_user->pivotctl({"run", "-q", "--rootfs", m_root, "-d", "--name", "one", "--", "/bin/sleep", "300"})
                     .status,
                 0);
        const QStringList exec{"exec", "-T", "one", "--", "/bin/sh", "-c"};
        const Outcome own = m_user->pivotctl(exec + QStringList{state.arg(2)});
        const Outcome joined = m_user->pivotctl(exec + QStringList{state.arg("self")});
        QVERIFY2(own.status == 0, own.all());
        QCOMPARE(joined.output, own.output);
        QVERIFY(own.output.contains("Seccomp:\t2") && own.output.contains("NoNewPrivs:\t1"));
        QCOMPARE(m_user->pivotctl({"rm", "-f", "one"}).status, 0);
    }
};

QTEST_GUILESS_MAIN(TestSandbox)
#include "tst_sandbox.moc"
