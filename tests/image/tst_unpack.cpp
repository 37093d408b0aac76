// SPDX-License-Identifier: Apache-2.0
#include "archive_writer.h"

#include "core/base/file.h"
#include "core/image/archive_import.h"
#include "core/image/unpack_place.h"
#include "core/layers/merged_tree.h"

#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

using namespace pivotbench::core;
using namespace pivotbench::test;
namespace fs = std::filesystem;

Q_DECLARE_METATYPE(pivotbench::core::UnpackLimits)
Q_DECLARE_METATYPE(std::vector<pivotbench::test::Written>)

namespace {

using Entries = std::vector<Written>;

std::string textOf(const fs::path &path)
{
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

mode_t modeOf(const fs::path &path)
{
    struct stat status = {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

bool isWhiteout(const fs::path &path)
{
    struct stat status = {};
    return ::lstat(path.c_str(), &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0);
}

std::string attribute(const fs::path &path, const char *name)
{
    char value[64];
    const ssize_t size = ::lgetxattr(path.c_str(), name, value, sizeof value);
    return size < 0 ? std::string("none") : std::string(value, static_cast<std::size_t>(size));
}

/// Everything in the folder, the hidden too.
QStringList listed(const fs::path &path)
{
    QStringList names;
    std::error_code ignored;
    for (const fs::directory_entry &entry : fs::directory_iterator(path, ignored))
        names << QString::fromStdString(entry.path().filename().string());
    names.sort();
    return names;
}

std::string repeated(const std::string &text, int times)
{
    std::string all;
    for (int i = 0; i < times; ++i)
        all += text;
    return all;
}

} // namespace

class TestUnpack : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void layer();
    void compressions_data();
    void compressions();
    void hostile_data();
    void hostile();
    void damaged_data();
    void damaged();
    void notAnArchive_data();
    void notAnArchive();
    void everyCutIsSurvived();
    void deletions();
    void deletionsHideWhatLiesBelow();
    void attributesStayOut();
    void laterEntriesReplaceEarlierOnes();
    void strangeNamesAreKept();
    void holesStayHoles();
    void anImageIsNoLayer();
    void cancelled();
    void killedAndFoundAgain();
    void whatIsUnderWayIsNotRemoved();
    void diskFull();
    void names_data();
    void names();
    void aSecondOneGetsAnotherName();

private:
    [[nodiscard]] std::string at(const char *name) const { return m_directory->path().toStdString() + "/" + name; }
    [[nodiscard]] Result<ImportedArchive> import(const UnpackLimits &limits = {})
    {
        return importArchive(at("a.tar"), at("layers"), limits);
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestUnpack::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    fs::create_directory(at("outside"));
    std::ofstream(at("outside/canary")) << "alive";
}

/// Whatever happened: nothing outside has changed.
void TestUnpack::cleanup()
{
    QCOMPARE(textOf(at("outside/canary")), "alive");
    QCOMPARE(listed(at("outside")), QStringList{"canary"});
    QVERIFY(!fs::exists("/pivotbench-escaped"));
    std::error_code ignored;
    fs::remove_all(at(""), ignored); // QTemporaryDir cannot remove names that are not UTF-8
}

void TestUnpack::layer()
{
    writeArchive(at("a.tar"),
                 {folder("./", 0711), folder("./etc"), file("./etc/passwd", "root"), file("deep/in/it", "x", 04755),
                  folder("closed", 02000), file("secret", "s", 0), softLink("sh", "/bin/busybox"),
                  softLink("up", "../../outside/canary"), hardLink("again", "etc/passwd"), folder("tmp", 01777),
                  device("null", S_IFCHR, makedev(1, 3)), device("disk", S_IFBLK, makedev(8, 0)),
                  device("pipe", S_IFIFO, 0)});
    const ::mode_t before = ::umask(077);
    const Result<ImportedArchive> imported = import();
    ::umask(before);
    QVERIFY2(imported, imported ? "" : describe(imported.error()).c_str());
    QCOMPARE(imported->path, at("layers/a"));
    const UnpackSummary expected{.files = 3, .directories = 5, .links = 3, .bytes = 6, .special = 3, .setIdBits = 2};
    QVERIFY(imported->summary == expected);
    const fs::path root = imported->path;
    QCOMPARE(listed(at("layers")), QStringList{"a"});
    QCOMPARE(listed(root), (QStringList{"again", "closed", "deep", "etc", "secret", "sh", "tmp", "up"}));
    QCOMPARE(modeOf(root), 0711U);
    QCOMPARE(modeOf(root / "deep"), 0755U);
    QCOMPARE(modeOf(root / "deep/in/it"), 0755U); // set-user-ID is gone
    QCOMPARE(modeOf(root / "closed"), 0700U);     // its owner can always enter
    QCOMPARE(modeOf(root / "secret"), 0400U);
    QCOMPARE(modeOf(root / "tmp"), 01777U);
    QCOMPARE(fs::read_symlink(root / "up"), fs::path("../../outside/canary"));
    QCOMPARE(textOf(root / "again"), "root");
    QCOMPARE(fs::hard_link_count(root / "again"), 2U);
    struct stat status = {};
    QCOMPARE(::lstat((root / "etc/passwd").c_str(), &status), 0);
    QCOMPARE(status.st_mtime, 1'000'000'000);
    QCOMPARE(status.st_uid, ::geteuid());
}

void TestUnpack::compressions_data()
{
    QTest::addColumn<int>("filter");
    QTest::addColumn<int>("format");
    const int gnu = static_cast<int>(Format::GnuTar);
    QTest::newRow("tar") << ARCHIVE_FILTER_NONE << gnu;
    QTest::newRow("pax") << ARCHIVE_FILTER_NONE << static_cast<int>(Format::Pax);
    QTest::newRow("gzip") << ARCHIVE_FILTER_GZIP << gnu;
    QTest::newRow("bzip2") << ARCHIVE_FILTER_BZIP2 << gnu;
    QTest::newRow("xz") << ARCHIVE_FILTER_XZ << gnu;
    QTest::newRow("zstd") << ARCHIVE_FILTER_ZSTD << gnu;
    QTest::newRow("lz4") << ARCHIVE_FILTER_LZ4 << gnu;
    QTest::newRow("zip") << ARCHIVE_FILTER_NONE << static_cast<int>(Format::Zip);
}

void TestUnpack::compressions()
{
    QFETCH(int, filter);
    QFETCH(int, format);
    const std::string text = repeated("many words, ", 100'000);
    writeArchive(at("a.tar"), {folder("d"), file("d/f", text), file("e", "")}, static_cast<Format>(format), filter);
    std::uint64_t last = 0;
    std::uint64_t total = 0;
    const Result<ImportedArchive> imported =
        importArchive(at("a.tar"), at("layers"), {}, {}, [&](std::uint64_t done, std::uint64_t of) {
            QVERIFY(done >= last || format == static_cast<int>(Format::Zip)); // whose list is at its end
            last = done;
            total = of;
        });
    QVERIFY2(imported, imported ? "" : describe(imported.error()).c_str());
    QCOMPARE(imported->summary.files, 2U);
    QVERIFY(textOf(imported->path + "/d/f") == text);
    QCOMPARE(total, fs::file_size(at("a.tar")));
    QVERIFY(last > 0);
}

void TestUnpack::hostile_data()
{
    QTest::addColumn<Entries>("entries");
    QTest::addColumn<UnpackLimits>("limits");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("entry"); ///< that the error names
    const auto row = [&](const char *name, const Entries &entries, const char *code, const QString &entry,
                         const UnpackLimits &limits = {}) {
        QTest::newRow(name) << entries << limits << QString(code) << entry;
    };
    row("an absolute name", {file("good"), file("/pivotbench-escaped")}, "unpack.name", "/pivotbench-escaped");
    row("upwards", {file("../../outside/canary", "dead")}, "unpack.name", "../../outside/canary");
    row("upwards from within", {folder("d"), file("d/../../outside/new")}, "unpack.name", "d/../../outside/new");
    row("upwards at the end", {folder("d/..")}, "unpack.name", "d/../");
    row("upwards, as a link", {softLink("../outside/link", "/")}, "unpack.name", "../outside/link");
    row("upwards, as a device", {device("../outside/null", S_IFCHR, makedev(1, 3))}, "unpack.name", "../outside/null");
    row("through a link", {softLink("d", "../../outside"), file("d/canary", "dead")}, "unpack.place", "d/canary");
    row("through an absolute link", {softLink("d", "/tmp"), file("d/new")}, "unpack.place", "d/new");
    row("through a link to a link", {softLink("a", "b"), softLink("b", "../../outside"), file("a/canary", "dead")},
        "unpack.place", "a/canary");
    row("through a link, deeper", {folder("x"), softLink("x/d", "../../../outside"), file("x/d/e/f")}, "unpack.place",
        "x/d/e/f");
    row("a folder made through a link", {softLink("d", "../../outside"), folder("d/new")}, "unpack.place", "d/new/");
    row("a link made through a link", {softLink("d", "../../outside"), softLink("d/new", "/")}, "unpack.place",
        "d/new");
    row("a link in the place of the top", {softLink(".", "/")}, "unpack.name", ".");
    row("a file in the place of the top", {file(".", "x")}, "unpack.name", ".");
    row("a folder replaced by a link, then through it", {folder("d"), softLink("d", "../../outside"), file("d/canary")},
        "unpack.place", "d");
    row("a folder replaced by a file", {file("d/f"), file("d")}, "unpack.place", "d");
    row("through a file", {file("f"), file("f/g")}, "unpack.place", "f/g");
    row("a hard link upwards", {hardLink("h", "../../outside/canary")}, "unpack.name", "h");
    row("an absolute hard link", {hardLink("h", "/etc/passwd")}, "unpack.name", "h");
    row("a hard link through a link", {softLink("d", "../../outside"), hardLink("h", "d/canary")}, "unpack.place", "h");
    row("a hard link to nothing", {hardLink("h", "nothing")}, "unpack.place", "h");
    row("a hard link to itself", {file("h"), hardLink("h", "./h")}, "unpack.name", "h");
    row("a hard link to a folder", {folder("d"), hardLink("h", "d")}, "unpack.place", "h");
    row("a hard link to a deletion", {file(".wh.x", ""), hardLink("h", "x")}, "unpack.place", "h");
    row("a deletion of ..", {file(".wh...", "")}, "unpack.name", ".wh...");
    row("a deletion of .", {folder("d"), file("d/.wh..", "")}, "unpack.name", "d/.wh..");
    row("a deletion of nothing", {file(".wh.", "")}, "unpack.name", ".wh.");
    row("a deletion through a link", {softLink("d", "../../outside"), file("d/.wh.canary", "")}, "unpack.place",
        "d/.wh.canary");
    row("an opaque mark through a link", {softLink("d", "../../outside"), file("d/.wh..wh..opq", "")}, "unpack.place",
        "d/.wh..wh..opq");
    row("too many entries", {file("a"), file("b"), file("c"), file("d")}, "unpack.limit", "d", {.entries = 3});
    row("too many folders that nobody names", {file("a/b/c/d/e")}, "unpack.limit", "a/b/c/d/e", {.entries = 3});
    row("too many bytes", {file("a", "1234567"), file("b", "1234")}, "unpack.limit", "b", {.bytes = 10});
    row("too deep", {file("a/b/c/d/e")}, "unpack.limit", "a/b/c/d/e", {.depth = 4});
    row("too long a name", {file("12345678901")}, "unpack.limit", "12345678901…", {.nameBytes = 10});
    row("far too long a name", {file(repeated("longlong/", 1000))}, "unpack.limit", {});
    row("too long a hard link", {hardLink("h", repeated("x/", 4000))}, "unpack.limit", {});
    row("too long for a filesystem", {file(std::string(300, 'x'))}, "system", {});
}

void TestUnpack::hostile()
{
    QFETCH(Entries, entries);
    QFETCH(UnpackLimits, limits);
    QFETCH(QString, code);
    QFETCH(QString, entry);
    writeArchive(at("a.tar"), entries);
    const Result<ImportedArchive> imported = import(limits);
    QVERIFY(!imported);
    QCOMPARE(QString::fromStdString(imported.error().code), code);
    if (!entry.isEmpty())
        QCOMPARE(QString::fromStdString(imported.error().path), entry);
    QCOMPARE(listed(at("layers")), QStringList());
}

void TestUnpack::damaged_data()
{
    QTest::addColumn<int>("filter");
    QTest::newRow("tar") << ARCHIVE_FILTER_NONE;
    QTest::newRow("gzip") << ARCHIVE_FILTER_GZIP;
    QTest::newRow("xz") << ARCHIVE_FILTER_XZ;
    QTest::newRow("zstd") << ARCHIVE_FILTER_ZSTD;
}

/// Cut in the middle of a file, and with bytes changed in a header.
void TestUnpack::damaged()
{
    QFETCH(int, filter);
    std::string noise;
    for (unsigned i = 0, value = 1; i < 200'000; ++i, value = value * 1664525 + 1013904223)
        noise.push_back(static_cast<char>(value >> 24));
    writeArchive(at("a.tar"), {file("first"), file("big", noise)}, Format::GnuTar, filter);
    fs::resize_file(at("a.tar"), fs::file_size(at("a.tar")) / 2);
    const Result<ImportedArchive> cut = import();
    QVERIFY(!cut);
    QCOMPARE(cut.error().code, "archive.broken");
    QCOMPARE(listed(at("layers")), QStringList());

    writeArchive(at("a.tar"), {file("first"), file("second")}, Format::GnuTar, filter);
    std::string bytes = textOf(at("a.tar"));
    bytes.replace(filter == ARCHIVE_FILTER_NONE ? 1024 + 148 : bytes.size() / 2, 6, "999999");
    std::ofstream(at("a.tar")) << bytes;
    const Result<ImportedArchive> changed = import();
    QVERIFY(!changed);
    QCOMPARE(changed.error().code, "archive.broken");
    QCOMPARE(listed(at("layers")), QStringList());
}

void TestUnpack::notAnArchive_data()
{
    QTest::addColumn<QString>("kind");
    for (const char *kind : {"text", "nothing", "folder", "pipe", "absent", "device"})
        QTest::newRow(kind) << kind;
}

void TestUnpack::notAnArchive()
{
    QFETCH(QString, kind);
    std::string path = at("a.tar");
    if (kind == "text")
        std::ofstream(path) << "only words";
    else if (kind == "nothing")
        std::ofstream{path};
    else if (kind == "folder")
        fs::create_directory(path);
    else if (kind == "pipe")
        QCOMPARE(::mkfifo(path.c_str(), 0600), 0);
    else if (kind == "device")
        path = "/dev/zero";
    const Result<ImportedArchive> imported = importArchive(path, at("layers"));
    QVERIFY(!imported);
    QVERIFY(!describe(imported.error()).empty());
    QCOMPARE(listed(at("layers")), QStringList());
}

/// A tar that ends anywhere: an error, or at an end of an entry what came before it; and never anything left.
void TestUnpack::everyCutIsSurvived()
{
    writeArchive(at("whole.tar"),
                 {folder("d"), file("d/f", "12345"), softLink("l", "d"), hardLink("h", "d/f"), file("d/.wh.x", "")},
                 Format::Pax);
    const std::string bytes = textOf(at("whole.tar"));
    int refused = 0;
    for (std::size_t size = 0; size < bytes.size(); size += 97) {
        std::ofstream(at("a.tar"), std::ios::trunc) << bytes.substr(0, size);
        const Result<ImportedArchive> imported = import();
        if (imported) {
            fs::remove_all(imported->path);
        } else {
            ++refused;
            QCOMPARE(imported.error().code, "archive.broken");
        }
        QCOMPARE(listed(at("layers")), QStringList());
    }
    QVERIFY(refused > 5);
}

void TestUnpack::deletions()
{
    writeArchive(at("a.tar"),
                 {folder("d"), file("d/.wh.gone", ""), file("d/.wh..wh..opq", ""), file("x/.wh.y", ""),
                  device("upper", S_IFCHR, makedev(0, 0)), file("both"), file(".wh.both", ""), file(".wh.later", ""),
                  file("later", "new"), file(".wh.dir", ""), folder("dir"), folder("dir2"), file(".wh.dir2", ""),
                  file(".wh..wh.plnk/1.2", ""), file(".wh..wh.aufs", ""), file(".wh..wh..opq", "")});
    const Result<ImportedArchive> imported = import();
    QVERIFY2(imported, imported ? "" : describe(imported.error()).c_str());
    const fs::path root = imported->path;
    QVERIFY(isWhiteout(root / "d/gone"));
    QVERIFY(isWhiteout(root / "x/y"));
    QVERIFY(isWhiteout(root / "upper"));
    QCOMPARE(textOf(root / "both"), "text");
    QCOMPARE(textOf(root / "later"), "new");
    for (const char *opaque : {"d", "dir", "dir2"}) {
        QCOMPARE(attribute(root / opaque, "user.overlay.opaque"), "y");
        QCOMPARE(attribute(root / opaque, "trusted.overlay.opaque"), ::geteuid() == 0 ? "y" : "none");
    }
    QCOMPARE(listed(root), (QStringList{"both", "d", "dir", "dir2", "later", "upper", "x"}));
    QCOMPARE(imported->summary.whiteouts, 5U); // two of them replaced later
    QCOMPARE(imported->summary.opaqueDirectories, 3U);
    QCOMPARE(imported->summary.deletions, 1U); // the top: overlayfs merges it always
    QCOMPARE(imported->summary.special, 2U);
}

void TestUnpack::deletionsHideWhatLiesBelow()
{
    const fs::path lower = at("lower");
    fs::create_directories(lower / "d");
    fs::create_directories(lower / "e");
    for (const char *name : {"d/gone", "d/stays", "e/hidden"})
        std::ofstream(lower / name) << name;
    writeArchive(at("a.tar"),
                 {folder("d"), file("d/.wh.gone", ""), folder("e"), file("e/.wh..wh..opq", ""), file("e/new")});
    const Result<ImportedArchive> imported = import();
    QVERIFY(imported);
    MergedTree tree;
    tree.layers = {{.path = imported->path}, {.path = lower.string()}};
    const auto visible = [&](const char *path) {
        QStringList names;
        const Result<MergedDirectory> read = tree.read(path);
        for (std::size_t i = 0; read && i < read->size(); ++i)
            if (read->at(i).kind != EntryKind::Whiteout)
                names << QString::fromStdString(std::string(read->at(i).name));
        return names;
    };
    QCOMPARE(visible("/d"), QStringList{"stays"});
    QCOMPARE(visible("/e"), QStringList{"new"});
}

void TestUnpack::attributesStayOut()
{
    Written marked = file("f");
    marked.attributes = {{"user.overlay.whiteout", ""},
                         {"trusted.overlay.metacopy", ""},
                         {"user.harmless", "value"},
                         {"security.capability", std::string(20, 1)},
                         {"trusted.overlay.redirect", "/etc"}};
    Written opaque = folder("d");
    opaque.attributes = {{"user.overlay.opaque", "y"}, {"trusted.overlay.opaque", "y"}, {"user.overlay.redirect", "/"}};
    writeArchive(at("a.tar"), {marked, opaque, file("plain")}, Format::Pax);
    const Result<ImportedArchive> imported = import();
    QVERIFY(imported);
    QCOMPARE(imported->summary.attributes, 2U);
    for (const char *name : {"/f", "/d"}) {
        char names[1024];
        QCOMPARE(::llistxattr((imported->path + name).c_str(), names, sizeof names), 0);
    }
}

void TestUnpack::laterEntriesReplaceEarlierOnes()
{
    writeArchive(at("a.tar"), {file("f", "old"), hardLink("h", "f"), file("f", "new"),
                               softLink("l", "../../outside/canary"), file("l", "a file now"), folder("d", 0700),
                               file("d/x"), folder("d", 0755), file("p", "was a file"), folder("p"), file("p/q")});
    const Result<ImportedArchive> imported = import();
    QVERIFY2(imported, imported ? "" : describe(imported.error()).c_str());
    const fs::path root = imported->path;
    QCOMPARE(textOf(root / "f"), "new");
    QCOMPARE(textOf(root / "h"), "old"); // not written through the other name
    QVERIFY(!fs::is_symlink(root / "l"));
    QCOMPARE(modeOf(root / "d"), 0755U);
    QVERIFY(fs::exists(root / "d/x"));
    QVERIFY(fs::exists(root / "p/q"));
}

/// In the C locale, in which this program runs; and the thread's locale is as before.
void TestUnpack::strangeNamesAreKept()
{
    const locale_t before = ::uselocale(nullptr);
    const Entries entries{file("grün/шрифт", "1"),  file("new\nline", "2"), file("\xff\xfe", "3"),
                          file("\x1b[31mred", "4"), file(" ", "5"),         file("...", "6"),
                          file("-rf", "7")};
    writeArchive(at("a.tar"), entries);
    const Result<ImportedArchive> imported = import();
    QVERIFY2(imported, imported ? "" : describe(imported.error()).c_str());
    for (const Written &entry : entries)
        QCOMPARE(textOf(fs::path(imported->path) / entry.name), entry.text);
    QCOMPARE(::uselocale(nullptr), before);

    // As pax and zip have it: UTF-8 by their own rules.
    const std::string packed = at("u.tar");
    const std::string command =
        "cd '" + at("") + "' && mkdir u && echo hi > 'u/größe' && tar --format=pax -cf '" + packed + "' u";
    QCOMPARE(std::system(command.c_str()), 0);
    const Result<ImportedArchive> pax = importArchive(packed, at("layers"));
    QVERIFY2(pax, pax ? "" : describe(pax.error()).c_str());
    QCOMPARE(textOf(fs::path(pax->path) / "u/größe"), "hi\n");
}

void TestUnpack::holesStayHoles()
{
    Written sparse = file("sparse", "begin");
    sparse.promised = 100 << 20;
    writeArchive(at("a.tar"), {sparse}, Format::Pax);
    QVERIFY(fs::file_size(at("a.tar")) < 1 << 20);
    const Result<ImportedArchive> imported = import();
    QVERIFY2(imported, imported ? "" : describe(imported.error()).c_str());
    struct stat status = {};
    QCOMPARE(::stat((imported->path + "/sparse").c_str(), &status), 0);
    QCOMPARE(status.st_size, 100 << 20);
    QVERIFY(status.st_blocks < 4096);
    // A promise counts like the bytes.
    const Result<ImportedArchive> refused = import({.bytes = 50 << 20});
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, "unpack.limit");
}

void TestUnpack::anImageIsNoLayer()
{
    writeArchive(at("a.tar"), {file("oci-layout", "{}"), file("index.json", "{}")});
    QVERIFY(import()->summary.isImage);
    writeArchive(at("a.tar"), {file("etc/oci-layout", "{}")});
    QVERIFY(!import()->summary.isImage);
}

void TestUnpack::cancelled()
{
    Entries entries{file("big", repeated("x", 5 << 20))};
    for (int i = 0; i < 100; ++i)
        entries.push_back(file("d" + std::to_string(i) + "/f"));
    writeArchive(at("a.tar"), entries);
    fs::create_directory(at("layers"));
    fs::create_directory(at("layers/mine"));
    for (const int after : {0, 1, 5, 60}) {
        std::stop_source stop;
        int calls = 0;
        const Result<ImportedArchive> imported =
            importArchive(at("a.tar"), at("layers"), {}, stop.get_token(), [&](std::uint64_t, std::uint64_t) {
                if (++calls > after)
                    stop.request_stop();
            });
        QVERIFY(!imported);
        QCOMPARE(imported.error().code, "cancelled");
        QCOMPARE(calls, after + 1); // it stopped there
        QCOMPARE(listed(at("layers")), QStringList{"mine"});
    }
}

void TestUnpack::killedAndFoundAgain()
{
    writeArchive(at("a.tar"), {folder("closed", 0), file("closed/a"), file("b"), file("c")});
    const pid_t child = ::fork();
    if (child == 0) {
        int calls = 0;
        (void)importArchive(at("a.tar"), at("layers"), {}, {}, [&](std::uint64_t, std::uint64_t) {
            if (++calls == 4)
                ::raise(SIGKILL);
        });
        ::_exit(0);
    }
    int status = 0;
    QCOMPARE(::waitpid(child, &status, 0), child);
    QVERIFY(WIFSIGNALED(status));
    QCOMPARE(listed(at("layers")).size(), 1);
    QVERIFY(listed(at("layers")).front().startsWith("."));
    const Result<ImportedArchive> imported = import();
    QVERIFY(imported);
    QCOMPARE(listed(at("layers")), QStringList{"a"});
}

void TestUnpack::whatIsUnderWayIsNotRemoved()
{
    Result<UnpackPlace> place = UnpackPlace::begin(at("layers"));
    QVERIFY(place);
    const int made = ::openat(place->fd(), "file", O_CREAT | O_WRONLY, 0600);
    QVERIFY(made >= 0);
    ::close(made);
    removeUnfinished(at("layers"));
    const Result<std::string> path = place->settle("done");
    QVERIFY(path);
    QVERIFY(fs::exists(*path + "/file"));
    removeUnfinished(at("no such folder"));
}

/// In a mount namespace of its own, on a filesystem of one megabyte.
void TestUnpack::diskFull()
{
    writeArchive(at("a.tar"), {file("small"), file("big", repeated("0123456789", 300'000))});
    fs::create_directory(at("disk"));
    enum Outcome { Good, NoNamespace, WrongError, Leftovers };
    const pid_t child = ::fork();
    if (child == 0) {
        const uid_t user = ::geteuid();
        const gid_t group = ::getegid();
        const bool root = user == 0;
        if (::unshare(root ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0)
            ::_exit(NoNamespace);
        if (!root) {
            std::ofstream("/proc/self/setgroups") << "deny";
            std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
            std::ofstream("/proc/self/gid_map") << "0 " << group << " 1";
        }
        if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("tmpfs", at("disk").c_str(), "tmpfs", 0, "size=1m") != 0)
            ::_exit(NoNamespace);
        const Result<ImportedArchive> imported = importArchive(at("a.tar"), at("disk/layers"));
        if (imported || imported.error().errnum != ENOSPC || imported.error().path != "big" ||
            imported.error().hint.empty())
            ::_exit(WrongError);
        ::_exit(listed(at("disk/layers")).isEmpty() ? Good : Leftovers);
    }
    int status = 0;
    QCOMPARE(::waitpid(child, &status, 0), child);
    QVERIFY(WIFEXITED(status));
    if (WEXITSTATUS(status) == NoNamespace)
        QSKIP("no mount namespace can be made here");
    QCOMPARE(WEXITSTATUS(status), static_cast<int>(Good));
}

void TestUnpack::names_data()
{
    QTest::addColumn<QByteArray>("archive");
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("recognized");
    QTest::newRow("tar.gz") << QByteArray("/tmp/base.tar.gz") << "base" << true;
    QTest::newRow("capitals") << QByteArray("/tmp/Base.TGZ") << "Base" << true;
    QTest::newRow("zip") << QByteArray("a.b.zip") << "a.b" << true;
    QTest::newRow("none") << QByteArray("/tmp/rootfs") << "rootfs" << false;
    QTest::newRow("only a suffix") << QByteArray("/tmp/.tar") << "tar" << false;
    QTest::newRow("hidden") << QByteArray("/tmp/..x.tar") << "x" << true;
    QTest::newRow("nothing left") << QByteArray("/tmp/....tar") << "archive" << true;
    QTest::newRow("for options") << QByteArray("a:b,c\\d.tar") << "a_b_c_d" << true;
    QTest::newRow("controls") << QByteArray("a\x1b[1mb\n.tar") << "a_x1b[1mb_x0a" << true;
    QTest::newRow("no UTF-8") << QByteArray("a\xff.tar") << "a_xff" << true;
    QTest::newRow("long") << QByteArray(99, 'x') + "ü.tar" << QString(99, 'x') << true;
}

void TestUnpack::names()
{
    QFETCH(QByteArray, archive);
    QFETCH(QString, name);
    QFETCH(bool, recognized);
    QCOMPARE(QString::fromStdString(layerNameFor(archive.toStdString())), name);
    QCOMPARE(hasArchiveName(archive.toStdString()), recognized);
}

void TestUnpack::aSecondOneGetsAnotherName()
{
    writeArchive(at("a.tar"), {file("f")});
    QCOMPARE(import()->path, at("layers/a"));
    QCOMPARE(import()->path, at("layers/a-2"));
    QCOMPARE(import()->path, at("layers/a-3"));
    QCOMPARE(modeOf(at("layers")), 0700U);
}

QTEST_GUILESS_MAIN(TestUnpack)
#include "tst_unpack.moc"
