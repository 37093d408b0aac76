// SPDX-License-Identifier: Apache-2.0
#include "golden.h"

#include "model_run.h"

#include "core/kernel/table_of.h"
#include "core/kernel/walk.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace pivotbench::test {

using namespace kernel;

namespace {

/// The errno of a place of which the model knows nothing: no claim holds for it.
constexpr int unknownPlace = -1;

bool hasRow(const View &view, const std::string &path, const std::string &source)
{
    return std::ranges::any_of(
        view.rows, [&](const core::MountEntry &row) { return row.mountPoint == path && row.source == source; });
}

bool hasSource(const View &view, const std::string &source)
{
    return std::ranges::find(view.rows, source, &core::MountEntry::source) != view.rows.end();
}

/// The one row on a path; null where there is none, or several.
const core::MountEntry *onlyRow(const View &view, const std::string &path)
{
    const auto isThere = [&](const core::MountEntry &row) { return row.mountPoint == path; };
    const auto found = std::ranges::find_if(view.rows, isThere);
    return std::ranges::count_if(view.rows, isThere) == 1 ? &*found : nullptr;
}

std::string propagationWord(const core::MountEntry &row)
{
    if (row.unbindable)
        return "unbindable";
    if (row.peerGroup != 0)
        return row.master != 0 ? "shared slave" : "shared";
    return row.master != 0 ? "slave" : "private";
}

std::string textOfViews(const Views &views)
{
    std::string text;
    for (const auto &[worker, view] : views) {
        text += fmt::format("  worker {}:\n", worker);
        for (const core::MountEntry &row : view.rows)
            text += "    " + core::formatMountinfoLine(row) + "\n";
        for (const auto &[path, sight] : view.places)
            text += fmt::format("    {}: {}\n", path,
                                sight.errnum != 0 ? std::strerror(sight.errnum)
                                                  : fmt::format("mount {} node {}:{}", sight.mountId, sight.node.first,
                                                                sight.node.second));
    }
    return text;
}

Views viewsOf(ModelWorld &world, const std::vector<std::string> &samples)
{
    Views views;
    for (std::size_t worker = 0; worker < world.workers.size(); ++worker) {
        const ProcessId process = world.workers[worker];
        if (!world.state.processes[process].alive)
            continue;
        View &view = views[worker];
        view.rows = tableOf(world.state, process);
        for (const std::string &path : samples) {
            const Checked<Place> place = walk(world.state, process, path, {});
            if (place)
                view.places[path] = {0, static_cast<std::uint64_t>(place->mount), {0, std::uint64_t(place->node)}};
            else
                view.places[path] = {.errnum =
                                         place.error().cause == Cause::Unknown ? unknownPlace : place.error().errnum()};
        }
    }
    return views;
}

Views viewsOf(const SeenAct &seen, const std::vector<std::string> &samples)
{
    Views views;
    for (const SeenWorker &worker : seen.workers) {
        View &view = views[worker.worker];
        if (core::Result<std::vector<core::MountEntry>> rows = core::parseMountinfo(worker.mountinfo))
            view.rows = std::move(*rows);
        for (std::size_t i = 0; i < samples.size(); ++i) {
            const SeenPlace &place = worker.samples[i];
            view.places[samples[i]] = {place.errnum, place.mountId, {place.device, place.inode}};
        }
    }
    return views;
}

std::string outcomeText(int errnum) { return errnum == 0 ? "done" : std::strerror(errnum); }

} // namespace

// Writing lessons -----------------------------------------------------------------------------------------------------

Lesson::Lesson(std::string name)
    : m_name(std::move(name))
{
}

Lesson &Lesson::does(std::size_t worker, const Call &call)
{
    m_acts.push_back({worker, call});
    m_expected.push_back({});
    return *this;
}

Lesson &Lesson::fails(std::size_t worker, const Call &call, Cause cause, int errnum)
{
    m_acts.push_back({worker, call});
    m_expected.push_back({cause, errnum});
    return *this;
}

Lesson &Lesson::inInitialNamespace()
{
    m_needsInitialNamespace = true;
    return *this;
}

bool Lesson::expects(Cause cause) const
{
    return std::ranges::find(m_expected, std::optional(cause), &Expected::cause) != m_expected.end();
}

Lesson &Lesson::claim(std::string text, std::function<bool(const Views &)> holds)
{
    m_claims.push_back({m_acts.size(), std::move(text), std::move(holds)});
    return *this;
}

