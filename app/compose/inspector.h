// SPDX-License-Identifier: Apache-2.0
//
// Every field of the spec, in sections that fold away. Owned by the Compose page; interface thread.
#pragma once

#include "app/document/analysis.h"
#include "app/document/sandbox_document.h"

#include <QScrollArea>
#include <vector>

namespace pivotbench::app {

class MountEditor;
class Section;
class SpecForm;

class Inspector : public QScrollArea {
    Q_OBJECT

public:
    explicit Inspector(SandboxDocument &document, QWidget *parent = nullptr);

    /// Unfolds, scrolls to and focuses what edits this field of a .pbox file; false where nothing does.
    bool showField(const QString &field);
    /// Selects this one of the spec's mounts, without taking the focus.
    void showMount(int index);
    void setAnalysis(const Analysis &analysis);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    struct Part {
        Section *section = nullptr;
        SpecForm *form = nullptr; ///< null for the mounts
    };
    SpecForm *addForm(const QString &title, void (*fill)(SpecForm &), bool expanded);

    SandboxDocument &m_document;
    QWidget *m_column;
    MountEditor *m_mounts = nullptr;
    std::vector<Part> m_parts;
};

} // namespace pivotbench::app
