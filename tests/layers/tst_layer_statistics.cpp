// SPDX-License-Identifier: Apache-2.0
#include "core/layers/layer_statistics.h"

#include "layer_fixture.h"

#include <QtTest>

using namespace pivotbench;
using namespace pivotbench::core;
using pivotbench::test::LayerFixture;

class TestLayerStatistics : public QObject {
    Q_OBJECT
private slots:
    void countsWhatIsThere()
    {
        LayerFixture layers(2);
        layers.directory(0, "a/b");
        layers.file(0, "a/x", "12345");
        layers.file(0, "a/b/y", "123");
        layers.link(0, "l", "a");
        layers.file(1, "elsewhere");
        const Result<LayerStatistics> counted = countLayer(layers.tree, 0);
        QVERIFY(counted.has_value());
        QCOMPARE(counted->directories, 2U);
        QCOMPARE(counted->files, 3U);
        QCOMPARE(counted->bytes, 8U);
        QCOMPARE(counted->hiddenBelow, 0U);
        QCOMPARE(counted->unreadable, 0U);
    }

    void replacedFilesAreHidden()
    {
        LayerFixture layers(3);
        layers.file(0, "x");
        layers.file(1, "x");
        layers.file(2, "x");
        layers.file(1, "y");
        layers.file(2, "y");
        // Once: the lower layers would show one x, whichever of them has it.
        QCOMPARE(countLayer(layers.tree, 0)->hiddenBelow, 1U);
        QCOMPARE(countLayer(layers.tree, 1)->hiddenBelow, 2U);
        QCOMPARE(countLayer(layers.tree, 2)->hiddenBelow, 0U);
    }

    void aFileOnADirectoryHidesAllOfIt()
    {
        LayerFixture layers(2);
        layers.file(0, "d");
        layers.directory(1, "d/e");
        layers.file(1, "d/x");
        layers.file(1, "d/e/y");
        QCOMPARE(countLayer(layers.tree, 0)->hiddenBelow, 4U);
    }

    void aDirectoryOnAFile()
    {
        LayerFixture layers(2);
        layers.directory(0, "d");
        layers.file(1, "d");
        QCOMPARE(countLayer(layers.tree, 0)->hiddenBelow, 1U);
    }

    void whiteoutsAndOpaqueDirectories()
    {
        LayerFixture layers(3);
        layers.directory(0, "opaque");
        layers.directory(1, "opaque");
        layers.directory(2, "opaque/deep");
        layers.file(2, "opaque/x");
        layers.file(2, "gone");
        layers.file(2, "twice");
        if (!layers.whiteout(0, "gone") || !layers.whiteout(0, "twice") || !layers.whiteout(1, "twice") ||
            !layers.mark(0, "opaque", "user.overlay.opaque", "y"))
            QSKIP("this filesystem or user cannot make whiteouts and opaque directories");
        const Result<LayerStatistics> top = countLayer(layers.tree, 0);
        QCOMPARE(top->whiteouts, 2U);
        QCOMPARE(top->opaqueDirectories, 1U);
        QCOMPARE(top->files, 0U);
        // gone, opaque/deep and opaque/x; "twice" was deleted by the layer below already.
        QCOMPARE(top->hiddenBelow, 3U);
        QCOMPARE(countLayer(layers.tree, 1)->hiddenBelow, 1U);
    }

    void aLayerThatIsGoneOrNotThereYet()
    {
        LayerFixture layers(1);
        layers.tree.layers[0].path += "/gone";
        QCOMPARE(countLayer(layers.tree, 0).error().code, "layers.vanished");
        layers.tree.layers[0].writable = true;
        QCOMPARE(*countLayer(layers.tree, 0), LayerStatistics());
        QCOMPARE(countLayer(layers.tree, 7).error().code, "layers.absent");
    }

    void canBeCancelledAndTellsItsProgress()
    {
        LayerFixture layers(1);
        for (int i = 0; i < 50; ++i)
            layers.directory(0, fmt::format("d{}/e", i));
        std::uint64_t told = 0;
        std::stop_source stop;
        const Result<LayerStatistics> counted =
            countLayer(layers.tree, 0, stop.get_token(), [&](const LayerStatistics &now) {
                told = now.directories;
                if (told > 60)
                    stop.request_stop();
            });
        QCOMPARE(counted.error().code, "cancelled");
        QVERIFY(told > 60 && told < 100);
    }
};

QTEST_GUILESS_MAIN(TestLayerStatistics)
#include "tst_layer_statistics.moc"
