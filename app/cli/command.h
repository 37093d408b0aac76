// SPDX-License-Identifier: Apache-2.0
//
// What the commands of pivotctl share: how they are called, how they report, what they exit with. A command is a
// function of its own arguments; it builds only its own options, because making those of all would cost every start.
#pragma once

#include "core/base/result.h"
#include "core/spec/validate.h"
#include "core/wire/messages.h"

#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::app::cli {

/// Our own failures (125), and what the shell says of programs it cannot run (127, 126).
inline constexpr int ownFailure = 125;
inline constexpr int notRunnable = 126;
inline constexpr int notFound = 127;

struct Command {
    const char *name;
    const char *summary;
    int (*run)(const std::vector<std::string> &args);
};

int runCommand(const std::vector<std::string> &args);
int planCommand(const std::vector<std::string> &args);
int exportCommand(const std::vector<std::string> &args);
int stepCommand(const std::vector<std::string> &args);
int simulateCommand(const std::vector<std::string> &args);
int whatifCommand(const std::vector<std::string> &args);
int showCommand(const std::vector<std::string> &args);
int stageCommand(const std::vector<std::string> &args);
int psCommand(const std::vector<std::string> &args);
int execCommand(const std::vector<std::string> &args);
int signalCommand(const std::vector<std::string> &args);
int stopCommand(const std::vector<std::string> &args);
int waitCommand(const std::vector<std::string> &args);
int rmCommand(const std::vector<std::string> &args);
int changesCommand(const std::vector<std::string> &args);
int mountsCommand(const std::vector<std::string> &args);
int doctorCommand(const std::vector<std::string> &args);
int glossaryCommand(const std::vector<std::string> &args);
int presetsCommand(const std::vector<std::string> &args);

/// Whether to colour what goes to this descriptor: a terminal, and no $NO_COLOR (no-color.org).
[[nodiscard]] bool colours(int fd);

/// "pivotctl: …" on standard error; returns the exit status that fits the error's code.
int report(const core::Error &error);
/// The same for an error reply, with its findings.
int report(const core::wire::Failure &failure);
/// Findings on standard error; notes only when wanted.
void reportFindings(const std::vector<core::Finding> &findings, bool notes);
/// Errors in full, warnings as one line that names their fields.
void reportBriefly(const std::vector<core::Finding> &findings);

/// Standard output, all of it; a reader that went away ends the program as it would others (SIGPIPE).
void print(std::string_view text);

/// What `pivotctl changes` prints; `all`: the launch's own mount points too. Returns the exit status.
int listChangesOf(const std::string &sandbox, bool all);

} // namespace pivotbench::app::cli
