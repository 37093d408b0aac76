// SPDX-License-Identifier: Apache-2.0
#include "helper/mount_probe.h"
#include "tests/helper/in_child.h"

#include <QFile>
#include <QTest>

using namespace pivotbench;

class TestMountProbe : public QObject {
    Q_OBJECT

private slots:
    void tellsWhetherAMountSucceeds()
    {
        // A limit on user namespaces holds below the namespace that it is written in (user_namespaces(7)): so the same
        // machine can be seen to allow and to refuse.
        const int status = test::inChild([] {
            if (!test::becomeRootInside(0))
                return 77;
            if (helper::tryMountInside() != true)
                return 1;
            QFile limit("/proc/sys/user/max_user_namespaces");
            if (!limit.open(QIODevice::WriteOnly | QIODevice::Unbuffered) || limit.write("0") != 1)
                return 2;
            return helper::tryMountInside() == false ? 0 : 3;
        });
        if (status == 77)
            QSKIP("this machine allows no user namespaces");
        QCOMPARE(status, 0);
    }

    void leavesTheMountTableAsItWas()
    {
        const auto table = [] {
            QFile file("/proc/self/mountinfo");
            return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        };
        const QByteArray before = table();
        QVERIFY(!before.isEmpty());
        (void)helper::tryMountInside();
        QCOMPARE(table(), before);
    }
};

QTEST_GUILESS_MAIN(TestMountProbe)
#include "tst_mount_probe.moc"
