// SPDX-License-Identifier: Apache-2.0
//
// Plan → JSON → Plan, for every operation and every field.
#include "core/base/json.h"
#include "core/plan/plan_json.h"

#include <QTest>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

using namespace pivotbench::core;

class TestPlanJson : public QObject {
    Q_OBJECT
private slots:
    void everyOperationSurvives();
    void everyFieldCounts();
    void formIsStable();
    void absentLimitsStayAbsent();
    void wrongPlans_data();
    void wrongPlans();
    void wordsAreUnique();
    void namespaces_data();
    void namespaces();
    void stepsAreFound_data();
    void stepsAreFound();
    void displayPaths_data();
    void displayPaths();
};

namespace {

constexpr std::uint64_t huge = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint32_t big = std::numeric_limits<std::uint32_t>::max();

const Location target{Location::Base::NewRoot, "/target dir/ä"};

/// One of each kind, no field at its default.
std::vector<Operation> everyOperation()
{
    return {
        CreateProcess{{Namespace::User, Namespace::Pid}},
        DenySetgroups{},
        WriteIdMaps{{{0, 1000, 1}, {1, 100000, 65536}}, {{0, big, big}}, true},
        EnterCgroup{{huge, 7, 50000, 100}},
        Unshare{
            {Namespace::Mount, Namespace::Uts, Namespace::Ipc, Namespace::Network, Namespace::Cgroup, Namespace::Time}},
        SetPropagation{{Location::Base::Root, "/"}, {Propagation::Unbindable, true}},
        MountFilesystem{"tmpfs", "source", target, {huge, mount_attr::noAtime}, {{"size", "64k"}, {"flag", ""}}},
        MountOverlay{{"/l1", "/l,2:"}, "/u", "/w", target, {mount_attr::noSuid, 1}, {{"userxattr", ""}}},
        BindMount{{Location::Base::Root, "/src"}, target, true, true},
        MoveMount{{Location::Base::Host, "/src"}, target},
        SetMountAttributes{target, {mount_attr::readOnly, mount_attr::atimeMask}, true, true},
        MaskPath{target},
        MakeDirectory{target, 01777},
        MakeMountPoint{target, {Location::Base::Root, "/like"}},
        MakeDevice{target, "/dev/fuse", 0600},
        MakeSymlink{target, "pts/ptmx"},
        WriteFile{target, "line\n\ttab \"quoted\"", "/etc/hosts", 0400},
        SetHostname{"host"},
        SetDomainname{"domain"},
        BringUpLoopback{},
        ChangeDirectory{target},
        PivotRoot{".", ".put_old"},
        ChangeRoot{"."},
        Unmount{"/.put_old", false},
        RemoveDirectory{"/.put_old"},
        OpenTerminal{},
        SpawnPayload{},
        NewSession{true},
        SetResourceLimit{{"RLIMIT_NOFILE", 1024, huge}},
        LimitCapabilities{{"CAP_CHOWN", "CAP_KILL"}},
        SetIds{1, big, {0, 5, big}, false},
        SetCapabilities{{"CAP_KILL"}, true},
        SetNoNewPrivileges{},
        InstallSeccomp{{SeccompChoice::File, "/profile.json"}, {"CAP_SYS_ADMIN"}},
        Execute{{"/bin/sh", "-c", "x"}, {"A=B"}},
    };
}

Plan everything()
{
    Plan plan{
        .name = "all", .newRoot = "/run/x/root", .userNamespace = "a sentence", .keepDirectory = "/keep", .steps = {}};
    int number = 0;
    for (const Operation &operation : everyOperation()) {
        const Phase phase = static_cast<Phase>(number % 8);
        plan.steps.push_back({"step:" + std::to_string(number++), phase, "mounts[0]", operation});
    }
    return plan;
}

Result<Plan> decode(const std::string &text)
{
    const auto value = parseJson(text);
    if (!value)
        return std::unexpected(value.error());
    return decodePlan(*value, "");
}

/// Calls `visit` with the text after each single change: every scalar replaced, every member left out.
void forEachChange(nlohmann::ordered_json &document, nlohmann::ordered_json &at, const std::string &path,
                   const std::function<void(const std::string &, const std::string &)> &visit)
{
    if (at.is_object()) {
        std::vector<std::string> keys;
        for (auto member = at.begin(); member != at.end(); ++member)
            keys.push_back(member.key());
        for (const std::string &key : keys) {
            const std::string name = path + "/" + key;
            nlohmann::ordered_json without = at;
            without.erase(key);
            std::swap(at, without);
            visit(name + " left out", document.dump());
            std::swap(at, without);
            forEachChange(document, at[key], name, visit);
        }
    } else if (at.is_array()) {
        for (std::size_t i = 0; i < at.size(); ++i)
            forEachChange(document, at[i], path + "/" + std::to_string(i), visit);
    } else {
        const nlohmann::ordered_json old = at;
        at = old.is_boolean()  ? nlohmann::ordered_json(!old.get<bool>())
             : old.is_number() ? nlohmann::ordered_json(old == 9 ? 8 : 9)
                               : nlohmann::ordered_json(old.get<std::string>() + "x");
        visit(path + " changed", document.dump());
        at = old;
    }
}

} // namespace

