// SPDX-License-Identifier: Apache-2.0
//
// Beside the stage: everything about the step that is shown. What it is and why, how it went, the causes of a failure
// held against the actual state, the call, what changed in the mount table and for the process, and whether prediction
// and kernel agree. The player has to outlive it; interface thread.
#pragma once

#include "app/stage/frame_report.h"
#include "core/recording/recording_match.h"

#include <QScrollArea>
#include <memory>
#include <optional>
#include <vector>

class QLabel;
class QTreeWidget;
class QVBoxLayout;

namespace pivotbench::app {

class Badge;
class CodeBlock;
class Section;
class StagePlayer;
class TermText;
class VerdictLine;

class StageInspector : public QScrollArea {
    Q_OBJECT

public:
    explicit StageInspector(StagePlayer &player, QWidget *parent = nullptr);

    /// What is known of the recording against its prediction.
    enum class Comparison {
        OnlyPredicted, ///< it is the prediction
        Pending,
        Done,
        Impossible,
    };
    void setComparison(Comparison state, std::vector<core::FrameMismatch> mismatches = {});
    [[nodiscard]] Comparison comparison() const { return m_comparison; }

    /// Of the frame that is shown; absent until it is there.
    [[nodiscard]] const std::optional<FrameReport> &report() const { return m_report; }

signals:
    /// Something was copied: for a notice.
    void copied(const QString &what);

protected:
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void refresh();
    void show(FrameReport report);
    void showCauses();
    void showMounts();
    void showComparison();
    void measure();

    StagePlayer &m_player;
    std::optional<FrameReport> m_report;
    bool m_asking = false;
    Comparison m_comparison = Comparison::OnlyPredicted;
    std::vector<core::FrameMismatch> m_mismatches;

    QVBoxLayout *m_column;
    QLabel *m_place;
    Badge *m_phase;
    TermText *m_title;
    VerdictLine *m_outcome;
    TermText *m_why;
    QWidget *m_causes;
    QVBoxLayout *m_causeRows;
    Section *m_callSection;
    CodeBlock *m_call;
    Section *m_shellSection;
    CodeBlock *m_shell;
    QLabel *m_manual;
    Section *m_mountSection;
    QTreeWidget *m_mounts;
    Section *m_processSection;
    TermText *m_process;
    Section *m_comparisonSection;
    QLabel *m_verdict;
};

} // namespace pivotbench::app
