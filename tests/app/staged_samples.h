// SPDX-License-Identifier: Apache-2.0
//
// Recordings made ready for the stage, and written to files.
#pragma once

#include "app/stage/staged.h"
#include "core/recording/recording.h"
#include "tests/stage/made_recording.h"

#include <QByteArray>
#include <QFile>
#include <memory>

namespace pivotbench::test {

inline std::shared_ptr<const app::Staged> stagedOf(core::Recording recording)
{
    return app::makeStaged(std::make_shared<const core::Recording>(std::move(recording)));
}

/// On a host with mounts that no step is concerned with.
inline core::Recording predictedOnABusyHost(const char *preset)
{
    std::string table = tests::smallTable;
    for (int i = 0; i < 12; ++i)
        table += fmt::format("{} 20 0:{} / /srv/{} rw,relatime - tmpfs tmpfs rw\n"
                             "{} {} 0:{} / /srv/{}/inner rw,relatime - tmpfs tmpfs rw\n",
                             30 + i, 30 + i, i, 60 + i, 30 + i, 60 + i, i);
    return core::kernel::predict(tests::planOf(preset), tests::someFacts(), tests::machineWith(table), "{}").recording;
}

inline QByteArray linesOf(const core::Recording &recording)
{
    core::RecordingWriter writer;
    std::string text = writer.header(recording.header);
    for (const core::Frame &frame : recording.frames)
        text += writer.frame(frame);
    return QByteArray::fromStdString(text);
}

inline void writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
}

} // namespace pivotbench::test
