// SPDX-License-Identifier: Apache-2.0
#include "app/stage/stage_view_accessible.h"

#include "app/stage/node_words.h"
#include "app/stage/stage_player.h"
#include "app/stage/stage_view.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QPointer>
#include <map>

namespace pivotbench::app {

using namespace core::stage;

namespace {

/// Looked up by its key whenever it is asked, so that it says what is shown now; invalid once that is gone.
class NodeAccessible final : public QAccessibleInterface, public QAccessibleActionInterface {
public:
    NodeAccessible(StageView *view, MountKey key)
        : m_view(view)
        , m_key(key)
    {
    }

    bool isValid() const override { return node() != nullptr; }
    QObject *object() const override { return nullptr; }
    QWindow *window() const override { return m_view ? m_view->window()->windowHandle() : nullptr; }
    QAccessibleInterface *parent() const override { return QAccessible::queryAccessibleInterface(m_view); }
    QAccessibleInterface *child(int) const override { return nullptr; }
    QAccessibleInterface *childAt(int, int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface *) const override { return -1; }
    QAccessible::Role role() const override { return QAccessible::ListItem; }

    QString text(QAccessible::Text kind) const override
    {
        const SceneNode *found = node();
        if (!found)
            return {};
        if (kind == QAccessible::Name)
            return spokenNode(*found);
        const Moment *moment = m_view->player().moment();
        if (kind == QAccessible::Description && moment)
            return nodeDetails(*found, mountOf(*moment, m_key));
        return {};
    }
    void setText(QAccessible::Text, const QString &) override {}

    QRect rect() const override
    {
        const SceneNode *found = node();
        if (!found)
            return {};
        const QRect inside = m_view->rectOf(*found);
        return {m_view->viewport()->mapToGlobal(inside.topLeft()), inside.size()};
    }

    QAccessible::State state() const override
    {
        QAccessible::State state;
        const SceneNode *found = node();
        if (!found) {
            state.invalid = true;
            return state;
        }
        state.focusable = true;
        state.selectable = true;
        state.selected = m_view->selected() == found;
        state.focused = state.selected && m_view->hasFocus();
        state.offscreen = !m_view->viewport()->rect().intersects(m_view->rectOf(*found));
        state.expandable = found->form == Form::Fold;
        state.collapsed = state.expandable;
        return state;
    }

    void *interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface *>(this) : nullptr;
    }

    QStringList actionNames() const override
    {
        const SceneNode *found = node();
        QStringList names{setFocusAction()};
        if (found && found->form == Form::Fold)
            names.prepend(pressAction());
        return names;
    }
    void doAction(const QString &action) override
    {
        const SceneNode *found = node();
        if (!found)
            return;
        if (action == setFocusAction()) {
            m_view->setFocus();
            m_view->select(m_key);
        } else if (action == pressAction() && found->form == Form::Fold) {
            m_view->player().unfold(found->parent);
        }
    }
    QStringList keyBindingsForAction(const QString &) const override { return {}; }

private:
    const SceneNode *node() const
    {
        const Scene *scene = m_view ? m_view->player().scene() : nullptr;
        return scene ? scene->find(m_key) : nullptr;
    }

    QPointer<StageView> m_view;
    MountKey m_key;
};

class ViewAccessible final : public QAccessibleWidget {
public:
    explicit ViewAccessible(StageView *view)
        : QAccessibleWidget(view, QAccessible::List)
        , m_view(view)
    {
    }
    ~ViewAccessible() override
    {
        for (const auto &[key, id] : m_ids)
            QAccessible::deleteAccessibleInterface(id);
    }

    int childCount() const override
    {
        const Scene *scene = m_view->player().scene();
        return scene ? static_cast<int>(scene->nodes.size()) : 0;
    }

    QAccessibleInterface *child(int index) const override
    {
        const Scene *scene = m_view->player().scene();
        if (!scene || index < 0 || index >= static_cast<int>(scene->nodes.size()))
            return nullptr;
        return interfaceOf(scene->nodes[static_cast<std::size_t>(index)].key);
    }

    int indexOfChild(const QAccessibleInterface *child) const override
    {
        for (int i = 0; i < childCount(); ++i)
            if (this->child(i) == child)
                return i;
        return -1;
    }

    QAccessibleInterface *childAt(int x, int y) const override
    {
        const SceneNode *node = m_view->nodeAt(m_view->viewport()->mapFromGlobal(QPoint(x, y)));
        return node ? interfaceOf(node->key) : nullptr;
    }

    QAccessibleInterface *focusChild() const override
    {
        const SceneNode *node = m_view->hasFocus() ? m_view->selected() : nullptr;
        return node ? interfaceOf(node->key) : nullptr;
    }

    /// Those of nodes that are gone go, too.
    void sweep()
    {
        const Scene *scene = m_view->player().scene();
        std::erase_if(m_ids, [&](const auto &known) {
            if (scene && scene->find(known.first))
                return false;
            QAccessible::deleteAccessibleInterface(known.second);
            return true;
        });
    }

private:
    QAccessibleInterface *interfaceOf(MountKey key) const
    {
        auto found = m_ids.find(key);
        if (found == m_ids.end())
            found = m_ids.emplace(key, QAccessible::registerAccessibleInterface(new NodeAccessible(m_view, key))).first;
        return QAccessible::accessibleInterface(found->second);
    }

    StageView *m_view;
    mutable std::map<MountKey, QAccessible::Id> m_ids;
};

QAccessibleInterface *make(const QString &, QObject *object)
{
    auto *view = qobject_cast<StageView *>(object);
    return view ? new ViewAccessible(view) : nullptr;
}

} // namespace

void installStageAccessibility()
{
    static const bool installed = (QAccessible::installFactory(make), true);
    static_cast<void>(installed);
}

void tellNodesChanged(StageView &view)
{
    if (!QAccessible::isActive())
        return;
    if (auto *spoken = dynamic_cast<ViewAccessible *>(QAccessible::queryAccessibleInterface(&view)))
        spoken->sweep();
    QAccessibleEvent reordered(&view, QAccessible::ObjectReorder);
    QAccessible::updateAccessibility(&reordered);
}

void tellNodeFocus(StageView &view, const SceneNode &node)
{
    const Scene *scene = view.player().scene();
    if (!QAccessible::isActive() || !scene)
        return;
    QAccessibleEvent focus(&view, QAccessible::Focus);
    focus.setChild(static_cast<int>(&node - scene->nodes.data()));
    QAccessible::updateAccessibility(&focus);
}

} // namespace pivotbench::app
