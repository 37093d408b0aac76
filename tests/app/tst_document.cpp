// SPDX-License-Identifier: Apache-2.0
#include "app/document/analyser.h"
#include "app/document/sandbox_document.h"
#include "isolated_home.h"
#include "sample_specs.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace pivotbench::app;
using namespace pivotbench::core;
using namespace pivotbench::test;

namespace {

constexpr int patienceMs = 20'000;

QByteArray bytesOf(const SandboxSpec &spec) { return QByteArray::fromStdString(writeSpec(spec)); }

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("cannot be read");
}

void write(const QString &path, const QByteArray &text)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
}

} // namespace

class TestDocument : public QObject {
    Q_OBJECT
private slots:
    void undoGivesTheVeryBytesBack();
    void anEditThatChangesNothingIsNoCommand();
    void typingIsOneCommand();
    void savesAndOpensAgain();
    void whatIsEditedWhileItIsSavedStaysModified();
    void aBrokenFileLosesNothing_data();
    void aBrokenFileLosesNothing();
    void aNewerFileLosesNothing();
    void theNewestAnalysisWins();
    void findingsComeWithTheirPlan();

private:
    IsolatedHome m_home;
};

void TestDocument::undoGivesTheVeryBytesBack()
{
    for (const SandboxSpec &spec : sampleSpecs()) {
        SandboxDocument document;
        document.replace(spec, {});
        const QByteArray before = bytesOf(document.spec());
        std::vector<QByteArray> steps{before};
        const std::vector<std::function<void(SandboxSpec &)>> edits{
            [](SandboxSpec &s) { s.name = "other"; },
            [](SandboxSpec &s) { s.mounts.insert(s.mounts.begin(), {"/new", "tmpfs", "tmpfs", {"ro"}}); },
            [](SandboxSpec &s) { s.root.layers.push_back({.path = "/x", .builtin = {}}); },
            [](SandboxSpec &s) { s.process.args.clear(); },
            [](SandboxSpec &s) { s = {}; },
        };
        for (const auto &edit : edits) {
            document.edit("edit", edit);
            steps.push_back(bytesOf(document.spec()));
        }
        for (auto step = steps.rbegin() + 1; step != steps.rend(); ++step) {
            document.history().undo();
            QCOMPARE(bytesOf(document.spec()), *step);
        }
        QVERIFY(!document.isModified());
        for (std::size_t i = 1; i < steps.size(); ++i) {
            document.history().redo();
            QCOMPARE(bytesOf(document.spec()), steps[i]);
        }
    }
}

void TestDocument::anEditThatChangesNothingIsNoCommand()
{
    SandboxDocument document;
    document.replace(sampleSpecs().front(), {});
    QSignalSpy changed(&document, &SandboxDocument::specChanged);
    document.edit("nothing", [](SandboxSpec &) {});
    QCOMPARE(document.history().count(), 0);
    QCOMPARE(changed.count(), 0);
}

void TestDocument::typingIsOneCommand()
{
    SandboxDocument document;
    document.replace(sampleSpecs().front(), {});
    const std::string before = document.spec().hostname;
    for (const char *text : {"a", "ab", "abc"})
        document.edit("name", [&](SandboxSpec &spec) { spec.hostname = text; }, "hostname");
    QCOMPARE(document.history().count(), 1);
    document.edit("other", [](SandboxSpec &spec) { spec.domainname = "x"; }, "domainname");
    document.edit("name", [](SandboxSpec &spec) { spec.hostname = "abcd"; }, "hostname");
    QCOMPARE(document.history().count(), 3);
    document.history().undo();
    document.history().undo();
    document.history().undo();
    QCOMPARE(document.spec().hostname, before);
}

void TestDocument::savesAndOpensAgain()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath("a b ü.pbox");
    for (const SandboxSpec &spec : sampleSpecs()) {
        SandboxDocument document;
        document.replace(spec, {});
        document.edit("name", [](SandboxSpec &s) { s.hostname = "changed"; });
        QVERIFY(document.isModified());
        QSignalSpy saved(&document, &SandboxDocument::saved);
        document.save(path);
        QVERIFY(saved.wait(patienceMs));
        QVERIFY(!document.isModified());
        QCOMPARE(document.path(), path);
        QCOMPARE(contents(path), bytesOf(document.spec()));

        SandboxDocument again;
        QSignalSpy opened(&again, &SandboxDocument::opened);
        again.open(path);
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, patienceMs);
        QVERIFY(again.spec() == document.spec());
        QVERIFY(!again.isModified());
        QVERIFY(!again.isEmpty());
    }
}

void TestDocument::whatIsEditedWhileItIsSavedStaysModified()
{
    const QTemporaryDir folder;
    SandboxDocument document;
    document.replace(sampleSpecs().front(), {});
    document.edit("one", [](SandboxSpec &spec) { spec.hostname = "one"; });
    QSignalSpy saved(&document, &SandboxDocument::saved);
    document.save(folder.filePath("a.pbox"));
    document.edit("two", [](SandboxSpec &spec) { spec.hostname = "two"; });
    QVERIFY(saved.wait(patienceMs));
    QVERIFY(document.isModified());
    QVERIFY(contents(folder.filePath("a.pbox")).contains("\"one\""));
}

