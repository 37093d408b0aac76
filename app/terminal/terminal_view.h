// SPDX-License-Identifier: Apache-2.0
//
// A terminal to look at and type into: shows a Screen and carries bytes between it and a PtyChannel. Interface thread.
//
//   auto *view = new TerminalView(parent);          // owned by its parent, as widgets are
//   view->setAccessibleName(tr("Shell in …"));
//   view->attach(std::make_unique<PtyChannel>(core::UniqueFd(master)));   // the view owns the channel
//   connect(view, &TerminalView::ended, …);         // the program is gone; what it printed stays
//
// Without a channel, feed() shows bytes from anywhere, and what is typed only comes out of the signal input().
//
// Keys go to the program, but for: Ctrl+Shift+C, V (copy, paste), Shift+Insert (paste the primary selection),
// Ctrl+Shift+F (find), Ctrl+plus, minus, 0 (zoom), Shift+PageUp, PageDown, Home, End (scroll), Menu, and
// Ctrl+Shift+Tab, which leaves the terminal, because Tab is the program's. Other keys with Ctrl+Shift are left to the
// window's shortcuts. Shift makes the mouse select where the program has asked for it.
//
// A view that cannot be seen paints nothing and has no timer running; what arrives is still read.
#pragma once

#include "app/terminal/accessible_text.h"
#include "app/terminal/line_painter.h"
#include "app/terminal/pty_channel.h"
#include "app/terminal/screen.h"
#include "app/terminal/selection.h"
#include "app/terminal/terminal_colours.h"

#include <QAbstractScrollArea>
#include <QBasicTimer>
#include <QElapsedTimer>
#include <memory>
#include <optional>

namespace pivotbench::app::terminal {

class FindBar;
class ViewMouse;
enum class ViewKey : std::uint8_t;

class TerminalView : public QAbstractScrollArea {
    Q_OBJECT

public:
    explicit TerminalView(QWidget *parent = nullptr);
    ~TerminalView() override;

    /// Takes the channel and tells it the size. An earlier one is closed.
    void attach(std::unique_ptr<PtyChannel> channel);
    /// Gives the channel away, if there is one; the text stays.
    std::unique_ptr<PtyChannel> detach();
    [[nodiscard]] PtyChannel *channel() const { return m_channel.get(); }
    /// As if a program had printed it.
    void feed(std::string_view bytes);
    /// Types text for the user: as pasted, made safe.
    void paste(const QString &text);

    /// Only to look at; sizes and contents are the view's affair.
    [[nodiscard]] const Screen &screen() const { return *m_screen; }
    /// Made safe to show; empty until the program names one.
    [[nodiscard]] QString title() const;

    void setScrollbackLines(std::size_t lines);
    void clearScrollback();
    /// Without one, light or dark as the palette is.
    void setColours(const std::optional<TerminalColours> &colours);

    /// Points; setFont() takes any font, of which this is the size at zoom 0.
    void zoom(int steps);
    void resetZoom();

    [[nodiscard]] bool hasSelection() const { return !m_selection.isEmpty(); }
    [[nodiscard]] const TextRange &selection() const { return m_selection; }
    [[nodiscard]] QString selectedText() const;
    void select(const TextRange &range);
    void selectAll();
    void clearSelection();
    void copy() const;
    void pasteClipboard();
    /// Selects the next match after the selection, or before it, goes there, and says whether there was one.
    bool find(const QString &text, bool forwards = true, bool caseSensitive = false);
    void openFindBar();

    /// A cell's rectangle in the viewport, empty where it is not in sight.
    [[nodiscard]] QRect cellRect(TextPosition position) const;
    [[nodiscard]] TextPosition positionAt(QPoint viewportPoint) const;
    /// Logical pixels.
    [[nodiscard]] QSizeF cellSize() const;
    /// The line shown at the top.
    [[nodiscard]] LineNumber topLine() const;
    /// Shows the line in the middle, where it is not in sight.
    void scrollTo(LineNumber line);
    void scrollLines(int lines);
    /// Shows the newest lines as they come.
    [[nodiscard]] bool follows() const { return m_follows; }
    /// Another number whenever the text may be another.
    [[nodiscard]] quint64 revision() const { return m_revision; }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QVariant inputMethodQuery(Qt::InputMethodQuery query) const override;

signals:
    /// Rows and columns changed; an attached channel knows already.
    void resized(int rows, int columns);
    /// What goes to the program: keys, pasted text, mouse reports, answers.
    void input(const QByteArray &bytes);
    void titleChanged(const QString &title);
    void bellRang();
    void ended();
    void selectionChanged();
    /// Something was written or moved; at most once a frame.
    void updated();

protected:
    bool event(QEvent *event) override;
    bool focusNextPrevChild(bool next) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void changeEvent(QEvent *event) override;
    void timerEvent(QTimerEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void inputMethodEvent(QInputMethodEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void scrollContentsBy(int dx, int dy) override;

private:
    void updateFont();
    void updateColours();
    void updateSize();
    void updateScrollBar();
    void scheduleFrame();
    void showFrame();
    void announceText();
    void updateRows(const std::vector<bool> &screenRows);
    void updateLines(LineNumber from, LineNumber to);
    void restartBlinking();
    void toggleBlink();
    void flushOutput();
    void typed();
    bool doOwn(ViewKey key);
    void pastePrimary();
    void offerSelection() const;
    void placeFindBar();
    void paintPreedit(QPainter &painter) const;
    [[nodiscard]] bool isInSight() const;
    [[nodiscard]] int marginPixels() const;
    [[nodiscard]] LineMarks marksOf(LineNumber line) const;
    [[nodiscard]] QRect lineRect(LineNumber line) const;

    std::unique_ptr<Screen> m_screen;
    std::unique_ptr<PtyChannel> m_channel;
    LinePainter m_painter;
    std::optional<TerminalColours> m_colours;
    qreal m_pixelRatio = 0;
    QFont m_unzoomed;
    int m_zoom = 0;
    bool m_settingFont = false;
    LineNumber m_top = 0;
    bool m_follows = true; ///< the bottom, as lines come

    QBasicTimer m_frameTimer;
    QElapsedTimer m_lastFrame;
    QBasicTimer m_blinkTimer;
    bool m_blinkDark = false;
    Cursor m_shownCursor;
    quint64 m_revision = 1;
    QBasicTimer m_announceTimer;
    AccessibleText m_announced;

    TextRange m_selection;
    QString m_preedit;
    bool m_sawBlinking = false; ///< a cell with the blinking rendition was painted
    ViewMouse *m_mouse;
    FindBar *m_findBar;
    Line m_scratch;
};

} // namespace pivotbench::app::terminal
