// SPDX-License-Identifier: Apache-2.0
#include "app/stage/node_words.h"

#include "app/base/text.h"
#include "app/stage/term_text.h"
#include "core/explain/glossary.h"

#include <QCoreApplication>
#include <QStringList>

namespace pivotbench::app {

using namespace core;
using namespace core::stage;

namespace {

class Words {
    Q_DECLARE_TR_FUNCTIONS(NodeWords)

public:
    static QString propagation(const SceneNode &node)
    {
        switch (node.propagation) {
        case stage::Propagation::Private: return tr("private");
        case stage::Propagation::Shared: return tr("shared in group %1").arg(node.peerGroup);
        case stage::Propagation::Slave: return tr("slave of group %1").arg(node.master);
        case stage::Propagation::SlaveShared:
            return tr("slave of group %1, shared in group %2").arg(node.master).arg(node.peerGroup);
        case stage::Propagation::Unbindable: return tr("unbindable");
        }
        return {};
    }

    /// What is to be said of it beyond what it is.
    static QStringList states(const SceneNode &node)
    {
        QStringList states;
        if (node.hidden)
            states << tr("hidden behind another mount");
        if (node.outside)
            states << tr("out of the process' reach");
        if (node.mark == Mark::Added)
            states << tr("new in this step");
        else if (node.mark == Mark::Changed)
            states << tr("changed in this step");
        return states;
    }

    static QString fold(const SceneNode &node)
    {
        return tr("%n more mounts, folded", nullptr, static_cast<int>(node.folded));
    }

    static QString spoken(const SceneNode &node)
    {
        if (node.form == Form::Fold)
            return fold(node);
        QStringList words{shown(node.path), QString::fromLatin1(kindWord(node.kind)),
                          node.readOnly ? tr("read-only") : tr("read-write"), propagation(node)};
        words << states(node);
        for (const Plate &plate : node.plates)
            words << (plate.writable ? tr("writable layer %1") : tr("layer %1")).arg(shown(plate.label));
        return words.join(", ");
    }

    static QString details(const SceneNode &node, const StoryMount *mount)
    {
        if (node.form == Form::Fold)
            return fold(node) + '\n' + tr("Double-click to unfold");
        QStringList lines{shown(node.path)};
        if (mount) {
            const MountEntry &row = *mount->row;
            lines << tr("Type: %1").arg(shown(row.type));
            lines << tr("Source: %1")
                         .arg(row.root == "/" ? shown(row.source) : shown(row.source) + '[' + shown(row.root) + ']');
            lines << tr("Options: %1").arg(shown(row.options));
        }
        lines << tr("Propagation: %1").arg(propagation(node));
        return (lines + states(node)).join('\n');
    }
};

} // namespace

QString spokenNode(const SceneNode &node) { return Words::spoken(node); }

QString nodeDetails(const SceneNode &node, const StoryMount *mount) { return Words::details(node, mount); }

QString nodeToolTip(const SceneNode &node, const StoryMount *mount)
{
    QString text = plainToolTip(nodeDetails(node, mount));
    if (node.form == Form::Fold)
        return text;
    using stage::Propagation;
    const auto explain = [&text](const char *id) {
        if (const Term *term = glossary().find(id))
            text += meaningToolTip(*term);
    };
    switch (node.propagation) {
    case Propagation::Private: explain("private"); break;
    case Propagation::Shared: explain("shared"); break;
    case Propagation::Slave: explain("slave"); break;
    case Propagation::SlaveShared:
        explain("slave");
        explain("shared");
        break;
    case Propagation::Unbindable: explain("unbindable"); break;
    }
    return text;
}

} // namespace pivotbench::app
