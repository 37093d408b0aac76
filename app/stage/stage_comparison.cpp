// SPDX-License-Identifier: Apache-2.0
#include "app/stage/stage_comparison.h"

#include "app/base/background.h"
#include "app/stage/compared_side.h"
#include "app/stage/duet_presenter.h"
#include "app/stage/duet_timeline.h"
#include "app/stage/frame_report.h"
#include "app/stage/stage_inspector.h"
#include "app/stage/stage_view.h"
#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"
#include "app/widgets/palette.h"
#include "app/widgets/spoken.h"

#include <QEvent>
#include <QLabel>
#include <QPainter>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace pivotbench::app {

using namespace core;
using namespace core::stage;

namespace {

constexpr double leastWidth = 620; ///< of a side in which two worlds can be read without scrolling, at the usual font

/// Under the sentence, so that it is seen before the step's own page.
class Panel : public QWidget {
protected:
    void paintEvent(QPaintEvent * /*event*/) override
    {
        QPainter painter(this);
        const int inset = space(Space::Small, this);
        paintPanel(painter, rect().adjusted(inset, inset, -inset, 0), tint(Tone::Accent, palette()), {}, outerRadius);
    }
};

} // namespace

StageComparison::StageComparison(QWidget *parent)
    : QWidget(parent)
    , m_splitter(new QSplitter(Qt::Horizontal))
    , m_pair(new QSplitter(Qt::Vertical))
    , m_panel(new Panel)
    , m_beside(new QLabel)
    , m_sentence(new QLabel)
    , m_stack(new QStackedWidget)
    , m_timeline(new DuetTimeline(m_duet))
{
    for (const Lane lane : lanes) {
        m_sides[indexOf(lane)] = new ComparedSide(m_duet.player(lane));
        m_pair->addWidget(&side(lane));
        side(lane).view().installEventFilter(this);
        m_inspectors[indexOf(lane)] = new StageInspector(m_duet.player(lane));
        m_stack->addWidget(m_inspectors[indexOf(lane)]);
        connect(m_inspectors[indexOf(lane)], &StageInspector::copied, this, &StageComparison::copied);
    }
    m_pair->setChildrenCollapsible(false);
    auto *explained = new QWidget;
    auto *column = new QVBoxLayout(explained);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto *words = new QVBoxLayout(m_panel);
    for (QLabel *label : {m_beside, m_sentence}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        label->setMinimumSize(1, 1); // else the height that one letter a line would take
        label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Minimum);
        words->addWidget(label);
    }
    m_sentence->setAccessibleName(tr("How it differs"));
    column->addWidget(m_panel);
    column->addWidget(m_stack, 1);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(m_pair);
    m_splitter->addWidget(explained);
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setStretchFactor(1, 0);
    const int em = fontMetrics().horizontalAdvance('m');
    m_splitter->setSizes({72 * em, 28 * em});
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_splitter);

    connect(&m_duet, &Duet::momentChanged, this, &StageComparison::refreshContrast);
    measure();
    setExplained(Lane::Left);
}

/// The presenter holds the views, and all widgets need the duet.
StageComparison::~StageComparison()
{
    delete m_presenter;
    delete m_splitter;
    delete m_timeline;
}

void StageComparison::measure()
{
    const int side = space(Space::Large, this);
    m_panel->layout()->setContentsMargins(side, side, side, space(Space::Small, this));
    m_panel->layout()->setSpacing(space(Space::Tiny, this));
    m_beside->setFont(variant(font(), 1, true));
}

void StageComparison::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        measure();
}

void StageComparison::setLeft(const StageSource &left)
{
    m_left = left;
    if (const std::optional<ComparePartner> partner = wanted();
        partner && partner->kind == ComparePartner::Kind::Variation)
        find(*partner);
    if (m_right.source.staged)
        stage();
}

void StageComparison::setDocument(const std::shared_ptr<const Analysis> &analysis,
                                  const std::shared_ptr<const HostFacts> &facts)
{
    m_analysis = analysis;
    m_facts = facts;
    const std::optional<ComparePartner> partner = wanted();
    if (!partner || partner->kind != ComparePartner::Kind::Document)
        return;
    m_stale = true;
    if (isVisible())
        find(*partner);
}

void StageComparison::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    if (const std::optional<ComparePartner> partner = wanted(); partner && m_stale)
        find(*partner);
}

void StageComparison::compareWith(const ComparePartner &partner) { find(partner); }

void StageComparison::stop()
{
    ++m_generation;
    m_finding.reset();
    m_stale = false;
    m_partner.reset();
    m_right = {};
    stage();
}

/// The newest one wins.
void StageComparison::find(const ComparePartner &partner)
{
    m_stale = false;
    m_finding = partner;
    runBeside(
        this, [partner, analysis = m_analysis, facts = m_facts] { return findPartner(partner, analysis, facts); },
        [this, generation = ++m_generation](PartnerSource found) {
            if (generation == m_generation)
                takeFound(std::move(found), *std::exchange(m_finding, std::nullopt));
        });
}

/// What cannot be had leaves what is there.
void StageComparison::takeFound(PartnerSource found, const ComparePartner &partner)
{
    const std::optional<Error> error = found.source.error;
    const bool isThere = found.source.staged != nullptr;
    if (isThere) {
        m_right = std::move(found);
        m_partner = partner;
        stage();
    } else {
        emit changed();
    }
    if (error)
        emit failed(*error, isThere);
}

/// Puts both on the stage, or none where one is missing.
void StageComparison::stage()
{
    ++m_staging;
    const bool both = m_left.staged && m_right.source.staged;
    m_contrast.reset();
    nameSides();
    m_duet.setStaged(both ? m_left.staged : nullptr, both ? m_right.source.staged : nullptr);
    if (both)
        for (const Lane lane : lanes)
            compareWithModel(lane);
    emit changed();
}

