// SPDX-License-Identifier: Apache-2.0
#include "core/host/doctor.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>
#include <algorithm>
#include <functional>

using namespace pivotbench::core;

namespace {

HostFacts goodFacts()
{
    HostFacts facts;
    facts.uid = 1000;
    facts.userName = "ada";
    facts.kernelMajor = 6;
    facts.kernelMinor = 18;
    facts.kernelRelease = "6.18.0";
    facts.overlayLowerAppend = facts.tmpfsUserXattr = true;
    facts.runtimeDirectory = "/run/user/1000/pivotbench";
    facts.stateDirectory = "/home/ada/.local/state/pivotbench";
    facts.idMapTools = true;
    facts.subordinateUids = facts.subordinateGids = {{0, 100000, 65536}};
    facts.cgroupLayout = CgroupLayout::Unified;
    facts.cgroupControllers = {"cpu", "memory", "pids"};
    facts.busyboxPath = "/usr/bin/busybox";
    return facts;
}

struct Case {
    const char *name;
    const char *id;
    CheckState state;
    const char *detail;
    std::function<void(HostFacts &)> change;
    std::optional<bool> mountInside = std::nullopt;
};

const std::vector<Case> &cases()
{
    using F = HostFacts;
    static const std::vector<Case> all = {
        {"no user namespaces", "user-namespaces", CheckState::Missing, "user.max_user_namespaces is 0",
         [](F &f) { f.userNamespaces = false, f.userNamespaceObstacle = "user.max_user_namespaces is 0"; }},
        {"no user namespaces, as root", "user-namespaces", CheckState::Limited, "root can do without",
         [](F &f) { f.userNamespaces = false, f.privileged = true, f.userNamespaceObstacle = "x"; }},
        {"a mount inside was refused", "user-namespaces", CheckState::Missing, "a mount inside was refused", [](F &) {},
         false},
        {"a mount inside succeeded", "user-namespaces", CheckState::Ok, "a mount inside succeeded", [](F &) {}, true},
        {"AppArmor restricts", "apparmor", CheckState::Limited, "has no capabilities",
         [](F &f) { f.appArmorRestricts = true; }},
        {"AppArmor restricts, but not this program", "apparmor", CheckState::Ok, "has a profile",
         [](F &f) { f.appArmorRestricts = true; }, true},
        {"no tools for id maps", "id-map-tools", CheckState::Limited, "your own id alone",
         [](F &f) { f.idMapTools = false; }},
        {"no tools for id maps, as root", "id-map-tools", CheckState::Ok, "root needs neither",
         [](F &f) { f.idMapTools = false, f.privileged = true; }},
        {"no subordinate group ids", "subordinate-ids", CheckState::Limited, "grant you none",
         [](F &f) { f.subordinateGids.clear(); }},
        {"a kernel of Debian 10", "kernel", CheckState::Missing, "older than 5.12",
         [](F &f) { f.kernelMajor = 4, f.kernelMinor = 19, f.kernelRelease = "4.19.0"; }},
        {"an unknown kernel", "kernel", CheckState::Missing, "cannot be read", [](F &f) { f.kernelRelease = ""; }},
        {"a kernel of Debian 12", "kernel-features", CheckState::Limited, "statmount and listmount (6.8)",
         [](F &f) { f.kernelMinor = 1, f.overlayLowerAppend = f.tmpfsUserXattr = false; }},
        {"no cgroups", "cgroups", CheckState::Limited, "no cgroup filesystem",
         [](F &f) { f.cgroupLayout = CgroupLayout::None, f.cgroupControllers.clear(); }},
        {"cgroup v1 has the controllers", "cgroups", CheckState::Limited, "hybrid layout",
         [](F &f) { f.cgroupLayout = CgroupLayout::Hybrid, f.cgroupControllers.clear(); }},
        {"one controller is not delegated", "cgroups", CheckState::Limited, "not delegated to you here: cpu",
         [](F &f) { f.cgroupControllers = {"memory", "pids"}; }},
        {"no runtime directory", "runtime-directory", CheckState::Missing, "no place",
         [](F &f) { f.runtimeDirectory = ""; }},
        {"a runtime directory on disk", "runtime-directory", CheckState::Limited, "on disk",
         [](F &f) { f.runtimeDirectory = f.stateDirectory + "/run"; }},
        {"a runtime directory too long for a socket", "runtime-directory", CheckState::Missing, "too long",
         [](F &f) { f.runtimeDirectory = "/" + std::string(100, 'x'); }},
        {"no BusyBox", "busybox", CheckState::Limited, "none on PATH", [](F &f) { f.busyboxPath = ""; }},
    };
    return all;
}

} // namespace

