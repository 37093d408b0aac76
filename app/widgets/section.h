// SPDX-License-Identifier: Apache-2.0
//
// A titled part of an inspector that folds away. Space or Enter on its title toggles it, Left folds, Right unfolds.
// Owned by its parent; interface thread only.
#pragma once

#include <QPointer>
#include <QWidget>

class QVBoxLayout;

namespace pivotbench::app {

class SectionHeader;

class Section : public QWidget {
    Q_OBJECT

public:
    explicit Section(const QString &title, QWidget *parent = nullptr);

    QString title() const;
    void setTitle(const QString &title);
    // Muted text at the end of the title's line, such as "3 of 12".
    void setSummary(const QString &summary);
    // The section takes it.
    void setContent(QWidget *content);
    QWidget *content() const { return m_content; }

    bool isExpanded() const { return m_expanded; }
    void setExpanded(bool expanded);

signals:
    void toggled(bool expanded);

protected:
    void changeEvent(QEvent *event) override;

private:
    void measure();

    SectionHeader *m_header;
    QVBoxLayout *m_layout;
    QPointer<QWidget> m_content;
    bool m_expanded = true;
};

} // namespace pivotbench::app
