// SPDX-License-Identifier: Apache-2.0
#include "core/layers/mounts_on_tree.h"

#include <QtTest>

#include <fmt/format.h>
#include <map>

using namespace pivotbench::core;
using Is = PlaceAnswer::Is;

namespace {

/// A merged tree in words: "/bin" -> "->usr/bin" is a link, "/etc" -> "d" a directory, "/etc/x" -> "f" something else.
using Words = std::map<std::string, std::string>;

PlaceQuestion answering(Words words)
{
    return [words = std::move(words)](const TreeMount *mount, const std::string &path) -> PlaceAnswer {
        const auto found = words.find((mount ? mount->source + ":" : "") + path);
        if (mount && mount->kind != TreeMountKind::Bind)
            return {mount->kind == TreeMountKind::Tmpfs ? Is::Absent : Is::Unknown, {}};
        if (found == words.end())
            return {Is::Absent, {}};
        if (found->second.starts_with("->"))
            return {Is::Link, found->second.substr(2)};
        return {found->second == "d" ? Is::Directory : Is::Other, {}};
    };
}

TreeMount on(std::string destination, TreeMountKind kind = TreeMountKind::Tmpfs, std::string source = {})
{
    TreeMount mount;
    mount.destination = std::move(destination);
    mount.kind = kind;
    mount.source = std::move(source);
    return mount;
}

QString text(const std::vector<PlacedMount> &mounts)
{
    std::string out;
    for (const PlacedMount &mount : mounts) {
        out += mount.path;
        switch (mount.place) {
        case PlacedMount::Place::Exists: break;
        case PlacedMount::Place::Created: out += fmt::format(" makes {}", mount.firstCreated); break;
        case PlacedMount::Place::Unknown: out += " unknown"; break;
        case PlacedMount::Place::Broken: out += fmt::format(" broken: {}", mount.trouble); break;
        }
        if (mount.standsOn != PlacedMount::none)
            out += fmt::format(" on #{}", mount.standsOn);
        if (mount.shadowedBy != PlacedMount::none)
            out += fmt::format(" shadowed by #{}", mount.shadowedBy);
        out += "\n";
    }
    return QString::fromStdString(out);
}

} // namespace

class TestMountsOnTree : public QObject {
    Q_OBJECT
private slots:
    void specBecomesMounts()
    {
        const std::vector<TreeMount> mounts = treeMounts({
            {"/src", "bind", "/home/me/src", {"rbind", "ro", "rslave"}},
            {"/tmp", "tmpfs", "tmpfs", {"size=1m", "private"}},
            {"/odd", "bind", "/x", {"shared", "private"}},
        });
        QCOMPARE(mounts[0].kind, TreeMountKind::Bind);
        QVERIFY(mounts[0].readOnly && mounts[0].recursive);
        QCOMPARE(mounts[0].propagation, "rslave");
        QCOMPARE(mounts[0].label, "bind of /home/me/src");
        QCOMPARE(mounts[1].kind, TreeMountKind::Tmpfs);
        QCOMPARE(mounts[1].propagation, "private");
        QVERIFY(!mounts[1].readOnly);
        QCOMPARE(mounts[2].specIndex, 2U);
        QCOMPARE(mounts[2].kind, TreeMountKind::Bind); // although its options contradict each other
    }

