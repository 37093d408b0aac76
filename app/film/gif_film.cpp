// SPDX-License-Identifier: Apache-2.0
#include "app/film/gif_film.h"

#include <algorithm>
#include <array>
#include <gif_lib.h>
#include <vector>

namespace pivotbench::app {

namespace {

constexpr int colours = 256;

int writeTo(GifFileType *gif, const GifByteType *bytes, int count)
{
    return static_cast<int>(
        static_cast<QSaveFile *>(gif->UserData)->write(reinterpret_cast<const char *>(bytes), count));
}

struct FreeMap {
    void operator()(ColorMapObject *map) const { GifFreeMapObject(map); }
};

} // namespace

core::Result<std::unique_ptr<Film>> GifFilm::open(const QString &path)
{
    auto film = std::make_unique<GifFilm>(path);
    int code = 0;
    if (!film->m_file.open(QIODevice::WriteOnly))
        return std::unexpected(core::Error{
            .code = "film.write", .what = film->m_file.errorString().toStdString(), .path = path.toStdString()});
    film->m_gif = EGifOpen(&film->m_file, writeTo, &code);
    if (film->m_gif == nullptr)
        return film->failure(code);
    return film;
}

GifFilm::~GifFilm()
{
    if (m_gif != nullptr)
        EGifCloseFile(m_gif, nullptr);
}

std::unexpected<core::Error> GifFilm::failure(int code) const
{
    const bool byFile = m_file.error() != QFileDevice::NoError;
    const char *text = GifErrorString(code);
    return std::unexpected(core::Error{.code = "film.write",
                                       .what = byFile            ? m_file.errorString().toStdString()
                                               : text == nullptr ? "the encoder failed"
                                                                 : text,
                                       .path = m_file.fileName().toStdString()});
}

core::Status GifFilm::begin(QSize size)
{
    EGifSetGifVersion(m_gif, true);
    const std::array<GifByteType, 3> forEver{1, 0, 0};
    if (EGifPutScreenDesc(m_gif, size.width(), size.height(), 8, 0, nullptr) == GIF_ERROR ||
        EGifPutExtensionLeader(m_gif, APPLICATION_EXT_FUNC_CODE) == GIF_ERROR ||
        EGifPutExtensionBlock(m_gif, 11, "NETSCAPE2.0") == GIF_ERROR ||
        EGifPutExtensionBlock(m_gif, static_cast<int>(forEver.size()), forEver.data()) == GIF_ERROR ||
        EGifPutExtensionTrailer(m_gif) == GIF_ERROR)
        return failure(m_gif->Error);
    return {};
}

core::Status GifFilm::write(const QImage &part, QPoint at, std::chrono::milliseconds shown)
{
    if (!m_begun)
        if (core::Status begun = begin(part.size()); !begun)
            return begun;
    m_begun = true;
    const auto pixels = static_cast<std::size_t>(part.width()) * static_cast<std::size_t>(part.height());
    std::vector<GifByteType> red(pixels);
    std::vector<GifByteType> green(pixels);
    std::vector<GifByteType> blue(pixels);
    std::vector<GifByteType> indexes(pixels);
    for (int y = 0; y < part.height(); ++y) {
        const auto *row = reinterpret_cast<const QRgb *>(part.constScanLine(y));
        const auto begin = static_cast<std::size_t>(y) * static_cast<std::size_t>(part.width());
        for (std::size_t x = 0; x < static_cast<std::size_t>(part.width()); ++x) {
            red[begin + x] = static_cast<GifByteType>(qRed(row[x]));
            green[begin + x] = static_cast<GifByteType>(qGreen(row[x]));
            blue[begin + x] = static_cast<GifByteType>(qBlue(row[x]));
        }
    }
    const std::unique_ptr<ColorMapObject, FreeMap> map(GifMakeMapObject(colours, nullptr));
    int used = colours;
    if (!map || GifQuantizeBuffer(static_cast<unsigned>(part.width()), static_cast<unsigned>(part.height()), &used,
                                  red.data(), green.data(), blue.data(), indexes.data(), map->Colors) == GIF_ERROR)
        return failure(E_GIF_ERR_NOT_ENOUGH_MEM);

    // Hundredths of a second; what is cut off goes to the next image.
    const auto due = shown + m_owed;
    const int hundredths = static_cast<int>(std::clamp<std::int64_t>(due.count() / 10, 2, 65535));
    m_owed = due - std::chrono::milliseconds(hundredths * 10);
    GraphicsControlBlock control{.DisposalMode = DISPOSE_DO_NOT,
                                 .UserInputFlag = false,
                                 .DelayTime = hundredths,
                                 .TransparentColor = NO_TRANSPARENT_COLOR};
    std::array<GifByteType, 4> controlBytes{};
    EGifGCBToExtension(&control, controlBytes.data());
    if (EGifPutExtension(m_gif, GRAPHICS_EXT_FUNC_CODE, static_cast<int>(controlBytes.size()), controlBytes.data()) ==
            GIF_ERROR ||
        EGifPutImageDesc(m_gif, at.x(), at.y(), part.width(), part.height(), false, map.get()) == GIF_ERROR ||
        EGifPutLine(m_gif, indexes.data(), static_cast<int>(pixels)) == GIF_ERROR)
        return failure(m_gif->Error);
    return {};
}

core::Status GifFilm::finish()
{
    if (core::Status written = writeWaiting(); !written)
        return written;
    if (!m_begun)
        return std::unexpected(
            core::Error{.code = "film.write", .what = "there is no image", .path = m_file.fileName().toStdString()});
    int code = 0;
    if (EGifCloseFile(std::exchange(m_gif, nullptr), &code) == GIF_ERROR || !m_file.commit())
        return failure(code);
    return {};
}

} // namespace pivotbench::app