void Lesson::sample(const std::string &path)
{
    if (std::ranges::find(m_samples, path) == m_samples.end())
        m_samples.push_back(path);
}

Lesson &Lesson::mounted(std::size_t worker, const std::string &path, const std::string &source)
{
    sample(path);
    return claim(fmt::format("worker {} has \"{}\" mounted on {}", worker, source, path),
                 [=](const Views &views) { return hasRow(views.at(worker), path, source); });
}

Lesson &Lesson::bare(std::size_t worker, const std::string &path)
{
    sample(path);
    return claim(fmt::format("worker {} has nothing mounted on {}", worker, path), [=](const Views &views) {
        return std::ranges::none_of(views.at(worker).rows,
                                    [&](const core::MountEntry &row) { return row.mountPoint == path; });
    });
}

Lesson &Lesson::propagation(std::size_t worker, const std::string &path, const std::string &word)
{
    return claim(fmt::format("{} of worker {} is {}", path, worker, word), [=](const Views &views) {
        const core::MountEntry *row = onlyRow(views.at(worker), path);
        return row && propagationWord(*row) == word;
    });
}

Lesson &Lesson::flags(std::size_t worker, const std::string &path, const std::string &options)
{
    return claim(fmt::format("{} of worker {} is \"{}\"", path, worker, options), [=](const Views &views) {
        const core::MountEntry *row = onlyRow(views.at(worker), path);
        return row && row->options == options;
    });
}

Lesson &Lesson::holds(std::size_t worker, const std::string &source)
{
    return claim(fmt::format("the table of worker {} has \"{}\"", worker, source),
                 [=](const Views &views) { return hasSource(views.at(worker), source); });
}

Lesson &Lesson::lacks(std::size_t worker, const std::string &source)
{
    return claim(fmt::format("the table of worker {} does not have \"{}\"", worker, source),
                 [=](const Views &views) { return !hasSource(views.at(worker), source); });
}

Lesson &Lesson::rows(std::size_t worker, std::size_t count)
{
    return claim(fmt::format("the table of worker {} has {} rows", worker, count),
                 [=](const Views &views) { return views.at(worker).rows.size() == count; });
}

Lesson &Lesson::lies(std::size_t worker, const std::string &path, const std::string &source)
{
    sample(path);
    return claim(fmt::format("{} of worker {} lies on \"{}\"", path, worker, source), [=](const Views &views) {
        const View &view = views.at(worker);
        const Sight &sight = view.places.at(path);
        return sight.errnum == 0 && std::ranges::any_of(view.rows, [&](const core::MountEntry &row) {
                   return row.id == sight.mountId && row.source == source;
               });
    });
}

Lesson &Lesson::nowhere(std::size_t worker, const std::string &path, int errnum)
{
    sample(path);
    return claim(fmt::format("{} of worker {} leads nowhere: {}", path, worker, std::strerror(errnum)),
                 [=](const Views &views) { return views.at(worker).places.at(path).errnum == errnum; });
}

Lesson &Lesson::same(std::size_t worker, const std::string &path, std::size_t other, const std::string &otherPath)
{
    sample(path);
    sample(otherPath);
    return claim(fmt::format("{} of worker {} is {} of worker {}", path, worker, otherPath, other),
                 [=](const Views &views) {
                     const Sight &a = views.at(worker).places.at(path);
                     const Sight &b = views.at(other).places.at(otherPath);
                     return a.errnum == 0 && b.errnum == 0 && a.node == b.node;
                 });
}

Lesson &Lesson::differ(std::size_t worker, const std::string &path, std::size_t other, const std::string &otherPath)
{
    sample(path);
    sample(otherPath);
    return claim(fmt::format("{} of worker {} is not {} of worker {}", path, worker, otherPath, other),
                 [=](const Views &views) {
                     const Sight &a = views.at(worker).places.at(path);
                     const Sight &b = views.at(other).places.at(otherPath);
                     return a.errnum == 0 && b.errnum == 0 && a.node != b.node;
                 });
}

// Running them --------------------------------------------------------------------------------------------------------

Scenario Lesson::scenario(bool userNamespace) const { return {userNamespace, m_acts, m_samples}; }

