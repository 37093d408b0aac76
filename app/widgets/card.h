// SPDX-License-Identifier: Apache-2.0
//
// A rounded panel for one thing among several: a layer, a preset, a recent file. Icon, title, subtitle, badges, actions
// at its end and, below, whatever else belongs to it. Space presses it, Enter activates it; its action buttons are
// reached by Tab. Owned by its parent; interface thread only.
#pragma once

#include "app/widgets/badge.h"
#include "app/widgets/elided_label.h"
#include "app/widgets/icons.h"

#include <QPointer>

#include <optional>

class QAction;
class QHBoxLayout;
class QVBoxLayout;

namespace pivotbench::app {

class Card : public QWidget, public Spoken {
    Q_OBJECT

public:
    // Click: the card is a button. DoubleClick: a click selects, a double click activates, as in a list.
    enum class Activation { Click, DoubleClick };

    explicit Card(const QString &title = {}, const QString &subtitle = {}, QWidget *parent = nullptr);

    QString title() const;
    void setTitle(const QString &title);
    QString subtitle() const;
    void setSubtitle(const QString &subtitle);
    // Qt::ElideMiddle for a path.
    void setSubtitleElideMode(Qt::TextElideMode mode);
    void setIcon(const QIcon &icon);
    // A stripe at the leading edge, such as a layer's colour in the merged tree.
    void setStripe(std::optional<Tone> tone);
    void setActivation(Activation activation);
    // Shows a handle and emits dragStarted().
    void setDraggable(bool draggable);

    Badge *addBadge(const QString &text, Tone tone);
    void clearBadges();
    // At the right-hand end, as an icon whose name is the action's text. The action stays the caller's.
    void addCardAction(QAction *action);
    // Below title and subtitle; the card takes it. Null removes it.
    void setContent(QWidget *content);
    QWidget *content() const { return m_content; }

    bool isSelected() const { return m_selected; }
    void setSelected(bool selected);

    QAccessible::Role spokenRole() const override;
    QString spokenName() const override { return title(); }
    QString spokenDescription() const override;
    void addSpokenState(QAccessible::State &state) const override;
    QString spokenAction() const override { return tr("Activate"); }
    void press() override { emit activated(); }

signals:
    // A click or Space.
    void clicked();
    // What Activation says, or Enter.
    void activated();
    void dragStarted();

protected:
    bool event(QEvent *event) override;
    void changeEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    class Picture;

    void measure();

    Picture *m_handle;
    Picture *m_picture;
    ElidedLabel *m_title;
    ElidedLabel *m_subtitle;
    QHBoxLayout *m_badges;
    QHBoxLayout *m_actions;
    QHBoxLayout *m_header;
    QVBoxLayout *m_texts;
    QVBoxLayout *m_layout;
    QPointer<QWidget> m_content;
    std::optional<Tone> m_stripe;
    std::optional<QPoint> m_pressed;
    Activation m_activation = Activation::Click;
    bool m_draggable = false;
    bool m_selected = false;
};

} // namespace pivotbench::app
