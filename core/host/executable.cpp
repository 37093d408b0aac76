// SPDX-License-Identifier: Apache-2.0
#include "core/host/executable.h"

#include "core/base/unique_fd.h"

#include <cstdint>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>

namespace pivotbench::core {
namespace {

constexpr int maxProgramHeaders = 128;

template <typename T> bool readAt(int fd, std::uint64_t offset, T &out)
{
    return ::pread(fd, &out, sizeof out, static_cast<off_t>(offset)) == static_cast<ssize_t>(sizeof out);
}

UniqueFd openRegular(const char *path)
{
    UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status = {};
    if (fd && (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)))
        fd.reset();
    return fd;
}

bool readHeader(int fd, ElfW(Ehdr) & header)
{
    return readAt(fd, 0, header) && std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0;
}

/// The same class, byte order and machine as this very program.
bool isNative(const ElfW(Ehdr) & header)
{
    const UniqueFd self = openRegular("/proc/self/exe");
    ElfW(Ehdr) own = {};
    return self && readHeader(self.get(), own) && header.e_machine == own.e_machine &&
           header.e_ident[EI_CLASS] == own.e_ident[EI_CLASS] && header.e_ident[EI_DATA] == own.e_ident[EI_DATA];
}

} // namespace

bool isStaticExecutable(const std::string &path)
{
    const UniqueFd fd = openRegular(path.c_str());
    ElfW(Ehdr) header = {};
    if (!fd || !readHeader(fd.get(), header) || !isNative(header) ||
        (header.e_type != ET_EXEC && header.e_type != ET_DYN) || header.e_phentsize != sizeof(ElfW(Phdr)) ||
        header.e_phnum == 0 || header.e_phnum > maxProgramHeaders)
        return false;
    for (unsigned i = 0; i < header.e_phnum; ++i) {
        ElfW(Phdr) segment = {};
        if (!readAt(fd.get(), header.e_phoff + i * sizeof segment, segment) || segment.p_type == PT_INTERP)
            return false;
    }
    return true;
}

} // namespace pivotbench::core
