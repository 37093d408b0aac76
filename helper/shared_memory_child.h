// SPDX-License-Identifier: Apache-2.0
//
// What children that borrow the caller's memory for a moment have in common (clone(2), CLONE_VM | CLONE_VFORK).
#pragma once

#include <cstddef>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

namespace pivotbench::helper {

// The address sanitizer cannot follow a second stack in one memory; there the child gets a copy, and all else stays.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr int memorySharing = CLONE_VFORK;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr int memorySharing = CLONE_VFORK;
#else
inline constexpr int memorySharing = CLONE_VFORK | CLONE_VM;
#endif
#else
inline constexpr int memorySharing = CLONE_VFORK | CLONE_VM;
#endif

/// Memory from the kernel for as long as the object lives.
class Mapping {
public:
    /// `sharing`: MAP_SHARED for what both sides write, also where the child has a copy of all else; MAP_PRIVATE.
    Mapping(std::size_t size, int sharing)
        : m_data(::mmap(nullptr, size, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0))
        , m_size(size)
    {
    }
    ~Mapping()
    {
        if (*this)
            ::munmap(m_data, m_size);
    }
    Mapping(const Mapping &) = delete;
    Mapping &operator=(const Mapping &) = delete;

    explicit operator bool() const { return m_data != MAP_FAILED; }
    [[nodiscard]] void *begin() const { return m_data; }
    [[nodiscard]] void *end() const { return static_cast<char *>(m_data) + m_size; }

private:
    void *m_data;
    std::size_t m_size;
};

/// A stack for a child. It grows down on every architecture this runs on, to a page that nobody can touch.
class ChildStack {
public:
    ChildStack()
        : m_memory(std::size_t{1} << 20, MAP_PRIVATE)
    {
        if (m_memory)
            ::mprotect(m_memory.begin(), static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)), PROT_NONE);
    }
    explicit operator bool() const { return static_cast<bool>(m_memory); }
    [[nodiscard]] void *top() const { return m_memory.end(); }

private:
    Mapping m_memory; ///< private: a child that is forked from it goes on on a copy
};

} // namespace pivotbench::helper