/// Two names that differ, also where the same sandbox is on both sides.
void StageComparison::nameSides()
{
    m_names = {nameOf(m_left), m_right.name};
    if (m_names[0] == m_names[1]) {
        const bool sameKind = m_left.kind == m_right.source.kind;
        const auto told = [&](const StageSource &source, const QString &place) {
            const QString kind = source.kind == StageSource::Kind::Prediction ? tr("prediction") : tr("recording");
            return tr("%1 (%2)").arg(nameOf(source), sameKind ? place : kind);
        };
        m_names = {told(m_left, tr("left")), told(m_right.source, tr("right"))};
    }
    side(Lane::Left).setSource(m_left, m_names[0]);
    side(Lane::Right).setSource(m_right.source, m_names[1]);
    m_timeline->setNames(m_names);
}

/// As on the Stage of one: a recording of the kernel is held against its prediction.
void StageComparison::compareWithModel(Lane lane)
{
    StageInspector *inspector = m_inspectors[indexOf(lane)];
    const std::shared_ptr<const Recording> recording = m_duet.staged(lane)->recording;
    if (recording->header.origin != "kernel") {
        inspector->setComparison(StageInspector::Comparison::OnlyPredicted);
        return;
    }
    inspector->setComparison(StageInspector::Comparison::Pending);
    runBeside(
        this,
        [recording]() -> std::optional<std::vector<FrameMismatch>> {
            const std::optional<Recording> predicted = foretellAgain(*recording);
            if (!predicted)
                return std::nullopt;
            return compareStage(*recording, *predicted);
        },
        [this, inspector, staging = m_staging](std::optional<std::vector<FrameMismatch>> found) {
            if (staging == m_staging)
                inspector->setComparison(found ? StageInspector::Comparison::Done
                                               : StageInspector::Comparison::Impossible,
                                         found ? std::move(*found) : std::vector<FrameMismatch>());
        });
}

/// At once where that is cheap; else in another thread, one at a time, the newest moment wins.
void StageComparison::refreshContrast()
{
    if (!isActive())
        return;
    const StagedPair pair{m_left.staged, m_right.source.staged};
    const Abreast moment = m_duet.abreast(m_duet.moment());
    if (isQuickContrast(pair)) {
        showContrast(contrastOf(pair, moment, m_names));
        return;
    }
    if (std::exchange(m_asking, true))
        return;
    runBeside(
        this, [pair, moment, names = m_names] { return contrastOf(pair, moment, names); },
        [this, staging = m_staging, at = m_duet.moment()](Contrast contrast) {
            m_asking = false;
            if (staging == m_staging && at == m_duet.moment())
                showContrast(std::move(contrast));
            else
                refreshContrast();
        });
}

void StageComparison::showContrast(Contrast contrast)
{
    m_contrast = std::move(contrast);
    for (const Lane lane : lanes)
        side(lane).setDeed(m_contrast->deed(lane));
    setExplained(m_explained);
    say();
    emit contrastChanged();
}

/// Both steps, and what is other about them.
void StageComparison::say()
{
    for (const Lane lane : lanes) {
        const Abreast &moment = m_duet.abreast(m_duet.moment());
        side(lane).view().setAccessibleDescription(
            moment.happensIn(lane) ? sentenceOf(*m_duet.staged(lane)->recording, moment.frameOf(lane))
                                   : m_contrast->deed(lane).title);
    }
    if (isVisible() || m_presenter)
        announce(&side(m_explained).view(), m_timeline->valueText() + QStringLiteral(". ") + contrastText());
}

void StageComparison::setExplained(Lane lane)
{
    m_explained = lane;
    for (const Lane one : lanes)
        side(one).setExplained(one == lane);
    m_stack->setCurrentWidget(m_inspectors[indexOf(lane)]);
    m_beside->setText(tr("%1, beside %2").arg(m_names[indexOf(lane)], m_names[indexOf(otherLane(lane))]));
    m_sentence->setText(m_contrast ? m_contrast->sentence(lane) : QString());
}

QString StageComparison::contrastText() const { return m_sentence->text(); }

bool StageComparison::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::FocusIn)
        for (const Lane lane : lanes)
            if (watched == &side(lane).view())
                setExplained(lane);
    return QWidget::eventFilter(watched, event);
}

void StageComparison::setWantedOrientation(std::optional<Qt::Orientation> orientation)
{
    m_wantedOrientation = orientation;
    arrange();
}

void StageComparison::arrange()
{
    const double wanted = 2 * leastWidth * fontScale(fontMetrics());
    const Qt::Orientation orientation =
        m_wantedOrientation.value_or(m_pair->width() >= wanted ? Qt::Horizontal : Qt::Vertical);
    if (orientation == m_pair->orientation())
        return;
    m_pair->setOrientation(orientation);
    const int half = (orientation == Qt::Horizontal ? m_pair->width() : m_pair->height()) / 2;
    m_pair->setSizes({half, half});
}

void StageComparison::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void StageComparison::present()
{
    if (m_presenter || !isActive())
        return;
    const QList<int> sizes = m_splitter->sizes();
    m_presenter = new DuetPresenter(*m_pair, *this);
    connect(m_presenter, &DuetPresenter::left, this, [this, sizes] {
        m_splitter->insertWidget(0, m_pair);
        m_splitter->setStretchFactor(0, 1);
        m_splitter->setSizes(sizes);
        arrange();
        side(m_explained).view().setFocus();
    });
    m_presenter->showFullScreen();
}

} // namespace pivotbench::app
