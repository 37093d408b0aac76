// SPDX-License-Identifier: Apache-2.0
//
// What tests of real sandboxes share: a user, a root file system of his, and ways to read what the kernel says.
#pragma once

#include "core/mount/mount_table.h"
#include "core/recording/recording.h"
#include "real_user.h"

#include <QTest>

namespace pivotbench::test {

/// The column "root" with two rows, for what has to hold for an ordinary user and for root.
inline void bothUsers()
{
    QTest::addColumn<bool>("root");
    QTest::newRow("an ordinary user") << false;
    QTest::newRow("root") << true;
}

inline core::MountTable tableOf(const QByteArray &text)
{
    auto entries = core::parseMountinfo(text.toStdString());
    return core::MountTable(entries ? std::move(*entries) : std::vector<core::MountEntry>());
}

/// Type and options of what a path shows, "nothing" where nothing is mounted on it.
inline QByteArray row(const core::MountTable &table, std::string_view path)
{
    const std::size_t at = table.visibleAt(path);
    if (at == core::MountTable::none)
        return "nothing";
    const core::MountEntry &entry = table.entries()[at];
    return QByteArray::fromStdString(entry.type + " " + entry.options);
}

class SandboxTest : public QObject {
protected:
    std::unique_ptr<RealUser> m_user; ///< null after become() where the test has to be skipped
    QString m_root;

    void become(bool root)
    {
        QString whyNot;
        m_user = root ? RealUser::root(&whyNot) : RealUser::ordinary(&whyNot);
        if (!m_user)
            QSKIP(qPrintable(whyNot));
        m_root = m_user->makeBusyboxRoot("root");
    }

    /// A spec with little but a mount namespace, where a command does by hand what the plan does elsewhere: it has
    /// every capability, and no call is refused. The PID namespace is there so that nothing outlives the sandbox.
    QString byHandSpec(const QByteArray &rootFields)
    {
        return m_user->makeSpec(m_root, R"(
            "namespaces": {"uts": "host", "ipc": "host", "network": "host", "cgroup": "host"},
            "proc": "none", "sys": "none", "dev": {"policy": "none"}, "seccomp": {"profile": "none"},
            "process": {"args": ["/bin/sh"], "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], "capabilities": "all",
                        "noNewPrivileges": false})",
                                rootFields);
    }

    /// A shell script in a sandbox with the usual hardening.
    Outcome inside(const QStringList &options, const QString &script)
    {
        return m_user->pivotctl(QStringList{"run", "-q", "--rootfs", m_root} + options +
                                QStringList{"-T", "--", "/bin/sh", "-c", script});
    }
};

} // namespace pivotbench::test