void TestDocument::aBrokenFileLosesNothing_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("says");
    QTest::newRow("cut off") << QByteArray(R"({"pivotbench": 1, "name": "x)") << "";
    QTest::newRow("binary") << QByteArray("\x7f"
                                          "ELF\0\1\2",
                                          7)
                            << "";
    QTest::newRow("newer") << QByteArray(R"({"pivotbench": 99, "name": ["x"]})") << "newer";
    QTest::newRow("a wrong type") << QByteArray(R"({"pivotbench": 1, "name": 3})") << "name";
    QTest::newRow("huge") << QByteArray(100 << 20, ' ') << "";
    QTest::newRow("empty") << QByteArray() << "";
}

void TestDocument::aBrokenFileLosesNothing()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, says);
    const QTemporaryDir folder;
    write(folder.filePath("broken.pbox"), text);
    SandboxDocument document;
    document.replace(sampleSpecs().front(), {});
    document.edit("one", [](SandboxSpec &spec) { spec.hostname = "one"; });
    const QByteArray before = bytesOf(document.spec());
    Error error;
    QSignalSpy failed(&document, &SandboxDocument::failed);
    connect(&document, &SandboxDocument::failed, this, [&](const Error &why) { error = why; });
    document.open(folder.filePath("broken.pbox"));
    QVERIFY(failed.wait(patienceMs));
    const QString words = QString::fromStdString(describe(error));
    QVERIFY2(words.contains("broken.pbox"), qPrintable(words));
    QVERIFY2(words.contains(says), qPrintable(words));
    QCOMPARE(bytesOf(document.spec()), before);
    QVERIFY(document.isModified());
}

/// What is not understood travels with its layer, comes back with undo, and is written again.
void TestDocument::aNewerFileLosesNothing()
{
    const QByteArray newer = R"({
  "pivotbench": 2,
  "name": "n",
  "mood": {
    "colour": [
      1,
      2.5
    ]
  },
  "root": {
    "layers": [
      {
        "path": "/a",
        "digest": "sha256:1"
      },
      {
        "path": "/b",
        "digest": "sha256:2"
      }
    ]
  }
}
)";
    const QTemporaryDir folder;
    const QString path = folder.filePath("newer.pbox");
    write(path, newer);
    SandboxDocument document;
    QSignalSpy opened(&document, &SandboxDocument::opened);
    QSignalSpy saved(&document, &SandboxDocument::saved);
    document.open(path);
    QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, patienceMs);
    document.save(path);
    QTRY_COMPARE_WITH_TIMEOUT(saved.count(), 1, patienceMs);
    QCOMPARE(contents(path), newer);

    document.edit("swap", [](SandboxSpec &spec) { std::swap(spec.root.layers[0], spec.root.layers[1]); });
    document.edit("remove", [](SandboxSpec &spec) { spec.root.layers.pop_back(); });
    document.edit("name", [](SandboxSpec &spec) { spec.name.clear(); });
    document.save(path);
    QTRY_COMPARE_WITH_TIMEOUT(saved.count(), 2, patienceMs);
    QVERIFY(contents(path).contains("sha256:2") && contents(path).contains("mood"));
    QVERIFY(!contents(path).contains("sha256:1"));
    for (int i = 0; i < 3; ++i)
        document.history().undo();
    document.save(path);
    QTRY_COMPARE_WITH_TIMEOUT(saved.count(), 3, patienceMs);
    QCOMPARE(contents(path), newer);
}

void TestDocument::theNewestAnalysisWins()
{
    SandboxDocument document;
    Analyser analyser(document);
    document.replace(sampleSpecs().front(), {});
    for (int i = 0; i < 50; ++i)
        document.edit("edit", [i](SandboxSpec &spec) { spec.hostname = "h" + std::to_string(i); });
    QTRY_VERIFY_WITH_TIMEOUT(analyser.isCurrent(), patienceMs);
    QCOMPARE(analyser.current()->spec.hostname, std::string("h49"));
}

void TestDocument::findingsComeWithTheirPlan()
{
    SandboxDocument document;
    Analyser analyser(document);
    document.replace(*findPreset("busybox"), {});
    QTRY_VERIFY_WITH_TIMEOUT(analyser.isCurrent(), patienceMs);
    QVERIFY(analyser.current()->plan);
    document.edit("no command", [](SandboxSpec &spec) { spec.process.args.clear(); });
    QTRY_VERIFY_WITH_TIMEOUT(analyser.isCurrent(), patienceMs);
    QVERIFY(!analyser.current()->plan);
    QCOMPARE(analyser.current()->findings.front().id, std::string("process.args.missing"));
}

QTEST_MAIN(TestDocument)
#include "tst_document.moc"
