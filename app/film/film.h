// SPDX-License-Identifier: Apache-2.0
//
// Moving pictures as files, from one image after the other. What an image shares with the one before is not written
// again. One film belongs to one thread, any.
#pragma once

#include "core/base/result.h"

#include <QString>
#include <chrono>
#include <memory>

class QImage;

namespace pivotbench::app {

enum class FilmFormat { Apng, Gif, Webm };

class Film {
public:
    virtual ~Film() = default;

    /// All images have the size of the first; what is transparent is not kept. Codes as those of finish().
    [[nodiscard]] virtual core::Status add(const QImage &image, std::chrono::milliseconds shown) = 0;
    /// Puts the file in its place. Without it, nothing is there, and what was there before stays. Fails with
    /// "film.write" where the file cannot be written, "film.encoder" where the program that makes it fails.
    [[nodiscard]] virtual core::Status finish() = 0;
};

/// Fails as finish() does; WebM also with "film.missing" where ffmpeg(1) is not installed.
[[nodiscard]] core::Result<std::unique_ptr<Film>> openFilm(FilmFormat format, const QString &path);

} // namespace pivotbench::app
