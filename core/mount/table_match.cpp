// SPDX-License-Identifier: Apache-2.0
#include "core/mount/table_match.h"

#include <map>

namespace pivotbench::core {
namespace {

/// One to one, as far as pairs have been seen.
class Renaming {
public:
    bool same(std::uint64_t left, std::uint64_t right)
    {
        if (left == 0 || right == 0)
            return left == right;
        return m_forward.try_emplace(left, right).first->second == right &&
               m_backward.try_emplace(right, left).first->second == left;
    }

private:
    std::map<std::uint64_t, std::uint64_t> m_forward; // not hashed: numbers may be chosen to collide
    std::map<std::uint64_t, std::uint64_t> m_backward;
};

class Matcher {
public:
    Matcher(const MountTable &left, const MountTable &right)
        : m_left(left)
        , m_right(right)
    {
    }

    std::vector<TableMismatch> run()
    {
        match(m_left.roots(), m_right.roots());
        return std::move(m_out);
    }

private:
    /// Rows that stand on the same mount; what stands on those is matched in turn, with a stack of its own, for a chain
    /// of mounts may be long.
    void match(const std::vector<std::size_t> &leftRoots, const std::vector<std::size_t> &rightRoots)
    {
        std::vector<std::pair<std::size_t, std::size_t>> todo;
        siblings(leftRoots, rightRoots, todo);
        while (!todo.empty()) {
            const auto [left, right] = todo.back();
            todo.pop_back();
            siblings(m_left.childrenOf(left), m_right.childrenOf(right), todo);
        }
    }

    void siblings(const std::vector<std::size_t> &lefts, const std::vector<std::size_t> &rights,
                  std::vector<std::pair<std::size_t, std::size_t>> &todo)
    {
        std::multimap<std::string_view, std::size_t> byPath;
        for (const std::size_t right : rights)
            byPath.emplace(m_right.entries()[right].mountPoint, right);
        for (const std::size_t left : lefts) {
            const auto found = byPath.find(m_left.entries()[left].mountPoint);
            if (found == byPath.end()) {
                missing(m_left, left, true);
                continue;
            }
            compare(left, found->second);
            todo.emplace_back(left, found->second);
            byPath.erase(found);
        }
        for (const auto &[path, right] : byPath)
            missing(m_right, right, false);
    }

    /// With all that stands on it.
    void missing(const MountTable &table, std::size_t row, bool left)
    {
        std::vector<std::size_t> todo = {row};
        while (!todo.empty()) {
            const std::size_t at = todo.back();
            todo.pop_back();
            m_out.push_back(left ? TableMismatch{.left = at, .fields = {}} : TableMismatch{.right = at, .fields = {}});
            for (const std::size_t child : table.childrenOf(at))
                todo.push_back(child);
        }
    }

    void compare(std::size_t leftRow, std::size_t rightRow)
    {
        const MountEntry &left = m_left.entries()[leftRow];
        const MountEntry &right = m_right.entries()[rightRow];
        TableMismatch out{leftRow, rightRow, {}};
        const auto field = [&out](const char *name, bool same) {
            if (!same)
                out.fields.emplace_back(name);
        };
        field("root", left.root == right.root);
        field("options", left.options == right.options);
        const bool group = m_groups.same(left.peerGroup, right.peerGroup);
        const bool master = m_groups.same(left.master, right.master);
        const bool from = m_groups.same(left.propagateFrom, right.propagateFrom);
        field("propagation", group && master && from && left.unbindable == right.unbindable);
        field("type", left.type == right.type);
        field("source", left.source == right.source);
        field("superblock", left.superOptions.substr(0, 2) == right.superOptions.substr(0, 2));
        if (!out.fields.empty())
            m_out.push_back(std::move(out));
    }

    const MountTable &m_left;
    const MountTable &m_right;
    Renaming m_groups;
    std::vector<TableMismatch> m_out;
};

std::string valueOf(const MountEntry &row, const std::string &field)
{
    if (field == "root")
        return row.root;
    if (field == "options")
        return row.options;
    if (field == "propagation")
        return propagationText(row);
    if (field == "type")
        return row.type;
    if (field == "source")
        return row.source;
    return row.superOptions;
}

} // namespace

std::vector<TableMismatch> matchTables(const MountTable &left, const MountTable &right)
{
    return Matcher(left, right).run();
}

std::string formatMismatches(const std::vector<TableMismatch> &mismatches, const MountTable &left,
                             const MountTable &right, std::string_view leftName, std::string_view rightName)
{
    std::string out;
    for (const TableMismatch &mismatch : mismatches) {
        const bool onLeft = mismatch.left != MountTable::none;
        const bool onRight = mismatch.right != MountTable::none;
        if (!onLeft || !onRight) {
            const MountEntry &row = onLeft ? left.entries()[mismatch.left] : right.entries()[mismatch.right];
            out += "only ";
            out += onLeft ? leftName : rightName;
            out += ": " + formatMountinfoLineAscii(row) + "\n";
            continue;
        }
        const MountEntry &a = left.entries()[mismatch.left];
        const MountEntry &b = right.entries()[mismatch.right];
        out += escapeOctal(a.mountPoint) + " ";
        for (const std::string &field : mismatch.fields)
            out += " " + field + ": " + escapeOctal(valueOf(a, field)) + " ≠ " + escapeOctal(valueOf(b, field)) + ";";
        out.back() = '\n';
    }
    return out;
}

} // namespace pivotbench::core
