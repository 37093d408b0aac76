// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/from_table.h"

#include "core/base/text.h"
#include "core/kernel/mount_tree.h"
#include "core/kernel/propagation.h"
#include "core/kernel/tree.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace pivotbench::core::kernel {
namespace {

constexpr std::string_view deleted = "//deleted";
constexpr std::uint64_t largestGroup = 0x7fffffff;

std::uint32_t flagsOf(std::string_view options)
{
    static constexpr std::pair<std::string_view, std::uint32_t> words[] = {
        {"ro", flag::readOnly},       {"nosuid", flag::noSuid},           {"nodev", flag::noDev},
        {"noexec", flag::noExec},     {"noatime", flag::noAtime},         {"nodiratime", flag::noDirAtime},
        {"relatime", flag::relAtime}, {"nosymfollow", flag::noSymFollow}, {"idmapped", flag::idMapped}};
    std::uint32_t flags = 0;
    for (const std::string_view word : split(options, ','))
        for (const auto &[name, bit] : words)
            if (word == name)
                flags |= bit;
    return flags;
}

/// Directories that the kernel makes for mounts: always empty, so a locked mount on one hides nothing.
bool isMadeForMounts(std::string_view type, std::string_view path)
{
    static constexpr std::string_view proc[] = {"/sys/fs/binfmt_misc", "/fs/nfsd", "/openprom"};
    static constexpr std::string_view sys[] = {
        "/fs/cgroup",       "/fs/bpf",        "/fs/pstore",           "/fs/fuse/connections",
        "/fs/selinux",      "/fs/smackfs",    "/kernel/debug",        "/kernel/tracing",
        "/kernel/security", "/kernel/config", "/firmware/efi/efivars"};
    return type == "proc" ? std::ranges::find(proc, path) != std::end(proc)
                          : type == "sysfs" && std::ranges::find(sys, path) != std::end(sys);
}

/// The numbers that a table uses, each with its rank. They are sorted, never hashed: they may be chosen to collide.
class Ranks {
public:
    void add(std::uint64_t number) { m_numbers.push_back(number); }
    /// After the last one.
    void sort()
    {
        std::ranges::sort(m_numbers);
        m_numbers.erase(std::ranges::unique(m_numbers).begin(), m_numbers.end());
    }
    [[nodiscard]] std::size_t size() const { return m_numbers.size(); }
    /// Of a number that was added.
    [[nodiscard]] std::size_t operator[](std::uint64_t number) const
    {
        return static_cast<std::size_t>(std::ranges::lower_bound(m_numbers, number) - m_numbers.begin());
    }

private:
    std::vector<std::uint64_t> m_numbers;
};

class Builder {
public:
    Builder(const MountTable &table, const Reader &reader, std::shared_ptr<const HostTree> files)
        : m_table(table)
        , m_reader(reader)
    {
        m_state.host = std::move(files);
        m_user = m_state.userNamespaces.add({});
        if (!reader.initialUserNamespace)
            m_user = m_state.userNamespaces.add({.parent = m_user, .level = 1});
    }

    Machine build()
    {
        // Below the reader's root lies what it cannot see: the mounts with parents outside the table stand on this.
        const SuperblockId below = addSuperblock(m_state, "rootfs", UserNamespaceId{1});
        m_bottom = addMount(m_state, below, m_state.superblocks[below].root, 0, "rootfs");
        // A reader whose root is no mount stands in a directory of one, which its table does not have.
        const std::size_t rootRow = m_table.visibleAt("/");
        m_readersRoot = m_state.superblocks[below].root;
        if (rootRow == MountTable::none)
            m_readersRoot = addEntry(m_state, m_readersRoot, "root", NodeKind::Directory);
        m_mounts.resize(m_table.size(), MountId::None);
        rankNumbers();
        m_state.childMount.reserve(m_table.size());
        m_state.entry.reserve(m_table.size());
        m_state.nameByHash.reserve(m_table.size());
        if (m_state.host)
            for (std::size_t i = 0; i < m_table.size(); ++i)
                if (m_table.isVisible(i))
                    m_shown[deviceOf(m_table.entries()[i])].push_back(i);
        for (auto &[device, rows] : m_shown)
            std::ranges::sort(rows, {}, [this](std::size_t i) { return m_table.entries()[i].root.size(); });
        std::vector<std::size_t> todo(m_table.roots().rbegin(), m_table.roots().rend());
        while (!todo.empty()) {
            const std::size_t row = todo.back();
            todo.pop_back();
            addRow(row);
            const std::vector<std::size_t> &children = m_table.childrenOf(row);
            todo.insert(todo.end(), children.rbegin(), children.rend());
        }
        addViews();
        const MountNamespaceId space = m_state.mountNamespaces.add({.owner = m_user, .root = m_bottom});
        enterNamespace(m_state, m_bottom, space);

        const Place root =
            rootRow == MountTable::none ? Place{m_bottom, m_readersRoot} : rootOf(m_state, m_mounts[rootRow]);
        const ProcessId reader = m_state.processes.add({.user = m_user,
                                                        .capabilities = m_reader.privileged ? capability::all : 0,
                                                        .uid = m_reader.uid,
                                                        .space = space,
                                                        .pid = other("proc"),
                                                        .network = other("sysfs"),
                                                        .ipc = other("mqueue"),
                                                        .cgroup = other("cgroup2"),
                                                        .root = root,
                                                        .cwd = root});
        m_state.processes.edit(reader).pidForChildren = m_state.processes[reader].pid;
        return {std::move(m_state), reader};
    }

private:
    void rankNumbers()
    {
        for (const MountEntry &row : m_table.entries()) {
            m_devices.add(deviceOf(row));
            m_groups.add(row.peerGroup);
            m_groups.add(row.master);
        }
        m_devices.sort();
        m_groups.sort();
        m_superblockOf.resize(m_devices.size(), SuperblockId::None);
        m_groupOf.resize(m_groups.size(), PeerGroupId::None);
    }

