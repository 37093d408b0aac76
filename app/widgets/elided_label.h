// SPDX-License-Identifier: Apache-2.0
//
// One line of text that gives way where there is no room; the tooltip then holds all of it. Paths lose their middle.
// Interface thread only.
#pragma once

#include "app/widgets/palette.h"
#include "app/widgets/spoken.h"

#include <QWidget>

namespace pivotbench::app {

class ElidedLabel : public QWidget, public Spoken {
    Q_OBJECT

public:
    explicit ElidedLabel(const QString &text = {}, QWidget *parent = nullptr);

    QString text() const { return m_text; }
    void setText(const QString &text);
    // Qt::ElideRight unless told; Qt::ElideMiddle for paths.
    void setElideMode(Qt::TextElideMode mode);
    void setTone(Tone tone);
    // Relative to the surrounding font.
    void setFontVariant(qreal scale, bool bold);
    bool isElided() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

    QAccessible::Role spokenRole() const override { return QAccessible::StaticText; }
    QString spokenName() const override { return m_text; }

protected:
    bool event(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    QFont textFont() const;

    QString m_text;
    Qt::TextElideMode m_mode = Qt::ElideRight;
    Tone m_tone = Tone::Text;
    qreal m_scale = 1;
    bool m_bold = false;
};

} // namespace pivotbench::app
