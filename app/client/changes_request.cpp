// SPDX-License-Identifier: Apache-2.0
#include "app/client/changes_request.h"

#include "app/client/helper_client.h"
#include "core/base/file.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace pivotbench::app {

using namespace core;

namespace {

constexpr int lookEveryMs = 100;
/// What claims to be one record, or one line of progress, and is longer is none.
constexpr std::size_t longestRecord = std::size_t{64} * 1024;

/// False ends the reading: enough was read.
using Sink = std::function<bool(std::string_view bytes)>;

/// One request with a pipe beside it, whose other end the helper writes to.
class PipedCall {
public:
    PipedCall(const std::string &socket, const Cancelled &cancelled)
        : m_socket(socket)
        , m_cancelled(cancelled)
    {
    }

    /// The index of the pipe among the descriptors.
    static constexpr wire::DescriptorIndex pipe = 0;

    Result<wire::ReplyBody> ask(wire::Method method, std::vector<int> others, const Sink &sink)
    {
        Result<HelperClient> client = HelperClient::connect(m_socket);
        if (!client)
            return std::unexpected(std::move(client.error()));
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) < 0)
            return systemError("cannot make a pipe", errno);
        UniqueFd read(ends[0]);
        UniqueFd write(ends[1]);
        others.insert(others.begin(), write.get());
        if (Status sent = client->call({.method = std::move(method)}, others); !sent)
            return std::unexpected(std::move(sent.error()));
        write.reset();
        for (;;) {
            if (m_cancelled && m_cancelled())
                return failure("cancelled", "it was cancelled");
            pollfd ready[] = {{client->fd(), POLLIN, 0}, {read ? read.get() : -1, POLLIN, 0}};
            if (::poll(ready, 2, lookEveryMs) < 0 && errno != EINTR)
                return systemError("cannot wait for the helper", errno);
            // What was written comes before the word that all was.
            if (ready[1].revents != 0) {
                if (!drain(read, sink))
                    return wire::ReplyBody(wire::Done{});
                continue;
            }
            Result<std::optional<ReceivedReply>> reply = client->tryNext();
            if (!reply)
                return std::unexpected(std::move(reply.error()));
            if (!*reply)
                continue;
            while (read)
                if (!drain(read, sink))
                    break;
            if (auto *failed = std::get_if<wire::Failure>(&(*reply)->reply.body))
                return std::unexpected(std::move(failed->error));
            return std::move((*reply)->reply.body);
        }
    }

private:
    static bool drain(UniqueFd &read, const Sink &sink)
    {
        char buffer[64 * 1024];
        const ssize_t got = ::read(read.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            return true;
        if (got <= 0) {
            read.reset();
            return true;
        }
        return sink({buffer, static_cast<std::size_t>(got)});
    }

    const std::string &m_socket;
    const Cancelled &m_cancelled;
};

/// The selected paths, each ending in NUL.
Result<UniqueFd> selectionFile(const ChangeSelection &selection)
{
    UniqueFd file(::memfd_create("selection", MFD_CLOEXEC));
    if (!file)
        return systemError("cannot make a file in memory", errno);
    std::string text;
    for (const std::string &path : selection)
        text.append(path).push_back('\0');
    if (Status written = writeAll(file.get(), text, {}); !written)
        return std::unexpected(std::move(written.error()));
    return file;
}

} // namespace

Result<ChangeList> fetchChanges(const std::string &socket, const std::string &sandbox, const Cancelled &cancelled)
{
    ChangeList list;
    std::string rest;
    std::optional<Error> broken;
    const auto answer =
        PipedCall(socket, cancelled).ask(wire::ListChanges{sandbox, PipedCall::pipe}, {}, [&](std::string_view bytes) {
            rest += bytes;
            std::size_t begin = 0;
            for (std::size_t end = 0; (end = rest.find('\0', begin)) != std::string::npos; begin = end + 1) {
                Result<Change> change = decodeChange(std::string_view(rest).substr(begin, end - begin));
                if (!change)
                    broken = std::move(change.error());
                else
                    list.changes.push_back(std::move(*change));
                list.truncated = list.changes.size() >= ChangeList::mostChanges;
                if (broken || list.truncated)
                    return false;
            }
            rest.erase(0, begin);
            if (rest.size() > longestRecord)
                broken = decodeChange({}).error();
            return !broken;
        });
    if (broken)
        return std::unexpected(std::move(*broken));
    if (!answer)
        return std::unexpected(answer.error());
    return list;
}

Result<ChangedText> fetchChangedText(const std::string &socket, const std::string &sandbox, const std::string &path,
                                     bool before, std::size_t limit, const Cancelled &cancelled)
{
    ChangedText read;
    const auto answer =
        PipedCall(socket, cancelled)
            .ask(wire::ReadChanged{sandbox, path, before, PipedCall::pipe, limit + 1}, {}, [&](std::string_view bytes) {
                read.text += bytes;
                return read.text.size() <= limit;
            });
    if (!answer)
        return std::unexpected(answer.error());
    read.truncated = read.text.size() > limit;
    read.text.resize(std::min(read.text.size(), limit));
    return read;
}

std::string nameForReplaced()
{
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::localtime_r(&now, &parts);
    char text[64];
    (void)std::strftime(text, sizeof text, "replaced-%Y%m%d-%H%M%S", &parts);
    return text;
}

Result<TakenChanges> takeChanges(const std::string &socket, const TakeOrder &order, const TakeProgress &progress,
                                 const Cancelled &cancelled)
{
    wire::TakeChanges request{.sandbox = order.sandbox,
                              .action = order.action,
                              .name = order.name,
                              .directory = std::nullopt,
                              .paths = std::nullopt,
                              .progress = PipedCall::pipe};
    std::vector<int> descriptors;
    UniqueFd directory;
    UniqueFd paths;
    if (!order.directory.empty()) {
        directory = UniqueFd(::open(order.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!directory)
            return systemError("cannot open the folder", errno, order.directory);
        descriptors.push_back(directory.get());
        request.directory = static_cast<wire::DescriptorIndex>(descriptors.size());
    }
    if (!order.selection.empty()) {
        Result<UniqueFd> file = selectionFile(order.selection);
        if (!file)
            return std::unexpected(std::move(file.error()));
        paths = std::move(*file);
        descriptors.push_back(paths.get());
        request.paths = static_cast<wire::DescriptorIndex>(descriptors.size());
    }
    std::string line;
    bool stopped = false;
    const auto stop = [&] { return stopped || (cancelled && cancelled()); };
    const Cancelled stopping = stop;
    const auto answer = PipedCall(socket, stopping).ask(std::move(request), descriptors, [&](std::string_view bytes) {
        line += bytes;
        const std::size_t end = line.rfind('\n');
        if (end == std::string::npos)
            return line.size() <= longestRecord;
        const std::size_t before = end == 0 ? std::string::npos : line.rfind('\n', end - 1);
        const std::string last = line.substr(before == std::string::npos ? 0 : before + 1, end);
        line.erase(0, end + 1);
        std::uint64_t entries = 0;
        std::uint64_t done = 0;
        const char *const limit = last.data() + last.size();
        const auto first = std::from_chars(last.data(), limit, entries);
        if (first.ptr != limit)
            (void)std::from_chars(first.ptr + 1, limit, done);
        if (progress && !progress(entries, done))
            stopped = true;
        return true;
    });
    if (!answer)
        return std::unexpected(answer.error());
    const auto *taken = std::get_if<wire::ChangesTaken>(&*answer);
    if (!taken)
        return failure("helper.answer", "the helper gave an answer that does not belong to the question");
    return taken->taken;
}

} // namespace pivotbench::app
