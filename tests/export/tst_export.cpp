// SPDX-License-Identifier: Apache-2.0
//
// Exports as texts: no setting vanishes in silence, no name is more than a name, and what comes out can be read by the
// shell and by JSON parsers. What the texts do is in tst_export_run.
#include "core/base/text.h"
#include "core/export/export.h"
#include "core/plan/planner.h"
#include "tests/spec/random_spec.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

using namespace pivotbench::core;

namespace {

constexpr ExportForm forms[] = {ExportForm::Bwrap, ExportForm::Unshare, ExportForm::Oci};

HostFacts ordinaryUser()
{
    HostFacts facts;
    facts.uid = facts.gid = 1000;
    facts.userName = "someone";
    facts.kernelMajor = 6;
    facts.kernelMinor = 6;
    facts.runtimeDirectory = "/run/user/1000/pivotbench";
    facts.stateDirectory = "/home/someone/.local/state/pivotbench";
    facts.idMapTools = true;
    facts.subordinateUids = facts.subordinateGids = {{0, 100000, 65536}};
    return facts;
}

HostFacts privileged()
{
    HostFacts facts = ordinaryUser();
    facts.uid = facts.gid = 0;
    facts.privileged = true;
    facts.ownUidMap = facts.ownGidMap = {{0, 0, 4294967295U}};
    return facts;
}

/// With something in every part, so that a change of one field is not hidden by another one's absence.
SandboxSpec sample()
{
    SandboxSpec spec;
    spec.name = "sample";
    spec.root.layers = {{"/layers/top", {}}};
    spec.hostname = "sample";
    spec.mounts = {{"/data", "bind", "/home/someone/data", {"rbind", "rro"}}, {"/tmp", "tmpfs", "tmpfs", {}}};
    spec.process.args = {"/bin/true"};
    spec.process.env = {"PATH=/bin"};
    return spec;
}

struct Change {
    const char *name;
    const char *field; ///< that a loss has to name, where this is one
    std::function<void(SandboxSpec &)> make;
};

/// One setting each, of all there are.
std::vector<Change> changes()
{
    return {
        {"a second layer", "root", [](SandboxSpec &s) { s.root.layers.push_back({"/layers/below", {}}); }},
        {"a kept layer", "root", [](SandboxSpec &s) { s.root.writable = Writable::Keep; }},
        {"a read-only root", "root", [](SandboxSpec &s) { s.root.writable = Writable::None; }},
        {"the layer itself", "root", [](SandboxSpec &s) { s.root.writable = Writable::Direct; }},
        {"a limited scratch layer", "root.scratchBytes", [](SandboxSpec &s) { s.root.scratchBytes = 1 << 20; }},
        {"pivot_root with put_old", "root", [](SandboxSpec &s) { s.root.switchRoot = SwitchRoot::PivotRoot; }},
        {"chroot", "root.switchRoot", [](SandboxSpec &s) { s.root.switchRoot = SwitchRoot::Chroot; }},
        {"no switch", "root.switchRoot", [](SandboxSpec &s) { s.root.switchRoot = SwitchRoot::None; }},
        {"slave", "root.propagation", [](SandboxSpec &s) { s.root.propagation = RootPropagation::Slave; }},
        {"unchanged", "root.propagation", [](SandboxSpec &s) { s.root.propagation = RootPropagation::Unchanged; }},
        {"a mount's target", "mounts[0]", [](SandboxSpec &s) { s.mounts[0].destination = "/other"; }},
        {"a mount's source", "mounts[0]", [](SandboxSpec &s) { s.mounts[0].source = "/srv"; }},
        {"a writable bind", "mounts[0]", [](SandboxSpec &s) { s.mounts[0].options = {"rbind"}; }},
        {"a flat bind", "mounts[0]", [](SandboxSpec &s) { s.mounts[0].options = {"bind", "ro"}; }},
        {"a bind without programs", "mounts[0]", [](SandboxSpec &s) { s.mounts[0].options.emplace_back("noexec"); }},
        {"a bind without times", "mounts[0]", [](SandboxSpec &s) { s.mounts[0].options.emplace_back("noatime"); }},
        {"a shared bind", "mounts[0]", [](SandboxSpec &s) { s.mounts[0].options.emplace_back("shared"); }},
        {"a small tmpfs", "mounts[1]", [](SandboxSpec &s) { s.mounts[1].options = {"size=64k"}; }},
        {"half the memory", "mounts[1]", [](SandboxSpec &s) { s.mounts[1].options = {"size=50%"}; }},
        {"a tmpfs' mode", "mounts[1]", [](SandboxSpec &s) { s.mounts[1].options = {"mode=0700"}; }},
        {"a read-only tmpfs", "mounts[1]", [](SandboxSpec &s) { s.mounts[1].options = {"ro"}; }},
        {"few files", "mounts[1]", [](SandboxSpec &s) { s.mounts[1].options = {"nr_inodes=10"}; }},
        {"a tmpfs' name", "mounts[1]", [](SandboxSpec &s) { s.mounts[1].source = "named"; }},
        {"mqueue", "mounts[2]", [](SandboxSpec &s) { s.mounts.push_back({"/dev/mqueue", "mqueue", "mqueue", {}}); }},
        {"cgroup2", "mounts[2]", [](SandboxSpec &s) { s.mounts.push_back({"/sys/fs/cgroup", "cgroup2", {}, {"ro"}}); }},
        {"an overlay", "mounts[2]",
         [](SandboxSpec &s) { s.mounts.push_back({"/o", "overlay", {}, {"lowerdir=/a:/b"}}); }},
        {"no mount namespace", "namespaces.mount", [](SandboxSpec &s) { s.namespaces.mount = NamespaceChoice::Host; }},
        {"the host's processes", "namespaces.pid", [](SandboxSpec &s) { s.namespaces.pid = NamespaceChoice::Host; }},
        {"the host's users", "namespaces.user", [](SandboxSpec &s) { s.namespaces.user = UserNamespaceChoice::Host; }},
        {"the host's names", "namespaces.uts", [](SandboxSpec &s) { s.namespaces.uts = NamespaceChoice::Host; }},
        {"the host's queues", "namespaces.ipc", [](SandboxSpec &s) { s.namespaces.ipc = NamespaceChoice::Host; }},
        {"the host's network", "namespaces.network",
         [](SandboxSpec &s) { s.namespaces.network = NetworkChoice::Host; }},
        {"the host's cgroups", "namespaces.cgroup",
         [](SandboxSpec &s) { s.namespaces.cgroup = NamespaceChoice::Host; }},
        {"clocks of its own", "namespaces.time", [](SandboxSpec &s) { s.namespaces.time = NamespaceChoice::New; }},
        {"a single id", "idMaps", [](SandboxSpec &s) { s.idMaps.mode = IdMapMode::Single; }},
        {"chosen ids", "idMaps",
         [](SandboxSpec &s) {
             s.idMaps = {IdMapMode::Explicit, {{0, 1000, 1}, {5, 100000, 7}}, {{0, 1000, 1}, {5, 100000, 7}}};
         }},
        {"the host's proc", "proc", [](SandboxSpec &s) { s.proc = ProcPolicy::Host; }},
        {"no proc", "proc", [](SandboxSpec &s) { s.proc = ProcPolicy::None; }},
        {"a writable sys", "sys", [](SandboxSpec &s) { s.sys = SysPolicy::Private; }},
        {"a masked sys", "sys", [](SandboxSpec &s) { s.sys = SysPolicy::Masked; }},
        {"the host's sys", "sys", [](SandboxSpec &s) { s.sys = SysPolicy::Host; }},
        {"no sys", "sys", [](SandboxSpec &s) { s.sys = SysPolicy::None; }},
        {"devtmpfs", "dev.policy", [](SandboxSpec &s) { s.dev.policy = DevPolicy::Devtmpfs; }},
        {"the host's dev", "dev.policy", [](SandboxSpec &s) { s.dev.policy = DevPolicy::Host; }},
        {"no dev", "dev.policy", [](SandboxSpec &s) { s.dev.policy = DevPolicy::None; }},
        {"a device", "dev.devices[0]", [](SandboxSpec &s) { s.dev.devices = {"/dev/fuse"}; }},
        {"a host name", "hostname", [](SandboxSpec &s) { s.hostname = "renamed"; }},
        {"a domain name", "domainname", [](SandboxSpec &s) { s.domainname = "domain"; }},
        {"a copied file", "files.resolvConf", [](SandboxSpec &s) { s.files.resolvConf.mode = FileInjection::Copy; }},
        {"a bound file", "files.resolvConf", [](SandboxSpec &s) { s.files.resolvConf.mode = FileInjection::Bind; }},
        {"a writable file", "files.hosts", [](SandboxSpec &s) { s.files.hosts.mode = FileInjection::BindWritable; }},
        {"a written file", "files.hosts", [](SandboxSpec &s) { s.files.hosts = {FileInjection::Text, "text\n"}; }},
        {"the name as a file", "files.hostnameFile",
         [](SandboxSpec &s) { s.files.hostnameFile.mode = FileInjection::Text; }},
        {"a masked path", "maskedPaths[0]", [](SandboxSpec &s) { s.maskedPaths = {"/proc/kcore"}; }},
        {"a masked path of a mount", "maskedPaths[0]", [](SandboxSpec &s) { s.maskedPaths = {"/tmp/x"}; }},
        {"a protected path", "readonlyPaths[0]", [](SandboxSpec &s) { s.readonlyPaths = {"/proc/sys"}; }},
        {"no filter", "seccomp", [](SandboxSpec &s) { s.seccomp.choice = SeccompChoice::None; }},
        {"a filter", "seccomp.path", [](SandboxSpec &s) { s.seccomp = {SeccompChoice::File, "/etc/filter.json"}; }},
        {"memory", "resources.memoryBytes", [](SandboxSpec &s) { s.resources.memoryBytes = 1 << 20; }},
        {"processes", "resources.pids", [](SandboxSpec &s) { s.resources.pids = 10; }},
        {"processor time", "resources.cpuQuota", [](SandboxSpec &s) { s.resources.cpuQuota = 50000; }},
        {"weight", "resources.cpuWeight", [](SandboxSpec &s) { s.resources.cpuWeight = 50; }},
        {"a command", "process.args", [](SandboxSpec &s) { s.process.args = {"/bin/false"}; }},
        {"a variable", "process.env", [](SandboxSpec &s) { s.process.env.emplace_back("A=B"); }},
        {"a directory", "process.cwd", [](SandboxSpec &s) { s.process.cwd = "/data"; }},
        {"a user", "process.user", [](SandboxSpec &s) { s.process.uid = 7; }},
        {"a group", "process.user", [](SandboxSpec &s) { s.process.gid = 7; }},
        {"more groups", "process.user.additionalGids", [](SandboxSpec &s) { s.process.additionalGids = {5}; }},
        {"a terminal", "process.terminal", [](SandboxSpec &s) { s.process.terminal = true; }},
        {"no capability", "process.capabilities",
         [](SandboxSpec &s) { s.process.capabilities.choice = CapabilityChoice::None; }},
        {"every capability", "process.capabilities",
         [](SandboxSpec &s) { s.process.capabilities.choice = CapabilityChoice::All; }},
        {"one capability", "process.capabilities",
         [](SandboxSpec &s) { s.process.capabilities = {CapabilityChoice::List, {"CAP_CHOWN"}}; }},
        {"new privileges", "process.noNewPrivileges", [](SandboxSpec &s) { s.process.noNewPrivileges = false; }},
        {"a limit", "process.rlimits[0]", [](SandboxSpec &s) { s.process.rlimits = {{"RLIMIT_NOFILE", 10, 20}}; }},
    };
}

/// Everything that a shell could take for more than a word.
QStringList hostileWords(const QString &canary)
{
    return {"two words",
            "it's",
            "\"",
            "$(touch " + canary + ")",
            "`touch " + canary + "`",
            "'; touch " + canary + "; '",
            "a\nEND\ntouch " + canary + "\n",
            "INSIDE\ntouch " + canary + "\n",
            "-rf",
            "--help",
            "\n",
            "\\",
            "%s%n",
            "#",
            "*",
            "~",
            "\x1b[2J",
            "-\x1b",
            "ü"};
}

bool shellReads(const QString &path)
{
    QProcess shell;
    shell.start("sh", {"-n", path});
    return shell.waitForFinished(60000) && shell.exitStatus() == QProcess::NormalExit && shell.exitCode() == 0 &&
           shell.readAllStandardError().isEmpty();
}

bool write(const QString &path, const std::string &text, bool executable = false)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) ||
        file.write(QByteArray::fromStdString(text)) != static_cast<qint64>(text.size()))
        return false;
    return !executable || file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
}

} // namespace

