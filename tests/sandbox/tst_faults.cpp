// SPDX-License-Identifier: Apache-2.0
//
// kill -9 of the client, of the helper and of the builder at every step of an observed launch: nothing is left behind,
// kept layers stay whole, and the next launch works.
#include "core/plan/plan_json.h"
#include "real_user.h"

#include <QTest>

#include <csignal>

using namespace pivotbench;
using test::Outcome;
using test::RealUser;

namespace {

/// What is left of a user's sandboxes when there is no helper any more: nothing may be.
QString remains(const RealUser &user) { return test::traces(user); }

} // namespace

class TestFaults : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<RealUser> m_user;
    QString m_root;
    int m_steps = 0;

    QStringList launch(const char *command) const
    {
        return {command, "-q",          "--rootfs", m_root,    "--writable",
                "keep",  "--keep-name", "kept",     "--tmpfs", "/data",
                "-T",    "--",          "/bin/sh",  "-c",      "echo ran >> /etc/log; sync"};
    }

    /// A stepper that has done `steps` steps and waits.
    std::unique_ptr<QProcess> stepTo(int steps)
    {
        auto stepper = m_user->startPivotctl(launch("step"));
        for (int i = 0; i < steps; ++i)
            stepper->write("next\n");
        const QByteArray prompt = QByteArray("(") + QByteArray::number(steps) + "/";
        QByteArray seen;
        for (int i = 0; i < 600 && !seen.contains(prompt); ++i) {
            stepper->waitForReadyRead(100);
            seen += stepper->readAllStandardOutput();
        }
        if (!seen.contains(prompt))
            qWarning("the stepper never reached step %d: %s%s", steps, seen.constData(),
                     stepper->readAllStandardError().constData());
        return stepper;
    }

    void theNextLaunchWorks(int expected)
    {
        const Outcome outcome =
            m_user->pivotctl({"run", "-q", "--rootfs", m_root, "--writable", "keep", "--keep-name", "kept", "-T", "--",
                              "/bin/sh", "-c", "echo ran >> /etc/log; wc -l < /etc/log"});
        QVERIFY2(outcome.status == 0, outcome.all());
        QCOMPARE(outcome.output.trimmed().toInt(), expected);
    }

private slots:
    void initTestCase()
    {
        QString whyNot;
        m_user = RealUser::ordinary(&whyNot);
        if (!m_user)
            QSKIP(qPrintable(whyNot));
        m_root = m_user->makeBusyboxRoot("root");
        const Outcome plan = m_user->pivotctl(launch("plan"));
        QVERIFY2(plan.status == 0, plan.all());
        m_steps = plan.output.left(plan.output.indexOf(' ')).toInt();
        QVERIFY(m_steps > 20);
    }

    void killed_data()
    {
        QTest::addColumn<QString>("whom");
        QTest::newRow("the client") << "client";
        QTest::newRow("the helper") << "helper";
        QTest::newRow("the builder") << "builder";
    }
    void killed()
    {
        QFETCH(QString, whom);
        if (!m_user)
            QSKIP("no ordinary user");
        m_user->endHelper();
        int runs = m_user
                       ->pivotctl({"run", "-q", "--rootfs", m_root, "--writable", "keep", "--keep-name", "kept", "-T",
                                   "--", "/bin/sh", "-c", "echo ran >> /etc/log; exit $(wc -l < /etc/log)"})
                       .status;
        QVERIFY(runs > 0);
        m_user->endHelper();
        const QString before = remains(*m_user);
        // The last step executes the program: nothing stops after it.
        for (int step = whom == "builder" ? 1 : 0; step < m_steps; ++step) {
            auto stepper = stepTo(step);
            const pid_t helper = m_user->helperPid();
            QVERIFY(helper > 0);
            if (whom == "client") {
                stepper->kill();
                QVERIFY(stepper->waitForFinished());
                QTRY_VERIFY(!m_user->pivotctl({"ps"}).output.contains("stopped"));
            } else if (whom == "helper") {
                ::kill(helper, SIGKILL);
                QVERIFY(stepper->waitForFinished());
                QCOMPARE(stepper->exitCode(), 125);
            } else {
                const QByteArray ps = m_user->pivotctl({"ps"}).output;
                const QList<QByteArray> fields = ps.mid(ps.indexOf('\n') + 1).simplified().split(' ');
                const pid_t builder = fields.value(2).toInt();
                QVERIFY2(builder > 1, ps);
                ::kill(builder, SIGKILL);
                QVERIFY(stepper->waitForFinished());
                const QByteArray said = stepper->readAllStandardError();
                QCOMPARE(stepper->exitCode(), 125);
                QVERIFY2(said.contains("killed by signal 9"), said);
            }
            m_user->endHelper();
            QTRY_COMPARE(test::difference(before, remains(*m_user)), QString());
        }
        theNextLaunchWorks(runs + 1);
    }

    void aRunningSandboxDiesWithItsHelper()
    {
        if (!m_user)
            QSKIP("no ordinary user");
        m_user->endHelper();
        const QString before = remains(*m_user);
        QCOMPARE(
            m_user->pivotctl({"run", "-q", "--rootfs", m_root, "-d", "--", "/bin/sh", "-c", "sleep 300 & sleep 300"})
                .status,
            0);
        ::kill(m_user->helperPid(), SIGKILL);
        QTRY_COMPARE(test::difference(before, remains(*m_user)), QString());
    }

    void theHelperLeavesWhenIdle()
    {
        if (!m_user)
            QSKIP("no ordinary user");
        m_user->endHelper();
        auto helper = m_user->start(test::helperPath(),
                                    {"--socket", m_user->path("run/pivotbench/helper.sock"), "--idle-seconds", "1"});
        QTRY_VERIFY(m_user->helperPid() > 0);
        QCOMPARE(m_user->pivotctl({"run", "-q", "--rootfs", m_root, "-d", "--", "/bin/sleep", "3"}).status, 0);
        QTest::qWait(2000);
        QVERIFY2(m_user->helperPid() > 0, "it left while a sandbox ran");
        QVERIFY(helper->waitForFinished(10'000));
        QCOMPARE(helper->exitCode(), 0);
    }
};

QTEST_GUILESS_MAIN(TestFaults)
#include "tst_faults.moc"
