// SPDX-License-Identifier: Apache-2.0
#include "app/compose/mount_editor.h"

#include "app/base/text.h"
#include "app/compose/mount_icon.h"
#include "app/widgets/metrics.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

namespace pivotbench::app {

using namespace core;

namespace {

constexpr int visibleRows = 5;
const QStringList types{"bind", "tmpfs", "proc", "sysfs", "devpts", "mqueue", "cgroup2", "overlay"};
const QStringList propagations{"private", "rprivate", "slave",      "rslave",
                               "shared",  "rshared",  "unbindable", "runbindable"};

struct OptionWords {
    const char *word;
    const char *meaning;
};
constexpr OptionWords optionWords[] = {
    {"ro", QT_TRANSLATE_NOOP("pivotbench::app::MountEditor", "read-only")},
    {"rro", QT_TRANSLATE_NOOP("pivotbench::app::MountEditor", "read-only, and all mounts below it too")},
    {"nosuid", QT_TRANSLATE_NOOP("pivotbench::app::MountEditor", "set-user-ID bits are ignored")},
    {"nodev", QT_TRANSLATE_NOOP("pivotbench::app::MountEditor", "device nodes do not open")},
    {"noexec", QT_TRANSLATE_NOOP("pivotbench::app::MountEditor", "no program can be started from it")},
    {"noatime", QT_TRANSLATE_NOOP("pivotbench::app::MountEditor", "reading does not change access times")},
    {"nosymfollow", QT_TRANSLATE_NOOP("pivotbench::app::MountEditor", "symbolic links are not followed")},
    {"rbind", QT_TRANSLATE_NOOP("pivotbench::app::MountEditor", "with the mounts below the source")},
};

bool isKnown(const std::string &word)
{
    return std::ranges::any_of(optionWords, [&](const OptionWords &known) { return word == known.word; }) ||
           propagations.contains(exact(word));
}

} // namespace

MountEditor::MountEditor(SandboxDocument &document, QWidget *parent)
    : QWidget(parent)
    , m_document(document)
    , m_list(new QListWidget)
    , m_fields(new QWidget)
    , m_type(new QComboBox)
    , m_destination(new QLineEdit)
    , m_source(new QLineEdit)
    , m_sourceLabel(new QLabel(tr("Source")))
    , m_propagation(new QComboBox)
    , m_parameters(new QLineEdit)
    , m_remove(new QAction(icon(Icon::Remove), tr("Remove the mount"), this))
    , m_up(new QAction(icon(Icon::ChevronUp), tr("Mount it earlier"), this))
    , m_down(new QAction(icon(Icon::ChevronDown), tr("Mount it later"), this))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, space(Space::Tiny, this), 0, space(Space::Small, this));
    column->setSpacing(space(Space::Tiny, this));
    m_list->setAccessibleName(tr("Mounts, in the order in which they are made"));
    m_list->setFixedHeight(visibleRows * (m_list->fontMetrics().height() + space(Space::Small, this)));
    m_list->setTextElideMode(Qt::ElideMiddle);
    column->addWidget(m_list);

    auto *menu = new QMenu(this);
    connect(menu->addAction(icon(Icon::MountBind), tr("Folder of this machine…")), &QAction::triggered, this, [this] {
        auto *dialog = new QFileDialog(this, tr("Bind a folder"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::Directory);
        connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &folder) {
            add({.destination = ("/mnt/" + QFileInfo(folder).fileName()).toStdString(),
                 .type = "bind",
                 .source = QFile::encodeName(folder).toStdString(),
                 .options = {"ro", "nosuid", "nodev"}},
                tr("Bind %1").arg(folder));
        });
        dialog->open();
    });
    connect(menu->addAction(icon(Icon::MountTmpfs), tr("Empty tmpfs")), &QAction::triggered, this, [this] {
        add({.destination = "/tmp", .type = "tmpfs", .source = "tmpfs", .options = {"nosuid", "nodev"}},
            tr("Mount a tmpfs"));
    });
    connect(menu->addAction(icon(Icon::Mount), tr("Message queues")), &QAction::triggered, this, [this] {
        add({.destination = "/dev/mqueue", .type = "mqueue", .source = "mqueue", .options = {}},
            tr("Mount message queues"));
    });
    connect(menu->addAction(icon(Icon::MountCgroup), tr("Control groups, read-only")), &QAction::triggered, this,
            [this] {
                add({.destination = "/sys/fs/cgroup", .type = "cgroup2", .source = "cgroup2", .options = {"ro"}},
                    tr("Mount control groups"));
            });
    auto *addButton = new QToolButton;
    addButton->setIcon(icon(Icon::Add));
    addButton->setText(tr("Add"));
    addButton->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    addButton->setPopupMode(QToolButton::InstantPopup);
    addButton->setMenu(menu);
    addButton->setAccessibleName(tr("Add a mount"));
    auto *buttons = new QHBoxLayout;
    buttons->addWidget(addButton);
    buttons->addStretch();
    for (QAction *action : {m_up, m_down, m_remove}) {
        auto *button = new QToolButton;
        button->setDefaultAction(action);
        button->setAutoRaise(true);
        button->setAccessibleName(action->text());
        buttons->addWidget(button);
    }
    column->addLayout(buttons);
    connect(m_remove, &QAction::triggered, this, [this] {
        const auto index = static_cast<std::ptrdiff_t>(selected());
        m_document.edit(tr("Remove a mount"), [index](SandboxSpec &spec) {
            if (index >= 0 && index < std::ssize(spec.mounts))
                spec.mounts.erase(spec.mounts.begin() + index);
        });
    });
    connect(m_up, &QAction::triggered, this, [this] { move(-1); });
    connect(m_down, &QAction::triggered, this, [this] { move(1); });

    auto *form = new QFormLayout(m_fields);
    form->setContentsMargins(0, space(Space::Small, this), 0, 0);
    form->setRowWrapPolicy(QFormLayout::WrapLongRows);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    m_type->addItems(types);
    form->addRow(tr("Type"), m_type);
    form->addRow(tr("Mount point"), m_destination);
    form->addRow(m_sourceLabel, m_source);
    m_sourceLabel->setBuddy(m_source);
    auto *grid = new QGridLayout;
    grid->setSpacing(space(Space::Tiny, this));
    int row = 0;
    for (const OptionWords &words : optionWords) {
        auto *box = new QCheckBox(QString("%1 — %2").arg(words.word, tr(words.meaning)));
        box->setAccessibleName(box->text());
        grid->addWidget(box, row++, 0);
        m_options.push_back({words.word, box});
        connect(box, &QCheckBox::toggled, this, [this, word = QString(words.word)](bool on) { setOption(word, on); });
    }
    form->addRow(grid);
    m_propagation->addItem(tr("as the tree's"));
    m_propagation->addItems(propagations);
    form->addRow(tr("Propagation"), m_propagation);
    m_parameters->setPlaceholderText("size=64m mode=1777");
    form->addRow(tr("Other options"), m_parameters);
    for (QWidget *editor :
         {static_cast<QWidget *>(m_type), static_cast<QWidget *>(m_destination), static_cast<QWidget *>(m_source),
          static_cast<QWidget *>(m_propagation), static_cast<QWidget *>(m_parameters)})
        editor->setAccessibleName(qobject_cast<QLabel *>(form->labelForField(editor))->text());
    column->addWidget(m_fields);

    connect(m_type, &QComboBox::textActivated, this, [this](const QString &type) {
        editSelected(tr("Change the type"), [&](MountSpec &mount) { mount.type = type.toStdString(); });
    });
    connect(m_destination, &QLineEdit::textEdited, this, [this](const QString &text) {
        editSelected(
            tr("Change the mount point"), [&](MountSpec &mount) { mount.destination = text.toStdString(); },
            "destination");
    });
    connect(m_source, &QLineEdit::textEdited, this, [this](const QString &text) {
        editSelected(tr("Change the source"), [&](MountSpec &mount) { mount.source = text.toStdString(); }, "source");
    });
    connect(m_propagation, &QComboBox::activated, this, [this](int index) {
        editSelected(tr("Change the propagation"), [&](MountSpec &mount) {
            std::erase_if(mount.options, [](const std::string &word) { return propagations.contains(exact(word)); });
            if (index > 0)
                mount.options.push_back(m_propagation->itemText(index).toStdString());
        });
    });
    connect(m_parameters, &QLineEdit::textEdited, this, [this](const QString &text) {
        editSelected(
            tr("Change the options"),
            [&](MountSpec &mount) {
                std::erase_if(mount.options, [](const std::string &word) { return !isKnown(word); });
                for (const QString &word : text.simplified().split(' ', Qt::SkipEmptyParts))
                    mount.options.push_back(word.toStdString());
            },
            "options");
    });
    connect(m_list, &QListWidget::currentRowChanged, this, &MountEditor::refreshFields);
    connect(&document, &SandboxDocument::specChanged, this, &MountEditor::refresh);
    refresh();
}

