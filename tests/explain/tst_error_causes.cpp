// SPDX-License-Identifier: Apache-2.0
//
// The causes of errors: which errnos have some, which one comes first in the context of its step, and that the manual
// is where it is said to be.
#include "core/explain/explainer.h"
#include "tests/explain/manual_pages.h"
#include "tests/explain/sample_operations.h"

#include <QtTest>
#include <cerrno>

using namespace pivotbench::core;

namespace {

Step step(Operation operation)
{
    return {.id = "step", .phase = Phase::Root, .cause = "", .operation = std::move(operation)};
}

constexpr int highestErrno = 133;

} // namespace

Q_DECLARE_METATYPE(pivotbench::core::Operation)

class TestErrorCauses : public QObject {
    Q_OBJECT

private:
    ManualPages m_pages;

private slots:
    void first_data()
    {
        QTest::addColumn<Operation>("operation");
        QTest::addColumn<int>("errnum");
        QTest::addColumn<QString>("when");
        const auto row = [](const char *name, Operation operation, int errnum, const char *when) {
            QTest::newRow(name) << std::move(operation) << errnum << QString(when);
        };
        using namespace sample;
        const PivotRoot pivot{".", ".put_old"};
        row("pivot_root on a plain directory", pivot, EINVAL, "not a mount point");
        row("pivot_root on the same mount", pivot, EBUSY, "mount of the present root");
        row("pivot_root without put_old", pivot, ENOENT, "put_old does not exist");
        row("pivot_root on a file", pivot, ENOTDIR, "not a directory");
        row("pivot_root without privilege", pivot, EPERM, "CAP_SYS_ADMIN");
        row("a bind over locked mounts", BindMount{host("/"), inNewRoot("/x"), false, false}, EINVAL, "locked");
        row("a recursive bind of an unbindable mount", BindMount{host("/"), inNewRoot("/x"), true, false}, EINVAL,
            "unbindable");
        row("a bind of a directory on a file", BindMount{host("/a"), inNewRoot("/b"), false, false}, ENOTDIR,
            "directory");
        row("a bind of what is missing", BindMount{host("/a"), inNewRoot("/b"), false, false}, ENOENT,
            "source does not exist");
        row("a link that leads out of the root", BindMount{host("/a"), inNewRoot("/b"), false, false}, EXDEV,
            "leave the new root");
        row("a magic link on the way", MakeDirectory{inNewRoot("/x"), 0755}, ELOOP, "symbolic links");
        row("a racing rename", MaskPath{inNewRoot("/x")}, EAGAIN, "renamed");
        row("proc in a user namespace", MountFilesystem{"proc", "proc", inNewRoot("/proc"), {}, {}}, EPERM,
            "fresh /proc");
        row("sysfs in a user namespace", MountFilesystem{"sysfs", "sysfs", inNewRoot("/sys"), {}, {}}, EPERM,
            "network namespace");
        row("an unknown file system", MountFilesystem{"befs", "", inNewRoot("/x"), {}, {}}, ENODEV, "no file system");
        row("a wrong tmpfs option", MountFilesystem{"tmpfs", "", inNewRoot("/x"), {}, {}}, EINVAL, "size=");
        const MountOverlay overlay{{"/a"}, "/u", "/w", host("/r"), {}, {}};
        row("an overlay with a foreign work directory", overlay, EINVAL, "work directory");
        row("an overlay whose upper is in use", overlay, EBUSY, "in use");
        row("an overlay on new lowers", overlay, ESTALE, "upper directory");
        row("an overlay with overlapping layers", overlay, ELOOP, "overlap");
        row("a layer that is a file", overlay, ENOTDIR, "layer is a file");
        row("a locked flag", SetMountAttributes{inNewRoot("/x"), {0, 1}, false, false}, EPERM, "locked");
        row("read-only while a file is written", SetMountAttributes{inNewRoot("/x"), {1, 0}, false, false}, EBUSY,
            "open for writing");
        row("flags of what is no mount", SetMountAttributes{inNewRoot("/x"), {1, 0}, false, false}, EINVAL,
            "access-time");
        row("propagation of what is no mount", SetPropagation{host("/x"), {}}, EINVAL, "not a mount point");
        row("a locked mount", Unmount{"/x", true}, EINVAL, "not a mount point");
        row("a busy mount", Unmount{"/x", false}, EBUSY, "working directory");
        row("chroot without privilege", ChangeRoot{"."}, EPERM, "CAP_SYS_CHROOT");
        row("a working directory that is missing", ChangeDirectory{inRoot("/x")}, ENOENT, "does not exist");
        row("a directory on a read-only root", MakeDirectory{inNewRoot("/x"), 0755}, EROFS, "read-only");
        row("mknod in a user namespace", MakeDevice{inNewRoot("/dev/null"), "/dev/null", 0666}, EPERM, "CAP_MKNOD");
        row("a link that exists", MakeSymlink{inNewRoot("/x"), "y"}, EEXIST, "already");
        row("a file that exists", WriteFile{host("/x"), "", "", 0644}, EEXIST, "already");
        row("user namespaces refused", CreateProcess{{Namespace::User}}, EPERM, "refused");
        row("user namespaces used up", CreateProcess{{Namespace::User}}, ENOSPC, "limit");
        row("too many processes", CreateProcess{}, EAGAIN, "RLIMIT_NPROC");
        row("a namespace limit", Unshare{{Namespace::Mount}}, ENOSPC, "limit");
        row("unshare without privilege", Unshare{{Namespace::Mount}}, EPERM, "CAP_SYS_ADMIN");
        row("subordinate ids not granted", WriteIdMaps{{{0, 1, 1}}, {{0, 1, 1}}, true}, EPERM, "/etc/subuid");
        row("newuidmap missing", WriteIdMaps{{{0, 1, 1}}, {{0, 1, 1}}, true}, ENOENT, "not installed");
        row("a foreign id mapped", WriteIdMaps{{{0, 1, 1}}, {{0, 1, 1}}, false}, EPERM, "not the caller's");
        row("ranges that overlap", WriteIdMaps{{{0, 1, 1}}, {{0, 1, 1}}, false}, EINVAL, "overlap");
        row("setgroups denied too late", DenySetgroups{}, EPERM, "group map");
        row("a cgroup that is not delegated", EnterCgroup{}, EACCES, "delegated");
        row("a host name that is too long", SetHostname{"x"}, EINVAL, "64");
        row("no CAP_NET_ADMIN", BringUpLoopback{}, EPERM, "CAP_NET_ADMIN");
        row("no devpts", OpenTerminal{}, ENOENT, "devpts");
        row("a stolen terminal", NewSession{true}, EPERM, "another session");
        row("a hard limit raised", SetResourceLimit{{"RLIMIT_NOFILE", 1, 1}}, EPERM, "CAP_SYS_RESOURCE");
        row("the bounding set too late", LimitCapabilities{}, EPERM, "CAP_SETPCAP");
        row("an id that is not mapped", SetIds{5, 5, {}, true}, EINVAL, "mapping");
        row("capabilities lost", SetCapabilities{}, EPERM, "permitted set");
        row("a filter without no_new_privs", InstallSeccomp{}, EACCES, "no_new_privs");
        row("a program that is missing", Execute{{"x"}, {}}, ENOENT, "does not exist");
        row("a wrong architecture", Execute{{"x"}, {}}, ENOEXEC, "architecture");
        row("a file that is not executable", Execute{{"x"}, {}}, EACCES, "not executable");
        row("too many arguments", Execute{{"x"}, {}}, E2BIG, "too large");
        row("process 1 has gone", SpawnPayload{}, ENOMEM, "process 1");
        row("put_old is not empty", RemoveDirectory{"/x"}, ENOTEMPTY, "something in the directory");
    }
    void first()
    {
        QFETCH(Operation, operation);
        QFETCH(int, errnum);
        QFETCH(QString, when);
        const std::vector<ErrorCause> causes = causesOf(step(std::move(operation)), errnum);
        QVERIFY(!causes.empty());
        QVERIFY2(QString::fromStdString(causes.front().when).contains(when), causes.front().when.c_str());
    }

