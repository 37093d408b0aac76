// SPDX-License-Identifier: Apache-2.0
//
// Animated GIF, by giflib: 256 colours an image, chosen for each, so it is for places that show nothing better. Source:
// GIF89a Specification; the "NETSCAPE2.0" application extension makes it play without end.
#pragma once

#include "app/film/changing_film.h"

#include <QSaveFile>

struct GifFileType;

namespace pivotbench::app {

class GifFilm : public ChangingFilm {
public:
    [[nodiscard]] static core::Result<std::unique_ptr<Film>> open(const QString &path);
    explicit GifFilm(const QString &path)
        : m_file(path)
    {
    }
    GifFilm(const GifFilm &) = delete;
    GifFilm &operator=(const GifFilm &) = delete;
    ~GifFilm() override;
    [[nodiscard]] core::Status finish() override;

private:
    [[nodiscard]] core::Status write(const QImage &part, QPoint at, std::chrono::milliseconds shown) override;
    [[nodiscard]] core::Status begin(QSize size);
    [[nodiscard]] std::unexpected<core::Error> failure(int code) const;

    QSaveFile m_file;
    GifFileType *m_gif = nullptr; ///< owned
    bool m_begun = false;
    std::chrono::milliseconds m_owed{0}; ///< hundredths of a second do not hold them
};

} // namespace pivotbench::app
