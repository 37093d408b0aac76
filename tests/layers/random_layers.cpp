// SPDX-License-Identifier: Apache-2.0
#include "random_layers.h"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <random>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace pivotbench::test {
namespace {

constexpr int deepest = 4;

void must(bool done, const std::string &what)
{
    if (done)
        return;
    std::perror(what.c_str());
    std::_Exit(3);
}

class Maker {
public:
    Maker(std::uint64_t seed, std::string attributes)
        : m_random(seed)
        , m_attributes(std::move(attributes))
    {
    }

    int upTo(int most) { return std::uniform_int_distribution(0, most)(m_random); }

    void fill(const std::string &directory, int depth)
    {
        // The last one is not UTF-8.
        for (const char *name : {"a", "b", "c", "d", "e", "f-longer-name", "\xff\n"})
            make(directory + "/" + name, depth);
    }

private:
    void make(const std::string &path, int depth)
    {
        switch (upTo(depth < deepest ? 15 : 9)) {
        case 0:
        case 1:
        case 2: file(path, upTo(200)); break;
        case 3: file(path, 0); break;
        case 4: must(::symlink(upTo(1) == 0 ? "a" : "../b/c", path.c_str()) == 0, path); break;
        case 5: must(::mknod(path.c_str(), S_IFCHR | 0600, makedev(0, 0)) == 0, path); break;
        case 6:
            file(path, 0);
            mark(path, "whiteout", "y");
            break;
        case 7: // not a whiteout: it is not empty
            file(path, 3);
            if (upTo(3) == 0)
                mark(path, "whiteout", "y");
            break;
        case 8: must(upTo(3) != 0 || ::mkfifo(path.c_str(), 0640) == 0, path); break;
        case 9: break;
        default: directory(path, depth); break;
        }
        if (upTo(3) == 0) {
            const timespec times[] = {{.tv_sec = 1'000'000 + upTo(1'000'000), .tv_nsec = 0},
                                      {.tv_sec = 1'000'000'000 + upTo(1'000'000), .tv_nsec = 0}};
            ::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW); // perhaps nothing was made
        }
    }

    void file(const std::string &path, int size)
    {
        const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        must(fd >= 0, path);
        must(::ftruncate(fd, size) == 0 && ::fchmod(fd, upTo(2) == 0 ? 04711 : 0640) == 0, path);
        ::close(fd);
    }

    void directory(const std::string &path, int depth)
    {
        must(::mkdir(path.c_str(), 0755) == 0 && ::chmod(path.c_str(), upTo(1) == 0 ? 01777 : 0755) == 0, path);
        switch (upTo(5)) {
        case 0: mark(path, "opaque", "y"); break;
        case 1: mark(path, "opaque", "x"); break;
        case 2: mark(path, "origin", ""); break; // "may hold whiteouts"
        default: break;
        }
        if (upTo(5) != 0)
            fill(path, depth + 1);
    }

    void mark(const std::string &path, const char *name, const std::string &value)
    {
        must(::setxattr(path.c_str(), (m_attributes + name).c_str(), value.data(), value.size(), 0) == 0, path);
    }

    std::mt19937_64 m_random;
    std::string m_attributes;
};

} // namespace

int makeRandomLayers(const std::string &directory, std::uint64_t seed, const std::string &attributes)
{
    Maker maker(seed, attributes);
    const int count = 2 + maker.upTo(3);
    for (int i = 0; i < count; ++i) {
        const std::string layer = fmt::format("{}/l{}", directory, i);
        must(::mkdir(layer.c_str(), 0755) == 0, layer);
        // What the topmost directories say of themselves is not asked by the kernel.
        if (maker.upTo(4) == 0)
            must(::setxattr(layer.c_str(), (attributes + "opaque").c_str(), maker.upTo(1) == 0 ? "y" : "x", 1, 0) == 0,
                 layer);
        maker.fill(layer, 0);
    }
    return count;
}

} // namespace pivotbench::test
