// SPDX-License-Identifier: Apache-2.0
#include "helper/id_map_writer.h"

#include "core/base/text.h"
#include "helper/builder_link.h"
#include "helper/exec_program.h"
#include "helper/linux_system.h"
#include "helper/payload_process.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pivotbench::helper {

using namespace core;

struct IdMapWriter::Tool {
    std::string name;
    UniqueFd pidfd;
    UniqueFd words; ///< what it wrote to its standard error
    EventLoop::Source source;
};

std::unique_ptr<IdMapWriter> IdMapWriter::start(const WriteIdMaps &maps, pid_t builder, EventLoop &loop, Done done)
{
    std::unique_ptr<IdMapWriter> writer(new IdMapWriter(std::move(done)));
    IdMapWriter *raw = writer.get();
    raw->m_status = maps.byTools ? raw->run("newuidmap", builder, maps.uid, loop) : writeIdMapsDirectly(maps, builder);
    if (raw->m_status && maps.byTools)
        raw->m_status = raw->run("newgidmap", builder, maps.gid, loop);
    if (raw->m_running == 0) {
        auto soon = loop.soon([raw] { raw->m_done(raw->m_status); });
        if (soon)
            raw->m_soon = std::move(*soon);
    }
    return writer;
}

IdMapWriter::IdMapWriter(Done done)
    : m_done(std::move(done))
{
}

IdMapWriter::~IdMapWriter()
{
    for (const auto &tool : m_tools) {
        if (!tool->pidfd)
            continue;
        (void)sys::signalPidfd(tool->pidfd.get(), SIGKILL);
        siginfo_t info{};
        (void)::waitid(P_PIDFD, static_cast<id_t>(tool->pidfd.get()), &info, WEXITED);
    }
}

Status IdMapWriter::run(const char *name, pid_t builder, const std::vector<IdRange> &map, EventLoop &loop)
{
    std::vector<std::string> args{fmt::format("/usr/bin/{}", name), std::to_string(builder)};
    for (const IdRange &range : map)
        for (const std::uint32_t number : {range.containerId, range.hostId, range.size})
            args.push_back(std::to_string(number));

    auto tool = std::make_unique<Tool>();
    tool->name = name;
    tool->words = UniqueFd(::memfd_create("pivotbench-idmap", MFD_CLOEXEC));
    sys::OutcomeFd null = sys::openAt(AT_FDCWD, "/dev/null", O_RDWR);
    if (!tool->words || !null)
        return systemError(fmt::format("cannot prepare {}", name), errno);
    const Result<pid_t> pid = spawnSharing([&] {
        if (placeStreams(null->get(), null->get(), tool->words.get()))
            (void)executeProgram(args, {});
    });
    if (!pid)
        return std::unexpected(pid.error());
    if (*pid == 0)
        return systemError(fmt::format("cannot run {}", name), ENOENT, args.front());
    tool->pidfd = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0)));
    if (!tool->pidfd)
        return systemError(fmt::format("cannot watch {}", name), errno);
    Tool *raw = tool.get();
    auto source = loop.onExit(raw->pidfd.get(), [this, raw] { finished(*raw); });
    if (!source)
        return std::unexpected(source.error());
    raw->source = std::move(*source);
    m_tools.push_back(std::move(tool));
    ++m_running;
    return {};
}

void IdMapWriter::finished(Tool &tool)
{
    siginfo_t info{};
    (void)::waitid(P_PIDFD, static_cast<id_t>(tool.pidfd.get()), &info, WEXITED);
    tool.pidfd.reset();
    const bool well = info.si_code == CLD_EXITED && info.si_status == 0;
    if (!well && m_status) {
        char words[512];
        const ssize_t size = ::pread(tool.words.get(), words, sizeof words, 0);
        std::string_view text(words, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        while (text.ends_with('\n'))
            text.remove_suffix(1);
        m_status =
            failure("idmap.tool", fmt::format("{} refused the id map (it says \"{}\")", tool.name, printable(text)), {},
                    "compare the ranges with /etc/subuid and /etc/subgid, or use your own id alone "
                    "(\"idMaps\": {\"mode\": \"single\"})");
    }
    if (--m_running == 0) {
        const Done done = std::move(m_done); // may destroy this object
        done(m_status);
    }
}

std::unique_ptr<IdMapWriter> answerWriteIdMaps(const std::vector<Step> &steps, BuilderLink &builder, EventLoop &loop)
{
    const auto step = std::ranges::find_if(
        steps, [](const Step &candidate) { return std::holds_alternative<WriteIdMaps>(candidate.operation); });
    if (step == steps.end()) {
        builder.kill();
        return nullptr;
    }
    return IdMapWriter::start(std::get<WriteIdMaps>(step->operation), builder.pid(), loop,
                              [&builder](const Status &status) {
                                  if (status)
                                      builder.send({.kind = BuilderMessageKind::Go});
                                  else
                                      builder.send({.kind = BuilderMessageKind::Go, .errnum = status.error().errnum},
                                                   {status.error().what, status.error().path, status.error().hint});
                              });
}

Status writeIdMapsDirectly(const WriteIdMaps &maps, pid_t builder)
{
    for (const auto &[file, map] : {std::pair("uid_map", &maps.uid), std::pair("gid_map", &maps.gid)}) {
        const std::string path = fmt::format("/proc/{}/{}", builder, file);
        std::string text;
        for (const IdRange &range : *map)
            text += fmt::format("{} {} {}\n", range.containerId, range.hostId, range.size);
        const sys::OutcomeFd fd = sys::openAt(AT_FDCWD, path.c_str(), O_WRONLY | O_NOFOLLOW);
        if (!fd)
            return systemError("cannot open the id map", fd.error(), path);
        if (::write(fd->get(), text.data(), text.size()) < 0)
            return systemError("cannot write the id map", errno, path);
    }
    return {};
}

} // namespace pivotbench::helper
