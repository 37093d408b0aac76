// SPDX-License-Identifier: Apache-2.0
//
// Runs whole scripts for real, as root, each in a mount namespace of its own, and looks at the sandbox from inside: the
// mount table is the plan's, nothing of the host is in view, and outside everything is as before.
#include "core/explain/explainer.h"
#include "core/mount/mount_table.h"
#include "tests/explain/script_plans.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace pivotbench::core;

namespace {

constexpr int skipped = 77;

/// Says inside what the test wants to know. "busybox sh" and applets only: the root holds nothing else.
constexpr const char *inquiry = R"sh(busybox echo "args:$*"
busybox echo "env:$(busybox env | busybox grep -v -e ^PWD= -e ^SHLVL= -e ^_= | busybox sort | busybox tr '\n' ';')"
busybox echo "cwd:$(busybox pwd)"
busybox echo "id:$(busybox id -u):$(busybox id -g)"
busybox echo "host:$(busybox hostname)"
busybox echo "root:$(busybox ls -A / | busybox tr '\n' ' ')"
busybox echo "fds:$(ulimit -n)"
if [ -e /proc/self/status ]; then
    busybox grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status
    busybox ls /proc/self/fd | busybox tr '\n' ' ' | busybox sed 's/^/open:/'
    busybox echo
    busybox sed -n 's/^0::/cgroup:/p' /proc/self/cgroup
    busybox sed 's/^/mount:/' /proc/self/mountinfo
fi
exit 7)sh";

struct ExpectedMount {
    std::string path;
    std::string type;               ///< empty: a bind, whose type is its source's
    std::vector<std::string> words; ///< per-mount options that have to be there
    bool exact = false;             ///< and no others
    bool operator<(const ExpectedMount &other) const { return path < other.path; }
};

/// What is missing is not masked. The sandbox's own /proc and /sys have what this machine's have.
bool existsHere(const std::string &path) { return QFile::exists(QString::fromStdString(path)); }

/// The rows that a plan promises below the sandbox's root, in the order in which they are made.
std::vector<ExpectedMount> expectedMounts(const Plan &plan)
{
    std::vector<ExpectedMount> mounts;
    const auto inside = [&plan](const Location &location) -> std::string {
        if (location.base == Location::Base::NewRoot)
            return location.path;
        return location.path == plan.newRoot ? "/" : std::string();
    };
    const auto words = [](const MountAttributes &attributes) {
        std::vector<std::string> all = attributeWords({attributes.set, 0});
        if ((attributes.set & mount_attr::readOnly) == 0)
            all.emplace_back("rw");
        if ((attributes.set & mount_attr::atimeMask) == 0)
            all.emplace_back("relatime");
        std::erase(all, std::string("strictatime")); // the table says so by silence
        return all;
    };
    for (const Step &step : plan.steps) {
        if (const auto *made = std::get_if<MountFilesystem>(&step.operation)) {
            if (const std::string path = inside(made->target); !path.empty())
                mounts.push_back({path, made->type, words(made->attributes), true});
        } else if (const auto *stacked = std::get_if<MountOverlay>(&step.operation)) {
            mounts.push_back({inside(stacked->target), "overlay", words(stacked->attributes), true});
        } else if (const auto *bound = std::get_if<BindMount>(&step.operation)) {
            if (!bound->skipIfMissing || existsHere(bound->source.path))
                mounts.push_back({inside(bound->target), "", {}, false});
        } else if (const auto *changed = std::get_if<SetMountAttributes>(&step.operation)) {
            for (ExpectedMount &mount : mounts)
                if (mount.path == inside(changed->target))
                    for (const std::string &word : attributeWords({changed->attributes.set, 0})) {
                        std::erase(mount.words, std::string(word == "ro" ? "rw" : ""));
                        mount.words.push_back(word);
                    }
        } else if (const auto *masked = std::get_if<MaskPath>(&step.operation)) {
            if (existsHere(masked->target.path))
                mounts.push_back({masked->target.path, "", {}, false});
        }
    }
    std::ranges::stable_sort(mounts, {}, &ExpectedMount::path);
    return mounts;
}

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Processes that were started with this text among their arguments.
QStringList processesWith(const QByteArray &text)
{
    QStringList found;
    for (const QString &pid : QDir("/proc").entryList({"[0-9]*"}, QDir::Dirs))
        if (contents("/proc/" + pid + "/cmdline").contains(text))
            found.append(pid);
    return found;
}

/// The standard streams, and whatever else was open when this test began.
QStringList inheritedDescriptors()
{
    QStringList open{"0", "1", "2"};
    for (int fd = 3; fd < 1024; ++fd)
        if (const int flags = ::fcntl(fd, F_GETFD); flags >= 0 && (flags & FD_CLOEXEC) == 0)
            open.append(QString::number(fd));
    return open;
}

QString busybox()
{
    const QString path = QStandardPaths::findExecutable("busybox");
    QProcess ldd;
    ldd.setProcessChannelMode(QProcess::MergedChannels);
    ldd.start("ldd", {path});
    return !path.isEmpty() && ldd.waitForFinished(10000) && ldd.exitCode() != 0 ? path : QString();
}

