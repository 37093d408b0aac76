// SPDX-License-Identifier: Apache-2.0
#include "sample_story.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <utility>

namespace pivotbench::test {

using namespace core::stage;

namespace {

constexpr double cardWidth = 300;
constexpr double cardHeight = 52;
constexpr double hostX = 40;
constexpr double sandboxX = 560;
constexpr double firstY = 96;
constexpr double nextY = 66;

InkColors colorsOf(const std::array<std::uint32_t, inkCount> &inks, std::uint32_t background)
{
    const auto rgb = [](std::uint32_t value) {
        return Rgb{static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 8),
                   static_cast<std::uint8_t>(value)};
    };
    InkColors colors;
    std::ranges::transform(inks, colors.inks.begin(), rgb);
    colors.background = rgb(background);
    return colors;
}

Point slot(Side side, int row, int depth = 0)
{
    return {(side == Side::Host ? hostX : sandboxX) + depth * 26.0, firstY + row * nextY};
}

struct CardLook {
    std::string name;
    std::string detail;
    std::string icon = "mount";
    Ink hue = Ink::Mount;
    std::string propagation = "shared";
    bool readOnly = false;
    bool added = false;
};

Group card(std::uint64_t key, Point at, const CardLook &look)
{
    Group group;
    group.key = key;
    group.layer = 2;
    group.node = key;
    group.at = at;
    group.shapes.push_back(BoxShape{{0, 0, cardWidth, cardHeight},
                                    10,
                                    look.added ? Ink::Added : Ink::CardBackground,
                                    look.added ? 0.12 : 1,
                                    look.added ? Ink::Added : Ink::CardBorder,
                                    look.added ? 2.0 : 1.0,
                                    false});
    group.shapes.push_back(BoxShape{{10, 10, 32, 32}, 8, look.hue, 0.16, {}, 1, false});
    group.shapes.push_back(IconShape{{17, 17, 18, 18}, look.icon, look.hue});
    group.shapes.push_back(TextShape{{52, 22}, look.name, 13.5, Weight::Bold, Ink::Text, Align::Left, 170});
    group.shapes.push_back(TextShape{{52, 40}, look.detail, 11.5, Weight::Normal, Ink::Muted, Align::Left, 190});
    const Ink ink = look.propagation == "shared" ? Ink::Shared : Ink::Private;
    group.shapes.push_back(BoxShape{{cardWidth - 66, 16, 54, 20}, 10, ink, 0.14, {}, 1, false});
    group.shapes.push_back(
        TextShape{{cardWidth - 39, 30}, look.propagation, 10.5, Weight::Normal, ink, Align::Centre, 50});
    if (look.readOnly)
        group.shapes.push_back(IconShape{{cardWidth - 90, 17, 18, 18}, "badge_ro", Ink::ReadOnly});
    return group;
}

Group panel(std::uint64_t key, Side side, const std::string &title, const std::string &subtitle, bool empty)
{
    Group group;
    group.key = key;
    group.at = {side == Side::Host ? 16.0 : 536.0, 16};
    group.shapes.push_back(BoxShape{{0, 0, 448, 500},
                                    16,
                                    empty                ? std::optional<Ink>()
                                    : side == Side::Host ? Ink::HostWorld
                                                         : Ink::SandboxWorld,
                                    1,
                                    Ink::Separator,
                                    1,
                                    empty});
    group.shapes.push_back(IconShape{{18, 16, 24, 24}, side == Side::Host ? "host" : "sandbox", Ink::Text});
    group.shapes.push_back(TextShape{{52, 30}, title, 16, Weight::Bold, Ink::Text, Align::Left, 0});
    group.shapes.push_back(TextShape{{52, 48}, subtitle, 11.5, Weight::Normal, Ink::Muted, Align::Left, 0});
    return group;
}

Group arc(std::uint64_t key, Point from, Point to)
{
    Group group;
    group.key = key;
    group.layer = 3;
    group.at = from;
    const Point way{to.x - from.x, to.y - from.y};
    group.shapes.push_back(
        CurveShape{{{0, 0}, {way.x / 2, -24}, {way.x / 2, way.y - 24}, way}, Ink::Shared, 2, false, {}});
    return group;
}

Group token(Point at, const std::string &name, const std::string &detail)
{
    Group group;
    group.key = 900;
    group.layer = 5;
    group.at = at;
    group.shapes.push_back(BoxShape{{0, 0, 190, 44}, 22, Ink::Process, 0.16, Ink::Process, 2, false});
    group.shapes.push_back(IconShape{{12, 11, 22, 22}, "process", Ink::Process});
    group.shapes.push_back(TextShape{{42, 20}, name, 13, Weight::Bold, Ink::Text, Align::Left, 140});
    group.shapes.push_back(TextShape{{42, 35}, detail, 10.5, Weight::Normal, Ink::Muted, Align::Left, 140});
    return group;
}

/// From the token to the left edge of a card, with its name in the middle.
Group string(std::uint64_t key, Point from, Point to, const std::string &name, Ink ink)
{
    Group group;
    group.key = key;
    group.layer = 4;
    group.at = from;
    const Point way{to.x - from.x, to.y - from.y};
    group.shapes.push_back(CurveShape{{{0, 0}, {0, -40}, {way.x - 60, way.y}, way}, ink, 2, false, {}});
    group.shapes.push_back(CurveShape{{{way.x - 7, way.y - 5},
                                       {way.x - 7, way.y - 5},
                                       {way.x, way.y},
                                       {way.x, way.y},
                                       {way.x, way.y},
                                       {way.x - 7, way.y + 5},
                                       {way.x - 7, way.y + 5}},
                                      {},
                                      1,
                                      false,
                                      ink});
    group.shapes.push_back(TextShape{{8, -14}, name, 11, Weight::Bold, ink, Align::Left, 0});
    return group;
}

void hold(Drawing &drawing, Point at, Point root, Point cwd, const std::string &name, const std::string &detail)
{
    drawing.groups.push_back(
        string(901, {at.x + 40, at.y}, {root.x, root.y + cardHeight / 2}, "root", Ink::RootString));
    drawing.groups.push_back(string(902, {at.x + 150, at.y}, {cwd.x, cwd.y + cardHeight - 12}, "cwd", Ink::CwdString));
    drawing.groups.push_back(token(at, name, detail));
}

constexpr Rect view{0, 0, 1000, 532};
constexpr Point hostToken{60, 452};
constexpr Point sandboxToken{580, 452};

void addHost(Drawing &drawing)
{
    drawing.view = view;
    drawing.groups.push_back(panel(1, Side::Host, "Host", "mount namespace 4026531841 · 27 mounts", false));
    drawing.groups.push_back(card(10, slot(Side::Host, 0), {"/", "ext4 · /dev/vda1", "root_dir", Ink::Mount}));
    drawing.groups.push_back(card(11, slot(Side::Host, 1, 1), {"/proc", "proc", "mount_proc", Ink::Layer6}));
    drawing.groups.push_back(card(12, slot(Side::Host, 2, 1), {"/run", "tmpfs · tmpfs", "mount_tmpfs", Ink::Layer2}));
    drawing.groups.push_back(
        card(13, slot(Side::Host, 3, 1), {"+23", "more mounts of the host", "more", Ink::Muted, "shared"}));
}

/// `arriving` ones come out of their twins.
void addCopies(Drawing &drawing, const std::string &propagation, bool arriving, int row = 0)
{
    const std::array copies{card(20, slot(Side::Sandbox, row),
                                 {"/", "ext4 · /dev/vda1", "root_dir", Ink::Mount, propagation, false, arriving}),
                            card(21, slot(Side::Sandbox, row + 1, 1),
                                 {"/proc", "proc", "mount_proc", Ink::Layer6, propagation, false, arriving}),
                            card(22, slot(Side::Sandbox, row + 2, 1),
                                 {"/run", "tmpfs · tmpfs", "mount_tmpfs", Ink::Layer2, propagation, false, arriving})};
    for (Group copy : copies) {
        copy.arrival = {hostX - sandboxX, 0};
        copy.arrivesSeen = true;
        copy.departure = {0, 90};
        drawing.groups.push_back(copy);
    }
}

PlayerFrame frame(std::size_t step, std::string phase, std::string title, std::string narration)
{
    PlayerFrame made;
    made.step = step;
    made.phase = std::move(phase);
    made.title = std::move(title);
    made.narration = std::move(narration);
    made.outcome = step ? "done, 42 µs" : "";
    return made;
}

} // namespace

