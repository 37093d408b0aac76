// SPDX-License-Identifier: Apache-2.0
//
// The text of whole scripts: a shell and shellcheck(1) accept it, and every step is in it, numbered and in order.
// tst_shell_script_run.cpp runs them.
#include "core/explain/explainer.h"
#include "core/explain/narration.h"
#include "tests/explain/sample_operations.h"
#include "tests/explain/script_plans.h"

#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryFile>
#include <QtTest>

using namespace pivotbench::core;

namespace {

const script_plans::Place hostilePlace{"/srv/layer with, it's: all\\", "/run/box\x1b[31m $(id)"};

/// What the program says about the script; empty when it is content.
QByteArray complaints(const QString &program, const QStringList &arguments, const std::string &script)
{
    QTemporaryFile file;
    if (!file.open() || file.write(script.data(), static_cast<qint64>(script.size())) < 0 || !file.flush())
        return "cannot write the script";
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, arguments + QStringList{file.fileName()});
    if (!process.waitForFinished(60000))
        return "did not end";
    const QByteArray output = process.readAllStandardOutput();
    return process.exitCode() == 0 ? output : output + "\nexit status " + QByteArray::number(process.exitCode());
}

void checkScript(const Plan &plan)
{
    const std::string script = shellScript(plan);
    QCOMPARE(complaints("sh", {"-n"}, script), QByteArray());

    qsizetype at = 0;
    const QByteArray text = QByteArray::fromStdString(script);
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const std::string comment = "    # " + std::to_string(i + 1) + ". " + titleOf(plan.steps[i].operation) + "\n";
        const qsizetype found = text.indexOf(QByteArray::fromStdString(comment), at);
        QVERIFY2(found >= 0, comment.c_str());
        at = found + 1;
    }
    for (const char c : script)
        QVERIFY(c == '\n' || static_cast<unsigned char>(c) >= 0x20);

    if (QStandardPaths::findExecutable("shellcheck").isEmpty())
        QSKIP("shellcheck is not on this machine: the script was not linted");
    const QByteArray lint = complaints("shellcheck", {"-x"}, script);
    QVERIFY2(lint.isEmpty(), lint.constData());
}

} // namespace

class TestShellScript : public QObject {
    Q_OBJECT

private slots:
    void presets_data()
    {
        QTest::addColumn<int>("index");
        const auto rows = script_plans::rows(hostilePlace);
        for (std::size_t i = 0; i < rows.size(); ++i)
            QTest::newRow(rows[i].name.c_str()) << static_cast<int>(i);
    }
    void presets()
    {
        QFETCH(int, index);
        const auto row = script_plans::rows(hostilePlace)[static_cast<std::size_t>(index)];
        const auto plan = script_plans::planOf(hostilePlace, row);
        QVERIFY2(plan.has_value(), plan ? "" : describe(plan.error()).c_str());
        checkScript(*plan);
    }

    /// Every kind of operation, the mounts also after the switch, where no planner puts them.
    void everyKindOfStep_data()
    {
        QTest::addColumn<int>("after");
        QTest::newRow("before the switch") << 0;
        QTest::newRow("after the switch") << 1;
    }
    void everyKindOfStep()
    {
        QFETCH(int, after);
        Plan plan = sample::plan();
        plan.name = "two\nlines";
        const auto add = [&plan](Operation operation) {
            plan.steps.push_back({.id = "step" + std::to_string(plan.steps.size()),
                                  .phase = Phase::Root,
                                  .cause = "",
                                  .operation = std::move(operation)});
        };
        add(CreateProcess{{Namespace::User, Namespace::Pid}});
        add(DenySetgroups{});
        add(WriteIdMaps{{{0, 0, 10}}, {{0, 0, 10}}, false});
        add(EnterCgroup{{.memoryBytes = 1 << 20, .pids = 5, .cpuQuota = 1000, .cpuWeight = 5}});
        add(Unshare{{Namespace::Mount, Namespace::Time}});
        if (after == 1)
            add(PivotRoot{".", "."});
        for (const sample::Sample &one : sample::operations()) {
            const bool process =
                std::holds_alternative<CreateProcess>(one.operation) ||
                std::holds_alternative<DenySetgroups>(one.operation) ||
                std::holds_alternative<WriteIdMaps>(one.operation) ||
                std::holds_alternative<EnterCgroup>(one.operation) || std::holds_alternative<Unshare>(one.operation) ||
                std::holds_alternative<PivotRoot>(one.operation) || std::holds_alternative<Execute>(one.operation);
            if (!process)
                add(one.operation);
        }
        add(Execute{{"a b", "it's=x"}, {"K=v w"}});
        checkScript(plan);
    }

    void aPlanThatEndsInsideIsClosed()
    {
        Plan plan = sample::plan();
        plan.steps = {{.id = "a", .phase = Phase::Root, .cause = "", .operation = CreateProcess{{Namespace::User}}},
                      {.id = "c", .phase = Phase::Root, .cause = "", .operation = DenySetgroups{}},
                      {.id = "b", .phase = Phase::Root, .cause = "", .operation = Unshare{{Namespace::Mount}}}};
        checkScript(plan);
    }

    void whatToolsCannotDoIsRefused_data()
    {
        QTest::addColumn<std::uint32_t>("mapped");
        QTest::addColumn<QString>("command");
        QTest::addColumn<bool>("late");
        QTest::addColumn<QString>("reason");
        QTest::newRow("an id map without root") << 1000U << "true" << false << "maps no id to 0";
        QTest::newRow("a command with an equals sign") << 0U << "a=b" << false << "equals sign";
        QTest::newRow("namespaces after the switch") << 0U << "true" << true << "after the switch";
        QTest::newRow("nothing of that") << 0U << "true" << false << "";
    }
    void whatToolsCannotDoIsRefused()
    {
        QFETCH(std::uint32_t, mapped);
        QFETCH(QString, command);
        QFETCH(bool, late);
        QFETCH(QString, reason);
        Plan plan = sample::plan();
        plan.steps = {
            {.id = "a", .phase = Phase::Root, .cause = "", .operation = CreateProcess{{Namespace::User}}},
            {.id = "b",
             .phase = Phase::Root,
             .cause = "",
             .operation = WriteIdMaps{{{mapped, 1000, 1}}, {{mapped, 1000, 1}}, false}},
            {.id = "c", .phase = Phase::Root, .cause = "", .operation = ChangeRoot{"."}},
            {.id = "d", .phase = Phase::Root, .cause = "", .operation = Execute{{command.toStdString()}, {}}}};
        if (late)
            plan.steps[3].operation = Unshare{{Namespace::Uts}};
        const QString script = QString::fromStdString(shellScript(plan));
        QCOMPARE(script.contains("No script does this"), !reason.isEmpty());
        QVERIFY(script.contains(reason));
        QCOMPARE(complaints("sh", {"-n"}, script.toStdString()), QByteArray());
        if (!reason.isEmpty())
            QVERIFY(complaints("sh", {}, script.toStdString()).endsWith("exit status 125"));
    }
};

QTEST_GUILESS_MAIN(TestShellScript)
#include "tst_shell_script.moc"
