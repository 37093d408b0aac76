// SPDX-License-Identifier: Apache-2.0
//
// Fusion with flat surfaces, lines that are seen on dark grounds (WCAG 2.1, 1.4.11; Fusion's outlines vanish there),
// one kind of focus ring, and a little more air in rows and controls. Behaviour and everything not named here are
// Fusion's. Colours come from the option's palette through tone(). Owned by the application; interface thread only.
#pragma once

#include <QProxyStyle>

namespace pivotbench::app {

class LookStyle : public QProxyStyle {
    Q_OBJECT

public:
    LookStyle();

    void drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                       const QWidget *widget) const override;
    void drawControl(ControlElement element, const QStyleOption *option, QPainter *painter,
                     const QWidget *widget) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex *option, QPainter *painter,
                            const QWidget *widget) const override;
    QRect subControlRect(ComplexControl control, const QStyleOptionComplex *option, SubControl part,
                         const QWidget *widget) const override;
    QSize sizeFromContents(ContentsType type, const QStyleOption *option, const QSize &size,
                           const QWidget *widget) const override;
    int styleHint(StyleHint hint, const QStyleOption *option, const QWidget *widget,
                  QStyleHintReturn *data) const override;
};

} // namespace pivotbench::app