InkColors lightColors()
{
    return colorsOf({0x1c2025, 0x5d646e, 0x2466cc, 0xac1a32, 0xa34a00, 0x4d5f78, 0x1d4466, 0xb84d0c, 0x0b7a62, 0xa93ab8,
                     0x6e2413, 0x4a48e6, 0x0a6f8f, 0x1d60d2, 0x9a3a94, 0x5d646e, 0x7a3b10, 0x7a3fa8, 0xb3420a, 0x0a6f8f,
                     0x14746a, 0x8f6900, 0xac1a32, 0x878d96, 0xffffff, 0xe8ebee, 0xf2ede6, 0xd8dadc},
                    0xf4f5f7);
}

InkColors darkColors()
{
    return colorsOf({0xe6e8eb, 0xa0a7b1, 0x6ea8fb, 0xf47c62, 0xffb05c, 0xa3b4cc, 0x5bb8ee, 0xf5c542, 0x4fe08a, 0xc084a8,
                     0xf07850, 0x8f8dff, 0x5cc8e8, 0x5aa8f8, 0xf0b4e4, 0x939aa4, 0xf09a5a, 0xc79bf0, 0xf59a5c, 0x5cc8e8,
                     0x3fd9b5, 0xf2bd2b, 0xf47c62, 0x6d747e, 0x292c30, 0x272b30, 0x2c2a29, 0x3a3d40},
                    0x1f2226);
}

