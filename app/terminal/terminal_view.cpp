// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/terminal_view.h"

#include "app/terminal/find_bar.h"
#include "app/terminal/key_translation.h"
#include "app/terminal/terminal_accessible.h"
#include "app/terminal/view_keys.h"
#include "app/terminal/view_mouse.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFontDatabase>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QStyleHints>
#include <algorithm>
#include <cmath>

namespace pivotbench::app::terminal {

namespace {

constexpr int frameMilliseconds = 16;
constexpr int announceMilliseconds = 100;
constexpr int margin = 4; ///< logical pixels around the cells
constexpr int smallestZoom = -6;
constexpr int largestZoom = 24;

std::string_view viewOf(const QByteArray &bytes) { return {bytes.constData(), static_cast<std::size_t>(bytes.size())}; }

} // namespace

TerminalView::TerminalView(QWidget *parent)
    : QAbstractScrollArea(parent)
    , m_screen(std::make_unique<Screen>())
    , m_mouse(new ViewMouse(*this, *m_screen))
    , m_findBar(new FindBar(this))
{
    installTerminalAccessibility();
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAttribute(Qt::WA_InputMethodEnabled);
    setAccessibleName(tr("Terminal"));
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
    viewport()->setCursor(Qt::IBeamCursor);
    verticalScrollBar()->setCursor(Qt::ArrowCursor);
    m_lastFrame.start();
    m_settingFont = true;
    setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_settingFont = false;
    m_unzoomed = font();
    updateFont();
    updateColours();
    connect(m_mouse, &ViewMouse::reported, this, &TerminalView::flushOutput);
    connect(m_mouse, &ViewMouse::pastePrimaryRequested, this, &TerminalView::pastePrimary);
    connect(m_mouse, &ViewMouse::selectionFinished, this, &TerminalView::offerSelection);
    connect(m_findBar, &FindBar::findRequested, this, [this](const QString &text, bool forwards, bool caseSensitive) {
        m_findBar->showResult(find(text, forwards, caseSensitive));
    });
    connect(m_findBar, &FindBar::closed, this, [this] {
        m_findBar->hide();
        setFocus();
    });
}

TerminalView::~TerminalView()
{
    if (m_channel)
        m_channel->disconnect(this);
}

// The program's side

void TerminalView::attach(std::unique_ptr<PtyChannel> channel)
{
    detach();
    m_channel = std::move(channel);
    if (!m_channel)
        return;
    connect(m_channel.get(), &PtyChannel::received, this, &TerminalView::feed);
    connect(m_channel.get(), &PtyChannel::closed, this, [this] {
        scheduleFrame();
        emit ended();
    });
    const QSize cell = m_painter.font.cell();
    const Size size = m_screen->size();
    m_channel->setSize(size.rows, size.columns, cell.width() * size.columns, cell.height() * size.rows);
}

std::unique_ptr<PtyChannel> TerminalView::detach()
{
    if (m_channel)
        m_channel->disconnect(this);
    return std::move(m_channel);
}

void TerminalView::feed(std::string_view bytes)
{
    m_screen->write(bytes);
    ++m_revision;
    flushOutput();
    scheduleFrame();
}

void TerminalView::flushOutput()
{
    const std::string output = m_screen->takeOutput();
    if (output.empty())
        return;
    const auto bytes = QByteArray::fromStdString(output);
    if (m_channel && !m_channel->write(bytes))
        emit bellRang(); // the program does not read
    emit input(bytes);
}

void TerminalView::typed()
{
    flushOutput();
    if (!m_follows) {
        m_follows = true;
        updateScrollBar();
        viewport()->update();
    }
    restartBlinking();
}

void TerminalView::paste(const QString &text)
{
    const QByteArray utf8 = text.toUtf8();
    m_screen->paste(viewOf(utf8));
    typed();
}

QString TerminalView::title() const { return QString::fromStdString(m_screen->title()); }

// Frames

bool TerminalView::isInSight() const { return isVisible() && !window()->isMinimized(); }

void TerminalView::scheduleFrame()
{
    if (m_frameTimer.isActive() || !isInSight())
        return;
    const qint64 rest = frameMilliseconds - m_lastFrame.elapsed();
    m_frameTimer.start(static_cast<int>(std::max<qint64>(rest, 0)), Qt::PreciseTimer, this);
}

void TerminalView::showFrame()
{
    m_frameTimer.stop();
    m_lastFrame.restart();
    const Changes changes = m_screen->takeChanges();
    if (changes.renumbered)
        clearSelection();
    const LineNumber before = m_top;
    if (changes.lines)
        updateScrollBar();
    if (changes.modes) {
        viewport()->setMouseTracking(m_screen->mouseMode() == MouseMode::Move);
        viewport()->setCursor(m_screen->mouseMode() == MouseMode::None ? Qt::IBeamCursor : Qt::ArrowCursor);
        m_painter.colours.reverse = m_screen->reverseVideo();
    }
    if (m_top != before || changes.modes || changes.renumbered) {
        viewport()->update();
    } else {
        updateRows(changes.rows);
        if (m_shownCursor != m_screen->cursor())
            updateLines(m_screen->screenTop() + m_shownCursor.place.row,
                        m_screen->screenTop() + m_shownCursor.place.row);
    }
    if (m_shownCursor.place != m_screen->cursor().place)
        updateMicroFocus(Qt::ImCursorRectangle);
    m_shownCursor = m_screen->cursor();
    if (changes.title)
        emit titleChanged(title());
    if (changes.bells > 0)
        emit bellRang();
    if (QAccessible::isActive() && !m_announceTimer.isActive())
        m_announceTimer.start(announceMilliseconds, this);
    emit updated();
}

void TerminalView::announceText()
{
    m_announceTimer.stop();
    AccessibleText now = AccessibleText::of(*m_screen);
    for (const auto &event : announcements(this, m_announced, now))
        QAccessible::updateAccessibility(event.get());
    m_announced = std::move(now);
}

void TerminalView::updateRows(const std::vector<bool> &screenRows)
{
    const LineNumber first = m_screen->screenTop();
    for (std::size_t row = 0; row < screenRows.size();) {
        if (!screenRows[row]) {
            ++row;
            continue;
        }
        const std::size_t from = row;
        while (row < screenRows.size() && screenRows[row])
            ++row;
        updateLines(first + static_cast<LineNumber>(from), first + static_cast<LineNumber>(row) - 1);
    }
}

void TerminalView::updateLines(LineNumber from, LineNumber to)
{
    from = std::max(from, m_top);
    to = std::min(to, m_top + m_screen->size().rows - 1);
    if (from <= to)
        viewport()->update(lineRect(from).united(lineRect(to)));
}

void TerminalView::updateScrollBar()
{
    const LineNumber first = m_screen->firstLine();
    const LineNumber last = m_screen->screenTop();
    m_top = m_follows ? last : std::clamp(m_top, first, last);
    const QSignalBlocker quiet(verticalScrollBar());
    verticalScrollBar()->setRange(0, static_cast<int>(last - first));
    verticalScrollBar()->setPageStep(m_screen->size().rows);
    verticalScrollBar()->setValue(static_cast<int>(m_top - first));
}

LineNumber TerminalView::topLine() const { return m_top; }

void TerminalView::scrollContentsBy(int, int)
{
    m_top = m_screen->firstLine() + verticalScrollBar()->value();
    m_follows = m_top >= m_screen->screenTop();
    viewport()->update();
}

void TerminalView::scrollLines(int lines) { verticalScrollBar()->setValue(verticalScrollBar()->value() + lines); }

void TerminalView::restartBlinking()
{
    const bool wasDark = std::exchange(m_blinkDark, false);
    const int flash = QGuiApplication::styleHints()->cursorFlashTime();
    if (hasFocus() && isInSight() && flash > 1)
        m_blinkTimer.start(flash / 2, this);
    else
        m_blinkTimer.stop();
    if (wasDark)
        viewport()->update();
}

void TerminalView::toggleBlink()
{
    m_blinkDark = !m_blinkDark;
    if (m_sawBlinking) {
        m_sawBlinking = false;
        viewport()->update();
    } else if (m_screen->cursor().visible && m_screen->cursor().blinks) {
        const LineNumber line = m_screen->screenTop() + m_screen->cursor().place.row;
        updateLines(line, line);
    } else {
        m_blinkDark = false;
    }
}

void TerminalView::timerEvent(QTimerEvent *event)
{
    if (event->timerId() == m_frameTimer.timerId())
        showFrame();
    else if (event->timerId() == m_blinkTimer.timerId())
        toggleBlink();
    else if (event->timerId() == m_announceTimer.timerId())
        announceText();
    else
        QAbstractScrollArea::timerEvent(event);
}

// Geometry

int TerminalView::marginPixels() const { return static_cast<int>(std::lround(margin * m_pixelRatio)); }

QRect TerminalView::lineRect(LineNumber line) const
{
    const int height = m_painter.font.cell().height();
    const auto row = static_cast<int>(line - m_top);
    const QRectF rect(0, (marginPixels() + row * height) / m_pixelRatio, viewport()->width(), height / m_pixelRatio);
    return rect.toAlignedRect();
}

QRect TerminalView::cellRect(TextPosition position) const
{
    const LineNumber row = position.line - m_top;
    if (row < 0 || row >= m_screen->size().rows)
        return {};
    const QSize cell = m_painter.font.cell();
    return QRectF((marginPixels() + position.column * cell.width()) / m_pixelRatio,
                  (marginPixels() + static_cast<int>(row) * cell.height()) / m_pixelRatio, cell.width() / m_pixelRatio,
                  cell.height() / m_pixelRatio)
        .toAlignedRect();
}

TextPosition TerminalView::positionAt(QPoint point) const
{
    const QSize cell = m_painter.font.cell();
    const auto cellIndex = [this](int logical, int size) {
        return static_cast<int>(std::floor((logical * m_pixelRatio - marginPixels()) / size));
    };
    return {m_top + std::clamp(cellIndex(point.y(), cell.height()), 0, m_screen->size().rows - 1),
            std::clamp(cellIndex(point.x(), cell.width()), 0, m_screen->size().columns)};
}

QSizeF TerminalView::cellSize() const { return QSizeF(m_painter.font.cell()) / m_pixelRatio; }

QSize TerminalView::sizeHint() const
{
    const QSizeF cell = cellSize();
    return {static_cast<int>(cell.width() * 80) + 2 * margin + verticalScrollBar()->sizeHint().width(),
            static_cast<int>(cell.height() * 24) + 2 * margin};
}

void TerminalView::updateFont()
{
    m_pixelRatio = viewport()->devicePixelRatioF();
    m_painter.font = CellFont(font(), m_pixelRatio);
    setMinimumSize(QSize(10 * m_painter.font.cell().width(), 2 * m_painter.font.cell().height()) / m_pixelRatio);
    updateGeometry();
    updateSize();
    viewport()->update();
}

void TerminalView::updateSize()
{
    const QSize pixels = (QSizeF(viewport()->size()) * m_pixelRatio).toSize();
    const QSize cell = m_painter.font.cell();
    const Size before = m_screen->size();
    m_screen->resize(
        {(pixels.height() - 2 * marginPixels()) / cell.height(), (pixels.width() - 2 * marginPixels()) / cell.width()});
    const Size size = m_screen->size();
    if (size == before)
        return;
    updateScrollBar();
    scheduleFrame();
    if (m_channel)
        m_channel->setSize(size.rows, size.columns, cell.width() * size.columns, cell.height() * size.rows);
    ++m_revision;
    emit resized(size.rows, size.columns);
}

void TerminalView::resizeEvent(QResizeEvent *)
{
    if (viewport()->devicePixelRatioF() != m_pixelRatio)
        updateFont();
    else
        updateSize();
    placeFindBar();
}

void TerminalView::showEvent(QShowEvent *event)
{
    QAbstractScrollArea::showEvent(event);
    if (viewport()->devicePixelRatioF() != m_pixelRatio)
        updateFont();
    scheduleFrame();
    restartBlinking();
}

void TerminalView::hideEvent(QHideEvent *event)
{
    QAbstractScrollArea::hideEvent(event);
    m_frameTimer.stop();
    m_blinkTimer.stop();
    m_mouse->rest();
}

// Looks

void TerminalView::setColours(const std::optional<TerminalColours> &colours)
{
    m_colours = colours;
    updateColours();
}

void TerminalView::updateColours()
{
    const QPalette &look = palette();
    const QPalette::ColorGroup group = isActiveWindow() || !isVisible() ? QPalette::Active : QPalette::Inactive;
    LineColours &colours = m_painter.colours;
    colours.table = m_colours.value_or(TerminalColours::suiting(look));
    colours.foreground = look.color(group, QPalette::Text).rgb();
    colours.background = look.color(group, QPalette::Base).rgb();
    const auto told = [](QRgb colour) {
        return Colour::rgb(static_cast<std::uint8_t>(qRed(colour)), static_cast<std::uint8_t>(qGreen(colour)),
                           static_cast<std::uint8_t>(qBlue(colour)));
    };
    m_screen->setDefaultColours(told(colours.foreground), told(colours.background));
    colours.selectedForeground = look.color(group, QPalette::HighlightedText).rgb();
    colours.selectedBackground = look.color(group, QPalette::Highlight).rgb();
    viewport()->update();
}

void TerminalView::changeEvent(QEvent *event)
{
    QAbstractScrollArea::changeEvent(event);
    const QEvent::Type type = event->type();
    if (type == QEvent::FontChange) {
        if (!m_settingFont) {
            m_unzoomed = font();
            m_zoom = 0;
        }
        updateFont();
    } else if (type == QEvent::PaletteChange || type == QEvent::StyleChange || type == QEvent::ActivationChange) {
        updateColours();
    }
}

void TerminalView::zoom(int steps)
{
    m_zoom = std::clamp(m_zoom + steps, smallestZoom, largestZoom);
    QFont zoomed = m_unzoomed;
    if (m_unzoomed.pointSizeF() > 0)
        zoomed.setPointSizeF(std::max(4.0, m_unzoomed.pointSizeF() + m_zoom));
    else
        zoomed.setPixelSize(std::max(5, m_unzoomed.pixelSize() + m_zoom));
    m_settingFont = true;
    setFont(zoomed);
    m_settingFont = false;
}

void TerminalView::resetZoom() { zoom(-m_zoom); }

LineMarks TerminalView::marksOf(LineNumber line) const
{
    LineMarks marks;
    if (line >= m_selection.begin.line && line <= m_selection.end.line && !m_selection.isEmpty()) {
        marks.selectedFrom = line == m_selection.begin.line ? m_selection.begin.column : 0;
        marks.selectedTo = line == m_selection.end.line ? m_selection.end.column : m_screen->size().columns;
    }
    const Cursor &cursor = m_screen->cursor();
    const bool dark = m_blinkDark && hasFocus();
    if (cursor.visible && line == m_screen->screenTop() + cursor.place.row && !(dark && cursor.blinks) &&
        m_preedit.isEmpty()) {
        marks.cursorColumn = cursor.place.column;
        marks.cursorShape = cursor.shape;
        marks.cursorFilled = hasFocus();
    }
    marks.blinkHidden = dark;
    return marks;
}

void TerminalView::paintEvent(QPaintEvent *event)
{
    if (viewport()->devicePixelRatioF() != m_pixelRatio)
        updateFont();
    QPainter painter(viewport());
    const QRgb ground = m_screen->reverseVideo() ? m_painter.colours.foreground : m_painter.colours.background;
    const Size size = m_screen->size();
    const QSize cell = m_painter.font.cell();
    const int inset = marginPixels();
    // From here on in pixels of the device, and exactly on them.
    painter.scale(1 / m_pixelRatio, 1 / m_pixelRatio);
    const QTransform device = painter.deviceTransform();
    painter.translate(std::round(device.dx()) - device.dx(), std::round(device.dy()) - device.dy());
    const QRect whole = (QRectF(viewport()->rect()).size() * m_pixelRatio).toSize().isEmpty()
                            ? QRect()
                            : QRect(QPoint(0, 0), (QSizeF(viewport()->size()) * m_pixelRatio).toSize());
    const QRect cells(inset, inset, size.columns * cell.width(), size.rows * cell.height());
    for (const QRect &rest : QRegion(whole).subtracted(cells))
        painter.fillRect(rest, QColor(ground));
    for (int row = 0; row < size.rows; ++row) {
        const LineNumber line = m_top + row;
        if (!event->region().intersects(lineRect(line)))
            continue;
        m_screen->readLine(line, m_scratch);
        m_sawBlinking =
            m_sawBlinking || std::ranges::any_of(m_scratch.cells, [](const Cell &one) { return one.pen.blink; });
        m_painter.paint(painter, {inset, inset + row * cell.height()}, m_scratch, marksOf(line));
    }
    paintPreedit(painter);
}

void TerminalView::paintPreedit(QPainter &painter) const
{
    if (m_preedit.isEmpty())
        return;
    const Place place = m_screen->cursor().place;
    const LineNumber row = m_screen->screenTop() + place.row - m_top;
    if (row < 0 || row >= m_screen->size().rows)
        return;
    QFont font = m_painter.font.font(CellFont::Regular);
    font.setUnderline(true);
    painter.setFont(font);
    const QSize cell = m_painter.font.cell();
    const int width = QFontMetrics(font, painter.device()).horizontalAdvance(m_preedit);
    const int columns = (width + cell.width() - 1) / cell.width();
    const int column = std::max(0, std::min(place.column, m_screen->size().columns - columns));
    const QRect rect(marginPixels() + column * cell.width(), marginPixels() + static_cast<int>(row) * cell.height(),
                     columns * cell.width(), cell.height());
    painter.fillRect(rect, QColor(m_painter.colours.background));
    painter.setPen(QColor(m_painter.colours.foreground));
    painter.drawText(rect.x(), rect.y() + m_painter.font.ascent(), m_preedit);
}

// Keys

/// Tab is the program's, but for the find bar, whose Tab comes by here too.
bool TerminalView::focusNextPrevChild(bool next)
{
    return m_findBar->isAncestorOf(window()->focusWidget()) && QAbstractScrollArea::focusNextPrevChild(next);
}

bool TerminalView::event(QEvent *event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        if (!mayBeShortcut(*static_cast<QKeyEvent *>(event))) {
            event->accept();
            return true;
        }
    }
    return QAbstractScrollArea::event(event);
}

