// SPDX-License-Identifier: Apache-2.0
#include "core/changes/beneath.h"
#include "core/changes/take_changes.h"
#include "tests/layers/layer_fixture.h"

#include <QtTest>

#include <sys/file.h>

using namespace pivotbench;
using namespace pivotbench::core;

namespace {

/// Layer 0 is the upper directory, the others lie below.
class ChangesFixture : public test::LayerFixture {
public:
    explicit ChangesFixture(int layers = 2)
        : LayerFixture(layers)
        , m_upper(::open(tree.layers.front().path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    {
        changed.below = tree;
        changed.below.layers.erase(changed.below.layers.begin());
        changed.upper = m_upper.get();
        std::filesystem::create_directory(root() + "/folder");
        folder = UniqueFd(::open((root() + "/folder").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }

    [[nodiscard]] std::string list() const
    {
        std::string out;
        const Status listed = listChanges(changed, [&](const Change &change) {
            out += fmt::format("{}{}{}{}{} {}{}\n",
                               change.kind == ChangeKind::Added     ? '+'
                               : change.kind == ChangeKind::Changed ? '~'
                                                                    : '-',
                               change.ours ? " ours" : "", change.opaque ? " opaque" : "",
                               change.attributesOnly ? " attributes" : "", change.byOpaque ? " hidden" : "",
                               change.path, change.problem != 0 ? " " + errnoName(change.problem) : "");
            return true;
        });
        return listed ? out : "error " + listed.error().code;
    }
    [[nodiscard]] std::string inFolder(const std::string &name) const { return root() + "/folder/" + name; }
    [[nodiscard]] static std::string textOf(const std::string &path)
    {
        std::ifstream file(path);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    ChangedRoot changed;
    UniqueFd folder;

private:
    UniqueFd m_upper;
};

} // namespace

class TestChanges : public QObject {
    Q_OBJECT
private slots:
    void recordComesBack()
    {
        const Change change{.path = "/a b\n\xff",
                            .kind = ChangeKind::Changed,
                            .type = EntryKind::Executable,
                            .former = EntryKind::Link,
                            .size = UINT64_MAX,
                            .formerSize = 12,
                            .attributesOnly = true,
                            .opaque = true,
                            .byOpaque = true,
                            .ours = true,
                            .problem = EACCES};
        const std::string record = encodeChange(change);
        QCOMPARE(record.find('\0'), record.size() - 1);
        const Result<Change> back = decodeChange(std::string_view(record).substr(0, record.size() - 1));
        QVERIFY(back);
        QVERIFY(*back == change);
    }

    void brokenRecords_data()
    {
        QTest::addColumn<QByteArray>("record");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("no path") << QByteArray("0 1 9 5 0 0 0 ");
        QTest::newRow("relative path") << QByteArray("0 1 9 5 0 0 0 etc/motd");
        QTest::newRow("kind") << QByteArray("3 1 9 5 0 0 0 /a");
        QTest::newRow("type") << QByteArray("0 77 9 5 0 0 0 /a");
        QTest::newRow("size") << QByteArray("0 1 9 99999999999999999999 0 0 0 /a");
        QTest::newRow("flags") << QByteArray("0 1 9 5 0 16 0 /a");
        QTest::newRow("negative errno") << QByteArray("0 1 9 5 0 0 -1 /a");
        QTest::newRow("letters") << QByteArray("0 1 9 5x 0 0 0 /a");
    }
    void brokenRecords()
    {
        QFETCH(QByteArray, record);
        const Result<Change> change = decodeChange(record.toStdString());
        QVERIFY(!change);
        QCOMPARE(change.error().code, "changes.record");
    }

    void kinds()
    {
        ChangesFixture fixture;
        fixture.directory(1, "etc/kept");
        fixture.file(1, "etc/motd", "old");
        fixture.file(1, "etc/gone");
        fixture.directory(0, "etc/new/deep");
        fixture.file(0, "etc/motd", "newer");
        fixture.file(0, "etc/new/deep/file");
        fixture.directory(0, "proc");
        fixture.changed.ours = {"/proc", "/etc/motd"};
        if (!fixture.whiteout(0, "etc/gone") || !fixture.whiteout(0, "etc/never"))
            QSKIP("this file system has no whiteouts");
        QCOMPARE(fixture.list(),
                 "- /etc/gone\n~ /etc/motd\n+ /etc/new\n+ /etc/new/deep\n+ /etc/new/deep/file\n+ ours /proc\n");
    }

    void opaqueDirectoryDeletesWhatItHides()
    {
        ChangesFixture fixture;
        fixture.directory(1, "d/sub");
        fixture.file(1, "d/b");
        fixture.file(1, "d/sub/inner");
        fixture.directory(0, "d/sub");
        if (!fixture.mark(0, "d", "user.overlay.opaque", "y"))
            QSKIP("this file system has no user attributes");
        QCOMPARE(fixture.list(), "~ opaque /d\n- hidden /d/b\n- hidden /d/sub/inner\n");
    }

    void sameSizeAndTimeIsAttributesOnly()
    {
        ChangesFixture fixture;
        fixture.file(1, "f");
        fixture.file(0, "f");
        std::filesystem::last_write_time(fixture.path(0, "f"), std::filesystem::last_write_time(fixture.path(1, "f")));
        QCOMPARE(fixture.list(), "~ attributes /f\n");
    }

    void selectionReachesBelow()
    {
        QVERIFY(isSelected({}, "/a"));
        QVERIFY(isSelected({"/"}, "/a"));
        QVERIFY(isSelected({"/a"}, "/a/b/c"));
        QVERIFY(!isSelected({"/a"}, "/ab"));
        QVERIFY(!isSelected({"/a/b"}, "/a"));
    }

    void layerOfASelection()
    {
        ChangesFixture fixture;
        fixture.directory(0, "etc/deep");
        fixture.file(0, "etc/deep/wanted");
        fixture.file(0, "etc/other");
        ::link(fixture.path(0, "etc/deep/wanted").c_str(), fixture.path(0, "etc/deep/again").c_str());
        ::chmod(fixture.path(0, "etc/deep/wanted").c_str(), 04755);
        const auto taken = copyAsLayer(fixture.changed, {"/etc/deep"}, fixture.folder.get(), "mine");
        QVERIFY2(taken, taken ? "" : core::describe(taken.error()).c_str());
        QVERIFY(!std::filesystem::exists(fixture.inFolder("mine/etc/other")));
        QCOMPARE(ChangesFixture::textOf(fixture.inFolder("mine/etc/deep/wanted")), "text");
        QCOMPARE(std::filesystem::hard_link_count(fixture.inFolder("mine/etc/deep/wanted")), 2U);
        QCOMPARE(unsigned(std::filesystem::status(fixture.inFolder("mine/etc/deep/again")).permissions()), 04755U);
        QVERIFY(!std::filesystem::exists(fixture.inFolder(".mine.partial")));

        const auto again = copyAsLayer(fixture.changed, {}, fixture.folder.get(), "mine");
        QVERIFY(!again);
        QCOMPARE(again.error().code, "layer.exists");
    }

    void layerLeftByAKilledOneIsReplaced()
    {
        ChangesFixture fixture;
        fixture.file(0, "f");
        std::filesystem::create_directories(fixture.inFolder(".mine.partial/old"));
        {
            const UniqueFd held(::open(fixture.inFolder(".mine.partial").c_str(), O_RDONLY | O_DIRECTORY));
            QCOMPARE(::flock(held.get(), LOCK_EX | LOCK_NB), 0);
            const auto busy = copyAsLayer(fixture.changed, {}, fixture.folder.get(), "mine");
            QVERIFY(!busy);
            QCOMPARE(busy.error().errnum, EBUSY);
        }
        QVERIFY(copyAsLayer(fixture.changed, {}, fixture.folder.get(), "mine"));
        QVERIFY(std::filesystem::exists(fixture.inFolder("mine/f")));
        QVERIFY(!std::filesystem::exists(fixture.inFolder("mine/old")));
    }

    void cancelledLayerLeavesNothing()
    {
        ChangesFixture fixture;
        fixture.file(0, "a", std::string(3 << 20, 'x'));
        fixture.file(0, "b");
        const auto taken = copyAsLayer(fixture.changed, {}, fixture.folder.get(), "mine",
                                       [](std::uint64_t, std::uint64_t bytes) { return bytes == 0; });
        QVERIFY(!taken);
        QCOMPARE(taken.error().code, "cancelled");
        QVERIFY(std::filesystem::is_empty(fixture.root() + "/folder"));
    }

    void folderKeepsWhatIsReplaced()
    {
        ChangesFixture fixture;
        fixture.directory(1, "d");
        fixture.file(1, "d/gone");
        fixture.file(0, "top", "new");
        ::chmod(fixture.path(0, "top").c_str(), 06755);
        fixture.directory(0, "d");
        std::filesystem::create_directory(fixture.inFolder("d"));
        std::ofstream(fixture.inFolder("top")) << "old";
        std::ofstream(fixture.inFolder("d/gone")) << "mine";
        if (!fixture.whiteout(0, "d/gone"))
            QSKIP("this file system has no whiteouts");
        const auto taken = applyToFolder(fixture.changed, {}, fixture.folder.get(), "before");
        QVERIFY2(taken, taken ? "" : core::describe(taken.error()).c_str());
        QCOMPARE(taken->replaced, "before");
        QCOMPARE(ChangesFixture::textOf(fixture.inFolder("top")), "new");
        QCOMPARE(ChangesFixture::textOf(fixture.inFolder("before/top")), "old");
        QCOMPARE(ChangesFixture::textOf(fixture.inFolder("before/d/gone")), "mine");
        QVERIFY(!std::filesystem::exists(fixture.inFolder("d/gone")));
        // No set-user-ID program comes out of a sandbox this way.
        QCOMPARE(unsigned(std::filesystem::status(fixture.inFolder("top")).permissions()), 0755U);
    }

    /// The folder's own links, and links that the sandbox made, lead nowhere.
    void noLinkIsFollowed()
    {
        ChangesFixture fixture;
        const std::string outside = fixture.root() + "/outside";
        std::filesystem::create_directory(outside);
        std::ofstream(outside + "/canary") << "safe";
        std::filesystem::create_directory_symlink(outside, fixture.inFolder("link"));
        fixture.directory(0, "link");
        fixture.file(0, "link/canary", "hacked");
        const auto refused = applyToFolder(fixture.changed, {"/link/canary"}, fixture.folder.get(), "before");
        QVERIFY(!refused);
        QVERIFY(!refused.error().hint.empty());
        QCOMPARE(ChangesFixture::textOf(outside + "/canary"), "safe");

        std::filesystem::remove_all(fixture.path(0, "link"));
        fixture.link(0, "target", outside + "/canary");
        std::filesystem::remove(fixture.inFolder("link"));
        QVERIFY(applyToFolder(fixture.changed, {}, fixture.folder.get(), "before"));
        QVERIFY(std::filesystem::is_symlink(fixture.inFolder("target")));
        QVERIFY(discardChanges(fixture.changed, {}));
        QCOMPARE(ChangesFixture::textOf(outside + "/canary"), "safe");
    }

    void specialFilesAreLeftOut()
    {
        ChangesFixture fixture;
        QCOMPARE(::mkfifo(fixture.path(0, "fifo").c_str(), 0600), 0);
        fixture.file(0, "file");
        const auto applied = applyToFolder(fixture.changed, {}, fixture.folder.get(), "before");
        QVERIFY(applied);
        QCOMPARE(applied->leftOut, 1U);
        QCOMPARE(applied->entries, 1U);
        QVERIFY(!std::filesystem::exists(fixture.inFolder("fifo")));
    }

    void discardsASelection()
    {
        ChangesFixture fixture;
        fixture.directory(0, "a/b");
        fixture.file(0, "a/b/c");
        fixture.file(0, "kept");
        const auto taken = discardChanges(fixture.changed, {"/a/b"});
        QVERIFY(taken);
        QCOMPARE(fixture.list(), "+ /a\n+ /kept\n");
    }

    void holesStayHoles()
    {
        ChangesFixture fixture;
        fixture.file(0, "sparse", "begin");
        std::filesystem::resize_file(fixture.path(0, "sparse"), 64 << 20);
        const auto taken = copyAsLayer(fixture.changed, {}, fixture.folder.get(), "mine");
        QVERIFY(taken);
        struct stat status{};
        QCOMPARE(::stat(fixture.inFolder("mine/sparse").c_str(), &status), 0);
        QCOMPARE(status.st_size, 64 << 20);
        QVERIFY(status.st_blocks * 512 < (1 << 20));
    }

    /// Deeper than the stack of calls, the descriptors of a process and the longest path.
    void veryDeepTreeIsRemoved()
    {
        ChangesFixture fixture;
        UniqueFd directory(::open(fixture.path(0, "").c_str(), O_RDONLY | O_DIRECTORY));
        constexpr int levels = 2500;
        for (int i = 0; i < levels; ++i) {
            QCOMPARE(::mkdirat(directory.get(), "d", 0755), 0);
            directory = UniqueFd(::openat(directory.get(), "d", O_RDONLY | O_DIRECTORY));
        }
        QVERIFY(fixture.list().find("ENAMETOOLONG") != std::string::npos);
        const auto layer = copyAsLayer(fixture.changed, {}, fixture.folder.get(), "mine");
        QVERIFY(!layer);
        QVERIFY(std::filesystem::is_empty(fixture.root() + "/folder"));
        QCOMPARE(removeTree(fixture.changed.upper, "d"), 0);
        QCOMPARE(fixture.list(), "");
    }
};

QTEST_GUILESS_MAIN(TestChanges)
#include "tst_changes.moc"
