// SPDX-License-Identifier: Apache-2.0
#include "helper/terminal.h"

#include "helper/linux_system.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace pivotbench::helper {

using namespace core;

Result<Terminal> openTerminal(const wire::WindowSize &window, std::uint32_t owner)
{
    constexpr const char *path = "/dev/pts/ptmx";
    constexpr const char *hint =
        "the sandbox needs its own devpts: choose \"dev\": {\"policy\": \"minimal\"}, or run without "
        "a terminal (-T)";
    sys::OutcomeFd root = sys::openAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
    if (!root)
        return systemError("cannot open the root", root.error(), "/");
    sys::OutcomeFd place =
        sys::openAt2(root->get(), "dev/pts", O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    struct statfs status{};
    if (!place || ::fstatfs(place->get(), &status) < 0 || status.f_type != DEVPTS_SUPER_MAGIC)
        return failure("terminal.devpts", "there is no devpts to open a terminal in", "/dev/pts", hint);
    sys::OutcomeFd master =
        sys::openAt2(place->get(), "ptmx", O_RDWR | O_NOCTTY, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
    if (!master) {
        auto error = systemError("cannot open the terminal multiplexer", master.error(), path);
        error.error().hint = hint;
        return error;
    }
    int unlock = 0;
    if (::ioctl(master->get(), TIOCSPTLCK, &unlock) < 0)
        return systemError("cannot unlock the terminal", errno, path);
    const int slave = ::ioctl(master->get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        return systemError("cannot open the terminal's other end", errno, path);
    Terminal terminal{std::move(*master), UniqueFd(slave)};
    winsize size{};
    size.ws_row = window.rows;
    size.ws_col = window.columns;
    (void)::ioctl(slave, TIOCSWINSZ, &size);
    if (owner != 0 && ::fchown(slave, owner, static_cast<gid_t>(-1)) < 0)
        return systemError("cannot give the terminal to the sandbox's user", errno, path);
    return terminal;
}

} // namespace pivotbench::helper
