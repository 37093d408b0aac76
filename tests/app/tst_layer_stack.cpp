// SPDX-License-Identifier: Apache-2.0
#include "app/compose/layer_stack.h"
#include "app/tasks/task_list.h"
#include "app/widgets/card.h"
#include "core/spec/spec_json.h"
#include "isolated_home.h"

#include <QAction>
#include <QApplication>
#include <QDir>
#include <QDropEvent>
#include <QLayout>
#include <QMenu>
#include <QMimeData>
#include <QTest>
#include <QTimer>
#include <QUrl>
#include <QWindow>

using namespace pivotbench::app;
using namespace pivotbench::core;
using namespace pivotbench::test;

namespace {

QByteArray bytesOf(const SandboxDocument &document) { return QByteArray::fromStdString(writeSpec(document.spec())); }

QString layersOf(const SandboxDocument &document)
{
    QStringList names;
    for (const Layer &layer : document.spec().root.layers)
        names << QString::fromStdString(layer.builtin.empty() ? layer.path.substr(layer.path.rfind('/') + 1)
                                                              : layer.builtin);
    return names.join(' ');
}

/// Three cards to move about, and what the file was before.
struct Stack {
    explicit Stack(const IsolatedHome &home)
        : layers(document, tasks)
    {
        SandboxSpec spec;
        for (const char *name : {"a", "b", "c"})
            spec.root.layers.push_back(Layer{.path = home.filePath(name).toStdString(), .builtin = {}});
        document.replace(spec, {});
        before = bytesOf(document);
        layers.resize(400, 600);
        layers.show();
    }

    [[nodiscard]] QList<Card *> cards() const
    {
        QCoreApplication::processEvents(); // new ones are shown from the event loop
        QList<Card *> shown;               // the first is the writable one
        for (int i = 0; i < layers.widget()->layout()->count(); ++i)
            if (auto *card = qobject_cast<Card *>(layers.widget()->layout()->itemAt(i)->widget()))
                shown << card;
        return shown.mid(1);
    }
    /// In the coordinates of the stack: a bit above a card's middle, or below it.
    [[nodiscard]] QPoint above(int card) const { return middleOf(card) - QPoint(0, 4); }
    [[nodiscard]] QPoint below(int card) const { return middleOf(card) + QPoint(0, 4); }
    [[nodiscard]] QPoint middleOf(int card) const
    {
        return cards()[card]->mapTo(static_cast<const QWidget *>(&layers), cards()[card]->rect().center());
    }

    SandboxDocument document;
    TaskList tasks;
    LayerStack layers;
    QByteArray before;
};

/// What the window system does with things from a file manager; whether the stack would take them.
bool drop(LayerStack &layers, const QList<QUrl> &urls, QPoint at, const QByteArray &format = {})
{
    QMimeData data;
    data.setUrls(urls);
    if (!format.isEmpty())
        data.setData(format, "0");
    QDragEnterEvent enter(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    enter.ignore();
    QApplication::sendEvent(layers.viewport(), &enter);
    if (!enter.isAccepted())
        return false;
    QDragMoveEvent move(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(layers.viewport(), &move);
    QDropEvent dropped(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(layers.viewport(), &dropped);
    return dropped.isAccepted();
}

} // namespace

class TestLayerStack : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void addsFolders();
    void keyboardAlone();
    void theEdgesStayWhereTheyAre();
    void writableByKeyboard();
    void dropsOfFolders_data();
    void dropsOfFolders();
    void whatIsNoFolderIsNotTaken();
    void aLayerOfAnotherWindowIsNotTaken();
    void draggedToAnotherPlace_data();
    void draggedToAnotherPlace();

private:
    IsolatedHome m_home;
};

void TestLayerStack::initTestCase()
{
    for (const char *name : {"a", "b", "c", "new", "<b>ü &"})
        QVERIFY(QDir().mkpath(m_home.filePath(name)));
}

void TestLayerStack::addsFolders()
{
    Stack stack(m_home);
    stack.layers.addFolders({m_home.filePath("new"), m_home.filePath("<b>ü &")});
    QCOMPARE(layersOf(stack.document), "new <b>ü & a b c");
    QCOMPARE(stack.cards()[1]->title(), "<b>ü &");
    QCOMPARE(stack.document.history().count(), 1);
    stack.layers.addFolders({});
    stack.layers.addFolders({m_home.filePath("new")}, 99);
    QCOMPARE(layersOf(stack.document), "new <b>ü & a b c new");
    QCOMPARE(stack.document.history().count(), 2);
    stack.document.history().undo();
    stack.document.history().undo();
    QCOMPARE(bytesOf(stack.document), stack.before);
}

/// From the first Tab to the last key: moved down, up, removed, and all of it undone.
void TestLayerStack::keyboardAlone()
{
    Stack stack(m_home);
    stack.layers.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&stack.layers));
    for (int i = 0; i < 20 && !stack.cards()[0]->hasFocus(); ++i)
        QTest::keyClick(stack.layers.windowHandle(), Qt::Key_Tab);
    QVERIFY(stack.cards()[0]->hasFocus());

