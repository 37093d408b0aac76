// SPDX-License-Identifier: Apache-2.0
#include "helper/changed_sandbox.h"

#include "core/base/file.h"
#include "core/base/overloaded.h"
#include "core/base/text.h"
#include "core/changes/read_changed.h"
#include "helper/fork_inside.h"
#include "helper/linux_system.h"
#include "helper/settled_child.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

namespace pivotbench::helper {

using namespace core;

namespace {

/// What a selection may be long.
constexpr std::size_t mostPathBytes = std::size_t{64} << 20;
constexpr std::chrono::milliseconds progressEvery{100};

/// The place in the new root that an operation makes or mounts on, if it has one.
const Location *targetOf(const Operation &operation)
{
    return std::visit(
        [](const auto &op) -> const Location * {
            if constexpr (requires { op.target; })
                return &op.target;
            else
                return nullptr;
        },
        operation);
}

class Worker {
public:
    Worker(const WritableLayer &layer, ChangesJob &job, int channel)
        : m_layer(layer)
        , m_job(job)
        , m_channel(channel)
    {
    }

    [[noreturn]] void run()
    {
        const Status settled = settleChild("pivot-changes",
                                           {m_channel, m_layer.upper.get(), m_job.output.get(), m_job.directory.get(),
                                            m_job.paths.get(), m_job.lock.get()},
                                           {});
        const Status worked = settled ? work() : settled;
        if (!worked)
            tellFailure(worked.error());
        ::_exit(worked ? 0 : 1);
    }

private:
    Status work()
    {
        const ChangedRoot root{m_layer.upper.get(), m_layer.below, m_layer.ours};
        switch (m_job.kind) {
        case ChangesJob::Kind::List: {
            Status listed = listChanges(root, [this](const Change &change) { return put(encodeChange(change)); });
            return listed ? flush() : listed;
        }
        case ChangesJob::Kind::Read:
            return readChanged(root, m_job.path, m_job.before, m_job.limit, m_job.output.get());
        case ChangesJob::Kind::Take: break;
        }
        const Result<ChangeSelection> selection = readSelection();
        if (!selection)
            return std::unexpected(selection.error());
        const Result<TakenChanges> taken = take(root, *selection);
        if (!taken)
            return std::unexpected(taken.error());
        tell(*taken);
        return {};
    }

    Result<TakenChanges> take(const ChangedRoot &root, const ChangeSelection &selection)
    {
        const TakeProgress progress = [this](std::uint64_t entries, std::uint64_t bytes) {
            return report(entries, bytes);
        };
        switch (m_job.action) {
        case wire::TakeAction::Layer: return copyAsLayer(root, selection, m_job.directory.get(), m_job.name, progress);
        case wire::TakeAction::Keep: return copyAsLayer(root, selection, m_job.directory.get(), "upper", progress);
        case wire::TakeAction::Apply:
            return applyToFolder(root, selection, m_job.directory.get(), m_job.name, progress);
        case wire::TakeAction::Discard: return discardChanges(root, selection, progress);
        }
        std::unreachable();
    }

    Result<ChangeSelection> readSelection() const
    {
        ChangeSelection selection;
        if (!m_job.paths)
            return selection;
        std::string text;
        char buffer[64 * 1024];
        off_t at = 0;
        for (ssize_t got = 0; (got = ::pread(m_job.paths.get(), buffer, sizeof buffer, at)) != 0; at += got) {
            if (got < 0)
                return systemError("cannot read which changes are meant", errno);
            text.append(buffer, static_cast<std::size_t>(got));
            if (text.size() > mostPathBytes)
                return failure("changes.selection", "too many changes are selected", {}, "take all, or fewer");
        }
        for (const std::string_view path : split(text, '\0'))
            if (path.starts_with('/'))
                selection.emplace(path);
            else if (!path.empty())
                return failure("changes.selection", "a selected path is not absolute", printable(path));
        if (selection.empty())
            return failure("changes.selection", "no change is selected");
        return selection;
    }

