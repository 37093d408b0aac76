// SPDX-License-Identifier: Apache-2.0
//
// What a frame of the Stage costs while it plays: every glide of a story at 60 frames a second, painted into an image
// as the window paints it.
//
//   bench_stage [PRESET | FILE.pbrec] [WIDTHxHEIGHT] [PERCENT]      busybox, 1280x800 and 100 by default
//
// "way" is the drawing between two frames, "paint" its painting; "scene" laying one out and drawing it, once a step.
// Then the same with everything unfolded. A preset is predicted on this machine.
#include "app/stage/stage_player.h"
#include "app/stage/stage_source.h"
#include "app/stage/stage_view.h"
#include "app/widgets/palette.h"
#include "core/host/host_facts.h"
#include "core/preset/presets.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QImage>
#include <algorithm>
#include <fmt/format.h>
#include <vector>

using namespace pivotbench;
using namespace pivotbench::app;
using namespace std::chrono_literals;

namespace {

void print(const char *what, std::vector<double> times)
{
    if (times.empty())
        return;
    std::ranges::sort(times);
    const auto at = [&](double part) {
        return times[std::min(times.size() - 1, static_cast<std::size_t>(part * static_cast<double>(times.size())))];
    };
    fmt::print("  {:<8}{:>8}{:>9.2f}{:>9.2f}{:>9.2f}{:>9.2f}\n", what, times.size(), at(0.5), at(0.9), at(0.99),
               times.back());
}

double milliseconds(const QElapsedTimer &timer) { return static_cast<double>(timer.nsecsElapsed()) / 1e6; }

/// The scene of a large host comes from another thread.
void untilLaidOut(const StagePlayer &player)
{
    while (!player.scene() || (!player.isGliding() && !player.isAtRest()))
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
}

void measure(StagePlayer &player, StageView &view, QImage &image)
{
    std::vector<double> way;
    std::vector<double> paint;
    std::vector<double> scene;
    std::size_t most = 0;
    player.seek(0);
    untilLaidOut(player);
    view.render(&image);
    for (std::size_t frame = 1; frame < player.frameCount(); ++frame) {
        QElapsedTimer timer;
        timer.start();
        player.next();
        untilLaidOut(player);
        scene.push_back(milliseconds(timer));
        most = std::max(most, player.scene()->nodes.size());
        while (player.isGliding()) {
            timer.start();
            player.advance(16667us);
            (void)player.drawing();
            way.push_back(milliseconds(timer));
            timer.start();
            view.render(&image);
            paint.push_back(milliseconds(timer));
        }
    }
    fmt::print("at most {} nodes\n  {:<8}{:>8}{:>9}{:>9}{:>9}{:>9}\n", most, "ms", "count", "median", "9 of 10", "99 %",
               "longest");
    print("scene", scene);
    print("way", way);
    print("paint", paint);
}

StageSource sourceOf(const QString &what)
{
    if (what.endsWith(".pbrec"))
        return loadStage(what);
    const core::Result<core::SandboxSpec> spec = core::findPreset(what.toStdString());
    if (!spec)
        return {.error = spec.error()};
    const core::HostFacts facts = core::probeHostFacts();
    return foretellStage(analyse(*spec, facts, 0), facts);
}

} // namespace

int main(int argc, char **argv)
{
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    applyLook(application, Theme::Light);
    const QStringList arguments = QApplication::arguments();
    const QString what = arguments.value(1, "busybox");
    const QStringList sides = arguments.value(2, "1280x800").split('x');
    const double ratio = arguments.value(3, "100").toDouble() / 100;
    const QSize size(sides.value(0).toInt(), sides.value(1).toInt());
    const StageSource source = sourceOf(what);
    if (!source.staged || size.isEmpty() || ratio <= 0) {
        fmt::print(stderr, "bench_stage: {}\n", source.error ? core::describe(*source.error) : "nothing to play");
        return 1;
    }
    StagePlayer player(StagePlayer::Clock::Given);
    StageView view(player);
    view.resize(size);
    view.show();
    player.setStaged(source.staged);
    QImage image(size * ratio, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(ratio);
    fmt::print("{}: {} frames, {}x{} at {:.0f} %, ", what.toStdString(), player.frameCount(), size.width(),
               size.height(), ratio * 100);
    measure(player, view, image);
    // Level by level: what a fold hides may have folds of its own.
    for (int level = 0; level < 4; ++level) {
        player.seek(player.frameCount() / 2);
        untilLaidOut(player);
        while (player.isGliding())
            player.advance(100ms);
        std::vector<core::stage::MountKey> owners;
        for (const core::stage::SceneNode &node : player.scene()->nodes)
            if (node.form == core::stage::Form::Fold)
                owners.push_back(node.parent);
        for (const core::stage::MountKey owner : owners)
            player.unfold(owner);
        untilLaidOut(player);
    }
    fmt::print("unfolded, ");
    measure(player, view, image);
    return 0;
}
