// SPDX-License-Identifier: Apache-2.0
//
// Experiments of the reference texts that are about the switch of the root, made for real: what pivot_root(2) wants,
// the textbook's ways to use it, what is left of the old root, "..". The number before a test is the experiment's.
// Where a text is wrong, the kernel's answer is what the test asks for.
#include "sandbox_test.h"

#include <algorithm>
#include <sys/stat.h>

using namespace pivotbench;
using test::bothUsers;
using test::Outcome;
using test::row;
using test::tableOf;

namespace {

/// The frame that was taken after a step; null when there is none.
const core::Frame *after(const core::Recording &recording, std::string_view step)
{
    for (const core::Frame &frame : recording.frames)
        if (!frame.initial && recording.header.plan.steps[frame.step].id == step)
            return &frame;
    return nullptr;
}

/// Where a mount stands, by its id; empty when it is gone.
QByteArray placeOf(const core::Frame &frame, std::uint64_t mount)
{
    const std::size_t at = frame.table->indexOf(mount);
    return at == core::MountTable::none ? QByteArray()
                                        : QByteArray::fromStdString(frame.table->entries()[at].mountPoint);
}

} // namespace

class TestExperimentsSwitch : public test::SandboxTest {
    Q_OBJECT

private:
    /// A shell script of the texts, in a mount namespace that Pivotbench made and with the root not switched yet.
    Outcome byHandInside(const QString &script)
    {
        return m_user->pivotctl({"run", "-q", byHandSpec(R"("writable": "direct", "switchRoot": "none")"), "-T", "--",
                                 "/bin/sh", "-c", script});
    }

private slots:
    void cleanup() { m_user.reset(); }

    // 13
    void pivotRootNeedsWhatItsManualSays_data()
    {
        QTest::addColumn<bool>("root");
        QTest::addColumn<QByteArray>("sabotage");
        QTest::addColumn<QByteArray>("answer");
        for (const bool root : {false, true}) {
            const auto add = [root](const char *name, const QByteArray &sabotage, const QByteArray &answer) {
                QTest::addRow("%s, %s", root ? "root" : "an ordinary user", name) << root << sabotage << answer;
            };
            add("nothing is broken", "peek mkdir @DIR/unused\n", "");
            // A plain directory is left, on another mount. EBUSY says that it is the old root's, where that is not
            // locked.
            add("new_root is not a mount point", "peek umount -l @NEW\npeek mkdir @NEW/oldroot\n", "EBUSY EINVAL");
            add("the parent mount is shared", "peek mount --make-shared @PARENT\n", "EINVAL");
            add("put_old is on the old root", "peek rmdir @NEW/oldroot\npeek ln -s / @NEW/oldroot\n", "EBUSY");
            add("put_old is outside of new_root",
                "peek mount -t tmpfs t @DIR/outside\npeek rmdir @NEW/oldroot\npeek ln -s @DIR/outside @NEW/oldroot\n",
                "EINVAL");
            add("put_old is a file", "peek rmdir @NEW/oldroot\npeek touch @NEW/oldroot\n", "ENOTDIR");
            add("put_old is missing", "peek rmdir @NEW/oldroot\n", "ENOENT");
        }
    }
    void pivotRootNeedsWhatItsManualSays()
    {
        QFETCH(bool, root);
        QFETCH(QByteArray, sabotage);
        QFETCH(QByteArray, answer);
        become(root);
        if (!m_user)
            return;
        m_user->makeDirectory("outside");
        const QString newRoot = m_user->path("run/pivotbench/root");
        QFile mounts("/proc/self/mountinfo");
        QVERIFY(mounts.open(QIODevice::ReadOnly));
        const core::MountTable host = tableOf(mounts.readAll());
        const std::size_t at = host.covering(m_user->directory().toStdString());
        QVERIFY(at != core::MountTable::none);
        const std::string &parent = host.entries()[at].mountPoint;
        sabotage.replace("@NEW", newRoot.toUtf8());
        sabotage.replace("@DIR", m_user->directory().toUtf8());
        sabotage.replace("@PARENT", QByteArray::fromStdString(parent));
        // The kernel waits before the switch is begun, one thing is broken, and then it goes on.
        const Outcome outcome = m_user->pivotctl(
            {"step", "-q", byHandSpec(R"("writable": "direct", "switchRoot": "pivot_root", "putOld": "/oldroot")"),
             "-T", "--", "/bin/sh", "-c", "echo the new root has /bin/*"},
            "until put-old-directory\n" + sabotage + "continue\n");
        QCOMPARE(outcome.status, answer.isEmpty() ? 0 : 125);
        QCOMPARE(outcome.output.contains("the new root has /bin/awk"), answer.isEmpty());
        if (answer.isEmpty())
            return;
        const bool answered = std::ranges::any_of(
            answer.split(' '), [&](const QByteArray &name) { return outcome.error.contains("(" + name + ")"); });
        QVERIFY2(outcome.error.contains("step pivot-root:") && answered, outcome.error);
    }

