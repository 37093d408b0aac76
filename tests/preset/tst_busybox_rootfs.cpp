// SPDX-License-Identifier: Apache-2.0
#include "core/base/file.h"
#include "core/preset/applet_list.h"
#include "core/preset/busybox_rootfs.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>
#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace pivotbench::core;

namespace {

QString text(const std::string &string) { return QString::fromStdString(string); }

QStringList entriesOf(const QString &folder)
{
    return QDir(folder).entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot, QDir::Name);
}

} // namespace

class TestBusyboxRootfs : public QObject {
    Q_OBJECT
private slots:
    void init();
    void makesARoot();
    void makesItOnce();
    void makesAnotherForAnotherProgram();
    void makesItAgainWhenItIsDamaged();
    void makesItOnceForManyAtATime();
    void tellsTheSamePathWithoutMaking();
    void leavesNothingBehindWhenItFails();
    void clearsAwayWhatWasLeft();
    void takesOnlyNamesFromTheList_data();
    void takesOnlyNamesFromTheList();
    void doesNotWaitForAProgramThatHangs();
    void doesNotTakeEndlessOutput();

private:
    /// A program that answers --list, as BusyBox does.
    void fakeBusybox(const std::string &script)
    {
        QVERIFY(replaceFile(m_facts.busyboxPath, "#!/bin/sh\n" + script).has_value());
        QCOMPARE(::chmod(m_facts.busyboxPath.c_str(), 0755), 0);
    }
    std::unique_ptr<QTemporaryDir> m_folder;
    HostFacts m_facts;
};

void TestBusyboxRootfs::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_facts.busyboxPath = m_folder->filePath("program").toStdString();
    m_facts.cacheDirectory = m_folder->filePath("deep/cache").toStdString();
    fakeBusybox("echo sh; echo ls; echo '['; echo busybox; echo ../evil\n");
}

void TestBusyboxRootfs::makesARoot()
{
    const auto root = makeBusyboxRoot(m_facts, RootUse::Shared);
    QVERIFY2(root.has_value(), root ? "" : describe(root.error()).c_str());
    const QString path = text(*root);
    QCOMPARE(entriesOf(path), (QStringList{"bin", "dev", "etc", "home", "mnt", "proc", "root", "run", "sbin", "sys",
                                           "tmp", "usr", "var"}));
    QCOMPARE(entriesOf(path + "/bin"), (QStringList{"[", "busybox", "ls", "sh"}));
    QCOMPARE(readFile(*root + "/bin/busybox", 1 << 20).value_or("x"),
             readFile(m_facts.busyboxPath, 1 << 20).value_or("y"));
    for (const char *link : {"/bin/sh", "/sbin/ls", "/usr/bin/[", "/usr/sbin/ls"})
        QCOMPARE(QFileInfo(path + link).canonicalFilePath(), QFileInfo(path + "/bin/busybox").canonicalFilePath());
    struct stat status = {};
    QCOMPARE(::stat((*root + "/tmp").c_str(), &status), 0);
    QCOMPARE(status.st_mode & 07777U, 01777U);
    QCOMPARE(::stat(root->c_str(), &status), 0);
    QCOMPARE(status.st_mode & 07777U, 0755U);
    QCOMPARE(::stat(m_facts.cacheDirectory.c_str(), &status), 0);
    QCOMPARE(status.st_mode & 07777U, 0700U);
    QVERIFY(readFile(*root + "/etc/passwd", 1000).value_or("").starts_with("root:x:0:0:"));
}

void TestBusyboxRootfs::makesItOnce()
{
    const auto first = makeBusyboxRoot(m_facts, RootUse::Shared);
    QVERIFY(first.has_value() && replaceFile(*first + "/mark", "x").has_value());
    const auto second = makeBusyboxRoot(m_facts, RootUse::Shared);
    QCOMPARE(second.value_or(""), *first);
    QVERIFY(QFileInfo::exists(text(*first) + "/mark"));
    const auto direct = makeBusyboxRoot(m_facts, RootUse::Direct);
    QVERIFY(direct.has_value() && *direct != *first);
    QVERIFY(!QFileInfo::exists(text(*direct) + "/mark"));
    QCOMPARE(entriesOf(text(m_facts.cacheDirectory)).size(), 2);
}

void TestBusyboxRootfs::makesAnotherForAnotherProgram()
{
    const auto first = makeBusyboxRoot(m_facts, RootUse::Shared);
    fakeBusybox("echo cat\n");
    const auto second = makeBusyboxRoot(m_facts, RootUse::Shared);
    QVERIFY(first.has_value() && second.has_value() && *first != *second);
    QCOMPARE(entriesOf(text(*second) + "/bin"), (QStringList{"busybox", "cat"}));
    QVERIFY(QFileInfo::exists(text(*first) + "/bin/sh"));
}

void TestBusyboxRootfs::makesItAgainWhenItIsDamaged()
{
    const auto first = makeBusyboxRoot(m_facts, RootUse::Shared);
    QVERIFY(first.has_value());
    QCOMPARE(::truncate((*first + "/bin/busybox").c_str(), 3), 0);
    const auto second = makeBusyboxRoot(m_facts, RootUse::Shared);
    QCOMPARE(second.value_or(""), *first);
    QCOMPARE(readFile(*second + "/bin/busybox", 1 << 20).value_or("x"),
             readFile(m_facts.busyboxPath, 1 << 20).value_or("y"));
    QCOMPARE(entriesOf(text(m_facts.cacheDirectory)).size(), 1);
}

