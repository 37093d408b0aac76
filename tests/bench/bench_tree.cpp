// SPDX-License-Identifier: Apache-2.0
//
// Opening and scrolling a directory of 500,000 files: the merged tree, its parts, and the plain ways of Qt beside it.
//   QT_QPA_PLATFORM=offscreen bin/bench_tree [COUNT]      or under Xvfb
// Everything in milliseconds; take the ratios. "frame" is one step of the scroll bar and its repaint, which for 60
// frames a second has to stay below 16.7.
#include "app/tree/merged_tree_model.h"
#include "app/tree/merged_tree_view.h"
#include "app/tree/tree_list.h"
#include "core/base/unique_fd.h"
#include "core/layers/layer_statistics.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QFileSystemModel>
#include <QScrollBar>
#include <QTemporaryDir>
#include <QTimer>
#include <QTreeView>

#include <algorithm>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <sys/stat.h>
#include <vector>

using namespace pivotbench;
using namespace pivotbench::app;

namespace {

constexpr int frames = 300;
constexpr int rounds = 3;

double milliseconds(const QElapsedTimer &timer) { return static_cast<double>(timer.nsecsElapsed()) / 1e6; }

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

std::size_t residentKiB()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:"))
            return std::stoul(line.substr(6));
    return 0;
}

void report(const char *what, double value) { std::printf("%-64s %10.2f\n", what, value); }

/// What the necessary system calls cost: readdir and statx, nothing kept.
double limitOfReading(const std::string &path)
{
    QElapsedTimer timer;
    timer.start();
    DIR *stream = ::opendir(path.c_str());
    std::uint64_t sum = 0;
    while (const dirent *found = ::readdir(stream)) {
        struct statx status{};
        if (::statx(::dirfd(stream), found->d_name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &status) == 0)
            sum += status.stx_size;
    }
    ::closedir(stream);
    if (sum == 1)
        std::puts("");
    return milliseconds(timer);
}

struct Frames {
    double typical = 0;
    double worst = 0;
};

/// `step` rows a frame; 0: jumps through the whole of it.
Frames scroll(QAbstractScrollArea &area, int step)
{
    QScrollBar *bar = area.verticalScrollBar();
    std::vector<double> times;
    bar->setValue(bar->maximum() / 3);
    for (int i = 0; i < frames; ++i) {
        QElapsedTimer timer;
        timer.start();
        bar->setValue(step == 0 ? static_cast<int>((static_cast<long long>(i) * 7919 * 131) % bar->maximum())
                                : bar->value() + step);
        area.viewport()->repaint();
        times.push_back(milliseconds(timer));
    }
    return {median(times), *std::ranges::max_element(times)};
}

void reportScrolling(const char *who, QAbstractScrollArea &area)
{
    const Frames lines = scroll(area, 3);
    report(fmt::format("{}: frame, wheel", who).c_str(), lines.typical);
    report(fmt::format("{}: frame, wheel, the longest of {}", who, frames).c_str(), lines.worst);
    const Frames jumps = scroll(area, 0);
    report(fmt::format("{}: frame, jumps", who).c_str(), jumps.typical);
    report(fmt::format("{}: frame, jumps, the longest of {}", who, frames).c_str(), jumps.worst);
}

/// Runs the event loop until then, and returns the longest time in which it did nothing else.
template <typename Condition> double runUntil(Condition condition, double &longestGap)
{
    QElapsedTimer total;
    total.start();
    QElapsedTimer gap;
    gap.start();
    longestGap = 0;
    QTimer tick;
    tick.start(1);
    QObject::connect(&tick, &QTimer::timeout, &tick, [&] {
        longestGap = std::max(longestGap, milliseconds(gap));
        gap.restart();
    });
    while (!condition())
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    QCoreApplication::processEvents();
    return milliseconds(total);
}

