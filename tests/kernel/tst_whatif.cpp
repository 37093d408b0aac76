// SPDX-License-Identifier: Apache-2.0
//
// What an operation on the model changes, in every namespace that hears of it.
#include "core/kernel/whatif.h"

#include "core/base/text.h"
#include "core/kernel/tree.h"

#include <QElapsedTimer>
#include <QTest>

using namespace pivotbench::core;
using namespace pivotbench::core::kernel;

namespace {

constexpr const char *sharedTable = "20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
                                    "21 20 0:5 / /proc rw,nosuid shared:2 - proc proc rw\n"
                                    "23 20 0:7 / /tmp rw shared:4 - tmpfs tmpfs rw\n";
constexpr const char *privateTable = "20 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
                                     "21 20 0:5 / /proc rw,nosuid - proc proc rw\n"
                                     "23 20 0:7 / /tmp rw - tmpfs tmpfs rw\n";

/// Every directory exists that nobody made.
class AllDirectories : public HostTree {
public:
    [[nodiscard]] Seen look(const std::string &, std::uint64_t, std::string_view) const override
    {
        return {.kind = Kind::Directory};
    }

    [[nodiscard]] std::optional<bool> isEmpty(const std::string &, std::uint64_t) const override
    {
        return std::nullopt;
    }
};

WhatIf worldOf(const char *table, const Reader &reader = {})
{
    auto rows = parseMountinfo(table);
    if (!rows)
        qFatal("%s", rows.error().what.c_str());
    return WhatIf(machineOf(MountTable(std::move(*rows)), reader, std::make_shared<AllDirectories>()));
}

Result<Effect> run(WhatIf &world, std::string_view line)
{
    const auto operation = parseOperation(line);
    if (!operation)
        return std::unexpected(operation.error());
    return world.run(*operation);
}

/// The operations have to be done; the effect of the last.
Effect after(WhatIf &world, std::initializer_list<const char *> lines)
{
    Effect last;
    for (const char *line : lines) {
        const Result<Effect> effect = run(world, line);
        if (!effect)
            qFatal("%s: %s", line, effect.error().what.c_str());
        if (effect->refusal)
            qFatal("%s: %s", line, textOf(effect->refusal->cause).word);
        last = *effect;
    }
    return last;
}

/// "1: + /x  tmpfs  rw\n": each line of the differences behind its namespace.
QString linesOf(const Effect &effect)
{
    QString out;
    for (const NamespaceRipple &ripple : effect.ripple.namespaces) {
        const std::string text = formatDiff(ripple.diff, *ripple.before.table, *ripple.after.table);
        for (const std::string_view line : split(text, '\n'))
            if (!line.empty())
                out += QString("%1: %2\n")
                           .arg(ripple.after.id)
                           .arg(QString::fromUtf8(line.data(), qsizetype(line.size())));
    }
    return out;
}

} // namespace

class TestWhatIf : public QObject {
    Q_OBJECT
private slots:
    void aMountShowsInEveryNamespaceThatShares()
    {
        WhatIf world = worldOf(sharedTable);
        const Effect cloned = after(world, {"clone --mount"});
        QCOMPARE(cloned.process, 1U);
        QCOMPARE(world.process(), 2U);
        QCOMPARE(cloned.ripple.namespaces.size(), 1U);
        QCOMPARE(cloned.ripple.namespaces[0].after.processes, std::vector<std::size_t>{2});
        QCOMPARE(cloned.ripple.namespaces[0].diff.added.size(), 3U);
        QCOMPARE(cloned.ripple.namespaces[0].before.table->size(), 0U);
        QCOMPARE(cloned.ripple.processes.size(), 1U);
        QVERIFY(!cloned.ripple.processes[0].before);

        const Effect bound = after(world, {"bind /tmp /mnt"});
        QCOMPARE(linesOf(bound), QString("1: + /mnt  tmpfs  rw\n2: + /mnt  tmpfs  rw\n"));
        QVERIFY(bound.ripple.namespaces[0].after.machine);
        QCOMPARE(bound.ripple.namespaces[0].after.processes, std::vector<std::size_t>{1});

        // A slave hears, and is not heard.
        QVERIFY(linesOf(after(world, {"make-rslave /"})).contains("2: ~ /  propagation: shared:1 → master:1\n"));
        QCOMPARE(linesOf(after(world, {"mount tmpfs /a"})), QString("2: + /a  tmpfs  rw,relatime\n"));
        QCOMPARE(linesOf(after(world, {"as 1", "mount tmpfs /b"})),
                 QString("1: + /b  tmpfs  rw,relatime\n2: + /b  tmpfs  rw,relatime\n"));
    }

