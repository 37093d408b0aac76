// SPDX-License-Identifier: Apache-2.0
#include "core/preset/builtins.h"
#include "core/preset/presets.h"
#include "core/spec/default_paths.h"
#include "core/spec/spec_json.h"
#include "core/spec/validate.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <set>

using namespace pivotbench::core;

namespace {

HostFacts userFacts()
{
    HostFacts facts;
    facts.uid = 1000;
    facts.gid = 1000;
    facts.userName = "ada";
    facts.kernelMajor = 6;
    facts.kernelMinor = 18;
    facts.kernelRelease = "6.18.0";
    facts.stateDirectory = "/home/ada/.local/state/pivotbench";
    facts.cacheDirectory = "/home/ada/.cache/pivotbench";
    facts.runtimeDirectory = "/run/user/1000/pivotbench";
    facts.tmpfsUserXattr = true;
    facts.busyboxPath = "/proc/self/exe"; // only looked at
    return facts;
}

HostFacts rootFacts()
{
    HostFacts facts = userFacts();
    facts.uid = facts.gid = 0;
    facts.privileged = true;
    return facts;
}

QString asText(const std::vector<Finding> &findings, Severity least)
{
    QStringList lines;
    for (const Finding &finding : findings)
        if (finding.severity <= least)
            lines << QString::fromStdString(finding.id + " at " + finding.field + ": " + finding.reason);
    return lines.join('\n');
}

std::set<std::string> idsOf(const std::vector<Finding> &findings)
{
    std::set<std::string> ids;
    for (const Finding &finding : findings)
        ids.insert(finding.id);
    return ids;
}

} // namespace

class TestPresets : public QObject {
    Q_OBJECT
private slots:
    void areFourWithNamesAndDescriptions();
    void areFoundByIdAndByName();
    void areWrittenAsTheProgramWritesThem();
    void validateWithoutErrors_data();
    void validateWithoutErrors();
    void warnOfNothingWhereTheyAreSafe();
    void teachWhereTheyAreNot();
    void protectWhatTheBigRuntimesProtect();
    void resolveDifferentlyForRootAndUsers();
    void refuseUnknownBuiltins();
};

void TestPresets::areFourWithNamesAndDescriptions()
{
    std::vector<std::string> ids;
    for (const Preset &preset : presets()) {
        ids.push_back(preset.id);
        QVERIFY2(!preset.name.empty() && preset.description.size() > 40, preset.id.c_str());
    }
    QCOMPARE(ids, (std::vector<std::string>{"busybox", "this-system", "bare-pivot", "chroot-jail"}));
}

void TestPresets::areFoundByIdAndByName()
{
    for (const Preset &preset : presets()) {
        const auto byId = findPreset(preset.id);
        const auto byName = findPreset(preset.name);
        const auto byOtherCase = findPreset(QString::fromStdString(preset.name).toUpper().toStdString());
        QVERIFY2(byId && byName && byOtherCase, preset.id.c_str());
        QVERIFY(*byId == *byName && *byId == *byOtherCase);
    }
    const auto unknown = findPreset("busy\x1b");
    QVERIFY(!unknown.has_value());
    QCOMPARE(unknown.error().code, std::string("preset.unknown"));
    QVERIFY2(unknown.error().hint.contains("busybox, this-system, bare-pivot, chroot-jail"),
             unknown.error().hint.c_str());
    QVERIFY(presetText("unknown").empty());
}

void TestPresets::areWrittenAsTheProgramWritesThem()
{
    for (const Preset &preset : presets())
        QCOMPARE(QString::fromStdString(writeSpec(*findPreset(preset.id))),
                 QString::fromUtf8(presetText(preset.id).data(), static_cast<qsizetype>(presetText(preset.id).size())));
}

void TestPresets::validateWithoutErrors_data()
{
    QTest::addColumn<QString>("id");
    for (const Preset &preset : presets())
        QTest::newRow(preset.name.c_str()) << QString::fromStdString(preset.id);
}

