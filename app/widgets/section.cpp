// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/section.h"

#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"
#include "app/widgets/palette.h"
#include "app/widgets/spoken.h"

#include <QAbstractButton>
#include <QBoxLayout>
#include <QKeyEvent>
#include <QPainter>

namespace pivotbench::app {

// The title's line; checked while the section is open.
class SectionHeader : public QAbstractButton, public Spoken {
    Q_OBJECT

public:
    SectionHeader(const QString &title, QWidget *parent)
        : QAbstractButton(parent)
    {
        setText(title);
        setCheckable(true);
        setChecked(true);
        setAttribute(Qt::WA_Hover);
        setFocusPolicy(Qt::StrongFocus);
        setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    }

    void setSummary(const QString &summary)
    {
        m_summary = summary;
        updateGeometry();
        update();
    }

    QSize sizeHint() const override
    {
        const QFontMetrics title(titleFont());
        const int small = space(Space::Small, this);
        const int picture = iconExtent(IconSize::Small, this);
        const int summary = m_summary.isEmpty() ? 0 : fontMetrics().horizontalAdvance(m_summary) + small;
        return {picture + title.horizontalAdvance(text()) + summary + 3 * small,
                std::max(title.height(), picture) + small};
    }

    QSize minimumSizeHint() const override { return {space(Space::Huge, this) * 3, sizeHint().height()}; }

    QAccessible::Role spokenRole() const override { return QAccessible::ButtonDropDown; }
    QString spokenName() const override { return text(); }
    QString spokenDescription() const override { return m_summary; }

    void addSpokenState(QAccessible::State &state) const override
    {
        state.expandable = true;
        state.expanded = isChecked();
        state.collapsed = !isChecked();
    }

    QString spokenAction() const override { return isChecked() ? tr("Fold") : tr("Unfold"); }
    void press() override { click(); }

protected:
    void keyPressEvent(QKeyEvent *event) override
    {
        const bool open = isRightToLeft() ? event->key() == Qt::Key_Left : event->key() == Qt::Key_Right;
        const bool fold = isRightToLeft() ? event->key() == Qt::Key_Right : event->key() == Qt::Key_Left;
        if (open || fold) {
            setChecked(open);
        } else if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
            click();
        } else {
            QAbstractButton::keyPressEvent(event);
        }
    }

    void paintEvent(QPaintEvent * /*event*/) override
    {
        QPainter painter(this);
        const int small = space(Space::Small, this);
        const int tiny = space(Space::Tiny, this);
        QColor ground = palette().color(QPalette::Window);
        if (isEnabled() && (underMouse() || isDown())) {
            ground = blended(ground, tone(Tone::Text, palette()), isDown() ? 0.12 : 0.06);
            paintPanel(painter, rect(), ground, {}, innerRadius);
        }
        const int extent = iconExtent(IconSize::Small, this);
        const auto mirrored = [this](const QRect &rect) {
            return isRightToLeft() ? QRect(width() - rect.right() - 1, rect.y(), rect.width(), rect.height()) : rect;
        };
        const Icon closed = isRightToLeft() ? Icon::ChevronLeft : Icon::ChevronRight;
        paintIcon(painter, mirrored({tiny, (height() - extent) / 2, extent, extent}),
                  isChecked() ? Icon::ChevronDown : closed, tone(Tone::Muted, palette()));

        int right = width() - tiny;
        if (!m_summary.isEmpty()) {
            painter.setPen(readableOn(ground, tone(Tone::Muted, palette())));
            const int wide = std::min(painter.fontMetrics().horizontalAdvance(m_summary) + 1, width() / 2);
            right -= wide;
            painter.drawText(mirrored({right, 0, wide, height()}), Qt::AlignVCenter | Qt::TextSingleLine,
                             painter.fontMetrics().elidedText(m_summary, Qt::ElideRight, wide));
            right -= small;
        }
        painter.setFont(titleFont());
        painter.setPen(isEnabled() ? tone(Tone::Text, palette())
                                   : palette().color(QPalette::Disabled, QPalette::WindowText));
        const int left = tiny + extent + tiny;
        const QRect title = mirrored({left, 0, std::max(0, right - left), height()});
        painter.drawText(title, Qt::AlignVCenter | Qt::TextSingleLine,
                         painter.fontMetrics().elidedText(text(), Qt::ElideRight, title.width()));
        if (hasFocus()) {
            paintFocus(painter, rect(), palette(), innerRadius);
        }
    }

private:
    QFont titleFont() const { return variant(font(), 1, true); }

    QString m_summary;
};

Section::Section(const QString &title, QWidget *parent)
    : QWidget(parent)
    , m_header(new SectionHeader(title, this))
    , m_layout(new QVBoxLayout(this))
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    m_layout->addWidget(m_header);
    connect(m_header, &QAbstractButton::toggled, this, &Section::setExpanded);
    measure();
}

void Section::measure()
{
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(space(Space::Tiny, this));
    if (m_content) {
        m_content->setContentsMargins(space(Space::Tiny, this), 0, space(Space::Tiny, this), space(Space::Small, this));
    }
}

QString Section::title() const { return m_header->text(); }

void Section::setTitle(const QString &title) { m_header->setText(title); }

void Section::setSummary(const QString &summary) { m_header->setSummary(summary); }

void Section::setContent(QWidget *content)
{
    if (m_content == content) {
        return;
    }
    delete m_content;
    m_content = content;
    if (content) {
        m_layout->addWidget(content);
        content->setVisible(m_expanded);
        measure();
    }
}

void Section::setExpanded(bool expanded)
{
    if (m_expanded == expanded) {
        return;
    }
    m_expanded = expanded;
    m_header->setChecked(expanded);
    if (m_content) {
        m_content->setVisible(expanded);
    }
    QAccessible::State state;
    state.expanded = true;
    tellStateChanged(m_header, state);
    emit toggled(expanded);
}

void Section::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange) {
        measure();
    }
    QWidget::changeEvent(event);
}

} // namespace pivotbench::app

#include "section.moc"
