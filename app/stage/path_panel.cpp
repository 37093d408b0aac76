// SPDX-License-Identifier: Apache-2.0
#include "app/stage/path_panel.h"

#include "app/base/background.h"
#include "app/base/text.h"
#include "app/stage/side_text.h"
#include "app/stage/stage_player.h"
#include "app/stage/stage_view.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"
#include "app/widgets/spoken.h"
#include "core/stage/walk_drawing.h"

#include <QAction>
#include <QCompleter>
#include <QEasingCurve>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QScrollBar>
#include <QStringListModel>
#include <QToolButton>
#include <QVBoxLayout>
#include <chrono>

namespace pivotbench::app {

using namespace core;
using namespace core::stage;
using kernel::HopReason;

namespace {

using namespace std::chrono_literals;

constexpr auto beatTime = 1100ms;
constexpr int glideMs = 350;
constexpr int longestTyped = 4200;        ///< signs: one more than a path may have is enough to see it refused
constexpr std::size_t mostOffered = 2000; ///< mount points, for completion

Icon pictureOf(const PathHop &hop)
{
    switch (hop.reason) {
    case HopReason::StartAtRoot: return Icon::RootDir;
    case HopReason::StartAtCwd:
    case HopReason::StartAtDescriptor: return Icon::Process;
    case HopReason::Name: return hop.assumed ? Icon::Help : Icon::Folder;
    case HopReason::OverlayLayer: return Icon::Layers;
    case HopReason::EnteredMount: return Icon::Mount;
    case HopReason::Dot: return Icon::Pin;
    case HopReason::DotDot:
    case HopReason::DotDotAtMount: return Icon::ChevronUp;
    case HopReason::DotDotAtRoot: return Icon::Lock;
    case HopReason::RelativeLink:
    case HopReason::AbsoluteLink: return Icon::Link;
    }
    return Icon::Folder;
}

/// Where pivot_root(2) puts the old root, as the sandbox calls it: the way out that everybody tries.
QString oldRoot(const Recording &recording)
{
    for (const Step &step : recording.header.plan.steps)
        if (const auto *pivot = std::get_if<PivotRoot>(&step.operation); pivot && pivot->putOld != ".")
            return isPlain(pivot->putOld) ? '/' + exact(pivot->putOld) + QStringLiteral("/..") : QString();
    return {};
}

QStringList examplesOf(const Recording &recording)
{
    QStringList examples{QStringLiteral(".."), QStringLiteral("/.."), QStringLiteral("/proc/self"),
                         QStringLiteral("/bin/sh")};
    if (const QString old = oldRoot(recording); !old.isEmpty())
        examples.prepend(old);
    return examples;
}

} // namespace

PathPanel::PathPanel(StagePlayer &player, StageView &view, QWidget *parent)
    : QWidget(parent)
    , m_player(player)
    , m_view(view)
    , m_column(new QVBoxLayout(this))
    , m_title(new QLabel(tr("Walk a path")))
    , m_field(new QLineEdit)
    , m_known(new QStringListModel(this))
    , m_examples(new QHBoxLayout)
    , m_hops(new QListWidget)
    , m_outcome(new VerdictLine(true))
    , m_count(new QLabel)
    , m_knowledge(wrappedLabel())
{
    makeActions();
    const auto button = [](QAction *action) {
        auto *made = new QToolButton;
        made->setDefaultAction(action);
        made->setAutoRaise(true);
        made->setFocusPolicy(Qt::StrongFocus);
        return made;
    };
    auto *head = new QHBoxLayout;
    head->addWidget(m_title);
    head->addStretch();
    head->addWidget(button(m_close));
    m_column->addLayout(head);

    m_field->setAccessibleName(tr("Path"));
    m_field->setPlaceholderText(tr("Path, such as /etc/passwd"));
    m_field->setMaxLength(longestTyped);
    m_field->setClearButtonEnabled(true);
    m_field->installEventFilter(this);
    auto *completer = new QCompleter(m_known, this);
    completer->setCaseSensitivity(Qt::CaseSensitive);
    m_field->setCompleter(completer);
    m_column->addWidget(m_field);
    m_column->addLayout(m_examples);

    auto *bar = new QHBoxLayout;
    for (QAction *action : {m_back, m_play, m_next})
        bar->addWidget(button(action));
    bar->addStretch();
    bar->addWidget(m_count);
    m_column->addLayout(bar);

    m_hops->setAccessibleName(tr("Hops"));
    m_hops->setWordWrap(true);
    m_hops->setResizeMode(QListView::Adjust);
    m_hops->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_hops->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_hops->setTextElideMode(Qt::ElideNone);
    m_hops->installEventFilter(this);
    m_column->addWidget(m_hops, 1);
    for (QWidget *text : {static_cast<QWidget *>(m_outcome), static_cast<QWidget *>(m_knowledge)})
        text->setMinimumHeight(1); // what the width asks for; the hops give way, not the window
    m_column->addWidget(m_outcome);
    m_column->addWidget(m_knowledge);

    m_beat.setSingleShot(false);
    m_glide.setStartValue(0.0);
    m_glide.setEndValue(1.0);
    m_glide.setDuration(glideMs);
    m_glide.setEasingCurve(QEasingCurve::InOutCubic);

    connect(m_field, &QLineEdit::textChanged, this, [this] {
        stop();
        walkAgain();
    });
    connect(m_field, &QLineEdit::returnPressed, this, &PathPanel::play);
    connect(m_hops, &QListWidget::currentRowChanged, this, &PathPanel::hopChanged);
    connect(&m_beat, &QTimer::timeout, this, &PathPanel::beat);
    connect(&m_glide, &QVariantAnimation::valueChanged, this,
            [this](const QVariant &part) { m_view.setOverlay(blend(m_from, m_to, part.toDouble())); });
    connect(&m_player, &StagePlayer::frameChanged, this, [this] {
        offerPaths();
        walkAgain();
    });
    connect(&m_player, &StagePlayer::sceneChanged, this, [this] { drawHop(false); });
    measure();
    refreshActions();
}

void PathPanel::makeActions()
{
    const auto make = [this](Icon picture, const QString &text, const auto &run) {
        auto *action = new QAction(icon(picture), text, this);
        connect(action, &QAction::triggered, this, run);
        return action;
    };
    m_back = make(Icon::StepBack, tr("Hop back"), [this] {
        stop();
        setHop(hop() - 1);
    });
    m_play = make(Icon::Play, tr("Play the hops"), [this] {
        if (isPlaying())
            stop();
        else
            play();
    });
    m_next = make(Icon::Step, tr("Next hop"), [this] {
        stop();
        setHop(hop() + 1);
    });
    m_close = make(Icon::Close, tr("Close the path walker"), [this] { emit left(); });
    m_close->setToolTip(tr("Close the path walker (Escape)"));
}

void PathPanel::measure()
{
    const int side = space(Space::Large, this);
    m_column->setContentsMargins(side, space(Space::Medium, this), side, side);
    m_column->setSpacing(space(Space::Small, this));
    m_title->setFont(variant(font(), 1.3, true));
    const int extent = iconExtent(IconSize::Small, this);
    m_hops->setIconSize({extent, extent});
    m_hops->setSpacing(1);
    QPalette quiet = palette();
    quiet.setColor(QPalette::WindowText, tone(Tone::Muted, palette()));
    m_knowledge->setPalette(quiet);
    m_count->setPalette(quiet);
}

void PathPanel::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (m_knowledge && (event->type() == QEvent::FontChange || event->type() == QEvent::PaletteChange)) {
        measure();
        if (m_walk)
            for (int i = 0; i < m_hops->count() && i < static_cast<int>(m_walk->hops.size()); ++i)
                m_hops->item(i)->setIcon(icon(pictureOf(m_walk->hops[static_cast<std::size_t>(i)])));
    }
}

