// SPDX-License-Identifier: Apache-2.0
//
// Two recordings beside each other: what the Stage shows, on the left, and a partner that is found for it. Beside them
// the inspector of the side that has the keyboard's focus, under a sentence that says how its step differs from that of
// the other side. Knows its page only by signals. Interface thread.
#pragma once

#include "app/stage/compare_partner.h"
#include "app/stage/contrast.h"
#include "app/stage/duet.h"

#include <QPointer>
#include <QWidget>
#include <array>
#include <memory>
#include <optional>

class QLabel;
class QSplitter;
class QStackedWidget;

namespace pivotbench::app {

class ComparedSide;
class DuetPresenter;
class DuetTimeline;
class StageInspector;

class StageComparison : public QWidget {
    Q_OBJECT

public:
    explicit StageComparison(QWidget *parent = nullptr);
    ~StageComparison() override;

    [[nodiscard]] Duet &duet() { return m_duet; }
    [[nodiscard]] ComparedSide &side(core::stage::Lane lane) const { return *m_sides[indexOf(lane)]; }
    /// For whoever has the place for it; it goes with its parent.
    [[nodiscard]] DuetTimeline &timeline() const { return *m_timeline; }

    /// What the Stage shows.
    void setLeft(const StageSource &left);
    /// Both may be null. Partners are made of it.
    void setDocument(const std::shared_ptr<const Analysis> &analysis,
                     const std::shared_ptr<const core::HostFacts> &facts);
    /// Finds it; changed() follows, and failed() where it cannot be had as a whole.
    void compareWith(const ComparePartner &partner);
    void stop();

    /// Both sides are there.
    [[nodiscard]] bool isActive() const { return m_duet.momentCount() > 0; }
    /// Nothing is being found, moved or put into words.
    [[nodiscard]] bool isAtRest() const { return !m_finding && !m_asking && m_duet.isAtRest(); }
    [[nodiscard]] const std::optional<ComparePartner> &partner() const { return m_partner; }

    /// The side that the inspector explains.
    [[nodiscard]] core::stage::Lane explained() const { return m_explained; }
    void setExplained(core::stage::Lane lane);
    /// Of the moment that is shown; absent until it is there.
    [[nodiscard]] const std::optional<Contrast> &contrast() const { return m_contrast; }
    [[nodiscard]] QString contrastText() const;

    /// Absent: as there is room.
    [[nodiscard]] std::optional<Qt::Orientation> wantedOrientation() const { return m_wantedOrientation; }
    void setWantedOrientation(std::optional<Qt::Orientation> orientation);
    void present();

signals:
    /// What is compared is another thing, or nothing.
    void changed();
    /// The partner cannot be had, or not as a whole.
    void failed(const pivotbench::core::Error &error, bool isShown);
    void contrastChanged();
    /// Something was copied: for a notice.
    void copied(const QString &what);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    [[nodiscard]] static std::size_t indexOf(core::stage::Lane lane) { return static_cast<std::size_t>(lane); }
    /// The one that is being found, else the one that is there.
    [[nodiscard]] const std::optional<ComparePartner> &wanted() const { return m_finding ? m_finding : m_partner; }
    void find(const ComparePartner &partner);
    void takeFound(PartnerSource found, const ComparePartner &partner);
    void stage();
    void nameSides();
    void compareWithModel(core::stage::Lane lane);
    void refreshContrast();
    void showContrast(Contrast contrast);
    void say();
    void measure();
    void arrange();

    Duet m_duet;
    StageSource m_left;
    PartnerSource m_right;
    LaneNames m_names;
    std::optional<ComparePartner> m_partner;
    std::shared_ptr<const Analysis> m_analysis;
    std::shared_ptr<const core::HostFacts> m_facts;
    std::uint64_t m_generation = 0; ///< counts what is wanted: an older answer is stale
    std::uint64_t m_staging = 0;    ///< counts what is staged
    std::optional<ComparePartner> m_finding;
    bool m_stale = false; ///< the partner is to be found again once this is seen
    std::optional<Contrast> m_contrast;
    bool m_asking = false;
    core::stage::Lane m_explained = core::stage::Lane::Left;
    std::optional<Qt::Orientation> m_wantedOrientation;

    QSplitter *m_splitter;
    QSplitter *m_pair;
    std::array<ComparedSide *, 2> m_sides;
    QWidget *m_panel;
    QLabel *m_beside;
    QLabel *m_sentence;
    QStackedWidget *m_stack;
    std::array<StageInspector *, 2> m_inspectors;
    DuetTimeline *m_timeline;
    QPointer<DuetPresenter> m_presenter;
};

} // namespace pivotbench::app