void TestPlanJson::everyOperationSurvives()
{
    const Plan plan = everything();
    std::set<std::size_t> kinds;
    for (const Step &step : plan.steps)
        kinds.insert(step.operation.index());
    QCOMPARE(kinds.size(), std::variant_size_v<Operation>);

    const std::string text = planToJson(plan).dump();
    const auto again = decode(text);
    QVERIFY2(again, again ? "" : again.error().what.c_str());
    QVERIFY(*again == plan);
    QCOMPARE(planToJson(*again).dump(), text);
}

/// Nothing is decorative: leaving out any member is an error or another plan, and so is any other value.
void TestPlanJson::everyFieldCounts()
{
    const Plan plan = everything();
    nlohmann::ordered_json document = planToJson(plan);
    int changes = 0;
    QStringList ignored;
    forEachChange(document, document, "", [&](const std::string &name, const std::string &text) {
        ++changes;
        if (const auto changed = decode(text); changed && *changed == plan)
            ignored += QString::fromStdString(name);
    });
    QCOMPARE(ignored, QStringList());
    QVERIFY(changes > 400);
}

void TestPlanJson::formIsStable()
{
    Plan plan{.name = "n", .newRoot = "/r", .userNamespace = "u", .keepDirectory = "", .steps = {}};
    plan.steps.push_back({"bind:/data", Phase::Mounts, "mounts[0]",
                          BindMount{{Location::Base::Host, "/srv"}, {Location::Base::NewRoot, "/data"}, true, false}});
    plan.steps.push_back({"id-maps", Phase::Namespaces, "idMaps", WriteIdMaps{{{0, 1000, 1}}, {}, false}});
    QCOMPARE(QString::fromStdString(planToJson(plan).dump(1)), QString(R"({
 "name": "n",
 "newRoot": "/r",
 "userNamespace": "u",
 "keepDirectory": "",
 "steps": [
  {
   "id": "bind:/data",
   "phase": "mounts",
   "cause": "mounts[0]",
   "kind": "bind-mount",
   "operation": {
    "source": {
     "base": "host",
     "path": "/srv"
    },
    "target": {
     "base": "new-root",
     "path": "/data"
    },
    "recursive": true,
    "skipIfMissing": false
   }
  },
  {
   "id": "id-maps",
   "phase": "namespaces",
   "cause": "idMaps",
   "kind": "write-id-maps",
   "operation": {
    "uid": [
     {
      "containerId": 0,
      "hostId": 1000,
      "size": 1
     }
    ],
    "gid": [],
    "byTools": false
   }
  }
 ]
})"));
}

