// SPDX-License-Identifier: Apache-2.0
#include "helper/fork_footprint.h"

#include <algorithm>
#include <cstdint>
#include <link.h>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace pivotbench::helper {
namespace {

/// libsystemd (for its event loop) and what it brings along, and libseccomp: the filter is compiled before the fork.
constexpr std::string_view serverLibraries[] = {"libsystemd.so", "libcap.so",  "libgcrypt.so", "libgpg-error.so",
                                                "liblz4.so",     "liblzma.so", "libzstd.so",   "libseccomp.so"};

bool isServerLibrary(std::string_view path)
{
    const std::string_view name = path.substr(path.rfind('/') + 1);
    return std::ranges::any_of(serverLibraries, [name](std::string_view library) { return name.starts_with(library); });
}

/// Whole pages of one loaded object.
int leaveOut(dl_phdr_info *object, std::size_t, void *)
{
    if (!isServerLibrary(object->dlpi_name))
        return 0;
    const std::uintptr_t page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const ElfW(Phdr) &segment = object->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD)
            continue;
        const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
        const std::uintptr_t end = (object->dlpi_addr + segment.p_vaddr + segment.p_memsz + page - 1) & ~(page - 1);
        (void)::madvise(reinterpret_cast<void *>(begin), end - begin, MADV_DONTFORK); // only a matter of speed
    }
    return 0;
}

} // namespace

void keepServerLibrariesOutOfForks() { ::dl_iterate_phdr(leaveOut, nullptr); }

} // namespace pivotbench::helper
