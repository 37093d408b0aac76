// SPDX-License-Identifier: Apache-2.0
//
// Two recordings on one timeline: presets as text (tests/stage/golden/beside-*.txt; PIVOTBENCH_UPDATE_GOLDEN=1 writes
// them anew), what holds for any two recordings, and what a step did.
#include "core/stage/alignment.h"
#include "core/stage/effect.h"

#include "tests/stage/made_recording.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTest>

using namespace pivotbench::tests;
using namespace pivotbench::core::stage;

namespace {

std::string nameOf(const Recording &recording, std::size_t frame)
{
    const Frame &at = recording.frames[frame];
    return at.initial ? "(begin)" : recording.header.plan.steps[at.step].id;
}

std::string alignmentText(const Recording &left, const Recording &right)
{
    std::string text;
    const Alignment alignment(left, right);
    for (const Abreast &moment : alignment.moments())
        text += fmt::format("{:<24} | {}\n", moment.happens[0] ? nameOf(left, moment.frame[0]) : "",
                            moment.happens[1] ? nameOf(right, moment.frame[1]) : "");
    return text;
}

/// Every frame of each side happens once and in order, nothing happens nowhere, and what holds, holds the last one.
void checkOrder(const Recording &left, const Recording &right)
{
    const Alignment alignment(left, right);
    std::array<std::size_t, 2> next{};
    for (std::size_t i = 0; i < alignment.moments().size(); ++i) {
        const Abreast &moment = alignment.moments()[i];
        QVERIFY(moment.happens[0] || moment.happens[1]);
        for (const Lane lane : lanes) {
            std::size_t &due = next[static_cast<std::size_t>(lane)];
            if (moment.happensIn(lane)) {
                QCOMPARE(moment.frameOf(lane), due);
                QCOMPARE(alignment.momentOf(lane, due), i);
                ++due;
            } else {
                QCOMPARE(moment.frameOf(lane), due > 0 ? due - 1 : 0);
            }
        }
    }
    QCOMPARE(next[0], left.frames.size());
    QCOMPARE(next[1], right.frames.size());
}

/// Steps in any order, with ids of which many are met on both sides and some twice.
Recording shuffled(unsigned seed, std::size_t steps)
{
    std::mt19937 random(seed);
    const auto below = [&](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); };
    Recording recording;
    const auto table = std::make_shared<const MountTable>();
    recording.frames.push_back({.initial = true, .error = {}, .root = {}, .cwd = {}, .namespaces = {}, .table = table});
    for (std::size_t i = 0; i < steps; ++i) {
        const std::size_t id = below(3) == 0 ? below(steps) : i + below(4);
        recording.header.plan.steps.push_back(
            {fmt::format("step-{}", id), static_cast<Phase>(i * 8 / steps), "", CreateProcess{}});
        recording.frames.push_back({.step = below(30) == 0 ? steps + 7 : i,
                                    .error = {},
                                    .root = {},
                                    .cwd = {},
                                    .namespaces = {},
                                    .table = table});
    }
    return recording;
}

/// How many pairs there can be, by the table of n × m cells that the alignment does without. No role twice.
std::size_t mostPairs(const Recording &left, const Recording &right)
{
    std::vector<std::vector<std::size_t>> cells(left.frames.size() + 1,
                                                std::vector<std::size_t>(right.frames.size() + 1));
    for (std::size_t i = 1; i <= left.frames.size(); ++i)
        for (std::size_t j = 1; j <= right.frames.size(); ++j)
            cells[i][j] = nameOf(left, i - 1) == nameOf(right, j - 1) ? cells[i - 1][j - 1] + 1
                                                                      : std::max(cells[i - 1][j], cells[i][j - 1]);
    return cells.back().back();
}

Recording permuted(unsigned seed, std::size_t steps)
{
    std::vector<std::size_t> order(steps);
    for (std::size_t i = 0; i < steps; ++i)
        order[i] = i;
    std::mt19937 random(seed);
    for (std::size_t swaps = 0; swaps < steps / 2; ++swaps)
        std::swap(order[random() % steps], order[random() % steps]);
    Recording recording = shuffled(1, 0);
    for (std::size_t i = 0; i < steps; ++i) {
        recording.header.plan.steps.push_back({fmt::format("step-{}", order[i]), Phase::Mounts, "", CreateProcess{}});
        recording.frames.push_back(
            {.step = i, .error = {}, .root = {}, .cwd = {}, .namespaces = {}, .table = recording.frames.front().table});
    }
    return recording;
}

std::size_t frameOf(const Recording &recording, std::string_view step)
{
    for (std::size_t i = 0; i < recording.frames.size(); ++i)
        if (nameOf(recording, i) == step)
            return i;
    qFatal("no such step");
}

Effect effectOf(const Recording &recording, std::string_view step)
{
    return pivotbench::core::stage::effectOf(recording, Story(recording), frameOf(recording, step));
}

} // namespace