void TestPresets::validateWithoutErrors()
{
    QFETCH(QString, id);
    const SandboxSpec spec = *findPreset(id.toStdString());
    for (const HostFacts &facts : {userFacts(), rootFacts()}) {
        const auto asWritten = validate(spec, facts);
        QVERIFY2(!hasErrors(asWritten), qPrintable(asText(asWritten, Severity::Error)));
        const auto resolved = nameBuiltins(spec, facts);
        QVERIFY2(resolved.has_value(), resolved ? "" : describe(resolved.error()).c_str());
        QVERIFY(std::ranges::none_of(resolved->root.layers, [](const Layer &layer) { return layer.path.empty(); }));
        const auto findings = validate(*resolved, facts);
        QVERIFY2(!hasErrors(findings), qPrintable(asText(findings, Severity::Error)));
    }
}

void TestPresets::warnOfNothingWhereTheyAreSafe()
{
    for (const char *id : {"busybox", "this-system"}) {
        const auto findings = validate(*nameBuiltins(*findPreset(id), userFacts()), userFacts());
        QVERIFY2(asText(findings, Severity::Warning).isEmpty(), qPrintable(asText(findings, Severity::Warning)));
    }
}

void TestPresets::teachWhereTheyAreNot()
{
    const auto bare = idsOf(validate(*findPreset("bare-pivot"), userFacts()));
    for (const char *id : {"namespaces.pid.host", "namespaces.network.host", "seccomp.none", "process.capabilities.all",
                           "process.noNewPrivileges.off", "proc.none"})
        QVERIFY2(bare.contains(id), id);
    const auto jail = idsOf(validate(*findPreset("chroot-jail"), userFacts()));
    for (const char *id : {"root.switchRoot.chroot", "namespaces.mount.host"})
        QVERIFY2(jail.contains(id), id);
    const SandboxSpec spec = *findPreset("bare-pivot");
    QVERIFY(spec.root.switchRoot == SwitchRoot::PivotRoot && spec.root.writable == Writable::Direct &&
            spec.mounts.empty());
}

void TestPresets::protectWhatTheBigRuntimesProtect()
{
    for (const char *id : {"busybox", "this-system"}) {
        QCOMPARE(findPreset(id)->maskedPaths, defaultMaskedPaths());
        QCOMPARE(findPreset(id)->readonlyPaths, defaultReadonlyPaths());
    }
}

void TestPresets::resolveDifferentlyForRootAndUsers()
{
    const SandboxSpec spec = *findPreset("this-system");
    const SandboxSpec forRoot = *nameBuiltins(spec, rootFacts());
    QCOMPARE(forRoot.root.layers[0].path, std::string("/"));
    QCOMPARE(forRoot.mounts, spec.mounts);
    const SandboxSpec forUser = *nameBuiltins(spec, userFacts());
    QVERIFY(forUser.root.layers[0].path.starts_with("/home/ada/.cache/pivotbench/system-"));
    QVERIFY(forUser.mounts.size() > spec.mounts.size());
    QCOMPARE(forUser.mounts.back(), spec.mounts.back());

    // A sandbox that writes into its root itself gets a copy of its own.
    const SandboxSpec shared = *nameBuiltins(*findPreset("busybox"), userFacts());
    const SandboxSpec direct = *nameBuiltins(*findPreset("bare-pivot"), userFacts());
    QCOMPARE(direct.root.layers[0].path, shared.root.layers[0].path + "-direct");
}

void TestPresets::refuseUnknownBuiltins()
{
    SandboxSpec spec;
    spec.root.layers = {{.path = "/a", .builtin = ""}, {.path = "", .builtin = "alpine"}};
    const auto resolved = resolveBuiltins(spec, userFacts());
    QVERIFY(!resolved.has_value());
    QCOMPARE(resolved.error().code, std::string("spec.builtin"));
    spec.root.layers.pop_back();
    QVERIFY(*resolveBuiltins(spec, userFacts()) == spec);
}

QTEST_GUILESS_MAIN(TestPresets)
#include "tst_presets.moc"
