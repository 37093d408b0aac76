// SPDX-License-Identifier: Apache-2.0
#include "app/workbench/plurals.h"

#include <QCoreApplication>
#include <QTranslator>

namespace pivotbench::app {

void installPlurals(QCoreApplication &application)
{
    auto *forms = new QTranslator(&application);
    [[maybe_unused]] const bool loaded = forms->load(QStringLiteral(":/pivotbench/translations/pivotbench_en.qm"));
    Q_ASSERT(loaded); // it is part of the program
    QCoreApplication::installTranslator(forms);
}

} // namespace pivotbench::app