    const auto press = [&](Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
        QTest::keyClick(stack.layers.windowHandle(), key, modifiers);
    };
    press(Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(layersOf(stack.document), "b a c");
    QVERIFY(stack.cards()[1]->hasFocus()); // which goes with the layer
    press(Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(layersOf(stack.document), "b c a");
    press(Qt::Key_Up, Qt::AltModifier);
    QCOMPARE(layersOf(stack.document), "b a c");
    press(Qt::Key_Delete);
    QCOMPARE(layersOf(stack.document), "b c");
    QVERIFY(stack.cards()[1]->hasFocus());
    press(Qt::Key_Delete);
    QVERIFY(stack.cards()[0]->hasFocus());
    press(Qt::Key_Delete);
    QCOMPARE(layersOf(stack.document), "");
    QVERIFY(stack.layers.window()->focusWidget()); // and the keyboard goes on from here
    QVERIFY(stack.layers.isAncestorOf(stack.layers.window()->focusWidget()));
    QCOMPARE(stack.document.history().count(), 6);
    while (stack.document.history().canUndo())
        stack.document.history().undo();
    QCOMPARE(bytesOf(stack.document), stack.before);
}

void TestLayerStack::theEdgesStayWhereTheyAre()
{
    Stack stack(m_home);
    QTest::keyClick(stack.cards().front(), Qt::Key_Up, Qt::AltModifier);
    QTest::keyClick(stack.cards().back(), Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(stack.document.history().count(), 0);
    for (const QAction *action : stack.cards().front()->actions())
        if (action->text() == LayerStack::tr("Move up"))
            QVERIFY(!action->isEnabled());
}

void TestLayerStack::writableByKeyboard()
{
    Stack stack(m_home);
    Card *card = stack.layers.widget()->findChildren<Card *>(QString(), Qt::FindDirectChildrenOnly).front();
    QTest::keyClick(card, Qt::Key_Return);
    auto *menu = qobject_cast<QMenu *>(QApplication::activePopupWidget());
    QVERIFY(menu);
    QTest::keyClick(menu, Qt::Key_Down);
    QTest::keyClick(menu, Qt::Key_Down);
    QTest::keyClick(menu, Qt::Key_Return);
    QVERIFY(stack.document.spec().root.writable == Writable::Keep);
    stack.document.history().undo();
    QCOMPARE(bytesOf(stack.document), stack.before);
}

void TestLayerStack::dropsOfFolders_data()
{
    QTest::addColumn<int>("card");
    QTest::addColumn<bool>("below");
    QTest::addColumn<QString>("layers");
    QTest::newRow("above the first") << 0 << false << "new a b c";
    QTest::newRow("between the first and the second") << 0 << true << "a new b c";
    QTest::newRow("above the last") << 2 << false << "a b new c";
    QTest::newRow("below the last") << 2 << true << "a b c new";
}

void TestLayerStack::dropsOfFolders()
{
    QFETCH(int, card);
    QFETCH(bool, below);
    QFETCH(QString, layers);
    Stack stack(m_home);
    QVERIFY(drop(stack.layers, {QUrl::fromLocalFile(m_home.filePath("new"))},
                 below ? stack.below(card) : stack.above(card)));
    QCOMPARE(layersOf(stack.document), layers);
    QCOMPARE(stack.document.history().count(), 1);
    stack.document.history().undo();
    QCOMPARE(bytesOf(stack.document), stack.before);
}

void TestLayerStack::whatIsNoFolderIsNotTaken()
{
    Stack stack(m_home);
    QVERIFY(!drop(stack.layers, {QUrl::fromLocalFile("/etc/passwd")}, stack.above(0)));
    QVERIFY(!drop(stack.layers, {QUrl("https://example.org/new")}, stack.above(0)));
    QVERIFY(!drop(stack.layers, {}, stack.above(0)));
    QCOMPARE(stack.document.history().count(), 0);
}

/// Its number means nothing here.
void TestLayerStack::aLayerOfAnotherWindowIsNotTaken()
{
    Stack stack(m_home);
    QVERIFY(!drop(stack.layers, {}, stack.below(2), "application/x-pivotbench-layer"));
    QCOMPARE(stack.document.history().count(), 0);
}

void TestLayerStack::draggedToAnotherPlace_data()
{
    QTest::addColumn<int>("from");
    QTest::addColumn<int>("to");
    QTest::addColumn<bool>("below");
    QTest::addColumn<QString>("layers");
    QTest::newRow("to the end") << 0 << 2 << true << "b c a";
    QTest::newRow("to the beginning") << 2 << 0 << false << "c a b";
    QTest::newRow("by one") << 0 << 1 << true << "b a c";
    QTest::newRow("onto itself") << 1 << 1 << true << "a b c";
}

/// With the mouse as a hand moves it, through Qt's own drag and drop.
void TestLayerStack::draggedToAnotherPlace()
{
    if (QGuiApplication::platformName() == "offscreen")
        QSKIP("the offscreen platform has no drag and drop: gui_layer_stack does it in a real window");
    QFETCH(int, from);
    QFETCH(int, to);
    QFETCH(bool, below);
    QFETCH(QString, layers);
    Stack stack(m_home);
    QVERIFY(QTest::qWaitForWindowExposed(&stack.layers));
    QWindow *window = stack.layers.windowHandle();
    const QPoint start = stack.middleOf(from);
    const QPoint end = below ? stack.below(to) : stack.above(to);
    // The drag runs until it is let go, in an event loop of its own, so the hand is moved from timers.
    int moves = 0;
    QTimer hand;
    hand.setInterval(20);
    connect(&hand, &QTimer::timeout, this, [&] {
        if (++moves <= 5)
            QTest::mouseMove(window, start + (end - start) * moves / 5);
        else if (moves == 6)
            QTest::mouseRelease(window, Qt::LeftButton, Qt::NoModifier, end);
    });
    QTest::mousePress(window, Qt::LeftButton, Qt::NoModifier, start);
    hand.start();
    QTest::mouseMove(window, start + QPoint(0, QApplication::startDragDistance() + 2));
    QTRY_VERIFY(moves >= 7);
    QCOMPARE(layersOf(stack.document), layers);
    QCOMPARE(stack.document.history().count(), layers == "a b c" ? 0 : 1);
    while (stack.document.history().canUndo())
        stack.document.history().undo();
    QCOMPARE(bytesOf(stack.document), stack.before);
}

QTEST_MAIN(TestLayerStack)
#include "tst_layer_stack.moc"
