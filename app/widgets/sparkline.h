// SPDX-License-Identifier: Apache-2.0
//
// A small live graph of one quantity, its limit as a line, its value as text. Keeps a fixed number of samples. Owned by
// its parent; interface thread only.
#pragma once

#include "app/widgets/palette.h"
#include "app/widgets/spoken.h"

#include <QWidget>

#include <functional>
#include <optional>
#include <vector>

namespace pivotbench::app {

class Sparkline : public QWidget, public Spoken {
    Q_OBJECT

public:
    explicit Sparkline(const QString &title, QWidget *parent = nullptr);

    // How many samples are kept; the oldest go.
    void setCapacity(std::size_t samples);
    void setTone(Tone tone);
    // How a value reads, such as "12.4 MiB". Plain numbers without.
    void setFormatter(std::function<QString(double)> formatter);
    void setLimit(std::optional<double> limit);
    void addSample(double value);
    void clear();

    std::size_t sampleCount() const { return m_count; }
    // From the oldest.
    double sample(std::size_t index) const;
    QString valueText() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

    QAccessible::Role spokenRole() const override { return QAccessible::Chart; }
    QString spokenName() const override { return m_title; }
    // Value, limit, and how it moved.
    QString spokenDescription() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString formatted(double value) const;
    double top() const;

    QString m_title;
    Tone m_tone = Tone::Accent;
    std::function<QString(double)> m_formatter;
    std::optional<double> m_limit;
    std::vector<double> m_ring;
    std::size_t m_next = 0;
    std::size_t m_count = 0;
};

} // namespace pivotbench::app