    // 14
    void theWalkThroughLeavesTheNewRootAlone_data() { bothUsers(); }
    void theWalkThroughLeavesTheNewRootAlone()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        m_root = m_user->makeBusyboxRoot("newroot", {"sh", "ls", "mount", "umount", "ps"});
        m_user->makeFile("canary", "of the host");
        const QString textbook =
            byHandSpec(R"("writable": "direct", "switchRoot": "pivot_root", "putOld": "/oldroot")");
        const Outcome outcome = m_user->pivotctl(
            {"run", "-q", textbook, "--observe", m_user->path("a.pbrec"), "-T", "--", "/bin/sh", "-c",
             "ls /; echo \"mount: $(mount 2>&1)\"; echo \"ps: $(ps)\"; /bin/rmdir /oldroot; echo \"rmdir: $?\""});
        // The text's root holds neither a mounted /proc nor a link for rmdir (BusyBox's own shell may do without the
        // link).
        const QByteArray listed = QDir(m_root).entryList(QDir::Dirs | QDir::NoDotAndDotDot).join('\n').toUtf8();
        QCOMPARE(outcome.output, listed + "\nmount: mount: no /proc/mounts\nps: PID   USER     COMMAND\nrmdir: 127\n");
        QVERIFY(!listed.contains("oldroot"));

        const auto recording = core::loadRecording(m_user->path("a.pbrec").toStdString());
        QVERIFY(recording.has_value());
        const core::Frame *const before = after(*recording, "enter-new-root");
        const core::Frame *const pivoted = after(*recording, "pivot-root");
        const core::Frame *const inRoot = after(*recording, "chdir-root");
        const core::Frame *const detached = after(*recording, "detach-old-root");
        QVERIFY(before && pivoted && inRoot && detached);
        const std::uint64_t oldRoot = before->root.mountId;
        const std::uint64_t newRoot = before->cwd.mountId;
        QCOMPARE(placeOf(*before, oldRoot), "/");
        QVERIFY(placeOf(*before, newRoot).endsWith("/pivotbench/root"));
        QCOMPARE(placeOf(*pivoted, oldRoot), "/oldroot");
        QCOMPARE(placeOf(*pivoted, newRoot), "/");
        QCOMPARE(inRoot->root, inRoot->cwd);
        QCOMPARE(placeOf(*detached, oldRoot), "");
        QCOMPARE(detached->table->size(), std::size_t(1));

