// SPDX-License-Identifier: Apache-2.0
#include "helper/frame_recorder.h"

#include "core/base/file.h"
#include "helper/linux_system.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <ctime>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pivotbench::helper {

using namespace core;

namespace {

constexpr std::size_t largestTable = 64U << 20;

std::uint64_t now()
{
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(time.tv_nsec);
}

Anchor anchorOf(int fd)
{
    Anchor anchor;
    char path[PATH_MAX];
    const ssize_t size = ::readlink(fmt::format("/proc/self/fd/{}", fd).c_str(), path, sizeof path);
    if (size > 0)
        anchor.path.assign(path, static_cast<std::size_t>(size));
    struct statx status{};
    if (::statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) == 0 && (status.stx_mask & STATX_MNT_ID) != 0)
        anchor.mountId = status.stx_mnt_id;
    return anchor;
}

std::uint64_t inodeOf(int fd)
{
    struct stat status{};
    return ::fstat(fd, &status) == 0 ? status.st_ino : 0;
}

Result<std::string> readFile(const std::string &path)
{
    const sys::OutcomeFd fd = sys::openAt(AT_FDCWD, path.c_str(), O_RDONLY);
    if (!fd)
        return systemError("cannot open the mount table", fd.error(), path);
    std::string text;
    std::size_t used = 0;
    text.resize(1 << 16);
    for (;;) {
        const ssize_t got = ::read(fd->get(), text.data() + used, text.size() - used);
        if (got < 0)
            return systemError("cannot read the mount table", errno, path);
        if (got == 0)
            break;
        used += static_cast<std::size_t>(got);
        if (used > largestTable)
            return systemError("the mount table is too large to be recorded", EFBIG, path);
        if (used == text.size())
            text.resize(text.size() * 2);
    }
    text.resize(used);
    return text;
}

} // namespace

Result<FrameRecorder> FrameRecorder::create(UniqueFd sink)
{
    struct stat status{};
    const int flags = ::fcntl(sink.get(), F_GETFL);
    if (flags < 0 || ::fstat(sink.get(), &status) < 0)
        return systemError("cannot look at the recording's descriptor", errno);
    if (!S_ISREG(status.st_mode) || (flags & O_ACCMODE) == O_RDONLY)
        return failure("recording.sink", "the recording has to be a regular file opened for writing");
    return FrameRecorder(std::move(sink));
}

Status FrameRecorder::append(const std::string &line)
{
    Status written = writeAll(m_sink.get(), line, {});
    if (!written)
        return wrap(written.error(), "writing the recording");
    return {};
}

Status FrameRecorder::readTable(const std::string &file, Frame &frame)
{
    Result<std::string> text = readFile(file);
    if (!text)
        return std::unexpected(text.error());
    if (m_last.table && *text == m_lastText) {
        frame.table = m_last.table;
        return {};
    }
    auto entries = parseMountinfo(*text);
    if (!entries)
        return wrap(entries.error(), "reading the builder's mount table");
    frame.table = std::make_shared<const MountTable>(std::move(*entries));
    m_lastText = std::move(*text);
    return {};
}

Status FrameRecorder::begin(const RecordingHeader &header)
{
    m_began = now();
    if (Status written = append(m_writer.header(header)); !written)
        return written;
    Frame frame;
    frame.initial = true;
    frame.pid = ::getpid();
    frame.uid = ::geteuid();
    frame.gid = ::getegid();
    for (auto &[path, anchor] : {std::pair("/", &frame.root), std::pair(".", &frame.cwd)})
        if (const sys::OutcomeFd fd = sys::openAt(AT_FDCWD, path, O_PATH | O_DIRECTORY))
            *anchor = anchorOf(fd->get());
    for (const char *name : pinOrder) {
        struct stat status{};
        if (::stat(fmt::format("/proc/self/ns/{}", name).c_str(), &status) == 0)
            frame.namespaces[name] = status.st_ino;
    }
    if (Status read = readTable("/proc/self/mountinfo", frame); !read)
        return read;
    m_last = frame;
    return append(m_writer.frame(frame));
}

Status FrameRecorder::frame(const BuilderMessage &message, pid_t pid, const Error *error)
{
    Frame frame = m_last;
    frame.initial = false;
    frame.step = message.header.step;
    frame.skipped = message.header.flag != 0;
    frame.error.reset();
    if (error)
        frame.error = *error;
    frame.nanoseconds = message.header.startedNanoseconds > m_began ? message.header.startedNanoseconds - m_began : 0;
    frame.durationNanoseconds = message.header.durationNanoseconds;
    frame.pid = pid;
    frame.uid = message.header.uid;
    frame.gid = message.header.gid;
    if (message.descriptors.size() >= 2) {
        frame.root = anchorOf(message.descriptors[0].get());
        frame.cwd = anchorOf(message.descriptors[1].get());
    }
    std::size_t next = 2;
    for (std::size_t pin = 0; pin < pinCount && next < message.descriptors.size(); ++pin)
        if ((message.header.value & (1 << pin)) != 0)
            frame.namespaces[pinOrder[pin]] = inodeOf(message.descriptors[next++].get());
    if (Status read = readTable(fmt::format("/proc/{}/mountinfo", pid), frame); !read)
        return read;
    m_last = frame;
    return append(m_writer.frame(frame));
}

Status FrameRecorder::executed(std::size_t step, pid_t pid)
{
    Frame frame = m_last;
    frame.step = step;
    frame.skipped = false;
    frame.nanoseconds = now() - m_began;
    frame.durationNanoseconds = 0;
    if (Status read = readTable(fmt::format("/proc/{}/mountinfo", pid), frame); !read)
        return read;
    m_last = frame;
    return append(m_writer.frame(frame));
}

} // namespace pivotbench::helper
