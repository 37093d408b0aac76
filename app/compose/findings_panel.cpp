// SPDX-License-Identifier: Apache-2.0
#include "app/compose/findings_panel.h"

#include "app/base/text.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "core/spec/fixes.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>

namespace pivotbench::app {

using namespace core;

namespace {

Icon iconOf(Severity severity)
{
    switch (severity) {
    case Severity::Error: return Icon::Error;
    case Severity::Warning: return Icon::Warning;
    case Severity::Note: return Icon::Note;
    }
    return Icon::Note;
}

QString wordOf(Severity severity)
{
    switch (severity) {
    case Severity::Error: return FindingsPanel::tr("Error");
    case Severity::Warning: return FindingsPanel::tr("Warning");
    case Severity::Note: return FindingsPanel::tr("Note");
    }
    return {};
}

} // namespace

FindingsPanel::FindingsPanel(SandboxDocument &document, QWidget *parent)
    : QWidget(parent)
    , m_document(document)
    , m_list(new QTreeWidget)
    , m_details(new QWidget)
    , m_reason(new QLabel)
    , m_advice(new QLabel)
    , m_show(new QPushButton(icon(Icon::Search), tr("Show the field")))
    , m_fix(new QPushButton(icon(Icon::Fix), {}))
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    m_list->setAccessibleName(tr("Findings"));
    m_list->setHeaderLabels({tr("Finding"), tr("Field")});
    m_list->setRootIsDecorated(false);
    m_list->setUniformRowHeights(true);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->header()->setStretchLastSection(false);
    m_list->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_list->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    row->addWidget(m_list, 3);

    auto *column = new QVBoxLayout(m_details);
    column->setContentsMargins(space(Space::Medium, this), space(Space::Small, this), space(Space::Medium, this),
                               space(Space::Small, this));
    column->setSpacing(space(Space::Small, this));
    for (QLabel *label : {m_reason, m_advice}) {
        label->setWordWrap(true);
        label->setTextFormat(Qt::PlainText);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        column->addWidget(label);
    }
    auto *buttons = new QHBoxLayout;
    buttons->addWidget(m_fix);
    buttons->addWidget(m_show);
    buttons->addStretch();
    column->addLayout(buttons);
    column->addStretch();
    auto *scrolled = new QScrollArea; // a reason may be longer than there is room
    scrolled->setWidgetResizable(true);
    scrolled->setFrameShape(QFrame::NoFrame);
    scrolled->setAccessibleName(tr("The selected finding"));
    scrolled->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scrolled->setWidget(m_details);
    row->addWidget(scrolled, 2);

    connect(m_list, &QTreeWidget::currentItemChanged, this, &FindingsPanel::refreshSelected);
    connect(m_list, &QTreeWidget::itemActivated, this, [this] {
        if (const Finding *finding = selected())
            emit fieldRequested(QString::fromStdString(finding->field));
    });
    connect(m_show, &QPushButton::clicked, this, [this] {
        if (const Finding *finding = selected())
            emit fieldRequested(QString::fromStdString(finding->field));
    });
    connect(m_fix, &QPushButton::clicked, this, &FindingsPanel::applyFix);
    refreshSelected();
}

void FindingsPanel::setAnalysis(const Analysis &analysis)
{
    if (m_findings == analysis.findings) {
        refreshSelected(); // the spec may offer another fix
        return;
    }
    const Finding *before = selected();
    const Finding kept = before ? *before : Finding{};
    m_findings = analysis.findings;
    m_list->clear();
    QTreeWidgetItem *current = nullptr;
    for (const Finding &finding : m_findings) {
        auto *item = new QTreeWidgetItem(m_list, {shown(finding.reason), shown(finding.field)});
        item->setIcon(0, icon(iconOf(finding.severity)));
        item->setData(0, Qt::AccessibleTextRole, wordOf(finding.severity) + ": " + shown(finding.reason));
        item->setToolTip(0, plainToolTip(shown(finding.reason)));
        if (!current && finding.id == kept.id && finding.field == kept.field)
            current = item;
    }
    if (!current && m_list->topLevelItemCount() > 0)
        current = m_list->topLevelItem(0);
    if (current)
        m_list->setCurrentItem(current);
    refreshSelected();
}

const Finding *FindingsPanel::selected() const
{
    const int row = m_list->indexOfTopLevelItem(m_list->currentItem());
    return row < 0 || row >= static_cast<int>(m_findings.size()) ? nullptr : &m_findings[static_cast<std::size_t>(row)];
}

void FindingsPanel::refreshSelected()
{
    const Finding *finding = selected();
    m_list->setVisible(!m_findings.empty());
    m_show->setVisible(finding && !finding->field.empty());
    m_fix->setVisible(false);
    if (!finding) {
        m_reason->setText(m_findings.empty()
                              ? tr("Nothing to say: the sandbox can be launched, and makes no unsafe choice.")
                              : QString());
        m_advice->clear();
        return;
    }
    m_reason->setText(wordOf(finding->severity) + ": " + shown(finding->reason) + '.');
    m_advice->setText(finding->fix.empty() ? QString() : tr("What to do: %1.").arg(shown(finding->fix)));
    if (const std::optional<Fix> fix = fixOf(*finding, m_document.spec())) {
        m_fix->setText(QString::fromStdString(fix->label));
        m_fix->setVisible(true);
    }
}

void FindingsPanel::applyFix()
{
    const Finding *finding = selected();
    const std::optional<Fix> fix = finding ? fixOf(*finding, m_document.spec()) : std::nullopt;
    if (fix)
        m_document.edit(QString::fromStdString(fix->label), [&](SandboxSpec &spec) { spec = fix->spec; });
}

} // namespace pivotbench::app