void benchOurs(const std::string &root, int count)
{
    const std::size_t before = residentKiB();
    std::vector<double> opening;
    double gap = 0;
    for (int round = 0; round < rounds; ++round) {
        MergedTreeView view;
        view.resize(1280, 800);
        view.show();
        TreeSource source;
        source.tree.layers = {{.path = root}};
        view.setSource(source);
        double ignored = 0;
        runUntil([&] { return view.model().rowCount() == 1; }, ignored);
        opening.push_back(runUntil(
            [&, first = true]() mutable {
                if (std::exchange(first, false))
                    view.list().expand(view.model().indexOf({"/many"}));
                return view.model().rowCount(view.model().indexOf({"/many"})) >= count;
            },
            gap));
        if (round + 1 < rounds)
            continue;
        report("merged tree: memory, KiB", static_cast<double>(residentKiB() - before));
        reportScrolling("merged tree", view.list());
        QElapsedTimer timer;
        timer.start();
        QTreeView &list = view.list();
        list.setCurrentIndex(view.model().indexOf({"/many/" + fmt::format("file-{:07}", count / 2)}));
        list.viewport()->repaint();
        report("merged tree: select one in the middle and paint", milliseconds(timer));
        timer.restart();
        list.keyboardSearch(QString::fromStdString(fmt::format("file-{:07}", count - 1)));
        report("merged tree: type the name of the last", milliseconds(timer));
        timer.restart();
        view.model().setFilter("99");
        double filterGap = 0;
        runUntil([&] { return !view.model().isBusy(); }, filterGap);
        report("merged tree: filter", milliseconds(timer));
        report("merged tree: filter, the interface is held up for", filterGap);
        view.model().setFilter({});
        runUntil([&] { return !view.model().isBusy(); }, filterGap);
        timer.restart();
        view.reload();
        runUntil([&] { return !view.model().isBusy(); }, gap);
        report("merged tree: read anew", milliseconds(timer));
        report("merged tree: read anew, the interface is held up for", gap);
    }
    report("merged tree: from expanding to all rows painted", median(opening));
    report("merged tree: meanwhile the interface is held up for", gap);
}

void benchFileSystemModel(const std::string &root, int count)
{
    const std::size_t before = residentKiB();
    QFileSystemModel model;
    model.setOption(QFileSystemModel::DontUseCustomDirectoryIcons);
    model.setOption(QFileSystemModel::DontWatchForChanges);
    model.setFilter(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
    QTreeView view;
    view.setUniformRowHeights(true);
    view.resize(1280, 800);
    view.setModel(&model);
    view.show();
    double gap = 0;
    QElapsedTimer timer;
    timer.start();
    const QString path = QString::fromStdString(root + "/many");
    model.setRootPath(path);
    view.setRootIndex(model.index(path));
    runUntil([&] { return model.rowCount(model.index(path)) >= count || timer.elapsed() > 120'000; }, gap);
    report("QTreeView and QFileSystemModel: from opening to all rows", milliseconds(timer));
    report("QTreeView and QFileSystemModel: the interface is held up for", gap);
    report("QTreeView and QFileSystemModel: memory, KiB", static_cast<double>(residentKiB() - before));
    reportScrolling("QTreeView and QFileSystemModel", view);
}

/// The least that a QTreeView can do: a model of one column whose rows are a number.
class Numbers : public QAbstractListModel {
public:
    explicit Numbers(int count)
        : m_count(count)
    {
    }
    int rowCount(const QModelIndex &parent) const override { return parent.isValid() ? 0 : m_count; }
    QVariant data(const QModelIndex &index, int role) const override
    {
        return role == Qt::DisplayRole ? QVariant(QStringLiteral("file-%1").arg(index.row())) : QVariant();
    }

private:
    int m_count;
};

void benchBarest(int count)
{
    Numbers model(count);
    QTreeView view;
    view.setUniformRowHeights(true);
    view.resize(1280, 800);
    view.show();
    QCoreApplication::processEvents();
    QElapsedTimer timer;
    timer.start();
    view.setModel(&model);
    QCoreApplication::processEvents();
    view.viewport()->repaint();
    report("QTreeView, one column of numbers: from setting to painted", milliseconds(timer));
    reportScrolling("QTreeView, one column of numbers", view);
}

} // namespace

int main(int argc, char **argv)
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0); // the last part takes a minute
    const QApplication application(argc, argv);
    const int count = argc > 1 ? std::atoi(argv[1]) : 500'000;
    const QTemporaryDir directory;
    const std::string root = directory.path().toStdString();
    ::mkdir((root + "/many").c_str(), 0755);
    const core::UniqueFd many(::open((root + "/many").c_str(), O_PATH | O_CLOEXEC));
    for (int i = 0; i < count; ++i)
        ::close(::openat(many.get(), fmt::format("file-{:07}", i).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    std::printf("%d files, %s\n", count, qPrintable(QGuiApplication::platformName()));

    std::vector<double> limit;
    std::vector<double> core;
    for (int round = 0; round < rounds; ++round) {
        limit.push_back(limitOfReading(root + "/many"));
        const core::MergedTree tree{.layers = {{.path = root}}};
        QElapsedTimer timer;
        timer.start();
        if (const auto read = tree.read("/many"); !read || read->size() != static_cast<std::size_t>(count))
            return 1;
        core.push_back(milliseconds(timer));
    }
    report("limit: readdir and statx of each", median(limit));
    report("core: read the merged directory", median(core));
    benchBarest(count);
    benchOurs(root, count);
    benchFileSystemModel(root, count);
    return 0;
}
