// SPDX-License-Identifier: Apache-2.0
//
// Animated PNG: Qt encodes each image, its data goes into the chunks of one file. Source: PNG Specification, Third
// Edition, 11.3.6 "Animation information". A program that does not know of animation shows the first image.
#pragma once

#include "app/film/changing_film.h"

#include <QSaveFile>
#include <cstdint>

namespace pivotbench::app {

class ApngFilm : public ChangingFilm {
public:
    [[nodiscard]] static core::Result<std::unique_ptr<Film>> open(const QString &path);
    explicit ApngFilm(const QString &path)
        : m_file(path)
    {
    }
    [[nodiscard]] core::Status finish() override;

private:
    [[nodiscard]] core::Status write(const QImage &part, QPoint at, std::chrono::milliseconds shown) override;
    void writeChunk(const char *type, const QByteArray &data);

    QSaveFile m_file;
    qint64 m_countAt = 0; ///< where in the file the number of images is told
    std::uint32_t m_images = 0;
    std::uint32_t m_sequence = 0;
};

} // namespace pivotbench::app
