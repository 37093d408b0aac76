// SPDX-License-Identifier: Apache-2.0
//
// Films, read back: GIF by Qt's own reader, APNG chunk by chunk, WebM by ffprobe(1) where that is installed.
#include "app/film/changed_area.h"
#include "app/film/film.h"

#include <QFile>
#include <QImageReader>
#include <QPainter>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QtEndian>
#include <zlib.h>

using namespace pivotbench;
using namespace pivotbench::app;
using std::chrono::milliseconds;

namespace {

/// A red square on its way over white.
QImage imageAt(int x)
{
    QImage image(120, 60, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::white);
    QPainter(&image).fillRect(x, 20, 10, 10, Qt::red);
    return image;
}

struct Chunk {
    QByteArray type;
    QByteArray data;
};

/// Of a PNG; every checksum is looked at.
QList<Chunk> chunksOf(const QByteArray &png)
{
    QList<Chunk> chunks;
    for (qsizetype at = 8; at + 12 <= png.size();) {
        const auto length = static_cast<qsizetype>(qFromBigEndian<quint32>(png.constData() + at));
        const QByteArray body = png.mid(at + 4, 4 + length);
        const auto sum = qFromBigEndian<quint32>(png.constData() + at + 8 + length);
        if (sum != crc32(0, reinterpret_cast<const Bytef *>(body.constData()), static_cast<uInt>(body.size())))
            return {};
        chunks.append({body.left(4), body.mid(4)});
        at += 12 + length;
    }
    return chunks;
}

quint32 number(const QByteArray &data, qsizetype at) { return qFromBigEndian<quint32>(data.constData() + at); }

} // namespace

class TestFilm : public QObject {
    Q_OBJECT

private slots:
    void areas()
    {
        QVERIFY(changedArea(imageAt(0), imageAt(0)).isEmpty());
        QCOMPARE(changedArea(imageAt(0), imageAt(30)), QRect(0, 20, 40, 10));
        QImage one = imageAt(0);
        one.setPixel(119, 59, qRgb(0, 0, 1));
        QCOMPARE(changedArea(imageAt(0), one), QRect(119, 59, 1, 1));
    }

    void apng()
    {
        const QString path = m_folder.filePath("a.png");
        makeFilm(FilmFormat::Apng, path);
        QFile file(path);
        QVERIFY(file.open(QFile::ReadOnly));
        const QList<Chunk> chunks = chunksOf(file.readAll());
        QStringList types;
        for (const Chunk &chunk : chunks)
            types << QString::fromLatin1(chunk.type);
        QCOMPARE(types.join(' '), QString("IHDR acTL fcTL IDAT fcTL fdAT fcTL fdAT IEND"));
        QCOMPARE(number(chunks[1].data, 0), 3U); // two of the four images are the same
        QCOMPARE(number(chunks[2].data, 4), 120U);
        // Sequence numbers run through both kinds of chunks; the second image is only what differs.
        QCOMPARE(number(chunks[4].data, 0), 1U);
        QCOMPARE(number(chunks[5].data, 0), 2U);
        QCOMPARE(number(chunks[6].data, 0), 3U);
        QCOMPARE(number(chunks[4].data, 4), 40U);
        QCOMPARE(number(chunks[4].data, 8), 10U);
        QCOMPARE(number(chunks[4].data, 16), 20U);
        QCOMPARE(qFromBigEndian<quint16>(chunks[4].data.constData() + 20), quint16(200)); // shown for 2 times 100 ms
        QCOMPARE(QImage(path).convertToFormat(QImage::Format_ARGB32_Premultiplied),
                 imageAt(0)); // the first, for who knows no better
    }

    void gif()
    {
        const QString path = m_folder.filePath("a.gif");
        makeFilm(FilmFormat::Gif, path);
        QImageReader reader(path);
        QCOMPARE(reader.format(), QByteArray("gif"));
        QCOMPARE(reader.imageCount(), 3);
        QCOMPARE(reader.loopCount(), -1);
        const QList<int> places{0, 30, 60};
        const QList<int> delays{100, 200, 100};
        for (int i = 0; i < 3; ++i) {
            const QImage image = reader.read();
            QCOMPARE(reader.nextImageDelay(), delays[i]);
            const QImage expected = imageAt(places[i]);
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x) {
                    const QColor a = image.pixelColor(x, y);
                    const QColor b = expected.pixelColor(x, y);
                    QVERIFY(std::abs(a.red() - b.red()) + std::abs(a.green() - b.green()) +
                                std::abs(a.blue() - b.blue()) <
                            24);
                }
        }
    }

    void webm()
    {
        const QString path = m_folder.filePath("a.webm");
        auto film = openFilm(FilmFormat::Webm, path);
        if (QStandardPaths::findExecutable("ffmpeg").isEmpty()) {
            QVERIFY(!film);
            QCOMPARE(film.error().code, std::string("film.missing"));
            QSKIP("not installed: ffmpeg");
        }
        film->reset();
        QVERIFY(!QFile::exists(path));
        makeFilm(FilmFormat::Webm, path);
        QVERIFY(!QFile::exists(path + ".part"));
        QProcess probe;
        probe.start("ffprobe", {"-v", "error", "-count_frames", "-show_entries",
                                "stream=codec_name,width,height,nb_read_frames", "-of", "csv=p=0", path});
        QVERIFY(probe.waitForFinished());
        QCOMPARE(probe.readAllStandardOutput().trimmed(), QByteArray("vp9,120,60,12"));
    }

    /// Nothing is there before the end, and what was there stays.
    void aFilmThatIsNotFinished()
    {
        for (const FilmFormat format : {FilmFormat::Apng, FilmFormat::Gif}) {
            const QString path = m_folder.filePath("before");
            QFile before(path);
            QVERIFY(before.open(QFile::WriteOnly));
            before.write("old");
            before.close();
            {
                auto film = openFilm(format, path);
                QVERIFY(film.has_value());
                QVERIFY((*film)->add(imageAt(0), milliseconds(10)).has_value());
                QVERIFY((*film)->add(imageAt(5), milliseconds(10)).has_value());
            }
            QVERIFY(before.open(QFile::ReadOnly));
            QCOMPARE(before.readAll(), QByteArray("old"));
            before.close();
        }
    }

    void whereNothingCanBeWritten()
    {
        for (const FilmFormat format : {FilmFormat::Apng, FilmFormat::Gif}) {
            const auto film = openFilm(format, m_folder.filePath("no/such/folder"));
            QVERIFY(!film);
            QCOMPARE(film.error().code, std::string("film.write"));
        }
        auto full = openFilm(FilmFormat::Apng, m_folder.filePath("none.png"));
        QVERIFY(full.has_value());
        QVERIFY(!(*full)->finish()); // without any image
    }

private:
    static void makeFilm(FilmFormat format, const QString &path)
    {
        auto film = openFilm(format, path);
        QVERIFY(film.has_value());
        for (const int x : {0, 30, 30, 60})
            QVERIFY((*film)->add(imageAt(x), milliseconds(100)).has_value());
        const core::Status done = (*film)->finish();
        QVERIFY2(done.has_value(), done ? "" : done.error().what.c_str());
    }

    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TestFilm)
#include "tst_film.moc"
