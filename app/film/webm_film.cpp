// SPDX-License-Identifier: Apache-2.0
#include "app/film/webm_film.h"

#include <QFile>
#include <QStandardPaths>
#include <cstdio>

namespace pivotbench::app {

namespace {

constexpr int imagesASecond = 30;
constexpr std::chrono::microseconds oneImage{1000000 / imagesASecond};
constexpr qint64 mostWaiting = qint64{64} << 20; ///< bytes that the encoder has not taken yet

} // namespace

core::Result<std::unique_ptr<Film>> WebmFilm::open(const QString &path)
{
    const QString encoder = QStandardPaths::findExecutable("ffmpeg");
    if (encoder.isEmpty())
        return std::unexpected(core::Error{.code = "film.missing",
                                           .what = "ffmpeg, which makes WebM files, is not installed",
                                           .hint = "install the package ffmpeg, or choose another format"});
    return std::make_unique<WebmFilm>(path, encoder);
}

WebmFilm::WebmFilm(QString path, QString encoder)
    : m_path(std::move(path))
    , m_made(m_path + ".part")
    , m_encoder(std::move(encoder))
{
}

WebmFilm::~WebmFilm()
{
    if (m_process.state() != QProcess::NotRunning) {
        m_process.kill();
        m_process.waitForFinished();
    }
    QFile::remove(m_made);
}

std::unexpected<core::Error> WebmFilm::failure()
{
    m_process.closeWriteChannel();
    m_process.waitForFinished();
    const QByteArray words = m_process.readAllStandardError().trimmed();
    return std::unexpected(core::Error{.code = "film.encoder",
                                       .what = words.isEmpty() ? "ffmpeg failed" : words.toStdString(),
                                       .path = m_path.toStdString()});
}

core::Status WebmFilm::add(const QImage &image, std::chrono::milliseconds shown)
{
    // The encoder wants even sizes.
    const QImage plain =
        image.convertToFormat(QImage::Format_RGB888).copy(0, 0, image.width() & ~1, image.height() & ~1);
    if (m_process.state() == QProcess::NotRunning) {
        const QString size = QString("%1x%2").arg(plain.width()).arg(plain.height());
        m_process.start(m_encoder, {"-hide_banner",
                                    "-loglevel",
                                    "error",
                                    "-y",
                                    "-f",
                                    "rawvideo",
                                    "-pixel_format",
                                    "rgb24",
                                    "-video_size",
                                    size,
                                    "-framerate",
                                    QString::number(imagesASecond),
                                    "-i",
                                    "-",
                                    "-c:v",
                                    "libvpx-vp9",
                                    "-pix_fmt",
                                    "yuv420p",
                                    "-crf",
                                    "30",
                                    "-b:v",
                                    "0",
                                    "-deadline",
                                    "good",
                                    "-cpu-used",
                                    "4",
                                    "-f",
                                    "webm",
                                    m_made});
        if (!m_process.waitForStarted())
            return failure();
    }
    for (m_owed += shown; m_owed >= oneImage; m_owed -= oneImage) {
        for (int y = 0; y < plain.height(); ++y)
            m_process.write(reinterpret_cast<const char *>(plain.constScanLine(y)), qint64{3} * plain.width());
        while (m_process.bytesToWrite() > mostWaiting)
            if (!m_process.waitForBytesWritten(-1))
                return failure();
    }
    return {};
}

core::Status WebmFilm::finish()
{
    m_process.closeWriteChannel();
    if (!m_process.waitForFinished(-1) || m_process.exitStatus() != QProcess::NormalExit || m_process.exitCode() != 0)
        return failure();
    if (std::rename(QFile::encodeName(m_made).constData(), QFile::encodeName(m_path).constData()) != 0)
        return std::unexpected(
            core::Error{.code = "film.write", .what = qt_error_string().toStdString(), .path = m_path.toStdString()});
    return {};
}

} // namespace pivotbench::app
