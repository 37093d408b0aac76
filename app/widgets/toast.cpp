// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/toast.h"

#include "app/widgets/elided_label.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"
#include "app/widgets/spoken.h"

#include <QApplication>
#include <QBoxLayout>
#include <QEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QPushButton>
#include <QTimer>
#include <QToolButton>

#include <utility>

namespace pivotbench::app {

namespace {

constexpr int mostToasts = 4;

} // namespace

// One notice; the area owns it until it is gone.
class Toast : public QWidget, public Spoken {
    Q_OBJECT

public:
    Toast(const QString &text, Tone tone, const QString &action, std::function<void()> run,
          std::chrono::milliseconds duration, QWidget *parent)
        : QWidget(parent)
        , m_text(text)
        , m_tone(tone)
        , m_left(duration)
    {
        setAttribute(Qt::WA_Hover);
        setCursor(Qt::ArrowCursor);
        auto *layout = new QHBoxLayout(this);
        const int small = space(Space::Small, this);
        const int medium = space(Space::Medium, this);
        layout->setContentsMargins(medium + iconExtent(IconSize::Small, this) + small, small, small, small);
        layout->setSpacing(medium);
        auto *label = new ElidedLabel(text, this);
        layout->addWidget(label, 1);
        if (!action.isEmpty() && run) {
            auto *button = new QPushButton(action, this);
            layout->addWidget(button);
            connect(button, &QPushButton::clicked, this, [this, run = std::move(run)]() mutable {
                // A second press before this is gone finds nothing to run.
                const auto once = std::exchange(run, {});
                dismiss();
                if (once) {
                    once();
                }
            });
        }
        auto *close = new QToolButton(this);
        close->setAutoRaise(true);
        close->setIcon(icon(Icon::Close));
        close->setToolTip(tr("Dismiss"));
        close->setAccessibleName(tr("Dismiss this notice"));
        layout->addWidget(close);
        connect(close, &QToolButton::clicked, this, &Toast::dismiss);
        m_timer.setSingleShot(true);
        connect(&m_timer, &QTimer::timeout, this, &Toast::dismiss);
        connect(qApp, &QApplication::focusChanged, this, &Toast::wait);
        m_timer.start(m_left);
    }

    // Its children lose the focus after this object is a mere QWidget.
    ~Toast() override { disconnect(qApp, nullptr, this, nullptr); }

    void dismiss()
    {
        m_timer.stop();
        hide();
        deleteLater();
        emit dismissed();
    }

    QAccessible::Role spokenRole() const override { return QAccessible::AlertMessage; }
    QString spokenName() const override { return m_text; }

signals:
    void dismissed();

protected:
    bool event(QEvent *event) override
    {
        if (event->type() == QEvent::HoverEnter || event->type() == QEvent::HoverLeave) {
            m_hovered = event->type() == QEvent::HoverEnter;
            wait();
        }
        return QWidget::event(event);
    }

    void keyPressEvent(QKeyEvent *event) override
    {
        if (event->key() == Qt::Key_Escape) {
            dismiss();
            return;
        }
        QWidget::keyPressEvent(event);
    }

    void paintEvent(QPaintEvent * /*event*/) override
    {
        QPainter painter(this);
        const QColor ground = tone(Tone::ToastBackground, palette());
        paintPanel(painter, rect(), ground, tone(Tone::CardBorder, palette()), outerRadius);
        const int extent = iconExtent(IconSize::Small, this);
        const int left = space(Space::Medium, this);
        paintIcon(painter,
                  QRect(isRightToLeft() ? width() - left - extent : left, (height() - extent) / 2, extent, extent),
                  verdictIcon(m_tone), palette());
    }

private:
    // The clock stands while somebody is at it.
    void wait()
    {
        const bool held = m_hovered || isAncestorOf(QApplication::focusWidget());
        if (held && m_timer.isActive()) {
            m_left = m_timer.remainingTimeAsDuration();
            m_timer.stop();
        } else if (!held && !m_timer.isActive() && !isHidden()) {
            m_timer.start(std::max(m_left, std::chrono::milliseconds(1500)));
        }
    }

    QString m_text;
    Tone m_tone;
    QTimer m_timer;
    std::chrono::milliseconds m_left;
    bool m_hovered = false;
};

ToastArea::ToastArea(QWidget *window)
    : QWidget(window)
    , m_layout(new QVBoxLayout(this))
{
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(space(Space::Small, this));
    window->installEventFilter(this);
    hide();
}

void ToastArea::show(const QString &text, Tone tone, const QString &action, std::function<void()> run)
{
    const QList<Toast *> shown = findChildren<Toast *>(Qt::FindDirectChildrenOnly);
    int visible = toastCount();
    for (Toast *toast : shown) {
        if (visible >= mostToasts && !toast->isHidden()) {
            toast->dismiss();
            --visible;
        }
    }
    auto *toast = new Toast(text, tone, action, std::move(run), action.isEmpty() ? m_duration : 2 * m_duration, this);
    m_layout->addWidget(toast);
    connect(toast, &Toast::dismissed, this, &ToastArea::place, Qt::QueuedConnection);
    place();
    toast->show();
    announce(toast, text);
}

int ToastArea::toastCount() const
{
    const QList<Toast *> toasts = findChildren<Toast *>(Qt::FindDirectChildrenOnly);
    return static_cast<int>(std::ranges::count_if(toasts, [](const Toast *toast) { return !toast->isHidden(); }));
}

void ToastArea::dismissAll()
{
    for (Toast *toast : findChildren<Toast *>(Qt::FindDirectChildrenOnly)) {
        if (!toast->isHidden()) {
            toast->dismiss();
        }
    }
}

void ToastArea::place()
{
    if (m_layout->isEmpty()) {
        hide();
        return;
    }
    const int margin = space(Space::Large, this);
    const QSize room = parentWidget()->size();
    const int widest = std::max(0, std::min(room.width() - 2 * margin, fontMetrics().averageCharWidth() * 90));
    const QSize size = m_layout->sizeHint().boundedTo({widest, room.height()});
    setGeometry((room.width() - size.width()) / 2, room.height() - size.height() - margin, size.width(), size.height());
    setVisible(true);
    raise();
}

bool ToastArea::event(QEvent *event)
{
    if (event->type() == QEvent::LayoutRequest) {
        place();
    }
    return QWidget::event(event);
}

bool ToastArea::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == parentWidget() && event->type() == QEvent::Resize) {
        place();
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace pivotbench::app

#include "toast.moc"
