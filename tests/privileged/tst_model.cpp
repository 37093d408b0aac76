// SPDX-License-Identifier: Apache-2.0
//
// The lessons of golden.h: on the model, on the kernel, and on both side by side. The kernel's part runs in a process
// of its own, for it leaves the machine's filesystem behind for good.
#include "golden.h"
#include "real_kernel.h"

#include <QCoreApplication>
#include <QProcess>
#include <QSet>
#include <QTest>

#include <algorithm>
#include <cstdio>
#include <unistd.h>

using namespace pivotbench::test;

namespace {

constexpr int cannotRun = 77;

std::optional<Lesson> lessonOf(const QByteArray &name, bool userNamespace)
{
    for (Lesson &lesson : allLessons(userNamespace))
        if (lesson.name() == name.toStdString())
            return std::move(lesson);
    return std::nullopt;
}

int report(const std::optional<std::string> &wrong, const char *where)
{
    if (wrong)
        std::printf("%s: %s\n", where, wrong->c_str());
    return wrong ? 1 : 0;
}

/// The kernel's part of one lesson, in this process.
int runOnKernel(const QByteArray &name, bool userNamespace)
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const std::optional<Lesson> lesson = lessonOf(name, userNamespace);
    if (!lesson)
        return report("there is no such lesson", name.constData());
    if (report(lesson->runOnModel(userNamespace), "model") != 0)
        return 1;
    std::string whyNot;
    if (!enterArena(userNamespace, whyNot)) {
        std::printf("%s\n", whyNot.c_str());
        return cannotRun;
    }
    if (report(lesson->runOnKernel(userNamespace), "kernel") != 0 ||
        report(lesson->runOnBoth(userNamespace), "model and kernel") != 0)
        return 1;
    std::printf("compared %zu calls\n", lesson->acts().size());
    return 0;
}

} // namespace

class TestModel : public QObject {
    Q_OBJECT
private slots:
    void namesAreUnique();
    void everyPivotCauseIsMet();
    void lessonHolds_data();
    void lessonHolds();
};

/// A row is found by its name.
void TestModel::namesAreUnique()
{
    for (const bool userNamespace : {false, true}) {
        QSet<QString> names;
        for (const Lesson &lesson : allLessons(userNamespace)) {
            QVERIFY2(!names.contains(QString::fromStdString(lesson.name())), lesson.name().c_str());
            names.insert(QString::fromStdString(lesson.name()));
        }
    }
}

/// But for the two that need a process on the machine's own root: tst_model_alone has those.
void TestModel::everyPivotCauseIsMet()
{
    for (std::size_t i = 0; i <= static_cast<std::size_t>(kernel::lastCause); ++i) {
        const auto cause = static_cast<kernel::Cause>(i);
        if (cause < kernel::Cause::PivotPutOldShared || cause > kernel::Cause::PivotNewRootOutside ||
            cause == kernel::Cause::PivotRootNotAttached || cause == kernel::Cause::PivotNewRootNotAttached)
            continue;
        for (const bool userNamespace : {false, true}) {
            const std::vector<Lesson> all = pivotLessons(userNamespace);
            QVERIFY2(std::ranges::any_of(all, [cause](const Lesson &lesson) { return lesson.expects(cause); }),
                     kernel::textOf(cause).word);
        }
    }
}

void TestModel::lessonHolds_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<bool>("userNamespace");
    for (const bool userNamespace : {false, true})
        for (const Lesson &lesson : allLessons(userNamespace))
            QTest::newRow((lesson.name() + (userNamespace ? " [user]" : " [root]")).c_str())
                << QByteArray::fromStdString(lesson.name()) << userNamespace;
}

void TestModel::lessonHolds()
{
    QFETCH(QByteArray, name);
    QFETCH(bool, userNamespace);
    // The model needs no privilege: its part is never skipped.
    const std::optional<Lesson> lesson = lessonOf(name, userNamespace);
    QVERIFY(lesson);
    const std::optional<std::string> wrong = lesson->runOnModel(userNamespace);
    QVERIFY2(!wrong, wrong ? wrong->c_str() : "");

    if (!userNamespace && ::geteuid() != 0)
        QSKIP("NOT COMPARED with the kernel: this beginning needs root");
    if ((!userNamespace || lesson->needsInitialNamespace()) && !inInitialUserNamespace())
        QSKIP("NOT COMPARED with the kernel: this needs the initial user namespace");
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QCoreApplication::applicationFilePath(), {"--lesson", name, userNamespace ? "user" : "root"});
    QVERIFY(process.waitForFinished(-1));
    const QByteArray output = process.readAll();
    if (process.exitStatus() == QProcess::NormalExit && process.exitCode() == cannotRun)
        QSKIP(("NOT COMPARED with the kernel: " + output).constData());
    QVERIFY2(process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0, output.constData());
    QVERIFY2(output.contains("compared " + QByteArray::number(lesson->acts().size()) + " calls"), output.constData());
}

int main(int argc, char **argv)
{
    if (argc == 4 && QByteArray(argv[1]) == "--lesson")
        return runOnKernel(argv[2], QByteArray(argv[3]) == "user");
    QCoreApplication application(argc, argv);
    TestModel test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_model.moc"
