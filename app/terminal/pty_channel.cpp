// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/pty_channel.h"

#include <QElapsedTimer>
#include <QPointer>
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace pivotbench::app::terminal {

namespace {

constexpr qsizetype bufferSize = 64 * 1024;
constexpr qint64 turnMilliseconds = 8;

} // namespace

PtyChannel::PtyChannel(core::UniqueFd master, QObject *parent)
    : QObject(parent)
    , m_master(std::move(master))
    , m_buffer(bufferSize, Qt::Uninitialized)
{
    if (!m_master)
        return;
    const int flags = ::fcntl(m_master.get(), F_GETFL);
    ::fcntl(m_master.get(), F_SETFL, flags | O_NONBLOCK);
    ::fcntl(m_master.get(), F_SETFD, FD_CLOEXEC);
    m_readable = std::make_unique<QSocketNotifier>(m_master.get(), QSocketNotifier::Read);
    m_writable = std::make_unique<QSocketNotifier>(m_master.get(), QSocketNotifier::Write);
    m_writable->setEnabled(false);
    connect(m_readable.get(), &QSocketNotifier::activated, this, &PtyChannel::readSome);
    connect(m_writable.get(), &QSocketNotifier::activated, this, &PtyChannel::writeSome);
}

PtyChannel::~PtyChannel() = default;

bool PtyChannel::write(const QByteArray &bytes)
{
    if (!m_master || unwritten() + bytes.size() > mostUnwritten)
        return false;
    m_queue.remove(0, m_written);
    m_written = 0;
    m_queue += bytes;
    writeSome();
    return true;
}

void PtyChannel::setSize(int rows, int columns, int widthPixels, int heightPixels)
{
    if (!m_master)
        return;
    const auto bounded = [](int value) { return static_cast<unsigned short>(std::clamp(value, 0, 65535)); };
    const winsize size{.ws_row = bounded(rows),
                       .ws_col = bounded(columns),
                       .ws_xpixel = bounded(widthPixels),
                       .ws_ypixel = bounded(heightPixels)};
    ::ioctl(m_master.get(), TIOCSWINSZ, &size);
}

void PtyChannel::readSome()
{
    QElapsedTimer turn;
    turn.start();
    const QPointer<PtyChannel> alive(this);
    do {
        // A read gives no more than the kernel's buffer of 4 KiB holds; the work per call is worth more.
        qsizetype filled = 0;
        bool ended = false;
        bool empty = false;
        while (filled < m_buffer.size()) {
            const ssize_t got =
                ::read(m_master.get(), m_buffer.data() + filled, static_cast<std::size_t>(m_buffer.size() - filled));
            if (got > 0) {
                filled += got;
            } else if (got < 0 && errno == EINTR) {
                continue;
            } else {
                empty = got < 0 && errno == EAGAIN;
                ended = !empty;
                break;
            }
        }
        if (filled > 0) {
            emit received({m_buffer.constData(), static_cast<std::size_t>(filled)});
            if (!alive || !m_master)
                return;
        }
        if (ended) {
            close();
            return;
        }
        if (empty)
            return;
    } while (turn.elapsed() < turnMilliseconds);
}

void PtyChannel::writeSome()
{
    while (m_master && unwritten() > 0) {
        const ssize_t sent =
            ::write(m_master.get(), m_queue.constData() + m_written, static_cast<std::size_t>(unwritten()));
        if (sent >= 0) {
            m_written += sent;
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            m_written = m_queue.size(); // nobody will read it; the end is told by reading
        }
    }
    if (unwritten() == 0) {
        m_queue.clear();
        m_written = 0;
    }
    if (m_writable)
        m_writable->setEnabled(unwritten() > 0);
}

void PtyChannel::close()
{
    m_readable.reset();
    m_writable.reset();
    m_master.reset();
    m_queue.clear();
    m_written = 0;
    emit closed();
}

} // namespace pivotbench::app::terminal
