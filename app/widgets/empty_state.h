// SPDX-License-Identifier: Apache-2.0
//
// What a place shows while it holds nothing: what it is for, and the button that fills it. Owned by its parent;
// interface thread only.
#pragma once

#include "app/widgets/icons.h"
#include "app/widgets/spoken.h"

#include <QWidget>

class QAction;
class QHBoxLayout;
class QLabel;
class QVBoxLayout;

namespace pivotbench::app {

class EmptyState : public QWidget, public Spoken {
    Q_OBJECT

public:
    EmptyState(Icon icon, const QString &title, const QString &sentence, QWidget *parent = nullptr);

    void setTitle(const QString &title);
    void setSentence(const QString &sentence);
    // The first is the primary one. The action stays the caller's.
    void addStateAction(QAction *action);

    QAccessible::Role spokenRole() const override { return QAccessible::Grouping; }
    QString spokenName() const override;
    QString spokenDescription() const override;

protected:
    void changeEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void measure();

    Icon m_icon;
    QWidget *m_picture;
    QLabel *m_title;
    QLabel *m_sentence;
    QHBoxLayout *m_buttons;
    QVBoxLayout *m_layout;
    bool m_hasPrimary = false;
};

} // namespace pivotbench::app
