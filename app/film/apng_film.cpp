// SPDX-License-Identifier: Apache-2.0
#include "app/film/apng_film.h"

#include <QBuffer>
#include <QtEndian>
#include <algorithm>
#include <zlib.h>

namespace pivotbench::app {

namespace {

constexpr qsizetype signatureSize = 8;
constexpr qsizetype chunkFrame = 12; ///< length, type, checksum

QByteArray bigEndian32(std::uint32_t value)
{
    QByteArray bytes(4, '\0');
    qToBigEndian(value, bytes.data());
    return bytes;
}

QByteArray bigEndian16(std::uint16_t value)
{
    QByteArray bytes(2, '\0');
    qToBigEndian(value, bytes.data());
    return bytes;
}

/// The whole chunk as it stands in the file.
QByteArray chunkOf(const QByteArray &type, const QByteArray &data)
{
    const QByteArray body = type + data;
    const auto checksum = ::crc32(0, reinterpret_cast<const Bytef *>(body.constData()), static_cast<uInt>(body.size()));
    return bigEndian32(static_cast<std::uint32_t>(data.size())) + body +
           bigEndian32(static_cast<std::uint32_t>(checksum));
}

/// The data of all chunks of one type in a PNG of Qt's, one after the other.
QByteArray dataOf(const QByteArray &png, const char *type)
{
    QByteArray data;
    for (qsizetype at = signatureSize; at + chunkFrame <= png.size();) {
        const auto length = static_cast<qsizetype>(qFromBigEndian<std::uint32_t>(png.constData() + at));
        if (png.mid(at + 4, 4) == type)
            data += png.mid(at + 8, length);
        at += chunkFrame + length;
    }
    return data;
}

QByteArray encoded(const QImage &image)
{
    QByteArray png;
    QBuffer buffer(&png);
    buffer.open(QIODevice::WriteOnly);
    image.save(&buffer, "PNG");
    return png;
}

} // namespace

core::Result<std::unique_ptr<Film>> ApngFilm::open(const QString &path)
{
    auto film = std::make_unique<ApngFilm>(path);
    if (!film->m_file.open(QIODevice::WriteOnly))
        return std::unexpected(core::Error{
            .code = "film.write", .what = film->m_file.errorString().toStdString(), .path = path.toStdString()});
    return film;
}

core::Status ApngFilm::write(const QImage &part, QPoint at, std::chrono::milliseconds shown)
{
    const QByteArray png = encoded(part.convertToFormat(QImage::Format_RGB888));
    if (m_images == 0) {
        m_file.write(png.left(signatureSize));
        writeChunk("IHDR", dataOf(png, "IHDR"));
        m_countAt = m_file.pos();
        writeChunk("acTL", bigEndian32(0) + bigEndian32(0)); // the number of images comes in the end; plays without end
    }
    const auto number = [](int value) { return bigEndian32(static_cast<std::uint32_t>(value)); };
    const auto delay = static_cast<std::uint16_t>(std::clamp<std::int64_t>(shown.count(), 1, 65535));
    writeChunk("fcTL", bigEndian32(m_sequence++) + number(part.width()) + number(part.height()) + number(at.x()) +
                           number(at.y()) + bigEndian16(delay) + bigEndian16(1000) +
                           QByteArray(2, '\0')); // what was shown stays; this is laid over it
    const QByteArray data = dataOf(png, "IDAT");
    if (m_images == 0)
        writeChunk("IDAT", data);
    else
        writeChunk("fdAT", bigEndian32(m_sequence++) + data);
    ++m_images;
    if (m_file.error() != QFileDevice::NoError)
        return std::unexpected(core::Error{
            .code = "film.write", .what = m_file.errorString().toStdString(), .path = m_file.fileName().toStdString()});
    return {};
}

void ApngFilm::writeChunk(const char *type, const QByteArray &data) { m_file.write(chunkOf(type, data)); }

core::Status ApngFilm::finish()
{
    if (const core::Status written = writeWaiting(); !written)
        return written;
    writeChunk("IEND", {});
    if (m_images > 0 && m_file.seek(m_countAt))
        writeChunk("acTL", bigEndian32(m_images) + bigEndian32(0));
    if (m_images == 0 || !m_file.commit())
        return std::unexpected(
            core::Error{.code = "film.write",
                        .what = m_images == 0 ? std::string("there is no image") : m_file.errorString().toStdString(),
                        .path = m_file.fileName().toStdString()});
    return {};
}

} // namespace pivotbench::app
