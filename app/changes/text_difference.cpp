// SPDX-License-Identifier: Apache-2.0
#include "app/changes/text_difference.h"

#include "app/base/text.h"
#include "core/base/file.h"
#include "core/base/text.h"

#include <QProcess>
#include <QTemporaryDir>

namespace pivotbench::app {

using namespace core;

bool isText(const std::string &bytes) { return bytes.find('\0') == std::string::npos && isUtf8(bytes); }

Result<QString> textDifference(const std::string &before, const std::string &now)
{
    const QTemporaryDir folder; // only ours to read
    if (!folder.isValid())
        return failure("diff.folder", "cannot make a folder for the comparison: " + folder.errorString().toStdString());
    const std::string path = folder.path().toStdString();
    for (const auto &[name, text] : {std::pair("/before", &before), std::pair("/now", &now)})
        if (Status written = replaceFile(path + name, *text); !written)
            return wrap(written.error(), "preparing the comparison");
    QProcess diff;
    diff.setWorkingDirectory(folder.path());
    diff.start("diff", {"-U3", "--text", "--label", "before", "--label", "now", "before", "now"});
    if (!diff.waitForFinished(-1))
        return failure("diff.absent", "the program \"diff\" cannot be started", {}, "install the package diffutils");
    if (diff.exitStatus() != QProcess::NormalExit || diff.exitCode() > 1)
        return failure("diff.failed", "the comparison failed: " + diff.readAllStandardError().trimmed().toStdString());
    return shown(diff.readAllStandardOutput().replace('\t', "    ").toStdString(), true);
}

} // namespace pivotbench::app
