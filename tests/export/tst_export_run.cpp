// SPDX-License-Identifier: Apache-2.0
//
// Runs exports for real, as the ordinary user, and asks inside what "pivotctl run" with the same arguments answers:
// ids, names, mounts and what can be written. Where a form differs, a loss has to say so, and it is written down here.
#include "sandbox_test.h"

#include <QFile>
#include <QMap>
#include <QRegularExpression>
#include <QSet>
#include <QStandardPaths>

using namespace pivotbench;
using test::Outcome;

namespace {

/// Answers of one line each, "what:answer"; applets only. Ends with 7, which has to come through.
constexpr const char *inquiry = R"sh(echo "args:$(printf '%s|' "$@" | od -An -tx1 | tr -d '\n')"
env | grep -v -e ^PWD= -e ^SHLVL= -e ^_= | sort | sed 's/^/env:/'
echo "cwd:$(pwd)"
echo "id:$(id -u):$(id -g)"
echo "host:$(hostname)"
echo "net:$(ls /sys/class/net 2>/dev/null | tr '\n' ' ')"
echo "fds:$(ulimit -n)"
grep -E '^(CapEff|CapBnd|CapPrm|NoNewPrivs)' /proc/self/status
for at in / /data /live /etc /tmp /srv/hidden; do
    [ -d "$at" ] || continue
    (: >"$at/written") 2>/dev/null && echo "write:$at" || echo "no write:$at"
done
for file in /data/file /live/file /etc/hosts /etc/hostname /srv/hidden/file; do
    [ ! -e "$file" ] || echo "file $file:$(od -An -tx1 <"$file" | tr -d '\n')"
done
echo "dev:$(ls /dev | grep -v -e ^core -e ^console -e ^mqueue | tr '\n' ' ')"
echo "processes:$(ls -d /proc/[0-9]* | wc -l)"
echo "old root:$(ls -d /proc/1/cwd/../../../usr/lib/x86_64-linux-gnu 2>/dev/null)"
sed 's/^/mount:/' /proc/self/mountinfo
exit 7)sh";

struct Row {
    const char *name;
    QStringList arguments; ///< of pivotctl before "--"; DIR is the user's directory
    QByteArray spec;       ///< a.pbox, when it is named among them
    bool overlays = false; ///< which bubblewrap stacks only since 0.11
};

QList<Row> rows()
{
    const QByteArray common = R"("proc": "private", "hostname": "sample",
        "seccomp": {"profile": "none"}, "process": {"args": ["/bin/true"],
        "env": ["PATH=/bin", "GREETING=it\u0027s \u0022me\u0022; touch /tmp/x\n`x`"], "cwd": "/tmp")";
    const QByteArray mounts = R"("mounts": [
        {"destination": "/data", "type": "bind", "source": "DIR/it's a: source, \\ yes", "options": ["rbind", "rro"]},
        {"destination": "/live", "type": "bind", "source": "DIR/it's a: source, \\ yes", "options": ["rbind"]},
        {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["mode=1777", "size=64k"]}], )";
    const auto spec = [&](const QByteArray &root, const QByteArray &fields, const QByteArray &process = {}) {
        return R"({"pivotbench": 1, "name": "sample", "root": {"layers": [{"path": "DIR/root"})" + root + "}, " +
               fields + mounts + common + process + "}}";
    };
    return {
        {"the preset busybox", {"busybox"}, {}},
        {"a read-only root with binds", {"DIR/a.pbox"}, spec(R"(], "writable": "none")", "")},
        {"the layer itself, masked and protected",
         {"DIR/a.pbox"},
         spec(R"(], "writable": "direct")", R"("maskedPaths": ["/srv/hidden", "/proc/kcore", "/proc/absent"],
              "readonlyPaths": ["/etc", "/proc/sys", "/absent"], )",
              R"(, "capabilities": "none", "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}])")},
        {"one capability and one id",
         {"DIR/a.pbox"},
         spec(R"(], "writable": "none", "switchRoot": "pivot_root", "putOld": "/tmp")",
              R"("idMaps": {"mode": "single"}, "sys": "none", )", R"(, "capabilities": ["CAP_CHOWN"])")},
        {"two layers, and what is written goes",
         {"DIR/a.pbox"},
         spec(R"(, {"path": "DIR/below"}])", R"("files": {"hosts": {"mode": "text", "text": "1.2.3.4\tx\n"}}, )"),
         true},
        {"another user",
         {"DIR/a.pbox"},
         spec(R"(], "writable": "none")", R"("dev": {"policy": "none"}, )", R"(, "user": {"uid": 33, "gid": 33})")},
    };
}