std::optional<std::string> Lesson::checkClaims(std::size_t after, const Views &views) const
{
    for (const Claim &claim : m_claims)
        if (claim.after == after && !claim.holds(views))
            return fmt::format("{}, this does not hold: {}\n{}",
                               after == 0 ? "before the first call"
                                          : fmt::format("after {} of worker {}", describe(m_acts[after - 1].call),
                                                        m_acts[after - 1].worker),
                               claim.text, textOfViews(views));
    return std::nullopt;
}

std::optional<std::string> Lesson::runOnModel(bool userNamespace) const
{
    ModelWorld world = modelWorld(userNamespace);
    if (auto wrong = checkClaims(0, viewsOf(world, m_samples)))
        return wrong;
    for (std::size_t i = 0; i < m_acts.size(); ++i) {
        const Act &act = m_acts[i];
        const std::string what = fmt::format("worker {}: {}", act.worker, describe(act.call));
        if (act.worker >= world.workers.size() || !world.state.processes[world.workers[act.worker]].alive)
            return what + ": there is no such worker";
        const ModelWorld before = world;
        const Checked<void> outcome = perform(world, act);
        if (isOutOfBounds(before, world, outcome))
            return what + ": not to be run on the kernel";
        const Expected &expected = m_expected[i];
        const std::optional<Cause> cause = outcome ? std::nullopt : std::optional(outcome.error().cause);
        const auto word = [](std::optional<Cause> of) { return of ? textOf(*of).word : "done"; };
        if (cause != expected.cause)
            return fmt::format("{}: {}, where the lesson has: {}", what, word(cause), word(expected.cause));
        if (!outcome && outcome.error().errnum() != expected.errnum)
            return fmt::format("{}: {}, where the lesson has: {}", what, outcomeText(outcome.error().errnum()),
                               outcomeText(expected.errnum));
        if (auto wrong = checkClaims(i + 1, viewsOf(world, m_samples)))
            return wrong;
    }
    return std::nullopt;
}

std::optional<std::string> Lesson::runOnKernel(bool userNamespace) const
{
    const Scenario scenario = this->scenario(userNamespace);
    RealKernel kernel(scenario);
    if (auto wrong = checkClaims(0, viewsOf(kernel.look(), m_samples)))
        return wrong;
    for (std::size_t i = 0; i < m_acts.size(); ++i) {
        const std::string what = fmt::format("worker {}: {}", m_acts[i].worker, describe(m_acts[i].call));
        if (!kernel.isAlive(m_acts[i].worker))
            return what + ": there is no such worker";
        const SeenAct seen = kernel.act(i);
        if (seen.errnum != m_expected[i].errnum)
            return fmt::format("{}: {}, where the lesson has: {}", what, outcomeText(seen.errnum),
                               outcomeText(m_expected[i].errnum));
        if (auto wrong = checkClaims(i + 1, viewsOf(seen, m_samples)))
            return wrong;
    }
    return std::nullopt;
}

std::optional<std::string> Lesson::runOnBoth(bool userNamespace) const
{
    Coverage coverage;
    if (const std::optional<Disagreement> found = compare(scenario(userNamespace), coverage))
        return found->text;
    if (coverage.acts != m_acts.size())
        return fmt::format("only {} of {} calls were compared", coverage.acts, m_acts.size());
    if (coverage.samples != coverage.tables * m_samples.size())
        return "not every path was compared";
    return std::nullopt;
}

std::vector<Lesson> allLessons(bool userNamespace)
{
    std::vector<Lesson> all = propagationLessons();
    std::ranges::move(rootLessons(userNamespace), std::back_inserter(all));
    std::ranges::move(pivotLessons(userNamespace), std::back_inserter(all));
    std::ranges::move(userNamespaceLessons(userNamespace), std::back_inserter(all));
    return all;
}

// Calls ---------------------------------------------------------------------------------------------------------------

MountCall tmpfs(std::string target, std::string source, std::uint64_t flags)
{
    return {.source = std::move(source), .target = std::move(target), .type = "tmpfs", .flags = flags};
}

MountCall bind(std::string source, std::string target, std::uint64_t flags)
{
    return {.source = std::move(source), .target = std::move(target), .flags = ms::bind | flags};
}

MountCall make(std::string target, std::uint64_t type) { return {.target = std::move(target), .flags = type}; }
UnmountCall unmount(std::string target) { return {.target = std::move(target)}; }
UnmountCall detach(std::string target) { return {.target = std::move(target), .flags = UnmountCall::detach}; }

} // namespace pivotbench::test
