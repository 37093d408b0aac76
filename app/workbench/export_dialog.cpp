// SPDX-License-Identifier: Apache-2.0
#include "app/workbench/export_dialog.h"

#include "app/widgets/palette.h"

#include <QCoreApplication>
#include <QFileDialog>
#include <vector>

namespace pivotbench::app {

namespace {

struct Form {
    QString filter;
    StageFormat format;
    bool onlyThisStep = false;
};

std::vector<Form> formsFor(bool hasStep)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("ExportDialog", text); };
    std::vector<Form> forms{{tr("Page that plays it in any browser (*.html)"), StageFormat::Html},
                            {tr("Film, animated PNG (*.png)"), StageFormat::Apng},
                            {tr("Film, GIF (*.gif)"), StageFormat::Gif},
                            {tr("Film, WebM, made by ffmpeg (*.webm)"), StageFormat::Webm}};
    if (hasStep) {
        forms.push_back({tr("This step, SVG (*.svg)"), StageFormat::Svg, true});
        forms.push_back({tr("This step, PNG (*.png)"), StageFormat::Png, true});
    }
    forms.push_back({tr("Every step, SVG files (*.svg)"), StageFormat::Svg});
    forms.push_back({tr("Every step, PNG files (*.png)"), StageFormat::Png});
    return forms;
}

} // namespace

void askForExport(QWidget *parent, const QString &name, const QString &step,
                  const std::function<void(const StageExport &)> &then)
{
    const std::vector<Form> forms = formsFor(!step.isEmpty());
    QStringList filters;
    for (const Form &form : forms)
        filters << form.filter;
    auto *dialog = new QFileDialog(parent, QCoreApplication::translate("ExportDialog", "Export what the Stage shows"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters(filters);
    const auto suffix = [](const QString &filter) { return filter.section("*.", 1).section(')', 0, 0); };
    dialog->setDefaultSuffix(suffix(filters.first()));
    dialog->selectFile(name);
    QObject::connect(dialog, &QFileDialog::filterSelected, dialog,
                     [dialog, suffix](const QString &filter) { dialog->setDefaultSuffix(suffix(filter)); });
    QObject::connect(dialog, &QFileDialog::fileSelected, parent, [=](const QString &path) {
        for (const Form &form : forms)
            if (form.filter == dialog->selectedNameFilter())
                return then({.format = form.format,
                             .path = path,
                             .step = form.onlyThisStep ? step : QString(),
                             .dark = isDark(parent->palette())});
    });
    dialog->open();
}

} // namespace pivotbench::app
