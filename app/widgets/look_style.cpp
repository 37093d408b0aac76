// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/look_style.h"

#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"
#include "app/widgets/palette.h"

#include <QAbstractScrollArea>
#include <QComboBox>
#include <QPainter>
#include <QStyleOption>
#include <QTextCharFormat>

namespace pivotbench::app {

namespace {

constexpr qreal controlRadius = innerRadius - 1;

bool enabled(const QStyleOption &option) { return option.state.testFlag(QStyle::State_Enabled); }
bool hovered(const QStyleOption &option) { return enabled(option) && option.state.testFlag(QStyle::State_MouseOver); }
bool sunken(const QStyleOption &option) { return option.state.testFlag(QStyle::State_Sunken); }
bool focused(const QStyleOption &option) { return option.state.testFlag(QStyle::State_HasFocus); }

QColor lineOf(const QStyleOption &option)
{
    return tone(enabled(option) ? Tone::CardBorder : Tone::Separator, option.palette);
}

// What one writes or picks in.
void paintField(QPainter &painter, const QRect &rect, const QStyleOption &option)
{
    paintPanel(painter, rect, option.palette.color(QPalette::Base), lineOf(option), controlRadius);
    if (focused(option)) {
        paintFocus(painter, rect, option.palette, controlRadius);
    }
}

// What one presses.
void paintPressable(QPainter &painter, const QRect &rect, const QStyleOption &option)
{
    QColor ground = option.palette.color(QPalette::Button);
    const QColor ink = option.palette.color(QPalette::Active, QPalette::ButtonText);
    if (option.state.testFlag(QStyle::State_On)) {
        ground = blended(ground, tone(Tone::Accent, option.palette), 0.22);
    }
    ground = blended(ground, ink, sunken(option) ? 0.14 : hovered(option) ? 0.06 : 0);
    paintPanel(painter, rect, ground, lineOf(option), controlRadius);
}

void paintChevron(QPainter &painter, const QRect &rect, Icon icon, const QStyleOption &option)
{
    const int extent = std::min({rect.width(), rect.height(), 12});
    const QRectF place(rect.center().x() - extent / 2.0 + 0.5, rect.center().y() - extent / 2.0 + 0.5, extent, extent);
    paintIcon(painter, place, icon,
              enabled(option) ? tone(Tone::Muted, option.palette)
                              : option.palette.color(QPalette::Disabled, QPalette::WindowText));
}

// The box or disc of a check box or radio button; returns the ink of the mark in it.
QColor paintIndicator(QPainter &painter, const QRectF &rect, const QStyleOption &option, qreal radius)
{
    const bool marked = option.state.testAnyFlags(QStyle::State_On | QStyle::State_NoChange);
    const QPalette &palette = option.palette;
    QColor ground = palette.color(QPalette::Base);
    // Small as it is, its line is stronger than that of a field.
    QColor line = tone(enabled(option) ? Tone::Muted : Tone::Separator, palette);
    QColor ink = tone(Tone::Muted, palette);
    if (marked && enabled(option)) {
        ground = tone(Tone::Selection, palette);
        // A selected row has the same ground.
        line = tone(Tone::FocusRing, palette);
        ink = tone(Tone::SelectionText, palette);
    }
    if (sunken(option) || hovered(option)) {
        ground = blended(ground, palette.color(QPalette::Active, QPalette::Text), sunken(option) ? 0.16 : 0.07);
    }
    // A round line of one pixel is mostly half pixels.
    paintPanel(painter, rect, ground, line, radius, radius * 2 >= rect.width() ? 1.5 : 1);
    return ink;
}

QRectF squareIn(const QRect &rect)
{
    const int extent = std::min(rect.width(), rect.height());
    return QRect(rect.x() + (rect.width() - extent) / 2, rect.y() + (rect.height() - extent) / 2, extent, extent);
}

void paintCheckBox(QPainter &painter, const QStyleOption &option)
{
    const QRectF box = squareIn(option.rect);
    const QColor ink = paintIndicator(painter, box, option, 3);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(ink, box.width() / 7, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    const auto at = [&box](qreal x, qreal y) { return box.topLeft() + QPointF(x * box.width(), y * box.height()); };
    if (option.state.testFlag(QStyle::State_On)) {
        painter.drawPolyline(QPolygonF{at(0.26, 0.53), at(0.43, 0.7), at(0.75, 0.31)});
    } else if (option.state.testFlag(QStyle::State_NoChange)) {
        painter.drawLine(at(0.3, 0.5), at(0.7, 0.5));
    }
    painter.restore();
}

void paintRadioButton(QPainter &painter, const QStyleOption &option)
{
    const QRectF disc = squareIn(option.rect);
    const QColor ink = paintIndicator(painter, disc, option, disc.width() / 2);
    if (option.state.testFlag(QStyle::State_On)) {
        const qreal inset = disc.width() * 0.31;
        paintPanel(painter, disc.adjusted(inset, inset, -inset, -inset), ink, {}, disc.width());
    }
}

void paintToolPanel(QPainter &painter, const QStyleOption &option)
{
    if (!option.state.testFlag(QStyle::State_AutoRaise)) {
        paintPressable(painter, option.rect, option);
        return;
    }
    const QColor ink = tone(Tone::Text, option.palette);
    QColor ground = ink;
    qreal strength = sunken(option) ? 0.16 : hovered(option) ? 0.08 : 0;
    if (option.state.testFlag(QStyle::State_On)) {
        ground = tone(Tone::Accent, option.palette);
        strength += 0.16;
    }
    if (strength > 0) {
        // Whatever is below shows through.
        ground.setAlphaF(static_cast<float>(strength));
        paintPanel(painter, option.rect, ground, {}, controlRadius);
    }
    if (focused(option)) {
        paintFocus(painter, option.rect, option.palette, controlRadius);
    }
}

void paintHeaderSection(QPainter &painter, const QStyleOptionHeader &option)
{
    QColor ground = option.palette.color(QPalette::Window);
    const QColor ink = option.palette.color(QPalette::Active, QPalette::WindowText);
    ground = blended(ground, ink, sunken(option) ? 0.12 : hovered(option) ? 0.05 : 0);
    painter.fillRect(option.rect, ground);
    const QColor line = tone(Tone::Separator, option.palette);
    const QRect rect = option.rect;
    if (option.orientation == Qt::Horizontal) {
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), line);
        const bool last =
            option.position == QStyleOptionHeader::End || option.position == QStyleOptionHeader::OnlyOneSection;
        if (!last) {
            const int edge = option.direction == Qt::RightToLeft ? rect.left() : rect.right();
            painter.fillRect(QRect(edge, rect.top() + 4, 1, rect.height() - 8), line);
        }
    } else {
        painter.fillRect(QRect(rect.right(), rect.top(), 1, rect.height()), line);
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), line);
    }
}

