// SPDX-License-Identifier: Apache-2.0
#include "app/stage/contrast.h"

#include "app/base/text.h"
#include "app/stage/frame_report.h"
#include "core/explain/explainer.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStringList>
#include <algorithm>

namespace pivotbench::app {

using namespace core;
using namespace core::stage;

namespace {

constexpr std::size_t quickMounts = 1000;
constexpr std::size_t mostNamed = 2;  ///< mounts of one kind
constexpr qsizetype mostLetters = 24; ///< of a path
constexpr qsizetype mostTitleLetters = 120;

/// A long one by its last name, of which the ends tell the most.
QString path(const std::string &text)
{
    QString whole = shown(text);
    if (whole.size() <= mostLetters)
        return whole;
    const QString last = whole.section('/', -1, -1, QString::SectionSkipEmpty);
    constexpr qsizetype half = mostLetters / 2 - 2;
    return QStringLiteral("…/") +
           (last.size() <= 2 * half ? last : last.left(half) + QStringLiteral("…") + last.right(half));
}

QString named(const std::vector<std::string> &paths)
{
    QStringList names;
    for (std::size_t i = 0; i < std::min(paths.size(), mostNamed); ++i)
        names << path(paths[i]);
    if (paths.size() > mostNamed)
        names << QStringLiteral("…");
    return names.join(QStringLiteral(", "));
}

class Words {
    Q_DECLARE_TR_FUNCTIONS(Contrast)

public:
    static QString effect(const Effect &effect)
    {
        if (effect == Effect())
            return tr("no mount and no string changed");
        QStringList words;
        mounts(words, effect);
        if (effect.leavesMounts())
            words << tr("no mount changed");
        if (effect.outOfReach > 0)
            words << tr("%n mounts stay mounted, but out of its reach", nullptr, count(effect.outOfReach));
        string(words, tr("root"), effect.root);
        string(words, tr("cwd"), effect.cwd);
        QStringList namespaces;
        for (const std::string &name : effect.namespaces)
            if (namespaces.size() < 10)
                namespaces << shown(name);
        if (!namespaces.isEmpty())
            words << tr("new namespaces: %1").arg(namespaces.join(QStringLiteral(", ")));
        if (effect.ids)
            words << tr("other ids");
        return words.join(QStringLiteral("; "));
    }

    static QString reach(const Reach &reach)
    {
        return tr("%n mounts", nullptr, count(reach.mounts)) + QStringLiteral(", ") +
               (reach.reachable == 0 ? tr("none in reach") : tr("%1 in reach").arg(reach.reachable));
    }

    static Deed deed(const Staged &staged, std::size_t frame, bool happens)
    {
        const Recording &recording = *staged.recording;
        Deed deed{.reach = reach(reachOf(staged.story.moments()[frame])), .happens = happens};
        if (!happens) {
            deed.title = tr("Nothing happens here");
            return deed;
        }
        deed.title = titleOf(recording, frame);
        const Frame &at = recording.frames[frame];
        const Step *step = stepOf(recording, frame);
        if (at.initial)
            return deed;
        deed.isStep = true;
        if (step)
            deed.call = call(shown(explain(recording.header.plan, *step).manual));
        deed.failed = at.error.has_value();
        if (at.error)
            deed.facts = at.error->errnum == 0 ? tr("failed")
                                               : tr("failed: %1, %2")
                                                     .arg(QString::fromStdString(errnoName(at.error->errnum)),
                                                          QString::fromStdString(errnoWords(at.error->errnum)));
        else if (at.skipped)
            deed.facts = tr("nothing to do");
        else
            deed.facts = effect(effectOf(recording, staged.story, frame));
        return deed;
    }

