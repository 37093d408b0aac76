// SPDX-License-Identifier: Apache-2.0
//
// One line above the stage that says what is played: a prediction, which touched nothing, or a recording of the kernel,
// of which machine and when, and whether the file is whole. Interface thread.
#pragma once

#include "app/stage/stage_source.h"
#include "app/widgets/palette.h"

#include <QList>
#include <QWidget>

class QAction;
class QHBoxLayout;
class QToolButton;

namespace pivotbench::app {

class Badge;
class ElidedLabel;

class SourceStrip : public QWidget {
    Q_OBJECT

public:
    explicit SourceStrip(QWidget *parent = nullptr);

    void show(const StageSource &source);
    /// What is played goes on with what never happened; `after` says where it left what did.
    void showWhatIf(const QString &after);
    using QWidget::show;
    /// Other words, until show().
    void tell(const QString &kind, Tone tone, const QString &text);
    /// A button at the end; the action stays the caller's, and hides it by setVisible(). One with
    /// a menu opens that.
    /// Where there is too little room, the last ones lose their words first.
    void addStripAction(QAction *action);

    [[nodiscard]] QString text() const;
    /// "Prediction", "Recording of the kernel".
    [[nodiscard]] QString kind() const;
    [[nodiscard]] bool tellsIncomplete() const;

protected:
    void changeEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void measure();
    void fitButtons();
    void fitButtonsSoon();

    QHBoxLayout *m_row;
    bool m_whatIf = false;
    Badge *m_kind;
    Badge *m_incomplete;
    ElidedLabel *m_text;
    QList<QToolButton *> m_buttons;
    bool m_fitting = false; ///< soon
};

} // namespace pivotbench::app