void TestPlanJson::absentLimitsStayAbsent()
{
    Plan plan{.name = "n", .newRoot = "/r", .userNamespace = "u", .keepDirectory = "", .steps = {}};
    plan.steps.push_back({"cgroup", Phase::Namespaces, "resources",
                          EnterCgroup{{.memoryBytes = {}, .pids = 5, .cpuQuota = {}, .cpuWeight = {}}}});
    const auto json = planToJson(plan);
    QCOMPARE(json["steps"][0]["operation"]["limits"].dump(), R"({"pids":5})");
    const auto again = decode(json.dump());
    QVERIFY(again && *again == plan);
}

void TestPlanJson::wrongPlans_data()
{
    QTest::addColumn<QString>("steps");
    QTest::addColumn<QString>("says");
    const auto add = [](const char *name, const char *steps, const char *says) {
        QTest::newRow(name) << QString(steps) << QString(says);
    };
    add("a step that is no object", "[7]", "steps[0] must be an object");
    add("steps that are no list", "{}", "steps must be a list");
    add("an unknown kind", R"([{"id":"a","phase":"root","cause":"c","kind":"format-disk","operation":{}}])",
        "steps[0].kind is \"format-disk\", which is no operation");
    add("an unknown phase", R"([{"id":"a","phase":"later","cause":"c","kind":"spawn-payload","operation":{}}])",
        "steps[0].phase is \"later\", which is none of: namespaces, root");
    add("an unknown field of an operation",
        R"([{"id":"a","phase":"root","cause":"c","kind":"spawn-payload","operation":{"x":1}}])",
        "unknown field steps[0].operation.x");
    add("a missing field of an operation",
        R"([{"id":"a","phase":"root","cause":"c","kind":"set-hostname","operation":{}}])",
        "steps[0].operation.name is missing");
    add("a wrong field deep inside",
        R"([{"id":"a","phase":"root","cause":"c","kind":"mask-path","operation":{"target":{"base":"moon","path":"/"}}}])",
        "steps[0].operation.target.base is \"moon\", which is none of: host, new-root, root");
    add("an unknown namespace",
        R"([{"id":"a","phase":"root","cause":"c","kind":"unshare","operation":{"namespaces":["disk"]}}])",
        "steps[0].operation.namespaces");
    add("a number that does not fit",
        R"([{"id":"a","phase":"root","cause":"c","kind":"set-ids","operation":{"uid":4294967296,"gid":0,"additionalGids":[],"setGroups":true}}])",
        "steps[0].operation.uid is 4294967296");
    add("a step without operation", R"([{"id":"a","phase":"root","cause":"c","kind":"spawn-payload"}])",
        "steps[0].operation is missing");
    add("an id that stands twice",
        R"([{"id":"a","phase":"root","cause":"c","kind":"spawn-payload","operation":{}},
            {"id":"a","phase":"root","cause":"c","kind":"open-terminal","operation":{}}])",
        "hold the id \"a\" twice");
}

void TestPlanJson::wrongPlans()
{
    QFETCH(QString, steps);
    QFETCH(QString, says);
    const auto plan = decode(QString(R"({"name":"n","newRoot":"/r","userNamespace":"u","keepDirectory":"","steps":%1})")
                                 .arg(steps)
                                 .toStdString());
    QVERIFY(!plan);
    QCOMPARE(plan.error().code, "json.field");
    QVERIFY2(QString::fromStdString(plan.error().what).contains(says), plan.error().what.c_str());
}

void TestPlanJson::wordsAreUnique()
{
    std::set<std::string> words;
    for (const Operation &operation : everyOperation())
        words.insert(operationWord(operation));
    QCOMPARE(words.size(), std::variant_size_v<Operation>);
    QCOMPARE(std::string(operationWord(MountOverlay{})), "mount-overlay");

    std::set<std::string> phases;
    for (int phase = 0; phase <= static_cast<int>(Phase::WhatIf); ++phase)
        phases.insert(phaseWord(static_cast<Phase>(phase)));
    QCOMPARE(phases.size(), 9U);
}

