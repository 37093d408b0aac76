// SPDX-License-Identifier: Apache-2.0
#include "app/stage/compare_partner.h"

#include "app/base/text.h"
#include "core/preset/presets.h"
#include "core/spec/spec_json.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <algorithm>

namespace pivotbench::app {

using namespace core;

namespace {

class Words {
    Q_DECLARE_TR_FUNCTIONS(ComparePartner)

public:
    static QString of(Variation variation)
    {
        switch (variation) {
        case Variation::SharedPropagation: return tr("with shared propagation");
        case Variation::PrivatePropagation: return tr("with private propagation");
        case Variation::Chroot: return tr("with chroot(2) instead");
        case Variation::PivotRoot: return tr("with pivot_root(2) instead");
        case Variation::HostPidNamespace: return tr("without a PID namespace");
        case Variation::NewPidNamespace: return tr("with a PID namespace");
        }
        return {};
    }

    static QString varied(const QString &name, Variation variation)
    {
        return tr("%1, %2", "the name of a sandbox, and what is other").arg(name, of(variation));
    }

    static QString prediction(const QString &name) { return tr("The prediction of %1").arg(name); }
};

/// The preset that shows the other way to switch the root; empty where this one does not switch.
std::string counterpart(SwitchRoot how)
{
    switch (how) {
    case SwitchRoot::PivotRoot:
    case SwitchRoot::PivotRootDot: return "chroot-jail";
    case SwitchRoot::Chroot: return "bare-pivot";
    case SwitchRoot::None: break;
    }
    return {};
}

/// How what is shown switches the root; a recording tells by its steps.
SwitchRoot switchOf(const StageSource &shown, const Analysis *analysis)
{
    if (shown.kind == StageSource::Kind::Prediction && analysis)
        return analysis->spec.root.switchRoot;
    if (shown.staged)
        for (const Step &step : shown.staged->recording->header.plan.steps) {
            if (std::holds_alternative<PivotRoot>(step.operation))
                return SwitchRoot::PivotRoot;
            if (std::holds_alternative<ChangeRoot>(step.operation))
                return SwitchRoot::Chroot;
        }
    return SwitchRoot::None;
}

PartnerSource foretold(const SandboxSpec &spec, const QString &name, const HostFacts *facts)
{
    return {facts ? foretellSpec(spec, *facts) : foretellSpec(spec, probeHostFacts()), name};
}

PartnerSource failed(const Error &error)
{
    PartnerSource partner;
    partner.source.error = error;
    return partner;
}

} // namespace

ComparePartner ComparePartner::named(const QString &presetOrFile)
{
    const std::vector<Preset> known = presets();
    if (std::ranges::find(known, presetOrFile.toStdString(), &Preset::id) != known.end())
        return {.kind = Kind::Preset, .what = presetOrFile};
    return {.kind = Kind::File, .what = QFileInfo(presetOrFile).absoluteFilePath()};
}

std::vector<PartnerChoice> partnerChoices(const StageSource &shown, const Analysis *analysis)
{
    const bool predicts = shown.kind == StageSource::Kind::Prediction;
    std::vector<PartnerChoice> teaching;
    std::vector<PartnerChoice> others;
    const std::string opposite = counterpart(switchOf(shown, analysis));
    for (const Preset &preset : presets()) {
        if (const Result<SandboxSpec> spec = findPreset(preset.id);
            predicts && analysis && spec && *spec == analysis->spec)
            continue;
        const PartnerChoice choice{{.kind = ComparePartner::Kind::Preset, .what = QString::fromStdString(preset.id)},
                                   app::shown(preset.name),
                                   preset.id == opposite};
        (choice.teaching ? teaching : others).push_back(choice);
    }
    if (analysis && predicts)
        for (const Variation variation : variationsOf(analysis->spec))
            teaching.push_back({{.kind = ComparePartner::Kind::Variation, .variation = variation},
                                Words::varied(app::shown(analysis->spec.name), variation),
                                true});
    if (analysis && !predicts && analysis->plan)
        teaching.push_back(
            {{.kind = ComparePartner::Kind::Document}, Words::prediction(app::shown(analysis->spec.name)), true});
    teaching.insert(teaching.end(), others.begin(), others.end());
    return teaching;
}

PartnerSource findPartner(const ComparePartner &partner, const std::shared_ptr<const Analysis> &analysis,
                          const std::shared_ptr<const HostFacts> &facts)
{
    switch (partner.kind) {
    case ComparePartner::Kind::Preset: {
        const Result<SandboxSpec> spec = findPreset(partner.what.toStdString());
        return spec ? foretold(*spec, shown(spec->name), facts.get()) : failed(spec.error());
    }
    case ComparePartner::Kind::Variation:
        return analysis ? foretold(varied(analysis->spec, partner.variation),
                                   Words::varied(shown(analysis->spec.name), partner.variation), facts.get())
                        : PartnerSource();
    case ComparePartner::Kind::Document:
        return analysis ? foretold(analysis->spec, shown(analysis->spec.name), facts.get()) : PartnerSource();
    case ComparePartner::Kind::File: break;
    }
    if (partner.what.endsWith(QStringLiteral(".pbox"))) {
        const Result<SandboxSpec> spec = loadSpec(QFile::encodeName(partner.what).toStdString());
        return spec ? foretold(*spec, shown(spec->name), facts.get()) : failed(spec.error());
    }
    PartnerSource recorded{loadStage(partner.what), {}};
    recorded.name = nameOf(recorded.source);
    return recorded;
}

QString nameOf(const StageSource &source)
{
    return source.staged ? shown(source.staged->recording->header.plan.name) : QString();
}

} // namespace pivotbench::app