    /// Many records at once: a pipe is slow in small pieces.
    bool put(std::string_view record)
    {
        m_buffer += record;
        return m_buffer.size() < 32 * 1024 || flush().has_value();
    }
    Status flush()
    {
        Status written = writeAll(m_job.output.get(), m_buffer, {});
        m_buffer.clear();
        return written;
    }

    bool report(std::uint64_t entries, std::uint64_t bytes)
    {
        const auto now = std::chrono::steady_clock::now();
        if (!m_job.output || now - m_lastReport < progressEvery)
            return true;
        m_lastReport = now;
        return writeAll(m_job.output.get(), fmt::format("{} {}\n", entries, bytes), {}).has_value();
    }

    void tell(const TakenChanges &taken) const
    {
        const auto text = [](std::uint64_t number) { return fmt::format("{}", number); };
        (void)sendMessage(
            m_channel, {.kind = BuilderMessageKind::Taken},
            {text(taken.entries), text(taken.bytes), text(taken.leftOut), text(taken.attributesLost), taken.replaced});
    }
    void tellFailure(const Error &error) const
    {
        const std::string context = join(error.context, "\n");
        (void)sendMessage(m_channel, {.kind = BuilderMessageKind::Failed, .errnum = error.errnum},
                          {error.code, error.what, error.path, error.hint, context});
    }

    const WritableLayer &m_layer;
    ChangesJob &m_job;
    int m_channel;
    std::string m_buffer;
    std::chrono::steady_clock::time_point m_lastReport;
};

} // namespace

std::optional<WritableLayer> writableLayerOf(const Plan &plan)
{
    WritableLayer layer;
    bool found = false;
    for (const Step &step : plan.steps) {
        const auto *overlay = std::get_if<MountOverlay>(&step.operation);
        if (overlay && isRootOverlay(plan, *overlay)) {
            found = !overlay->upper.empty();
            for (const std::string &lower : overlay->lowers)
                layer.below.layers.push_back({.path = lower});
            const bool userAttributes =
                std::ranges::any_of(overlay->parameters, [](const auto &p) { return p.first == "userxattr"; });
            layer.below.attributes = userAttributes ? OverlayAttributes::User : OverlayAttributes::Trusted;
        }
        const Location *target = targetOf(step.operation);
        if (!target || target->base != Location::Base::NewRoot)
            continue;
        for (std::string path = target->path; path.size() > 1; path = path.substr(0, path.rfind('/')))
            layer.ours.insert(path);
    }
    if (!found)
        return std::nullopt;
    layer.keepDirectory = plan.keepDirectory;
    return layer;
}

Result<std::unique_ptr<BuilderLink>> startChangesJob(const WritableLayer &layer, ChangesJob &job, EventLoop &loop,
                                                     BuilderLink::Handlers handlers)
{
    auto channel = makeBuilderChannel();
    if (!channel)
        return std::unexpected(channel.error());
    int pidfd = -1;
    const auto work = [&] { Worker(layer, job, channel->second.get()).run(); };
    const sys::Outcome<pid_t> pid =
        layer.userNamespace ? forkInside(layer.userNamespace.get(), 0, &pidfd, work) : sys::forkWith(0, &pidfd);
    if (!pid)
        return systemError("cannot start a process to work on the changes", pid.error());
    if (*pid == 0)
        work();
    return BuilderLink::adopt({*pid, UniqueFd(pidfd), std::move(channel->first)}, loop, std::move(handlers));
}

std::optional<TakenChanges> takenOf(const BuilderMessage &message)
{
    if (message.strings.size() < 5)
        return std::nullopt;
    TakenChanges taken;
    std::uint64_t *const numbers[] = {&taken.entries, &taken.bytes, &taken.leftOut, &taken.attributesLost};
    for (std::size_t i = 0; i < std::size(numbers); ++i) {
        const std::string &text = message.strings[i];
        if (std::from_chars(text.data(), text.data() + text.size(), *numbers[i]).ec != std::errc{})
            return std::nullopt;
    }
    taken.replaced = message.strings[4];
    return taken;
}

} // namespace pivotbench::helper
