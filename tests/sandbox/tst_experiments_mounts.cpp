// SPDX-License-Identifier: Apache-2.0
//
// Experiments of the reference texts that are about mount tables and what is mounted, made for real: propagation, the
// life of a mount namespace, overlayfs, tmpfs and binds. The number before a test is the experiment's. Where a text is
// wrong, the kernel's answer is what the test asks for. What the other programs of this directory show already is not
// repeated.
#include "sandbox_test.h"

#include <algorithm>
#include <cstring>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace pivotbench;
using test::bothUsers;
using test::Outcome;
using test::row;
using test::tableOf;

namespace {

constexpr int patience = 60'000; // ms, as in the harness

QByteArray linkAt(const QString &path)
{
    char buffer[256];
    const ssize_t got = ::readlink(qPrintable(path), buffer, sizeof buffer);
    return got < 0 ? QByteArray() : QByteArray(buffer, got);
}

/// The processes that are in a mount namespace or hold a descriptor of it. Those of other users cannot be looked at
/// without being root, and cannot hold it either.
QStringList holdersOf(const QByteArray &mountNamespace)
{
    QStringList found;
    for (const QString &process : QDir("/proc").entryList({"[1-9]*"}, QDir::Dirs)) {
        const QString base = "/proc/" + process;
        bool holds = linkAt(base + "/ns/mnt") == mountNamespace;
        for (const QString &fd : QDir(base + "/fd").entryList(QDir::NoDotAndDotDot | QDir::AllEntries | QDir::System))
            holds = holds || linkAt(base + "/fd/" + fd) == mountNamespace;
        if (holds)
            found << process;
    }
    return found;
}

struct Event {
    int watch = 0;
    std::uint32_t mask = 0;
    std::uint32_t cookie = 0;
    QByteArray name;
};

/// What the kernel tells about files and file systems as it happens (inotify(7)). A watch keeps no file system mounted.
class Watcher {
public:
    ~Watcher() { ::close(m_fd); }
    [[nodiscard]] int add(const QString &path, std::uint32_t mask) const
    {
        return ::inotify_add_watch(m_fd, qPrintable(path), mask);
    }
    const QList<Event> &events()
    {
        alignas(inotify_event) char buffer[16384];
        for (ssize_t got = 0; (got = ::read(m_fd, buffer, sizeof buffer)) > 0;)
            for (ssize_t at = 0; at < got;) {
                inotify_event event;
                std::memcpy(&event, buffer + at, sizeof event);
                at += static_cast<ssize_t>(sizeof event);
                m_events.push_back({event.wd, event.mask, event.cookie, QByteArray(buffer + at)});
                at += event.len;
            }
        return m_events;
    }

private:
    int m_fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    QList<Event> m_events;
};

} // namespace

class TestExperimentsMounts : public test::SandboxTest {
    Q_OBJECT

private:
    /// Process id of a sandbox's command, as this test sees it; 0 when there is none.
    pid_t commandOf(const QByteArray &sandbox)
    {
        for (const QByteArray &line : m_user->pivotctl({"ps"}).output.split('\n')) {
            const QList<QByteArray> words = line.simplified().split(' ');
            if (words.value(0) != sandbox)
                continue;
            QFile children(QStringLiteral("/proc/%1/task/%1/children").arg(QString::fromLatin1(words.value(2))));
            if (children.open(QIODevice::ReadOnly))
                return children.readAll().trimmed().toInt();
        }
        return 0;
    }

private slots:
    void cleanup() { m_user.reset(); }

