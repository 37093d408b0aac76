// SPDX-License-Identifier: Apache-2.0
//
// Rows of a form, each bound to one field of the spec: a label, an editor, and a sentence in plain words. An edit is
// one command of the document; a change from elsewhere (undo, a fix) shows at once. Owned by the inspector; interface
// thread.
#pragma once

#include "app/document/sandbox_document.h"
#include "core/spec/validate.h"

#include <QString>
#include <QWidget>
#include <functional>
#include <optional>
#include <string>
#include <vector>

class QLabel;
class QVBoxLayout;

namespace pivotbench::app {

class SpecForm : public QWidget {
    Q_OBJECT

public:
    /// The document has to outlive it.
    explicit SpecForm(SandboxDocument &document, QWidget *parent = nullptr);

    /// What every row has. `field` is its name in a .pbox file, as findings use it.
    struct Row {
        QString field;
        QString label;
        QString help;
    };
    struct Choice {
        QString word;    ///< as the field has it
        QString meaning; ///< in plain words
    };

    template <typename T> using Read = std::function<T(const core::SandboxSpec &)>;
    template <typename T> using Write = std::function<void(core::SandboxSpec &, T)>;

    void addText(const Row &row, const Read<std::string> &read, const Write<std::string> &write,
                 const QString &placeholder = {});
    /// One entry a line.
    void addLines(const Row &row, const Read<std::vector<std::string>> &read,
                  const Write<std::vector<std::string>> &write, const QString &placeholder = {});
    void addSwitch(const Row &row, const Read<bool> &read, const Write<bool> &write);
    void addChoice(const Row &row, const std::vector<Choice> &choices, const Read<int> &read, const Write<int> &write);
    /// Empty stands for nothing. `unit` is shown behind the number; `factor` is what one of it is in the field.
    void addNumber(const Row &row, const Read<std::optional<std::uint64_t>> &read,
                   const Write<std::optional<std::uint64_t>> &write, const QString &unit = {}, std::uint64_t factor = 1,
                   std::uint64_t most = std::uint64_t{1} << 62);

    /// Shows the rows for which `when` holds only then.
    void showOnlyWhen(const QString &field, const std::function<bool(const core::SandboxSpec &)> &when);

    /// Puts the focus on the editor of this field, or of the nearest field that holds it; false where it has none.
    bool focusField(const QString &field);
    /// Marks fields that findings are about.
    void setFindings(const std::vector<core::Finding> &findings);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    struct Bound {
        Row row;
        QWidget *editor = nullptr;
        QLabel *label = nullptr; ///< a sibling of the editor: only then is it one to screen readers
        QLabel *help = nullptr;
        QLabel *found = nullptr; ///< what findings say of the field
        bool labelled = true;    ///< false where the editor says its own name
        bool wanted = true;
        std::function<void(const core::SandboxSpec &)> refresh;
        std::function<bool(const core::SandboxSpec &)> when = {};
    };

    Bound &add(const Row &row, QWidget *editor, std::function<void(const core::SandboxSpec &)> refresh);
    void refresh();
    static void showParts(const Bound &bound);
    void apply(const Row &row, const QWidget *editor, const std::function<void(core::SandboxSpec &)> &change,
               bool merge);

    SandboxDocument &m_document;
    QVBoxLayout *m_layout;
    std::vector<Bound> m_rows;
    const QWidget *m_editing = nullptr; ///< whose edit is being made
    bool m_refreshing = false;
};

} // namespace pivotbench::app
