// SPDX-License-Identifier: Apache-2.0
//
// One side of a comparison: what it is, the stage, and in a line what happens in it in this moment. The player has to
// outlive it. Interface thread.
#pragma once

#include "app/stage/contrast.h"
#include "app/stage/stage_source.h"

#include <QList>
#include <QWidget>

class QHBoxLayout;
class QSpacerItem;

namespace pivotbench::app {

class Badge;
class ElidedLabel;
class StagePlayer;
class StageView;

class ComparedSide : public QWidget {
    Q_OBJECT

public:
    explicit ComparedSide(StagePlayer &player, QWidget *parent = nullptr);

    [[nodiscard]] StageView &view() const { return *m_view; }
    void setSource(const StageSource &source, const QString &name);
    void setDeed(const Deed &deed);
    /// It is the one that the inspector explains.
    void setExplained(bool explained);
    /// A button at the end of its heading.
    void addHeadingButton(QWidget *button);
    void setButtonsVisible(bool visible);

    /// "Prediction", "Recording of the kernel".
    [[nodiscard]] QString kind() const;
    [[nodiscard]] QString heading() const;
    [[nodiscard]] QString deedText() const;

protected:
    void changeEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void measure();

    QHBoxLayout *m_head;
    QHBoxLayout *m_line;
    QSpacerItem *m_strut; ///< both headings are of one height, with buttons and without
    Badge *m_kind;
    Badge *m_incomplete;
    ElidedLabel *m_name;
    ElidedLabel *m_about;
    StageView *m_view;
    Badge *m_call;
    ElidedLabel *m_facts;
    ElidedLabel *m_reach;
    QList<QWidget *> m_buttons;
    bool m_explained = false;
};

} // namespace pivotbench::app
