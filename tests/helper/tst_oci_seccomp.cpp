// SPDX-License-Identifier: Apache-2.0
//
// OCI seccomp profiles: what they mean on the real kernel, and how broken ones are refused.
#include "core/spec/capability_names.h"
#include "helper/oci_seccomp.h"
#include "helper/seccomp_profile.h"
#include "tests/helper/bpf_interpreter.h"
#include "tests/helper/in_child.h"

#include <QtTest>

#include <cerrno>
#include <fmt/format.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

using namespace pivotbench;
using namespace pivotbench::helper;
using pivotbench::test::evaluate;
using pivotbench::test::inChild;

namespace {

constexpr std::uint32_t answer(int errnum) { return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(errnum); }

std::optional<std::uint32_t> ask(const SeccompFilter &filter, std::uint32_t number, std::uint64_t a0 = 0,
                                 std::uint64_t a1 = 0)
{
    return evaluate(
        filter.program(),
        {.nr = static_cast<int>(number), .arch = seccomp_arch_native(), .instruction_pointer = 0, .args = {a0, a1}});
}

} // namespace

class TestOciSeccomp : public QObject {
    Q_OBJECT

private slots:
    void profilesDecide_data();
    void profilesDecide();
    void aProfileHoldsOnTheKernel();
    void aWholeProfileAgreesWithItsSource();
    void otherArchitecturesAreNoted();
    void unknownCallsAreNoted();
    void flagsAreKept();
    void badProfilesAreRefused_data();
    void badProfilesAreRefused();
    void tooManyRulesAreRefused();
};

void TestOciSeccomp::profilesDecide_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<long>("number");
    QTest::addColumn<quint64>("a0");
    QTest::addColumn<quint64>("a1");
    QTest::addColumn<quint32>("expected");
    const auto row = [](const char *name, const char *json, long number, quint64 a0, quint64 a1, quint32 expected) {
        QTest::newRow(name) << QByteArray(json) << number << a0 << a1 << expected;
    };
    row("only the default action", R"({"defaultAction": "SCMP_ACT_ALLOW"})", SYS_getpid, 0, 0, SECCOMP_RET_ALLOW);
    row("errors default to EPERM", R"({"defaultAction": "SCMP_ACT_ERRNO"})", SYS_getpid, 0, 0, answer(EPERM));
    row("the default's number", R"({"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38})", SYS_getpid, 0, 0,
        answer(ENOSYS));
    row("a rule's number",
        R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getpid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 22}]})",
        SYS_getpid, 0, 0, answer(EINVAL));
    row("a rule that repeats the default",
        R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getpid"], "action": "SCMP_ACT_ALLOW"}]})",
        SYS_getpid, 0, 0, SECCOMP_RET_ALLOW);
    row("death", R"({"defaultAction": "SCMP_ACT_KILL_PROCESS"})", SYS_getpid, 0, 0, SECCOMP_RET_KILL_PROCESS);
    row("logging", R"({"defaultAction": "SCMP_ACT_LOG"})", SYS_getpid, 0, 0, SECCOMP_RET_LOG);
    row("a call younger than libseccomp 2.5.4",
        R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mseal"], "action": "SCMP_ACT_ERRNO"}]})", 462,
        0, 0, answer(EPERM));

    const char *masked =
        R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["clone"], "action": "SCMP_ACT_ALLOW",
            "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]}]})";
    row("a mask that matches", masked, SYS_clone, 17, 0, SECCOMP_RET_ALLOW);
    row("a mask that does not", masked, SYS_clone, 0x10000000 | 17, 0, answer(EPERM));

    const char *both =
        R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["socket"], "action": "SCMP_ACT_ALLOW",
            "args": [{"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 2, "op": "SCMP_CMP_LT"}]}]})";
    row("two arguments that both match", both, SYS_socket, 2, 1, SECCOMP_RET_ALLOW);
    row("two arguments of which one matches", both, SYS_socket, 2, 2, answer(EPERM));

    const char *either =
        R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["personality"], "action": "SCMP_ACT_ALLOW",
            "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}, {"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]}]})";
    row("one argument twice: the first alternative", either, SYS_personality, 0, 0, SECCOMP_RET_ALLOW);
    row("one argument twice: the second alternative", either, SYS_personality, 8, 0, SECCOMP_RET_ALLOW);
    row("one argument twice: neither", either, SYS_personality, 9, 0, answer(EPERM));

    row("a value of 64 bits",
        R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["lseek"], "action": "SCMP_ACT_ERRNO",
            "args": [{"index": 1, "value": 18446744073709551615, "op": "SCMP_CMP_EQ"}]}]})",
        SYS_lseek, 0, ~quint64{0}, answer(EPERM));
}

