// SPDX-License-Identifier: Apache-2.0
#include "app/stage/stage_presenter.h"

#include "app/base/text.h"
#include "app/stage/frame_report.h"
#include "app/stage/presenter_keys.h"
#include "app/stage/stage_player.h"
#include "app/stage/stage_view.h"
#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"
#include "app/widgets/palette.h"
#include "core/explain/explainer.h"

#include <QCloseEvent>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

namespace pivotbench::app {

namespace {

constexpr double largest = 4;         ///< of the view's scale
constexpr double usualLargest = 1.6;  ///< of the view beside the inspector
constexpr double lettersAcross = 110; ///< of the caption's sentences, over the width of the screen
constexpr int usualLines = 3;         ///< of those sentences
constexpr qsizetype mostLetters = 600;

} // namespace

StagePresenter::StagePresenter(StageView &view, QWidget *owner)
    : QWidget(owner, Qt::Window)
    , m_view(&view)
    , m_player(view.player())
    , m_place(new QLabel)
    , m_title(new QLabel)
    , m_why(new QLabel)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Stage"));
    setFocusPolicy(Qt::StrongFocus);
    setAutoFillBackground(true);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_view, 1);
    auto *caption = new QVBoxLayout;
    const int side = 2 * space(Space::Huge, this);
    caption->setContentsMargins(side, space(Space::Medium, this), side, space(Space::Huge, this));
    for (QLabel *label : {m_place, m_title, m_why}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
        label->setMinimumWidth(1);
        caption->addWidget(label);
    }
    column->addLayout(caption);
    m_view->setFocusPolicy(Qt::NoFocus);
    m_view->setLargest(largest);
    m_view->show();
    connect(&m_player, &StagePlayer::frameChanged, this, &StagePresenter::refresh);
    refresh();
}

StagePresenter::~StagePresenter() { giveBack(); }

QString StagePresenter::caption() const { return m_title->text(); }

void StagePresenter::giveBack()
{
    if (!m_view)
        return;
    StageView *view = std::exchange(m_view, nullptr);
    view->setFocusPolicy(Qt::StrongFocus);
    view->setLargest(usualLargest);
    emit left(view);
}

void StagePresenter::refresh()
{
    const Staged *staged = m_player.staged();
    if (!staged || m_player.frame() >= m_player.frameCount())
        return;
    m_place->setText(placeOf(*staged->recording, m_player.frame()));
    m_title->setText(titleOf(*staged->recording, m_player.frame()).left(mostLetters));
    const core::Step *step = m_player.step();
    const bool failed = staged->recording->frames[m_player.frame()].error.has_value();
    m_why->setText(failed ? sentenceOf(*staged->recording, m_player.frame()).left(mostLetters)
                   : step ? shown(core::explain(staged->recording->header.plan, *step).why).left(mostLetters)
                          : QString());
}

/// The caption is as large as the screen allows.
void StagePresenter::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    const double scale = std::clamp(width() / (lettersAcross * fontMetrics().averageCharWidth()), 1.0, 3.0);
    m_place->setFont(variant(font(), scale, false));
    m_title->setFont(variant(font(), scale * 1.7, true));
    m_why->setFont(variant(font(), scale * 1.05, false));
    m_why->setMinimumHeight(usualLines * QFontMetrics(m_why->font()).lineSpacing()); // the stage shall not jump
}

void StagePresenter::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape || event->key() == Qt::Key_F11)
        close();
    else if (!playByKey(m_player, m_player.frameCount(), *event))
        QWidget::keyPressEvent(event);
}

void StagePresenter::closeEvent(QCloseEvent *event)
{
    giveBack();
    QWidget::closeEvent(event);
}

} // namespace pivotbench::app