    void anUnmountPropagates()
    {
        WhatIf world = worldOf(sharedTable);
        after(world, {"mount tmpfs /mnt", "clone --mount"});
        QCOMPARE(linesOf(after(world, {"as 1", "umount /mnt"})),
                 QString("1: - /mnt  tmpfs  rw,relatime\n2: - /mnt  tmpfs  rw,relatime\n"));
    }

    void theMachineKeepsTheFirstNamespace()
    {
        WhatIf world = worldOf(sharedTable);
        after(world, {"unshare --mount"});
        const std::vector<NamespaceView> views = world.namespaces();
        QCOMPARE(views.size(), 2U);
        QVERIFY(views[0].machine && views[0].processes.empty());
        QCOMPARE(views[1].processes, std::vector<std::size_t>{1});
        QCOMPARE(linesOf(after(world, {"mount tmpfs /x"})),
                 QString("1: + /x  tmpfs  rw,relatime\n2: + /x  tmpfs  rw,relatime\n"));
    }

    void pivotRootMovesProcesses()
    {
        WhatIf world = worldOf(privateTable);
        after(world, {"clone --mount", "mount tmpfs /new", "mkdir /new/old", "cd /new"});
        const Effect effect = after(world, {"pivot_root . old"});
        QCOMPARE(linesOf(effect), QString("2: ~ /old  mountPoint: / → /old\n"
                                          "2: ~ /old/proc  mountPoint: /proc → /old/proc\n"
                                          "2: ~ /old/tmp  mountPoint: /tmp → /old/tmp\n"
                                          "2: ~ /  mountPoint: /new → /\n"));
        QCOMPARE(effect.ripple.processes.size(), 1U);
        const ProcessRipple &process = effect.ripple.processes[0];
        QCOMPARE(process.number, 2U);
        QVERIFY((process.before == Standing{"/", "/new"}));
        QVERIFY((process.after == Standing{"/", "/"}));
        QVERIFY((process.formerly == Standing{"/new", "/new"}));
        QCOMPARE(linesOf(after(world, {"umount -l /old"})).count("- /old"), 3);
    }

    /// The old root lies on top of the new one, and is still what disappears.
    void pivotRootOntoItself()
    {
        WhatIf world = worldOf(privateTable);
        after(world, {"clone --mount", "mount tmpfs /new", "cd /new", "pivot_root . ."});
        QCOMPARE(linesOf(after(world, {"umount -l ."})),
                 QString("2: - /  ext4  rw,relatime\n2: - /proc  proc  rw,nosuid\n2: - /tmp  tmpfs  rw\n"));
    }

    void aRefusalNamesItsCauseAndChangesNothing()
    {
        WhatIf world = worldOf(sharedTable);
        after(world, {"mount tmpfs /new", "mkdir /new/old"});
        const auto effect = run(world, "pivot_root /new /new/old");
        QVERIFY(effect && effect->refusal);
        QCOMPARE(effect->refusal->cause, Cause::PivotPutOldShared);
        QCOMPARE(effect->refusal->path, std::string("/new/old"));
        QVERIFY(effect->ripple.namespaces.empty() && effect->ripple.processes.empty());
        QCOMPARE(world.namespaces()[0].table->size(), 4U);
    }

