// SPDX-License-Identifier: Apache-2.0
#include "app/workbench/export_process.h"

#include "core/base/file.h"

#include <QCoreApplication>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>

namespace pivotbench::app {

using namespace core;

namespace {

constexpr int lookMs = 100;
constexpr int patienceMs = 5000; ///< with a process that was asked to end

Status writeRecording(const Recording &recording, const QString &path)
{
    RecordingWriter writer;
    std::string text = writer.header(recording.header);
    for (const Frame &frame : recording.frames)
        text += writer.frame(frame);
    return replaceFile(QFile::encodeName(path).toStdString(), text);
}

/// The lines that runExport() writes with --progress; what else is said stays in `said`.
void takeWords(const QByteArray &heard, QByteArray &said, const TaskProgress &progress)
{
    static const QRegularExpression step("^(\\d+) of (\\d+)$");
    said += heard;
    qsizetype end = said.indexOf('\n');
    QByteArray other;
    while (end >= 0) {
        const QRegularExpressionMatch match = step.match(QString::fromUtf8(said.first(end)));
        if (match.hasMatch())
            progress.report(match.captured(1).toULongLong(), match.captured(2).toULongLong());
        else
            other += said.first(end + 1);
        said.remove(0, end + 1);
        end = said.indexOf('\n');
    }
    said.prepend(other);
}

} // namespace

Status exportInProcess(const Recording &recording, const StageExport &options, const TaskProgress &progress)
{
    const QTemporaryDir folder;
    const QString file = folder.filePath("recording.pbrec");
    if (Status written = writeRecording(recording, file); !written)
        return wrap(std::move(written.error()), "exporting what the Stage shows");
    QStringList arguments{"--progress",
                          "--export",
                          options.path,
                          "--format",
                          formatWord(options.format),
                          "--theme",
                          options.dark ? "dark" : "light",
                          "--size",
                          QString("%1x%2").arg(options.size.width()).arg(options.size.height())};
    if (!options.step.isEmpty())
        arguments += {"--step", options.step};
    arguments += {"--", file};
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("QT_QPA_PLATFORM", "offscreen");
    process.setProcessEnvironment(environment);
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QCoreApplication::applicationFilePath(), arguments, QIODevice::ReadOnly);
    QByteArray said;
    while (process.state() != QProcess::NotRunning && !progress.isCancelled()) {
        process.waitForFinished(lookMs);
        takeWords(process.readAll(), said, progress);
    }
    if (process.state() != QProcess::NotRunning) {
        process.terminate();
        if (!process.waitForFinished(patienceMs)) {
            process.kill();
            process.waitForFinished();
        }
        return cancelled();
    }
    if (process.error() == QProcess::FailedToStart)
        return failure("export.process",
                       "cannot start the process that exports: " + process.errorString().toStdString());
    if (process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0)
        return {};
    QString words = QString::fromUtf8(said).trimmed().section('\n', -1);
    words.remove(QRegularExpression("^pivotbench: "));
    return wrap(Error{.code = "export.process", // the path is in the words
                      .what = words.isEmpty() ? "the process that exports has failed" : words.toStdString()},
                "exporting what the Stage shows");
}

} // namespace pivotbench::app
