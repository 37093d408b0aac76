// SPDX-License-Identifier: Apache-2.0
#include "app/stage/what_if_palette.h"

#include "app/base/background.h"
#include "app/base/text.h"
#include "app/stage/frame_report.h"
#include "app/stage/stage_player.h"
#include "app/stage/stage_view.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "app/widgets/primary_button.h"
#include "app/widgets/spoken.h"
#include "core/kernel/whatif_operation.h"
#include "core/stage/supposed.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QToolButton>
#include <array>
#include <utility>

namespace pivotbench::app {

using namespace core;
using namespace core::stage;
namespace ms = core::kernel::ms;

namespace {

using Kind = WhatIfPalette::Kind;

constexpr int longestPath = 4096;           ///< signs; the kernel refuses a path of 4096 bytes
constexpr std::size_t mostOperations = 200; ///< of one what-if: every one is a frame that is held

/// How an operation is asked for. An empty label: it has no such field.
struct Form {
    Kind kind;
    const char *title;
    const char *source;
    const char *target;
    const char *option;
    bool optionIs; ///< at first
};

constexpr const char *withBelow = QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "with all below it");
constexpr const char *mountPoint = QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "mount");
constexpr const char *on = QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "on");

constexpr std::array forms{
    Form{Kind::MountTmpfs, QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "Mount a new tmpfs"), "", on, "", false},
    Form{Kind::MountProc, QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "Mount a new proc"), "", on, "", false},
    Form{Kind::Bind, QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "Bind"),
         QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "from"), on, withBelow, true},
    Form{Kind::Move, QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "Move a mount"),
         QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "from"),
         QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "to"), "", false},
    Form{Kind::ReadOnly, QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "Make read-only"), "", mountPoint, "",
         false},
    Form{Kind::Shared, QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "Make shared"), "", mountPoint, withBelow,
         false},
    Form{Kind::Private, QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "Make private"), "", mountPoint, withBelow,
         false},
    Form{Kind::Slave, QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "Make slave"), "", mountPoint, withBelow,
         false},
    Form{Kind::Unbindable, QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "Make unbindable"), "", mountPoint,
         withBelow, false},
    Form{Kind::Unmount, QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "Unmount"), "", mountPoint,
         QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "lazily"), false},
    Form{Kind::PivotRoot, QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "pivot_root"),
         QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "new root"),
         QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "old root to"), "", false},
    Form{Kind::Chroot, QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "chroot"), "",
         QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "to"), "", false},
    Form{Kind::Chdir, QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "chdir"), "",
         QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "to"), "", false},
    Form{Kind::MakeDirectory, QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "Make a directory"), "",
         QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "path"), "", false},
    Form{Kind::Unshare, QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "New mount namespace"), "", "",
         QT_TRANSLATE_NOOP("pivotbench::app::WhatIfPalette", "in a new user namespace"), false},
};

const Form &formOf(Kind kind) { return forms.at(static_cast<std::size_t>(kind)); }

kernel::Call callOf(Kind kind, const std::string &source, const std::string &target, bool option)
{
    using namespace kernel;
    const std::uint64_t below = option ? ms::recursive : 0;
    switch (kind) {
    case Kind::MountTmpfs: return MountCall{.source = "tmpfs", .target = target, .type = "tmpfs"};
    case Kind::MountProc: return MountCall{.source = "proc", .target = target, .type = "proc"};
    case Kind::Bind: return MountCall{.source = source, .target = target, .flags = ms::bind | below};
    case Kind::Move: return MountCall{.source = source, .target = target, .flags = ms::move};
    case Kind::ReadOnly: return MountCall{.target = target, .flags = ms::remount | ms::bind | ms::readOnly};
    case Kind::Shared: return MountCall{.target = target, .flags = ms::shared | below};
    case Kind::Private: return MountCall{.target = target, .flags = ms::isPrivate | below};
    case Kind::Slave: return MountCall{.target = target, .flags = ms::slave | below};
    case Kind::Unbindable: return MountCall{.target = target, .flags = ms::unbindable | below};
    case Kind::Unmount: return UnmountCall{.target = target, .flags = option ? UnmountCall::detach : 0};
    case Kind::PivotRoot: return PivotRootCall{source, target};
    case Kind::Chroot: return ChrootCall{target};
    case Kind::Chdir: return ChdirCall{target};
    case Kind::MakeDirectory: return MkdirCall{target};
    case Kind::Unshare: return UnshareCall{{.user = option, .mount = true}};
    }
    return UnshareCall{};
}

