// SPDX-License-Identifier: Apache-2.0
#include "helper/session.h"

#include "core/base/file.h"
#include "core/base/overloaded.h"
#include "core/base/text.h"
#include "core/plan/planner.h"
#include "core/spec/validate.h"
#include "helper/linux_system.h"
#include "helper/oci_seccomp.h"
#include "helper/sandbox_path.h"
#include "helper/seccomp_profile.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

namespace pivotbench::helper {

using namespace core;

namespace {

constexpr std::size_t mostSandboxes = 128;
constexpr std::size_t mostEnded = 64;
constexpr std::size_t mostMounts = 4096; ///< as far as a client may raise the limit for its own helper
constexpr std::size_t mostLayers = 500;  ///< overlayfs' own limit
constexpr std::size_t longestName = 64;
constexpr std::chrono::milliseconds prepareDelay{20};

bool isName(std::string_view name)
{
    const auto right = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    };
    return !name.empty() && name.size() <= longestName && name.front() != '.' && name.front() != '-' &&
           std::ranges::all_of(name, right);
}

/// "BusyBox playground" → "busybox-playground".
std::string slug(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0)
            out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        else if (!out.empty() && out.back() != '-')
            out += '-';
    }
    while (out.ends_with('-'))
        out.pop_back();
    out.resize(std::min<std::size_t>(out.size(), 40));
    return out.empty() ? "sandbox" : out;
}

/// Moves a descriptor out of a call; the codec has checked that the index exists and is used once.
UniqueFd take(Call &call, wire::DescriptorIndex index) { return std::move(call.descriptors[index]); }

} // namespace

Session::Session(EventLoop &loop, HostFacts facts, std::function<void()> idle)
    : m_loop(loop)
    , m_facts(std::move(facts))
    , m_idle(std::move(idle))
    , m_prepared(loop)
{
}

Session::~Session() = default;

bool Session::busy() const
{
    return std::ranges::any_of(m_sandboxes, [](const auto &entry) { return entry.second->alive(); });
}

void Session::handle(Call call)
{
    wire::Method method = std::move(call.request.method);
    std::visit(Overloaded{
                   [&](const wire::GetInfo &) {},                 // answered by the server
                   [&](const wire::GetInterfaceDescription &) {}, // likewise
                   [&](wire::Launch &request) { launch(std::move(request), std::move(call)); },
                   [&](const wire::Continue &request) {
                       if (Sandbox *sandbox = find(request.sandbox, call))
                           sandbox->continueWith(request, std::move(call));
                   },
                   [&](const wire::Abort &request) {
                       if (Sandbox *sandbox = find(request.sandbox, call)) {
                           call.reply({wire::Done{}, false});
                           sandbox->abort();
                       }
                   },
                   [&](const wire::Peek &request) {
                       if (Sandbox *sandbox = find(request.sandbox, call))
                           sandbox->peek(request, std::move(call));
                   },
                   [&](const wire::List &) { list(std::move(call)); },
                   [&](const wire::Wait &request) {
                       if (Sandbox *sandbox = find(request.sandbox, call))
                           sandbox->wait(std::move(call));
                   },
                   [&](const wire::Signal &request) {
                       if (Sandbox *sandbox = find(request.sandbox, call))
                           sandbox->signal(request, std::move(call));
                   },
                   [&](const wire::Exec &request) {
                       if (Sandbox *sandbox = find(request.sandbox, call))
                           sandbox->exec(request, std::move(call));
                   },
                   [&](const wire::Remove &request) { remove(request, std::move(call)); },
                   [&](const wire::HoldChanges &request) {
                       if (Sandbox *sandbox = find(request.sandbox, call))
                           sandbox->hold(std::move(call));
                   },
                   [&](const wire::ListChanges &request) {
                       ChangesJob job{.kind = ChangesJob::Kind::List};
                       job.output = take(call, request.output);
                       if (Sandbox *sandbox = find(request.sandbox, call))
                           sandbox->workOnChanges(std::move(job), std::move(call));
                   },
                   [&](const wire::ReadChanged &request) {
                       ChangesJob job{.kind = ChangesJob::Kind::Read,
                                      .path = request.path,
                                      .before = request.before,
                                      .limit = request.limit};
                       job.output = take(call, request.output);
                       if (Sandbox *sandbox = find(request.sandbox, call))
                           sandbox->workOnChanges(std::move(job), std::move(call));
                   },
                   [&](const wire::TakeChanges &request) { takeChanges(request, std::move(call)); },
               },
               method);
}