void TestOciSeccomp::profilesDecide()
{
    QFETCH(QByteArray, json);
    QFETCH(long, number);
    QFETCH(quint64, a0);
    QFETCH(quint64, a1);
    QFETCH(quint32, expected);
    const auto compiled = compileOciSeccomp(json.toStdString());
    QVERIFY2(compiled.has_value(), compiled ? "" : core::describe(compiled.error()).c_str());
    QVERIFY(compiled->notes.empty());
    QCOMPARE(ask(compiled->filter, static_cast<std::uint32_t>(number), a0, a1), std::optional(expected));
}

void TestOciSeccomp::aProfileHoldsOnTheKernel()
{
    const auto compiled = compileOciSeccomp(
        R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 42}]})");
    QVERIFY(compiled.has_value());
    QCOMPARE(inChild([&] {
                 if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !install(compiled->filter))
                     return 250;
                 return syscall(SYS_getppid) == -1 ? errno : 0;
             }),
             42);
}

void TestOciSeccomp::aWholeProfileAgreesWithItsSource()
{
    // The default profile's plain rules written as OCI JSON, through libseccomp's binary tree: some 350 numbers.
    const auto rules = defaultRules(core::defaultCapabilities());
    QVERIFY(rules.has_value());
    std::string allowed, refused;
    std::map<std::uint32_t, std::uint32_t> expected;
    for (const SyscallRule &rule : *rules) {
        if (rule.verdict != Verdict::Allow && rule.verdict != Verdict::Refuse)
            continue;
        std::string &names = rule.verdict == Verdict::Allow ? allowed : refused;
        names += fmt::format("{}\"{}\"", names.empty() ? "" : ",", rule.name);
        expected[rule.number] = rule.verdict == Verdict::Allow ? SECCOMP_RET_ALLOW : answer(EPERM);
    }
    const auto compiled = compileOciSeccomp(fmt::format(
        R"({{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [
            {{"names": [{}], "action": "SCMP_ACT_ALLOW"}}, {{"names": [{}], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}}]}})",
        allowed, refused));
    QVERIFY2(compiled.has_value(), compiled ? "" : core::describe(compiled.error()).c_str());
    QVERIFY(compiled->notes.empty());
    for (std::uint32_t number = 0; number < 600; ++number) {
        const auto wanted = expected.contains(number) ? expected[number] : answer(ENOSYS);
        QCOMPARE(ask(compiled->filter, number), std::optional(wanted));
    }
    QCOMPARE(ask(compiled->filter, 0x40000000), std::optional(answer(ENOSYS)));
}

void TestOciSeccomp::otherArchitecturesAreNoted()
{
    const auto compiled = compileOciSeccomp(
        R"({"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64", "SCMP_ARCH_X32"]})");
    QVERIFY(compiled.has_value());
    QCOMPARE(compiled->notes.size(), std::size_t{1});
    QVERIFY(compiled->notes.front().starts_with("the filter is for the native architecture alone; 2 others"));
    seccomp_data foreign{.nr = 0, .arch = SCMP_ARCH_S390X, .instruction_pointer = 0, .args = {}};
    QCOMPARE(evaluate(compiled->filter.program(), foreign), std::optional(answer(ENOSYS)));
}

void TestOciSeccomp::unknownCallsAreNoted()
{
    const auto compiled = compileOciSeccomp(
        R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
            {"names": ["getpid", "no_such_call", "evil\u001b[31m"], "action": "SCMP_ACT_ALLOW"}]})");
    QVERIFY(compiled.has_value());
    QCOMPARE(ask(compiled->filter, SYS_getpid), std::optional(std::uint32_t{SECCOMP_RET_ALLOW}));
    QCOMPARE(compiled->notes.size(), std::size_t{1});
    QVERIFY(compiled->notes.front().find("no_such_call") != std::string::npos);
    QVERIFY(compiled->notes.front().find('\x1b') == std::string::npos);
}

void TestOciSeccomp::flagsAreKept()
{
    const auto compiled = compileOciSeccomp(
        R"({"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"]})");
    QVERIFY(compiled.has_value());
    QCOMPARE(compiled->filter.flags(), unsigned{SECCOMP_FILTER_FLAG_LOG});
}

