// SPDX-License-Identifier: Apache-2.0
#include "core/layers/merged_tree.h"

#include "core/base/text.h"
#include "layer_fixture.h"

#include <QtTest>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

using namespace pivotbench;
using namespace pivotbench::core;
using pivotbench::test::LayerFixture;

namespace {

QString text(const Result<MergedDirectory> &read) { return QString::fromStdString(test::describe(read)); }

constexpr const char *noWhiteouts = "this filesystem or user cannot make whiteouts";
constexpr const char *noAttributes = "this filesystem or user cannot set overlay attributes";

} // namespace

class TestMergedTree : public QObject {
    Q_OBJECT
private slots:
    void topmostProvides()
    {
        LayerFixture layers(3);
        layers.file(0, "a");
        layers.file(1, "a");
        layers.file(2, "a");
        layers.file(2, "b");
        QCOMPARE(text(layers.tree.read("/")), "a file @0 hides 1,2\nb file @2\n");
    }

    void directoriesMerge()
    {
        LayerFixture layers(3);
        layers.directory(0, "d");
        layers.directory(2, "d");
        layers.file(0, "d/x");
        layers.file(2, "d/y");
        QCOMPARE(text(layers.tree.read("/")), "d dir @0 merges 0,2\n");
        QCOMPARE(text(layers.tree.read("/d")), "x file @0\ny file @2\n");
    }

    void aFileEndsTheMerge()
    {
        LayerFixture layers(4);
        layers.directory(0, "d");
        layers.directory(1, "d");
        layers.file(2, "d");
        layers.directory(3, "d");
        layers.file(3, "d/never");
        QCOMPARE(text(layers.tree.read("/")), "d dir @0 merges 0,1 hides 2,3\n");
        QCOMPARE(text(layers.tree.read("/d")), "");
        QCOMPARE(text(layers.tree.readHidden("/d")), "never file @3\n");
        QCOMPARE(layers.tree.read("/d")->hiddenLayers(), std::vector<LayerIndex>{3});
    }

    void aFileHidesDirectories()
    {
        LayerFixture layers(2);
        layers.file(0, "d");
        layers.directory(1, "d");
        QCOMPARE(text(layers.tree.read("/")), "d file @0 hides 1\n");
        QCOMPARE(text(layers.tree.read("/d")), "error layers.notDirectory");
    }

    void whiteoutDeletes()
    {
        LayerFixture layers(3);
        if (!layers.whiteout(0, "gone"))
            QSKIP(noWhiteouts);
        layers.directory(1, "gone");
        layers.file(1, "gone/x");
        layers.file(2, "gone");
        QCOMPARE(text(layers.tree.read("/")), "gone whiteout @0 hides 1,2\n");
        QCOMPARE(text(layers.tree.read("/gone")), "error layers.absent");
        QCOMPARE(text(layers.tree.readHidden("/gone")), "x file @1\n");
        QCOMPARE(layers.tree.lookUp("/gone").at.errnum, ENOENT);
    }

    void whiteoutBelowEndsTheMerge()
    {
        LayerFixture layers(3);
        layers.directory(0, "d");
        if (!layers.whiteout(1, "d"))
            QSKIP(noWhiteouts);
        layers.directory(2, "d");
        layers.file(2, "d/x");
        QCOMPARE(text(layers.tree.read("/")), "d dir @0 hides 2\n");
        QCOMPARE(text(layers.tree.read("/d")), "");
    }

