// SPDX-License-Identifier: Apache-2.0
//
// Starts the user's session helper: `pivotbench-helper --session --socket PATH --ready-fd N`, in a session of its own,
// with no descriptor of ours. The program is $PIVOTBENCH_HELPER, or stands beside this executable, or in
// ../libexec/pivotbench/ from there. It writes a byte to descriptor N when it listens.
#pragma once

#include "core/base/result.h"

#include <optional>
#include <string>

namespace pivotbench::app {

/// Returns when the helper listens, or has ended in silence. Fails with "helper.start" and what it said on its standard
/// error; that too can mean that another helper listens.
[[nodiscard]] core::Status startHelper(const std::string &socketPath);

/// Has the helper program try a mount in new namespaces, as a sandbox would begin. Nothing when it could not be asked.
[[nodiscard]] std::optional<bool> tryMountInside();

} // namespace pivotbench::app
