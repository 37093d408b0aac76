// SPDX-License-Identifier: Apache-2.0
//
// Recordings for tests of the Stage: predicted ones of presets, and random ones.
#pragma once

#include "tests/kernel/made_machine.h"

#include <QtGlobal>
#include <algorithm>
#include <fmt/format.h>
#include <random>
#include <string>
#include <vector>

namespace pivotbench::tests {

inline Recording predicted(const char *preset, const std::function<void(SandboxSpec &)> &change = {})
{
    return predict(planOf(preset, change), someFacts(), machineWith(smallTable), "{}").recording;
}

/// A recording of random tables, each made from the one before by what mounts, unmounts, moves and namespaces do to
/// rows. `hostile`: also parents that are not there, circles, ids twice, names that no person would choose.
class RandomRecording {
public:
    explicit RandomRecording(unsigned seed, bool hostile)
        : m_random(seed)
        , m_hostile(hostile)
    {
    }

    Recording make(int frames, std::size_t mounts)
    {
        Recording recording;
        recording.header.plan.newRoot = "/m1/m2";
        recording.header.plan.steps = {{"begin", Phase::Namespaces, "", CreateProcess{}},
                                       {"bind", Phase::Mounts, "",
                                        BindMount{.source = {.base = Location::Base::Host, .path = "/m1"},
                                                  .target = {.base = Location::Base::Host, .path = "/m2"}}},
                                       {"jail", Phase::Switch, "", ChangeRoot{}},
                                       {"run", Phase::Process, "", Execute{.args = {"/bin/sh"}, .env = {}}}};
        m_rows = {row(0, "/")};
        while (m_rows.size() < mounts)
            mount();
        for (int i = 0; i < frames; ++i) {
            Frame frame{.step = below(recording.header.plan.steps.size()),
                        .initial = i == 0,
                        .error = {},
                        .root = {},
                        .cwd = {},
                        .namespaces = {{"mnt", m_namespace}},
                        .table = nullptr};
            frame.table = std::make_shared<const MountTable>(m_rows);
            frame.root = {"/", m_rows.empty() ? 0 : m_rows.front().id};
            frame.cwd = {"/m1", m_rows.empty() ? 7 : m_rows[below(m_rows.size())].id};
            recording.frames.push_back(std::move(frame));
            for (std::size_t change = below(4); change-- > 0;)
                next();
        }
        return recording;
    }

private:
    std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(m_random); }

    MountEntry row(std::uint64_t parent, std::string mountPoint)
    {
        MountEntry row{.id = ++m_lastId,
                       .parentId = parent,
                       .root = below(4) == 0 ? "/part" : "/",
                       .mountPoint = std::move(mountPoint),
                       .options = below(3) == 0 ? "ro,nosuid" : "rw",
                       .unknownTags = {},
                       .type = std::vector<std::string>{"ext4", "tmpfs", "proc", "overlay", "sysfs"}[below(5)],
                       .source = "source",
                       .superOptions = "rw,lowerdir=/a:/b,upperdir=/c"};
        row.deviceMinor = static_cast<std::uint32_t>(below(5));
        row.peerGroup = below(3) == 0 ? 1 + below(4) : 0;
        row.master = below(4) == 0 ? 1 + below(4) : 0;
        row.unbindable = below(20) == 0;
        return row;
    }

    std::string name()
    {
        static const std::vector<std::string> odd{"a\nb",
                                                  "\xe2\x80\xae"
                                                  "gnp",
                                                  std::string(300, 'W'),
                                                  "\xff\xfe",
                                                  "</script>",
                                                  "日本語日本語日本語日本語"};
        return m_hostile && below(3) == 0 ? odd[below(odd.size())] : fmt::format("m{}", below(6));
    }

    void mount()
    {
        const MountEntry &parent = m_rows[below(m_rows.size())];
        const std::string place = (parent.mountPoint == "/" ? "" : parent.mountPoint) + "/" + name();
        m_rows.push_back(row(parent.id, place.size() > 3000 ? "/deep" : place));
    }

    void unmount(std::size_t which)
    {
        std::vector<std::uint64_t> gone{m_rows[which].id};
        for (std::size_t i = 0; i < gone.size(); ++i) {
            for (const MountEntry &entry : m_rows)
                if (entry.parentId == gone[i] && std::ranges::find(gone, entry.id) == gone.end())
                    gone.push_back(entry.id);
        }
        std::erase_if(m_rows, [&](const MountEntry &entry) { return std::ranges::find(gone, entry.id) != gone.end(); });
    }

    void next()
    {
        if (m_rows.empty()) {
            m_rows.push_back(row(0, "/"));
            return;
        }
        const std::size_t which = below(m_rows.size());
        switch (below(m_hostile ? 9 : 6)) {
        case 0:
        case 1:
        case 2: return mount();
        case 3:
            if (which != 0 || m_hostile)
                unmount(which);
            return;
        case 4:
            m_rows[which].options = m_rows[which].options == "rw" ? "ro" : "rw";
            m_rows[which].peerGroup = 0;
            return;
        case 5:
            if (m_namespace < 3) { // the copy of a whole tree
                ++m_namespace;
                const std::uint64_t more = m_lastId + 100;
                for (MountEntry &entry : m_rows) {
                    entry.id += more;
                    entry.parentId = entry.parentId == 0 ? 0 : entry.parentId + more;
                    m_lastId = std::max(m_lastId, entry.id);
                }
            }
            return;
        case 6: m_rows[which].parentId = m_rows[below(m_rows.size())].id; return;
        case 7: m_rows[which].parentId = 999999; return;
        default: m_rows.push_back(m_rows[which]); return;
        }
    }

    std::mt19937 m_random;
    bool m_hostile;
    std::vector<MountEntry> m_rows;
    std::uint64_t m_lastId = 19;
    std::uint64_t m_namespace = 1;
};

} // namespace pivotbench::tests