    void opaqueDirectoryHides_data()
    {
        QTest::addColumn<QString>("attribute");
        QTest::addColumn<OverlayAttributes>("attributes");
        QTest::addColumn<bool>("hides");
        QTest::newRow("user, either is read") << "user.overlay.opaque" << OverlayAttributes::Either << true;
        QTest::newRow("user, with userxattr") << "user.overlay.opaque" << OverlayAttributes::User << true;
        QTest::newRow("user, without userxattr") << "user.overlay.opaque" << OverlayAttributes::Trusted << false;
        QTest::newRow("trusted, either is read") << "trusted.overlay.opaque" << OverlayAttributes::Either << true;
        QTest::newRow("trusted, with userxattr") << "trusted.overlay.opaque" << OverlayAttributes::User << false;
        QTest::newRow("trusted, without userxattr") << "trusted.overlay.opaque" << OverlayAttributes::Trusted << true;
    }
    void opaqueDirectoryHides()
    {
        QFETCH(QString, attribute);
        QFETCH(OverlayAttributes, attributes);
        QFETCH(bool, hides);
        LayerFixture layers(2);
        layers.tree.attributes = attributes;
        layers.directory(0, "d");
        layers.directory(1, "d");
        layers.file(1, "d/x");
        if (!layers.mark(0, "d", qPrintable(attribute), "y"))
            QSKIP(noAttributes);
        QCOMPARE(text(layers.tree.read("/")), hides ? "d dir @0 hides 1 opaque\n" : "d dir @0 merges 0,1\n");
        QCOMPARE(text(layers.tree.read("/d")), hides ? "" : "x file @1\n");
        QCOMPARE(text(layers.tree.readHidden("/d")), hides ? "x file @1\n" : "");
    }

    void onlyTheValueYIsOpaque()
    {
        LayerFixture layers(2);
        layers.directory(0, "d");
        layers.directory(1, "d");
        if (!layers.mark(0, "d", "user.overlay.opaque", "x"))
            QSKIP(noAttributes);
        QCOMPARE(text(layers.tree.read("/")), "d dir @0 merges 0,1\n");
    }

    void anEmptyFileCanBeAWhiteout()
    {
        LayerFixture layers(2);
        layers.file(0, "gone", "");
        layers.file(1, "gone");
        layers.file(0, "kept", "not empty");
        layers.file(1, "kept");
        if (!layers.mark(0, "gone", "user.overlay.whiteout", "") ||
            !layers.mark(0, "kept", "user.overlay.whiteout", ""))
            QSKIP(noAttributes);
        QCOMPARE(text(layers.tree.read("/")), "gone whiteout @0 hides 1\nkept file @0 hides 1\n");
    }

    void redirectsAndMetacopiesAreMarked()
    {
        LayerFixture layers(2);
        layers.directory(0, "d");
        layers.directory(1, "d");
        layers.file(0, "f");
        layers.file(1, "f");
        if (!layers.mark(0, "d", "user.overlay.redirect", "other") || !layers.mark(0, "f", "user.overlay.metacopy", ""))
            QSKIP(noAttributes);
        QCOMPARE(text(layers.tree.read("/")), "d dir @0 hides 1 redirected\nf file @0 hides 1 metacopy\n");
    }

    void deepPathsAreWalkedInEveryLayer()
    {
        LayerFixture layers(3);
        layers.directory(0, "a/b");
        layers.directory(1, "a");
        layers.file(1, "a/b");
        layers.directory(2, "a/b");
        layers.file(2, "a/b/never");
        layers.file(2, "a/c");
        QCOMPARE(text(layers.tree.read("/a")), "b dir @0 hides 1,2\nc file @2\n");
        QCOMPARE(text(layers.tree.read("/a/b")), "");
        QCOMPARE(layers.tree.lookUp("/a/b/never").at.errnum, ENOENT);
        QCOMPARE(layers.tree.lookUp("/a/c").layer, LayerIndex{2});
    }

