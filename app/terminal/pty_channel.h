// SPDX-License-Identifier: Apache-2.0
//
// The master side of a pseudoterminal that somebody else opened: bytes in both directions, without ever blocking. Owns
// the descriptor; closing it hangs up on the program. Lives on the thread of its event loop.
//
// Reads as long as there is something, but no longer than a turn of the loop may take, so that a program that prints
// without end leaves time for painting and keys. Writes are queued up to a limit; what does not fit is refused whole.
// Follows pty(7), tty_ioctl(4): after the last slave is closed, read gives EIO.
//
//   auto channel = std::make_unique<PtyChannel>(core::UniqueFd(master));
//   connect(channel.get(), &PtyChannel::received, …);  view.attach(std::move(channel));
#pragma once

#include "core/base/unique_fd.h"

#include <QByteArray>
#include <QObject>
#include <QSocketNotifier>
#include <memory>
#include <string_view>

namespace pivotbench::app::terminal {

class PtyChannel : public QObject {
    Q_OBJECT

public:
    static constexpr qsizetype mostUnwritten = 4 << 20;

    explicit PtyChannel(core::UniqueFd master, QObject *parent = nullptr);
    ~PtyChannel() override;

    /// False, and nothing is queued, when the program has not read enough of what was sent before, or is gone.
    bool write(const QByteArray &bytes);
    /// TIOCSWINSZ; the kernel sends SIGWINCH when it changed. The pixels may be 0.
    void setSize(int rows, int columns, int widthPixels = 0, int heightPixels = 0);

    [[nodiscard]] bool isOpen() const { return static_cast<bool>(m_master); }
    [[nodiscard]] qsizetype unwritten() const { return m_queue.size() - m_written; }

signals:
    /// The view holds for the call only.
    void received(std::string_view bytes);
    /// The other side is gone, and everything it had printed was received. Once.
    void closed();

private:
    void readSome();
    void writeSome();
    void close();

    core::UniqueFd m_master;
    std::unique_ptr<QSocketNotifier> m_readable;
    std::unique_ptr<QSocketNotifier> m_writable;
    QByteArray m_buffer;
    QByteArray m_queue;
    qsizetype m_written = 0; ///< of the queue
};

} // namespace pivotbench::app::terminal
