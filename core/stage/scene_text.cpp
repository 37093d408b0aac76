// SPDX-License-Identifier: Apache-2.0
#include "core/stage/scene.h"

#include <fmt/format.h>

namespace pivotbench::core::stage {

namespace {

const char *propagationWord(Propagation propagation)
{
    switch (propagation) {
    case Propagation::Private: return "private";
    case Propagation::Shared: return "shared";
    case Propagation::Slave: return "slave";
    case Propagation::SlaveShared: return "slave,shared";
    case Propagation::Unbindable: return "unbindable";
    }
    return "";
}

const char *formWord(Form form)
{
    switch (form) {
    case Form::Card: return "card";
    case Form::Chip: return "chip";
    case Form::Fold: return "fold";
    }
    return "";
}

std::string boxText(const Rect &box)
{
    return fmt::format("{:.0f},{:.0f} {:.0f}x{:.0f}", box.x, box.y, box.width, box.height);
}

} // namespace

std::string sceneText(const Scene &scene)
{
    std::string text;
    for (std::size_t i = 0; i < scene.panels.size(); ++i) {
        const ScenePanel &panel = scene.panels[i];
        text += fmt::format("{}: {} [{}]\n", panel.title, panel.subtitle, boxText(panel.box));
        for (const SceneNode &node : scene.nodes) {
            if (static_cast<std::size_t>(node.side) != i)
                continue;
            text += fmt::format("  {} {} [{}]", formWord(node.form), node.name, boxText(node.box));
            if (node.form != Form::Fold) {
                text += fmt::format(" {} {} {}", kindWord(node.kind), node.readOnly ? "ro" : "rw",
                                    propagationWord(node.propagation));
                if (!node.detail.empty())
                    text += fmt::format(" \"{}\"", node.detail);
                if (node.hidden)
                    text += " hidden";
                if (node.mark != Mark::None)
                    text += node.mark == Mark::Added ? " ADDED" : " CHANGED";
            }
            if (node.outside)
                text += " outside";
            for (const Plate &plate : node.plates)
                text += fmt::format("\n    {} {}", plate.writable ? "upper" : "lower", plate.label);
            text += '\n';
        }
    }
    for (const SceneArc &arc : scene.arcs) {
        const SceneNode *from = scene.find(arc.from);
        const SceneNode *to = scene.find(arc.to);
        text += fmt::format("{} {} -> {}\n", arc.slave ? "slave" : "peer", from == nullptr ? "?" : from->path,
                            to == nullptr ? "?" : to->path);
    }
    const SceneToken &token = scene.token;
    text += fmt::format("{} in {}: ", token.name, scene.panels[static_cast<std::size_t>(token.side)].title);
    for (const ScenePin *pin : {&token.root, &token.cwd}) {
        const SceneNode *node = scene.find(pin->node);
        text += fmt::format("{} on {}{}", pin->label, node == nullptr ? "nothing" : node->path,
                            pin == &token.root ? ", " : "\n");
    }
    return text;
}

} // namespace pivotbench::core::stage