class TestAlignment : public QObject {
    Q_OBJECT

private slots:
    void golden_data()
    {
        QTest::addColumn<QString>("left");
        QTest::addColumn<QString>("right");
        QTest::newRow("bare-pivot-chroot-jail") << "bare-pivot" << "chroot-jail";
        QTest::newRow("chroot-jail-busybox") << "chroot-jail" << "busybox";
    }
    void golden()
    {
        QFETCH(QString, left);
        QFETCH(QString, right);
        const std::string text =
            alignmentText(predicted(left.toUtf8().constData()), predicted(right.toUtf8().constData()));
        QFile file(QFINDTESTDATA("golden") + QString("/beside-%1.txt").arg(QTest::currentDataTag()));
        if (qEnvironmentVariableIsSet("PIVOTBENCH_UPDATE_GOLDEN")) {
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(QByteArray::fromStdString(text));
            return;
        }
        QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(file.fileName()));
        QCOMPARE(QByteArray::fromStdString(text), file.readAll());
    }

    void theSameBesideItself()
    {
        for (const Preset &preset : presets()) {
            const Recording recording = predicted(preset.id.c_str());
            const Alignment alignment(recording, recording);
            QCOMPARE(alignment.moments().size(), recording.frames.size());
            for (const Abreast &moment : alignment.moments())
                QCOMPARE(moment.frame[0], moment.frame[1]);
        }
    }

    void everyFrameOnceAndInOrder()
    {
        for (unsigned seed = 0; seed < 60; ++seed) {
            checkOrder(shuffled(seed, 1 + seed * 2), shuffled(seed + 1000, 1 + seed * 3 % 90));
            checkOrder(RandomRecording(seed, true).make(12, 8), shuffled(seed, 20));
        }
        for (const Preset &left : presets())
            for (const Preset &right : presets())
                checkOrder(predicted(left.id.c_str()), predicted(right.id.c_str()));
    }

    void pairsAsManyAsThereCanBe()
    {
        for (unsigned seed = 0; seed < 40; ++seed) {
            const Recording left = permuted(seed, 30);
            const Recording right = permuted(seed + 99, 40);
            std::size_t pairs = 0;
            const Alignment alignment(left, right);
            for (const Abreast &moment : alignment.moments())
                if (moment.happens[0] && moment.happens[1]) {
                    QCOMPARE(nameOf(left, moment.frame[0]), nameOf(right, moment.frame[1]));
                    ++pairs;
                }
            QCOMPARE(pairs, mostPairs(left, right));
        }
    }

    void nothingBesideSomething()
    {
        QVERIFY(Alignment(Recording(), predicted("bare-pivot")).moments().empty());
        QVERIFY(Alignment(predicted("bare-pivot"), Recording()).moments().empty());
        QCOMPARE(Alignment().momentOf(Lane::Left, 3), std::size_t{0});
    }

    void theLongestIsQuick()
    {
        const std::size_t most = RecordingLimits{}.frames - 1;
        const Recording left = shuffled(1, most);
        const Recording right = shuffled(2, most);
        QElapsedTimer timer;
        timer.start();
        QVERIFY(Alignment(left, right).moments().size() >= most);
        QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed()))); // a table of n × m: minutes
    }

    /// The lesson: one puts two mounts elsewhere, the other none.
    void pivotRootMovesMountsAndChrootDoesNot()
    {
        const Recording pivoted = predicted("bare-pivot");
        const Effect pivot = effectOf(pivoted, "pivot-root");
        QCOMPARE(pivot.moved.size(), std::size_t{2});
        const std::string newRoot = pivoted.header.plan.newRoot;
        QCOMPARE(std::ranges::count(pivot.moved, Moved{.from = newRoot, .to = "/"}), 1);
        QCOMPARE(std::ranges::count(pivot.moved, Moved{.from = "/", .to = "/oldroot"}), 1);
        QCOMPARE(pivot.alongside, std::size_t{3});
        QCOMPARE(pivot.outOfReach, std::size_t{0});
        QVERIFY(pivot.root);
        QCOMPARE(pivot.root->mount, newRoot);
        QVERIFY(!pivot.leavesMounts());

        const Effect chroot = effectOf(predicted("chroot-jail"), "chroot");
        QVERIFY(chroot.leavesMounts());
        QVERIFY(chroot.outOfReach > 0);
        QVERIFY(chroot.root);
        QVERIFY(chroot.root->from != chroot.root->to);
        QCOMPARE(chroot.root->mount, "");
    }

    void whatTheOtherStepsDo()
    {
        const Recording recording = predicted("bare-pivot");
        const Effect unshared = effectOf(recording, "unshare");
        QCOMPARE(unshared.copied, std::size_t{4});
        QCOMPARE(unshared.namespaces, std::vector<std::string>{"mnt"});
        QVERIFY(!unshared.root);
        QCOMPARE(effectOf(recording, "propagation").repropagated, std::size_t{4});
        QCOMPARE(effectOf(recording, "root").added, std::vector<std::string>{recording.header.plan.newRoot});
        QCOMPARE(effectOf(recording, "detach-old-root").gone.size(), std::size_t{4});
        QCOMPARE(effectOf(recording, "payload"), Effect());
        QCOMPARE(effectOf(recording, "(begin)"), Effect());
    }

    void whatIsInReach()
    {
        const Recording pivoted = predicted("bare-pivot");
        const Recording jailed = predicted("chroot-jail");
        QCOMPARE(reachOf(Story(pivoted).moments().back()), (Reach{.mounts = 1, .reachable = 1}));
        const Reach jail = reachOf(Story(jailed).moments().back());
        QCOMPARE(jail.mounts, std::size_t{4});
        QVERIFY(jail.reachable <= 1);
    }

    void effectsOfAnyRecording()
    {
        for (unsigned seed = 0; seed < 30; ++seed) {
            const Recording recording = RandomRecording(seed, true).make(30, 30);
            const Story story(recording);
            for (std::size_t i = 0; i < recording.frames.size() + 2; ++i) {
                const Effect effect = pivotbench::core::stage::effectOf(recording, story, i);
                if (i == 0 || i >= recording.frames.size())
                    QCOMPARE(effect, Effect());
                if (i < recording.frames.size()) {
                    const Reach reach = reachOf(story.moments()[i]);
                    QVERIFY(reach.reachable <= reach.mounts);
                }
            }
        }
    }
};

QTEST_MAIN(TestAlignment)
#include "tst_alignment.moc"
