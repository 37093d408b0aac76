// SPDX-License-Identifier: Apache-2.0
//
// What a Step means to a person: the system calls as C, the shell line, why, and where to read on; and for a failure,
// the causes that the manual lists for its errno. Pure text from the Step alone. Title and reason are those of
// resources/narration, in the language in use (core/words/language.h), checked against the manual pages named in it
// (Debian packages manpages and manpages-dev; kernel documents where there is no page).
#pragma once

#include "core/plan/plan.h"

#include <string>
#include <vector>

namespace pivotbench::core {

struct Explanation {
    std::string title;  ///< a short heading: "Mount a private /proc"
    std::string call;   ///< one or more calls as in C, a line each, ending in ';'
    std::string shell;  ///< the command line that does the same
    std::string why;    ///< two sentences
    std::string manual; ///< "pivot_root(2), DESCRIPTION"
};

struct ErrorCause {
    std::string when;   ///< "new_root is not a mount point"
    std::string fix;    ///< "bind it onto itself first: mount --bind new_root new_root"
    std::string manual; ///< "pivot_root(2), ERRORS"
};

[[nodiscard]] Explanation explain(const Plan &plan, const Step &step);

/// Every cause that the manual gives for this errno of this step's calls, most likely first; empty when it gives none.
[[nodiscard]] std::vector<ErrorCause> causesOf(const Step &step, int errnum);

/// The whole plan as a POSIX shell script with util-linux that does the same when run by root; what a shell cannot do
/// (a seccomp filter) stands in it as a comment.
[[nodiscard]] std::string shellScript(const Plan &plan);

} // namespace pivotbench::core
