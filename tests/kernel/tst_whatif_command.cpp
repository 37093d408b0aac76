// SPDX-License-Identifier: Apache-2.0
//
// pivotctl whatif as scripts call it: text, JSON, exit statuses. On a table of its own, so every machine answers alike.
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

namespace {

constexpr const char *mountTable = "20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
                                   "21 20 0:5 / /proc rw,nosuid shared:2 - proc proc rw\n"
                                   "23 20 0:7 / /t\\033[2J rw shared:4 - tmpfs tmpfs rw\n";

struct Outcome {
    int status = -1;
    QByteArray output;
    QByteArray errors;
};

} // namespace

class TestWhatIfCommand : public QObject {
    Q_OBJECT

    QTemporaryDir m_directory;

    [[nodiscard]] Outcome whatIf(const QStringList &args, const QByteArray &input = {}) const
    {
        QProcess process;
        process.start(QCoreApplication::applicationDirPath() + "/pivotctl",
                      QStringList{"whatif", "--table", m_directory.filePath("table")} + args);
        process.write(input);
        process.closeWriteChannel();
        process.waitForFinished();
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
                process.readAllStandardError()};
    }

private slots:
    void initTestCase()
    {
        QFile file(m_directory.filePath("table"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(mountTable);
    }

    void text()
    {
        const Outcome outcome = whatIf({"--as-root", "clone --mount", "mount tmpfs /mnt", "as 1", "chroot /mnt"});
        QCOMPARE(outcome.status, 0);
        QCOMPARE(outcome.errors, QByteArray());
        QCOMPARE(QString::fromUtf8(outcome.output),
                 QString("[1] clone --mount\n"
                         "  done\n"
                         "  namespace 2 (process 2): made, with 3 mounts (3 shared)\n"
                         "  process 2: made, root /, cwd /\n"
                         "[2] mount tmpfs /mnt\n"
                         "  done\n"
                         "  namespace 1 (the machine, process 1):\n"
                         "    + /mnt  tmpfs  rw,relatime\n"
                         "  namespace 2 (process 2):\n"
                         "    + /mnt  tmpfs  rw,relatime\n"
                         "[2] as 1\n"
                         "  done; no mount changes\n"
                         "[1] chroot /mnt\n"
                         "  done\n"
                         "  process 1: root / → /mnt\n"));
    }

    void aRefusalEndsIt()
    {
        const QStringList operations{"mount tmpfs /mnt", "mkdir /mnt/old", "pivot_root /mnt /mnt/old", "cd /mnt"};
        const Outcome outcome = whatIf(operations);
        QCOMPARE(outcome.status, 1);
        QVERIFY2(outcome.output.endsWith("[1] pivot_root /mnt /mnt/old\n"
                                         "  EINVAL: put_old lies on a shared mount (/mnt/old)\n"
                                         "  fix: mount --make-rprivate / first\n"
                                         "  see: pivot_root(2), ERRORS\n"),
                 outcome.output);
        const Outcome goingOn = whatIf(QStringList{"--keep-going"} + operations);
        QCOMPARE(goingOn.status, 1);
        QVERIFY2(goingOn.output.endsWith("[1] cd /mnt\n  done\n  process 1: cwd / → /mnt\n"), goingOn.output);
    }

    void json()
    {
        const Outcome outcome = whatIf({"--format", "json", "--keep-going", "clone --mount", "mount tmpfs /mnt ro",
                                        "remount rw /mnt", "umount /x", "exit"});
        QCOMPARE(outcome.status, 1);
        const auto lines = outcome.output.trimmed().split('\n');
        QCOMPARE(lines.size(), 5);
        QList<QJsonValue> effects;
        for (const QByteArray &line : lines) {
            effects.append(QJsonDocument::fromJson(line).object());
            QCOMPARE(effects.last().toObject().keys(), (QStringList{"cause", "done", "errno", "namespaces", "operation",
                                                                    "path", "process", "processes"}));
        }
        QCOMPARE(effects[0]["namespaces"][0]["state"].toString(), QString("made"));
        QCOMPARE(effects[0]["processes"][0]["rootBefore"], QJsonValue());
        QCOMPARE(effects[1]["namespaces"].toArray().size(), 2);
        const QJsonValue added = effects[1]["namespaces"][1]["added"][0];
        QCOMPARE(added["mountPoint"].toString(), QString("/mnt"));
        QCOMPARE(added["options"].toString(), QString("ro,relatime"));
        const QJsonValue changed = effects[2]["namespaces"][0]["changed"][0];
        QCOMPARE(changed["id"], added["id"]);
        QCOMPARE(changed["fields"]["options"]["after"].toString(), QString("rw,relatime"));
        QCOMPARE(effects[3]["done"], QJsonValue(false));
        QCOMPARE(effects[3]["errno"].toString(), QString("EINVAL"));
        QCOMPARE(effects[3]["cause"]["word"].toString(), QString("not-a-mount-point"));
        QCOMPARE(effects[4]["namespaces"][0]["state"].toString(), QString("ended"));
        QCOMPARE(effects[4]["processes"][0]["root"], QJsonValue());
    }

    void operationsOfAFile()
    {
        const Outcome outcome = whatIf({"--user", "--tree", "-f", "-", "exit"},
                                       "# in a user namespace\nmount tmpfs /mnt\n\ncd /mnt # in\n");
        QCOMPARE(outcome.status, 0);
        QVERIFY2(outcome.output.contains("process 1: cwd / → /mnt\n[1] exit\n"), outcome.output);
        QVERIFY2(outcome.output.contains("\nnamespace 1 (the machine):\nTARGET"), outcome.output);
        QVERIFY(!outcome.output.contains('\x1b'));
    }

    void badArguments_data()
    {
        QTest::addColumn<QStringList>("args");
        QTest::addColumn<QByteArray>("message");
        const auto add = [](const char *name, const QStringList &args, const char *message) {
            QTest::newRow(name) << args << QByteArray(message);
        };
        add("nothing to do", {}, "no operation is given");
        add("an unknown operation", {"cd /", "frob"}, "\"frob\" is no operation");
        add("a process that is none", {"as 7"}, "there is no process 7");
        add("two beginnings", {"--user", "--as-me", "cd /"}, "excludes");
        add("a tree as JSON", {"--tree", "--format", "json", "cd /"}, "--tree is text");
        add("a file that is none", {"-f", "/nonexistent"}, "ENOENT");
        add("an escape", {"\x1b[2J"}, "\\x1b[2J");
    }

    void badArguments()
    {
        QFETCH(QStringList, args);
        QFETCH(QByteArray, message);
        const Outcome outcome = whatIf(args);
        QCOMPARE(outcome.status, 125);
        QCOMPARE(outcome.output, QByteArray());
        QVERIFY2(outcome.errors.contains(message), outcome.errors);
        QVERIFY(!outcome.errors.contains('\x1b'));
    }
};

QTEST_GUILESS_MAIN(TestWhatIfCommand)
#include "tst_whatif_command.moc"
