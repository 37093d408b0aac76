// SPDX-License-Identifier: Apache-2.0
//
// What sandboxes have changed, asked of the helper while they run and after they have ended.
#include "sandbox_test.h"

#include <QTest>
#include <sys/stat.h>

using namespace pivotbench;
using test::Outcome;

class TestSandboxChanges : public test::SandboxTest {
    Q_OBJECT

    /// A sandbox that has run the script and then waits.
    Outcome begin(const QString &script, const QByteArray &rootFields = R"("writable": "discard")")
    {
        const QString spec = m_user->makeSpec(
            m_root, R"("process": {"args": ["/bin/sh"], "env": ["PATH=/bin"], "capabilities": "all"})", rootFields);
        Outcome started =
            m_user->pivotctl({"run", "-q", "-d", "--name", "one", spec, "--", "/bin/sh", "-c", script + "; sleep 600"});
        for (int i = 0; started.status == 0 && i < 100; ++i) {
            if (m_user->pivotctl({"exec", "one", "-T", "--", "/bin/sh", "-c", "test -e /done"}).status == 0)
                break;
            QTest::qWait(50);
        }
        return started;
    }
    Outcome changes(const QStringList &arguments = {})
    {
        return m_user->pivotctl(QStringList{"changes", "one"} + arguments);
    }

private slots:
    void areListedWhileItRuns_data() { test::bothUsers(); }
    void areListedWhileItRuns()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        m_user->makeFile("root/etc/motd", "old\n");
        m_user->makeFile("root/etc/gone", "");
        const Outcome started =
            begin("echo new text >/etc/motd; rm /etc/gone; mkdir /tmp/d; echo a >/tmp/d/f; : >/done");
        QVERIFY2(started.status == 0, started.all());
        const Outcome listed = changes();
        QVERIFY2(listed.status == 0, listed.all());
        QCOMPARE(listed.output,
                 QByteArray("+ /done  0 B\n- /etc/gone\n~ /etc/motd  4 B → 9 B\n+ /tmp/d/\n+ /tmp/d/f  2 B\n"));
        QCOMPARE(m_user->pivotctl({"rm", "-f", "one"}).status, 0);
        const Outcome none = changes();
        QVERIFY(none.status != 0);
        QVERIFY2(none.error.contains("there is no sandbox"), none.all());
    }

    void endOfARunIsListed()
    {
        become(false);
        if (!m_user)
            return;
        const Outcome ran = m_user->pivotctl(
            {"run", "-q", "--changes", "--rootfs", m_root, "-T", "--", "/bin/sh", "-c", "echo x >/etc/added; exit 3"});
        QCOMPARE(ran.status, 3);
        QCOMPARE(ran.output, QByteArray("+ /etc/added  2 B\n"));
        // Nobody holds it any more.
        QTRY_COMPARE_WITH_TIMEOUT(m_user->pivotctl({"ps"}).output.contains("added"), false, 30'000);
    }

    /// Of ids that are only the sandbox's own, too.
    void becomeALayer_data() { test::bothUsers(); }
    void becomeALayer()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        m_user->makeFile("root/etc/gone", "");
        const Outcome started =
            begin("rm /etc/gone; mkdir -m 700 /srv; echo secret >/srv/f; chown -R 33:33 /srv; chmod 600 "
                  "/srv/f; echo b >/etc/b; : >/done");
        QVERIFY2(started.status == 0, started.all());
        const QString layer = m_user->path("layer");
        const Outcome made = changes({"--layer", layer});
        QVERIFY2(made.status == 0, made.all());
        QCOMPARE(m_user->pivotctl({"rm", "-f", "one"}).status, 0);
        const QString spec = m_user->makeFile(
            "two.pbox",
            QString(R"({"pivotbench": 1, "name": "two", "root": {"layers": [{"path": "%1"}, {"path": "%2"}]},
                        "process": {"args": ["/bin/sh"], "env": ["PATH=/bin"]}})")
                .arg(layer, m_root)
                .toUtf8());
        const Outcome used =
            m_user->pivotctl({"run", "-q", "-T", spec, "--", "/bin/sh", "-c",
                              "ls -ln /srv | tail -n 1; cat /srv/f /etc/b; test -e /etc/gone || echo gone"});
        QVERIFY2(used.status == 0, used.all());
        QVERIFY2(used.output.startsWith("-rw-------    1 33       33"), used.all());
        QVERIFY2(used.output.endsWith("secret\nb\ngone\n"), used.all());
        // What belongs to ids of the sandbox the user cannot remove by himself.
        const Outcome removed =
            m_user->pivotctl({"run", "-q", "--rootfs", m_root, "--bind", m_user->directory() + ":/mnt:rw", "-T", "--",
                              "/bin/sh", "-c", "rm -rf /mnt/layer"});
        QVERIFY2(removed.status == 0, removed.all());
    }

    void applyToAFolder()
    {
        become(false);
        if (!m_user)
            return;
        m_user->makeFile("root/etc/motd", "old\n");
        const QString folder = m_user->makeDirectory("folder");
        m_user->makeDirectory("folder/etc");
        m_user->makeFile("folder/etc/motd", "mine\n");
        const Outcome started =
            begin("echo theirs >/etc/motd; echo s >/etc/suid; chmod 4755 /etc/suid; chown 33 /etc/motd; "
                  "echo no >/tmp/other; : >/done");
        QVERIFY2(started.status == 0, started.all());
        const Outcome applied = changes({"--apply", folder, "/etc"});
        QVERIFY2(applied.status == 0, applied.all());
        QCOMPARE(m_user->contents("folder/etc/motd"), QByteArray("theirs\n"));
        QCOMPARE(m_user->contents("folder/tmp/other"), QByteArray());
        struct stat status{};
        QCOMPARE(::stat(qPrintable(m_user->path("folder/etc/suid")), &status), 0);
        QCOMPARE(status.st_mode & 07777, 0755U);
        QCOMPARE(status.st_uid, m_user->uid());
        const QByteArray before = applied.output.split('\n').value(1);
        QVERIFY2(before.startsWith("what was there before: "), applied.all());
        const QByteArray kept = before.mid(before.lastIndexOf('/') + 1);
        QCOMPARE(m_user->contents("folder/" + kept + "/etc/motd"), QByteArray("mine\n"));
    }

    void keptForTheNextRun()
    {
        become(false);
        if (!m_user)
            return;
        QVERIFY(begin("echo one >/etc/kept; : >/done").status == 0);
        Outcome kept = changes({"--keep", "later"});
        QVERIFY2(kept.status == 0, kept.all());
        kept = changes({"--keep", "later"});
        QVERIFY(kept.status != 0);
        QVERIFY2(kept.error.contains("there is a layer of that name already"), kept.all());
        QCOMPARE(m_user->pivotctl({"rm", "-f", "one"}).status, 0);
        const QString spec =
            m_user->makeSpec(m_root, R"("process": {"args": ["/bin/cat", "/etc/kept"], "env": ["PATH=/bin"]})",
                             R"("writable": "keep", "keepName": "later")");
        const Outcome next = m_user->pivotctl({"run", "-q", "-T", spec});
        QCOMPARE(next.output, QByteArray("one\n"));
    }

    void discarded_data() { test::bothUsers(); }
    void discarded()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        m_user->makeFile("root/etc/motd", "old\n");
        const QByteArray keep = R"("writable": "keep", "keepName": "mine")";
        const Outcome started =
            begin("echo newer >/etc/motd; mkdir -m 700 /srv; : >/srv/f; chown -R 33 /srv; : >/done", keep);
        QVERIFY2(started.status == 0, started.all());
        const Outcome refused = changes({"--discard"});
        QCOMPARE(refused.status, 125);
        QVERIFY2(refused.error.contains("runs") && refused.error.contains("stop it first"), refused.all());
        QCOMPARE(m_user->pivotctl({"stop", "--timeout", "1", "one"}).status, 0);

        const Outcome some = changes({"--discard", "/srv", "/etc"});
        QVERIFY2(some.status == 0, some.all());
        QCOMPARE(some.output, QByteArray("~ /etc/motd  4 B → 6 B\n+ /srv/\n+ /srv/f  0 B\n3 discarded\n"));
        QCOMPARE(changes().output, QByteArray("+ /done  0 B\n"));
        QCOMPARE(changes({"--discard"}).output, QByteArray("+ /done  0 B\n1 discarded\n"));
        QCOMPARE(changes({"--discard"}).output, QByteArray("0 discarded\n"));
        QCOMPARE(m_user->pivotctl({"rm", "one"}).status, 0);
        QVERIFY(begin("cat /etc/motd >/done; ls /srv >>/done", keep).status == 0);
        QCOMPARE(changes().output, QByteArray("+ /done  4 B\n"));
    }

    /// What a sandbox throws away is gone with it, so there is nothing left to discard.
    void discardedByItself()
    {
        become(false);
        if (!m_user)
            return;
        QVERIFY(begin(": >/done").status == 0);
        QCOMPARE(m_user->pivotctl({"stop", "--timeout", "1", "one"}).status, 0);
        const Outcome late = changes({"--discard"});
        QCOMPARE(late.status, 125);
        QVERIFY2(late.error.contains("has ended, and its changes with it"), late.all());
    }

    void nothingToChange_data()
    {
        QTest::addColumn<QByteArray>("writable");
        QTest::newRow("read-only") << QByteArray(R"("writable": "none")");
        QTest::newRow("direct") << QByteArray(R"("writable": "direct")");
    }
    void nothingToChange()
    {
        QFETCH(QByteArray, writable);
        become(false);
        if (!m_user)
            return;
        m_user->makeFile("root/done", "");
        QVERIFY(begin("true", writable).status == 0);
        const Outcome listed = changes();
        QVERIFY(listed.status != 0);
        QVERIFY2(listed.error.contains("no changes of its own"), listed.all());
    }

    void badNames_data()
    {
        QTest::addColumn<QString>("name");
        for (const char *name : {"..", ".hidden", "a/b", "", "esc\x1b[31m"})
            QTest::addRow("\"%s\"", name) << QString(name);
    }
    void badNames()
    {
        QFETCH(QString, name);
        become(false);
        if (!m_user)
            return;
        QVERIFY(begin(": >/done").status == 0);
        const QString before = m_user->path("state");
        const Outcome kept = name.isEmpty() ? changes({"--layer", m_user->path("x") + "/"}) : changes({"--keep", name});
        if (name.isEmpty())
            QVERIFY2(kept.status == 0, kept.all()); // a slash at the end is none of the name
        else
            QVERIFY2(kept.status != 0 && !kept.error.contains('\x1b'), kept.all());
    }

    /// The worker sees the host, so what the sandbox plants must not lead it anywhere.
    void linksLeadNowhere()
    {
        become(false);
        if (!m_user)
            return;
        const QString canary = m_user->makeFile("canary", "safe\n");
        m_user->makeDirectory("root/d");
        m_user->makeFile("root/d/canary", "inside\n");
        const QString folder = m_user->makeDirectory("folder");
        QVERIFY(begin(QString("rm -rf /d; ln -s %1 /d; ln -s %2 /l; mkdir /x; ln -s %1 /x/y; : >/done")
                          .arg(m_user->directory(), canary))
                    .status == 0);
        QVERIFY(changes({"--apply", folder}).status == 0);
        const Outcome layer = changes({"--layer", m_user->path("layer")});
        QVERIFY2(layer.status == 0, layer.all());
        QCOMPARE(m_user->contents("canary"), QByteArray("safe\n"));
        QVERIFY(QFileInfo(folder + "/d").isSymLink());
        // A second time the links of the first are in the way, and are moved aside, not followed.
        QVERIFY(changes({"--apply", folder}).status == 0);
        QCOMPARE(m_user->contents("canary"), QByteArray("safe\n"));
    }

    void leaveNothingBehind()
    {
        become(false);
        if (!m_user)
            return;
        // The helper and its directories are there.
        QVERIFY(m_user->pivotctl({"run", "-q", "--rootfs", m_root, "-T", "--", "/bin/true"}).status == 0);
        const QString before = test::settledTraces(*m_user);
        for (int i = 0; i < 3; ++i) {
            QVERIFY(begin("echo x >/etc/x; : >/done").status == 0);
            QCOMPARE(changes().status, 0);
            QCOMPARE(m_user->pivotctl({"rm", "-f", "one"}).status, 0);
            const Outcome ran = m_user->pivotctl(
                {"run", "-q", "--changes", "--rootfs", m_root, "-T", "--", "/bin/sh", "-c", "echo x >/etc/added"});
            QCOMPARE(ran.output, QByteArray("+ /etc/added  2 B\n"));
        }
        QCOMPARE(test::difference(before, test::settledTraces(*m_user)), QString());
    }
};

QTEST_GUILESS_MAIN(TestSandboxChanges)
#include "tst_sandbox_changes.moc"