class TestExport : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_directory;

private slots:
    void noSettingVanishes_data()
    {
        QTest::addColumn<int>("form");
        QTest::addColumn<int>("change");
        const std::vector<Change> all = changes();
        for (const ExportForm form : forms)
            for (std::size_t i = 0; i < all.size(); ++i)
                QTest::addRow("%s: %s", exportWord(form), all[i].name) << static_cast<int>(form) << static_cast<int>(i);
    }
    /// A setting that changes the plan changes the text, beyond its comments, or what is lost; or a loss names it.
    void noSettingVanishes()
    {
        QFETCH(int, form);
        QFETCH(int, change);
        const Change one = changes()[static_cast<std::size_t>(change)];
        for (const HostFacts &facts : {ordinaryUser(), privileged()}) {
            SandboxSpec changed = sample();
            one.make(changed);
            if (makePlan(sample(), facts).value().steps == makePlan(changed, facts).value().steps)
                continue; // such as "user": "host" for root, who has it anyway
            const Result<Export> before = exportAs(static_cast<ExportForm>(form), sample(), facts);
            const Result<Export> after = exportAs(static_cast<ExportForm>(form), changed, facts);
            QVERIFY(before && after);
            const auto code = [](const Export &made) {
                QStringList lines;
                for (const QString &line : QString::fromStdString(made.text).split('\n'))
                    if (!line.startsWith('#'))
                        lines.append(line);
                return lines;
            };
            const bool named =
                std::ranges::any_of(after->losses, [&](const Loss &loss) { return loss.field.starts_with(one.field); });
            QVERIFY2(named || after->losses != before->losses || code(*after) != code(*before), one.field);
        }
    }

    void theSameSpecGivesTheSameText()
    {
        for (const ExportForm form : forms)
            QVERIFY(exportAs(form, sample(), ordinaryUser()).value() ==
                    exportAs(form, sample(), ordinaryUser()).value());
    }

    void lossesStandInTheScripts()
    {
        for (const ExportForm form : {ExportForm::Bwrap, ExportForm::Unshare}) {
            SandboxSpec spec = sample();
            spec.resources.memoryBytes = 1 << 20;
            const Export made = exportAs(form, spec, ordinaryUser()).value();
            QVERIFY(made.losses.size() >= 2);
            for (const Loss &loss : made.losses)
                QVERIFY2(made.text.find("#   " + lossText(loss) + "\n") != std::string::npos, lossText(loss).c_str());
        }
    }

    /// What is lost in silence would be worse than any sentence; what is expressed has no sentence either.
    void aPlainSpecLosesLittleAsOci()
    {
        SandboxSpec spec = sample();
        spec.root.writable = Writable::None;
        spec.seccomp.choice = SeccompChoice::None;
        spec.mounts[0].options = {"rbind", "ro"};
        spec.process.env.emplace_back("HOME=/root");
        const Export made = exportAs(ExportForm::Oci, spec, ordinaryUser()).value();
        QVERIFY2(made.losses.empty(), made.losses.empty() ? "" : lossText(made.losses.front()).c_str());
    }

    void randomSpecsComeOutWhole()
    {
        const QString path = m_directory.filePath("random.sh");
        int exported = 0;
        for (unsigned seed = 0; seed < 400; ++seed) {
            SandboxSpec spec = pivotbench::tests::RandomSpec(seed).make();
            // What no form is asked for: specs without layers or command.
            spec.root.layers.insert(spec.root.layers.begin(), {"/a layer's", {}});
            for (Layer &layer : spec.root.layers)
                layer.path += "/x";
            spec.process.args.insert(spec.process.args.begin(), "/bin/true");
            for (const ExportForm form : forms) {
                const Result<Export> made = exportAs(form, spec, seed % 2 == 0 ? ordinaryUser() : privileged());
                if (!made) // mount options that contradict each other
                    continue;
                ++exported;
                for (const Loss &loss : made->losses)
                    QVERIFY2(isPlain(lossText(loss)) && !loss.field.empty(), lossText(loss).c_str());
                if (form == ExportForm::Oci) {
                    QVERIFY2(nlohmann::json::accept(made->text), made->text.c_str());
                    continue;
                }
                QVERIFY(write(path, made->text));
                QVERIFY2(shellReads(path), made->text.c_str());
            }
        }
        QVERIFY2(exported > 600, qPrintable(QString::number(exported)));
    }

    /// A "bwrap" that says what it was given: every word arrives as it was written, and nothing else happens.
    void namesAreInertForBwrap()
    {
        const QString canary = m_directory.filePath("canary");
        const QString tools = m_directory.filePath("tools");
        QVERIFY(QDir().mkpath(tools));
        // Standard output of "--help" goes to grep; descriptors 7 and 8 hold the injected files.
        QVERIFY(
            write(tools + "/bwrap", "#!/bin/sh\nprintf '%s\\0' \"$@\"\n[ \"$1\" = --help ] || cat <&7 <&8\n", true));
        SandboxSpec spec = sample();
        const QStringList words = hostileWords(canary);
        spec.process.args = {"cmd"};
        for (const QString &word : words) {
            spec.process.args.push_back(word.toStdString());
            spec.process.env.push_back("V=" + word.toStdString());
            spec.mounts.push_back({"/m/" + word.toStdString(), "bind", "/s/" + word.toStdString(), {"rbind"}});
            spec.maskedPaths.push_back("/masked/" + word.toStdString());
            spec.readonlyPaths.push_back("/protected/" + word.toStdString());
        }
        spec.name = words.join("\n").toStdString();
        spec.hostname = words.join(" ").toStdString();
        spec.process.cwd = "/" + spec.hostname;
        spec.root.layers = {{"/l/" + spec.hostname, {}}};
        spec.files.resolvConf = {FileInjection::Text, "one\nEND\ntouch " + canary.toStdString() + "\nEND_\n$(x)\n"};
        spec.files.hosts = {FileInjection::Text, "\x1b'$(touch " + canary.toStdString() + ")\nEND\n\\t%s\n"};
        const Export made = exportAs(ExportForm::Bwrap, spec, ordinaryUser()).value();
        const QString path = m_directory.filePath("inert.sh");
        QVERIFY(write(path, made.text));

        QProcess shell;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("PATH", tools + ":/usr/bin:/bin");
        shell.setProcessEnvironment(environment);
        shell.setWorkingDirectory(m_directory.path());
        shell.start("sh", {path});
        QVERIFY(shell.waitForFinished(60000));
        const QByteArray errors = shell.readAllStandardError();
        QVERIFY2(shell.exitCode() == 0 && errors.isEmpty(), errors + QByteArray::fromStdString(made.text));
        QVERIFY(!QFile::exists(canary));

        const QByteArray output = shell.readAllStandardOutput();
        const qsizetype end = output.lastIndexOf('\0');
        const QList<QByteArray> given = output.left(end).split('\0');
        const qsizetype command = given.indexOf("--");
        QVERIFY(command > 0);
        QList<QByteArray> wanted;
        for (const std::string &argument : spec.process.args)
            wanted.append(QByteArray::fromStdString(argument));
        QCOMPARE(given.mid(command + 1), wanted);
        const auto follows = [&](const QList<QByteArray> &expected) {
            for (qsizetype i = 0; i < command; ++i)
                if (given.mid(i, expected.size()) == expected)
                    return true;
            return false;
        };
        for (const QString &word : words) {
            const QByteArray text = word.toUtf8();
            QVERIFY2(follows({"--setenv", "V", text}), text);
            QVERIFY2(follows({"--bind", "/s/" + text, "/m/" + text}), text);
        }
        QVERIFY(follows({"--hostname", QByteArray::fromStdString(spec.hostname)}));
        QVERIFY(follows({"--chdir", QByteArray::fromStdString(spec.process.cwd)}));
        QVERIFY(follows({"--ro-bind", QByteArray::fromStdString(spec.root.layers.front().path), "/"}));
    }

    /// The texts of injected files reach their descriptors byte by byte.
    void documentsArriveWhole_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("arrives");
        QTest::newRow("plain") << QByteArray("127.0.0.1\tlocalhost\n") << QByteArray("127.0.0.1\tlocalhost\n");
        QTest::newRow("ends it") << QByteArray("END\nEND_\n$x `y` \\\n") << QByteArray("END\nEND_\n$x `y` \\\n");
        QTest::newRow("escapes") << QByteArray("-\x1b[1m'\\\"$x`y`%s\n\nEND\n")
                                 << QByteArray("-\x1b[1m'\\\"$x`y`%s\n\nEND\n");
        QTest::newRow("no newline") << QByteArray("text") << QByteArray("text\n");
        QTest::newRow("newlines") << QByteArray("\n\ntext\n\n") << QByteArray("\n\ntext\n\n");
    }
    void documentsArriveWhole()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, arrives);
        const QString tools = m_directory.filePath("cat");
        QVERIFY(QDir().mkpath(tools));
        QVERIFY(
            write(tools + "/bwrap", "#!/bin/sh\n[ \"$1\" = --help ] && echo --tmp-overlay || exec cat <&7\n", true));
        SandboxSpec spec = sample();
        spec.files.hosts = {FileInjection::Text, text.toStdString()};
        const Export made = exportAs(ExportForm::Bwrap, spec, ordinaryUser()).value();
        const QString path = m_directory.filePath("document.sh");
        QVERIFY(write(path, made.text));
        QProcess shell;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("PATH", tools + ":/usr/bin:/bin");
        shell.setProcessEnvironment(environment);
        shell.start("sh", {path});
        QVERIFY(shell.waitForFinished(60000));
        QCOMPARE(shell.readAllStandardOutput(), arrives);
        const bool lost =
            std::ranges::any_of(made.losses, [](const Loss &loss) { return loss.field == "files.hosts.text"; });
        QCOMPARE(lost, text != arrives);
    }

    void bytesThatAreNoTextAreALossInJson()
    {
        SandboxSpec spec = sample();
        spec.process.args = {"/bin/echo", "\xff"};
        const Export made = exportAs(ExportForm::Oci, spec, ordinaryUser()).value();
        QVERIFY(nlohmann::json::accept(made.text));
        QVERIFY(std::ranges::any_of(made.losses, [](const Loss &loss) { return loss.field == "process.args[1]"; }));
    }

    void aCommandThatEnvWouldMistakeIsRefused()
    {
        SandboxSpec spec = sample();
        spec.process.args = {"a=b"};
        QCOMPARE(exportAs(ExportForm::Unshare, spec, ordinaryUser()).error().code, std::string("export.command"));
        QVERIFY(exportAs(ExportForm::Bwrap, spec, ordinaryUser()).has_value());
    }
};

QTEST_GUILESS_MAIN(TestExport)
#include "tst_export.moc"
