// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as an archive, unpacked into a new folder: nothing beside it is touched, the limits hold, and what there is
// then can be removed. A parent process waits and removes the folders, however the fuzzer ends.
#include "check.h"
#include "core/base/unique_fd.h"
#include "core/image/unpack.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <iterator>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace pivotbench::core;
using pivotbench::fuzz::check;
namespace fs = std::filesystem;

namespace {

constexpr UnpackLimits limits{.entries = 200, .bytes = 1 << 20, .nameBytes = 512, .depth = 16};
constexpr std::string_view canaryText = "safe";

fs::path room; ///< holds "canary", and "out" for what is unpacked

struct stat statusOf(const fs::path &path)
{
    struct stat status = {};
    check(::lstat(path.c_str(), &status) == 0);
    return status;
}

struct stat makeCanary()
{
    const UniqueFd file(::open((room / "canary").c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    check(::write(file.get(), canaryText.data(), canaryText.size()) == std::ssize(canaryText));
    return statusOf(room / "canary");
}

/// Reading it changes its access time at most.
void checkCanary(const struct stat &before)
{
    const struct stat now = statusOf(room / "canary");
    check(now.st_ino == before.st_ino && now.st_mode == before.st_mode && now.st_nlink == before.st_nlink);
    check(now.st_size == before.st_size && now.st_ctim.tv_sec == before.st_ctim.tv_sec &&
          now.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
    check(std::distance(fs::directory_iterator(room), fs::directory_iterator()) == 2);
}

void checkUnpacked(const fs::path &out)
{
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    for (const fs::directory_entry &entry : fs::recursive_directory_iterator(out)) { // follows no link
        const struct stat status = statusOf(entry.path());
        ++entries;
        if (S_ISREG(status.st_mode) && status.st_nlink == 1)
            bytes += static_cast<std::uint64_t>(status.st_size);
        check(!S_ISREG(status.st_mode) || (status.st_mode & (S_ISUID | S_ISGID | S_ISVTX)) == 0);
        check(!S_ISDIR(status.st_mode) || (status.st_mode & (S_ISUID | S_ISGID | S_IRWXU)) == S_IRWXU);
        check(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) || S_ISLNK(status.st_mode) ||
              (S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0)));
    }
    check(entries <= limits.entries && bytes <= limits.bytes);
}

/// A header of tar whose sum is wrong is refused at once, so hardly any change would get further.
void mendSums(std::span<char> bytes)
{
    constexpr std::size_t block = 512;
    constexpr std::size_t sumAt = 148;
    constexpr std::size_t magicAt = 257;
    for (; bytes.size() >= block; bytes = bytes.subspan(block)) {
        if (std::string_view(bytes.data() + magicAt, 5) != "ustar")
            continue;
        const std::span<char> sum = bytes.subspan(sumAt, 8);
        std::ranges::fill(sum, ' ');
        const unsigned value = std::accumulate(bytes.begin(), bytes.begin() + block, 0U, [](unsigned all, char byte) {
            return all + static_cast<unsigned char>(byte);
        });
        std::ranges::fill(sum.first(6), '0');
        char digits[8];
        const char *const end = std::to_chars(digits, digits + sizeof digits, value, 8).ptr;
        std::copy(static_cast<const char *>(digits), end, sum.begin() + 6 - (end - digits));
        sum[6] = '\0';
    }
}

UniqueFd fileOf(std::string_view bytes)
{
    UniqueFd file(::memfd_create("archive", MFD_CLOEXEC));
    check(::write(file.get(), bytes.data(), bytes.size()) == std::ssize(bytes) &&
          ::lseek(file.get(), 0, SEEK_SET) == 0);
    return file;
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int * /*argc*/, char *** /*argv*/)
{
    std::string made = (fs::is_directory("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path()) /
                       "pivotbench-fuzz-unpack-XXXXXX";
    check(::mkdtemp(made.data()) != nullptr);
    room = made;
    const pid_t fuzzer = ::fork();
    check(fuzzer >= 0);
    if (fuzzer == 0)
        return ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const int number : {SIGINT, SIGTERM}) // for the fuzzer, which ends of them
        ::signal(number, SIG_IGN);
    int status = 0;
    while (::waitpid(fuzzer, &status, 0) < 0)
        check(errno == EINTR);
    std::error_code ignored;
    fs::remove_all(room, ignored);
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const struct stat canary = makeCanary();
    std::string bytes(reinterpret_cast<const char *>(data), size);
    mendSums(bytes);
    const UniqueFd archive = fileOf(bytes);
    const fs::path out = room / "out";
    check(fs::create_directory(out));
    const UniqueFd destination(::open(out.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const Result<UnpackSummary> unpacked = unpackArchive(archive.get(), "archive", destination.get(), limits);
    if (unpacked)
        check(unpacked->bytes <= limits.bytes && unpacked->files + unpacked->directories <= limits.entries);
    else
        check(!unpacked.error().what.empty());
    checkUnpacked(out);
    checkCanary(canary);
    fs::remove_all(out);
    return 0;
}