int MountEditor::selected() const { return m_list->currentRow(); }

void MountEditor::add(const MountSpec &mount, const QString &text)
{
    m_document.edit(text, [&](SandboxSpec &spec) { spec.mounts.push_back(mount); });
    select(m_list->count() - 1);
}

void MountEditor::select(int index) { m_list->setCurrentRow(index); }

void MountEditor::move(int by)
{
    const int from = selected();
    const int to = from + by;
    if (from < 0 || to < 0 || to >= m_list->count())
        return;
    m_document.edit(tr("Reorder the mounts"), [&](SandboxSpec &spec) {
        std::swap(spec.mounts[static_cast<std::size_t>(from)], spec.mounts[static_cast<std::size_t>(to)]);
    });
    select(to);
}

void MountEditor::editSelected(const QString &text, const std::function<void(MountSpec &)> &change,
                               const QString &mergeKey)
{
    const int index = selected();
    if (m_refreshing || index < 0)
        return;
    m_document.edit(
        text, [&](SandboxSpec &spec) { change(spec.mounts[static_cast<std::size_t>(index)]); },
        mergeKey.isEmpty() ? mergeKey : QString("mounts[%1].%2").arg(index).arg(mergeKey));
}

void MountEditor::setOption(const QString &word, bool on)
{
    editSelected(on ? tr("Add %1").arg(word) : tr("Remove %1").arg(word), [&](MountSpec &mount) {
        std::erase(mount.options, word.toStdString());
        if (on)
            mount.options.push_back(word.toStdString());
    });
}

