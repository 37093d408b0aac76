// SPDX-License-Identifier: Apache-2.0
#include "core/base/file.h"
#include "core/host/executable.h"
#include "core/host/host_facts.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <map>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

using namespace pivotbench::core;

namespace {

/// A machine made of files: an ordinary user's view of Debian 12 with cgroup v2, until a test changes it.
class Machine {
public:
    Machine()
    {
        write("/etc/passwd",
              "root:x:0:0:root:/root:/bin/bash\nada:x:" + std::to_string(::geteuid()) + ":1:Ada:/home/ada:/bin/sh\n");
        write("/etc/subuid", "ada:100000:65536\n");
        write("/etc/subgid", "ada:200000:65536\n");
        write("/proc/sys/kernel/osrelease", "6.1.0-31-amd64\n");
        write("/proc/sys/user/max_user_namespaces", "15000\n");
        write("/proc/self/status", "Name:\tx\nCapEff:\t0000000000000000\n");
        write("/proc/self/uid_map", "         0          0 4294967295\n");
        write("/proc/self/gid_map", "         0          0 4294967295\n");
        write("/proc/self/cgroup", "0::/user.slice/mine\n");
        write("/sys/fs/cgroup/cgroup.controllers", "cpu io memory pids\n");
        for (const char *name : {"cgroup.procs", "cgroup.subtree_control"})
            write(std::string("/sys/fs/cgroup/user.slice/mine/") + name, "");
        write("/sys/fs/cgroup/user.slice/mine/cgroup.controllers", "cpu memory pids\n");
        folder("/home/ada");
        folder("/run/user/" + std::to_string(::geteuid()));
        program("/usr/bin/newuidmap");
        program("/usr/bin/newgidmap");
        link("/proc/self/ns/user", "user:[4026531837]");
        environment = {{"HOME", "/home/ada"}, {"PATH", "/usr/bin"}};
    }

    void folder(const std::string &path) { QDir().mkpath(QString::fromStdString(real(path))); }
    void write(const std::string &path, const std::string &text)
    {
        folder(path.substr(0, path.rfind('/')));
        QFile file(QString::fromStdString(real(path)));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(QByteArray::fromStdString(text)), static_cast<qint64>(text.size()));
    }
    void program(const std::string &path)
    {
        write(path, "#!/bin/sh\n");
        QCOMPARE(::chmod(real(path).c_str(), 0755), 0);
    }
    void link(const std::string &path, const char *target)
    {
        folder(path.substr(0, path.rfind('/')));
        ::unlink(real(path).c_str());
        QCOMPARE(::symlink(target, real(path).c_str()), 0);
    }
    void remove(const std::string &path)
    {
        QVERIFY(::unlink(real(path).c_str()) == 0 || ::rmdir(real(path).c_str()) == 0);
    }
    [[nodiscard]] std::string real(const std::string &path) const { return m_root.path().toStdString() + path; }

    [[nodiscard]] HostFacts facts() const
    {
        return probeHostFacts({.root = m_root.path().toStdString(),
                               .uid = ::geteuid(),
                               .gid = ::getegid(),
                               .environment = [this](const char *name) -> std::optional<std::string> {
                                   const auto found = environment.find(name);
                                   return found == environment.end() ? std::nullopt : std::optional(found->second);
                               }});
    }

    std::map<std::string, std::string> environment;

private:
    QTemporaryDir m_root;
};

QString text(const std::string &string) { return QString::fromStdString(string); }

/// The beginning of an ELF file of this machine, with one program header of this type.
QByteArray elfWith(std::uint32_t segmentType)
{
    QFile self("/proc/self/exe");
    if (!self.open(QIODevice::ReadOnly))
        return {};
    QByteArray head = self.read(64);
    const auto put = [&](int offset, auto value) {
        head.replace(qsizetype{offset}, int{sizeof value}, reinterpret_cast<const char *>(&value), int{sizeof value});
    };
    put(32, std::uint64_t{64}); // e_phoff
    put(56, std::uint16_t{1});  // e_phnum
    QByteArray segment(56, '\0');
    segment.replace(qsizetype{0}, 4, reinterpret_cast<const char *>(&segmentType), 4);
    return head + segment;
}

} // namespace

