// SPDX-License-Identifier: Apache-2.0
//
// English has two forms for a count ("1 file", "2 files"), and Qt takes even those from a translation: tr() with %n
// finds them in resources/translations/pivotbench_en.ts, which is built into the program. Interface thread.
#pragma once

class QCoreApplication;

namespace pivotbench::app {

/// Once, before the first window. The application owns what is loaded.
void installPlurals(QCoreApplication &application);

} // namespace pivotbench::app
