// SPDX-License-Identifier: Apache-2.0
#include "app/stage/duet_presenter.h"

#include "app/stage/compared_side.h"
#include "app/stage/presenter_keys.h"
#include "app/stage/stage_comparison.h"
#include "app/stage/stage_view.h"
#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"

#include <QCloseEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>

namespace pivotbench::app {

using namespace core::stage;

namespace {

constexpr double largest = 4; ///< of a view's scale
constexpr double usualLargest = 1.6;
constexpr double lettersAcross = 75; ///< of a caption, over half of the screen
constexpr int usualLines = 3;        ///< of the facts

} // namespace

DuetPresenter::DuetPresenter(QSplitter &pair, StageComparison &comparison)
    : QWidget(&comparison, Qt::Window)
    , m_comparison(comparison)
    , m_pair(&pair)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Stage"));
    setFocusPolicy(Qt::StrongFocus);
    setAutoFillBackground(true);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_pair, 1);
    auto *captions = new QHBoxLayout;
    const int side = 2 * space(Space::Huge, this);
    captions->setContentsMargins(side, space(Space::Medium, this), side, space(Space::Huge, this));
    captions->setSpacing(side);
    for (Caption &caption : m_captions) {
        auto *half = new QVBoxLayout;
        for (QLabel **label : {&caption.title, &caption.facts}) {
            *label = new QLabel;
            (*label)->setTextFormat(Qt::PlainText);
            (*label)->setWordWrap(true);
            (*label)->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
            (*label)->setMinimumWidth(1);
            half->addWidget(*label);
        }
        half->addStretch();
        captions->addLayout(half, 1);
    }
    column->addLayout(captions);
    m_pair->setOrientation(Qt::Horizontal);
    for (const Lane lane : lanes) {
        m_comparison.side(lane).view().setFocusPolicy(Qt::NoFocus);
        m_comparison.side(lane).view().setLargest(largest);
        m_comparison.side(lane).setButtonsVisible(false);
    }
    m_pair->show();
    connect(&m_comparison, &StageComparison::contrastChanged, this, &DuetPresenter::refresh);
    refresh();
}

DuetPresenter::~DuetPresenter() { giveBack(); }

void DuetPresenter::giveBack()
{
    if (!std::exchange(m_pair, nullptr))
        return;
    for (const Lane lane : lanes) {
        m_comparison.side(lane).view().setFocusPolicy(Qt::StrongFocus);
        m_comparison.side(lane).view().setLargest(usualLargest);
        m_comparison.side(lane).setButtonsVisible(true);
    }
    emit left();
}

void DuetPresenter::refresh()
{
    if (!m_comparison.contrast())
        return;
    for (const Lane lane : lanes) {
        const Deed &deed = m_comparison.contrast()->deed(lane);
        const Caption &caption = m_captions[static_cast<std::size_t>(lane)];
        caption.title->setText(deed.call.isEmpty() ? deed.title : deed.call);
        caption.facts->setText(deed.facts);
    }
}

/// The captions are as large as the screen allows.
void DuetPresenter::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    const double scale = std::clamp(width() / (2 * lettersAcross * fontMetrics().averageCharWidth()), 1.0, 3.0);
    for (const Caption &caption : m_captions) {
        caption.title->setFont(variant(font(), scale * 1.7, true));
        caption.facts->setFont(variant(font(), scale * 1.05, false));
        caption.facts->setMinimumHeight(usualLines * QFontMetrics(caption.facts->font()).lineSpacing());
    }
}

void DuetPresenter::keyPressEvent(QKeyEvent *event)
{
    Duet &duet = m_comparison.duet();
    if (event->key() == Qt::Key_Escape || event->key() == Qt::Key_F11)
        close();
    else if (!playByKey(duet, duet.momentCount(), *event))
        QWidget::keyPressEvent(event);
}

void DuetPresenter::closeEvent(QCloseEvent *event)
{
    giveBack();
    QWidget::closeEvent(event);
}

} // namespace pivotbench::app