bool TerminalView::doOwn(ViewKey key)
{
    switch (key) {
    case ViewKey::None: return false;
    case ViewKey::Copy: copy(); break;
    case ViewKey::Paste: pasteClipboard(); break;
    case ViewKey::PastePrimary: pastePrimary(); break;
    case ViewKey::Find: openFindBar(); break;
    case ViewKey::Leave: QAbstractScrollArea::focusNextPrevChild(true); break;
    case ViewKey::ZoomIn: zoom(1); break;
    case ViewKey::ZoomOut: zoom(-1); break;
    case ViewKey::ZoomReset: resetZoom(); break;
    case ViewKey::PageUp: scrollLines(-std::max(1, m_screen->size().rows - 1)); break;
    case ViewKey::PageDown: scrollLines(std::max(1, m_screen->size().rows - 1)); break;
    case ViewKey::ToTop: verticalScrollBar()->setValue(0); break;
    case ViewKey::ToBottom: verticalScrollBar()->setValue(verticalScrollBar()->maximum()); break;
    }
    return true;
}

void TerminalView::keyPressEvent(QKeyEvent *event)
{
    if (doOwn(viewKeyOf(*event))) {
        event->accept();
    } else if (!isForTheWindow(*event) && pressKey(*m_screen, *event)) {
        typed();
        event->accept();
    } else {
        event->ignore();
    }
}