bool PathPanel::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    const auto *key = static_cast<QKeyEvent *>(event);
    const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
    if (watched == m_field && (key->key() == Qt::Key_Up || key->key() == Qt::Key_Down)) {
        stop();
        setHop(hop() + (key->key() == Qt::Key_Up ? -1 : 1));
        return true;
    }
    if (watched == m_hops && enter) {
        play();
        return true;
    }
    if (watched == m_hops && key->key() != Qt::Key_Escape)
        stop();
    return QWidget::eventFilter(watched, event);
}

void PathPanel::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        emit left();
        return;
    }
    QWidget::keyPressEvent(event);
}

void PathPanel::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    offerPaths();
    walkAgain();
}

void PathPanel::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    if (event->spontaneous())
        return;
    stop();
    m_glide.stop();
    m_view.setOverlay({});
}

void PathPanel::begin()
{
    m_field->setFocus();
    m_field->selectAll();
}

void PathPanel::setPath(const QString &path) { m_field->setText(path); }

QString PathPanel::path() const { return m_field->text(); }

/// Mount points, as the process calls them, and what is worth trying.
void PathPanel::offerPaths()
{
    const Staged *staged = m_player.staged();
    if (!staged || !m_player.moment() || !isVisible())
        return;
    const QStringList examples = examplesOf(*staged->recording);
    while (QLayoutItem *item = m_examples->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (const QString &example : examples) {
        auto *button = new QToolButton;
        button->setText(withoutMnemonic(example));
        button->setToolTip(tr("Walk %1").arg(example));
        button->setAccessibleName(tr("Example: %1").arg(example));
        button->setFocusPolicy(Qt::StrongFocus);
        connect(button, &QToolButton::clicked, this, [this, example] {
            setPath(example);
            play();
        });
        m_examples->addWidget(button);
    }
    m_examples->addStretch();

    QStringList known = examples;
    const MountRows &rows = staged->recording->frames[m_player.frame()].table->entries();
    for (std::size_t i = 0; i < std::min(rows.size(), mostOffered); ++i)
        if (isPlain(rows[i].mountPoint))
            known << exact(rows[i].mountPoint);
    known.sort();
    known.removeDuplicates();
    m_known->setStringList(known);
}

void PathPanel::walkAgain()
{
    if (!isVisible())
        return;
    m_stale = true;
    m_glide.stop();
    m_view.setOverlay({}); // until it is known how it goes here
    const std::shared_ptr<const Staged> staged = m_player.shareStaged();
    const std::size_t frame = m_player.frame();
    const QString path = m_field->text();
    if (!staged || frame >= m_player.frameCount() || path.isEmpty()) {
        m_walk.reset();
        m_stale = false;
        m_hops->clear();
        m_outcome->hide();
        m_knowledge->setText(tr("Type a path, and see how the kernel would find it from where the process stands in "
                                "this step: across mounts, through links, up through “..”."));
        refreshActions();
        return;
    }
    if (std::exchange(m_asking, true))
        return;
    runBeside(
        this,
        [staged, frame, path = path.toStdString()] {
            return walkPath(machineBehind(*staged, frame), staged->story.moments()[frame], path);
        },
        [this, staged, frame, path](PathWalk walk) {
            m_asking = false;
            if (!m_stale)
                return;
            if (staged == m_player.shareStaged() && frame == m_player.frame() && path == m_field->text())
                show(std::move(walk));
            else
                walkAgain();
        });
}

void PathPanel::show(PathWalk walk)
{
    m_stale = false;
    const int before = isPlaying() ? hop() : -1;
    m_walk = std::move(walk);
    {
        const QSignalBlocker quiet(m_hops);
        m_hops->clear();
        for (const PathHop &hop : m_walk->hops) {
            auto *item = new QListWidgetItem(icon(pictureOf(hop)), breakable(shown(hop.sentence)), m_hops);
            item->setToolTip(plainToolTip(shown(hop.path)));
        }
    }
    m_outcome->show();
    const QString outcome = breakable(shown(m_walk->outcome));
    switch (m_walk->end) {
    case PathWalk::End::Found: m_outcome->set(Icon::Good, Tone::Good, outcome); break;
    case PathWalk::End::Refused: m_outcome->set(Icon::Error, Tone::Error, outcome); break;
    case PathWalk::End::Unknown: m_outcome->set(Icon::Help, Tone::Note, outcome); break;
    }
    const Staged &staged = *m_player.staged();
    const std::size_t frame = m_player.frame();
    const bool files = frame < staged.machines.size() && staged.machines[frame] && staged.machines[frame]->knowsFiles;
    m_knowledge->setText(files ? tr("Walked by the kernel model, with the files that are on this machine now.")
                               : tr("Walked by the kernel model. A recording tells mounts, not files: a name that is "
                                    "no mount point is taken for a directory."));
    const int last = m_hops->count() - 1;
    {
        const QSignalBlocker quiet(m_hops);
        m_hops->setCurrentRow(isPlaying() ? std::clamp(before, std::min(0, last), last) : last);
    }
    drawHop(false);
    refreshActions();
    // Once the list has its height.
    QMetaObject::invokeMethod(this, [this] { m_hops->scrollToItem(m_hops->currentItem()); }, Qt::QueuedConnection);
    if (!isPlaying())
        announce(m_hops, shown(m_walk->outcome));
}

int PathPanel::hop() const { return m_hops->currentRow(); }

void PathPanel::setHop(int hop)
{
    if (hop >= 0 && hop < m_hops->count())
        m_hops->setCurrentRow(hop);
}

void PathPanel::play()
{
    if (path().isEmpty())
        return;
    m_beat.start(std::chrono::duration_cast<std::chrono::milliseconds>(beatTime / m_player.speed()));
    if (m_hops->count() > 0 && !m_stale) {
        if (hop() == 0)
            hopChanged();
        setHop(0);
    }
    refreshActions();
}

void PathPanel::stop()
{
    m_beat.stop();
    refreshActions();
}

void PathPanel::beat()
{
    if (m_stale)
        return;
    if (hop() + 1 < m_hops->count()) {
        setHop(hop() + 1);
        return;
    }
    stop();
    if (m_walk)
        announce(m_hops, shown(m_walk->outcome));
}

void PathPanel::hopChanged()
{
    drawHop(!m_player.reducedMotion());
    refreshActions();
    const int at = hop();
    if (!m_walk || at < 0 || m_stale)
        return;
    announce(m_hops, tr("Hop %1 of %2: %3")
                         .arg(at + 1)
                         .arg(m_walk->hops.size())
                         .arg(shown(m_walk->hops[static_cast<std::size_t>(at)].sentence)));
    m_hops->scrollToItem(m_hops->currentItem());
}

void PathPanel::drawHop(bool glide)
{
    m_glide.stop();
    const Scene *scene = m_player.scene();
    const Moment *moment = m_player.moment();
    if (!isVisible() || !m_walk || m_stale || hop() < 0 || !scene || !moment) {
        m_view.setOverlay({});
        return;
    }
    const auto at = static_cast<std::size_t>(hop());
    m_from = std::exchange(m_to, drawWalk(*scene, *moment, *m_walk, at));
    if (const SceneNode *node = nodeOf(*scene, *moment, m_walk->hops[at].mount))
        m_view.reveal(*node);
    if (glide && m_from != m_to)
        m_glide.start();
    else
        m_view.setOverlay(m_to);
}

void PathPanel::refreshActions()
{
    const int count = m_hops->count();
    m_back->setEnabled(hop() > 0);
    m_next->setEnabled(hop() + 1 < count);
    m_play->setEnabled(count > 0);
    m_play->setIcon(icon(isPlaying() ? Icon::Pause : Icon::Play));
    m_play->setText(isPlaying() ? tr("Pause") : tr("Play the hops"));
    const QString further = m_walk && m_walk->further > 0 ? tr(", and %1 more").arg(m_walk->further) : QString();
    m_count->setText(count > 0 ? tr("Hop %1 of %2").arg(hop() + 1).arg(count) + further : QString());
}

} // namespace pivotbench::app
