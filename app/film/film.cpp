// SPDX-License-Identifier: Apache-2.0
#include "app/film/film.h"

#include "app/film/apng_film.h"
#include "app/film/gif_film.h"
#include "app/film/webm_film.h"

namespace pivotbench::app {

core::Result<std::unique_ptr<Film>> openFilm(FilmFormat format, const QString &path)
{
    switch (format) {
    case FilmFormat::Apng: return ApngFilm::open(path);
    case FilmFormat::Gif: return GifFilm::open(path);
    case FilmFormat::Webm: return WebmFilm::open(path);
    }
    return std::unexpected(core::Error{.code = "film.write", .what = "there is no such format"});
}

} // namespace pivotbench::app
