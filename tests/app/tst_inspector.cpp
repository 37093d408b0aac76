// SPDX-License-Identifier: Apache-2.0
#include "app/compose/inspector.h"
#include "app/compose/spec_form.h"
#include "app/widgets/section.h"
#include "core/spec/findings.h"
#include "core/spec/fixes.h"
#include "sample_specs.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QTest>
#include <set>

using namespace pivotbench::app;
using namespace pivotbench::core;
using namespace pivotbench::test;

namespace {

QByteArray bytesOf(const SandboxDocument &document) { return QByteArray::fromStdString(writeSpec(document.spec())); }

} // namespace

class TestInspector : public QObject {
    Q_OBJECT
private slots:
    void showingASpecChangesNothing();
    void everyEditorIsUndoneToTheByte();
    void awkwardListsSurviveAnEdit();
    void findsTheEditorOfEveryField();
    void halfWrittenRangesStayWhileTheyAreTyped();
};

void TestInspector::showingASpecChangesNothing()
{
    SandboxDocument document;
    Inspector inspector(document);
    inspector.resize(400, 700);
    inspector.show();
    for (const SandboxSpec &spec : sampleSpecs()) {
        document.replace(spec, {});
        QCOMPARE(document.history().count(), 0);
        QVERIFY(document.spec() == spec);
    }
}

/// Types into, ticks, or chooses something else in every editor there is, one after the other.
void TestInspector::everyEditorIsUndoneToTheByte()
{
    for (const SandboxSpec &spec : sampleSpecs()) {
        SandboxDocument document;
        Inspector inspector(document);
        inspector.resize(400, 700);
        inspector.show();
        document.replace(spec, {});
        for (Section *section : inspector.findChildren<Section *>())
            section->setExpanded(true);
        const QByteArray before = bytesOf(document);
        int edited = 0;
        const auto check = [&](const QWidget *editor) {
            if (document.history().count() == 0)
                return;
            ++edited;
            while (document.history().canUndo())
                document.history().undo();
            QVERIFY2(bytesOf(document) == before, qPrintable(editor->accessibleName()));
            document.history().clear();
        };
        for (auto *line : inspector.findChildren<QLineEdit *>()) {
            if (!line->isVisibleTo(&inspector))
                continue;
            line->setFocus();
            QTest::keyClick(line, Qt::Key_End);
            QTest::keyClicks(line, "1");
            check(line);
        }
        for (auto *text : inspector.findChildren<QPlainTextEdit *>()) {
            if (!text->isVisibleTo(&inspector))
                continue;
            text->moveCursor(QTextCursor::End);
            QTest::keyClick(text, Qt::Key_Return);
            QTest::keyClicks(text, "RLIMIT_CPU 1 2");
            check(text);
        }
        for (auto *box : inspector.findChildren<QCheckBox *>()) {
            if (!box->isVisibleTo(&inspector))
                continue;
            box->click();
            check(box);
        }
        for (auto *choice : inspector.findChildren<QComboBox *>()) {
            if (!choice->isVisibleTo(&inspector))
                continue;
            choice->setFocus();
            QTest::keyClick(choice, choice->currentIndex() > 0 ? Qt::Key_Up : Qt::Key_Down);
            check(choice);
        }
        QVERIFY2(edited > 30, qPrintable(QString::number(edited)));
    }
}

void TestInspector::awkwardListsSurviveAnEdit()
{
    SandboxDocument document;
    Inspector inspector(document);
    inspector.show();
    const SandboxSpec odd = sampleSpecs().back();
    document.replace(odd, {});
    QVERIFY(inspector.showField("process.args"));
    auto *editor = qobject_cast<QPlainTextEdit *>(inspector.window()->focusWidget());
    QVERIFY(editor);
    editor->moveCursor(QTextCursor::End);
    QTest::keyClick(editor, Qt::Key_Return);
    QTest::keyClicks(editor, "last");
    std::vector<std::string> wanted = odd.process.args;
    wanted.emplace_back("last");
    QVERIFY(document.spec().process.args == wanted);
}

/// Whatever a finding names can be shown, so "Show the field" never does nothing.
void TestInspector::findsTheEditorOfEveryField()
{
    SandboxDocument document;
    Inspector inspector(document);
    inspector.show();
    SandboxSpec spec = sampleSpecs().back();
    spec.root.writable = Writable::Keep;
    spec.root.switchRoot = SwitchRoot::PivotRoot;
    spec.seccomp.choice = SeccompChoice::File;
    document.replace(spec, {});
    for (const char *field : {"name",
                              "description",
                              "root.writable",
                              "root.keepName",
                              "root.switchRoot",
                              "root.putOld",
                              "root.propagation",
                              "mounts",
                              "mounts[1]",
                              "mounts[0].destination",
                              "mounts[0].source",
                              "mounts[0].type",
                              "mounts[0].options",
                              "mounts[1].options[0]",
                              "namespaces.mount",
                              "namespaces.pid",
                              "namespaces.user",
                              "namespaces.network",
                              "namespaces.ipc",
                              "namespaces.cgroup",
                              "namespaces.time",
                              "idMaps",
                              "idMaps.mode",
                              "idMaps.uid",
                              "idMaps.gid[1]",
                              "proc",
                              "sys",
                              "dev",
                              "dev.policy",
                              "dev.devices[0]",
                              "hostname",
                              "domainname",
                              "files.hosts.mode",
                              "files.hosts.text",
                              "maskedPaths[0]",
                              "readonlyPaths",
                              "seccomp",
                              "seccomp.profile",
                              "seccomp.path",
                              "process.args",
                              "process.args[0]",
                              "process.env[1]",
                              "process.cwd",
                              "process.terminal",
                              "process.user.uid",
                              "process.user",
                              "process.user.additionalGids",
                              "process.capabilities",
                              "process.capabilities[0]",
                              "process.noNewPrivileges",
                              "process.rlimits[0].type",
                              "resources.memoryBytes",
                              "resources.pids",
                              "resources"})
        QVERIFY2(inspector.showField(field), field);
}

void TestInspector::halfWrittenRangesStayWhileTheyAreTyped()
{
    SandboxDocument document;
    Inspector inspector(document);
    inspector.show();
    inspector.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&inspector)); // else nothing is ever left
    document.replace(sampleSpecs().back(), {});
    QVERIFY(inspector.showField("idMaps.uid"));
    auto *editor = qobject_cast<QPlainTextEdit *>(inspector.window()->focusWidget());
    QVERIFY(editor);
    editor->selectAll();
    QTest::keyClicks(editor, "0 1000");
    QVERIFY(document.spec().idMaps.uid.empty());
    QCOMPARE(editor->toPlainText(), "0 1000");
    QTest::keyClicks(editor, " 7");
    QVERIFY((document.spec().idMaps.uid == std::vector<IdRange>{{0, 1000, 7}}));
    QTest::keyClick(editor, Qt::Key_Return);
    QTest::keyClicks(editor, "half");
    inspector.showField("name");
    QCOMPARE(editor->toPlainText(), "0 1000 7"); // what is no range does not stay
}

QTEST_MAIN(TestInspector)
#include "tst_inspector.moc"
