// SPDX-License-Identifier: Apache-2.0
//
// What validation and the kernel model say of the spec, gravest first. Enter goes to the field; a fix is a button and
// one undoable command. Owned by the Compose page; interface thread.
#pragma once

#include "app/document/analysis.h"
#include "app/document/sandbox_document.h"

#include <QWidget>
#include <memory>
#include <vector>

class QLabel;
class QPushButton;
class QTreeWidget;

namespace pivotbench::app {

class FindingsPanel : public QWidget {
    Q_OBJECT

public:
    explicit FindingsPanel(SandboxDocument &document, QWidget *parent = nullptr);

    void setAnalysis(const Analysis &analysis);

signals:
    void fieldRequested(const QString &field);

private:
    [[nodiscard]] const core::Finding *selected() const;
    void refreshSelected();
    void applyFix();

    SandboxDocument &m_document;
    QTreeWidget *m_list;
    QWidget *m_details;
    QLabel *m_reason;
    QLabel *m_advice;
    QPushButton *m_show;
    QPushButton *m_fix;
    std::vector<core::Finding> m_findings;
};

} // namespace pivotbench::app
