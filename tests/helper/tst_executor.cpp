// SPDX-License-Identifier: Apache-2.0
//
// Steps that a launch on this kernel does not take: the executor carries them out in a child with namespaces of its
// own.
#include "helper/executor.h"
#include "tests/helper/in_child.h"

#include <QDir>
#include <QTemporaryDir>
#include <QtTest>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

using namespace pivotbench;
using namespace pivotbench::helper;

namespace {

void write(const QString &path, const QByteArray &text)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    if (file.open(QIODevice::WriteOnly))
        file.write(text);
}

QByteArray read(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("absent");
}

} // namespace

class TestExecutor : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
        m_merged = m_folder->filePath("merged");
        QVERIFY(QDir().mkpath(m_merged));
        // Writable parts lie on a tmpfs of the namespace, as in a launch.
        m_scratch = m_folder->filePath("scratch");
        QVERIFY(QDir().mkpath(m_scratch));
    }

    void overlaysOfOldAndNewKernelsAreTheSame_data()
    {
        QTest::addColumn<bool>("oneCall");
        QTest::newRow("lowerdir+") << false;
        QTest::newRow("one mount(2) call") << true;
    }
    void overlaysOfOldAndNewKernelsAreTheSame()
    {
        QFETCH(const bool, oneCall);
        // Names with everything that separates options.
        const QString top = m_folder->filePath("top:with,signs\\");
        const QString bottom = m_folder->filePath("bottom");
        write(top + "/both", "top");
        write(bottom + "/both", "bottom");
        write(bottom + "/below", "below");
        const int status = test::inChild([&] {
            if (!prepare(oneCall) || !mountOverlay({top, bottom}))
                return 1;
            if (read(m_merged + "/both") != "top" || read(m_merged + "/below") != "below")
                return 2;
            write(m_merged + "/below", "changed");
            if (read(m_merged + "/below") != "changed" || read(m_scratch + "/upper/below") != "changed")
                return 3;
            // What a step on the new mount finds is the mount, not what it covers.
            core::SetMountAttributes readOnly{.target = {core::Location::Base::Host, m_merged.toStdString()},
                                              .attributes = {core::mount_attr::readOnly, 0}};
            if (!m_executor->execute({"read-only", core::Phase::Root, "", readOnly}, 1))
                return 4;
            return ::open((m_merged + "/new").toUtf8().constData(), O_CREAT | O_WRONLY, 0600) < 0 && errno == EROFS ? 0
                                                                                                                    : 5;
        });
        QCOMPARE(status, 0);
        QCOMPARE(read(bottom + "/below"), QByteArray("below"));
    }

    void manyLayersFitIntoOnePage()
    {
        QStringList layers;
        for (int i = 0; i < 150; ++i) {
            layers.append(m_folder->filePath(QString("a-layer-with-a-long-name-%1").arg(i)));
            write(layers.back() + QString("/file-%1").arg(i), QByteArray::number(i));
        }
        const int status = test::inChild([&] {
            if (!prepare(true) || !mountOverlay(layers))
                return 1;
            for (int i = 0; i < 150; ++i)
                if (read(m_merged + QString("/file-%1").arg(i)) != QByteArray::number(i))
                    return 2;
            return 0;
        });
        QCOMPARE(status, 0);
    }

    void tooManyForOnePageSaySo()
    {
        QStringList layers;
        for (int i = 0; i < 400; ++i) {
            layers.append(m_folder->filePath(QString("layer-%1").arg(i)));
            QVERIFY(QDir().mkpath(layers.back()));
        }
        const int status = test::inChild([&] {
            if (!prepare(true))
                return 1;
            const auto outcome = m_executor->execute(overlayStep(layers), 0);
            return !outcome && outcome.error().code == "overlay.options" && !outcome.error().hint.empty() ? 0 : 2;
        });
        QCOMPARE(status, 0);
        const int newer = test::inChild([&] { return prepare(false) && mountOverlay(layers) ? 0 : 1; });
        QCOMPARE(newer, 0);
    }

    void aLayerThatIsAFileIsNamed()
    {
        const QString file = m_folder->filePath("archive.tar");
        write(file, "not a directory");
        for (const bool oneCall : {false, true}) {
            const int status = test::inChild([&] {
                if (!prepare(oneCall))
                    return 1;
                const auto outcome = m_executor->execute(overlayStep({file}), 0);
                return !outcome && outcome.error().errnum == ENOTDIR && outcome.error().path == file.toStdString() &&
                               outcome.error().step == "overlay"
                           ? 0
                           : 2;
            });
            QCOMPARE(status, 0);
        }
    }

private:
    // Each of these runs in the child.

    bool prepare(bool oneCall)
    {
        if (!test::becomeRootInside(CLONE_NEWNS) ||
            ::mount("tmpfs", m_scratch.toUtf8().constData(), "tmpfs", 0, nullptr) != 0)
            return false;
        QDir().mkpath(m_scratch + "/upper");
        QDir().mkpath(m_scratch + "/work");
        m_order.overlayByOneCall = oneCall;
        core::Result<Executor> executor = Executor::prepare(m_order, -1);
        if (executor)
            m_executor.emplace(std::move(*executor));
        return m_executor.has_value();
    }

    core::Step overlayStep(const QStringList &lowers) const
    {
        core::MountOverlay overlay{.lowers = {},
                                   .upper = (m_scratch + "/upper").toStdString(),
                                   .work = (m_scratch + "/work").toStdString(),
                                   .target = {core::Location::Base::Host, m_merged.toStdString()},
                                   .attributes = {core::mount_attr::noSuid, 0},
                                   .parameters = {{"userxattr", ""}, {"volatile", ""}}};
        for (const QString &lower : lowers)
            overlay.lowers.push_back(lower.toStdString());
        return {"overlay", core::Phase::Root, "root.layers", overlay};
    }

    bool mountOverlay(const QStringList &lowers)
    {
        const auto outcome = m_executor->execute(overlayStep(lowers), 0);
        if (!outcome)
            qWarning("%s", core::describe(outcome.error()).c_str());
        return outcome.has_value();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_merged;
    QString m_scratch;
    BuildOrder m_order;
    std::optional<Executor> m_executor;
};

QTEST_GUILESS_MAIN(TestExecutor)
#include "tst_executor.moc"