        // The same, looked at on the way: the host is there, and then it is not.
        const QByteArray look = "peek /bin/busybox cat /oldroot" + m_user->path("canary").toUtf8() + "\n";
        const Outcome stepped = m_user->pivotctl({"step", "-q", textbook, "-T", "--", "/bin/sh", "-c", "echo ran"},
                                                 "until chdir-root\n" + look + "next\n" + look + "continue\n");
        QCOMPARE(stepped.output.count("of the host"), 1);
        QCOMPARE(stepped.error.count("No such file or directory"), 1);
        QVERIFY2(stepped.output.contains("ran\n"), stepped.all());
    }

    // 15
    void theOldRootIsBusyUntilDetached_data() { bothUsers(); }
    void theOldRootIsBusyUntilDetached()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        const QString made = m_user->makeBusyboxRoot("new_root", {"sh", "ls", "cat", "mount", "umount"});
        for (const char *part : {"dev", "etc", "proc", "root", "sys", "tmp"})
            QVERIFY(QDir(made).rmdir(part));
        m_user->makeDirectory("new_root/old_root");
        const QString canary = m_user->makeFile("canary", "of the host\n");
        const Outcome outcome = byHandInside(
            QStringLiteral(
                "mount --bind %1 %1 && mount --make-rprivate / && pivot_root %1 %1/old_root && cd / || exit\n"
                "ls /; cat /old_root%2\n"
                "umount /old_root; echo \"umount $?\"; cat /old_root%2\n"
                "umount -l /old_root; echo \"lazily $?\"; ls -A /old_root; cat /old_root%2; ls /proc")
                .arg(made, canary));
        QCOMPARE(outcome.output, "bin\nold_root\nof the host\numount 1\nof the host\nlazily 0\n");
        QVERIFY2(outcome.error.contains("/old_root: Device or resource busy") &&
                     outcome.error.contains("ls: /proc: No such file or directory"),
                 outcome.error);
    }

    // 16
    void putOldHasToBeInTheBind_data() { bothUsers(); }
    void putOldHasToBeInTheBind()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        m_user->makeBusyboxRoot("overlay");
        m_user->makeDirectory("newroot/oldroot"); // the bind hides it
        const QString canary = m_user->makeFile("canary", "of the host\n");
        const Outcome outcome = byHandInside(
            QStringLiteral("cd %1 && mount --bind overlay newroot && mkdir newroot/kept || exit\n"
                           "LC_ALL=C pivot_root newroot newroot/oldroot; echo \"missing $?\"\n"
                           "mkdir newroot/oldroot && pivot_root newroot newroot/oldroot && cd / || exit\n"
                           "cat /oldroot%2; umount /oldroot; echo \"umount $?\"\n"
                           "umount -l /oldroot; echo \"lazily $?\"; ls -d /kept; ls -A /oldroot; cat /oldroot%2")
                .arg(m_user->directory(), canary));
        QCOMPARE(outcome.output, "missing 1\nof the host\numount 1\nlazily 0\n/kept\n");
        QVERIFY2(outcome.error.contains("pivot_root") && outcome.error.contains("/oldroot: Device or resource busy"),
                 outcome.error);
        QCOMPARE(outcome.error.count("No such file or directory"), 2);
        QVERIFY(QFile::exists(m_user->path("overlay/kept")) && !QFile::exists(m_user->path("newroot/kept")));
    }

    // 17
    void dotDotStaysAtTheRootAndClimbsOutOfABind_data() { bothUsers(); }
    void dotDotStaysAtTheRootAndClimbsOutOfABind()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        m_user->makeDirectory("source/bound");
        m_user->makeFile("source/sibling", "");
        const Outcome outcome = inside({"--bind", m_user->path("source/bound") + ":/data/in"},
                                       "stat -c %d:%i / /.. /data /data/in/.. /data/in/../.. /data/in; ls /data/in/..");
        QVERIFY2(outcome.status == 0, outcome.all());
        const QList<QByteArray> seen = outcome.output.trimmed().split('\n');
        QCOMPARE(seen.size(), 7);
        QCOMPARE(seen[1], seen[0]);
        QCOMPARE(seen[3], seen[2]);
        QCOMPARE(seen[4], seen[0]);
        struct stat bound{};
        QVERIFY(::stat(qPrintable(m_user->path("source/bound")), &bound) == 0);
        QCOMPARE(seen[5],
                 QByteArray::number(qulonglong(bound.st_dev)) + ':' + QByteArray::number(qulonglong(bound.st_ino)));
        QCOMPARE(seen[6], "in"); // and no sibling of the source
    }

    // 22
    void theOverlayIsTheRootAndNobodyElseSeesIt_data() { bothUsers(); }
    void theOverlayIsTheRootAndNobodyElseSeesIt()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        const auto hostTable = [this] { return m_user->run("cat", {"/proc/self/mountinfo"}).output; };
        const QByteArray before = hostTable();
        QVERIFY(tableOf(before).size() > 0);
        QCOMPARE(m_user
                     ->pivotctl({"run", "-q", "--rootfs", m_root, "--observe", m_user->path("a.pbrec"), "--name", "one",
                                 "-d", "--", "/bin/sleep", "300"})
                     .status,
                 0);
        const Outcome inside = m_user->pivotctl({"exec", "-T", "one", "--", "/bin/cat", "/proc/self/mountinfo"});
        QVERIFY(row(tableOf(inside.output), "/").startsWith("overlay rw"));
        QCOMPARE(hostTable(), before);
        QCOMPARE(QDir(m_user->path("run/pivotbench/root")).entryList(QDir::NoDotAndDotDot | QDir::AllEntries),
                 QStringList());
        QCOMPARE(m_user->pivotctl({"rm", "-f", "one"}).status, 0);

        const auto recording = core::loadRecording(m_user->path("a.pbrec").toStdString());
        QVERIFY(recording.has_value());
        const core::Frame *const made = after(*recording, "overlay");
        const core::Frame *const pivoted = after(*recording, "pivot-root");
        const core::Frame *const detached = after(*recording, "detach-old-root");
        QVERIFY(made && pivoted && detached);
        const std::size_t at = made->table->visibleAt(recording->header.plan.newRoot);
        QVERIFY(at != core::MountTable::none);
        const std::uint64_t overlay = made->table->entries()[at].id;
        QCOMPARE(made->table->entries()[at].type, "overlay");
        QCOMPARE(placeOf(*pivoted, overlay), "/");
        QCOMPARE(pivoted->root.mountId, overlay);
        QVERIFY(pivoted->table->indexOf(made->root.mountId) != core::MountTable::none);
        for (const core::MountEntry &entry : made->table->entries())
            QCOMPARE(detached->table->indexOf(entry.id) == core::MountTable::none, entry.id != overlay);
    }
};

QTEST_GUILESS_MAIN(TestExperimentsSwitch)
#include "tst_experiments_switch.moc"