/// In a thread.
Result<std::shared_ptr<const Staged>> stageWith(const Staged &staged, std::size_t frame, const kernel::Call &call)
{
    auto machines = staged.machines;
    machines.resize(std::max(machines.size(), frame + 1));
    if (!machines[frame])
        machines[frame] = std::make_shared<const MomentMachine>(machineFromFrame(*staged.recording, frame));
    Result<Supposed> made = core::stage::suppose(*staged.recording, frame, *machines[frame], call);
    if (!made)
        return std::unexpected(std::move(made.error()));
    machines.resize(made->recording->frames.size() - 1);
    machines.push_back(std::move(made->machine));
    return makeStaged(std::move(made->recording), nullptr, std::move(machines), std::move(made->diagnosis));
}

bool endsRefused(const Staged &staged)
{
    const Recording &recording = *staged.recording;
    return recording.frames.back().error && isSupposed(recording, recording.frames.size() - 1);
}

} // namespace

WhatIfPalette::WhatIfPalette(StagePlayer &player, StageView &view, QWidget *parent)
    : QWidget(parent)
    , m_player(player)
    , m_view(view)
    , m_row(new QHBoxLayout(this))
    , m_kinds(new QComboBox)
    , m_sourceLabel(new QLabel)
    , m_source(new QLineEdit)
    , m_targetLabel(new QLabel)
    , m_target(new QLineEdit)
    , m_option(new QCheckBox)
    , m_trouble(new QLabel)
{
    const auto make = [this](Icon picture, const QString &text, const auto &run) {
        auto *action = new QAction(icon(picture), text, this);
        connect(action, &QAction::triggered, this, run);
        return action;
    };
    m_apply = make(Icon::WhatIf, tr("Suppose it"), [this] { apply(); });
    m_undo = make(Icon::Undo, tr("Take the last back"), [this] { undo(); });
    m_back = make(Icon::Stage, tr("Back to what happened"), [this] { back(); });
    m_close = make(Icon::Close, tr("Close the what-if operations"), [this] {
        hide();
        m_view.setFocus();
    });

    for (const Form &form : forms)
        m_kinds->addItem(tr(form.title));
    m_kinds->setMaxVisibleItems(static_cast<int>(forms.size()));
    m_kinds->setAccessibleName(tr("What if: operation"));
    for (QLineEdit *field : {m_source, m_target}) {
        field->setMaxLength(longestPath);
        connect(field, &QLineEdit::textChanged, this, &WhatIfPalette::refresh);
        connect(field, &QLineEdit::returnPressed, this, &WhatIfPalette::apply);
    }
    m_sourceLabel->setBuddy(m_source);
    m_targetLabel->setBuddy(m_target);
    m_trouble->setTextFormat(Qt::PlainText);
    m_trouble->hide();
    auto *close = new QToolButton;
    close->setDefaultAction(m_close);
    close->setAutoRaise(true);
    close->setFocusPolicy(Qt::StrongFocus);
    for (QWidget *widget :
         {static_cast<QWidget *>(m_kinds), static_cast<QWidget *>(m_sourceLabel), static_cast<QWidget *>(m_source),
          static_cast<QWidget *>(m_targetLabel), static_cast<QWidget *>(m_target), static_cast<QWidget *>(m_option)})
        m_row->addWidget(widget);
    m_row->setStretchFactor(m_source, 1);
    m_row->setStretchFactor(m_target, 1);
    m_row->addWidget(new PrimaryButton(m_apply));
    m_row->addWidget(m_trouble);
    m_row->addStretch();
    m_row->addWidget(close);

    connect(m_kinds, &QComboBox::currentIndexChanged, this, &WhatIfPalette::showKind);
    connect(&m_view, &StageView::selectedChanged, this, &WhatIfPalette::takeSelection);
    connect(&m_view, &StageView::menuAsked, this,
            [this](QMenu *menu, const SceneNode &node) { offer(menu, node.key); });
    connect(&m_player, &StagePlayer::frameChanged, this, [this] { say({}); });
    hide();
    measure();
    showKind();
    refresh();
}

