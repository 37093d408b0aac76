// SPDX-License-Identifier: Apache-2.0
//
// What tests against overlayfs itself have in common: many overlays over random layers, each told by its seed, mounted
// in namespaces of their own in a child of the test. To try more, or one again:
//   PIVOTBENCH_OVERLAYS=5000 PIVOTBENCH_FIRST_OVERLAY=123 bin/tst_overlay_kernel
#pragma once

#include "tests/helper/in_child.h"

#include <QtTest>

#include <cstdint>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

namespace pivotbench::test {

/// Exit status where overlays cannot be tried.
inline constexpr int skipped = 77;
/// A tmpfs of the child's own lies there, for all it makes.
inline constexpr const char *arena = "/tmp";

struct Overlays {
    std::uint64_t first;
    std::uint64_t count;
    bool trusted; ///< as root of the machine, without userxattr
};

inline void overlayRows()
{
    QTest::addColumn<bool>("trusted");
    QTest::newRow("in a user namespace, with userxattr") << false;
    QTest::newRow("as root, with trusted attributes") << true;
}

/// Calls `tryAll`, an `int(const Overlays &)` whose 0 is success, in the child. `usually`: how many, if nothing else is
/// asked for.
template <typename TryAll> void tryOverlays(std::uint64_t usually, TryAll tryAll)
{
    QFETCH(bool, trusted);
    if (trusted && ::geteuid() != 0)
        QSKIP("only root of the machine mounts without userxattr");
    const auto number = [](const char *variable, std::uint64_t otherwise) {
        const QByteArray text = qgetenv(variable);
        return text.isEmpty() ? otherwise : text.toULongLong();
    };
    const Overlays overlays{.first = number("PIVOTBENCH_FIRST_OVERLAY", 1),
                            .count = number("PIVOTBENCH_OVERLAYS", usually),
                            .trusted = trusted};
    const int status = inChild([&] {
        ::alarm(0); // as long as it takes; whoever asked for more has the time
        ::umask(022);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (trusted ? ::unshare(CLONE_NEWNS) != 0 : !becomeRootInside(CLONE_NEWNS))
            return skipped;
        if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("arena", arena, "tmpfs", 0, nullptr) != 0)
            return skipped;
        return tryAll(overlays);
    });
    if (status == skipped)
        QSKIP("no user namespace, or no overlay in one, can be had here");
    QCOMPARE(status, 0);
}

} // namespace pivotbench::test
