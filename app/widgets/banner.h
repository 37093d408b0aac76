// SPDX-License-Identifier: Apache-2.0
//
// A message in place: what happened, where, why, and what to do now. It never takes the focus; a screen reader is told.
// Hidden until show(message). Owned by its parent; interface thread only.
#pragma once

#include "app/widgets/palette.h"
#include "app/widgets/spoken.h"

#include <QList>
#include <QPointer>
#include <QWidget>

class QAction;
class QHBoxLayout;
class QLabel;
class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace pivotbench::app {

struct Message {
    Tone tone = Tone::Note; // Error, Warning, Note or Good
    QString what;
    QString where{};
    QString why{};
    QString now{};
    // Only for "Copy details": the rest of what a report of this needs. Without it, and without where and why, there is
    // no button.
    QString details{};
};

class Banner : public QWidget, public Spoken {
    Q_OBJECT

public:
    explicit Banner(QWidget *parent = nullptr);

    // Replaces what is shown, the actions too.
    void show(const Message &message);
    using QWidget::show;
    // After show(): a button below the text. The action stays the caller's.
    void addBannerAction(QAction *action);
    void setClosable(bool closable);
    const Message &message() const { return m_message; }

    // The whole message as plain text.
    QString asText() const;

    QAccessible::Role spokenRole() const override { return QAccessible::AlertMessage; }
    QString spokenName() const override;
    QString spokenDescription() const override;

signals:
    // By its button or Escape, not by hide().
    void closed();

protected:
    void changeEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void close();
    void measure();

    Message m_message;
    QLabel *m_what;
    QLabel *m_rest;
    QWidget *m_buttonRow;
    QHBoxLayout *m_buttons;
    QPushButton *m_copy;
    QToolButton *m_close;
    QHBoxLayout *m_layout;
    QVBoxLayout *m_texts;
    QList<QPointer<QWidget>> m_actionButtons;
};

} // namespace pivotbench::app
