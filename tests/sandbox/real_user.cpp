// SPDX-License-Identifier: Apache-2.0
#include "real_user.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcessEnvironment>
#include <QRegularExpression>
#include <QThread>

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pivotbench::test {
namespace {

constexpr int patience = 60'000; // ms; long enough for a sanitizer build on a busy machine

QByteArray readAll(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Not a zombie either: who reaps it is not up to the tests.
bool lives(pid_t pid)
{
    const QByteArray state = readAll(QStringLiteral("/proc/%1/stat").arg(pid));
    return !state.isEmpty() && !state.contains(") Z ");
}

/// Processes of the user, helper excluded, by name. Of root's, who has others on this machine, only builders.
QStringList processesOf(uid_t uid, pid_t except)
{
    QStringList found;
    for (const QString &entry : QDir("/proc").entryList(QDir::Dirs)) {
        bool number = false;
        const pid_t pid = entry.toInt(&number);
        struct stat status{};
        if (!number || pid == except || ::stat(qPrintable(QStringLiteral("/proc/") + entry + "/task"), &status) < 0)
            continue;
        const QByteArray text = readAll(QStringLiteral("/proc/") + entry + "/status");
        const qsizetype at = text.indexOf("\nUid:\t");
        if (at < 0 || text.mid(at + 6).split('\t').front().toUInt() != uid || text.contains("\nState:\tZ"))
            continue;
        const QString name = QString::fromUtf8(readAll(QStringLiteral("/proc/") + entry + "/comm").trimmed());
        if (uid != 0 || name == "pivot-init")
            found << name;
    }
    found.sort();
    return found;
}

} // namespace

QString pivotctlPath() { return QCoreApplication::applicationDirPath() + QStringLiteral("/pivotctl"); }
QString helperPath() { return QCoreApplication::applicationDirPath() + QStringLiteral("/pivotbench-helper"); }

std::unique_ptr<RealUser> RealUser::ordinary(QString *whyNot)
{
    const passwd *user = nullptr;
    if (::geteuid() != 0) {
        user = ::getpwuid(::geteuid());
    } else {
        const QByteArray name = qgetenv("PIVOTBENCH_TEST_USER");
        user = name.isEmpty() ? nullptr : ::getpwnam(name.constData());
        if (!user)
            *whyNot = QStringLiteral("running as root, and $PIVOTBENCH_TEST_USER names no ordinary user");
    }
    if (!user) {
        if (whyNot->isEmpty())
            *whyNot = QStringLiteral("this user is not in the password file");
        return nullptr;
    }
    std::unique_ptr<RealUser> made(new RealUser(user->pw_uid, user->pw_gid, QString::fromUtf8(user->pw_name)));
    const Outcome possible = made->run("unshare", {"-Urm", "true"});
    if (possible.status != 0) {
        *whyNot =
            QStringLiteral("an ordinary user cannot make user namespaces here: ") + QString::fromUtf8(possible.error);
        return nullptr;
    }
    return made;
}

std::unique_ptr<RealUser> RealUser::root(QString *whyNot)
{
    if (::geteuid() != 0) {
        *whyNot = QStringLiteral("needs root");
        return nullptr;
    }
    return std::unique_ptr<RealUser>(new RealUser(0, 0, "root"));
}

RealUser::RealUser(uid_t uid, gid_t gid, const QString &name)
    : m_uid(uid)
    , m_gid(gid)
    , m_name(name)
    , m_directory(QDir::tempPath() + "/pivotbench-test-XXXXXX")
{
    const auto own = [&](const QString &path, int mode) {
        (void)::chown(qPrintable(path), uid, gid);
        (void)::chmod(qPrintable(path), static_cast<mode_t>(mode));
    };
    own(m_directory.path(), 0755);
    own(makeDirectory("home"), 0700);
    own(makeDirectory("run"), 0700);
    m_environment = {QStringLiteral("HOME=") + path("home"),
                     QStringLiteral("XDG_RUNTIME_DIR=") + path("run"),
                     "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                     QStringLiteral("USER=") + m_name,
                     QStringLiteral("LOGNAME=") + m_name,
                     "LANG=C.UTF-8",
                     QStringLiteral("PIVOTBENCH_HELPER=") + helperPath(),
                     "ASAN_OPTIONS=detect_leaks=0",
                     "UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1"};
}

RealUser::~RealUser()
{
    endHelper();
    // Files of subordinate ids can only be removed by root, or from inside a user namespace that has them.
    if (::geteuid() != 0)
        run("unshare", {"--map-auto", "--map-root-user", "rm", "-rf", path("home"), path("run")});
}

void RealUser::setVariable(const QString &name, const QString &value)
{
    m_environment << name + QLatin1Char('=') + value;
}

void RealUser::prepare(QProcess &process) const
{
    process.setEnvironment(m_environment);
    process.setWorkingDirectory(m_directory.path());
    if (::geteuid() == 0 && m_uid != 0)
        process.setChildProcessModifier([uid = m_uid, gid = m_gid] {
            if (::setgroups(0, nullptr) < 0 || ::setresgid(gid, gid, gid) < 0 || ::setresuid(uid, uid, uid) < 0)
                ::_exit(99);
        });
}

Outcome RealUser::run(const QString &program, const QStringList &args, const QByteArray &input)
{
    QProcess process;
    prepare(process);
    process.start(program, args);
    process.write(input);
    process.closeWriteChannel();
    Outcome outcome;
    if (process.waitForFinished(patience) && process.exitStatus() == QProcess::NormalExit)
        outcome.status = process.exitCode();
    outcome.output = process.readAllStandardOutput();
    outcome.error = process.readAllStandardError();
    if (outcome.status < 0)
        outcome.error += process.errorString().toUtf8();
    return outcome;
}

std::optional<Outcome> RealUser::onAHostOfItsOwn(const QString &script, QString *whyNot)
{
    // All ids, because a user namespace with a single one refuses the setgroups(2) of whoever is root in it.
    const QStringList ids = m_uid == 0 ? QStringList() : QStringList{"--map-auto", "--map-root-user"};
    const Outcome possible = run("unshare", ids + QStringList{"-m", "true"});
    if (possible.status != 0) {
        *whyNot = QStringLiteral("this user cannot have a mount namespace and subordinate ids: ") + possible.error;
        return std::nullopt;
    }
    // Private first, as unshare(1) does by itself: only then it is safe to share.
    const QString prepared = QStringLiteral("mount --make-rshared / || exit 99\npivotctl() { '%1' \"$@\"; }\n");
    return run("unshare", ids + QStringList{"-m", "--propagation", "private", "/bin/sh", "-c",
                                            prepared.arg(pivotctlPath()) + script});
}

Outcome RealUser::pivotctl(const QStringList &args, const QByteArray &input)
{
    return run(pivotctlPath(), args, input);
}

std::unique_ptr<QProcess> RealUser::start(const QString &program, const QStringList &args)
{
    auto process = std::make_unique<QProcess>();
    prepare(*process);
    process->start(program, args);
    process->waitForStarted(patience);
    return process;
}

std::unique_ptr<QProcess> RealUser::startPivotctl(const QStringList &args) { return start(pivotctlPath(), args); }

QString RealUser::makeDirectory(const QString &name)
{
    const QString made = path(name);
    QDir().mkpath(made);
    (void)::chown(qPrintable(made), m_uid, m_gid);
    return made;
}

QString RealUser::makeFile(const QString &name, const QByteArray &text, int mode)
{
    const QString made = path(name);
    makeDirectory(QFileInfo(name).path());
    QFile file(made);
    if (file.open(QIODevice::WriteOnly))
        file.write(text);
    file.close();
    (void)::chown(qPrintable(made), m_uid, m_gid);
    (void)::chmod(qPrintable(made), static_cast<mode_t>(mode));
    return made;
}

QString RealUser::makeLink(const QString &name, const QByteArray &target)
{
    const QString made = path(name);
    (void)::symlink(target.constData(), qPrintable(made));
    (void)::lchown(qPrintable(made), m_uid, m_gid);
    return made;
}

QByteArray RealUser::contents(const QString &name) const { return readAll(path(name)); }

QString RealUser::makeBusyboxRoot(const QString &name, QStringList applets)
{
    if (applets.isEmpty())
        applets = {"sh",    "ls",    "cat", "id",       "true",     "false",  "sleep", "mount", "umount", "ps",
                   "touch", "mkdir", "rm",  "readlink", "hostname", "stat",   "grep",  "kill",  "env",    "pwd",
                   "echo",  "head",  "wc",  "dd",       "mknod",    "chroot", "find",  "cp",    "mv",     "ln",
                   "test",  "seq",   "tr",  "cut",      "awk",      "sed",    "tty",   "stty",  "free",   "unshare"};
    const QString made = makeDirectory(name);
    for (const char *part : {"bin", "dev", "etc", "proc", "sys", "tmp", "root"})
        makeDirectory(name + QLatin1Char('/') + QLatin1String(part));
    QFile::copy("/bin/busybox", path(name + "/bin/busybox"));
    (void)::chmod(qPrintable(path(name + "/bin/busybox")), 0755);
    for (const QString &applet : applets)
        makeLink(name + QStringLiteral("/bin/") + applet, "busybox");
    return made;
}

QString RealUser::makeSpec(const QString &layer, const QByteArray &fields, const QByteArray &rootFields)
{
    return makeFile("a.pbox", R"({"pivotbench": 1, "name": "test", "root": {"layers": [{"path": ")" + layer.toUtf8() +
                                  "\"}]" + (rootFields.isEmpty() ? "" : ", ") + rootFields + "}, " + fields + "}");
}

pid_t RealUser::helperPid() const
{
    struct flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_len = 1;
    const int fd = ::open(qPrintable(path("run/pivotbench/helper.sock.lock")), O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return 0;
    const int got = ::fcntl(fd, F_GETLK, &lock);
    ::close(fd);
    return got == 0 && lock.l_type != F_UNLCK ? lock.l_pid : 0;
}

void RealUser::endHelper()
{
    const pid_t pid = helperPid();
    if (pid <= 0)
        return;
    ::kill(pid, SIGTERM);
    for (int i = 0; i < 500 && lives(pid); ++i)
        QThread::msleep(10);
    if (lives(pid))
        ::kill(pid, SIGKILL);
}

namespace {

/// How many descriptors a process has, and how many namespaces besides.
std::pair<int, int> descriptorsOf(pid_t pid)
{
    static const QRegularExpression ofNamespace(QStringLiteral(":\\[\\d+\\]$"));
    std::pair<int, int> count;
    const QDir folder(QStringLiteral("/proc/%1/fd").arg(pid));
    for (const QString &name : folder.entryList(QDir::NoDotAndDotDot | QDir::AllEntries | QDir::System)) {
        char target[256];
        const ssize_t size = ::readlink(qPrintable(folder.filePath(name)), target, sizeof target);
        const QString text = QString::fromUtf8(target, std::max<ssize_t>(size, 0));
        const bool isNamespace =
            !text.startsWith("socket:") && !text.startsWith("pipe:") && ofNamespace.match(text).hasMatch();
        ++(isNamespace ? count.second : count.first);
    }
    return count;
}

} // namespace

QString settledTraces(const RealUser &user)
{
    QString before = traces(user);
    for (int i = 0; i < 100; ++i) {
        QThread::msleep(50);
        QString now = traces(user);
        if (now == before)
            break;
        before = std::move(now);
    }
    return before;
}

QString traces(const RealUser &user)
{
    QStringList text;
    text << "mounts:" << QString::fromUtf8(readAll("/proc/self/mountinfo"));
    text << QStringLiteral("processes: ") + processesOf(user.uid(), user.helperPid()).join(QLatin1Char(' '));
    const pid_t helper = user.helperPid();
    if (helper > 0) {
        const auto [others, namespaces] = descriptorsOf(helper);
        text << QStringLiteral("helper's descriptors: %1").arg(others);
        // One set is kept ready for the next launch, whatever that needs.
        if (namespaces > 4)
            text << QStringLiteral("helper's namespaces: %1").arg(namespaces);
    }
    for (const char *place : {"run/pivotbench", "home/.local/state/pivotbench"}) {
        QStringList entries = QDir(user.path(QLatin1String(place)))
                                  .entryList(QDir::NoDotAndDotDot | QDir::AllEntries | QDir::System | QDir::Hidden);
        // A helper that was killed leaves its socket, which the next one replaces. The two empty directories are mount
        // points that all sandboxes of the user share, each in a mount namespace of its own.
        for (const char *expected : {"helper.sock", "root", "scratch"})
            entries.removeAll(expected);
        text << QLatin1String(place) + QStringLiteral(": ") + entries.join(QLatin1Char(' '));
    }
    return text.join(QLatin1Char('\n'));
}

QString difference(const QString &before, const QString &after)
{
    const QStringList old = before.split(QLatin1Char('\n'));
    const QStringList now = after.split(QLatin1Char('\n'));
    QString text;
    for (const QString &line : old)
        if (!now.contains(line))
            text += QStringLiteral("gone: ") + line + QLatin1Char('\n');
    for (const QString &line : now)
        if (!old.contains(line))
            text += QStringLiteral("new: ") + line + QLatin1Char('\n');
    return text;
}

} // namespace pivotbench::test