void TestBusyboxRootfs::makesItOnceForManyAtATime()
{
    std::vector<std::string> roots(8);
    {
        std::vector<std::jthread> threads;
        for (std::string &root : roots)
            threads.emplace_back(
                [this, &root] { root = makeBusyboxRoot(m_facts, RootUse::Shared).value_or("failed"); });
    }
    for (const std::string &root : roots)
        QCOMPARE(root, roots.front());
    QCOMPARE(entriesOf(text(m_facts.cacheDirectory)), QStringList{QFileInfo(text(roots.front())).fileName()});
    QCOMPARE(entriesOf(text(roots.front()) + "/bin").size(), 4);
}

void TestBusyboxRootfs::tellsTheSamePathWithoutMaking()
{
    const auto path = busyboxRootPath(m_facts, RootUse::Shared);
    QVERIFY(path.has_value() && !QFileInfo::exists(text(m_facts.cacheDirectory)));
    QCOMPARE(makeBusyboxRoot(m_facts, RootUse::Shared).value_or(""), *path);
}

void TestBusyboxRootfs::leavesNothingBehindWhenItFails()
{
    QVERIFY(replaceFile(m_folder->filePath("file").toStdString(), "").has_value());
    HostFacts blocked = m_facts;
    blocked.cacheDirectory = m_folder->filePath("file/cache").toStdString();
    QCOMPARE(makeBusyboxRoot(blocked, RootUse::Shared).error().errnum, ENOTDIR);

    fakeBusybox("echo sh\nexit 3\n");
    QCOMPARE(makeBusyboxRoot(m_facts, RootUse::Shared).error().code, std::string("busybox.list"));
    QVERIFY(!QFileInfo::exists(text(m_facts.cacheDirectory)));

    HostFacts none = m_facts;
    none.busyboxPath = "";
    QCOMPARE(makeBusyboxRoot(none, RootUse::Shared).error().code, std::string("busybox.missing"));
    none.busyboxPath = "/absent";
    QCOMPARE(makeBusyboxRoot(none, RootUse::Shared).error().errnum, ENOENT);
    none = m_facts;
    none.cacheDirectory = "";
    QCOMPARE(makeBusyboxRoot(none, RootUse::Shared).error().code, std::string("busybox.cache"));
}

void TestBusyboxRootfs::clearsAwayWhatWasLeft()
{
    const QString cache = text(m_facts.cacheDirectory);
    for (const char *name : {"/.new-tree-old", "/.new-tree-now", "/mine"})
        QVERIFY(QDir().mkpath(cache + name + "/bin"));
    const timespec twoHoursAgo[2] = {{.tv_sec = ::time(nullptr) - 7200, .tv_nsec = 0},
                                     {.tv_sec = ::time(nullptr) - 7200, .tv_nsec = 0}};
    for (const char *name : {"/.new-tree-old", "/mine"})
        QCOMPARE(::utimensat(AT_FDCWD, (m_facts.cacheDirectory + name).c_str(), twoHoursAgo, 0), 0);
    const auto root = makeBusyboxRoot(m_facts, RootUse::Shared);
    QVERIFY(root.has_value());
    QCOMPARE(entriesOf(cache), (QStringList{".new-tree-now", QFileInfo(text(*root)).fileName(), "mine"}));
}

void TestBusyboxRootfs::takesOnlyNamesFromTheList_data()
{
    QTest::addColumn<QByteArray>("list");
    QTest::addColumn<QStringList>("applets");
    QTest::newRow("nothing") << QByteArray() << QStringList{};
    QTest::newRow("names, sorted") << QByteArray("sh\n[[\nls\n") << QStringList{"[[", "ls", "sh"};
    QTest::newRow("a name twice") << QByteArray("sh\nsh\n") << QStringList{"sh"};
    QTest::newRow("busybox itself") << QByteArray("busybox\nsh\n") << QStringList{"sh"};
    QTest::newRow("ways out") << QByteArray("..\n.\n../x\n/bin/sh\nok\n") << QStringList{"ok"};
    QTest::newRow("what cannot be typed") << QByteArray("a b\n\x1b[2J\n\xff\nok\n") << QStringList{"ok"};
    QTest::newRow("a name of 65 bytes") << QByteArray(65, 'x') + "\nok" << QStringList{"ok"};
}

void TestBusyboxRootfs::takesOnlyNamesFromTheList()
{
    QFETCH(QByteArray, list);
    QStringList applets;
    for (const std::string &applet : parseAppletList(list.toStdString()))
        applets << text(applet);
    QTEST(applets, "applets");
    std::string many;
    for (int i = 0; i < 5000; ++i)
        many += "a" + std::to_string(i) + "\n";
    QCOMPARE(parseAppletList(many).size(), std::size_t{1024});
}

void TestBusyboxRootfs::doesNotWaitForAProgramThatHangs()
{
    fakeBusybox("exec sleep 1000\n");
    QElapsedTimer timer;
    timer.start();
    const auto list = readAppletList(m_facts.busyboxPath);
    QVERIFY(!list.has_value());
    QCOMPARE(list.error().code, std::string("busybox.list"));
    QVERIFY(timer.elapsed() < 60'000);
}

void TestBusyboxRootfs::doesNotTakeEndlessOutput()
{
    fakeBusybox("exec yes applet\n");
    QCOMPARE(readAppletList(m_facts.busyboxPath).error().code, std::string("busybox.list"));
    QCOMPARE(readAppletList("/absent").error().errnum, ENOENT);
}

QTEST_GUILESS_MAIN(TestBusyboxRootfs)
#include "tst_busybox_rootfs.moc"