    void addRow(std::size_t index)
    {
        const MountEntry &row = m_table.entries()[index];
        const SuperblockId superblock = superblockOf(row);
        const NodeKind kind = kindOf(row);
        const MountId mount =
            addMount(m_state, superblock, rootNode(superblock, row.root, kind), flagsOf(row.options), row.source);
        m_mounts[index] = mount;
        {
            Mount &made = m_state.mounts.edit(mount);
            made.tableId = row.id;
            if (row.unbindable)
                made.flags |= flag::unbindable;
            if (m_reader.locked)
                made.flags |= m_reader.locked->contains(row.id) ? flag::locked : 0;
            else if (!m_reader.initialUserNamespace)
                made.flags |= flag::maybeLocked;
        }
        if (row.peerGroup != 0)
            joinGroup(m_state, mount, groupWithMaster(row));
        else if (row.master != 0)
            becomeSlave(m_state, mount, group(row.master));
        attach(m_state, mount, placeOf(index, kind));
    }

    /// Members of a group have one master: that of the first row. In a forged table groups may be each other's masters,
    /// which is not believed.
    PeerGroupId groupWithMaster(const MountEntry &row)
    {
        const PeerGroupId own = group(row.peerGroup);
        if (row.master == 0 || m_state.groups[own].firstMember != MountId::None)
            return own;
        const PeerGroupId master = group(row.master);
        constexpr int deepest = 1000; // no host has chains like that
        int depth = 0;
        for (PeerGroupId above = master; above != PeerGroupId::None; above = m_state.groups[above].master)
            if (above == own || ++depth > deepest)
                return own;
        m_state.groups.edit(own).master = master;
        return own;
    }

    /// On the place of the parent that the two paths tell; a place that is taken already (only a forged table has two
    /// rows there) is topped.
    Place placeOf(std::size_t index, NodeKind kind)
    {
        const MountEntry &row = m_table.entries()[index];
        const std::size_t parentRow = m_table.parentOf(index);
        const MountId parent = parentRow == MountTable::none ? m_bottom : m_mounts[parentRow];
        std::string_view path = row.mountPoint;
        if (parentRow != MountTable::none) {
            const std::string &above = m_table.entries()[parentRow].mountPoint;
            if (above != "/" && path.starts_with(above))
                path.remove_prefix(above.size());
        }
        const Mount &standsOn = m_state.mounts[parent];
        const NodeId node = descend(parentRow == MountTable::none ? m_readersRoot : standsOn.root, path, kind);
        const Superblock &superblock = m_state.superblocks[standsOn.superblock];
        if (isMadeForMounts(superblock.type, pathInSuperblock(m_state, node)))
            m_state.nodes.edit(node).permanentlyEmpty = true;
        const MountId taken = mountedOn(m_state, {parent, node});
        if (taken == MountId::None)
            return {parent, node};
        // Each of a pile stands on the one before; climbing it anew for each would take long.
        MountId &top = m_tops.try_emplace(taken, taken).first->second;
        const Place place = topOf(m_state, rootOf(m_state, top));
        top = m_mounts[index];
        return place;
    }

