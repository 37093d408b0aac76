// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/terminal_accessible.h"

#include "app/terminal/terminal_view.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <algorithm>

namespace pivotbench::app::terminal {

namespace {

class TerminalAccessible final : public QAccessibleWidget, public QAccessibleTextInterface {
public:
    explicit TerminalAccessible(TerminalView *view)
        : QAccessibleWidget(view, QAccessible::Terminal)
        , m_view(view)
    {
    }

    void *interface_cast(QAccessible::InterfaceType type) override
    {
        if (type == QAccessible::TextInterface)
            return static_cast<QAccessibleTextInterface *>(this);
        return QAccessibleWidget::interface_cast(type);
    }

    [[nodiscard]] QAccessible::State state() const override
    {
        QAccessible::State state = QAccessibleWidget::state();
        state.multiLine = true;
        state.selectableText = true;
        return state;
    }

    void selection(int index, int *start, int *end) const override
    {
        *start = *end = 0;
        if (index != 0 || !m_view->hasSelection())
            return;
        const AccessibleText &now = snapshot();
        *start = static_cast<int>(now.offsetOf(m_view->screen(), m_view->selection().begin));
        *end = static_cast<int>(now.offsetOf(m_view->screen(), m_view->selection().end));
    }
    [[nodiscard]] int selectionCount() const override { return m_view->hasSelection() ? 1 : 0; }
    void addSelection(int start, int end) override
    {
        const AccessibleText &now = snapshot();
        m_view->select({now.positionOf(m_view->screen(), start), now.positionOf(m_view->screen(), end)});
    }
    void removeSelection(int) override { m_view->clearSelection(); }
    void setSelection(int, int start, int end) override { addSelection(start, end); }

    [[nodiscard]] int cursorPosition() const override { return static_cast<int>(snapshot().cursor); }
    void setCursorPosition(int) override {} // the program's alone

    [[nodiscard]] QString text(QAccessible::Text kind) const override { return QAccessibleWidget::text(kind); }
    [[nodiscard]] QString text(int start, int end) const override
    {
        const AccessibleText &now = snapshot();
        const qsizetype from = std::clamp<qsizetype>(start, 0, now.text.size());
        return now.text.sliced(from, std::clamp<qsizetype>(end, from, now.text.size()) - from);
    }
    [[nodiscard]] int characterCount() const override { return static_cast<int>(snapshot().text.size()); }

    [[nodiscard]] QRect characterRect(int offset) const override
    {
        const QRect rect = m_view->cellRect(snapshot().positionOf(m_view->screen(), offset));
        return rect.isEmpty() ? QRect() : QRect(m_view->viewport()->mapToGlobal(rect.topLeft()), rect.size());
    }
    [[nodiscard]] int offsetAtPoint(const QPoint &point) const override
    {
        const QPoint local = m_view->viewport()->mapFromGlobal(point);
        if (!m_view->viewport()->rect().contains(local))
            return -1;
        return static_cast<int>(snapshot().offsetOf(m_view->screen(), m_view->positionAt(local)));
    }
    void scrollToSubstring(int start, int) override
    {
        m_view->scrollTo(snapshot().positionOf(m_view->screen(), start).line);
    }
    QString attributes(int, int *start, int *end) const override
    {
        *start = 0;
        *end = characterCount();
        return {};
    }

private:
    /// Asked for many times between two changes.
    const AccessibleText &snapshot() const
    {
        if (m_revision != m_view->revision()) {
            m_snapshot = AccessibleText::of(m_view->screen());
            m_revision = m_view->revision();
        }
        return m_snapshot;
    }

    TerminalView *m_view;
    mutable AccessibleText m_snapshot;
    mutable quint64 m_revision = 0;
};

QAccessibleInterface *make(const QString &, QObject *object)
{
    auto *view = qobject_cast<TerminalView *>(object);
    return view != nullptr ? new TerminalAccessible(view) : nullptr;
}

} // namespace

void installTerminalAccessibility()
{
    static const bool installed = (QAccessible::installFactory(make), true);
    static_cast<void>(installed);
}

std::vector<std::unique_ptr<QAccessibleEvent>> announcements(QObject *view, const AccessibleText &before,
                                                             const AccessibleText &after)
{
    std::vector<std::unique_ptr<QAccessibleEvent>> events;
    const TextChange change = TextChange::between(before, after);
    if (!change.removedAtStart.isEmpty())
        events.push_back(std::make_unique<QAccessibleTextRemoveEvent>(view, 0, change.removedAtStart));
    const auto position = static_cast<int>(change.position);
    if (!change.removed.isEmpty() && !change.inserted.isEmpty())
        events.push_back(std::make_unique<QAccessibleTextUpdateEvent>(view, position, change.removed, change.inserted));
    else if (!change.inserted.isEmpty())
        events.push_back(std::make_unique<QAccessibleTextInsertEvent>(view, position, change.inserted));
    else if (!change.removed.isEmpty())
        events.push_back(std::make_unique<QAccessibleTextRemoveEvent>(view, position, change.removed));
    if (before.cursor != after.cursor)
        events.push_back(std::make_unique<QAccessibleTextCursorEvent>(view, static_cast<int>(after.cursor)));
    return events;
}

} // namespace pivotbench::app::terminal