    void everyStepCanFail_data()
    {
        QTest::addColumn<Operation>("operation");
        for (const sample::Sample &one : sample::operations())
            QTest::newRow(one.name) << one.operation;
    }
    void everyStepCanFail()
    {
        QFETCH(Operation, operation);
        const Step one = step(std::move(operation));
        int count = 0;
        for (int errnum = 1; errnum <= highestErrno; ++errnum) {
            const std::vector<ErrorCause> causes = causesOf(one, errnum);
            for (std::size_t i = 0; i < causes.size(); ++i) {
                const ErrorCause &cause = causes[i];
                QVERIFY(!cause.when.empty() && !cause.fix.empty() && !cause.manual.empty());
                QVERIFY2(!cause.when.ends_with('.') && !cause.fix.ends_with('.'), cause.when.c_str());
                for (std::size_t j = 0; j < i; ++j)
                    QVERIFY2(causes[j].when != cause.when, cause.when.c_str());
                ++count;
                if (!m_pages.present())
                    continue;
                const QString complaint = m_pages.complaint(QString::fromStdString(cause.manual));
                QVERIFY2(complaint.isEmpty(), qPrintable(complaint));
            }
        }
        QVERIFY(count > 0);
        if (!m_pages.present())
            QSKIP("there are no manual pages on this machine: references were not looked up");
    }

    void whatTheManualDoesNotListHasNoCause()
    {
        QVERIFY(causesOf(step(PivotRoot{".", "."}), EDOM).empty());
        QVERIFY(causesOf(step(SetHostname{"x"}), 0).empty());
        QVERIFY(causesOf(step(ChangeRoot{"."}), -1).empty());
    }

    void aRecursiveBindUncoversNothing()
    {
        for (const ErrorCause &cause :
             causesOf(step(BindMount{sample::host("/"), sample::inNewRoot("/x"), true, false}), EINVAL))
            QVERIFY(!QString::fromStdString(cause.fix).contains("rbind"));
    }
};

QTEST_GUILESS_MAIN(TestErrorCauses)
#include "tst_error_causes.moc"
