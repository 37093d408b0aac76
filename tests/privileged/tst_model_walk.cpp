// SPDX-License-Identifier: Apache-2.0
//
// The hops of a path walk, each with its reason: what the path walker shows. That paths lead where the kernel says is
// tested elsewhere (model_fuzz, tst_model).
#include "golden.h"
#include "model_run.h"

#include "core/kernel/walk.h"

#include <QTest>

#include <algorithm>
#include <string>
#include <vector>

using namespace pivotbench::test;
using namespace pivotbench::core::kernel;
using R = HopReason;

Q_DECLARE_METATYPE(std::vector<HopReason>)
Q_DECLARE_METATYPE(std::vector<Call>)

namespace {

using Reasons = std::vector<HopReason>;
using Calls = std::vector<Call>;

QByteArray word(HopReason reason)
{
    switch (reason) {
    case R::StartAtRoot: return "StartAtRoot";
    case R::StartAtCwd: return "StartAtCwd";
    case R::StartAtDescriptor: return "StartAtDescriptor";
    case R::Name: return "Name";
    case R::OverlayLayer: return "OverlayLayer";
    case R::EnteredMount: return "EnteredMount";
    case R::Dot: return "Dot";
    case R::DotDot: return "DotDot";
    case R::DotDotAtRoot: return "DotDotAtRoot";
    case R::DotDotAtMount: return "DotDotAtMount";
    case R::RelativeLink: return "RelativeLink";
    case R::AbsoluteLink: return "AbsoluteLink";
    }
    return "?";
}

QByteArray words(const Reasons &reasons)
{
    QByteArray out;
    for (const HopReason reason : reasons)
        out += word(reason) + ' ';
    return out.trimmed();
}

Reasons reasonsOf(const std::vector<Hop> &hops)
{
    Reasons out;
    std::ranges::transform(hops, std::back_inserter(out), &Hop::reason);
    return out;
}

/// The world of the lessons after these calls; fails loudly where one is refused.
ModelWorld worldAfter(const Calls &calls)
{
    ModelWorld world = modelWorld(false);
    for (const Call &call : calls)
        if (!perform(world, {0, call}))
            qFatal("refused: %s", describe(call).c_str());
    return world;
}

OverlayOptions overlayOfA() { return {.lowers = {"/a", "/c"}, .upper = "/u", .work = "/w"}; }

Calls overlayOnB()
{
    return {MountCall{.source = "layers", .target = "/b", .type = "overlay", .overlay = overlayOfA()}};
}

} // namespace

class TestModelWalk : public QObject {
    Q_OBJECT
private slots:
    void hops_data();
    void hops();
    void options();
    void details();
    void lastHopIsTheEnd();
    void refusals();
};