void TestPlanJson::namespaces_data()
{
    QTest::addColumn<int>("ns");
    QTest::addColumn<QString>("word");
    QTest::addColumn<QString>("constant");
    QTest::addColumn<QString>("file");
    const auto add = [](Namespace ns, const char *word, const char *constant, const char *file) {
        QTest::newRow(word) << static_cast<int>(ns) << word << constant << file;
    };
    add(Namespace::User, "user", "CLONE_NEWUSER", "user");
    add(Namespace::Mount, "mount", "CLONE_NEWNS", "mnt");
    add(Namespace::Pid, "pid", "CLONE_NEWPID", "pid");
    add(Namespace::Uts, "uts", "CLONE_NEWUTS", "uts");
    add(Namespace::Ipc, "ipc", "CLONE_NEWIPC", "ipc");
    add(Namespace::Network, "network", "CLONE_NEWNET", "net");
    add(Namespace::Cgroup, "cgroup", "CLONE_NEWCGROUP", "cgroup");
    add(Namespace::Time, "time", "CLONE_NEWTIME", "time");
}

void TestPlanJson::namespaces()
{
    QFETCH(int, ns);
    const auto which = static_cast<Namespace>(ns);
    QTEST(QString(namespaceWord(which)), "word");
    QTEST(QString(namespaceConstant(which)), "constant");
    QTEST(QString(namespaceFile(which)), "file");
}

void TestPlanJson::stepsAreFound_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<quint64>("index"); // 4: none
    QTest::newRow("by id") << "bind:/data" << quint64{1};
    QTest::newRow("by number, from one") << "1" << quint64{0};
    QTest::newRow("the last number") << "4" << quint64{3};
    QTest::newRow("an id that looks like a number comes before the number") << "2" << quint64{3};
    QTest::newRow("zero is no number of a step") << "0" << quint64{4};
    QTest::newRow("one too many") << "5" << quint64{4};
    QTest::newRow("a negative number") << "-1" << quint64{4};
    QTest::newRow("a number and more") << "1x" << quint64{4};
    QTest::newRow("a number of 70 bits") << "999999999999999999999" << quint64{4};
    QTest::newRow("nothing") << "" << quint64{4};
}

void TestPlanJson::stepsAreFound()
{
    QFETCH(QString, what);
    Plan plan;
    for (const char *id : {"create-process", "bind:/data", "pivot-root", "2"})
        plan.steps.push_back({id, Phase::Root, "cause", SpawnPayload{}});
    QTEST(quint64{plan.find(what.toStdString())}, "index");
}

void TestPlanJson::displayPaths_data()
{
    QTest::addColumn<int>("base");
    QTest::addColumn<QString>("newRoot");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("shown");
    const auto add = [](const char *name, Location::Base base, const char *newRoot, const char *path,
                        const char *shown) {
        QTest::newRow(name) << static_cast<int>(base) << newRoot << path << shown;
    };
    add("a host path stays", Location::Base::Host, "/run/root", "/etc", "/etc");
    add("a path after the switch stays", Location::Base::Root, "/run/root", "/etc", "/etc");
    add("a path in the new root goes below it", Location::Base::NewRoot, "/run/root", "/etc", "/run/root/etc");
    add("the new root itself", Location::Base::NewRoot, "/run/root", "/", "/run/root");
    add("a new root with a slash at its end", Location::Base::NewRoot, "/run/root/", "/etc", "/run/root/etc");
    add("the host's root as new root", Location::Base::NewRoot, "/", "/etc", "/etc");
}

void TestPlanJson::displayPaths()
{
    QFETCH(int, base);
    QFETCH(QString, newRoot);
    QFETCH(QString, path);
    Plan plan;
    plan.newRoot = newRoot.toStdString();
    QTEST(QString::fromStdString(displayPath(plan, {static_cast<Location::Base>(base), path.toStdString()})), "shown");
}

QTEST_GUILESS_MAIN(TestPlanJson)
#include "tst_plan_json.moc"