void WhatIfPalette::measure()
{
    m_row->setContentsMargins(space(Space::Large, this), space(Space::Small, this), space(Space::Small, this),
                              space(Space::Small, this));
    m_row->setSpacing(space(Space::Small, this));
    QPalette warning = palette();
    warning.setColor(QPalette::WindowText, tone(Tone::Error, palette()));
    m_trouble->setPalette(warning);
}

void WhatIfPalette::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (m_close && (event->type() == QEvent::FontChange || event->type() == QEvent::PaletteChange))
        measure();
}

void WhatIfPalette::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        m_close->trigger();
        return;
    }
    QWidget::keyPressEvent(event);
}

void WhatIfPalette::paintEvent(QPaintEvent * /*event*/)
{
    QPainter painter(this);
    painter.fillRect(rect(), tint(Tone::Warning, palette()));
    painter.setPen(tone(Tone::Separator, palette()));
    painter.drawLine(0, height() - 1, width(), height() - 1);
}

WhatIfPalette::Kind WhatIfPalette::kind() const
{
    return forms.at(static_cast<std::size_t>(m_kinds->currentIndex())).kind;
}

void WhatIfPalette::open()
{
    const bool wasHidden = isHidden();
    show();
    if (wasHidden)
        takeSelection();
    m_kinds->setFocus();
}

void WhatIfPalette::open(Kind kind, const QString &path)
{
    show();
    m_kinds->setCurrentIndex(static_cast<int>(kind));
    const bool hasSource = formOf(kind).source[0] != '\0';
    (hasSource ? m_source : m_target)->setText(path);
    if (hasSource)
        m_target->clear();
    m_target->setFocus();
}

void WhatIfPalette::showKind()
{
    const Form &form = formOf(kind());
    const auto field = [](QLabel *label, QLineEdit *edit, const QString &name) {
        label->setVisible(!name.isEmpty());
        edit->setVisible(!name.isEmpty());
        label->setText(name);
        edit->setAccessibleName(name);
    };
    const auto words = [](const char *text) { return text[0] == '\0' ? QString() : tr(text); };
    field(m_sourceLabel, m_source, words(form.source));
    field(m_targetLabel, m_target, words(form.target));
    m_option->setVisible(form.option[0] != '\0');
    m_option->setText(words(form.option));
    m_option->setChecked(form.optionIs);
    takeSelection();
    refresh();
}

/// What is selected in the view is what is meant: the mount itself, or where something is taken from.
void WhatIfPalette::takeSelection()
{
    const SceneNode *node = m_view.selected();
    const QString path = node ? pathOf(node->key) : QString();
    if (isHidden() || path.isEmpty())
        return;
    const Kind now = kind();
    if (now == Kind::Bind || now == Kind::Move) {
        m_source->setText(path);
    } else {
        m_source->setText(path);
        m_target->setText(path); // pivot_root(2) takes the same directory twice
    }
}

QString WhatIfPalette::pathOf(MountKey key) const
{
    const Moment *moment = m_player.moment();
    if (!moment)
        return {};
    const StoryMount *mount = mountOf(*moment, key);
    const World *world = moment->world(moment->side);
    if (!mount || !world || std::ranges::find(world->mounts, key, &StoryMount::key) == world->mounts.end())
        return {};
    const MountTable &table = *m_player.staged()->recording->frames[moment->frame].table;
    const std::size_t row = table.indexOf(mount->row->id);
    const std::string *path = row < table.size() ? &table.entries()[row].mountPoint : nullptr;
    return path && isPlain(*path) ? exact(*path) : QString();
}

void WhatIfPalette::offer(QMenu *menu, MountKey key)
{
    const QString path = pathOf(key);
    if (path.isEmpty() || !isEnabled())
        return;
    auto *more = menu->addMenu(icon(Icon::WhatIf), tr("What if it were"));
    const std::string exactly = path.toStdString();
    const auto add = [&](const QString &text, Kind what, bool option) {
        more->addAction(text, this, [this, call = callOf(what, exactly, exactly, option)] {
            show();
            suppose(call);
        });
    };
    add(tr("made private"), Kind::Private, false);
    add(tr("made shared"), Kind::Shared, false);
    add(tr("made a slave"), Kind::Slave, false);
    add(tr("made read-only"), Kind::ReadOnly, false);
    add(tr("unmounted"), Kind::Unmount, false);
    add(tr("unmounted lazily"), Kind::Unmount, true);
    add(tr("covered by a tmpfs"), Kind::MountTmpfs, false);
    more->addAction(tr("bound elsewhere…"), this, [this, path] { open(Kind::Bind, path); });
    more->addAction(tr("moved…"), this, [this, path] { open(Kind::Move, path); });
}

