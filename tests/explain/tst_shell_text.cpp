// SPDX-License-Identifier: Apache-2.0
//
// The shell line of every kind of step, as golden text, and through a shell.
#include "core/explain/explainer.h"
#include "core/explain/shell_text.h"
#include "tests/explain/sample_operations.h"

#include <QProcess>
#include <QtTest>
#include <map>

using namespace pivotbench::core;

namespace {

const std::map<std::string, std::string> expected = {
        {"a builder in user and PID namespaces",
         R"sh(unshare --user --pid --fork sh)sh"},
        {"a builder without namespaces",
         R"sh(unshare --fork sh)sh"},
        {"setgroups denied",
         R"sh(printf deny >/proc/"$builder"/setgroups)sh"},
        {"id maps written by tools",
         R"sh(newuidmap "$builder" 0 1000 1 1 100000 65536
newgidmap "$builder" 0 1000 1)sh"},
        {"id maps written directly",
         R"sh(printf '0 1000 1\n' >/proc/"$builder"/uid_map
printf '0 100 1\n' >/proc/"$builder"/gid_map)sh"},
        {"a cgroup with limits",
         R"sh(mkdir "$cgroup" && echo 67108864 >"$cgroup"/memory.max && echo 32 >"$cgroup"/pids.max && echo '50000 100000' >"$cgroup"/cpu.max && echo 10 >"$cgroup"/cpu.weight && echo "$builder" >"$cgroup"/cgroup.procs)sh"},
        {"mount, UTS and network namespaces",
         R"sh(unshare --mount --propagation unchanged --uts --net sh)sh"},
        {"the tree made private",
         R"sh(mount --make-rprivate /)sh"},
        {"one mount of the sandbox made shared",
         R"sh(mount --make-shared /run/box/root/data)sh"},
        {"a fresh proc",
         R"sh(mount -t proc -o nosuid,nodev,noexec proc /run/box/root/proc)sh"},
        {"a tmpfs with options",
         R"sh(mount -t tmpfs -o nosuid,strictatime,size=64k,huge 'a b' '/run/box/root/my data')sh"},
        {"a read-only sysfs",
         R"sh(mount -t sysfs -o nosuid sysfs /run/box/root/sys && mount -o remount,bind,ro /run/box/root/sys)sh"},
        {"an overlay with hostile layer names",
         R"sh(mount -t overlay -o 'nosuid,lowerdir=/layers/top\:1:/layers/a\,b\\c,upperdir=/run/up,workdir=/run/work,userxattr,volatile' overlay /run/root)sh"},
        {"an overlay that is only read",
         R"sh(mount -t overlay -o lowerdir=/a:/b overlay /run/root)sh"},
        {"a recursive bind",
         R"sh(mount --rbind '/srv/it'\''s' /run/box/root/data)sh"},
        {"a bind onto itself of what may be missing",
         R"sh([ ! -e /run/box/root/proc/sys ] || mount --rbind /run/box/root/proc/sys /run/box/root/proc/sys)sh"},
        {"a mount made read-only",
         R"sh(mount -o remount,bind,ro /run/box/root/data)sh"},
        {"a tree made read-only and noatime",
         R"sh([ ! -e /run/box/root/proc/sys ] || findmnt -R -n -l -o TARGET /run/box/root/proc/sys | while IFS= read -r at; do mount -o remount,bind,ro,exec,noatime "$at"; done)sh"},
        {"a masked path",
         R"sh(if [ -d /run/box/root/proc/kcore ]; then mount -t tmpfs -o nosuid,nodev,noexec,mode=0555 masked /run/box/root/proc/kcore && mount -o remount,bind,ro /run/box/root/proc/kcore; elif [ -e /run/box/root/proc/kcore ]; then mount --bind /dev/null /run/box/root/proc/kcore; fi)sh"},
        {"a directory of the host",
         R"sh(mkdir -p -m 0700 /run/box/root)sh"},
        {"a directory in the sandbox",
         R"sh(mkdir -p -m 1777 /run/box/root/dev/shm)sh"},
        {"a mount point like a file",
         R"sh(if [ -d /run/hosts ]; then mkdir -p /run/box/root/etc/hosts; elif [ ! -e /run/box/root/etc/hosts ]; then mkdir -p /run/box/root/etc && : >/run/box/root/etc/hosts; fi)sh"},
        {"a device node",
         R"sh([ -e /run/box/root/dev/null ] || { mkdir -p /run/box/root/dev && cp --archive /dev/null /run/box/root/dev/null && chmod 0666 /run/box/root/dev/null; })sh"},
        {"a symbolic link",
         R"sh([ -e /run/box/root/dev/ptmx ] || [ -L /run/box/root/dev/ptmx ] || { mkdir -p /run/box/root/dev && ln -s -- pts/ptmx /run/box/root/dev/ptmx; })sh"},
        {"a file with a text",
         R"sh(printf '127.0.0.1\011localhost 100%%\n' >/run/hosts && chmod 0644 /run/hosts)sh"},
        {"a copied file",
         R"sh(cat /etc/resolv.conf >/run/resolv.conf && chmod 0644 /run/resolv.conf)sh"},
        {"a host name",
         R"sh(hostname box)sh"},
        {"a domain name",
         R"sh(domainname example.org)sh"},
        {"the loopback interface",
         R"sh(ip link set lo up)sh"},
        {"into the new root",
         R"sh(cd /run/box/root)sh"},
        {"to the root",
         R"sh(cd /)sh"},
        {"the textbook switch",
         R"sh(pivot_root . .put_old)sh"},
        {"the switch without put_old",
         R"sh(pivot_root . .)sh"},
        {"a chroot",
         R"sh(chroot .)sh"},
        {"the old root detached",
         R"sh(umount -l /.put_old)sh"},
        {"a plain unmount",
         R"sh(umount /mnt)sh"},
        {"put_old removed",
         R"sh(rmdir /.put_old)sh"},
        {"a terminal",
         R"sh(# no command opens a terminal of the sandbox; script(1) opens one of the host's)sh"},
        {"the payload's process",
         R"sh("$@" & wait "$!")sh"},
        {"a session",
         R"sh(setsid --wait "$@")sh"},
        {"a session on the terminal",
         R"sh(setsid --ctty --wait "$@")sh"},
        {"a resource limit",
         R"sh(prlimit --nofile=1024:unlimited "$@")sh"},
        {"the bounding set",
         R"sh(setpriv --bounding-set=-all,+chown,+kill "$@")sh"},
        {"another user",
         R"sh(setpriv --reuid=1000 --regid=100 --groups=5,6 "$@")sh"},
        {"root with setgroups denied",
         R"sh(setpriv --reuid=0 --regid=0 --keep-groups "$@")sh"},
        {"capabilities of root",
         R"sh(setpriv --inh-caps=-all --ambient-caps=-all "$@")sh"},
        {"ambient capabilities",
         R"sh(setpriv --inh-caps=-all,+net_bind_service --ambient-caps=-all,+net_bind_service "$@")sh"},
        {"no_new_privs",
         R"sh(setpriv --no-new-privs "$@")sh"},
        {"the default filter",
         R"sh(# no command of util-linux 2.38 installs a system call filter)sh"},
        {"a command that is searched",
         R"sh(exec env -i PATH=/bin 'A=b c' sh -c 'echo "it'\''s"; exit 3')sh"},
        {"a command by its path",
         R"sh(exec env -i /bin/true)sh"},
};

/// What a shell makes of a word.
QByteArray shellReads(const std::string &word)
{
    QProcess process;
    process.start("sh", {"-c", QString::fromStdString("printf %s " + word)});
    return process.waitForFinished(10000) && process.exitCode() == 0 ? process.readAllStandardOutput() : "?";
}

} // namespace

