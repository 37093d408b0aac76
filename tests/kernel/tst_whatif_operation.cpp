// SPDX-License-Identifier: Apache-2.0
//
// Lines of text as operations of the kernel model: what is accepted, and what is said of the rest.
#include "core/kernel/whatif_operation.h"

#include <QTest>

using namespace pivotbench::core;
using namespace pivotbench::core::kernel;

class TestWhatIfOperation : public QObject {
    Q_OBJECT
private slots:
    void goodLines_data();
    void goodLines();
    void badLines_data();
    void badLines();
    void texts();
    void hostileTexts();
};

using What = std::variant<Call, SwitchProcess>;
Q_DECLARE_METATYPE(What)

void TestWhatIfOperation::goodLines_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<What>("what");
    const auto add = [](const char *line, What what) { QTest::newRow(line) << QString::fromUtf8(line) << what; };
    add("mount tmpfs /x", MountCall{.source = "tmpfs", .target = "/x", .type = "tmpfs"});
    add("mount tmpfs /x ro,nosuid",
        MountCall{.source = "tmpfs", .target = "/x", .type = "tmpfs", .flags = ms::readOnly | ms::noSuid});
    add("bind /a /b", MountCall{.source = "/a", .target = "/b", .flags = ms::bind});
    add("rbind / /mnt", MountCall{.source = "/", .target = "/mnt", .flags = ms::bind | ms::recursive});
    add("make-shared /", MountCall{.target = "/", .flags = ms::shared});
    add("make-rshared /", MountCall{.target = "/", .flags = ms::shared | ms::recursive});
    add("make-slave /", MountCall{.target = "/", .flags = ms::slave});
    add("make-rslave /", MountCall{.target = "/", .flags = ms::slave | ms::recursive});
    add("make-private /x", MountCall{.target = "/x", .flags = ms::isPrivate});
    add("make-rprivate /x", MountCall{.target = "/x", .flags = ms::isPrivate | ms::recursive});
    add("make-unbindable /x", MountCall{.target = "/x", .flags = ms::unbindable});
    add("make-runbindable /x", MountCall{.target = "/x", .flags = ms::unbindable | ms::recursive});
    add("move /a /b", MountCall{.source = "/a", .target = "/b", .flags = ms::move});
    add("remount ro /x", MountCall{.target = "/x", .flags = ms::remount | ms::bind | ms::readOnly});
    add("remount rw,nodev,noexec /x",
        MountCall{.target = "/x", .flags = ms::remount | ms::bind | ms::noDev | ms::noExec});
    add("overlay /a:/b - - /m",
        MountCall{.source = "overlay", .target = "/m", .type = "overlay", .overlay = {.lowers = {"/a", "/b"}}});
    add("overlay /a /u /w /m", MountCall{.source = "overlay",
                                         .target = "/m",
                                         .type = "overlay",
                                         .overlay = {.lowers = {"/a"}, .upper = "/u", .work = "/w"}});
    add("umount /x", UnmountCall{.target = "/x"});
    add("umount -l /x", UnmountCall{.target = "/x", .flags = UnmountCall::detach});
    add("pivot_root . old", PivotRootCall{".", "old"});
    add("chroot /x", ChrootCall{"/x"});
    add("cd /x", ChdirCall{"/x"});
    add("mkdir /x", MkdirCall{"/x"});
    add("rmdir /x", RmdirCall{"/x"});
    add("ln -s ../a /x", SymlinkCall{"../a", "/x"});
    add("unshare --user --mount", UnshareCall{{.user = true, .mount = true}});
    add("unshare --pid --net --ipc --cgroup", UnshareCall{{.pid = true, .network = true, .ipc = true, .cgroup = true}});
    add("clone", CloneCall{});
    add("clone --mount", CloneCall{{.mount = true}});
    add("as 12", SwitchProcess{12});
    add("exit", ExitCall{});
    add("  cd\t/x  # and then", ChdirCall{"/x"});
    add("cd \"/a b\"", ChdirCall{"/a b"});
    add("cd \"/a \\\"b\\\\\"", ChdirCall{"/a \"b\\"});
    add("cd /a\" \"b", ChdirCall{"/a b"});
    add("cd /a\\b", ChdirCall{"/a\\b"});
    add("cd \"\"", ChdirCall{""});
    add("cd /a#b", ChdirCall{"/a#b"});
    add("cd \"#\"", ChdirCall{"#"});
}

void TestWhatIfOperation::goodLines()
{
    QFETCH(QString, line);
    QFETCH(What, what);
    const auto operation = parseOperation(line.toStdString());
    QVERIFY2(operation, operation ? "" : operation.error().what.c_str());
    QVERIFY(operation->what == what);
    QCOMPARE(operation->text, line.trimmed().toStdString());
}