using Answers = QMap<QString, QStringList>;

Answers answersOf(const QByteArray &output)
{
    Answers answers;
    for (const QString &line : QString::fromUtf8(output).split('\n', Qt::SkipEmptyParts))
        answers[line.section(':', 0, 0)].append(line.section(':', 1));
    return answers;
}

/// "/data ro tmpfs", sorted; with every option where `whole`.
QStringList mountsOf(const Answers &answers, bool whole, const QRegularExpression &without)
{
    QStringList all;
    const core::MountTable table = test::tableOf(answers["mount"].join('\n').toUtf8() + '\n');
    for (const core::MountEntry &entry : table.entries()) {
        const QString point = QString::fromStdString(entry.mountPoint);
        const QString options = QString::fromStdString(entry.options);
        if (!without.match(point).hasMatch())
            all.append(
                QString("%1 %2 %3")
                    .arg(point, whole ? options : options.section(',', 0, 0), QString::fromStdString(entry.type)));
    }
    all.sort();
    return all;
}

} // namespace

class TestExportRun : public test::SandboxTest {
    Q_OBJECT

private:
    QStringList m_command;
    QString m_advice; ///< the loss of root.layers

    /// Sets m_user and its files; false where the test has been skipped.
    bool prepare(const Row &row, bool root = false)
    {
        become(root);
        if (!m_user)
            return false;
        m_user->makeBusyboxRoot("root", {"sh", "ls", "cat", "id", "hostname", "env", "grep", "sort", "sed", "tr", "od",
                                         "printf", "wc", "pwd", "true"});
        for (const char *name :
             {"root/data", "root/live", "root/srv/hidden", "below/only-below", "it's a: source, \\ yes"})
            m_user->makeDirectory(name);
        m_user->makeFile("it's a: source, \\ yes/file", "content");
        m_user->makeFile("root/srv/hidden/file", "secret");
        m_user->makeFile("root/etc/hosts", "of the layer");
        QByteArray spec = row.spec;
        m_user->makeFile("a.pbox", spec.replace("DIR", m_user->directory().toUtf8()));
        m_command = {"--",   "/bin/sh", "-c", inquiry,         "sh",  "two words",
                     "it's", "$(x)`y`", "-n", "END\nINSIDE\n", "\x1b"};
        return true;
    }

    QStringList arguments(const Row &row) const
    {
        QStringList all;
        for (QString one : row.arguments)
            all.append(one.replace("DIR", m_user->directory()));
        return all + QStringList{"-T"} + m_command;
    }

    /// The text of an export in a file, and its losses, by field.
    QString exported(const QString &form, const Row &row, const QString &name, QStringList *lost)
    {
        const Outcome made = m_user->pivotctl(QStringList{"export", form} + arguments(row));
        if (made.status != 0) {
            qWarning() << made.error;
            return {};
        }
        for (const QString &line : QString::fromUtf8(made.error).split('\n', Qt::SkipEmptyParts)) {
            lost->append(line.section(": ", 2, 2));
            if (lost->back() == "root.layers")
                m_advice = line;
        }
        return m_user->makeFile(name, made.output);
    }

    static void addRows()
    {
        QTest::addColumn<int>("index");
        const QList<Row> all = rows();
        for (int i = 0; i < all.size(); ++i)
            QTest::newRow(all[i].name) << i;
    }