class TestShellText : public QObject {
    Q_OBJECT

private slots:
    void lines_data()
    {
        QTest::addColumn<std::size_t>("index");
        for (std::size_t i = 0; i < sample::operations().size(); ++i)
            QTest::newRow(sample::operations()[i].name) << i;
    }
    void lines()
    {
        QFETCH(std::size_t, index);
        const sample::Sample &one = sample::operations()[index];
        const Explanation explanation =
            explain(sample::plan(), {.id = "step", .phase = Phase::Root, .cause = "", .operation = one.operation});
        const auto golden = expected.find(one.name);
        QVERIFY(golden != expected.end());
        QCOMPARE(QString::fromStdString(explanation.shell), QString::fromStdString(golden->second));

        QProcess shell;
        shell.start("sh", {"-n", "-c", QString::fromStdString(explanation.shell)});
        QVERIFY(shell.waitForFinished(10000));
        QCOMPARE(shell.readAllStandardError(), QByteArray());
        QCOMPARE(shell.exitCode(), 0);
    }

    void everySampleHasItsLine() { QCOMPARE(expected.size(), sample::operations().size()); }

    void words_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::newRow("plain") << QByteArray("/srv/data");
        QTest::newRow("spaces and quotes") << QByteArray("it's \"here\" $HOME `id`");
        QTest::newRow("letters of other scripts") << QByteArray("größe");
        QTest::newRow("an escape sequence") << QByteArray("a\x1b[31mb");
        QTest::newRow("a newline inside") << QByteArray("a\nb");
        QTest::newRow("a newline at the end") << QByteArray("a\n");
        QTest::newRow("percent and backslash with a control character") << QByteArray("100%\\d\x01");
        QTest::newRow("a bidirectional override") << QByteArray("a\u202eb");
        QTest::newRow("bytes that are not UTF-8") << QByteArray("\xff\xfe" "1");
        QTest::newRow("nothing") << QByteArray("");
        QTest::newRow("a leading dash") << QByteArray("-rf");
    }
    void words()
    {
        QFETCH(QByteArray, name);
        const std::string word = shellWord(name.toStdString());
        QCOMPARE(shellReads(word), name);
        // Only a name that ends in a newline keeps control characters in the text.
        if (!name.endsWith('\n'))
            for (const char c : word)
                QVERIFY(static_cast<unsigned char>(c) >= 0x20 && c != '\x7f');
    }

    void aTextFileArrivesByteForByte()
    {
        const QByteArray text("line 1\n100% \\n 'quoted'\t\x01\xff\nno newline at the end");
        const QString line = QString::fromStdString(
            shellLine(WriteFile{sample::host("/dev/stdout"), text.toStdString(), "", 0644},
                      [](const Location &location) { return location.path; }));
        QProcess process;
        process.start("sh", {"-c", line.section(" && ", 0, 0)});
        QVERIFY(process.waitForFinished(10000));
        QCOMPARE(process.readAllStandardOutput(), text);
    }
};

QTEST_GUILESS_MAIN(TestShellText)
#include "tst_shell_text.moc"
