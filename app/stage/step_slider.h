// SPDX-License-Identifier: Apache-2.0
//
// A timeline as a slider to a screen reader. A widget inherits StepSlider beside its QWidget. Interface thread.
#pragma once

#include <QString>
#include <cstddef>

class QWidget;

namespace pivotbench::app {

class StepSlider {
public:
    StepSlider();
    StepSlider(const StepSlider &) = delete;
    StepSlider &operator=(const StepSlider &) = delete;
    virtual ~StepSlider() = default;

    [[nodiscard]] virtual std::size_t stepCount() const = 0;
    [[nodiscard]] virtual std::size_t currentStep() const = 0;
    virtual void seekTo(std::size_t step) = 0;
    /// "step 8 of 16, Switch to the new root".
    [[nodiscard]] virtual QString valueText() const = 0;
};

/// currentStep() of this one is another one.
void tellStepChanged(QWidget *slider);

} // namespace pivotbench::app
