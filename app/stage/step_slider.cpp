// SPDX-License-Identifier: Apache-2.0
#include "app/stage/step_slider.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QWidget>
#include <algorithm>

namespace pivotbench::app {

namespace {

class StepSliderAccessible final : public QAccessibleWidget, public QAccessibleValueInterface {
public:
    StepSliderAccessible(QWidget *widget, StepSlider &slider)
        : QAccessibleWidget(widget, QAccessible::Slider)
        , m_slider(slider)
    {
    }

    QString text(QAccessible::Text kind) const override
    {
        return kind == QAccessible::Value ? m_slider.valueText() : QAccessibleWidget::text(kind);
    }
    void *interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::ValueInterface ? static_cast<QAccessibleValueInterface *>(this)
                                                   : QAccessibleWidget::interface_cast(type);
    }
    QVariant currentValue() const override { return static_cast<int>(m_slider.currentStep()); }
    void setCurrentValue(const QVariant &value) override
    {
        m_slider.seekTo(static_cast<std::size_t>(std::max(0, value.toInt())));
    }
    QVariant minimumValue() const override { return 0; }
    QVariant maximumValue() const override
    {
        const std::size_t count = m_slider.stepCount();
        return static_cast<int>(count > 0 ? count - 1 : 0);
    }
    QVariant minimumStepSize() const override { return 1; }

private:
    StepSlider &m_slider;
};

QAccessibleInterface *make(const QString & /*className*/, QObject *object)
{
    auto *widget = qobject_cast<QWidget *>(object);
    auto *slider = dynamic_cast<StepSlider *>(widget);
    return slider ? new StepSliderAccessible(widget, *slider) : nullptr;
}

} // namespace

StepSlider::StepSlider()
{
    static const bool installed = (QAccessible::installFactory(make), true);
    static_cast<void>(installed);
}

void tellStepChanged(QWidget *slider)
{
    QAccessibleValueChangeEvent changed(slider, static_cast<int>(dynamic_cast<StepSlider &>(*slider).currentStep()));
    QAccessible::updateAccessibility(&changed);
}

} // namespace pivotbench::app
