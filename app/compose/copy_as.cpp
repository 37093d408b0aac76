// SPDX-License-Identifier: Apache-2.0
#include "app/compose/copy_as.h"

#include "app/base/text.h"
#include "core/base/text.h"
#include "core/explain/explainer.h"
#include "core/export/export.h"
#include "core/plan/plan_json.h"
#include "core/spec/spec_json.h"

#include <QCoreApplication>
#include <QFile>
#include <nlohmann/json.hpp>

namespace pivotbench::app {

using namespace core;

namespace {

QString tr(const char *text) { return QCoreApplication::translate("pivotbench::app::CopyForm", text); }

/// A shell line that runs it: from its file, or with the spec in it.
QString commandLine(const Analysis &analysis, const QString &path)
{
    if (!path.isEmpty())
        return "pivotctl run " + QString::fromStdString(shellQuote(QFile::encodeName(path).toStdString())) + '\n';
    return "spec=$(mktemp --suffix=.pbox) && cat >\"$spec\" <<'PBOX' && pivotctl run \"$spec\"; rm -f \"$spec\"\n" +
           QString::fromStdString(writeSpec(analysis.spec)) + "PBOX\n";
}

void addExport(std::vector<CopyForm> &forms, ExportForm form, const QString &label, const Analysis &analysis,
               const HostFacts &facts)
{
    const Result<Export> made = exportAs(form, analysis.resolved, facts);
    if (!made)
        return;
    QStringList losses;
    for (const Loss &loss : made->losses)
        losses.append(shown(lossText(loss)));
    forms.push_back({exportWord(form), label, QString::fromStdString(made->text), std::move(losses)});
}

} // namespace

std::vector<CopyForm> copyForms(const Analysis &analysis, const HostFacts *facts, const QString &path)
{
    std::vector<CopyForm> forms{
        {"pivotctl", tr("Command line of pivotctl"), commandLine(analysis, path)},
        {"pbox", tr("Spec (.pbox, JSON)"), QString::fromStdString(writeSpec(analysis.spec))},
    };
    if (analysis.plan) {
        forms.push_back(
            {"sh", tr("Shell script with unshare, for root"), QString::fromStdString(shellScript(*analysis.plan))});
        if (facts) {
            addExport(forms, ExportForm::Unshare, tr("Shell script with unshare, for an ordinary user"), analysis,
                      *facts);
            addExport(forms, ExportForm::Bwrap, tr("Shell script with bubblewrap (bwrap)"), analysis, *facts);
            addExport(forms, ExportForm::Oci, tr("OCI runtime configuration (config.json)"), analysis, *facts);
        }
        forms.push_back({"plan", tr("Plan (JSON)"), QString::fromStdString(planToJson(*analysis.plan).dump(2)) + '\n'});
    }
    return forms;
}

} // namespace pivotbench::app