/// Why this machine cannot run these tests; empty when it can.
QString obstacle()
{
    if (::geteuid() != 0)
        return "only root can run the scripts";
    for (const char *tool :
         {"unshare", "nsenter", "setpriv", "prlimit", "setsid", "pivot_root", "ip", "hostname", "ldd", "findmnt"})
        if (QStandardPaths::findExecutable(tool).isEmpty())
            return QString("%1 is missing").arg(tool);
    if (busybox().isEmpty())
        return "there is no static BusyBox (package busybox-static)";
    QProcess probe;
    probe.start("unshare", {"--mount", "--pid", "--net", "--fork", "mount", "-t", "tmpfs", "probe", "/mnt"});
    if (!probe.waitForFinished(10000) || probe.exitCode() != 0)
        return "this root may not make namespaces and mounts";
    return {};
}

} // namespace

class TestShellScriptRun : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_directory;
    script_plans::Place m_place;

private slots:
    void initTestCase()
    {
        QVERIFY(m_directory.isValid());
        const QString base = m_directory.path();
        // A name with all that options and shells have to quote.
        const QString layer = base + "/it's a: layer, \\ yes";
        QVERIFY(QDir().mkpath(layer + "/bin"));
        QVERIFY(QFile::copy(busybox(), layer + "/bin/busybox"));
        QVERIFY(QDir().mkpath(base + "/run"));
        QVERIFY(::chmod(qPrintable(base), 0755) == 0);
        m_place = {layer.toStdString(), (base + "/run").toStdString()};
    }

    void init()
    {
        // Mount points that a row's sandbox made, and their owner, are not the next one's.
        QDir(QString::fromStdString(m_place.runtime)).removeRecursively();
        QVERIFY(QDir().mkpath(QString::fromStdString(m_place.runtime)));
    }

    void runs_data()
    {
        QTest::addColumn<int>("index");
        const auto rows = script_plans::rows(m_place);
        for (std::size_t i = 0; i < rows.size(); ++i)
            QTest::newRow(rows[i].name.c_str()) << static_cast<int>(i);
    }
    void runs()
    {
        QFETCH(int, index);
        script_plans::Row row = script_plans::rows(m_place)[static_cast<std::size_t>(index)];
        row.spec.process.args = {"busybox", "sh", "-c", inquiry, "sh", "two words", "it's"};
        if (!row.privileged)
            QVERIFY(::chown(m_place.runtime.c_str(), 1000, 1000) == 0);
        const QString cgroups = cgroupMountPoint();
        if (row.cgroup && cgroups.isEmpty())
            QSKIP("there is no cgroup v2 on this machine: the step into one was not run");
        const auto plan = script_plans::planOf(m_place, row);
        QVERIFY2(plan.has_value(), plan ? "" : describe(plan.error()).c_str());
        const QString path = m_directory.filePath("box.sh");
        QVERIFY(writeScript(*plan, path));

        const QByteArray before = contents("/proc/self/mountinfo");
        QProcess process;
        process.start("unshare", {"--mount", "--", "sh", path});
        QVERIFY(process.waitForFinished(60000));
        const QByteArray errors = process.readAllStandardError();
        const QString output = QString::fromUtf8(process.readAllStandardOutput());
        QVERIFY2(process.exitCode() == 7, (errors + output.toUtf8()).constData());

        QCOMPARE(contents("/proc/self/mountinfo"), before);
        QCOMPARE(processesWith(path.toUtf8()), QStringList());

        QMap<QString, QStringList> said;
        for (const QString &line : output.split('\n', Qt::SkipEmptyParts))
            said[line.section(':', 0, 0)].append(line.section(':', 1));
        checkProcess(said, row.spec);
        checkMounts(said.value("mount"), *plan, row.spec);
        if (row.cgroup) {
            QVERIFY2(said.value("cgroup").value(0).startsWith("/pivotbench-"), qPrintable(output));
            QCOMPARE(QDir(cgroups).entryList({"pivotbench-*"}), QStringList());
        }
    }

    void nothingIsLeftWhenTheConductorIsKilled()
    {
        script_plans::Row row = script_plans::rows(m_place).front();
        row.spec.process.args = {"busybox", "sh", "-c", "busybox echo ready; busybox sleep 600",
                                 m_directory.path().toStdString()};
        const auto plan = script_plans::planOf(m_place, row);
        QVERIFY(plan.has_value());
        const QString path = m_directory.filePath("box.sh");
        QVERIFY(writeScript(*plan, path));
        const QByteArray before = contents("/proc/self/mountinfo");
        QProcess process;
        process.start("unshare", {"--mount", "--", "sh", path});
        QByteArray said;
        QTRY_VERIFY_WITH_TIMEOUT((said += process.readAllStandardOutput()) == "ready\n", 30000);
        process.kill();
        QVERIFY(process.waitForFinished(10000));
        QTRY_COMPARE_WITH_TIMEOUT(processesWith(m_directory.path().toUtf8()), QStringList(), 10000);
        QCOMPARE(contents("/proc/self/mountinfo"), before);
    }