void TerminalView::inputMethodEvent(QInputMethodEvent *event)
{
    for (const uint character : event->commitString().toUcs4())
        if (character >= 0x20)
            m_screen->character(character, {});
    m_preedit = event->preeditString();
    if (!event->commitString().isEmpty())
        typed();
    const LineNumber line = m_screen->screenTop() + m_screen->cursor().place.row;
    updateLines(line, line);
    event->accept();
}

QVariant TerminalView::inputMethodQuery(Qt::InputMethodQuery query) const
{
    if (query == Qt::ImEnabled)
        return true;
    if (query == Qt::ImHints)
        return static_cast<int>(Qt::ImhNoPredictiveText | Qt::ImhNoAutoUppercase | Qt::ImhSensitiveData);
    if (query == Qt::ImFont)
        return font();
    if (query == Qt::ImCursorRectangle) {
        const Place place = m_screen->cursor().place;
        return cellRect({m_screen->screenTop() + place.row, place.column}).translated(viewport()->pos());
    }
    return {};
}

void TerminalView::focusInEvent(QFocusEvent *event)
{
    QAbstractScrollArea::focusInEvent(event);
    m_screen->focused(true);
    flushOutput();
    restartBlinking();
    viewport()->update();
}

void TerminalView::focusOutEvent(QFocusEvent *event)
{
    QAbstractScrollArea::focusOutEvent(event);
    m_screen->focused(false);
    flushOutput();
    restartBlinking();
    viewport()->update();
}

