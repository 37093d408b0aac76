// SPDX-License-Identifier: Apache-2.0
//
// The spec's own mounts, in the order in which they are made, and the selected one's fields with every option in plain
// words. Owned by the inspector; interface thread.
#pragma once

#include "app/document/sandbox_document.h"

#include <QWidget>
#include <vector>

class QAction;
class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;

namespace pivotbench::app {

class MountEditor : public QWidget {
    Q_OBJECT

public:
    explicit MountEditor(SandboxDocument &document, QWidget *parent = nullptr);

    /// "mounts[2].options" selects the third mount and focuses its options; false for fields that are no mount's.
    bool focusField(const QString &field);
    void select(int index);

private:
    struct Option {
        QString word;
        QCheckBox *box = nullptr;
    };

    void add(const core::MountSpec &mount, const QString &text);
    void refresh();
    void refreshFields();
    void editSelected(const QString &text, const std::function<void(core::MountSpec &)> &change,
                      const QString &mergeKey = {});
    void setOption(const QString &word, bool on);
    void move(int by);
    [[nodiscard]] int selected() const;

    SandboxDocument &m_document;
    QListWidget *m_list;
    QWidget *m_fields;
    QComboBox *m_type;
    QLineEdit *m_destination;
    QLineEdit *m_source;
    QLabel *m_sourceLabel;
    QComboBox *m_propagation;
    QLineEdit *m_parameters;
    std::vector<Option> m_options;
    QAction *m_remove;
    QAction *m_up;
    QAction *m_down;
    bool m_refreshing = false;
};

} // namespace pivotbench::app