private:
    static bool writeScript(const Plan &plan, const QString &path)
    {
        const QByteArray script = QByteArray::fromStdString(shellScript(plan));
        QFile file(path);
        return file.open(QIODevice::WriteOnly | QIODevice::Truncate) && file.write(script) == script.size();
    }

    static QString cgroupMountPoint()
    {
        QProcess findmnt;
        findmnt.start("findmnt", {"-n", "-t", "cgroup2", "-o", "TARGET"});
        return findmnt.waitForFinished(10000) ? QString::fromUtf8(findmnt.readAllStandardOutput()).section('\n', 0, 0)
                                              : QString();
    }

    static void checkProcess(const QMap<QString, QStringList> &said, const SandboxSpec &spec)
    {
        QCOMPARE(said.value("args"), QStringList{"two words it's"});
        QCOMPARE(said.value("cwd"), QStringList{"/"});
        QCOMPARE(said.value("id"), QStringList{QString("%1:%2").arg(spec.process.uid).arg(spec.process.gid)});
        QStringList environment;
        for (const std::string &variable : spec.process.env)
            environment.append(QString::fromStdString(variable) + ";");
        environment.sort();
        QCOMPARE(said.value("env"), QStringList{environment.join("")});
        if (!spec.hostname.empty())
            QCOMPARE(said.value("host"), QStringList{QString::fromStdString(spec.hostname)});
        if (!spec.process.rlimits.empty())
            QCOMPARE(said.value("fds"), QStringList{QString::number(spec.process.rlimits.front().soft)});
        if (spec.root.layers.front().path != "/" && spec.root.switchRoot != SwitchRoot::None) {
            QVERIFY(said.value("root").value(0).contains("bin"));
            QVERIFY2(!said.value("root").value(0).contains("usr"), qPrintable(said.value("root").value(0)));
        }
        // A read-only root has to keep the directory of the old one.
        if (spec.root.writable != Writable::None)
            QVERIFY(!said.value("root").value(0).split(' ').contains(QString::fromStdString(spec.root.putOld).mid(1)));
        if (spec.proc == ProcPolicy::None)
            return;
        // Nothing but what this test hands on itself; the highest number is the directory that ls reads.
        QStringList open = said.value("open").value(0).split(' ', Qt::SkipEmptyParts);
        for (const QString &inherited : inheritedDescriptors())
            open.removeAll(inherited);
        QVERIFY2(open.size() <= 1, qPrintable(open.join(' ')));
        QCOMPARE(said.value("NoNewPrivs").value(0).trimmed(), QString("1"));
        const bool list = spec.process.capabilities.choice == CapabilityChoice::List;
        const QString bounding = said.value("CapBnd").value(0).trimmed();
        QCOMPARE(bounding, list ? QString("0000000000000400") : QString("00000000800405fb"));
        QCOMPARE(said.value("CapEff").value(0).trimmed(), bounding);
        QCOMPARE(said.value("CapAmb").value(0).trimmed(), list ? bounding : QString("0000000000000000"));
    }

    static void checkMounts(const QStringList &lines, const Plan &plan, const SandboxSpec &spec)
    {
        if (spec.proc == ProcPolicy::None)
            return;
        auto table = parseMountinfo(lines.join('\n').toStdString() + "\n");
        QVERIFY2(table.has_value(), table ? "" : describe(table.error()).c_str());
        std::ranges::stable_sort(*table, {}, &MountEntry::mountPoint);
        const std::vector<ExpectedMount> expected = expectedMounts(plan);
        QStringList paths;
        QStringList expectedPaths;
        for (const MountEntry &entry : *table)
            paths.append(QString::fromStdString(entry.mountPoint));
        for (const ExpectedMount &mount : expected)
            expectedPaths.append(QString::fromStdString(mount.path));
        QCOMPARE(paths, expectedPaths);
        for (std::size_t i = 0; i < expected.size(); ++i) {
            const MountEntry &entry = (*table)[i];
            QStringList options = QString::fromStdString(entry.options).split(',');
            if (!expected[i].type.empty())
                QCOMPARE(QString::fromStdString(entry.type), QString::fromStdString(expected[i].type));
            for (const std::string &word : expected[i].words)
                QVERIFY2(options.removeAll(QString::fromStdString(word)) > 0,
                         (word + " on " + expected[i].path).c_str());
            if (expected[i].exact)
                QVERIFY2(options.isEmpty(), qPrintable(options.join(',') + " on " + paths[static_cast<qsizetype>(i)]));
        }
    }
};

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    if (const QString reason = obstacle(); !reason.isEmpty()) {
        std::fprintf(stderr, "SKIPPED tst_shell_script_run: %s\n", qPrintable(reason));
        return skipped;
    }
    TestShellScriptRun test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_shell_script_run.moc"
