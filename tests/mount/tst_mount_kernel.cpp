// SPDX-License-Identifier: Apache-2.0
//
// MountTable against the kernel of this machine: what the table says a path is on, statx(2) has to say, too. Each
// arrangement lives in a mount namespace of its own (kernel_scenarios.h); nothing outside it changes.
#include "kernel_scenarios.h"

#include <QCoreApplication>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace pivotbench::test;

class TestMountKernel : public QObject {
    Q_OBJECT
private slots:
    void tableAgreesWithKernel_data();
    void tableAgreesWithKernel();
};

void TestMountKernel::tableAgreesWithKernel_data()
{
    QTest::addColumn<QString>("scenario");
    for (const std::string &name : scenarioNames())
        QTest::newRow(name.c_str()) << QString::fromStdString(name);
}

void TestMountKernel::tableAgreesWithKernel()
{
    QFETCH(QString, scenario);
    const QTemporaryDir directory;
    QVERIFY(directory.isValid());
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QCoreApplication::applicationFilePath(), {"--scenario", scenario, directory.path()});
    QVERIFY(process.waitForFinished());
    const QByteArray output = process.readAll();
    if (process.exitStatus() == QProcess::NormalExit && process.exitCode() == cannotRun)
        QSKIP(("cannot make namespaces here: " + output).constData());
    QVERIFY2(process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0, output.constData());
    const auto counts = QRegularExpression("probed (\\d+) paths, (\\d+) hidden").match(output);
    QVERIFY2(counts.hasMatch(), output.constData());
    QVERIFY2(counts.captured(1).toInt() >= 3, output.constData());
    if (scenario.contains("stacked") || scenario.contains("above") || scenario.contains("tucked") ||
        scenario.contains("over") || scenario.contains("itself"))
        QVERIFY2(counts.captured(2).toInt() >= 1, output.constData());
}

int main(int argc, char **argv)
{
    if (argc == 4 && QByteArray(argv[1]) == "--scenario")
        return runScenario(argv[2], argv[3]);
    QCoreApplication application(argc, argv);
    TestMountKernel test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_mount_kernel.moc"