void TestModelWalk::hops_data()
{
    QTest::addColumn<std::vector<Call>>("calls");
    QTest::addColumn<std::string>("path");
    QTest::addColumn<std::vector<HopReason>>("expected");
    const auto row = [](const char *name, Calls calls, const char *path, Reasons expected) {
        QTest::newRow(name) << std::move(calls) << std::string(path) << std::move(expected);
    };
    const Calls none;
    row("the root", none, "/", {R::StartAtRoot});
    row("slashes", none, "///a//x/", {R::StartAtRoot, R::Name, R::Name});
    row("names", none, "/a/x", {R::StartAtRoot, R::Name, R::Name});
    row("relative", none, "a/./x", {R::StartAtCwd, R::Name, R::Dot, R::Name});
    row("the working directory", none, ".", {R::StartAtCwd, R::Dot});

    row("up", none, "/a/x/..", {R::StartAtRoot, R::Name, R::Name, R::DotDot});
    row("up at the root", none, "/../..", {R::StartAtRoot, R::DotDotAtRoot, R::DotDotAtRoot});
    row("up from within", {ChdirCall{"/a/x"}}, "../..", {R::StartAtCwd, R::DotDot, R::DotDot});
    row("up in a chroot", {ChrootCall{"/a"}}, "/x/../..", {R::StartAtRoot, R::Name, R::DotDot, R::DotDotAtRoot});
    // The root is not on the way up from here.
    row("up beside a chroot", {ChdirCall{"/b/y"}, ChrootCall{"/a"}}, "../../..",
        {R::StartAtCwd, R::DotDot, R::DotDot, R::DotDotAtRoot});

    row("a relative link", none, "/l/x", {R::StartAtRoot, R::Name, R::RelativeLink, R::Name, R::Name});
    row("an absolute link", none, "/abs", {R::StartAtRoot, R::Name, R::AbsoluteLink, R::Name, R::Name});
    row("a link up", none, "/a/up/b", {R::StartAtRoot, R::Name, R::Name, R::RelativeLink, R::DotDot, R::Name});
    row("a link to where it is", none, "/here/a", {R::StartAtRoot, R::Name, R::RelativeLink, R::Dot, R::Name});
    row("an absolute link in a chroot", {SymlinkCall{"/x", "/a/in"}, ChrootCall{"/a"}}, "/in/y",
        {R::StartAtRoot, R::Name, R::AbsoluteLink, R::Name, R::Name});
    row("a link on a mount", {tmpfs("/c", "m"), SymlinkCall{"..", "/c/out"}}, "/c/out/b",
        {R::StartAtRoot, R::Name, R::EnteredMount, R::Name, R::RelativeLink, R::DotDotAtMount, R::Name});

    row("a mount", {bind("/a", "/c")}, "/c/x", {R::StartAtRoot, R::Name, R::EnteredMount, R::Name});
    row("a mount over a mount", {tmpfs("/c", "m"), bind("/a", "/c")}, "/c/x",
        {R::StartAtRoot, R::Name, R::EnteredMount, R::EnteredMount, R::Name});
    row("up from a mount", {tmpfs("/c", "m")}, "/c/..", {R::StartAtRoot, R::Name, R::EnteredMount, R::DotDotAtMount});
    row("up from a mount over a mount", {tmpfs("/c", "m"), tmpfs("/c", "m")}, "/c/..",
        {R::StartAtRoot, R::Name, R::EnteredMount, R::EnteredMount, R::DotDotAtMount});
    row("up into a mount", {ChdirCall{"/c/z"}, tmpfs("/c", "m")}, "..", {R::StartAtCwd, R::DotDot, R::EnteredMount});
    row("where it stands is not entered", {ChdirCall{"/c"}, tmpfs("/c", "m")}, "./z", {R::StartAtCwd, R::Dot, R::Name});
    row("over the root", {tmpfs("/here", "m")}, "/b", {R::StartAtRoot, R::Name});
    row("up at a covered root", {tmpfs("/here", "m")}, "/..", {R::StartAtRoot, R::DotDotAtRoot, R::EnteredMount});
    row("up at a pivoted root", {tmpfs("/a", "m"), MkdirCall{"/a/old"}, PivotRootCall{"/a", "/a/old"}}, "/old/../..",
        {R::StartAtRoot, R::Name, R::EnteredMount, R::DotDotAtMount, R::DotDotAtRoot});

    row("an overlay", overlayOnB(), "/b/x/y",
        {R::StartAtRoot, R::Name, R::EnteredMount, R::OverlayLayer, R::OverlayLayer});
    row("up in an overlay", overlayOnB(), "/b/x/../..",
        {R::StartAtRoot, R::Name, R::EnteredMount, R::OverlayLayer, R::DotDot, R::DotDotAtMount});
    row("a link in an overlay", overlayOnB(), "/b/up/a",
        {R::StartAtRoot, R::Name, R::EnteredMount, R::OverlayLayer, R::RelativeLink, R::DotDotAtMount, R::Name});
}

void TestModelWalk::hops()
{
    QFETCH(std::vector<Call>, calls);
    QFETCH(std::string, path);
    QFETCH(std::vector<HopReason>, expected);
    ModelWorld world = worldAfter(calls);
    std::vector<Hop> hops;
    const Checked<Place> end = walk(world.state, world.workers.front(), path, {.hops = &hops});
    QVERIFY(end);
    QCOMPARE(words(reasonsOf(hops)), words(expected));
    QCOMPARE(hops.back().place, *end);
}

