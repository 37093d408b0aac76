// SPDX-License-Identifier: Apache-2.0
//
// Text from a file or a folder's name that looks like HTML is shown as it is, wherever Qt would take it for rich text.
#include "app/compose/compose_page.h"
#include "app/compose/mount_table_model.h"
#include "app/workbench/app_context.h"
#include "app/workbench/main_window.h"
#include "isolated_home.h"

#include <QAbstractItemView>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QTest>

using namespace pivotbench::app;
using namespace pivotbench::core;
using namespace pivotbench::test;

namespace {

constexpr int patienceMs = 20'000;
const QString image = QStringLiteral("<img src=x>");
const QString bold = QStringLiteral("<b>bold</b>"); // as a name of two folders: "<b>bold<" and "b>"

/// The tool tips' own tags are others.
bool isEscaped(const QString &toolTip) { return !toolTip.contains("<img") && !toolTip.contains("<b>bold"); }

/// Counts rows whose tooltip has the text; every one must have it escaped.
int escapedToolTips(const QAbstractItemModel &model, const QModelIndex &parent = {})
{
    int found = 0;
    for (int row = 0; row < model.rowCount(parent); ++row)
        for (int column = 0; column < model.columnCount(parent); ++column) {
            const QModelIndex index = model.index(row, column, parent);
            const QString text = index.data(Qt::ToolTipRole).toString();
            if (!isEscaped(text))
                return -1;
            found += text.contains("&lt;img src=x&gt;") || text.contains("&lt;b&gt;") ? 1 : 0;
            if (column > 0 || !model.hasChildren(index))
                continue;
            const int below = escapedToolTips(model, index);
            if (below < 0)
                return -1;
            found += below;
        }
    return found;
}

} // namespace

class TestOutsideText : public QObject {
    Q_OBJECT
private slots:
    void mountTable();
    void everythingInTheWindow();

private:
    IsolatedHome m_home;
};

void TestOutsideText::mountTable()
{
    MountTableModel model;
    model.setTable(
        std::make_shared<const MountTable>(*parseMountinfo("1 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"
                                                           "2 1 0:5 / /<img\\040src=x> rw - tmpfs <b>bold</b> rw\n")));
    QVERIFY(escapedToolTips(model) >= 2);
    QCOMPARE(model.index(0, 0, model.index(0, 0)).data().toString(), "/" + image); // and whole where it is plain
}

void TestOutsideText::everythingInTheWindow()
{
    const QString layer = m_home.filePath(image);
    QVERIFY(QDir().mkpath(layer + '/' + bold));
    QFile file(layer + '/' + image);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();

    AppContext context;
    context.addRecent(m_home.filePath(image + ".pbox"));
    MainWindow window(context);
    window.resize(1400, 900);
    window.QWidget::show();
    const std::string text = image.toStdString();
    SandboxSpec spec;
    spec.name = text;
    spec.description = bold.toStdString();
    spec.root.layers = {Layer{.path = layer.toStdString(), .builtin = {}}};
    spec.root.writable = Writable::Keep;
    spec.root.keepName = text; // a finding that quotes it
    spec.mounts = {{"/" + text, "tmpfs", "tmpfs", {"x-" + text}}, {"/" + text, "bind", "/" + text, {text}}};
    spec.process.args = {text};
    spec.process.env = {text};
    spec.hostname = text;
    spec.process.capabilities = {.choice = CapabilityChoice::List, .names = {text}};
    window.document().replace(spec, {});
    window.document().edit("Add " + image, [](SandboxSpec &changed) { changed.domainname = "x"; }); // to undo
    QTRY_VERIFY_WITH_TIMEOUT(window.analyser().isCurrent(), patienceMs);

    int lists = 0;
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] { // the tree is read after the analysis
            lists = 0;
            for (const QAbstractItemView *view : window.findChildren<QAbstractItemView *>())
                lists += view->model() && escapedToolTips(*view->model()) > 0 ? 1 : 0;
            return lists >= 3;
        }(),
        patienceMs); // findings, mounts of the spec, the merged tree

    int labels = 0;
    for (const QWidget *widget : window.findChildren<QWidget *>()) {
        QVERIFY2(isEscaped(widget->toolTip()), qPrintable(widget->toolTip()));
        const auto *label = qobject_cast<const QLabel *>(widget);
        if (!label || !(label->text().contains("<img") || label->text().contains("<b>")))
            continue;
        ++labels;
        QVERIFY2(label->textFormat() == Qt::PlainText, qPrintable(label->text()));
    }
    QVERIFY(labels > 0);
    for (const QAbstractItemView *view : window.findChildren<QAbstractItemView *>())
        if (view->model())
            QVERIFY2(escapedToolTips(*view->model()) >= 0, qPrintable(view->accessibleName()));
}

QTEST_MAIN(TestOutsideText)
#include "tst_outside_text.moc"