class TestDoctor : public QObject {
    Q_OBJECT
private slots:
    void findsAGoodMachineWell();
    void finds_data();
    void finds();
    void offersAFixForWhateverIsNotWell();
    void printsForPeople();
    void printsForPrograms();
};

void TestDoctor::findsAGoodMachineWell()
{
    for (const Check &check : runDoctor(goodFacts(), true)) {
        QVERIFY2(check.state == CheckState::Ok, check.id.c_str());
        QVERIFY2(check.fix.empty() && !check.detail.empty() && !check.title.empty(), check.id.c_str());
    }
}

void TestDoctor::finds_data()
{
    QTest::addColumn<std::size_t>("index");
    for (std::size_t i = 0; i < cases().size(); ++i)
        QTest::newRow(cases()[i].name) << i;
}

void TestDoctor::finds()
{
    QFETCH(std::size_t, index);
    const Case &one = cases()[index];
    HostFacts facts = goodFacts();
    one.change(facts);
    const auto checks = runDoctor(facts, one.mountInside);
    const auto check = std::ranges::find(checks, one.id, &Check::id);
    QVERIFY(check != checks.end());
    QCOMPARE(QString(checkStateWord(check->state)), QString(checkStateWord(one.state)));
    QVERIFY2(check->detail.contains(one.detail), check->detail.c_str());
}

void TestDoctor::offersAFixForWhateverIsNotWell()
{
    for (const Case &one : cases()) {
        HostFacts facts = goodFacts();
        one.change(facts);
        for (const Check &check : runDoctor(facts, one.mountInside))
            QCOMPARE(check.fix.empty(), check.state == CheckState::Ok);
    }
}

void TestDoctor::printsForPeople()
{
    const std::string text =
        doctorText({{.id = "a", .title = "A", .state = CheckState::Ok, .detail = "fine", .fix = ""},
                    {.id = "b", .title = "B", .state = CheckState::Missing, .detail = "gone", .fix = "do it"}});
    QCOMPARE(QString::fromStdString(text), QString("ok       A: fine\n"
                                                   "missing  B: gone\n"
                                                   "         fix: do it\n"));
}

void TestDoctor::printsForPrograms()
{
    HostFacts facts = goodFacts();
    facts.busyboxPath = "/\xff";
    facts.idMapTools = false;
    const auto checks = runDoctor(facts);
    const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(doctorJson(checks)));
    const QJsonArray list = document.object()["checks"].toArray();
    QCOMPARE(static_cast<std::size_t>(list.size()), checks.size());
    for (int i = 0; i < list.size(); ++i) {
        const Check &check = checks[static_cast<std::size_t>(i)];
        const QJsonObject object = list[i].toObject();
        QCOMPARE(object["id"].toString().toStdString(), check.id);
        QCOMPARE(object["state"].toString(), QString(checkStateWord(check.state)));
        QCOMPARE(object["detail"].toString().toStdString(), check.detail);
        QCOMPARE(object.contains("fix"), !check.fix.empty());
    }
}

QTEST_GUILESS_MAIN(TestDoctor)
#include "tst_doctor.moc"
