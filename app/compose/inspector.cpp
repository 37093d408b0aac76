// SPDX-License-Identifier: Apache-2.0
#include "app/compose/inspector.h"

#include "app/compose/inspector_fields.h"
#include "app/compose/mount_editor.h"
#include "app/compose/spec_form.h"
#include "app/widgets/metrics.h"
#include "app/widgets/section.h"

#include <QEvent>
#include <QScrollBar>
#include <QVBoxLayout>

namespace pivotbench::app {

using namespace core;

Inspector::Inspector(SandboxDocument &document, QWidget *parent)
    : QScrollArea(parent)
    , m_document(document)
    , m_column(new QWidget)
{
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("Inspector"));
    auto *layout = new QVBoxLayout(m_column);
    layout->setContentsMargins(space(Space::Medium, this), space(Space::Small, this), space(Space::Medium, this),
                               space(Space::Medium, this));
    layout->setSpacing(space(Space::Tiny, this));

    addForm(tr("General"), addGeneralFields, true);
    addForm(tr("Root"), addRootFields, true);
    auto *mounts = new Section(tr("Mounts"), m_column);
    m_mounts = new MountEditor(document);
    mounts->setContent(m_mounts);
    layout->addWidget(mounts);
    m_parts.push_back({mounts, nullptr});
    addForm(tr("/proc, /sys, /dev"), addKernelTreeFields, false);
    addForm(tr("Namespaces"), addNamespaceFields, false);
    addForm(tr("Users and groups"), addIdMapFields, false);
    addForm(tr("Files"), addFileFields, false);
    addForm(tr("Process"), addProcessFields, false);
    addForm(tr("Hardening"), addHardeningFields, false);
    addForm(tr("Limits"), addResourceFields, false);
    layout->addStretch();
    setWidget(m_column);
    m_column->installEventFilter(this);
}

/// As wide as its widest row, which nothing scrolls sideways to.
bool Inspector::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_column && event->type() == QEvent::LayoutRequest)
        setMinimumWidth(m_column->minimumSizeHint().width() + verticalScrollBar()->sizeHint().width());
    return QScrollArea::eventFilter(watched, event);
}

SpecForm *Inspector::addForm(const QString &title, void (*fill)(SpecForm &), bool expanded)
{
    auto *section = new Section(title, m_column);
    auto *form = new SpecForm(m_document);
    fill(*form);
    section->setContent(form);
    section->setExpanded(expanded);
    m_column->layout()->addWidget(section);
    m_parts.push_back({section, form});
    return form;
}

bool Inspector::showField(const QString &field)
{
    for (const Part &part : m_parts) {
        const bool folded = !part.section->isExpanded();
        part.section->setExpanded(true); // a hidden editor takes no focus
        if (part.form ? part.form->focusField(field) : m_mounts->focusField(field)) {
            if (QWidget *focused = window()->focusWidget())
                ensureWidgetVisible(focused, space(Space::Large, this), space(Space::Huge, this));
            return true;
        }
        part.section->setExpanded(!folded);
    }
    return false;
}

void Inspector::showMount(int index) { m_mounts->select(index); }

void Inspector::setAnalysis(const Analysis &analysis)
{
    for (const Part &part : m_parts)
        if (part.form)
            part.form->setFindings(analysis.findings);
}

} // namespace pivotbench::app