class TestHostFacts : public QObject {
    Q_OBJECT
private slots:
    void readsAnOrdinaryMachine();
    void choosesDirectories();
    void doesNotTrustDirectoriesOfOthers();
    void knowsUsersFromElsewhere();
    void knowsWhatForbidsUserNamespaces();
    void knowsPrivilege();
    void knowsTheKernel_data();
    void knowsTheKernel();
    void knowsCgroupLayouts();
    void needsBothIdMapTools();
    void findsAStaticBusybox();
    void tellsStaticFromDynamicAndBroken_data();
    void tellsStaticFromDynamicAndBroken();
    void survivesAnEmptyMachine();
    void probesThisMachine();
};

void TestHostFacts::readsAnOrdinaryMachine()
{
    const HostFacts facts = Machine().facts();
    QCOMPARE(text(facts.userName), QString(::geteuid() == 0 ? "root" : "ada"));
    QVERIFY(!facts.privileged);
    QVERIFY(facts.initialUserNamespace);
    QVERIFY(facts.userNamespaces);
    QVERIFY(!facts.appArmorRestricts);
    QVERIFY(facts.idMapTools);
    QCOMPARE(facts.ownUidMap, (std::vector<IdRange>{{0, 0, 4294967295}}));
    QVERIFY(facts.cgroupLayout == CgroupLayout::Unified);
    QCOMPARE(text(facts.cgroupDirectory), QString("/sys/fs/cgroup/user.slice/mine"));
    QCOMPARE(facts.cgroupControllers, (std::vector<std::string>{"cpu", "memory", "pids"}));
    QVERIFY(facts.busyboxPath.empty());
}

void TestHostFacts::choosesDirectories()
{
    Machine machine;
    const std::string session = "/run/user/" + std::to_string(::geteuid());
    QCOMPARE(text(machine.facts().runtimeDirectory), text(session + "/pivotbench"));
    QCOMPARE(text(machine.facts().stateDirectory), QString("/home/ada/.local/state/pivotbench"));
    QCOMPARE(text(machine.facts().cacheDirectory), QString("/home/ada/.cache/pivotbench"));

    machine.folder("/my/run");
    machine.environment["XDG_RUNTIME_DIR"] = "/my/run";
    machine.environment["XDG_STATE_HOME"] = "/my/state";
    machine.environment["XDG_CACHE_HOME"] = "relative/is/ignored";
    QCOMPARE(text(machine.facts().runtimeDirectory), QString("/my/run/pivotbench"));
    QCOMPARE(text(machine.facts().stateDirectory), QString("/my/state/pivotbench"));
    QCOMPARE(text(machine.facts().cacheDirectory), QString("/home/ada/.cache/pivotbench"));

    machine.environment["XDG_RUNTIME_DIR"] = "/my/absent";
    QCOMPARE(text(machine.facts().runtimeDirectory), text(session + "/pivotbench"));
    machine.remove(session);
    QCOMPARE(text(machine.facts().runtimeDirectory), QString("/my/state/pivotbench/run"));
    QVERIFY(!QFile::exists(text(machine.real("/my/state"))));
}

void TestHostFacts::doesNotTrustDirectoriesOfOthers()
{
    if (::geteuid() != 0)
        QSKIP("only root can make a directory of somebody else");
    Machine machine;
    for (const char *path : {"/theirs", "/their-home"}) {
        machine.folder(path);
        QCOMPARE(::chown(machine.real(path).c_str(), 1234, 1234), 0);
    }
    machine.environment["XDG_RUNTIME_DIR"] = "/theirs";
    machine.environment["HOME"] = "/their-home";
    QCOMPARE(text(machine.facts().runtimeDirectory), QString("/run/user/0/pivotbench"));
    QCOMPARE(text(machine.facts().cacheDirectory), QString("/root/.cache/pivotbench"));
}

void TestHostFacts::knowsUsersFromElsewhere()
{
    Machine machine;
    machine.write("/etc/passwd", "someone:x:4242:4242::/:/bin/sh\n");
    machine.environment["USER"] = "ada";
    const HostFacts facts = machine.facts();
    QCOMPARE(text(facts.userName), QString("ada"));
    QCOMPARE(facts.subordinateUids, (std::vector<IdRange>{{0, 100000, 65536}}));
    QCOMPARE(facts.subordinateGids, (std::vector<IdRange>{{0, 200000, 65536}}));
}

