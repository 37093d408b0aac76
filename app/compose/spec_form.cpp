// SPDX-License-Identifier: Apache-2.0
#include "app/compose/spec_form.h"

#include "app/base/text.h"
#include "app/widgets/metrics.h"
#include "app/widgets/palette.h"
#include "core/spec/validate.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QVBoxLayout>
#include <algorithm>

namespace pivotbench::app {

using namespace core;

namespace {

/// A wheel that scrolls the form must not change what it passes over.
class QuietComboBox : public QComboBox {
public:
    using QComboBox::QComboBox;

protected:
    void wheelEvent(QWheelEvent *event) override { event->ignore(); }
};

constexpr int visibleLines = 4;

// One entry a line. An entry may hold anything: a newline stands as \n, a backslash as \\, an empty entry as ''.
QString writtenLine(const std::string &entry)
{
    if (entry.empty())
        return QStringLiteral("''");
    QString line = exact(entry).replace('\\', QStringLiteral("\\\\")).replace('\n', QStringLiteral("\\n"));
    return line == QStringLiteral("''") ? QStringLiteral("\\''") : line;
}

std::string readLine(const QString &line)
{
    if (line == QStringLiteral("''"))
        return {};
    QString entry;
    for (qsizetype i = 0; i < line.size(); ++i) {
        if (line[i] != '\\' || i + 1 == line.size())
            entry += line[i];
        else
            entry += line[++i] == 'n' ? QChar('\n') : line[i];
    }
    return entry.toStdString();
}

QString joined(const std::vector<std::string> &entries)
{
    QStringList list;
    for (const std::string &entry : entries)
        list << writtenLine(entry);
    return list.join('\n');
}

std::vector<std::string> cut(const QString &text)
{
    std::vector<std::string> entries;
    for (const QString &line : text.split('\n'))
        if (!line.isEmpty())
            entries.push_back(readLine(line));
    return entries;
}

/// A small muted line below an editor, or a warning.
QLabel *smallLabel(const QString &text)
{
    auto *label = new QLabel(text);
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    QFont font = label->font();
    font.setPointSizeF(font.pointSizeF() * 0.9);
    label->setFont(font);
    return label;
}

void ink(QLabel *label, Tone ink)
{
    QPalette palette = label->parentWidget() ? label->parentWidget()->palette() : label->palette();
    palette.setColor(QPalette::WindowText, tone(ink, palette));
    label->setPalette(palette);
}

} // namespace

SpecForm::SpecForm(SandboxDocument &document, QWidget *parent)
    : QWidget(parent)
    , m_document(document)
    , m_layout(new QVBoxLayout(this))
{
    m_layout->setContentsMargins(0, space(Space::Tiny, this), 0, space(Space::Small, this));
    m_layout->setSpacing(space(Space::Tiny, this));
    connect(&document, &SandboxDocument::specChanged, this, &SpecForm::refresh);
}

SpecForm::Bound &SpecForm::add(const Row &row, QWidget *editor, std::function<void(const SandboxSpec &)> refresh)
{
    auto *label = new QLabel(row.label);
    label->setBuddy(editor);
    label->setContentsMargins(0, space(Space::Small, this), 0, 0);
    auto *help = smallLabel(row.help);
    auto *found = smallLabel({});
    for (QWidget *part : std::initializer_list<QWidget *>{label, editor, help, found})
        m_layout->addWidget(part);
    ink(help, Tone::Muted);
    editor->setAccessibleName(row.label);
    editor->setAccessibleDescription(row.help);
    editor->setToolTip(row.field);
    editor->installEventFilter(this);

    m_rows.push_back(
        {.row = row, .editor = editor, .label = label, .help = help, .found = found, .refresh = std::move(refresh)});
    showParts(m_rows.back());
    m_rows.back().refresh(m_document.spec());
    return m_rows.back();
}

void SpecForm::apply(const Row &row, const QWidget *editor, const std::function<void(SandboxSpec &)> &change,
                     bool merge)
{
    if (m_refreshing)
        return;
    m_editing = editor;
    m_document.edit(tr("Change %1").arg(row.label), change, merge ? row.field : QString());
    m_editing = nullptr;
}

/// What is no value was not taken, and does not stay when the editor is left.
bool SpecForm::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::FocusOut)
        refresh();
    return QWidget::eventFilter(watched, event);
}

void SpecForm::addText(const Row &row, const Read<std::string> &read, const Write<std::string> &write,
                       const QString &placeholder)
{
    auto *editor = new QLineEdit;
    editor->setPlaceholderText(placeholder);
    connect(editor, &QLineEdit::textEdited, this, [this, row, write, editor](const QString &text) {
        apply(row, editor, [&](SandboxSpec &spec) { write(spec, text.toStdString()); }, true);
    });
    add(row, editor, [editor, read](const SandboxSpec &spec) {
        if (const QString text = exact(read(spec)); text != editor->text())
            editor->setText(text);
    });
}

void SpecForm::addLines(const Row &row, const Read<std::vector<std::string>> &read,
                        const Write<std::vector<std::string>> &write, const QString &placeholder)
{
    auto *editor = new QPlainTextEdit;
    editor->setPlaceholderText(placeholder);
    editor->setTabChangesFocus(true);
    editor->setLineWrapMode(QPlainTextEdit::NoWrap);
    editor->setUndoRedoEnabled(false); // the document's history does it
    const int frame = 2 * editor->frameWidth() + 2 * static_cast<int>(editor->document()->documentMargin());
    editor->setFixedHeight(visibleLines * editor->fontMetrics().lineSpacing() + frame);
    connect(editor, &QPlainTextEdit::textChanged, this, [this, row, write, editor] {
        apply(row, editor, [&](SandboxSpec &spec) { write(spec, cut(editor->toPlainText())); }, true);
    });
    add(row, editor, [editor, read](const SandboxSpec &spec) {
        if (const std::vector<std::string> lines = read(spec); cut(editor->toPlainText()) != lines)
            editor->setPlainText(joined(lines));
    });
}

