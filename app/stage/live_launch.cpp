// SPDX-License-Identifier: Apache-2.0
#include "app/stage/live_launch.h"

#include "app/base/background.h"
#include "app/stage/stage_source.h"
#include "core/base/file.h"

#include <QFile>
#include <cerrno>
#include <sys/mman.h>

namespace pivotbench::app {

using namespace core;

namespace {

/// What may be there to look around with: the host's, until the root is another one, and then that root's.
const std::vector<std::vector<std::string>> shells{{"sh"}, {"busybox", "sh"}, {"bash"}};
constexpr wire::WindowSize usualWindow{.rows = 10, .columns = 100};

LiveLaunch::State stateOf(const SandboxSession *session)
{
    if (!session)
        return LiveLaunch::State::Over;
    switch (session->state()) {
    case SandboxSession::State::Starting: return LiveLaunch::State::Building;
    case SandboxSession::State::Waiting: return LiveLaunch::State::Waiting;
    case SandboxSession::State::Running: return LiveLaunch::State::Running;
    case SandboxSession::State::Ended:
    case SandboxSession::State::Failed: break;
    }
    return LiveLaunch::State::Over;
}

/// From `offset` to the end, handed over in pieces.
template <typename Take> Status readFrom(int file, off_t &offset, const Take &take)
{
    std::vector<char> buffer(65536);
    for (;;) {
        const ssize_t got = ::pread(file, buffer.data(), buffer.size(), offset);
        if (got < 0)
            return systemError("cannot read the recording", errno);
        if (got == 0)
            return {};
        offset += got;
        if (Status taken = take(std::string_view(buffer.data(), static_cast<std::size_t>(got))); !taken)
            return taken;
    }
}

} // namespace

struct LiveLaunch::Watch {
    UniqueFd file;
    RecordingReader reader = RecordingReader();
    off_t read = 0;
    std::optional<Recording> predicted = {};
    std::shared_ptr<const Staged> foretold = {};

    struct Seen {
        std::shared_ptr<const Staged> staged;
        std::optional<std::vector<FrameMismatch>> mismatches;
        std::optional<Error> error;
    };

    Seen look(bool grows)
    {
        Seen seen;
        if (Status all = readFrom(file.get(), read, [this](std::string_view text) { return reader.append(text); });
            !all)
            seen.error = wrap(std::move(all.error()), "reading what is recorded of the launch").error();
        if (reader.recording().frames.empty())
            return seen;
        const auto recording = std::make_shared<const Recording>(reader.recording());
        if (!foretold) {
            predicted = foretellAgain(*recording);
            if (predicted)
                foretold = makeStaged(std::make_shared<const Recording>(*predicted));
        }
        seen.staged = makeStaged(recording, grows ? foretold : nullptr);
        if (predicted)
            seen.mismatches = compareStage(*recording, *predicted, grows);
        return seen;
    }
};

Result<UniqueFd> LiveLaunch::makeFile()
{
    UniqueFd file(::memfd_create("pivotbench-recording", MFD_CLOEXEC));
    if (!file)
        return systemError("cannot make memory for the recording", errno);
    return file;
}

LiveLaunch::LiveLaunch(SandboxSession &session, UniqueFd file, QObject *parent)
    : QObject(parent)
    , m_session(&session)
    , m_watch(std::make_shared<Watch>(std::move(file)))
{
    connect(&session, &SandboxSession::stateChanged, this, &LiveLaunch::look);
    connect(&session, &SandboxSession::problem, this, &LiveLaunch::problem);
    connect(&session, &QObject::destroyed, this, &LiveLaunch::look);
    connect(&session, &SandboxSession::peekOpened, this, &LiveLaunch::peekOpened);
    connect(&session, &SandboxSession::peekFailed, this, [this](const Error &error) {
        if (m_state == State::Waiting && m_shell + 1 < shells.size())
            tryShell(m_shell + 1);
        else
            emit problem(wrap(error, "looking inside").error());
    });
}

LiveLaunch::~LiveLaunch() = default;

/// The helper says nothing before it has written, so whatever the state tells of is in the file.
void LiveLaunch::look()
{
    if (m_looking) {
        m_again = true;
        return;
    }
    m_looking = true;
    m_again = false;
    const State state = stateOf(m_session);
    const bool grows = state == State::Building || state == State::Waiting;
    runBeside(
        this, [watch = m_watch, grows] { return watch->look(grows); },
        [this, state](Watch::Seen seen) {
            m_looking = false;
            m_state = state;
            if (seen.staged)
                m_staged = std::move(seen.staged);
            if (seen.mismatches)
                m_mismatches = std::move(seen.mismatches);
            emit advanced();
            if (seen.error)
                emit problem(*seen.error);
            if (m_again)
                look();
        });
}

void LiveLaunch::step()
{
    if (m_session)
        m_session->goOn({.sandbox = {}, .single = true, .to = {}, .breakpoints = {}});
}

void LiveLaunch::runOn(const std::set<std::string> &breakpoints) { runTo({}, breakpoints); }

void LiveLaunch::runTo(const QString &step, const std::set<std::string> &breakpoints)
{
    if (!m_session)
        return;
    std::vector<std::string> known; // those of other plans would be refused
    if (m_staged)
        for (const Step &one : m_staged->recording->header.plan.steps)
            if (breakpoints.contains(one.id))
                known.push_back(one.id);
    m_session->goOn({.sandbox = {}, .single = false, .to = step.toStdString(), .breakpoints = std::move(known)});
}

void LiveLaunch::peek() { tryShell(0); }

void LiveLaunch::tryShell(std::size_t index)
{
    m_shell = index;
    if (m_session)
        m_session->peek(shells[index], usualWindow);
}

void LiveLaunch::abort()
{
    if (m_session && m_session->isBuilding())
        m_session->stop(false);
}

void LiveLaunch::save(const QString &path)
{
    runBeside(
        this,
        [watch = m_watch, name = QFile::encodeName(path).toStdString()] {
            std::string text;
            off_t offset = 0;
            Status status = readFrom(watch->file.get(), offset, [&text](std::string_view piece) {
                text += piece;
                return Status();
            });
            return status ? replaceFile(name, text) : status;
        },
        [this, path](Status status) {
            if (status)
                emit saved(path);
            else
                emit problem(wrap(std::move(status.error()), "saving the recording").error());
        });
}

} // namespace pivotbench::app