    /// What the root of a mount is: seen on its mount point, or, where that is hidden, through another mount.
    NodeKind kindOf(const MountEntry &row) const
    {
        if (row.type == "nsfs" || !row.root.starts_with('/'))
            return NodeKind::File;
        if (row.root == "/" || !m_state.host)
            return NodeKind::Directory;
        const std::size_t top = m_table.visibleAt(row.mountPoint);
        HostTree::Kind seen = top != MountTable::none && m_table.entries()[top].id == row.id
                                  ? kindAt(row.mountPoint, MountTable::none)
                                  : HostTree::Kind::Unknown;
        // Through the mount that shows most of the filesystem, as a rule the first.
        constexpr std::size_t tried = 8;
        const std::vector<std::size_t> none;
        const auto found = m_shown.find(deviceOf(row));
        const std::vector<std::size_t> &others = found == m_shown.end() ? none : found->second;
        for (std::size_t i = 0; i < std::min(tried, others.size()) && seen == HostTree::Kind::Unknown; ++i) {
            const MountEntry &shown = m_table.entries()[others[i]];
            const std::string_view above = shown.root == "/" ? std::string_view() : std::string_view(shown.root);
            if (row.root.starts_with(above) && row.root.size() > above.size() && row.root[above.size()] == '/')
                seen = kindAt((shown.mountPoint == "/" ? "" : shown.mountPoint) + row.root.substr(above.size()),
                              others[i]);
        }
        switch (seen) {
        case HostTree::Kind::File: return NodeKind::File;
        case HostTree::Kind::Device:
        case HostTree::Kind::Whiteout: return NodeKind::Device;
        case HostTree::Kind::Absent:
        case HostTree::Kind::Directory:
        case HostTree::Kind::Link:
        case HostTree::Kind::Denied:
        case HostTree::Kind::Unknown: break;
        }
        return NodeKind::Directory;
    }

    /// `on`: the row on which the directory of the path has to lie; none where any will do.
    HostTree::Kind kindAt(const std::string &path, std::size_t on) const
    {
        const std::size_t slash = path.rfind('/');
        const std::string directory = slash == 0 ? "/" : path.substr(0, slash);
        const std::size_t above = m_table.covering(directory);
        if (above == MountTable::none || (on != MountTable::none && above != on))
            return HostTree::Kind::Unknown;
        return m_state.host->look(directory, m_table.entries()[above].id, path.substr(slash + 1)).kind;
    }

    static std::uint64_t deviceOf(const MountEntry &row)
    {
        return (std::uint64_t{row.deviceMajor} << 32) | row.deviceMinor;
    }

    SuperblockId superblockOf(const MountEntry &row)
    {
        SuperblockId &first = m_superblockOf[m_devices[deviceOf(row)]];
        if (first != SuperblockId::None && m_state.superblocks[first].type == row.type)
            return first;
        if (first != SuperblockId::None)
            if (const auto other = m_otherTypes.find({first, row.type}); other != m_otherTypes.end())
                return other->second;
        const SuperblockId id = addSuperblock(m_state, row.type, UserNamespaceId{1});
        if (first == SuperblockId::None)
            first = id;
        else
            m_otherTypes.emplace(std::pair(first, row.type), id);
        // Others of these types may belong to sandboxes; at its usual place it is the reader's own.
        if (row.mountPoint == "/sys" || row.mountPoint == "/dev/mqueue" || row.type == "cgroup2")
            m_ofNamespaces.try_emplace(row.type, id);
        Superblock &superblock = m_state.superblocks.edit(id);
        superblock.deviceMajor = row.deviceMajor;
        superblock.deviceMinor = row.deviceMinor;
        superblock.readOnly = row.superOptions == "ro" || row.superOptions.starts_with("ro,");
        const std::size_t comma = row.superOptions.find(',');
        if (comma != std::string::npos)
            superblock.options = row.superOptions.substr(comma + 1);
        if (row.type == "overlay" || row.type == "proc")
            superblock.stackDepth = row.type == "proc" ? 2 : 1;
        superblock.perhapsDeeper = row.type == "overlay" && seemsToStandOnOverlay(row);
        m_state.nodes.edit(superblock.root).unexplored = true;
        return id;
    }