void TestWhatIfOperation::badLines_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("wrong");
    QTest::addColumn<QString>("accepted");
    const auto add = [](const char *name, const QByteArray &line, const char *wrong, const char *accepted) {
        QTest::newRow(name) << line << QString(wrong) << QString(accepted);
    };
    add("nothing", "", "is empty", "mount, bind");
    add("a comment", "# cd /", "is empty", "mount, bind");
    add("no operation", "frobnicate /x", "\"frobnicate\"", "pivot_root");
    add("no operation in capitals", "Mount tmpfs /x", "\"Mount\"", "mount");
    add("an empty word", "\"\" /x", "\"\" is no operation", "mount");
    add("too few words", "bind /a", "missing behind \"/a\"", "bind SOURCE TARGET");
    add("too many words", "cd /a /b", "\"/b\" is too much", "cd PATH");
    add("exit with a status", "exit 3", "\"3\" is too much", "exit");
    add("an option of mount", "mount tmpfs /x ro,bold", "\"bold\"", "nosuid");
    add("an empty option", "remount ro, /x", "\"\" is no option", "nosuid");
    add("an option of umount", "umount -f /x", "\"-f\"", "-l");
    add("a hard link", "ln -h /a /b", "\"-h\"", "-s");
    add("an option of unshare", "unshare --time", "\"--time\"", "--cgroup");
    add("unshare nothing", "unshare", "missing behind \"unshare\"", "--mount");
    add("no number", "as root", "\"root\"", "the first is 1");
    add("number zero", "as 0", "\"0\"", "the first is 1");
    add("a negative number", "as -1", "\"-1\"", "the first is 1");
    add("a huge number", "as 99999999999999999999999", "no number of a process", "the first is 1");
    add("an empty layer", "overlay /a::/b - - /m", "empty layer", "LOWER");
    add("upper without work", "overlay /a /u - /m", "WORK alone", "both");
    add("work without upper", "overlay /a - /w /m", "UPPER alone", "both");
    add("an open quote", "cd \"/a b", "not closed", "\"");
    add("a quote that only begins", "cd \"", "not closed", "\"");
    add("NUL", QByteArray("cd /a\0b", 7), "NUL", "");
    add("a terminal's escape", "\x1b[2J", "\"\\x1b[2J\"", "mount");
    add("bytes that are no UTF-8", "\xff\xfe", "\"\\xff\\xfe\"", "mount");
    add("a huge word", QByteArray(5000, 'x'), "…\" is no operation", "mount");
    add("a huge line", "cd " + QByteArray(70000, 'x'), "too long", "65536");
}

void TestWhatIfOperation::badLines()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, wrong);
    QFETCH(QString, accepted);
    const auto operation = parseOperation(line.toStdString());
    QVERIFY(!operation);
    const Error &error = operation.error();
    QCOMPARE(error.code, std::string("arguments"));
    QVERIFY2(QString::fromStdString(error.what).contains(wrong), error.what.c_str());
    QVERIFY2(QString::fromStdString(error.hint).contains(accepted), error.hint.c_str());
    QVERIFY(error.what.size() < 200);
    QVERIFY(!error.what.contains('\x1b'));
}

void TestWhatIfOperation::texts()
{
    const auto operations = parseOperations("# first\n\n  mount tmpfs /x\r\n\tcd /x # there\nclone");
    QVERIFY(operations);
    QCOMPARE(operations->size(), 3U);
    QCOMPARE((*operations)[0].text, std::string("mount tmpfs /x"));
    QVERIFY((*operations)[2].what == What(CloneCall{}));
    QVERIFY(parseOperations("")->empty());

    const auto wrong = parseOperations("cd /\n\nfrob");
    QVERIFY(!wrong);
    QVERIFY2(wrong.error().what.starts_with("line 3: \"frob\""), wrong.error().what.c_str());
}

void TestWhatIfOperation::hostileTexts()
{
    std::string text;
    for (std::size_t i = 0; i < mostOperations; ++i)
        text += "cd /\n";
    QCOMPARE(parseOperations(text)->size(), mostOperations);
    const auto tooMany = parseOperations(text + "cd /");
    QVERIFY(!tooMany);
    QVERIFY(tooMany.error().what.starts_with("line 10001: "));
    QVERIFY(!parseOperations(std::string(1 << 20, '"') + "\""));
    QVERIFY(parseOperations(std::string(1 << 20, '\n'))->empty());
}

QTEST_GUILESS_MAIN(TestWhatIfOperation)
#include "tst_whatif_operation.moc"
