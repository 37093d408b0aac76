// SPDX-License-Identifier: Apache-2.0
#include "app/film/changing_film.h"

#include "app/film/changed_area.h"

namespace pivotbench::app {

core::Status ChangingFilm::add(const QImage &image, std::chrono::milliseconds shown)
{
    QImage plain = image.convertToFormat(QImage::Format_RGB32);
    const QRect area = m_last.isNull() ? plain.rect() : changedArea(m_last, plain);
    if (m_waiting && area.isEmpty()) {
        m_waiting->shown += shown;
        return {};
    }
    if (core::Status written = writeWaiting(); !written)
        return written;
    m_waiting = {.part = plain.copy(area), .at = area.topLeft(), .shown = shown};
    m_last = std::move(plain);
    return {};
}

core::Status ChangingFilm::writeWaiting()
{
    if (!m_waiting)
        return {};
    const Waiting waiting = std::move(*m_waiting);
    m_waiting.reset();
    return write(waiting.part, waiting.at, waiting.shown);
}

} // namespace pivotbench::app
