// SPDX-License-Identifier: Apache-2.0
//
// What scripts rely on: the JSON that pivotctl prints, its exit statuses, and that what promises to touch nothing does
// not.
#include "sandbox_test.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSet>
#include <QTest>

using namespace pivotbench;
using test::Outcome;

namespace {

QJsonObject objectOf(const QByteArray &text) { return QJsonDocument::fromJson(text).object(); }

QStringList mountPointsOf(const QJsonArray &mounts)
{
    QStringList points;
    for (const QJsonValue &mount : mounts)
        points.append(mount["mountPoint"].toString());
    return points;
}

} // namespace

class TestCommandLine : public test::SandboxTest {
    Q_OBJECT

private slots:
    void init() { become(false); }

    void aPlanIsJsonAndTouchesNothing()
    {
        if (!m_user)
            return;
        const Outcome outcome = m_user->pivotctl({"plan", "busybox", "-q", "--format", "json", "--", "true"});
        QVERIFY2(outcome.status == 0, outcome.all());
        const QJsonObject plan = objectOf(outcome.output);
        QCOMPARE(plan["name"].toString(), QString("BusyBox playground"));
        QVERIFY(plan["newRoot"].toString().startsWith('/'));
        QSet<QString> ids;
        for (const QJsonValue &step : plan["steps"].toArray()) {
            for (const char *key : {"id", "phase", "cause", "kind"})
                QVERIFY2(!step[key].toString().isEmpty(), key);
            QVERIFY(step["operation"].isObject());
            ids.insert(step["id"].toString());
        }
        QVERIFY(ids.contains("pivot-root"));
        QCOMPARE(ids.size(), plan["steps"].toArray().size());
        for (const QStringList &args :
             {QStringList{"plan", "busybox", "-q"}, QStringList{"run", "busybox", "--dry-run"}})
            QCOMPARE(m_user->pivotctl(args).status, 0);
        QVERIFY(!QFile::exists(m_user->path("home/.cache/pivotbench")));
        QCOMPARE(m_user->helperPid(), 0);
    }

    void aRecordingIsOneObjectALine()
    {
        if (!m_user)
            return;
        const QString file = m_user->path("a.pbrec");
        const Outcome run = m_user->pivotctl(
            {"run", "-q", "--rootfs", m_root, "--observe", file, "-T", "--", "/bin/cat", "/proc/self/mountinfo"});
        QVERIFY2(run.status == 0, run.all());
        const auto lines = m_user->pivotctl({"show", file, "--format", "json"}).output.trimmed().split('\n');
        const QJsonObject header = objectOf(lines.first());
        QCOMPARE(header["origin"].toString(), QString("kernel"));
        QCOMPARE(header["truncated"].toBool(true), false);
        QCOMPARE(lines.size(), header["steps"].toInt() + 2); // and the state before the first step
        QVERIFY(objectOf(lines[1])["initial"].toBool());
        for (int i = 2; i < lines.size(); ++i) {
            const QJsonObject frame = objectOf(lines[i]);
            QCOMPARE(frame["step"].toInt(), i - 1);
            QVERIFY(frame["error"].isNull());
            for (const char *key : {"root", "cwd", "namespaces"})
                QVERIFY2(frame[key].isObject(), key);
        }
        // The last frame is what the command itself read.
        QStringList inside;
        const core::MountTable table = test::tableOf(run.output);
        for (const core::MountEntry &entry : table.entries())
            inside.append(QString::fromStdString(entry.mountPoint));
        QCOMPARE(mountPointsOf(objectOf(lines.last())["mounts"].toArray()), inside);
        const Outcome one = m_user->pivotctl({"show", file, "--format", "json", "--step", "pivot-root"});
        QCOMPARE(objectOf(one.output)["id"].toString(), QString("pivot-root"));
    }