void SpecForm::addSwitch(const Row &row, const Read<bool> &read, const Write<bool> &write)
{
    auto *editor = new QCheckBox(row.label);
    connect(editor, &QCheckBox::toggled, this, [this, row, write, editor](bool on) {
        apply(row, editor, [&](SandboxSpec &spec) { write(spec, on); }, false);
    });
    Bound &bound = add(row, editor, [editor, read](const SandboxSpec &spec) { editor->setChecked(read(spec)); });
    bound.labelled = false;
    showParts(bound);
}

void SpecForm::addChoice(const Row &row, const std::vector<Choice> &choices, const Read<int> &read,
                         const Write<int> &write)
{
    auto *editor = new QuietComboBox;
    editor->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    editor->setMinimumContentsLength(8);
    for (const Choice &choice : choices) {
        editor->addItem(choice.meaning.isEmpty() ? choice.word : choice.word + QStringLiteral(" — ") + choice.meaning);
        editor->setItemData(editor->count() - 1, choice.meaning, Qt::ToolTipRole);
    }
    connect(editor, &QComboBox::activated, this, [this, row, write, editor](int index) {
        apply(row, editor, [&](SandboxSpec &spec) { write(spec, index); }, false);
    });
    add(row, editor, [editor, read](const SandboxSpec &spec) { editor->setCurrentIndex(read(spec)); });
}

void SpecForm::addNumber(const Row &row, const Read<std::optional<std::uint64_t>> &read,
                         const Write<std::optional<std::uint64_t>> &write, const QString &unit, std::uint64_t factor,
                         std::uint64_t most)
{
    auto *editor = new QLineEdit;
    editor->setPlaceholderText(unit.isEmpty() ? tr("no limit") : tr("no limit (%1)").arg(unit));
    const auto parse = [factor, most](const QString &text, bool &valid) -> std::optional<std::uint64_t> {
        if (text.trimmed().isEmpty()) {
            valid = true;
            return std::nullopt;
        }
        const qulonglong number = text.trimmed().toULongLong(&valid);
        valid = valid && number <= most / factor;
        return valid ? std::optional<std::uint64_t>(number * factor) : std::nullopt;
    };
    connect(editor, &QLineEdit::textEdited, this, [this, row, write, parse, editor](const QString &text) {
        bool valid = false;
        const std::optional<std::uint64_t> value = parse(text, valid);
        if (valid)
            apply(row, editor, [&](SandboxSpec &spec) { write(spec, value); }, true);
    });
    add(row, editor, [editor, read, factor](const SandboxSpec &spec) {
        const std::optional<std::uint64_t> value = read(spec);
        const QString text = value ? QString::number(*value / factor) : QString();
        if (text != editor->text())
            editor->setText(text);
    });
}

void SpecForm::showOnlyWhen(const QString &field, const std::function<bool(const SandboxSpec &)> &when)
{
    const auto found = std::ranges::find_if(m_rows, [&](const Bound &bound) { return bound.row.field == field; });
    if (found != m_rows.end())
        found->when = when;
    refresh();
}

void SpecForm::refresh()
{
    m_refreshing = true;
    for (Bound &bound : m_rows) {
        if (bound.editor != m_editing) // who types is right
            bound.refresh(m_document.spec());
        if (!bound.when)
            continue;
        bound.wanted = bound.when(m_document.spec());
        showParts(bound);
    }
    m_refreshing = false;
}

void SpecForm::showParts(const Bound &bound)
{
    bound.editor->setVisible(bound.wanted);
    bound.label->setVisible(bound.wanted && bound.labelled);
    bound.help->setVisible(bound.wanted && !bound.help->text().isEmpty());
    bound.found->setVisible(bound.wanted && !bound.found->text().isEmpty());
}

bool SpecForm::focusField(const QString &field)
{
    const Bound *best = nullptr;
    for (const Bound &bound : m_rows) {
        const QString &own = bound.row.field;
        const bool holds =
            field == own || (field.startsWith(own) && (field.at(own.size()) == '[' || field.at(own.size()) == '.'));
        const bool within = own.startsWith(field + '.'); // a finding about a whole group: its first field
        if ((holds && (!best || own.size() > best->row.field.size())) || (within && !best))
            best = &bound;
    }
    if (!best || !best->wanted)
        return false;
    best->editor->setFocus(Qt::OtherFocusReason);
    return true;
}

void SpecForm::setFindings(const std::vector<Finding> &findings)
{
    for (const Bound &bound : m_rows) {
        QStringList texts;
        Severity gravest = Severity::Note;
        for (const Finding &finding : findings) {
            const QString field = QString::fromStdString(finding.field);
            if (field != bound.row.field && !field.startsWith(bound.row.field + '['))
                continue;
            texts << shown(finding.reason);
            gravest = std::min(gravest, finding.severity);
        }
        bound.found->setText(texts.join('\n'));
        showParts(bound);
        ink(bound.found, gravest == Severity::Error     ? Tone::Error
                         : gravest == Severity::Warning ? Tone::Warning
                                                        : Tone::Note);
        bound.editor->setAccessibleDescription(texts.isEmpty() ? bound.row.help
                                                               : bound.row.help + ' ' + texts.join(' '));
    }
}

} // namespace pivotbench::app
