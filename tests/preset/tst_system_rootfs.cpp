// SPDX-License-Identifier: Apache-2.0
#include "core/preset/system_rootfs.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <unistd.h>

using namespace pivotbench::core;

namespace {

QString text(const std::string &string) { return QString::fromStdString(string); }

std::vector<std::string> destinationsOf(const SystemRoot &root)
{
    std::vector<std::string> destinations;
    for (const MountSpec &mount : root.binds)
        destinations.push_back(mount.destination);
    return destinations;
}

} // namespace

class TestSystemRootfs : public QObject {
    Q_OBJECT
private slots:
    void mirrorsTheTopLevelOfTheHost();
    void bindsEverythingReadOnly();
    void isAnotherDirectoryForAnotherLayout();
    void needsAPlace();
};

void TestSystemRootfs::mirrorsTheTopLevelOfTheHost()
{
    QTemporaryDir folder;
    const std::string host = folder.filePath("host").toStdString();
    for (const char *name : {"usr", "etc", "home", "proc", "secret"})
        QVERIFY(QDir().mkpath(text(host) + "/" + name));
    QCOMPARE(::symlink("usr/bin", (host + "/bin").c_str()), 0);
    QCOMPARE(::symlink("/elsewhere", (host + "/lib").c_str()), 0);
    QFile file(text(host) + "/opt");
    QVERIFY(file.open(QIODevice::WriteOnly));

    HostFacts facts;
    facts.cacheDirectory = folder.filePath("cache").toStdString();
    const auto described = describeSystemRoot(facts, host);
    QVERIFY(described.has_value());
    QVERIFY(!QFile::exists(folder.filePath("cache")));

    const auto root = makeSystemRoot(facts, host);
    QVERIFY2(root.has_value(), root ? "" : describe(root.error()).c_str());
    QCOMPARE(root->layer, described->layer);
    QCOMPARE(destinationsOf(*root), (std::vector<std::string>{"/usr", "/etc"}));
    QCOMPARE(QFile::symLinkTarget(text(root->layer) + "/bin"), text(root->layer) + "/usr/bin");
    QCOMPARE(QFile::symLinkTarget(text(root->layer) + "/lib"), QString("/elsewhere"));
    for (const char *made : {"/usr", "/etc", "/home", "/proc", "/dev", "/sys", "/tmp", "/var/tmp"})
        QVERIFY2(QDir(text(root->layer) + made).isEmpty(), made);
    QVERIFY(!QFile::exists(text(root->layer) + "/secret") && !QFile::exists(text(root->layer) + "/opt"));
    QCOMPARE(makeSystemRoot(facts, host)->layer, root->layer);
}

void TestSystemRootfs::bindsEverythingReadOnly()
{
    HostFacts facts;
    facts.cacheDirectory = "/absent";
    const auto root = describeSystemRoot(facts);
    QVERIFY(root.has_value() && !root->binds.empty());
    for (const MountSpec &mount : root->binds) {
        QCOMPARE(mount.source, mount.destination);
        QVERIFY2(std::ranges::count(mount.options, "rro") == 1, mount.source.c_str());
    }
}

void TestSystemRootfs::isAnotherDirectoryForAnotherLayout()
{
    QTemporaryDir folder;
    HostFacts facts;
    facts.cacheDirectory = folder.filePath("cache").toStdString();
    const std::string host = folder.filePath("host").toStdString();
    QVERIFY(QDir().mkpath(text(host) + "/usr"));
    const std::string before = describeSystemRoot(facts, host)->layer;
    QVERIFY(QDir().mkpath(text(host) + "/bin"));
    const std::string after = describeSystemRoot(facts, host)->layer;
    QVERIFY(before != after);
}

void TestSystemRootfs::needsAPlace()
{
    QCOMPARE(makeSystemRoot(HostFacts{}).error().code, std::string("system.cache"));
    QCOMPARE(describeSystemRoot(HostFacts{}).error().code, std::string("system.cache"));
}

QTEST_GUILESS_MAIN(TestSystemRootfs)
#include "tst_system_rootfs.moc"