    void aSandboxIsListedFromItsStartToItsEnd()
    {
        if (!m_user)
            return;
        QCOMPARE(m_user->pivotctl({"run", "-q", "-d", "--name", "one", "--rootfs", m_root, "--", "/bin/sleep", "600"})
                     .status,
                 0);
        const auto one = [&] {
            return objectOf(m_user->pivotctl({"ps", "--format", "json"}).output)["sandboxes"]
                .toArray()
                .at(0)
                .toObject();
        };
        QJsonObject running = one();
        QCOMPARE(running["sandbox"].toString(), QString("one"));
        QCOMPARE(running["state"].toString(), QString("running"));
        QCOMPARE(running["args"].toArray(), (QJsonArray{"/bin/sleep", "600"}));
        QVERIFY(running["status"].isNull() && running["signal"].isNull());
        const int pid = running["pid"].toInt();
        QVERIFY(QFile::exists(QString("/proc/%1").arg(pid)));

        // The mounts that a stranger sees in that process.
        const Outcome mounts = m_user->pivotctl({"mounts", "--pid", QString::number(pid), "--format", "json"});
        QVERIFY2(mounts.status == 0, mounts.all());
        const QStringList points = mountPointsOf(objectOf(mounts.output)["mounts"].toArray());
        QVERIFY2(points.contains("/dev/pts") && points.contains("/proc"), mounts.output);

        QCOMPARE(m_user->pivotctl({"signal", "one", "KILL"}).status, 0);
        QCOMPARE(m_user->pivotctl({"wait", "one"}).status, 128 + 9);
        running = one();
        QCOMPARE(running["state"].toString(), QString("ended"));
        QCOMPARE(running["signal"].toInt(), 9);
        QVERIFY(running["status"].isNull());
        QCOMPARE(m_user->pivotctl({"rm", "one"}).status, 0);
    }

    void exitStatusesAreTheShells_data()
    {
        QTest::addColumn<QStringList>("command");
        QTest::addColumn<int>("status");
        QTest::newRow("its own") << QStringList{"/bin/sh", "-c", "exit 3"} << 3;
        QTest::newRow("a signal") << QStringList{"/bin/sh", "-c", "kill -TERM $$"} << 128 + 15;
        QTest::newRow("not found") << QStringList{"/bin/no-such-program"} << 127;
        QTest::newRow("not executable") << QStringList{"/etc"} << 126;
    }
    void exitStatusesAreTheShells()
    {
        if (!m_user)
            return;
        QFETCH(const QStringList, command);
        QFETCH(const int, status);
        const Outcome outcome = m_user->pivotctl(QStringList{"run", "-q", "--rootfs", m_root, "-T", "--"} + command);
        QVERIFY2(outcome.status == status, outcome.all());
    }

    // Long enough that a builder has to format more than fits where it usually does.
    void aLongSearchEndsInWords()
    {
        if (!m_user)
            return;
        QStringList folders;
        for (int i = 0; i < 200; ++i)
            folders.append("/bin/not/a/folder");
        const Outcome outcome = m_user->pivotctl(
            {"run", "-q", "--rootfs", m_root, "--env", "PATH=" + folders.join(':'), "-T", "--", "nosuchprogram"});
        QVERIFY2(outcome.status == 127 && outcome.error.contains("nosuchprogram"), outcome.all());
    }

    void failuresOfItsOwnAre125()
    {
        if (!m_user)
            return;
        QCOMPARE(m_user->pivotctl({"run", "-q", "--rootfs", "/no/such/root", "-T", "--", "true"}).status, 125);
        QCOMPARE(m_user->pivotctl({"run", "--no-such-option"}).status, 125);
        QCOMPARE(m_user->pivotctl({"no-such-command"}).status, 125);
    }

    void whatTheMachineCanDoAndThePresetsAreJson()
    {
        if (!m_user)
            return;
        for (const QJsonValue &check :
             objectOf(m_user->pivotctl({"doctor", "--format", "json"}).output)["checks"].toArray())
            QVERIFY(QStringList({"ok", "limited", "missing"}).contains(check["state"].toString()));
        QStringList ids;
        for (const QJsonValue &preset :
             objectOf(m_user->pivotctl({"presets", "--format", "json"}).output)["presets"].toArray())
            ids.append(preset["id"].toString());
        QCOMPARE(ids, QStringList({"busybox", "this-system", "bare-pivot", "chroot-jail"}));
    }
};

QTEST_GUILESS_MAIN(TestCommandLine)
#include "tst_command_line.moc"
