// SPDX-License-Identifier: Apache-2.0
//
// Animated PNG: Qt encodes each image, its data goes into the chunks of one file. Source: PNG Specification, Third
// Edition, 11.3.6 "Animation information". A program that does not know of animation shows the first image.
#pragma once

#include "app/film/film.h"

#include <QImage>
#include <QSaveFile>
#include <cstdint>

namespace pivotbench::app {

class ApngFilm : public Film {
public:
    [[nodiscard]] static core::Result<std::unique_ptr<Film>> open(const QString &path);
    explicit ApngFilm(const QString &path)
        : m_file(path)
    {
    }
    [[nodiscard]] core::Status add(const QImage &image, std::chrono::milliseconds shown) override;
    [[nodiscard]] core::Status finish() override;

private:
    /// An image that is not written yet: the next one may be the same, and then it is only shown for longer.
    struct Waiting {
        QImage part;
        QPoint at;
        std::chrono::milliseconds shown{0};
    };
    [[nodiscard]] core::Status writeWaiting();
    void writeChunk(const char *type, const QByteArray &data);

    QSaveFile m_file;
    QImage m_last;
    std::optional<Waiting> m_waiting;
    qint64 m_countAt = 0; ///< where in the file the number of images is told
    std::uint32_t m_images = 0;
    std::uint32_t m_sequence = 0;
};

} // namespace pivotbench::app