void paintTab(QPainter &painter, const QStyleOptionTab &option)
{
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    const QColor ink = tone(Tone::Text, option.palette);
    const QRect plate = option.rect.adjusted(1, 1, -1, -1);
    if (hovered(option) && !selected) {
        paintPanel(painter, plate, blended(option.palette.color(QPalette::Window), ink, 0.06), {}, innerRadius);
    }
    if (selected) {
        constexpr int thick = 3;
        const QColor accent = tone(enabled(option) ? Tone::Accent : Tone::Separator, option.palette);
        QRect line(plate.left() + 4, plate.bottom() - thick + 2, plate.width() - 8, thick);
        const auto shape = option.shape;
        if (shape == QTabBar::RoundedSouth || shape == QTabBar::TriangularSouth) {
            line.moveTop(plate.top() - 1);
        } else if (shape == QTabBar::RoundedWest || shape == QTabBar::TriangularWest) {
            line = QRect(plate.right() - thick + 2, plate.top() + 4, thick, plate.height() - 8);
        } else if (shape == QTabBar::RoundedEast || shape == QTabBar::TriangularEast) {
            line = QRect(plate.left() - 1, plate.top() + 4, thick, plate.height() - 8);
        }
        paintPanel(painter, line, accent, {}, thick / 2.0);
    }
}

