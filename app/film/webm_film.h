// SPDX-License-Identifier: Apache-2.0
//
// WebM (VP9), made by ffmpeg(1) where it is installed: it gets the images through a pipe, 30 a second.
#pragma once

#include "app/film/film.h"

#include <QImage>
#include <QProcess>
#include <QTemporaryDir>

namespace pivotbench::app {

class WebmFilm : public Film {
public:
    [[nodiscard]] static core::Result<std::unique_ptr<Film>> open(const QString &path);
    WebmFilm(QString path, QString encoder);
    WebmFilm(const WebmFilm &) = delete;
    WebmFilm &operator=(const WebmFilm &) = delete;
    ~WebmFilm() override;
    [[nodiscard]] core::Status add(const QImage &image, std::chrono::milliseconds shown) override;
    [[nodiscard]] core::Status finish() override;

private:
    [[nodiscard]] std::unexpected<core::Error> failure();

    QString m_path;
    QString m_made; ///< beside it, under another name until it is whole
    QString m_encoder;
    QProcess m_process;
    std::chrono::microseconds m_owed{0};
};

} // namespace pivotbench::app
