// SPDX-License-Identifier: Apache-2.0
//
// The rows of a mount table. A row is held once, however many tables have it: the frames of a recording differ in few
// rows. Reads like a vector; values, any thread.
#pragma once

#include "core/mount/mount_entry.h"

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace pivotbench::core {

using SharedRow = std::shared_ptr<const MountEntry>;

class MountRows {
public:
    using value_type = MountEntry;

    class Iterator {
    public:
        using iterator_category = std::random_access_iterator_tag;
        using value_type = MountEntry;
        using difference_type = std::ptrdiff_t;
        using pointer = const MountEntry *;
        using reference = const MountEntry &;

        Iterator() = default;
        explicit Iterator(std::vector<SharedRow>::const_iterator at)
            : m_at(at)
        {
        }
        reference operator*() const { return **m_at; }
        pointer operator->() const { return m_at->get(); }
        reference operator[](difference_type n) const { return **(m_at + n); }
        Iterator &operator++() { return *this += 1; }
        Iterator operator++(int) { return std::exchange(*this, *this + 1); }
        Iterator &operator--() { return *this += -1; }
        Iterator operator--(int) { return std::exchange(*this, *this + -1); }
        Iterator &operator+=(difference_type n)
        {
            m_at += n;
            return *this;
        }
        Iterator &operator-=(difference_type n) { return *this += -n; }
        friend Iterator operator+(Iterator at, difference_type n) { return at += n; }
        friend Iterator operator+(difference_type n, Iterator at) { return at += n; }
        friend Iterator operator-(Iterator at, difference_type n) { return at -= n; }
        friend difference_type operator-(const Iterator &a, const Iterator &b) { return a.m_at - b.m_at; }
        friend bool operator==(const Iterator &, const Iterator &) = default;
        friend auto operator<=>(const Iterator &a, const Iterator &b) { return a.m_at <=> b.m_at; }

    private:
        std::vector<SharedRow>::const_iterator m_at;
    };

    MountRows() = default;
    MountRows(std::vector<MountEntry> rows) // NOLINT(google-explicit-constructor): a list of rows is one
    {
        m_rows.reserve(rows.size());
        for (MountEntry &row : rows)
            m_rows.push_back(std::make_shared<const MountEntry>(std::move(row)));
    }
    explicit MountRows(std::vector<SharedRow> rows)
        : m_rows(std::move(rows))
    {
    }

    [[nodiscard]] const MountEntry &operator[](std::size_t index) const { return *m_rows[index]; }
    [[nodiscard]] const SharedRow &share(std::size_t index) const { return m_rows[index]; }
    [[nodiscard]] const MountEntry &front() const { return *m_rows.front(); }
    [[nodiscard]] const MountEntry &back() const { return *m_rows.back(); }
    [[nodiscard]] std::size_t size() const { return m_rows.size(); }
    [[nodiscard]] bool empty() const { return m_rows.empty(); }
    [[nodiscard]] Iterator begin() const { return Iterator(m_rows.begin()); }
    [[nodiscard]] Iterator end() const { return Iterator(m_rows.end()); }

    friend bool operator==(const MountRows &a, const MountRows &b)
    {
        if (a.size() != b.size())
            return false;
        for (std::size_t i = 0; i < a.size(); ++i)
            if (a.m_rows[i] != b.m_rows[i] && *a.m_rows[i] != *b.m_rows[i])
                return false;
        return true;
    }

private:
    std::vector<SharedRow> m_rows;
};

} // namespace pivotbench::core