    void aChrootHidesNoMounts()
    {
        WhatIf world = worldOf(privateTable);
        const Effect effect = after(world, {"clone --mount", "chroot /tmp"});
        QVERIFY(effect.ripple.namespaces.empty());
        QCOMPARE(effect.ripple.processes.size(), 1U);
        QVERIFY((effect.ripple.processes[0].after == Standing{"/tmp", "/"}));
        QCOMPARE(linesOf(after(world, {"mount tmpfs /x"})), QString("2: + /tmp/x  tmpfs  rw,relatime\n"));
    }

    void processesEnd()
    {
        WhatIf world = worldOf(privateTable);
        after(world, {"clone --mount", "clone"});
        QCOMPARE(world.process(), 3U);
        QVERIFY(after(world, {"exit"}).ripple.namespaces.empty());
        QCOMPARE(world.process(), 2U);
        const Effect last = after(world, {"exit"});
        QCOMPARE(last.ripple.namespaces.size(), 1U);
        QCOMPARE(last.ripple.namespaces[0].diff.removed.size(), 3U);
        QVERIFY(last.ripple.namespaces[0].after.processes.empty());
        QVERIFY(!last.ripple.processes[0].after);
        QCOMPARE(world.process(), 1U);
        QVERIFY(!run(world, "as 3"));
        QVERIFY(!run(world, "as 4"));
        after(world, {"exit"});
        QCOMPARE(world.process(), 0U);
        QVERIFY(!run(world, "cd /"));
        QVERIFY(!run(world, "as 1"));
    }

    /// The parent has ended before its child: whoever is left further up goes on.
    void anOrphanGivesWayToItsGrandparent()
    {
        WhatIf world = worldOf(privateTable);
        after(world, {"clone", "clone", "as 2", "exit", "as 3", "exit"});
        QCOMPARE(world.process(), 1U);
    }

    void beginnings()
    {
        WhatIf shared = worldOf(privateTable, {.uid = 1000, .privileged = false});
        QVERIFY(shared.shareAll());
        for (const MountEntry &entry : shared.namespaces()[0].table->entries())
            QCOMPARE(propagationText(entry), std::string("shared"));
        const auto refused = run(shared, "mount tmpfs /x");
        QVERIFY(refused && refused->refusal);
        QCOMPARE(refused->refusal->cause, Cause::NotPrivileged);

        WhatIf user = worldOf(sharedTable, {.uid = 1000, .privileged = false});
        QVERIFY(user.enterUserNamespace());
        QCOMPARE(user.namespaces().size(), 2U);
        QCOMPARE(linesOf(after(user, {"mount tmpfs /x"})), QString("2: + /x  tmpfs  rw,relatime\n"));
        const auto locked = run(user, "umount /tmp");
        QVERIFY(locked && locked->refusal);
        QCOMPARE(locked->refusal->cause, Cause::MountLocked);
        QCOMPARE(linesOf(after(user, {"as 1", "remount ro,nosuid /x"})),
                 QString("2: ~ /x  options: rw,relatime → ro,nosuid,relatime\n"));
    }

    void anEmptyTable()
    {
        WhatIf world = worldOf("");
        after(world, {"mount tmpfs /", "clone --mount", "exit"});
        QVERIFY(world.namespaces()[0].table->size() == 2);
    }

    void manyOperations()
    {
        std::string text;
        for (int i = 0; i < 2500; ++i)
            text += "bind /tmp /mnt\nclone --mount\nexit\numount /mnt\n";
        const auto operations = parseOperations(text);
        QVERIFY(operations && operations->size() == 10000);
        WhatIf world = worldOf(sharedTable);
        const QElapsedTimer timer = [] {
            QElapsedTimer started;
            started.start();
            return started;
        }();
        for (const WhatIfOperation &operation : *operations) {
            const auto effect = world.run(operation);
            QVERIFY(effect && !effect->refusal);
        }
        QCOMPARE(world.namespaces().size(), 1U);
        QCOMPARE(world.namespaces()[0].table->size(), 3U);
        QVERIFY2(timer.elapsed() < 60000, qPrintable(QString::number(timer.elapsed())));
    }
};

QTEST_GUILESS_MAIN(TestWhatIf)
#include "tst_whatif.moc"