void WhatIfPalette::apply()
{
    if (!m_apply->isEnabled())
        return;
    suppose(callOf(kind(), m_source->text().toStdString(), m_target->text().toStdString(), m_option->isChecked()));
}

void WhatIfPalette::suppose(const QString &operation)
{
    const Result<kernel::WhatIfOperation> parsed = kernel::parseOperation(operation.toStdString());
    show();
    if (!parsed)
        say(shown(parsed.error().what));
    else if (const auto *call = std::get_if<kernel::Call>(&parsed->what))
        suppose(*call);
    else
        say(tr("The Stage shows one process."));
}

void WhatIfPalette::suppose(const kernel::Call &call)
{
    m_waiting.push_back(call);
    supposeNext();
}

void WhatIfPalette::supposeNext()
{
    if (m_asking || m_waiting.empty())
        return;
    const std::shared_ptr<const Staged> staged = m_player.shareStaged();
    const std::size_t frame = m_player.frame();
    if (!staged || !isEnabled() || frame >= m_player.frameCount() || m_past.size() >= mostOperations) {
        m_waiting.clear();
        if (m_past.size() >= mostOperations)
            say(tr("No more than %1 operations at once.").arg(mostOperations));
        return;
    }
    m_asking = true;
    m_player.pause();
    refresh();
    runBeside(
        this, [staged, frame, call = m_waiting.front()] { return stageWith(*staged, frame, call); },
        [this, staged, frame, story = m_story](Result<std::shared_ptr<const Staged>> made) {
            m_asking = false;
            if (story == m_story && staged == m_player.shareStaged()) {
                m_waiting.pop_front();
                take(staged, frame, std::move(made));
            } else if (story == m_story) { // another recording; undone, there may be new ones
                m_waiting.clear();
            }
            refresh();
            supposeNext();
        });
}

void WhatIfPalette::take(const std::shared_ptr<const Staged> &from, std::size_t frame,
                         Result<std::shared_ptr<const Staged>> made)
{
    if (!made) {
        say(shown(made.error().what));
        return;
    }
    // A refusal gives way to what comes after it, here as well.
    if (!(isSupposing() && frame + 1 == from->size() && endsRefused(*from)))
        m_past.push_back({from, frame});
    const std::size_t last = (*made)->size() - 1;
    m_player.goOn(std::move(*made), last);
    emit supposingChanged();
}

void WhatIfPalette::undo()
{
    if (!isSupposing())
        return;
    ++m_story;
    m_waiting.clear();
    const Past past = std::move(m_past.back());
    m_past.pop_back();
    m_player.goOn(past.staged, past.frame);
    refresh();
    emit supposingChanged();
}

void WhatIfPalette::back()
{
    if (!isSupposing())
        return;
    m_past.resize(1);
    undo();
}

void WhatIfPalette::forget()
{
    ++m_story;
    m_waiting.clear();
    if (!isSupposing())
        return;
    m_past.clear();
    refresh();
    emit supposingChanged();
}

QString WhatIfPalette::branch() const
{
    return isSupposing() ? titleOf(*m_past.front().staged->recording, m_past.front().frame) : QString();
}

void WhatIfPalette::say(const QString &trouble)
{
    m_trouble->setText(trouble.left(300));
    m_trouble->setVisible(!trouble.isEmpty());
    if (!trouble.isEmpty())
        announce(this, trouble);
}

void WhatIfPalette::refresh()
{
    const auto filled = [](const char *label, const QLineEdit *field) {
        return label[0] == '\0' || !field->text().isEmpty();
    };
    const Form &form = formOf(kind());
    m_apply->setEnabled(!m_asking && filled(form.source, m_source) && filled(form.target, m_target));
    m_undo->setVisible(isSupposing());
    m_back->setVisible(isSupposing());
}

} // namespace pivotbench::app