    /// Whether a layer of an overlay is on another one, by the paths that its options name: they may lead elsewhere by
    /// now.
    bool seemsToStandOnOverlay(const MountEntry &row) const
    {
        for (const std::string_view option : split(row.superOptions, ',')) {
            const std::size_t equals = option.find('=');
            const std::string_view key = option.substr(0, equals);
            if (equals == std::string_view::npos || (key != "lowerdir" && key != "lowerdir+" && key != "upperdir"))
                continue;
            for (const std::string_view layer : split(option.substr(equals + 1), ':')) {
                const std::size_t on = layer.starts_with('/') ? m_table.covering(layer) : MountTable::none;
                if (on != MountTable::none && m_table.entries()[on].type == "overlay" &&
                    deviceOf(m_table.entries()[on]) != deviceOf(row))
                    return true;
            }
        }
        return false;
    }

    NodeId rootNode(SuperblockId superblock, std::string_view path, NodeKind kind)
    {
        const NodeId top = m_state.superblocks[superblock].root;
        const bool isDeleted = path.ends_with(deleted);
        if (isDeleted)
            path.remove_suffix(deleted.size());
        const NodeId node = descend(top, path, kind);
        if (isDeleted && node != top && !m_state.nodes[node].removed)
            unlink(m_state, node);
        return node;
    }

    /// The node at this path, made where it is not known; the last one of this kind.
    NodeId descend(NodeId at, std::string_view path, NodeKind kind)
    {
        for (std::size_t begin = 0; begin < path.size();) {
            const std::size_t first = path.find_first_not_of('/', begin);
            if (first == std::string_view::npos)
                break;
            const std::size_t end = std::min(path.find('/', first), path.size());
            const std::string_view name = path.substr(first, end - first);
            const NameId nameId = intern(m_state, name);
            const NodeId known{m_state.entry.find(static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(nameId))};
            if (known != NodeId::None) {
                at = known;
            } else {
                at = addEntry(m_state, at, nameId, end == path.size() ? kind : NodeKind::Directory);
                m_state.nodes.edit(at).unexplored = m_state.nodes[at].kind == NodeKind::Directory;
            }
            begin = end;
        }
        return at;
    }

    PeerGroupId group(std::uint64_t number)
    {
        PeerGroupId &id = m_groupOf[m_groups[number]];
        if (id == PeerGroupId::None) {
            id = m_state.groups.add({.shownId = number});
            if (number < largestGroup) // the kernel's are ints
                m_state.nextGroupId = std::max(m_state.nextGroupId, number + 1);
        }
        return id;
    }

    void addViews()
    {
        if (!m_state.host)
            return;
        std::vector<std::vector<HostView>> views(m_state.superblocks.end());
        for (std::size_t i = 0; i < m_table.size(); ++i)
            if (m_table.isVisible(i))
                views[static_cast<std::size_t>(m_state.mounts[m_mounts[i]].superblock)].push_back(
                    {m_state.mounts[m_mounts[i]].root, m_table.entries()[i].mountPoint, m_table.entries()[i].id});
        for (std::uint32_t i = 1; i < m_state.superblocks.end(); ++i)
            if (!views[i].empty())
                m_state.superblocks.edit(SuperblockId{i}).views =
                    std::make_shared<const std::vector<HostView>>(std::move(views[i]));
    }

    OtherNamespaceId other(std::string_view type)
    {
        const OtherNamespaceId id = m_state.otherNamespaces.add({.owner = m_user});
        if (const auto found = m_ofNamespaces.find(type); found != m_ofNamespaces.end())
            m_state.otherNamespaces.edit(id).filesystem = found->second;
        return id;
    }

    const MountTable &m_table;
    const Reader &m_reader;
    State m_state;
    UserNamespaceId m_user;
    MountId m_bottom = MountId::None;
    NodeId m_readersRoot = NodeId::None; ///< on the bottom mount
    std::vector<MountId> m_mounts;       ///< by row
    Ranks m_devices;
    std::vector<SuperblockId> m_superblockOf; ///< by the rank of its device
    /// Only in a forged table have rows of one device several types: by the first superblock of the device.
    std::map<std::pair<SuperblockId, std::string>, SuperblockId> m_otherTypes;
    Ranks m_groups;
    std::vector<PeerGroupId> m_groupOf;                              ///< by the rank of its number
    std::map<std::string, SuperblockId, std::less<>> m_ofNamespaces; ///< the first of each type that shows one
    std::map<std::uint64_t, std::vector<std::size_t>> m_shown;       ///< visible rows by device, widest first
    std::unordered_map<MountId, MountId> m_tops; ///< of the piles that only a forged table has, by the lowest
};

} // namespace

Machine machineOf(const MountTable &table, const Reader &reader, std::shared_ptr<const HostTree> files)
{
    return Builder(table, reader, std::move(files)).build();
}

} // namespace pivotbench::core::kernel
