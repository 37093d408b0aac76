// SPDX-License-Identifier: Apache-2.0
#include "core/base/file.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

using namespace pivotbench::core;

class TestFile : public QObject {
    Q_OBJECT
private slots:
    void readsAndRefuses();
    void makesAFileWithUsualPermissions();
    void keepsPermissionsOfTheFileThatWasThere();
    void replacesTheFileBehindALink();
    void leavesNothingBehindWhenItFails();
    void neverShowsAHalfWrittenFile();

private:
    [[nodiscard]] std::string at(const char *name) const { return m_folder.filePath(name).toStdString(); }
    QTemporaryDir m_folder;
};

void TestFile::readsAndRefuses()
{
    QVERIFY(replaceFile(at("ten"), "0123456789").has_value());
    QCOMPARE(readFile(at("ten"), 10).value_or(""), std::string("0123456789"));
    QCOMPARE(readFile(at("ten"), 9).error().code, std::string("file.size"));
    QCOMPARE(readFile(at("none"), 9).error().errnum, ENOENT);
    QCOMPARE(readFile(m_folder.path().toStdString(), 9).error().errnum, EISDIR);
    QCOMPARE(::mkfifo(at("pipe").c_str(), 0600), 0);
    QCOMPARE(readFile(at("pipe"), 9).error().code, std::string("file.kind"));
    QCOMPARE(readFile("/dev/zero", 9).error().code, std::string("file.kind"));
    QVERIFY(readFile("/proc/self/status", 1 << 16).value_or("").starts_with("Name:"));
}

void TestFile::makesAFileWithUsualPermissions()
{
    const mode_t before = ::umask(027);
    const Status status = replaceFile(at("fresh"), "x");
    ::umask(before);
    QVERIFY(status.has_value());
    struct stat made = {};
    QCOMPARE(::stat(at("fresh").c_str(), &made), 0);
    QCOMPARE(made.st_mode & 07777U, 0640U);
}

void TestFile::keepsPermissionsOfTheFileThatWasThere()
{
    QVERIFY(replaceFile(at("kept"), "old").has_value());
    QCOMPARE(::chmod(at("kept").c_str(), 0600), 0);
    QVERIFY(replaceFile(at("kept"), "new").has_value());
    struct stat made = {};
    QCOMPARE(::stat(at("kept").c_str(), &made), 0);
    QCOMPARE(made.st_mode & 07777U, 0600U);
    QCOMPARE(readFile(at("kept"), 10).value_or(""), std::string("new"));
}

void TestFile::replacesTheFileBehindALink()
{
    QVERIFY(replaceFile(at("real"), "old").has_value());
    QCOMPARE(::symlink("real", at("link").c_str()), 0);
    QVERIFY(replaceFile(at("link"), "new").has_value());
    QVERIFY(QFileInfo(m_folder.filePath("link")).isSymLink());
    QCOMPARE(readFile(at("real"), 10).value_or(""), std::string("new"));
}

void TestFile::leavesNothingBehindWhenItFails()
{
    QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkdir("taken"));
    const Status status = replaceFile(folder.filePath("taken").toStdString(), "x");
    QVERIFY(!status.has_value());
    QCOMPARE(status.error().errnum, EISDIR);
    QCOMPARE(QDir(folder.path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
             QStringList{"taken"});
    QCOMPARE(replaceFile(folder.filePath("absent/file").toStdString(), "x").error().errnum, ENOENT);
}

/// A reader that opened the old file keeps the old text: the new one is another file under the same name.
void TestFile::neverShowsAHalfWrittenFile()
{
    QVERIFY(replaceFile(at("swapped"), "old text").has_value());
    QFile reader(m_folder.filePath("swapped"));
    QVERIFY(reader.open(QIODevice::ReadOnly));
    QVERIFY(replaceFile(at("swapped"), "new").has_value());
    QCOMPARE(reader.readAll(), QByteArray("old text"));
}

QTEST_GUILESS_MAIN(TestFile)
#include "tst_file.moc"