void paintProgress(QPainter &painter, const QStyleOptionProgressBar &option)
{
    const QRect groove = option.rect;
    const qreal radius = std::min<qreal>(controlRadius, groove.height() / 2.0);
    const qint64 range = static_cast<qint64>(option.maximum) - option.minimum;
    const qreal part = range <= 0 ? 0
                                  : static_cast<qreal>(static_cast<qint64>(option.progress) - option.minimum) /
                                        static_cast<qreal>(range);
    const bool horizontal = option.state.testFlag(QStyle::State_Horizontal);
    QRectF filled = QRectF(groove).adjusted(1, 1, -1, -1);
    if (horizontal) {
        const qreal width = filled.width() * std::clamp(part, 0.0, 1.0);
        const bool fromRight = (option.direction == Qt::RightToLeft) != option.invertedAppearance;
        filled = QRectF(fromRight ? filled.right() - width : filled.left(), filled.top(), width, filled.height());
    } else {
        const qreal height = filled.height() * std::clamp(part, 0.0, 1.0);
        const qreal top = option.invertedAppearance ? filled.top() : filled.bottom() - height;
        filled = QRectF(filled.left(), top, filled.width(), height);
    }
    if (!filled.isEmpty()) {
        painter.save();
        painter.setClipRect(filled);
        paintPanel(painter, QRectF(groove).adjusted(1, 1, -1, -1), tone(Tone::Selection, option.palette), {},
                   std::max(0.0, radius - 1));
        painter.restore();
    }
}

void paintComboBox(const QStyle &style, QPainter &painter, const QStyleOptionComboBox &option, const QWidget *widget)
{
    if (option.frame) {
        if (option.editable) {
            paintField(painter, option.rect, option);
        } else {
            paintPressable(painter, option.rect, option);
            if (focused(option)) {
                paintFocus(painter, option.rect, option.palette, controlRadius);
            }
        }
    }
    if (option.subControls.testFlag(QStyle::SC_ComboBoxArrow)) {
        paintChevron(painter, style.subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxArrow, widget),
                     Icon::ChevronDown, option);
    }
}

void paintSpinBox(const QStyle &style, QPainter &painter, const QStyleOptionSpinBox &option, const QWidget *widget)
{
    if (option.frame) {
        paintField(painter, option.rect, option);
    }
    if (option.buttonSymbols == QAbstractSpinBox::NoButtons) {
        return;
    }
    for (const auto part : {QStyle::SC_SpinBoxUp, QStyle::SC_SpinBoxDown}) {
        const bool up = part == QStyle::SC_SpinBoxUp;
        const QRect rect = style.subControlRect(QStyle::CC_SpinBox, &option, part, widget);
        QStyleOption button = option;
        if (!option.stepEnabled.testFlag(up ? QAbstractSpinBox::StepUpEnabled : QAbstractSpinBox::StepDownEnabled)) {
            button.state.setFlag(QStyle::State_Enabled, false);
        }
        if (option.activeSubControls.testFlag(part) && enabled(button)) {
            const QColor ink = option.palette.color(QPalette::Text);
            paintPanel(painter, rect.adjusted(1, 0, -1, 0),
                       blended(option.palette.color(QPalette::Base), ink, sunken(option) ? 0.18 : 0.09), {}, 2);
        }
        if (option.buttonSymbols == QAbstractSpinBox::PlusMinus) {
            paintChevron(painter, rect, up ? Icon::Add : Icon::Remove, button);
        } else {
            paintChevron(painter, rect, up ? Icon::ChevronUp : Icon::ChevronDown, button);
        }
    }
}

void paintScrollBar(const QStyle &style, QPainter &painter, const QStyleOptionSlider &option, const QWidget *widget)
{
    painter.fillRect(option.rect, option.palette.color(QPalette::Base));
    if (option.maximum <= option.minimum) {
        return;
    }
    const QRectF handle = style.subControlRect(QStyle::CC_ScrollBar, &option, QStyle::SC_ScrollBarSlider, widget);
    const bool held = option.activeSubControls.testFlag(QStyle::SC_ScrollBarSlider);
    const qreal inset = held || sunken(option) ? 3 : 4;
    const QColor line = tone(Tone::CardBorder, option.palette);
    const QColor color = held && sunken(option) ? tone(Tone::Accent, option.palette)
                         : held                 ? tone(Tone::Muted, option.palette)
                                                : line;
    paintPanel(painter, handle.adjusted(inset, inset, -inset, -inset), color, {}, handle.width());
}