Sandbox *Session::find(const std::string &id, Call &call)
{
    const auto found = m_sandboxes.find(id);
    if (found != m_sandboxes.end())
        return found->second.get();
    call.reply(
        failureReply(wire::error_name::unknownSandbox, Error{.code = "sandbox.unknown",
                                                             .what = fmt::format("there is no sandbox \"{}\"", id),
                                                             .hint = "\"pivotctl ps\" lists them"}));
    return nullptr;
}

Result<std::string> Session::chooseName(const wire::Launch &request) const
{
    if (!request.name.empty()) {
        if (!isName(request.name))
            return failure(
                "sandbox.name", fmt::format("\"{}\" cannot be a sandbox's name", request.name), {},
                "use up to 64 letters, digits, dots, dashes and underscores, beginning with a letter or digit");
        const auto found = m_sandboxes.find(request.name);
        if (found != m_sandboxes.end())
            return failure("sandbox.name", fmt::format("there is a sandbox \"{}\" already", request.name), {},
                           found->second->alive()
                               ? "choose another name, or stop that one"
                               : "choose another name, or forget the ended one with \"pivotctl rm\"");
        return request.name;
    }
    const std::string base = slug(request.spec.name);
    for (unsigned i = 1;; ++i)
        if (std::string name = fmt::format("{}-{}", base, i); !m_sandboxes.contains(name))
            return name;
}

Result<std::shared_ptr<const SeccompFilter>> Session::filterFor(const Plan &plan)
{
    for (const Step &step : plan.steps) {
        const auto *install = std::get_if<InstallSeccomp>(&step.operation);
        if (!install)
            continue;
        if (install->profile.choice == SeccompChoice::File) {
            Result<std::string> text = readFile(install->profile.path, 1 << 20);
            if (!text)
                return wrap(text.error(), "reading the seccomp profile");
            Result<OciSeccomp> compiled = compileOciSeccomp(*text);
            if (!compiled) {
                compiled.error().path = install->profile.path;
                return wrap(compiled.error(), "compiling the seccomp profile");
            }
            return std::make_shared<const SeccompFilter>(std::move(compiled->filter));
        }
        auto &cached = m_filters[install->capabilities];
        if (!cached) {
            Result<SeccompFilter> filter = defaultFilter(install->capabilities);
            if (!filter)
                return wrap(filter.error(), "compiling the default seccomp profile");
            cached = std::make_shared<const SeccompFilter>(std::move(*filter));
        }
        return cached;
    }
    return nullptr;
}