// The mouse

void TerminalView::mousePressEvent(QMouseEvent *event)
{
    event->accept();
    m_mouse->press(*event);
}

void TerminalView::mouseDoubleClickEvent(QMouseEvent *event)
{
    event->accept();
    m_mouse->doubleClick(*event);
}

void TerminalView::mouseMoveEvent(QMouseEvent *event) { m_mouse->move(*event); }

void TerminalView::mouseReleaseEvent(QMouseEvent *event)
{
    event->accept();
    m_mouse->release(*event);
}

void TerminalView::wheelEvent(QWheelEvent *event)
{
    event->accept();
    m_mouse->turnWheel(*event);
}

/// For a middle click, here or elsewhere.
void TerminalView::offerSelection() const
{
    QClipboard *clipboard = QGuiApplication::clipboard();
    if (clipboard->supportsSelection() && hasSelection())
        clipboard->setText(selectedText(), QClipboard::Selection);
}

// The selection

void TerminalView::select(const TextRange &range)
{
    if (range == m_selection)
        return;
    updateLines(m_selection.begin.line, m_selection.end.line);
    m_selection = range;
    updateLines(m_selection.begin.line, m_selection.end.line);
    emit selectionChanged();
}

QString TerminalView::selectedText() const { return textOf(*m_screen, m_selection); }