    // 3
    void eachSideKeepsItsOwnTable_data()
    {
        QTest::addColumn<bool>("root");
        QTest::addColumn<bool>("leaks");
        QTest::addColumn<bool>("newUser");
        for (const bool root : {false, true})
            for (const bool leaks : {false, true})
                for (const bool newUser : {false, true})
                    QTest::addRow("%s, %s, %s user namespace", root ? "root" : "an ordinary user",
                                  leaks ? "propagation unchanged" : "private", newUser ? "a new" : "the same")
                        << root << leaks << newUser;
    }
    void eachSideKeepsItsOwnTable()
    {
        QFETCH(bool, root);
        QFETCH(bool, leaks);
        QFETCH(bool, newUser);
        become(root);
        if (!m_user)
            return;
        const std::string theirs = m_user->makeDirectory("theirs").toStdString();
        const std::string ours = m_user->makeDirectory("ours").toStdString();
        const QByteArray propagation = leaks ? R"(, "propagation": "unchanged")" : "";
        byHandSpec(R"("writable": "direct", "switchRoot": "none")" + propagation);
        QString whyNot;
        const auto outcome = m_user->onAHostOfItsOwn(
            QStringLiteral("mount -t tmpfs host $PWD/theirs && pivotctl run -q a.pbox --userns %1 --name one -d -- "
                           "/bin/sleep 300 && cat /proc/self/mountinfo > before || exit\n"
                           "pivotctl exec -T one -- cat /proc/self/mountinfo > copied\n"
                           "pivotctl exec -T one -- umount $PWD/theirs; echo umount $?\n"
                           "pivotctl exec -T one -- mount -t tmpfs sandbox $PWD/ours; echo mount $?\n"
                           "pivotctl exec -T one -- cat /proc/self/mountinfo > inside\n"
                           "cat /proc/self/mountinfo > after\n"
                           "pivotctl rm -f one\n")
                .arg(newUser ? "new" : "host"),
            &whyNot);
        if (!outcome)
            QSKIP(qPrintable(whyNot));
        QVERIFY2(outcome->output.contains("mount 0\n"), outcome->all());
        const auto before = tableOf(m_user->contents("before"));
        const auto copied = tableOf(m_user->contents("copied"));
        const auto inside = tableOf(m_user->contents("inside"));
        const auto outside = tableOf(m_user->contents("after"));
        QVERIFY(row(before, theirs).startsWith("tmpfs") && row(before, ours) == "nothing");
        QVERIFY(row(copied, theirs).startsWith("tmpfs"));
        QVERIFY(row(inside, ours).startsWith("tmpfs"));
        // What came along from a more privileged user namespace is locked together, and cannot be taken apart.
        QCOMPARE(outcome->output.contains("umount 0\n"), !newUser);
        QCOMPARE(row(inside, theirs) == "nothing", !newUser);
        // A mount namespace of another user namespace gets slaves of what was shared, so nothing leaks even unchanged.
        const bool leaked = leaks && !newUser;
        QCOMPARE(outside == before, !leaked);
        QCOMPARE(row(outside, ours).startsWith("tmpfs"), leaked);
        QCOMPARE(row(outside, theirs) == "nothing", leaked);
    }

