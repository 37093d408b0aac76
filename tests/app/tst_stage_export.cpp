// SPDX-License-Identifier: Apache-2.0
//
// pivotctl stage: every format of a recording, as a script gets it, without a display.
#include "app/stage/stage_export.h"
#include "tests/app/staged_samples.h"

#include <QDir>
#include <QImageReader>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

using namespace pivotbench;
using namespace pivotbench::app;

namespace {

struct Outcome {
    int status = -1;
    QByteArray errors;
};

} // namespace

class TestStageExport : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    [[nodiscard]] QString file(const QString &name) const { return m_folder.filePath(name); }
    [[nodiscard]] Outcome stage(const QStringList &arguments) const
    {
        QProcess process;
        process.start(QCoreApplication::applicationDirPath() + "/pivotctl", QStringList{"stage"} + arguments);
        process.waitForFinished(-1);
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardError()};
    }
    static QByteArray contentOf(const QString &path)
    {
        QFile file(path);
        return file.open(QFile::ReadOnly) ? file.readAll() : QByteArray();
    }

private slots:
    void initTestCase() { test::writeFile(file("a.pbrec"), test::linesOf(test::predictedOnABusyHost("bare-pivot"))); }

    void oneStep()
    {
        const Outcome svg = stage({file("a.pbrec"), "--format", "svg", "--step", "pivot-root", "-o", file("one.svg")});
        QVERIFY2(svg.status == 0, svg.errors);
        QXmlStreamReader reader(contentOf(file("one.svg")));
        QString text;
        while (!reader.atEnd())
            if (reader.readNext() == QXmlStreamReader::Characters)
                text += reader.text();
        QVERIFY2(!reader.hasError(), qPrintable(reader.errorString()));
        QVERIFY(text.contains("/oldroot"));

        const Outcome png = stage({file("a.pbrec"), "--format", "png", "--step", "8", "--size", "640x360", "--theme",
                                   "dark", "-o", file("one.png")});
        QVERIFY2(png.status == 0, png.errors);
        const QImage image(file("one.png"));
        QCOMPARE(image.size(), QSize(640, 360));
        QVERIFY(image.pixelColor(2, 2).lightness() < 128);
    }

    void everyStep()
    {
        const Outcome outcome = stage({file("a.pbrec"), "--format", "svg", "-o", file("all.svg")});
        QVERIFY2(outcome.status == 0, outcome.errors);
        const QStringList made = QDir(m_folder.path()).entryList({"all-*.svg"});
        QCOMPARE(made.size(), qsizetype(test::predictedOnABusyHost("bare-pivot").frames.size()));
        QCOMPARE(made.front(), QString("all-00.svg"));
    }

    void page()
    {
        const Outcome outcome = stage({file("a.pbrec"), "--format", "html", "-o", file("a.html")});
        QVERIFY2(outcome.status == 0, outcome.errors);
        const QByteArray html = contentOf(file("a.html"));
        QVERIFY(html.startsWith("<!DOCTYPE html>") || html.startsWith("<!doctype html>"));
        QVERIFY(html.contains("Switch to the new root"));
        QVERIFY(html.size() < 1'000'000);
    }

    void film()
    {
        const Outcome outcome = stage({file("a.pbrec"), "--format", "gif", "--size", "320x180", "-o", file("a.gif")});
        QVERIFY2(outcome.status == 0, outcome.errors);
        QImageReader reader(file("a.gif"));
        QCOMPARE(reader.size(), QSize(320, 180));
        QVERIFY(reader.imageCount() > 100); // things glide
    }

    void whatCannotBe()
    {
        const auto refused = [this](const QStringList &arguments, const char *word) {
            const Outcome outcome = stage(arguments);
            return outcome.status != 0 && outcome.errors.contains(word);
        };
        QVERIFY(
            refused({file("a.pbrec"), "--format", "svg", "--step", "none", "-o", file("x.svg")}, "no step \"none\""));
        QVERIFY(refused({file("a.pbrec"), "--format", "html", "-o", file("no/x.html")}, "x.html"));
        QVERIFY(refused({file("none.pbrec"), "--format", "html", "-o", file("x.html")}, "none.pbrec"));
        QVERIFY(refused({"no-preset", "--format", "html", "-o", file("x.html")}, "no-preset"));
        QVERIFY(refused({file("a.pbrec"), "--format", "avi", "-o", file("x")}, "--format"));
        QVERIFY(!QFile::exists(file("x.svg")) && !QFile::exists(file("x.html")));
    }

    /// A small file can hold many frames.
    void tooLong()
    {
        core::Recording recording = test::predictedOnABusyHost("bare-pivot");
        while (recording.frames.size() <= mostExportedFrames)
            recording.frames.push_back(recording.frames.back());
        const core::Status status =
            exportStage(*test::stagedOf(std::move(recording)), {.format = StageFormat::Html, .path = file("long.html")},
                        [](std::size_t, std::size_t) { return true; });
        QVERIFY(!status);
        QCOMPARE(status.error().code, std::string("export.long"));
        QVERIFY(!QFile::exists(file("long.html")));
    }

    /// Nothing is there after it, not even a part.
    void stopped()
    {
        const auto staged = test::stagedOf(test::predictedOnABusyHost("bare-pivot"));
        const core::Status status =
            exportStage(*staged, {.format = StageFormat::Apng, .path = file("stopped.png"), .size = {160, 90}},
                        [](std::size_t done, std::size_t) { return done < 3; });
        QVERIFY(!status);
        QCOMPARE(status.error().code, std::string("cancelled"));
        QVERIFY(!QFile::exists(file("stopped.png")));
    }
};

QTEST_MAIN(TestStageExport)
#include "tst_stage_export.moc"