/// What the calls ask for, each in its way.
void TestModelWalk::options()
{
    ModelWorld world = worldAfter({tmpfs("/c", "m"), ChdirCall{"/c"}, tmpfs("/c", "over")});
    const ProcessId process = world.workers.front();
    const auto reasons = [&](const char *path, WalkOptions options) {
        std::vector<Hop> hops;
        options.hops = &hops;
        return walk(world.state, process, path, options) ? words(reasonsOf(hops)) : QByteArray("refused");
    };
    QCOMPARE(reasons("/l", {.followLast = false}), words({R::StartAtRoot, R::Name}));
    QCOMPARE(reasons("/l", {}), words({R::StartAtRoot, R::Name, R::RelativeLink, R::Name}));
    // A slash at the end follows all the same.
    QCOMPARE(reasons("/l/", {.followLast = false}), words({R::StartAtRoot, R::Name, R::RelativeLink, R::Name}));
    QCOMPARE(reasons(".", {}), words({R::StartAtCwd, R::Dot}));
    QCOMPARE(reasons(".", {.enterLast = true}), words({R::StartAtCwd, R::Dot, R::EnteredMount}));
    const Checked<Place> a = walk(world.state, process, "/a", {});
    QVERIFY(a);
    QCOMPARE(reasons("x", {.from = *a}), words({R::StartAtDescriptor, R::Name}));
    QCOMPARE(reasons("/b", {.from = *a}), words({R::StartAtRoot, R::Name}));
    QCOMPARE(reasons("", {.allowEmpty = true, .from = *a}), words({R::StartAtDescriptor}));
    QCOMPARE(reasons("", {.from = *a}), QByteArray("refused"));
    QCOMPARE(reasons("/f", {.directory = true}), QByteArray("refused"));
}

/// Names and what is told beside them.
void TestModelWalk::details()
{
    Calls calls = overlayOnB();
    calls.emplace_back(MkdirCall{"/b/x/made"});
    ModelWorld world = worldAfter(calls);
    const auto lastHop = [&](const char *path, bool follow = true) {
        std::vector<Hop> hops;
        const bool found =
            walk(world.state, world.workers.front(), path, {.followLast = follow, .hops = &hops}).has_value();
        return found ? hops.back() : Hop{};
    };
    QCOMPARE(lastHop("/b/x").name, std::string("x"));
    // Making a directory in it copied it up.
    QCOMPARE(lastHop("/b/x").detail, std::string("upper /u/x"));
    QCOMPARE(lastHop("/b/x/made").detail, std::string("upper /u/x/made"));
    QCOMPARE(lastHop("/b/x/y").detail, std::string("lower /a/x/y"));
    QCOMPARE(lastHop("/b/z").detail, std::string("lower /c/z"));
    QCOMPARE(lastHop("/b/f").detail, std::string("lower /a/f"));
    QCOMPARE(lastHop("/a/x").detail, std::string());

    ModelWorld plain = worldAfter({});
    std::vector<Hop> hops;
    QVERIFY(walk(plain.state, plain.workers.front(), "/abs", {.hops = &hops}));
    QCOMPARE(hops.size(), std::size_t{5});
    QCOMPARE(hops[2].name, std::string("abs"));
    QCOMPARE(hops[2].detail, std::string("/b/y"));
}

/// Every hop tells where the walk stands: the names along the way add up.
void TestModelWalk::lastHopIsTheEnd()
{
    ModelWorld world = worldAfter({tmpfs("/c", "m"), MkdirCall{"/c/in"}});
    const ProcessId process = world.workers.front();
    std::vector<Hop> hops;
    QVERIFY(walk(world.state, process, "/c/in", {.hops = &hops}));
    const Place root = world.state.processes[process].root;
    std::vector<std::string> paths;
    for (const Hop &hop : hops)
        paths.push_back(pathFrom(world.state, root, hop.place).value_or("?"));
    QCOMPARE(paths, (std::vector<std::string>{"/", "/c", "/c", "/c/in"}));
    QCOMPARE(hops[1].place.mount, root.mount);
    QVERIFY(hops[2].place.mount != root.mount);
}

/// A walk that is refused tells how far it came.
void TestModelWalk::refusals()
{
    ModelWorld world = worldAfter({});
    const auto refusal = [&](const char *path, std::vector<Hop> &hops) {
        const Checked<Place> end = walk(world.state, world.workers.front(), path, {.hops = &hops});
        return end ? Refusal{} : end.error();
    };
    std::vector<Hop> hops;
    QVERIFY((refusal("/a/none/x", hops) == Refusal{Cause::NoSuchEntry, "/a/none"}));
    QCOMPARE(words(reasonsOf(hops)), words({R::StartAtRoot, R::Name}));
    hops.clear();
    QVERIFY((refusal("/f/x", hops) == Refusal{Cause::NotADirectory, "/f"}));
    QCOMPARE(words(reasonsOf(hops)), words({R::StartAtRoot, R::Name}));
    hops.clear();
    QCOMPARE(refusal("/loop", hops).cause, Cause::TooManyLinks);
    QCOMPARE(std::ranges::count(hops, R::RelativeLink, &Hop::reason), 40);
}

QTEST_APPLESS_MAIN(TestModelWalk)
#include "tst_model_walk.moc"