    static QString sentence(const Deed &here, const Deed &there, const QString &nameThere, bool same)
    {
        const QString what = whatOf(here);
        const QString whatThere = whatOf(there);
        if (!here.happens)
            return !there.isStep ? tr("Nothing happens here.\nIn “%1”: %2.").arg(nameThere, there.title)
                                 : tr("Nothing happens here.\nIn “%1”, %2: %3.").arg(nameThere, whatThere, there.facts);
        if (!here.isStep)
            return there.reach == here.reach ? tr("Both begin alike: %1.").arg(here.reach)
                                             : tr("Here: %1.\nIn “%2”: %3.").arg(here.reach, nameThere, there.reach);
        if (!there.happens)
            return tr("Only here, %1: %2.\n“%3” has no such step.").arg(what, here.facts, nameThere);
        if (same)
            return tr("The same on both sides, %1: %2.").arg(what, here.facts);
        if (what == whatThere)
            return tr("%1 on both sides. Here: %2.\nIn “%3”: %4.").arg(what, here.facts, nameThere, there.facts);
        return tr("Here %1: %2.\nIn “%3” %4: %5.").arg(what, here.facts, nameThere, whatThere, there.facts);
    }

private:
    /// The system call whose page the manual names first.
    static QString call(const QString &manual)
    {
        static const QRegularExpression page(QStringLiteral("[a-z0-9_]+\\(2\\)"));
        return page.match(manual).captured();
    }

    static QString whatOf(const Deed &deed)
    {
        return deed.call.isEmpty() ? tr("“%1”").arg(deed.title.left(mostTitleLetters)) : deed.call;
    }

    static int count(std::size_t number) { return static_cast<int>(std::min<std::size_t>(number, 1'000'000)); }

    static void mounts(QStringList &words, const Effect &effect)
    {
        if (effect.copied > 0)
            words << tr("%n mounts copied into a new mount namespace", nullptr, count(effect.copied));
        if (!effect.moved.empty()) {
            QStringList moves;
            for (std::size_t i = 0; i < std::min(effect.moved.size(), mostNamed); ++i)
                moves << QStringLiteral("%1 → %2").arg(path(effect.moved[i].from), path(effect.moved[i].to));
            words << tr("%n mounts moved: %1", nullptr, count(effect.moved.size())).arg(moves.join(tr(" and ")));
        }
        if (effect.alongside > 0)
            words << tr("%n mounts went along", nullptr, count(effect.alongside));
        if (!effect.added.empty())
            words << tr("%n mounts added: %1", nullptr, count(effect.added.size())).arg(named(effect.added));
        if (!effect.gone.empty())
            words << tr("%n mounts gone: %1", nullptr, count(effect.gone.size())).arg(named(effect.gone));
        if (effect.repropagated > 0)
            words << tr("propagation of %n mounts changed", nullptr, count(effect.repropagated));
        if (effect.remounted > 0)
            words << tr("options of %n mounts changed", nullptr, count(effect.remounted));
    }

    static void string(QStringList &words, const QString &name, const std::optional<Retied> &retied)
    {
        if (!retied)
            return;
        if (retied->from != retied->to)
            words << QStringLiteral("%1: %2 → %3").arg(name, path(retied->from), path(retied->to));
        else if (!retied->mount.empty())
            words << tr("%1: on the mount that was at %2").arg(name, path(retied->mount));
        else
            words << tr("%1: on another mount").arg(name);
    }
};

} // namespace

Contrast contrastOf(const StagedPair &sides, const Abreast &moment, const LaneNames &names)
{
    Contrast contrast;
    for (std::size_t i = 0; i < 2; ++i)
        contrast.deeds[i] = Words::deed(*sides[i], moment.frame[i], moment.happens[i]);
    const Deed &left = contrast.deeds[0];
    const Deed &right = contrast.deeds[1];
    contrast.same = left.happens && right.happens && left.call == right.call && left.title == right.title &&
                    left.facts == right.facts;
    for (std::size_t i = 0; i < 2; ++i)
        contrast.sentences[i] = Words::sentence(contrast.deeds[i], contrast.deeds[1 - i], names[1 - i], contrast.same);
    return contrast;
}

bool isQuickContrast(const StagedPair &sides)
{
    return std::ranges::all_of(sides, [](const auto &side) { return side->mostMounts <= quickMounts; });
}

QString effectWords(const Effect &effect) { return Words::effect(effect); }

} // namespace pivotbench::app