    void everyKindIsTold()
    {
        LayerFixture layers(1);
        layers.directory(0, "directory");
        layers.file(0, "file", "12345");
        layers.file(0, "program");
        QVERIFY(::chmod(layers.path(0, "program").c_str(), 04755) == 0);
        layers.link(0, "link", "/to/somewhere");
        QVERIFY(::mkfifo(layers.path(0, "pipe").c_str(), 0600) == 0);
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        const std::string at = layers.path(0, "socket");
        QVERIFY(at.size() < sizeof address.sun_path);
        at.copy(address.sun_path, at.size());
        QVERIFY(::bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
        ::close(fd);
        const Result<MergedDirectory> read = layers.tree.read("/");
        QCOMPARE(text(read), "directory dir @0\nfile file @0\nlink link @0 -> /to/somewhere\npipe fifo @0\n"
                             "program program @0\nsocket socket @0\n");
        const MergedEntry program = read->at(*read->find("program"));
        QCOMPARE(program.mode, 04755);
        QCOMPARE(read->at(*read->find("file")).size, 5U);
        QVERIFY(read->at(*read->find("file")).modified > 1'500'000'000);
        QVERIFY(!read->find("absent"));
    }

    void devicesAreNotOpened()
    {
        LayerFixture layers(1);
        // Opening this one would be refused, and the null device told apart from a whiteout.
        if (::mknod(layers.path(0, "nonsense").c_str(), S_IFCHR | 0666, makedev(250, 77)) != 0)
            QSKIP("only root makes devices");
        QVERIFY(::mknod(layers.path(0, "disk").c_str(), S_IFBLK | 0600, makedev(0, 0)) == 0);
        QCOMPARE(text(layers.tree.read("/")), "disk block @0\nnonsense char @0\n");
    }

    void namesAreBytes()
    {
        LayerFixture layers(2);
        layers.file(0, "\x1b[31mred");
        layers.file(1, "bad\xff");
        layers.file(1, std::string(255, 'n'));
        const Result<MergedDirectory> read = layers.tree.read("/");
        QCOMPARE(read->size(), 3U);
        QVERIFY(read->find("bad\xff").has_value());
        QCOMPARE(read->at(*read->find(std::string(255, 'n'))).name.size(), 255U);
        QVERIFY(isPlain(printable(read->at(0).name)));
    }

    void linksLeadNowhere()
    {
        LayerFixture layers(2);
        layers.directory(1, "real");
        layers.file(1, "real/secret");
        layers.link(0, "dir", "real");
        layers.link(0, "out", "/etc");
        layers.link(0, "up", "../..");
        for (const char *path : {"/dir", "/out", "/up", "/dir/x"})
            QCOMPARE(text(layers.tree.read(path)), "error layers.notDirectory");
        QCOMPARE(text(layers.tree.read("/real/..")), "error layers.path");
        QCOMPARE(text(layers.tree.read("real")), "error layers.path");
        QCOMPARE(QString::fromStdString(layers.tree.lookUp("/out").target), "/etc");
    }

    void aMountOfTheHostIsMarkedNotEntered()
    {
        // The machine's own /proc, in a layer that is "/".
        const MergedTree tree{.layers = {{.path = "/"}}};
        const Result<MergedDirectory> read = tree.read("/");
        QVERIFY(read);
        const auto proc = read->find("proc");
        QVERIFY(proc.has_value());
        if ((read->at(*proc).flags & entry_flag::coveredOnHost) == 0)
            QSKIP("/proc is no mount point here");
        QCOMPARE(text(tree.read("/proc")), "error layers.coveredOnHost");
    }

    void deniedDirectoryIsAState()
    {
        if (::geteuid() == 0)
            QSKIP("root may read everything; run as an ordinary user too");
        LayerFixture layers(2);
        layers.directory(0, "d");
        layers.directory(1, "d");
        layers.file(1, "d/x");
        QVERIFY(::chmod(layers.path(0, "d").c_str(), 0000) == 0);
        const Result<MergedDirectory> read = layers.tree.read("/d");
        QVERIFY(::chmod(layers.path(0, "d").c_str(), 0755) == 0);
        QCOMPARE(text(read), "x file @1\n");
        QCOMPARE(read->problems().size(), 1U);
        QCOMPARE(read->problems().front().layer, LayerIndex{0});
        QCOMPARE(read->problems().front().error.errnum, EACCES);
        QCOMPARE(read->problems().front().error.path, layers.path(0, "d"));
    }

    void listableButNotSearchable()
    {
        if (::geteuid() == 0)
            QSKIP("root may read everything; run as an ordinary user too");
        LayerFixture layers(1);
        layers.directory(0, "d/sub");
        layers.file(0, "d/x");
        QVERIFY(::chmod(layers.path(0, "d").c_str(), 0400) == 0);
        const Result<MergedDirectory> read = layers.tree.read("/d");
        QVERIFY(::chmod(layers.path(0, "d").c_str(), 0755) == 0);
        // Not even "." may be looked up in it, so that nothing is listed and the reason is told.
        QVERIFY(read);
        for (std::size_t i = 0; i < read->size(); ++i)
            QCOMPARE(read->at(i).problem, EACCES);
        QVERIFY(read->size() == 2 || read->problems().size() == 1);
    }

    void vanishedLayerIsNamed()
    {
        LayerFixture layers(2);
        layers.file(1, "x");
        QVERIFY(std::filesystem::remove(layers.tree.layers[0].path));
        const Result<MergedDirectory> read = layers.tree.read("/");
        QCOMPARE(text(read), "x file @1\n");
        QCOMPARE(read->problems().size(), 1U);
        const Error &error = read->problems().front().error;
        QCOMPARE(error.code, "layers.vanished");
        QCOMPARE(error.path, layers.tree.layers[0].path);
        QCOMPARE(error.errnum, ENOENT);
        QVERIFY(!error.hint.empty());

        std::filesystem::remove_all(layers.tree.layers[1].path);
        QCOMPARE(text(layers.tree.read("/")), "error layers.vanished");
    }

    void aWritableLayerNeedNotExist()
    {
        LayerFixture layers(2);
        layers.file(1, "x");
        layers.tree.layers[0] = {.path = layers.root() + "/never-written", .writable = true};
        const Result<MergedDirectory> read = layers.tree.read("/");
        QCOMPARE(text(read), "x file @1\n");
        QVERIFY(read->problems().empty());
    }

    void noLayerAtAll() { QCOMPARE(text(MergedTree{}.read("/")), "error layers.absent"); }

    void plainTreesHaveNoMarks()
    {
        LayerFixture layers(1);
        layers.tree.kind = TreeKind::Plain;
        if (!layers.whiteout(0, "device"))
            QSKIP(noWhiteouts);
        layers.file(0, "empty", "");
        if (!layers.mark(0, "empty", "user.overlay.whiteout", ""))
            QSKIP(noAttributes);
        QCOMPARE(text(layers.tree.read("/")), "device char @0\nempty file @0\n");
        QCOMPARE(layers.tree.lookUp("/device").at.errnum, 0);
    }

    void manyLayersNeedFewDescriptors()
    {
        LayerFixture layers(400);
        for (std::size_t i = 0; i < 400; ++i)
            layers.file(i, "same");
        rlimit before{};
        QVERIFY(::getrlimit(RLIMIT_NOFILE, &before) == 0);
        rlimit few = before;
        few.rlim_cur = 64;
        QVERIFY(::setrlimit(RLIMIT_NOFILE, &few) == 0);
        const Result<MergedDirectory> read = layers.tree.read("/");
        QVERIFY(::setrlimit(RLIMIT_NOFILE, &before) == 0);
        QVERIFY(read && read->problems().empty());
        QCOMPARE(read->size(), 1U);
        QCOMPARE(read->at(0).hides.size(), 399U);
    }

    void readingCanBeCancelled()
    {
        LayerFixture layers(1);
        for (int i = 0; i < 2000; ++i)
            layers.file(0, fmt::format("f{:05}", i), "");
        std::stop_source stop;
        std::size_t seen = 0;
        const auto cancelSoon = [&](std::size_t count) {
            seen = count;
            stop.request_stop();
        };
        QCOMPARE(text(layers.tree.read("/", {.stop = stop.get_token(), .progress = cancelSoon})), "error cancelled");
        QVERIFY(seen > 0 && seen < 2000);
        QCOMPARE(layers.tree.read("/")->size(), 2000U);
    }

    void namesWithCommonBeginningsAreSorted()
    {
        LayerFixture layers(2);
        for (const char *name : {"file-1", "file-10", "file-2", "file-", "file-10a"})
            layers.file(0, name, "");
        for (const char *name : {"file-10", "file-3"})
            layers.file(1, name, "");
        const Result<MergedDirectory> read = layers.tree.read("/");
        std::vector<std::string> names;
        for (std::size_t i = 0; i < read->size(); ++i)
            names.emplace_back(read->at(i).name);
        QCOMPARE(names, (std::vector<std::string>{"file-", "file-1", "file-10", "file-10a", "file-2", "file-3"}));
        QCOMPARE(read->at(2).hides.size(), 1U);
    }
};

QTEST_GUILESS_MAIN(TestMergedTree)
#include "tst_merged_tree.moc"