    void places_data()
    {
        QTest::addColumn<QStringList>("destinations");
        QTest::addColumn<QString>("expected");
        QTest::newRow("on a directory") << QStringList{"/etc"} << "/etc\n";
        QTest::newRow("on a file") << QStringList{"/etc/hosts"} << "/etc/hosts\n";
        QTest::newRow("missing") << QStringList{"/opt/a/b"} << "/opt/a/b makes /opt\n";
        QTest::newRow("missing last part") << QStringList{"/etc/new"} << "/etc/new makes /etc/new\n";
        QTest::newRow("through a link") << QStringList{"/bin/tool"} << "/usr/bin/tool makes /usr/bin/tool\n";
        QTest::newRow("on a link") << QStringList{"/bin"} << "/usr/bin\n";
        QTest::newRow("a link with ..") << QStringList{"/odd/x"} << "/usr/x makes /usr/x\n";
        QTest::newRow("an absolute link stays inside") << QStringList{"/abs/x"} << "/etc/x makes /etc/x\n";
        QTest::newRow(".. above the root") << QStringList{"/up/etc"} << "/etc\n";
        QTest::newRow("a dangling link makes its target")
            << QStringList{"/dangling/x"} << "/nowhere/x makes /nowhere\n";
        QTest::newRow("below a file") << QStringList{"/etc/hosts/x"}
                                      << "/etc/hosts broken: /etc/hosts is not a directory\n";
        QTest::newRow("links in a circle") << QStringList{"/loop/x"} << "/loop broken: too many symbolic links\n";
        QTest::newRow("the same place twice") << QStringList{"/etc", "/etc"} << "/etc shadowed by #1\n/etc on #0\n";
        QTest::newRow("a directory above hides")
            << QStringList{"/etc/hosts", "/etc"} << "/etc/hosts shadowed by #1\n/etc\n";
        QTest::newRow("in an earlier mount") << QStringList{"/etc", "/etc/a/b", "/etc/a/c"}
                                             << "/etc\n/etc/a/b makes /etc/a on #0\n/etc/a/c makes /etc/a/c on #0\n";
        QTest::newRow("on a made directory")
            << QStringList{"/opt/a", "/opt"} << "/opt/a makes /opt shadowed by #1\n/opt\n";
        QTest::newRow("trailing and doubled slashes") << QStringList{"//etc//hosts/"} << "/etc/hosts\n";
    }
    void places()
    {
        QFETCH(QStringList, destinations);
        QFETCH(QString, expected);
        std::vector<TreeMount> mounts;
        for (const QString &destination : destinations)
            mounts.push_back(on(destination.toStdString()));
        QCOMPARE(text(placeMounts(std::move(mounts), answering({{"/etc", "d"},
                                                                {"/etc/hosts", "f"},
                                                                {"/usr", "d"},
                                                                {"/usr/bin", "d"},
                                                                {"/bin", "->usr/bin"},
                                                                {"/odd", "->usr/bin/.."},
                                                                {"/abs", "->/etc"},
                                                                {"/up", "->../../.."},
                                                                {"/dangling", "->/nowhere"},
                                                                {"/loop", "->/loop"}}))),
                 expected);
    }

    void insideABindItsSourceDecides()
    {
        const PlaceQuestion ask =
            answering({{"/src", "d"}, {"/host:/have", "d"}, {"/host:/link", "->/src/have"}, {"/host:/abs", "->/etc"}});
        QCOMPARE(text(placeMounts({on("/src", TreeMountKind::Bind, "/host"), on("/src/have"), on("/src/need"),
                                   on("/src/link"), on("/src/abs")},
                                  ask)),
                 "/src\n/src/have on #0 shadowed by #3\n/src/need makes /src/need on #0\n/src/have on #1\n/etc makes "
                 "/etc\n");
    }

    void insideProcNobodyKnows()
    {
        QCOMPARE(text(placeMounts({on("/proc", TreeMountKind::Proc), on("/proc/sys/fs")}, answering({{"/proc", "d"}}))),
                 "/proc\n/proc/sys/fs unknown on #0\n");
    }

    void coveringIsTheMountThatIsSeen()
    {
        const std::vector<PlacedMount> mounts =
            placeMounts({on("/a"), on("/a/b"), on("/a"), on("/a/b/c")}, answering({{"/a", "d"}}));
        QCOMPARE(mountCovering(mounts, "/"), PlacedMount::none);
        QCOMPARE(mountCovering(mounts, "/ab"), PlacedMount::none);
        QCOMPARE(mountCovering(mounts, "/a"), 2U);
        QCOMPARE(mountCovering(mounts, "/a/b"), 2U);
        QCOMPARE(mountCovering(mounts, "/a/b/c/d"), 3U);
    }

    void namesOfADirectory()
    {
        const std::vector<PlacedMount> mounts =
            placeMounts({on("/proc"), on("/etc/hosts"), on("/opt/a/b"), on("/etc"), on("/proc"), on("/x/y"), on("/x")},
                        answering({{"/etc", "d"}, {"/etc/hosts", "f"}, {"/proc", "d"}}));
        const std::vector<MountName> top = mountNames(mounts, "/");
        QCOMPARE(top, (std::vector<MountName>{
                          {.name = "etc", .visible = 3},
                          {.name = "opt", .leadsToMount = true, .created = true},
                          {.name = "proc", .visible = 4, .shadowed = {0}},
                          {.name = "x", .visible = 6, .created = true},
                      }));
        QCOMPARE(mountNames(mounts, "/etc"), (std::vector<MountName>{{.name = "hosts", .shadowed = {1}}}));
        QCOMPARE(mountNames(mounts, "/opt"),
                 (std::vector<MountName>{{.name = "a", .leadsToMount = true, .created = true}}));
        QCOMPARE(mountNames(mounts, "/opt/a"), (std::vector<MountName>{{.name = "b", .visible = 2, .created = true}}));
        QVERIFY(mountNames(mounts, "/opt/a/b").empty());
    }
};

QTEST_GUILESS_MAIN(TestMountsOnTree)
#include "tst_mounts_on_tree.moc"
