// SPDX-License-Identifier: Apache-2.0
#include "app/document/error_message.h"

#include "app/base/text.h"

namespace pivotbench::app {

using namespace core;

Message messageOf(const Error &error, Tone tone)
{
    QStringList why;
    if (error.errnum != 0)
        why << QString::fromStdString(errnoWords(error.errnum));
    for (const std::string &line : error.context)
        why << shown(line);
    return {.tone = tone,
            .what = shown(error.what),
            .where = shown(error.path.empty() ? error.step : error.path),
            .why = why.join('\n'),
            .now = shown(error.hint),
            .details = shown(describe(error), true)};
}

} // namespace pivotbench::app
