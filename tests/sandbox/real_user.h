// SPDX-License-Identifier: Apache-2.0
//
// A world for tests of real sandboxes: an ordinary user (or root) with directories of its own, who runs pivotctl and
// gets a helper of its own. When the tests run as root, the user is the one named by $PIVOTBENCH_TEST_USER
// (packaging/check makes it); without one, tests that need it skip loudly. Everything is removed, and the helper ended,
// with the object.
#pragma once

#include <QByteArray>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

#include <functional>
#include <memory>
#include <optional>
#include <sys/types.h>

namespace pivotbench::test {

struct Outcome {
    int status = -1; ///< exit status; -1 when it crashed or did not end in time
    QByteArray output;
    QByteArray error;
    [[nodiscard]] QByteArray all() const { return output + error; }
};

class RealUser {
public:
    /// The ordinary user; null with a reason when there is none.
    static std::unique_ptr<RealUser> ordinary(QString *whyNot);
    /// Root, in the initial user namespace; null when the tests do not run as root.
    static std::unique_ptr<RealUser> root(QString *whyNot);
    ~RealUser();

    /// Runs a shell script on a "host" of its own: a mount namespace with the machine's mounts, made shared as systemd
    /// makes them, so that mounts can be made in it and can leak, but never to the machine. In the script "pivotctl" is
    /// the one beside the test, and its helper lives on this host, too. An ordinary user is root there, in a user
    /// namespace with all his ids; nothing, with a reason, when he has no subordinate ones.
    std::optional<Outcome> onAHostOfItsOwn(const QString &script, QString *whyNot);

    /// pivotctl with these arguments; waits for its end, up to a minute.
    Outcome pivotctl(const QStringList &args, const QByteArray &input = {});
    /// Any program, as this user.
    Outcome run(const QString &program, const QStringList &args, const QByteArray &input = {});
    /// Started and left running; ended with the object at the latest.
    std::unique_ptr<QProcess> start(const QString &program, const QStringList &args);
    std::unique_ptr<QProcess> startPivotctl(const QStringList &args);

    [[nodiscard]] uid_t uid() const { return m_uid; }
    [[nodiscard]] gid_t gid() const { return m_gid; }
    /// A directory of this user, empty at first.
    [[nodiscard]] QString directory() const { return m_directory.path(); }
    [[nodiscard]] QString path(const QString &name) const { return m_directory.filePath(name); }
    /// Makes a file or directory of this user below directory().
    QString makeDirectory(const QString &name);
    QString makeFile(const QString &name, const QByteArray &text, int mode = 0644);
    QString makeLink(const QString &name, const QByteArray &target);
    /// What a file below directory() holds; empty when it is not there.
    [[nodiscard]] QByteArray contents(const QString &name) const;
    /// A root file system of this user with the static BusyBox and the usual empty directories. Without names of
    /// applets it has those that tests need.
    QString makeBusyboxRoot(const QString &name, QStringList applets = {});
    /// A spec of one layer. `fields` are those beside "root", `rootFields` those in it beside "layers", as JSON.
    QString makeSpec(const QString &layer, const QByteArray &fields, const QByteArray &rootFields = {});

    /// The helper that serves this user now, by its lock; 0 when there is none.
    [[nodiscard]] pid_t helperPid() const;
    void endHelper();
    /// Adds a variable to the environment of everything started from now on.
    void setVariable(const QString &name, const QString &value);

private:
    RealUser(uid_t uid, gid_t gid, const QString &name);
    void prepare(QProcess &process) const;

    uid_t m_uid;
    gid_t m_gid;
    QString m_name;
    QTemporaryDir m_directory;
    QStringList m_environment;
};

/// What a launch must leave as it was: mount table of this process, processes of the user, descriptors of its helper,
/// and entries of the runtime and state directories. Compared as text, so that a test shows what is left.
QString traces(const RealUser &user);
/// The same once two readings agree: a helper is done with a sandbox a moment after its client.
QString settledTraces(const RealUser &user);
/// The lines that only one of the two has; empty when nothing changed.
QString difference(const QString &before, const QString &after);

QString pivotctlPath(); ///< beside the test
QString helperPath();

} // namespace pivotbench::test
