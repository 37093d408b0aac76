// SPDX-License-Identifier: Apache-2.0
//
// What would happen if: a row of fields for one operation, which the kernel model carries out after the frame that is
// shown. The player then plays the recording with that frame at its end, so everything shows it as any other; what is
// behind the frame in the same telling gives way. A refused operation stays until the next one takes its place. Nothing
// is touched, ever.
//
// Player and view have to outlive it. Interface thread; the model works beside it.
#pragma once

#include "app/stage/staged.h"
#include "core/kernel/call.h"

#include <QStringList>
#include <QWidget>
#include <deque>
#include <memory>
#include <vector>

class QAction;
class QCheckBox;
class QComboBox;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QMenu;

namespace pivotbench::app {

class StagePlayer;
class StageView;

class WhatIfPalette : public QWidget {
    Q_OBJECT

public:
    enum class Kind {
        MountTmpfs,
        MountProc,
        Bind,
        Move,
        ReadOnly,
        Shared,
        Private,
        Slave,
        Unbindable,
        Unmount,
        PivotRoot,
        Chroot,
        Chdir,
        MakeDirectory,
        Unshare,
    };

    WhatIfPalette(StagePlayer &player, StageView &view, QWidget *parent = nullptr);

    /// Shows it, with the keyboard in it.
    void open();
    /// The same, for this operation on this path.
    void open(Kind kind, const QString &path);

    /// After the frame that is shown; the ones before go first.
    void suppose(const core::kernel::Call &call);
    /// As "pivotctl whatif" takes it; what it cannot understand is said.
    void suppose(const QString &operation);
    void undo();
    /// To the frame from which the suppositions went on.
    void back();
    /// What happened is another story now: the suppositions go, and the player is left alone.
    void forget();

    /// What is played never happened, from some frame on.
    [[nodiscard]] bool isSupposing() const { return !m_past.empty(); }
    /// The title of the last step that happened.
    [[nodiscard]] QString branch() const;
    [[nodiscard]] bool isAtRest() const { return !m_asking && m_waiting.empty(); }

    /// For who has a better place for them; both hide while there is nothing to take back.
    [[nodiscard]] QAction *undoAction() const { return m_undo; }
    [[nodiscard]] QAction *backAction() const { return m_back; }

    /// The fields, as a person fills them in.
    [[nodiscard]] QComboBox *kinds() const { return m_kinds; }
    [[nodiscard]] QLineEdit *source() const { return m_source; }
    [[nodiscard]] QLineEdit *target() const { return m_target; }
    [[nodiscard]] QCheckBox *option() const { return m_option; }
    [[nodiscard]] QAction *applyAction() const { return m_apply; }

signals:
    void supposingChanged();

protected:
    void changeEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    struct Past {
        std::shared_ptr<const Staged> staged;
        std::size_t frame = 0;
    };

    void measure();
    [[nodiscard]] Kind kind() const;
    void showKind();
    void takeSelection();
    /// How the process of the moment calls the mount of a node; empty where it does not, or not in letters.
    [[nodiscard]] QString pathOf(core::stage::MountKey key) const;
    void offer(QMenu *menu, core::stage::MountKey key);
    void apply();
    void supposeNext();
    void take(const std::shared_ptr<const Staged> &from, std::size_t frame,
              core::Result<std::shared_ptr<const Staged>> made);
    void say(const QString &trouble);
    void refresh();

    StagePlayer &m_player;
    StageView &m_view;
    std::vector<Past> m_past; ///< what undo goes back to; the first is what happened
    std::deque<core::kernel::Call> m_waiting;
    bool m_asking = false;
    std::uint64_t m_story = 0; ///< counts what is forgotten or taken back: an older answer is stale

    QHBoxLayout *m_row;
    QComboBox *m_kinds;
    QLabel *m_sourceLabel;
    QLineEdit *m_source;
    QLabel *m_targetLabel;
    QLineEdit *m_target;
    QCheckBox *m_option;
    QLabel *m_trouble;
    QAction *m_apply = nullptr;
    QAction *m_undo = nullptr;
    QAction *m_back = nullptr;
    QAction *m_close = nullptr;
};

} // namespace pivotbench::app