void TestHostFacts::knowsWhatForbidsUserNamespaces()
{
    Machine machine;
    machine.write("/proc/sys/kernel/unprivileged_userns_clone", "0\n");
    QVERIFY(!machine.facts().userNamespaces);
    QCOMPARE(text(machine.facts().userNamespaceObstacle), QString("kernel.unprivileged_userns_clone is 0"));
    machine.write("/proc/sys/kernel/unprivileged_userns_clone", "1\n");
    QVERIFY(machine.facts().userNamespaces);
    machine.write("/proc/sys/user/max_user_namespaces", "0\n");
    QCOMPARE(text(machine.facts().userNamespaceObstacle), QString("user.max_user_namespaces is 0"));
    machine.write("/proc/sys/user/max_user_namespaces", "1\n");
    machine.write("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
    QVERIFY(machine.facts().userNamespaces && machine.facts().appArmorRestricts);
    machine.remove("/proc/self/ns/user");
    QCOMPARE(text(machine.facts().userNamespaceObstacle), QString("the kernel was built without user namespaces"));
}

void TestHostFacts::knowsPrivilege()
{
    Machine machine;
    machine.write("/proc/self/status", "CapEff:\t000001ffffffffff\n");
    QCOMPARE(machine.facts().privileged, ::geteuid() == 0);
    machine.write("/proc/self/status", "CapEff:\t000001ffffdfffff\n"); // all but CAP_SYS_ADMIN
    QVERIFY(!machine.facts().privileged);
    machine.link("/proc/self/ns/user", "user:[4026532000]");
    QVERIFY(!machine.facts().initialUserNamespace);
}

void TestHostFacts::knowsTheKernel_data()
{
    QTest::addColumn<QString>("release");
    QTest::addColumn<int>("major");
    QTest::addColumn<int>("minor");
    QTest::newRow("Debian 12") << "6.1.0-31-amd64" << 6 << 1;
    QTest::newRow("a release candidate") << "6.18-rc1" << 6 << 18;
    QTest::newRow("two digits") << "10.20.30" << 10 << 20;
    QTest::newRow("no minor number") << "7" << 7 << 0;
    QTest::newRow("no number at all") << "linux" << 0 << 0;
    QTest::newRow("nothing") << "" << 0 << 0;
}

void TestHostFacts::knowsTheKernel()
{
    QFETCH(QString, release);
    Machine machine;
    machine.write("/proc/sys/kernel/osrelease", release.toStdString() + "\n");
    const HostFacts facts = machine.facts();
    QTEST(facts.kernelMajor, "major");
    QTEST(facts.kernelMinor, "minor");
    QCOMPARE(text(facts.kernelRelease), release);
    QCOMPARE(facts.tmpfsUserXattr, facts.kernelAtLeast(6, 6));
    QCOMPARE(facts.overlayLowerAppend, facts.kernelAtLeast(6, 8));
}

void TestHostFacts::knowsCgroupLayouts()
{
    Machine machine;
    machine.write("/proc/self/cgroup", "0::/elsewhere\n");
    QVERIFY(machine.facts().cgroupDirectory.empty());
    machine.write("/proc/self/cgroup", "0::/../outside\n");
    QVERIFY(machine.facts().cgroupDirectory.empty());
    machine.write("/proc/self/cgroup", "1:name=systemd:/user.slice/mine\n");
    QVERIFY(machine.facts().cgroupDirectory.empty());
    QVERIFY(machine.facts().cgroupControllers.empty());

    machine.write("/proc/self/cgroup", "4:memory:/\n0::/\n");
    machine.remove("/sys/fs/cgroup/cgroup.controllers");
    machine.folder("/sys/fs/cgroup/memory");
    QVERIFY(machine.facts().cgroupLayout == CgroupLayout::Legacy);
    for (const char *name : {"cgroup.controllers", "cgroup.procs", "cgroup.subtree_control"})
        machine.write(std::string("/sys/fs/cgroup/unified/") + name, "");
    QVERIFY(machine.facts().cgroupLayout == CgroupLayout::Hybrid);
    QCOMPARE(text(machine.facts().cgroupDirectory), QString("/sys/fs/cgroup/unified"));
    QVERIFY(machine.facts().cgroupControllers.empty());
}

void TestHostFacts::needsBothIdMapTools()
{
    Machine machine;
    machine.remove("/usr/bin/newgidmap");
    QVERIFY(!machine.facts().idMapTools);
    machine.program("/usr/local/bin/newgidmap"); // not on PATH, but where administrators put programs
    QVERIFY(machine.facts().idMapTools);
    QCOMPARE(::chmod(machine.real("/usr/local/bin/newgidmap").c_str(), 0644), 0);
    QVERIFY(!machine.facts().idMapTools);
}

void TestHostFacts::findsAStaticBusybox()
{
    Machine machine;
    machine.program("/usr/bin/busybox");
    QVERIFY(machine.facts().busyboxPath.empty());
    constexpr std::uint32_t load = 1; // PT_LOAD
    machine.write("/opt/tools/busybox", elfWith(load).toStdString());
    QCOMPARE(::chmod(machine.real("/opt/tools/busybox").c_str(), 0755), 0);
    QVERIFY(machine.facts().busyboxPath.empty());
    machine.environment["PATH"] = "relative:/usr/bin:/opt/tools";
    QCOMPARE(text(machine.facts().busyboxPath), QString("/opt/tools/busybox"));
}

void TestHostFacts::tellsStaticFromDynamicAndBroken_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<bool>("isStatic");
    constexpr std::uint32_t load = 1;   // PT_LOAD
    constexpr std::uint32_t interp = 3; // PT_INTERP
    QByteArray foreign = elfWith(load);
    foreign[18] = static_cast<char>(foreign[18] ^ 0x55); // e_machine
    QByteArray otherSize = elfWith(load);
    otherSize[54] = 55; // e_phentsize
    QByteArray many = elfWith(load);
    many[57] = 127; // e_phnum
    QTest::newRow("a program without a loader") << elfWith(load) << true;
    QTest::newRow("a program with a loader") << elfWith(interp) << false;
    QTest::newRow("a program of another machine") << foreign << false;
    QTest::newRow("headers of an unknown size") << otherSize << false;
    QTest::newRow("more headers than the file has") << many << false;
    QTest::newRow("a file cut off in its headers") << elfWith(load).chopped(1) << false;
    QTest::newRow("a script") << QByteArray("#!/bin/sh\n") << false;
    QTest::newRow("an empty file") << QByteArray() << false;
}