    // 6
    void aPrivateTmpfsIsFoundInsideOnly_data() { bothUsers(); }
    void aPrivateTmpfsIsFoundInsideOnly()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        if (!QFile::exists("/mnt"))
            QSKIP("this machine has no /mnt");
        byHandSpec(R"("writable": "direct", "switchRoot": "none")");
        QString whyNot;
        const auto outcome =
            m_user->onAHostOfItsOwn("pivotctl run -q a.pbox --name one -d -- /bin/sleep 300 || exit\n"
                                    "inside() { pivotctl exec -T one -- \"$@\"; }\n"
                                    "inside mount -t tmpfs isolated_fs /mnt\n"
                                    "echo inside $(inside findmnt -n -o TARGET,FSTYPE,PROPAGATION -S isolated_fs)\n"
                                    "echo outside $(findmnt -n -o TARGET,FSTYPE,PROPAGATION -S isolated_fs)\n"
                                    "echo / $(findmnt -n -o PROPAGATION /) $(inside findmnt -n -o PROPAGATION /)\n"
                                    "pivotctl rm -f one\n",
                                    &whyNot);
        if (!outcome)
            QSKIP(qPrintable(whyNot));
        QVERIFY2(outcome->output.contains("inside /mnt tmpfs private\noutside\n/ shared private\n"), outcome->all());
    }

    // 18
    void leavingTheShellDestroysTheNamespace_data() { bothUsers(); }
    void leavingTheShellDestroysTheNamespace()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        auto shell = m_user->startPivotctl(
            {"run", "-q", "--rootfs", m_root, "--tmpfs", "/data", "--name", "one", "-T", "--", "/bin/sh"});
        shell->write("touch /data/file; echo ready\n");
        QByteArray said;
        while (!said.contains("ready\n")) {
            QVERIFY2(shell->waitForReadyRead(patience), shell->readAllStandardError());
            said += shell->readAllStandardOutput();
        }
        const pid_t command = commandOf("one");
        if (command == 0)
            QSKIP("this kernel does not tell a process's children");
        const QByteArray mountNamespace = linkAt(QStringLiteral("/proc/%1/ns/mnt").arg(command));
        QVERIFY(holdersOf(mountNamespace).contains(QString::number(command)));
        const QString data = QStringLiteral("/proc/%1/root/data").arg(command);
        QVERIFY(QFile::exists(data + "/file"));
        Watcher watcher;
        const int tmpfs = watcher.add(data, IN_DELETE_SELF);
        QVERIFY(tmpfs > 0);
        QVERIFY(watcher.events().isEmpty());

        shell->write("exit 7\n");
        QVERIFY(shell->waitForFinished(patience));
        QCOMPARE(shell->exitCode(), 7);
        // Nobody keeps it, and so the kernel took down what was mounted only there.
        QTRY_COMPARE_WITH_TIMEOUT(holdersOf(mountNamespace), QStringList(), patience);
        const auto unmounted = [&] {
            return std::ranges::any_of(watcher.events(),
                                       [&](const Event &e) { return e.watch == tmpfs && (e.mask & IN_UNMOUNT) != 0; });
        };
        QTRY_VERIFY_WITH_TIMEOUT(unmounted(), patience);
    }

    // 20
    void theFirstLayerNamedWins_data()
    {
        QTest::addColumn<bool>("root");
        QTest::addColumn<QStringList>("layers");
        for (const bool root : {false, true})
            for (const QStringList &layers : {QStringList{"red"}, {"red", "green"}, {"green", "red"}, {"green"}})
                QTest::addRow("%s, %s", root ? "root" : "an ordinary user", qPrintable(layers.join(" over ")))
                    << root << layers;
    }
    void theFirstLayerNamedWins()
    {
        QFETCH(bool, root);
        QFETCH(QStringList, layers);
        become(root);
        if (!m_user)
            return;
        m_user->makeFile("root/etc/first", "root");
        QStringList args{"run", "-q"};
        QStringList merged{"first"};
        QStringList paths;
        for (const QString &layer : layers) {
            m_user->makeFile(layer + "/etc/first", layer.toUtf8());
            m_user->makeFile(layer + "/etc/" + layer, "");
            merged << layer;
            paths << m_user->path(layer);
        }
        paths << m_root;
        for (const QString &path : paths)
            args << "--layer" << path;
        const Outcome outcome =
            m_user->pivotctl(args + QStringList{"-T", "--", "/bin/sh", "-c",
                                                "cat /etc/first; echo; ls /etc; grep ' / / ' /proc/self/mountinfo"});
        QVERIFY2(outcome.status == 0, outcome.all());
        merged.sort();
        const QByteArray expected = layers.front().toUtf8() + "\n" + merged.join('\n').toUtf8() + "\n";
        QVERIFY2(outcome.output.startsWith(expected), outcome.output);
        // The kernel names them in the same order, topmost first.
        const core::MountTable table = tableOf(outcome.output.mid(expected.size()));
        QCOMPARE(table.size(), std::size_t(1));
        const QByteArray options = QByteArray::fromStdString(table.entries().front().superOptions);
        qsizetype at = -1;
        for (const QString &path : paths) {
            const qsizetype next = options.indexOf(path.toUtf8(), at + 1);
            QVERIFY2(next > at, options);
            at = next;
        }
    }

    // 20
    void theWorkDirectoryHoldsWhatIsNotInPlaceYet_data() { bothUsers(); }
    void theWorkDirectoryHoldsWhatIsNotInPlaceYet()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        const QStringList keep{"--rootfs", m_root, "--writable", "keep", "--keep-name", "mine", "--name", "one"};
        QCOMPARE(
            m_user->pivotctl(QStringList{"run", "-q"} + keep + QStringList{"-d", "--", "/bin/sleep", "300"}).status, 0);
        const QString layer = m_user->path("home/.local/state/pivotbench/layers/mine");
        QCOMPARE(::chmod(qPrintable(layer + "/work/work"), 0700), 0); // it is for the kernel alone
        Watcher watcher;
        const int work = watcher.add(layer + "/work/work", IN_MOVED_FROM);
        const int upper = watcher.add(layer + "/upper", IN_MOVED_TO);
        QVERIFY(work > 0 && upper > 0);
        QCOMPARE(m_user->pivotctl({"exec", "-T", "one", "--", "/bin/sh", "-c", "ls /etc; cat /bin/busybox"}).status, 0);
        QVERIFY(watcher.events().isEmpty()); // reading copies nothing
        QCOMPARE(m_user->pivotctl({"exec", "-T", "one", "--", "/bin/rm", "/bin/true"}).status, 0);
        // A directory is made there and appears in the upper one with a single rename(2), complete.
        std::uint32_t cookie = 0;
        for (const Event &event : watcher.events())
            if (event.watch == upper && event.name == "bin")
                cookie = event.cookie;
        QVERIFY(cookie != 0);
        QVERIFY(std::ranges::any_of(watcher.events(),
                                    [&](const Event &e) { return e.watch == work && e.cookie == cookie; }));
        struct stat whiteout{};
        QVERIFY(::lstat(qPrintable(layer + "/upper/bin/true"), &whiteout) == 0);
        QVERIFY(S_ISCHR(whiteout.st_mode) && whiteout.st_rdev == 0);
        QCOMPARE(m_user->pivotctl({"rm", "-f", "one"}).status, 0);
    }

    // 21
    void writingCopiesTheFileUp_data() { bothUsers(); }
    void writingCopiesTheFileUp()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        const QString lower = m_user->makeFile("root/etc/text", "of the layer\n");
        m_user->makeFile("root/etc/read", "only read\n");
        struct stat before{};
        struct stat now{};
        QVERIFY(::stat(qPrintable(lower), &before) == 0);
        const Outcome outcome = inside({"--writable", "keep", "--keep-name", "mine"},
                                       "cat /etc/read; echo written >> /etc/text; cat /etc/text");
        QCOMPARE(outcome.output, "only read\nof the layer\nwritten\n");
        QVERIFY(::stat(qPrintable(lower), &now) == 0);
        QCOMPARE(m_user->contents("root/etc/text"), "of the layer\n");
        QVERIFY(before.st_ino == now.st_ino && before.st_mtim.tv_sec == now.st_mtim.tv_sec &&
                before.st_mtim.tv_nsec == now.st_mtim.tv_nsec);
        const QString upper = "home/.local/state/pivotbench/layers/mine/upper";
        QCOMPARE(m_user->contents(upper + "/etc/text"), "of the layer\nwritten\n");
        QCOMPARE(QDir(m_user->path(upper)).entryList(QDir::NoDotAndDotDot | QDir::AllEntries), QStringList{"etc"});
        QCOMPARE(QDir(m_user->path(upper + "/etc")).entryList(QDir::NoDotAndDotDot | QDir::AllEntries),
                 QStringList{"text"});
    }

    // 32
    void aTmpfsIsBlankABindIsLiveAReadOnlyBindOnlyWatches_data() { bothUsers(); }
    void aTmpfsIsBlankABindIsLiveAReadOnlyBindOnlyWatches()
    {
        QFETCH(bool, root);
        become(root);
        if (!m_user)
            return;
        m_user->makeFile("root/data/of-the-layer", "");
        const QString volume = m_user->makeDirectory("volume");
        QCOMPARE(m_user
                     ->pivotctl({"run", "-q", "--rootfs", m_root, "--tmpfs", "/data", "--bind", volume + ":/mnt/data",
                                 "--bind", volume + ":/watched:ro", "--name", "one", "-d", "--", "/bin/sleep", "300"})
                     .status,
                 0);
        const auto sh = [this](const char *script) {
            return m_user->pivotctl({"exec", "-T", "one", "--", "/bin/sh", "-c", script});
        };
        QCOMPARE(sh("ls -A /data /mnt/data /watched").output, "/data:\n\n/mnt/data:\n\n/watched:\n");
        m_user->makeFile("volume/from-outside", "live\n");
        QCOMPARE(sh("cat /mnt/data/from-outside /watched/from-outside").output, "live\nlive\n");
        QCOMPARE(sh("echo back > /mnt/data/from-inside && cat /watched/from-inside").output, "back\n");
        QCOMPARE(m_user->contents("volume/from-inside"), "back\n");
        const Outcome refused = sh("touch /watched/x; echo y >> /watched/from-outside; rm /watched/from-outside");
        QVERIFY2(refused.status != 0, refused.all());
        QCOMPARE(refused.error.count("Read-only file system"), 3);
        QCOMPARE(QDir(volume).entryList(QDir::Files), QStringList({"from-inside", "from-outside"}));
        QCOMPARE(m_user->contents("volume/from-outside"), "live\n");
        QCOMPARE(sh("touch /data/x && ls /data").output, "x\n");
        QCOMPARE(m_user->pivotctl({"rm", "-f", "one"}).status, 0);
        QCOMPARE(QDir(m_root + "/data").entryList(QDir::Files), QStringList{"of-the-layer"});
    }
};

QTEST_GUILESS_MAIN(TestExperimentsMounts)
#include "tst_experiments_mounts.moc"