void TerminalView::selectAll()
{
    select({{m_screen->firstLine(), 0}, {m_screen->endLine() - 1, m_screen->size().columns}});
}

void TerminalView::clearSelection()
{
    m_mouse->stopSelecting();
    select({});
}

void TerminalView::copy() const
{
    if (hasSelection())
        QGuiApplication::clipboard()->setText(selectedText());
}

void TerminalView::pasteClipboard() { paste(QGuiApplication::clipboard()->text()); }

void TerminalView::pastePrimary()
{
    QClipboard *clipboard = QGuiApplication::clipboard();
    paste(clipboard->text(clipboard->supportsSelection() ? QClipboard::Selection : QClipboard::Clipboard));
}

bool TerminalView::find(const QString &text, bool forwards, bool caseSensitive)
{
    TextRange from = m_selection;
    if (from.isEmpty()) {
        // From what is in sight: forwards from its top, backwards from its end.
        from.end = {m_top, 0};
        from.begin = {m_top + m_screen->size().rows - 1, m_screen->size().columns};
    }
    const auto found =
        findText(*m_screen, text, from, forwards, caseSensitive ? Qt::CaseSensitive : Qt::CaseInsensitive);
    if (!found)
        return false;
    select(*found);
    m_mouse->setOrigin(*found);
    scrollTo(found->begin.line);
    return true;
}