void TestHostFacts::tellsStaticFromDynamicAndBroken()
{
    QFETCH(QByteArray, file);
    QTemporaryDir folder;
    const std::string path = folder.filePath("program").toStdString();
    QVERIFY(replaceFile(path, file.toStdString()).has_value());
    QTEST(isStaticExecutable(path), "isStatic");
    QVERIFY(!isStaticExecutable(folder.path().toStdString()));
    QVERIFY(!isStaticExecutable(folder.filePath("absent").toStdString()));
}

void TestHostFacts::survivesAnEmptyMachine()
{
    QTemporaryDir nothing;
    const HostFacts facts =
        probeHostFacts({.root = nothing.path().toStdString(), .uid = 7, .gid = 8, .environment = {}});
    QCOMPARE(facts.uid, 7U);
    QCOMPARE(facts.gid, 8U);
    QVERIFY(facts.runtimeDirectory.empty() && facts.stateDirectory.empty() && facts.cacheDirectory.empty());
    QVERIFY(!facts.privileged && !facts.userNamespaces && !facts.idMapTools);
    QVERIFY(facts.cgroupLayout == CgroupLayout::None);
}

void TestHostFacts::probesThisMachine()
{
    const HostFacts facts = probeHostFacts();
    QCOMPARE(facts.uid, ::geteuid());
    QVERIFY(facts.kernelAtLeast(5, 0));
    QVERIFY(!facts.ownUidMap.empty());
    QVERIFY(facts.runtimeDirectory.empty() || facts.runtimeDirectory.starts_with('/'));
}

QTEST_GUILESS_MAIN(TestHostFacts)
#include "tst_host_facts.moc"