void MountEditor::refresh()
{
    const std::vector<MountSpec> &mounts = m_document.spec().mounts;
    const int before = selected();
    m_refreshing = true;
    while (m_list->count() > static_cast<int>(mounts.size()))
        delete m_list->takeItem(m_list->count() - 1);
    while (m_list->count() < static_cast<int>(mounts.size()))
        m_list->addItem(new QListWidgetItem);
    for (int i = 0; i < m_list->count(); ++i) {
        const MountSpec &mount = mounts[static_cast<std::size_t>(i)];
        const QString source = mount.type == "bind" ? QStringLiteral(" ← ") + shown(mount.source) : QString();
        QListWidgetItem *item = m_list->item(i);
        item->setText(shown(mount.destination) + source);
        item->setIcon(icon(mountIcon(mount.type)));
        item->setToolTip(plainToolTip(
            tr("%1 on %2, %3").arg(shown(mount.type), shown(mount.destination), shown(join(mount.options, ",")))));
    }
    if (before < 0 && m_list->count() > 0)
        m_list->setCurrentRow(0);
    m_refreshing = false;
    refreshFields();
}

void MountEditor::refreshFields()
{
    const int index = selected();
    const bool any = index >= 0 && index < static_cast<int>(m_document.spec().mounts.size());
    m_fields->setVisible(any);
    m_remove->setEnabled(any);
    m_up->setEnabled(any && index > 0);
    m_down->setEnabled(any && index + 1 < m_list->count());
    if (!any)
        return;
    const MountSpec &mount = m_document.spec().mounts[static_cast<std::size_t>(index)];
    m_refreshing = true;
    const auto put = [](QLineEdit *editor, const QString &text) {
        if (editor->text() != text)
            editor->setText(text);
    };
    if (m_type->findText(exact(mount.type)) < 0)
        m_type->addItem(exact(mount.type));
    m_type->setCurrentText(exact(mount.type));
    put(m_destination, exact(mount.destination));
    put(m_source, exact(mount.source));
    const auto has = [&](const QString &word) {
        return std::ranges::find(mount.options, word.toStdString()) != mount.options.end();
    };
    for (const Option &option : m_options)
        option.box->setChecked(has(option.word));
    const auto propagation = std::ranges::find_if(propagations, has);
    m_propagation->setCurrentIndex(
        propagation == propagations.end() ? 0 : 1 + static_cast<int>(propagation - propagations.begin()));
    QStringList others;
    for (const std::string &word : mount.options)
        if (!isKnown(word))
            others << exact(word);
    if (m_parameters->text().simplified() != others.join(' ')) // a space that is being typed stays
        m_parameters->setText(others.join(' '));
    m_refreshing = false;
}

bool MountEditor::focusField(const QString &field)
{
    if (field == "mounts") {
        m_list->setFocus(Qt::OtherFocusReason);
        return true;
    }
    if (!field.startsWith("mounts["))
        return false;
    bool valid = false;
    const int index = field.mid(7, field.indexOf(']') - 7).toInt(&valid);
    if (!valid || index >= m_list->count())
        return false;
    select(index);
    QWidget *editor = m_list;
    if (field.endsWith(".destination"))
        editor = m_destination;
    else if (field.endsWith(".source"))
        editor = m_source;
    else if (field.endsWith(".type"))
        editor = m_type;
    else if (field.contains(".options"))
        editor = m_options.front().box;
    editor->setFocus(Qt::OtherFocusReason);
    return true;
}

} // namespace pivotbench::app