QRect scrollBarPart(const QStyleOptionSlider &option, QStyle::SubControl part)
{
    constexpr int leastHandle = 28;
    const bool horizontal = option.orientation == Qt::Horizontal;
    const int length = horizontal ? option.rect.width() : option.rect.height();
    int handle = length;
    int start = 0;
    if (option.maximum > option.minimum) {
        const qint64 range = static_cast<qint64>(option.maximum) - option.minimum;
        handle = static_cast<int>(static_cast<qint64>(option.pageStep) * length / (range + option.pageStep));
        handle = std::min(std::max(handle, leastHandle), length);
        start = QStyle::sliderPositionFromValue(option.minimum, option.maximum, option.sliderPosition, length - handle,
                                                option.upsideDown);
    }
    const auto span = [&](int from, int to) {
        const QRect rect = horizontal
                               ? QRect(option.rect.left() + from, option.rect.top(), to - from, option.rect.height())
                               : QRect(option.rect.left(), option.rect.top() + from, option.rect.width(), to - from);
        return horizontal ? QStyle::visualRect(option.direction, option.rect, rect) : rect;
    };
    if (part == QStyle::SC_ScrollBarSlider) {
        return span(start, start + handle);
    }
    if (part == QStyle::SC_ScrollBarSubPage) {
        return span(0, start);
    }
    if (part == QStyle::SC_ScrollBarAddPage) {
        return span(start + handle, length);
    }
    return part == QStyle::SC_ScrollBarGroove ? option.rect : QRect();
}

void paintSlider(const QStyle &style, QPainter &painter, const QStyleOptionSlider &option, const QWidget *widget)
{
    const QRectF groove = style.subControlRect(QStyle::CC_Slider, &option, QStyle::SC_SliderGroove, widget);
    const QRectF handle = style.subControlRect(QStyle::CC_Slider, &option, QStyle::SC_SliderHandle, widget);
    const bool horizontal = option.orientation == Qt::Horizontal;
    constexpr qreal thick = 4;
    QRectF track = horizontal ? QRectF(groove.left(), groove.center().y() - thick / 2, groove.width(), thick)
                              : QRectF(groove.center().x() - thick / 2, groove.top(), thick, groove.height());
    paintPanel(painter, track, lineOf(option), {}, thick / 2);
    if (enabled(option)) {
        // From the least value to the handle.
        QRectF passed = track;
        if (horizontal && !option.upsideDown) {
            passed.setRight(handle.center().x());
        } else if (horizontal) {
            passed.setLeft(handle.center().x());
        } else if (option.upsideDown) {
            passed.setTop(handle.center().y());
        } else {
            passed.setBottom(handle.center().y());
        }
        paintPanel(painter, passed, tone(Tone::Accent, option.palette), {}, thick / 2);
    }
    const qreal extent = std::min(handle.width(), handle.height());
    const QRectF disc(handle.center() - QPointF(extent, extent) / 2, QSizeF(extent, extent));
    QColor ground = option.palette.color(QPalette::Button);
    if (sunken(option) || hovered(option)) {
        ground = blended(ground, tone(Tone::Accent, option.palette), sunken(option) ? 0.4 : 0.2);
    }
    paintPanel(painter, disc, ground, enabled(option) ? tone(Tone::Accent, option.palette) : lineOf(option), extent, 2);
    if (focused(option)) {
        paintFocus(painter, disc.adjusted(-2, -2, 2, 2), option.palette, extent);
    }
}

} // namespace

LookStyle::LookStyle()
    : QProxyStyle(QStringLiteral("Fusion"))
{
}