void TestOciSeccomp::badProfilesAreRefused_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char *name, const char *json, const char *says) {
        QTest::newRow(name) << QByteArray(json) << QByteArray(says);
    };
    row("no JSON", "{", "line 1");
    row("a list", "[]", "line 1: the document must be an object");
    row("nothing in it", "{}", "defaultAction is missing");
    row("an unknown action", R"({"defaultAction": "SCMP_ACT_WAVE"})", "line 1: defaultAction is \"SCMP_ACT_WAVE\"");
    row("an action that needs an agent", R"({"defaultAction": "SCMP_ACT_NOTIFY"})", "defaultAction is SCMP_ACT_NOTIFY");
    row("an errno without ERRNO", R"({"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1})",
        "defaultErrnoRet has no meaning");
    row("a negative errno", R"({"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": -1})", "defaultErrnoRet is -1");
    row("an errno that does not fit", R"({"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4096})",
        "defaultErrnoRet is 4096");
    row("an unknown field, on its line", "{\"defaultAction\": \"SCMP_ACT_ALLOW\",\n \"surprise\": 1}",
        "line 2: unknown field surprise");
    row("Docker's own format",
        R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["bpf"], "action": "SCMP_ACT_KILL", "includes": {}}]})",
        "unknown field syscalls[0].includes");
    row("an unknown architecture", R"({"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["Z80"]})",
        "architectures has \"Z80\"");
    row("an unknown flag",
        R"({"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]})", "flags has");
    row("a rule without names",
        R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": [], "action": "SCMP_ACT_KILL"}]})",
        "syscalls[0].names must name");
    row("a rule without action", R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["bpf"]}]})",
        "syscalls[0].action is missing");
    row("a name that is a number",
        R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": [7], "action": "SCMP_ACT_KILL"}]})",
        "syscalls[0].names[0] must be a string");
    const char *withArgument =
        R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["bpf"], "action": "SCMP_ACT_KILL", "args": [%1]}]})";
    const auto argumentRow = [&](const char *name, const char *argument, const char *says) {
        QTest::newRow(name) << QByteArray(withArgument).replace("%1", argument) << QByteArray(says);
    };
    argumentRow("an argument that does not exist", R"({"index": 6, "value": 0, "op": "SCMP_CMP_EQ"})",
                "syscalls[0].args[0].index is 6");
    argumentRow("a condition without operator", R"({"index": 0, "value": 0})", "syscalls[0].args[0].op is missing");
    argumentRow("a negative value", R"({"index": 0, "value": -1, "op": "SCMP_CMP_EQ"})",
                "syscalls[0].args[0].value is -1");
    argumentRow("a fraction", R"({"index": 0, "value": 0.5, "op": "SCMP_CMP_EQ"})",
                "syscalls[0].args[0].value must be a whole number");
    argumentRow("a second value without mask", R"({"index": 0, "value": 0, "valueTwo": 3, "op": "SCMP_CMP_EQ"})",
                "syscalls[0].args[0].valueTwo has no meaning");
}

void TestOciSeccomp::badProfilesAreRefused()
{
    QFETCH(QByteArray, json);
    QFETCH(QByteArray, says);
    const auto compiled = compileOciSeccomp(json.toStdString());
    QVERIFY(!compiled);
    QVERIFY2(compiled.error().what.find(says.toStdString()) != std::string::npos, compiled.error().what.c_str());
}

void TestOciSeccomp::tooManyRulesAreRefused()
{
    std::string names = "\"getpid\"";
    for (int i = 0; i < 2048; ++i)
        names += ",\"getpid\"";
    const auto compiled = compileOciSeccomp(fmt::format(
        R"({{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{{"names": [{}], "action": "SCMP_ACT_KILL"}}]}})", names));
    QVERIFY(!compiled);
    QVERIFY2(compiled.error().what.find("more than 2048 rules") != std::string::npos, compiled.error().what.c_str());

    // Few enough rules, yet more instructions than the kernel takes.
    std::string rules;
    for (std::uint64_t value = 0; value < 1300; ++value)
        rules += fmt::format(R"({}{{"names": ["lseek"], "action": "SCMP_ACT_KILL", "args": [
            {{"index": 0, "value": {}, "op": "SCMP_CMP_EQ"}}]}})",
                             value == 0 ? "" : ",", value << 32 | value);
    const auto large =
        compileOciSeccomp(fmt::format(R"({{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{}]}})", rules));
    QVERIFY(!large);
    QCOMPARE(large.error().code, std::string("seccomp.size"));
}

QTEST_GUILESS_MAIN(TestOciSeccomp)
#include "tst_oci_seccomp.moc"