    /// What the user's own sandbox says.
    bool ours(const Row &row, Answers *answers)
    {
        const Outcome outcome = m_user->pivotctl(QStringList{"run", "-q"} + arguments(row));
        if (outcome.status != 7)
            qWarning() << outcome.status << outcome.all();
        *answers = answersOf(outcome.output);
        return outcome.status == 7;
    }

    /// All but mounts and `except`; the values as one text, so that a difference is seen.
    static void compare(Answers ours, Answers theirs, const QStringList &except)
    {
        for (const QString &name : QStringList{"mount"} + except) {
            ours.remove(name);
            theirs.remove(name);
        }
        // Only what differs: an answer is longer than what a failure shows.
        QStringList differences;
        for (const QString &name :
             QSet<QString>(ours.keyBegin(), ours.keyEnd()) + QSet<QString>(theirs.keyBegin(), theirs.keyEnd()))
            if (ours[name] != theirs[name])
                differences.append(
                    QString("%1: %2 instead of %3").arg(name, theirs[name].join(" & "), ours[name].join(" & ")));
        QCOMPARE(differences.join('\n'), QString());
    }

private slots:
    void cleanup() { m_user.reset(); }

    void unshareMakesTheSame_data() { addRows(); }
    /// Everything, the options of every mount included.
    void unshareMakesTheSame()
    {
        QFETCH(int, index);
        const Row row = rows()[index];
        if (!prepare(row))
            return;
        QStringList lost;
        const QString script = exported("unshare", row, "box.sh", &lost);
        QVERIFY(!script.isEmpty());
        Answers expected;
        QVERIFY(ours(row, &expected));
        const QString before = test::settledTraces(*m_user);
        const Outcome outcome = m_user->run("sh", {script});
        QVERIFY2(outcome.status == 7, outcome.all());
        QCOMPARE(test::difference(before, test::settledTraces(*m_user)), QString());
        const Answers answers = answersOf(outcome.output);
        // A process of our own waits as number 1 in ours; here it is the command, and the lists are read by two more.
        QVERIFY(lost.contains("namespaces.pid"));
        compare(expected, answers, {"processes"});
        QCOMPARE(mountsOf(answers, true, QRegularExpression("^$")).join('\n'),
                 mountsOf(expected, true, QRegularExpression("^$")).join('\n'));
        QCOMPARE(answers["old root"], QStringList{""});
    }

    void bwrapMakesNearlyTheSame_data() { addRows(); }
    void bwrapMakesNearlyTheSame()
    {
        QFETCH(int, index);
        const Row row = rows()[index];
        if (QStandardPaths::findExecutable("bwrap").isEmpty())
            QSKIP("bubblewrap is not installed");
        if (!prepare(row))
            return;
        const bool stacks = m_user->run("bwrap", {"--help"}).all().contains("--tmp-overlay");
        QStringList lost;
        const QString script = exported("bwrap", row, "box.sh", &lost);
        QVERIFY(!script.isEmpty());
        const Outcome outcome = m_user->run("sh", {script});
        if (row.overlays && !stacks) {
            QVERIFY(lost.contains("root.layers"));
            QVERIFY2(outcome.status == 125 && outcome.error.contains("0.11"), outcome.all());
            return;
        }
        Answers expected;
        QVERIFY(ours(row, &expected));
        QVERIFY2(outcome.status == 7, outcome.all());
        const Answers answers = answersOf(outcome.output);
        QStringList except{"processes", "net"}; // bwrap's own, and the host's /sys
        QVERIFY(expected["net"].join("").trimmed().isEmpty() || lost.contains("sys"));
        const bool readOnly = !stacks && lost.contains("root.writable");
        if (row.name == QByteArray("another user")) { // who has none: not even as a bound
            QVERIFY(lost.contains("process.capabilities"));
            except += "CapBnd";
        }
        if (readOnly) // and what its layer does not have is not written there
            except += {"write", "no write", "file /etc/hostname"};
        compare(expected, answers, except);
        // The host's tree at /sys is recursive; bwrap's binds have nosuid and nodev.
        const QRegularExpression without(readOnly ? "^(/|/sys/.+|/etc/hostname)$" : "^/sys/.+$");
        const auto comparable = [&](const Answers &of) {
            QStringList all = mountsOf(of, false, without);
            for (QString &mount : all)
                mount = mount.section(' ', 0, 1);
            return all.join('\n');
        };
        QCOMPARE(comparable(answers), comparable(expected));
    }

