// SPDX-License-Identifier: Apache-2.0
//
// What is compared with a sandbox differs from it in one thing, and can be planned.
#include "core/spec/variation.h"

#include "core/plan/planner.h"
#include "core/spec/validate.h"
#include "tests/kernel/made_machine.h"

#include <QTest>
#include <algorithm>

using namespace pivotbench::core;
using pivotbench::tests::someFacts;

class TestVariation : public QObject {
    Q_OBJECT

private slots:
    void everyOneMakesAnotherPlan()
    {
        const HostFacts facts = someFacts();
        for (const Preset &preset : presets()) {
            const SandboxSpec spec = *nameBuiltins(*findPreset(preset.id), facts);
            const Plan plan = *makePlan(spec, facts);
            for (const Variation variation : variationsOf(spec)) {
                const SandboxSpec other = varied(spec, variation);
                QVERIFY(other != spec);
                QVERIFY2(!hasErrors(validate(other, facts)), preset.id.c_str());
                const auto otherPlan = makePlan(other, facts);
                QVERIFY2(otherPlan, preset.id.c_str());
                QVERIFY2(otherPlan->steps != plan.steps, preset.id.c_str());
            }
        }
    }

    void offersTheOtherWay()
    {
        const auto has = [](const SandboxSpec &spec, Variation variation) {
            return std::ranges::count(variationsOf(spec), variation) == 1;
        };
        const SandboxSpec pivot = *findPreset("bare-pivot");
        QVERIFY(has(pivot, Variation::Chroot) && !has(pivot, Variation::PivotRoot));
        QVERIFY(has(pivot, Variation::NewPidNamespace) && !has(pivot, Variation::HostPidNamespace));
        const SandboxSpec chroot = varied(pivot, Variation::Chroot);
        QVERIFY(has(chroot, Variation::PivotRoot) && !has(chroot, Variation::Chroot));
        const SandboxSpec shared = varied(pivot, Variation::SharedPropagation);
        QVERIFY(has(shared, Variation::PrivatePropagation) && !has(shared, Variation::SharedPropagation));
        // Without a mount namespace of its own nothing is copied whose propagation there could be.
        const SandboxSpec jail = *findPreset("chroot-jail");
        QVERIFY(!has(jail, Variation::SharedPropagation) && !has(jail, Variation::PivotRoot));
    }

    /// In a user namespace a procfs of its own needs a PID namespace of its own.
    void aProcfsGoesWithThePidNamespace()
    {
        const SandboxSpec spec = *findPreset("busybox");
        QCOMPARE(spec.proc, ProcPolicy::Private);
        const SandboxSpec other = varied(spec, Variation::HostPidNamespace);
        QCOMPARE(other.namespaces.pid, NamespaceChoice::Host);
        QCOMPARE(other.proc, ProcPolicy::Host);
    }
};

QTEST_MAIN(TestVariation)
#include "tst_variation.moc"