void TerminalView::scrollTo(LineNumber line)
{
    const int rows = m_screen->size().rows;
    if (line < m_top || line >= m_top + rows)
        verticalScrollBar()->setValue(static_cast<int>(line - rows / 2 - m_screen->firstLine()));
}

void TerminalView::openFindBar()
{
    m_findBar->open(selectedText());
    placeFindBar();
}

void TerminalView::placeFindBar()
{
    m_findBar->adjustSize();
    const int width = std::min(m_findBar->sizeHint().width(), viewport()->width());
    m_findBar->setGeometry(viewport()->width() - width, 0, width, m_findBar->sizeHint().height());
}

void TerminalView::setScrollbackLines(std::size_t lines)
{
    m_screen->setScrollbackCapacity(lines);
    ++m_revision;
    scheduleFrame();
}

void TerminalView::clearScrollback()
{
    m_screen->clearScrollback();
    ++m_revision;
    scheduleFrame();
}

void TerminalView::contextMenuEvent(QContextMenuEvent *event)
{
    event->accept();
    if (event->reason() == QContextMenuEvent::Mouse && m_mouse->isForProgram(event->modifiers()))
        return;
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    QAction *copyAction =
        menu->addAction(tr("&Copy"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), this, &TerminalView::copy);
    copyAction->setEnabled(hasSelection());
    menu->addAction(tr("&Paste"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_V), this, &TerminalView::pasteClipboard);
    menu->addSeparator();
    menu->addAction(tr("&Find…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_F), this, &TerminalView::openFindBar);
    menu->addAction(tr("Select &all"), this, &TerminalView::selectAll);
    menu->addAction(tr("Clear &scrollback"), this, &TerminalView::clearScrollback);
    menu->popup(event->globalPos());
}

} // namespace pivotbench::app::terminal