/// The lock is on the open file, so it is held by the helper and the builder until both have gone.
Result<UniqueFd> Session::lockKeptLayer(const std::string &directory) const
{
    sys::OutcomeFd slash = sys::openAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
    if (!slash)
        return systemError("cannot open the root", slash.error(), "/");
    if (auto made = makeInside(slash->get(), directory, NodeKind::Directory, 0700); !made)
        return wrap(made.error(), "making the directory of the kept layer");
    const std::string path = directory + "/lock";
    sys::OutcomeFd lock = sys::openAt(AT_FDCWD, path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (!lock)
        return systemError("cannot open the kept layer's lock", lock.error(), path);
    if (::flock(lock->get(), LOCK_EX | LOCK_NB) < 0) {
        auto error = systemError("the kept layer is in use by another sandbox", EBUSY, directory);
        for (const auto &[id, sandbox] : m_sandboxes)
            if (sandbox->alive() && sandbox->keepDirectory() == directory)
                error.error().hint = fmt::format("stop \"{}\" first, or keep the changes under another name", id);
        return error;
    }
    return std::move(*lock);
}

void Session::launch(wire::Launch request, Call call)
{
    const auto refuse = [&](const Error &error) { call.reply(failureReply(wire::error_name::launchFailed, error)); };
    if (static_cast<std::size_t>(std::ranges::count_if(
            m_sandboxes, [](const auto &entry) { return entry.second->alive(); })) >= mostSandboxes)
        return call.reply(failureReply(wire::error_name::limitReached,
                                       Error{.code = "limit",
                                             .what = fmt::format("{} sandboxes run already", mostSandboxes),
                                             .hint = "stop some first"}));
    const SpecLimits limits{.mounts = std::clamp(request.mountLimit, SpecLimits{}.mounts, mostMounts),
                            .layers = std::clamp(request.layerLimit, SpecLimits{}.layers, mostLayers)};
    std::vector<Finding> findings = validate(request.spec, m_facts, limits);
    if (hasErrors(findings))
        return call.reply(failureReply(wire::error_name::specRefused,
                                       Error{.code = "spec.refused", .what = "the spec cannot be run"},
                                       std::move(findings)));
    Result<std::string> name = chooseName(request);
    if (!name)
        return refuse(name.error());

    const bool unnamed = request.spec.name.empty();
    if (unnamed)
        request.spec.name = *name;
    Result<Plan> plan = makePlan(request.spec, m_facts);
    if (unnamed)
        request.spec.name.clear();
    if (!plan)
        return refuse(plan.error());
    for (const std::string &breakpoint : request.breakpoints)
        if (plan->find(breakpoint) == plan->steps.size())
            return refuse({.code = "step.unknown",
                           .what = fmt::format("there is no step \"{}\"", breakpoint),
                           .hint = "\"pivotctl plan\" lists them"});
    Result<std::shared_ptr<const SeccompFilter>> filter = filterFor(*plan);
    if (!filter)
        return refuse(filter.error());
    const bool hasTerminal = request.spec.process.terminal;
    Sandbox::Request order{.id = *name,
                           .spec = std::move(request.spec),
                           .facts = m_facts,
                           .order = {},
                           .recorder = std::nullopt,
                           .stopAtFirst = request.stopAtFirst,
                           .breakpoints = std::move(request.breakpoints),
                           .holdChanges = request.holdChanges};
    BuildOrder &build = order.order;
    build.seccomp = std::move(*filter);
    if (!plan->keepDirectory.empty()) {
        Result<UniqueFd> lock = lockKeptLayer(plan->keepDirectory);
        if (!lock)
            return refuse(lock.error());
        build.keepLock = std::move(*lock);
    }
    const auto maps = std::ranges::find_if(
        plan->steps, [](const Step &step) { return std::holds_alternative<WriteIdMaps>(step.operation); });
    build.helperWritesMaps =
        maps != plan->steps.end() && (std::get<WriteIdMaps>(maps->operation).byTools || m_facts.privileged);
    build.overlayByOneCall = !m_facts.overlayLowerAppend;
    build.plan = std::move(*plan);
    build.window = request.window;
    for (const wire::SourceDescriptor &source : request.sources)
        build.sources.insert_or_assign(source.path, take(call, source.descriptor));
    if (request.streams && !hasTerminal) {
        build.input = take(call, request.streams->input);
        build.output = take(call, request.streams->output);
        build.error = take(call, request.streams->error);
    }
    if (request.recording) {
        Result<FrameRecorder> recorder = FrameRecorder::create(take(call, *request.recording));
        if (!recorder)
            return refuse(recorder.error());
        order.recorder = std::move(*recorder);
        build.observed = true;
    }
    // What is observed is made step by step.
    if (!build.observed)
        if (std::optional<NamespaceSet> ready = m_prepared.takeFor(build.plan))
            build.prepared = std::move(*ready);
    const ConnectionId connection = call.connection;
    auto sandbox = std::make_unique<Sandbox>(
        std::move(order), m_loop, std::move(call),
        Sandbox::Events{.running = [this, id = *name] { running(id); }, .ended = [this, id = *name] { ended(id); }});
    Sandbox *raw = sandbox.get();
    m_sandboxes.emplace(*name, std::move(sandbox));
    m_launchedBy[*name] = connection;
    raw->start();
}

/// A short command has the processor to itself first.
void Session::running(const std::string &id)
{
    if (auto timer = m_loop.after(prepareDelay, [this, id] { prepareAfter(id); }))
        m_prepareTimer = std::move(*timer);
}

/// The next launch is likely to be like this one. Not while others are being built, which have better use for the
/// processor.
void Session::prepareAfter(const std::string &id)
{
    const auto last = m_sandboxes.find(id);
    const bool others = std::ranges::any_of(m_sandboxes, [](const auto &entry) { return entry.second->building(); });
    if (last == m_sandboxes.end() || others || last->second->order().observed)
        return;
    m_prepareTimer = {};
    m_prepared.prepareFor(last->second->order().plan, last->second->order().helperWritesMaps);
}

/// What never ran, or whose end was heard, is nothing to ask about later. The rest stays until it is removed, the
/// oldest until there are too many: the helper does not grow with the launches it has seen.
void Session::ended(const std::string &id)
{
    m_launchedBy.erase(id);
    const Sandbox &sandbox = *m_sandboxes.at(id);
    if (!sandbox.everRan() || m_removals.contains(id) || (sandbox.endWasHeard() && !sandbox.held()))
        return forgetSoon(id);
    if (!sandbox.endWasHeard()) {
        m_ended.push_back(id);
        if (m_ended.size() > mostEnded) {
            m_toForget.push_back(m_ended.front());
            m_ended.pop_front();
        }
    }
    if (auto sweeper = m_loop.soon([this] { sweep(); }))
        m_sweeper = std::move(*sweeper);
}

void Session::forgetSoon(const std::string &id)
{
    m_toForget.push_back(id);
    if (auto sweeper = m_loop.soon([this] { sweep(); }))
        m_sweeper = std::move(*sweeper);
}

void Session::sweep()
{
    if (!m_toForget.empty() && m_prepareTimer)
        prepareAfter(m_toForget.back());
    for (const std::string &id : m_toForget) {
        m_sandboxes.erase(id);
        const auto [first, last] = m_removals.equal_range(id);
        for (auto removal = first; removal != last; ++removal)
            removal->second.reply({wire::Done{}, false});
        m_removals.erase(first, last);
    }
    m_toForget.clear();
    if (!busy())
        m_idle();
}

void Session::list(Call call)
{
    wire::Sandboxes sandboxes;
    for (const auto &[id, sandbox] : m_sandboxes)
        sandboxes.sandboxes.push_back(sandbox->info());
    call.reply({std::move(sandboxes), false});
}

void Session::remove(const wire::Remove &request, Call call)
{
    Sandbox *sandbox = find(request.sandbox, call);
    if (!sandbox)
        return;
    if (sandbox->alive() && !request.force)
        return call.reply(
            failureReply(wire::error_name::wrongState, Error{.code = "sandbox.state",
                                                             .what = "the sandbox still runs",
                                                             .hint = "stop it first, or remove it with --force"}));
    if (sandbox->alive()) { // answered by the sweep
        m_removals.emplace(request.sandbox, std::move(call));
        return sandbox->abort();
    }
    std::erase(m_ended, request.sandbox);
    std::erase(m_toForget, request.sandbox); // the name may be taken again before the next sweep
    m_sandboxes.erase(request.sandbox);
    call.reply({wire::Done{}, false});
    if (!busy())
        m_idle();
}

void Session::takeChanges(const wire::TakeChanges &request, Call call)
{
    const auto refuse = [&](const Error &error) { call.reply(failureReply(wire::error_name::failed, error)); };
    ChangesJob job{.kind = ChangesJob::Kind::Take, .action = request.action, .name = request.name};
    if (request.progress)
        job.output = take(call, *request.progress);
    if (request.directory)
        job.directory = take(call, *request.directory);
    if (request.paths)
        job.paths = take(call, *request.paths);
    Sandbox *sandbox = find(request.sandbox, call);
    if (!sandbox)
        return;
    const bool named = request.action != wire::TakeAction::Discard;
    if (named && (request.name.empty() || request.name.size() > longestName || request.name.starts_with('.') ||
                  request.name.contains('/') || !isPlain(request.name)))
        return refuse({.code = "changes.name",
                       .what = fmt::format("\"{}\" cannot be a name here", printable(request.name)),
                       .hint = "use up to 64 bytes without a slash, not beginning with a dot"});
    std::string kept;
    if (request.action == wire::TakeAction::Keep)
        kept = fmt::format("{}/layers/{}", m_facts.stateDirectory, request.name);
    else if (request.action == wire::TakeAction::Discard && !sandbox->alive())
        kept = sandbox->keepDirectory();
    if (!kept.empty()) {
        Result<UniqueFd> lock = lockKeptLayer(kept);
        if (!lock)
            return refuse(lock.error());
        job.lock = std::move(*lock);
    }
    if (request.action == wire::TakeAction::Keep) {
        sys::OutcomeFd directory = sys::openAt(AT_FDCWD, kept.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (!directory)
            return refuse(systemError("cannot open the directory of the kept layer", directory.error(), kept).error());
        job.directory = std::move(*directory);
    }
    sandbox->workOnChanges(std::move(job), std::move(call));
}

/// A launch that nobody waits for any more is not finished; a running sandbox outlives its client.
void Session::connectionClosed(ConnectionId connection)
{
    std::vector<Sandbox *> orphans;
    for (const auto &[id, launchedBy] : m_launchedBy)
        if (launchedBy == connection && m_sandboxes.at(id)->building())
            orphans.push_back(m_sandboxes.at(id).get());
    for (Sandbox *sandbox : orphans)
        sandbox->abort();
    for (const auto &[id, sandbox] : m_sandboxes) {
        const bool wasHeld = sandbox->held();
        sandbox->connectionClosed(connection);
        if (wasHeld && !sandbox->held() && !sandbox->alive() && sandbox->endWasHeard())
            forgetSoon(id);
    }
}

} // namespace pivotbench::helper
