// SPDX-License-Identifier: Apache-2.0
//
// A home of its own for a test of the workbench: what the analysis makes (built-in layers) and what the program
// remembers go there and away with it, and nothing of the user's is read.
#pragma once

#include <QTemporaryDir>
#include <QtGlobal>

namespace pivotbench::test {

class IsolatedHome {
public:
    IsolatedHome()
    {
        for (const char *name :
             {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"})
            qputenv(name, m_directory.path().toLocal8Bit());
    }
    [[nodiscard]] QString filePath(const QString &name) const { return m_directory.filePath(name); }

private:
    QTemporaryDir m_directory;
};

} // namespace pivotbench::test