std::string iconFile(std::string_view name)
{
    std::ifstream file(std::string(PIVOTBENCH_ICONS "/").append(name).append(".svg"));
    return {std::istreambuf_iterator<char>(file), {}};
}

PlayerInput sampleStory()
{
    PlayerInput input;
    input.name = "Bare pivot";
    input.kernel = "6.18.0";
    input.origin = "recorded from the kernel";
    input.light = lightColors();
    input.dark = darkColors();
    input.icons = iconFile;

    PlayerFrame start = frame(0, "", "Before the first step",
                              "A process of the host, with the host's mounts in sight. "
                              "Its two strings, root and cwd, are tied to the host's root.");
    addHost(start.drawing);
    start.drawing.groups.push_back(panel(2, Side::Sandbox, "Sandbox", "no mount namespace yet", true));
    hold(start.drawing, hostToken, slot(Side::Host, 0), slot(Side::Host, 0), "builder", "pid 4711 · uid 1500");
    input.frames.push_back(start);

    PlayerFrame copied =
        frame(1, "namespaces", "Make a new mount namespace",
              "The kernel copies every mount into a namespace that this process has to itself. The copies "
              "are peers of the originals still: what is mounted here would be seen there.");
    copied.call = "unshare(CLONE_NEWNS);";
    copied.shell = "unshare --mount --propagation unchanged";
    copied.manual = "unshare(2), CLONE_NEWNS";
    addHost(copied.drawing);
    copied.drawing.groups.push_back(
        panel(2, Side::Sandbox, "Sandbox", "mount namespace 4026532841 · 27 mounts", false));
    addCopies(copied.drawing, "shared", true);
    for (int row = 0; row < 3; ++row) {
        const Point from = slot(Side::Host, row, row ? 1 : 0);
        const Point to = slot(Side::Sandbox, row, row ? 1 : 0);
        copied.drawing.groups.push_back(
            arc(30 + static_cast<std::uint64_t>(row), {from.x + cardWidth, from.y + 26}, {to.x, to.y + 26}));
    }
    hold(copied.drawing, sandboxToken, slot(Side::Sandbox, 0), slot(Side::Sandbox, 0), "builder", "pid 4711 · uid 0");
    input.frames.push_back(copied);

    PlayerFrame cut =
        frame(2, "namespaces", "Cut the propagation of every mount",
              "From here on no mount or unmount crosses between the two worlds. Without this step the host "
              "would see each of the sandbox's mounts.");
    cut.call = "mount(NULL, \"/\", NULL, MS_REC | MS_PRIVATE, NULL);";
    cut.shell = "mount --make-rprivate /";
    cut.manual = "mount_namespaces(7), SHARED SUBTREES";
    addHost(cut.drawing);
    cut.drawing.groups.push_back(panel(2, Side::Sandbox, "Sandbox", "mount namespace 4026532841 · 27 mounts", false));
    addCopies(cut.drawing, "private", false);
    hold(cut.drawing, sandboxToken, slot(Side::Sandbox, 0), slot(Side::Sandbox, 0), "builder", "pid 4711 · uid 0");
    input.frames.push_back(cut);

    PlayerFrame bound = frame(3, "root", "Bind the new root onto itself",
                              "pivot_root wants a mount point, and a plain directory is none. A bind mount of the "
                              "directory onto itself makes it one.");
    bound.call = "fd = open_tree(AT_FDCWD, \"/srv/root\", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);\n"
                 "move_mount(fd, \"\", AT_FDCWD, \"/srv/root\", MOVE_MOUNT_F_EMPTY_PATH);";
    bound.shell = "mount --rbind /srv/root /srv/root";
    bound.manual = "pivot_root(2), NOTES";
    bound.drawing = cut.drawing;
    Group newRoot = card(23, slot(Side::Sandbox, 3, 1),
                         {"/srv/root", "bind · /srv/root", "mount_bind", Ink::Layer3, "private", true, true});
    newRoot.arrival = {-26, -3 * nextY};
    newRoot.arrivesSeen = true;
    bound.drawing.groups.push_back(newRoot);
    input.frames.push_back(bound);

    PlayerFrame failed =
        frame(4, "filesystems", "Mount a new sysfs on /sys",
              "sysfs shows the devices of one network namespace. Only who owns that namespace may mount it.");
    failed.call = "mount(\"sysfs\", \"/srv/root/sys\", \"sysfs\", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);";
    failed.shell = "mount -t sysfs -o nosuid,nodev,noexec sysfs /srv/root/sys";
    failed.manual = "sysfs(5)";
    failed.result = PlayerResult::Failed;
    failed.outcome = "EPERM: the network namespace belongs to another user namespace";
    failed.drawing = cut.drawing;
    failed.drawing.groups.push_back(card(
        23, slot(Side::Sandbox, 3, 1), {"/srv/root", "bind · /srv/root", "mount_bind", Ink::Layer3, "private", true}));
    input.frames.push_back(failed);

    PlayerFrame pivoted =
        frame(5, "switch", "Switch to the new root",
              "The new root swings up, and the old one hangs below it. Both strings of the process are "
              "moved along, since they were tied to the old root.");
    pivoted.call = "syscall(SYS_pivot_root, \".\", \".\");";
    pivoted.shell = "pivot_root . .";
    pivoted.manual = "pivot_root(2), DESCRIPTION";
    addHost(pivoted.drawing);
    pivoted.drawing.groups.push_back(
        panel(2, Side::Sandbox, "Sandbox", "mount namespace 4026532841 · 28 mounts", false));
    pivoted.drawing.groups.push_back(
        card(23, slot(Side::Sandbox, 0), {"/", "bind · /srv/root", "root_dir", Ink::Layer3, "private", true}));
    addCopies(pivoted.drawing, "private", false, 1);
    hold(pivoted.drawing, sandboxToken, slot(Side::Sandbox, 0), slot(Side::Sandbox, 0), "builder", "pid 4711 · uid 0");
    input.frames.push_back(pivoted);

    PlayerFrame sunk =
        frame(6, "switch", "Let the old root go",
              "Detached, the old world is out of reach at once, whoever still uses it. Its mounts are gone "
              "when nobody does.");
    sunk.call = "umount2(\".\", MNT_DETACH);";
    sunk.shell = "umount --lazy .";
    sunk.manual = "umount2(2), MNT_DETACH";
    addHost(sunk.drawing);
    sunk.drawing.groups.push_back(panel(2, Side::Sandbox, "Sandbox", "mount namespace 4026532841 · 1 mount", false));
    sunk.drawing.groups.push_back(
        card(23, slot(Side::Sandbox, 0), {"/", "bind · /srv/root", "root_dir", Ink::Layer3, "private", true}));
    hold(sunk.drawing, sandboxToken, slot(Side::Sandbox, 0), slot(Side::Sandbox, 0), "builder", "pid 4711 · uid 0");
    input.frames.push_back(sunk);

    PlayerFrame executed =
        frame(7, "process", "Execute the command",
              "The process becomes its command, in a filesystem of its own. It keeps what it was given: "
              "its namespaces, its root and its working directory.");
    executed.call = "execve(\"/bin/sh\", {\"sh\", NULL}, environ); /* never returns */";
    executed.shell = "exec sh";
    executed.manual = "execve(2)";
    executed.drawing = sunk.drawing;
    executed.drawing.groups.back() = token(sandboxToken, "sh", "pid 1 · uid 0");
    input.frames.push_back(executed);
    return input;
}

std::string hostileText()
{
    return "</script><script>document.title='taken'</script><img src=x onerror=alert(1)>\n]]>--><!-- &amp; \"'`${1}\\ "
           "\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xae"
           "txt.exe\x01\x1b[31m\xff\xfe\xef\xbf\xbe\xef\xbf\xbf{{data}}";
}

} // namespace pivotbench::test