void LookStyle::drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                              const QWidget *widget) const
{
    if (element == PE_PanelLineEdit) {
        const auto *frame = qstyleoption_cast<const QStyleOptionFrame *>(option);
        if (frame && frame->lineWidth > 0) {
            paintField(*painter, option->rect, *option);
        } else if (!frame || !widget || !qobject_cast<const QComboBox *>(widget->parentWidget())) {
            // Within a frame that somebody else has filled already there is nothing to do but for this.
            painter->fillRect(option->rect, option->palette.brush(QPalette::Base));
        }
    } else if (element == PE_FrameLineEdit) {
        paintPanel(*painter, option->rect, {}, lineOf(*option), controlRadius);
    } else if (element == PE_PanelButtonCommand) {
        const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
        if (button && button->features.testFlag(QStyleOptionButton::Flat) && !hovered(*option) && !sunken(*option) &&
            !option->state.testFlag(State_On)) {
            return;
        }
        paintPressable(*painter, option->rect.adjusted(1, 1, -1, -1), *option);
        if (focused(*option) && option->state.testFlag(State_KeyboardFocusChange)) {
            paintFocus(*painter, option->rect, option->palette, innerRadius);
        } else if (button && button->features.testFlag(QStyleOptionButton::DefaultButton) && enabled(*option)) {
            paintPanel(*painter, option->rect.adjusted(1, 1, -1, -1), {}, tone(Tone::Accent, option->palette),
                       controlRadius);
        }
    } else if (element == PE_FrameFocusRect) {
        paintFocus(*painter, option->rect, option->palette, controlRadius);
    } else if (element == PE_PanelButtonTool) {
        paintToolPanel(*painter, *option);
    } else if (element == PE_IndicatorCheckBox || element == PE_IndicatorItemViewItemCheck) {
        paintCheckBox(*painter, *option);
    } else if (element == PE_IndicatorRadioButton) {
        paintRadioButton(*painter, *option);
    } else if (element == PE_IndicatorBranch) {
        if (option->state.testFlag(State_Children)) {
            const bool mirrored = option->direction == Qt::RightToLeft;
            paintChevron(*painter, option->rect,
                         option->state.testFlag(State_Open) ? Icon::ChevronDown
                         : mirrored                         ? Icon::ChevronLeft
                                                            : Icon::ChevronRight,
                         *option);
        }
    } else if (element == PE_Frame) {
        const bool area = qobject_cast<const QAbstractScrollArea *>(widget) != nullptr;
        const bool ringed = area && focused(*option);
        painter->save();
        painter->setPen(ringed ? tone(Tone::FocusRing, option->palette) : tone(Tone::Separator, option->palette));
        painter->setBrush(Qt::NoBrush);
        painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
        painter->restore();
    } else if (element == PE_IndicatorTabClose) {
        if (hovered(*option) || sunken(*option))
            paintPanel(*painter, option->rect, tone(Tone::CardHover, option->palette), {}, innerRadius);
        const int inset = option->rect.width() / 6;
        paintIcon(*painter, QRectF(option->rect).adjusted(inset, inset, -inset, -inset), Icon::Close, option->palette);
    } else if (element == PE_FrameTabWidget) {
        painter->fillRect(QRect(option->rect.left(), option->rect.top(), option->rect.width(), 1),
                          tone(Tone::Separator, option->palette));
    } else if (element != PE_FrameTabBarBase && element != PE_FrameStatusBarItem) {
        QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

void LookStyle::drawControl(ControlElement element, const QStyleOption *option, QPainter *painter,
                            const QWidget *widget) const
{
    const auto *header = qstyleoption_cast<const QStyleOptionHeader *>(option);
    const auto *tab = qstyleoption_cast<const QStyleOptionTab *>(option);
    const auto *progress = qstyleoption_cast<const QStyleOptionProgressBar *>(option);
    if (element == CE_HeaderSection && header) {
        paintHeaderSection(*painter, *header);
    } else if (element == CE_HeaderEmptyArea) {
        painter->fillRect(option->rect, option->palette.brush(QPalette::Window));
        painter->fillRect(QRect(option->rect.left(), option->rect.bottom(), option->rect.width(), 1),
                          tone(Tone::Separator, option->palette));
    } else if (element == CE_TabBarTabShape && tab) {
        paintTab(*painter, *tab);
    } else if (element == CE_ProgressBarGroove) {
        paintPanel(*painter, option->rect, option->palette.color(QPalette::Base), lineOf(*option), controlRadius);
    } else if (element == CE_ProgressBarContents && progress && progress->maximum > progress->minimum) {
        paintProgress(*painter, *progress);
    } else if (element == CE_Splitter) {
        const bool held = hovered(*option) || sunken(*option);
        const QColor line = tone(held ? Tone::Accent : Tone::Separator, option->palette);
        const QPoint middle = option->rect.center();
        painter->fillRect(option->state.testFlag(State_Horizontal)
                              ? QRect(middle.x(), option->rect.top(), 1, option->rect.height())
                              : QRect(option->rect.left(), middle.y(), option->rect.width(), 1),
                          line);
    } else if (element == CE_ToolBar) {
        painter->fillRect(option->rect, option->palette.brush(QPalette::Window));
    } else {
        QProxyStyle::drawControl(element, option, painter, widget);
    }
}

void LookStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex *option, QPainter *painter,
                                   const QWidget *widget) const
{
    const auto *combo = qstyleoption_cast<const QStyleOptionComboBox *>(option);
    const auto *spin = qstyleoption_cast<const QStyleOptionSpinBox *>(option);
    const auto *slider = qstyleoption_cast<const QStyleOptionSlider *>(option);
    if (control == CC_ComboBox && combo) {
        paintComboBox(*this, *painter, *combo, widget);
    } else if (control == CC_SpinBox && spin) {
        paintSpinBox(*this, *painter, *spin, widget);
    } else if (control == CC_ScrollBar && slider) {
        paintScrollBar(*this, *painter, *slider, widget);
    } else if (control == CC_Slider && slider && slider->tickPosition == QSlider::NoTicks) {
        paintSlider(*this, *painter, *slider, widget);
    } else {
        QProxyStyle::drawComplexControl(control, option, painter, widget);
    }
}

QRect LookStyle::subControlRect(ComplexControl control, const QStyleOptionComplex *option, SubControl part,
                                const QWidget *widget) const
{
    const auto *slider = qstyleoption_cast<const QStyleOptionSlider *>(option);
    if (control == CC_ScrollBar && slider) {
        return scrollBarPart(*slider, part);
    }
    return QProxyStyle::subControlRect(control, option, part, widget);
}

QSize LookStyle::sizeFromContents(ContentsType type, const QStyleOption *option, const QSize &size,
                                  const QWidget *widget) const
{
    const QSize fusion = QProxyStyle::sizeFromContents(type, option, size, widget);
    const int tiny = space(Space::Tiny, option ? option->fontMetrics : QFontMetrics(QFont()));
    if (type == CT_PushButton || type == CT_ComboBox) {
        return fusion + QSize(tiny, tiny);
    }
    if (type == CT_LineEdit || type == CT_ItemViewItem || type == CT_TabBarTab || type == CT_MenuItem ||
        type == CT_HeaderSection) {
        return fusion + QSize(0, tiny);
    }
    return fusion;
}

int LookStyle::styleHint(StyleHint hint, const QStyleOption *option, const QWidget *widget,
                         QStyleHintReturn *data) const
{
    // A press beside the handle goes there, as everywhere else today.
    if (hint == SH_Slider_AbsoluteSetButtons) {
        return static_cast<int>(Qt::LeftButton);
    }
    // Verbs say it; Fusion's pictures are of another set.
    if (hint == SH_DialogButtonBox_ButtonsHaveIcons)
        return 0;
    // The link in a text that the keyboard has gone to: Fusion dots its outline in the colour of the text.
    if (hint == SH_TextControl_FocusIndicatorTextCharFormat && option) {
        if (auto *wanted = qstyleoption_cast<QStyleHintReturnVariant *>(data)) {
            QTextCharFormat format;
            format.setProperty(QTextFormat::OutlinePen, QPen(tone(Tone::FocusRing, option->palette), 1));
            format.setBackground(tint(Tone::Accent, option->palette, 0.3));
            wanted->variant = format;
            return 1;
        }
    }
    return QProxyStyle::styleHint(hint, option, widget, data);
}

} // namespace pivotbench::app