    void runcMakesNearlyTheSame_data() { addRows(); }
    /// Without root. As root it would make cgroups on this machine.
    void runcMakesNearlyTheSame()
    {
        QFETCH(int, index);
        const Row row = rows()[index];
        if (prepare(row))
            runtime(row, "runc", "runc --root state run --bundle bundle sample");
    }

    void crunMakesNearlyTheSame_data() { addRows(); }
    /// As root, in a mount namespace that shows the second version of cgroups alone: crun refuses to see both.
    void crunMakesNearlyTheSame()
    {
        QFETCH(int, index);
        const Row row = rows()[index];
        if (prepare(row, true))
            runtime(row, "crun",
                    "mount -t cgroup2 none /sys/fs/cgroup || exit 77\n"
                    "crun --cgroup-manager=disabled --root state run --bundle bundle sample");
    }

private:
    void runtime(const Row &row, const QString &program, const QString &script)
    {
        if (QStandardPaths::findExecutable(program, {"/usr/sbin", "/usr/bin", "/sbin", "/bin"}).isEmpty())
            QSKIP(qPrintable(program + " is not installed"));
        QStringList lost;
        const QString config = exported("oci", row, "bundle/config.json", &lost);
        QVERIFY(!config.isEmpty());
        QString before;
        if (row.overlays) {
            // The loss says what to do, and as one who may mount it is done.
            QVERIFY(lost.contains("root.layers"));
            const QString command = m_advice.section('"', 1, 1);
            QVERIFY2(command.startsWith("mount -t overlay"), qPrintable(m_advice));
            for (const char *name : {"bundle/upper", "bundle/work", "bundle/rootfs"})
                m_user->makeDirectory(name);
            before = "(cd bundle && " + command + ") || exit 77\n";
        }
        QString whyNot;
        std::optional<Outcome> outcome;
        if (m_user->uid() == 0)
            outcome = m_user->onAHostOfItsOwn(before + script, &whyNot);
        else if (row.overlays)
            QSKIP("an ordinary user cannot mount the overlay that the bundle wants");
        else
            outcome = m_user->run("sh", {"-c", script});
        if (!outcome || outcome->status == 77)
            QSKIP(qPrintable("no host of its own: " + whyNot + (outcome ? outcome->error : QByteArray())));
        QVERIFY2(outcome->status == 7, outcome->all());
        Answers expected;
        QVERIFY(ours(row, &expected));
        const Answers answers = answersOf(outcome->output);
        QStringList except{"processes"};
        if (lost.contains("root.writable"))
            except += {"write", "no write"};
        if (lost.contains("files.hosts"))
            except += "file /etc/hosts";
        if (lost.contains("files.hostnameFile"))
            except += "file /etc/hostname";
        // The runtime makes a /dev/null, without which the inquiry sees no network and writes nothing.
        if (lost.contains("dev.policy"))
            except += {"dev", "net", "write", "no write"};
        if (lost.contains("process.env")) { // HOME
            except += "env";
            QCOMPARE(answers["env"].filter(QRegularExpression("^(?!HOME=)")), expected["env"]);
        }
        compare(expected, answers, except);
        const QRegularExpression without("^(/etc/hosts|/etc/hostname|/dev/.*" +
                                         QString(lost.contains("root.writable") ? "|/" : "") + ")$");
        const auto comparable = [&](const Answers &of) {
            QStringList all = mountsOf(of, false, without);
            for (QString &mount : all) // crun hides files behind a read-only null device
                mount = mount.section(' ', 0, mount.endsWith(" devtmpfs") ? 0 : 1);
            return all.join('\n');
        };
        QCOMPARE(comparable(answers), comparable(expected));
    }
};

QTEST_GUILESS_MAIN(TestExportRun)
#include "tst_export_run.moc"
