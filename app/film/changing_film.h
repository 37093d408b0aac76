// SPDX-License-Identifier: Apache-2.0
//
// A film of which only what changes is written: each image as the rectangle that differs from the one before, and an
// image that is the same again is shown for longer.
#pragma once

#include "app/film/film.h"

#include <QImage>
#include <optional>

namespace pivotbench::app {

class ChangingFilm : public Film {
public:
    [[nodiscard]] core::Status add(const QImage &image, std::chrono::milliseconds shown) final;

protected:
    /// The first is a whole image, in 32 bits a pixel.
    [[nodiscard]] virtual core::Status write(const QImage &part, QPoint at, std::chrono::milliseconds shown) = 0;
    /// Writes what waits for how long it is to be shown.
    [[nodiscard]] core::Status writeWaiting();

private:
    struct Waiting {
        QImage part;
        QPoint at;
        std::chrono::milliseconds shown{0};
    };

    QImage m_last;
    std::optional<Waiting> m_waiting;
};

} // namespace pivotbench::app
