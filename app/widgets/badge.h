// SPDX-License-Identifier: Apache-2.0
//
// A small pill with a word: "ro", "shared", "12". As a widget, and as a function for item delegates. Interface thread
// only.
#pragma once

#include "app/widgets/palette.h"
#include "app/widgets/spoken.h"

#include <QWidget>

namespace pivotbench::app {

// The size paintBadge() wants for `text`; `font` is the surrounding text's.
QSize badgeSize(const QString &text, const QFont &font);

// Fills `rect`, eliding where it is too small. `selected`: on Tone::Selection. The painter's font is the surrounding
// text's.
void paintBadge(QPainter &painter, const QRect &rect, const QString &text, Tone tone, const QPalette &palette,
                bool selected = false);

class Badge : public QWidget, public Spoken {
    Q_OBJECT

public:
    explicit Badge(const QString &text = {}, Tone tone = Tone::Muted, QWidget *parent = nullptr);

    QString text() const { return m_text; }
    void setText(const QString &text);
    Tone tone() const { return m_tone; }
    void setTone(Tone tone);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

    QAccessible::Role spokenRole() const override { return QAccessible::StaticText; }
    QString spokenName() const override { return m_text; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString m_text;
    Tone m_tone;
};

} // namespace pivotbench::app
