// SPDX-License-Identifier: Apache-2.0
//
// The player in a real browser: it plays, steps, scrubs and speaks, asks for nothing and complains of nothing, also
// where the texts of the story are hostile. Skipped where there is no Chromium. Set PIVOTBENCH_PICTURES to a folder to
// look at it.
#include "chromium.h"
#include "sample_story.h"

#include <QFile>
#include <QtTest>
#include <cstdio>

using namespace pivotbench;
using namespace pivotbench::core::stage;

namespace {

QByteArray pageOf(const PlayerInput &story) { return QByteArray::fromStdString(playerOf(story)); }

/// What expressions of this test are written with.
constexpr const char *eyes = R"js(
    window.get = id => document.getElementById(id);
    window.frame = () => Number(document.documentElement.dataset.frame);
    window.groupsWith = text => [...document.querySelectorAll('#scene > g')].filter(
        group => [...group.querySelectorAll('text')].some(line => line.textContent === text));
    window.placeOf = group => group.getAttribute('transform').match(/[-\d.]+/g).map(Number);
    window.arcs = () => [...document.querySelectorAll('#scene path')].filter(path =>
        path.style.stroke === 'var(--shared)' && path.parentNode.getAttribute('opacity') !== '0.000').length;
    0;
)js";

} // namespace

class PlayerBrowserTest : public QObject {
    Q_OBJECT

    test::Chromium m_browser;

    void open(const PlayerInput &story, const QString &hash = {})
    {
        m_browser.open(pageOf(story), hash);
        m_browser.value(eyes);
        m_browser.value("get('speed').value = '4'"); // nobody watches
    }
    void lookAt(const QString &hash)
    {
        m_browser.value(
            QStringLiteral("new Promise(done => { addEventListener('hashchange', () => requestAnimationFrame(done), "
                           "{once: true}); location.hash = '%1'; }).then(() => 0)")
                .arg(hash));
    }
    bool settles(int frame) { return m_browser.becomes(QStringLiteral("frame() === %1").arg(frame)); }
    QString text(const char *id)
    {
        return m_browser.value(QStringLiteral("get('%1').textContent").arg(QLatin1String(id))).toString();
    }
    int frame() { return m_browser.value("frame()").toInt(-1); }

private slots:
    void initTestCase() { QCOMPARE(m_browser.start(), QString()); }

    void init()
    {
        m_browser.wish("prefers-color-scheme", "light");
        m_browser.wish("prefers-reduced-motion", "no-preference");
    }

    void cleanup()
    {
        if (QLatin1String(QTest::currentTestFunction()) == QLatin1String("wrongIsNoticed"))
            return;
        QCOMPARE(m_browser.complaints().join('\n'), QString());
        QCOMPARE(m_browser.requests().join('\n'), QString());
    }

    void wrongIsNoticed()
    {
        open(test::sampleStory());
        m_browser.value("console.error('said'); setTimeout(() => { throw new Error('thrown'); })");
        m_browser.value("fetch('http://127.0.0.1:9/').catch(() => new Promise(done => setTimeout(done, 100)))");
        const QString complaints = m_browser.complaints().join('\n');
        QVERIFY(complaints.contains("said"));
        QVERIFY(complaints.contains("thrown"));
        QVERIFY2(complaints.contains("Content Security Policy"), qPrintable(complaints));
    }

    void keyboardSteps()
    {
        open(test::sampleStory());
        QCOMPARE(frame(), 0);
        m_browser.press("ArrowRight");
        QVERIFY(settles(1));
        QCOMPARE(text("title"), "Make a new mount namespace");
        QCOMPARE(m_browser.value("location.hash").toString(), "#frame=1");
        m_browser.press("ArrowRight");
        m_browser.press("ArrowRight"); // does not wait for the first
        QVERIFY(settles(3));
        QCOMPARE(text("call").count('\n'), 1);
        m_browser.press("ArrowLeft");
        QVERIFY(settles(2));
        m_browser.press("End");
        QVERIFY(settles(7));
        QVERIFY(m_browser.value("get('step').disabled").toBool());
        m_browser.press("ArrowRight");
        QCOMPARE(frame(), 7);
        m_browser.press("Home");
        QVERIFY(settles(0));
        QVERIFY(m_browser.value("get('back').disabled").toBool());
        m_browser.press("PageDown");
        QVERIFY(settles(1));
        m_browser.press("PageDown");
        QVERIFY(settles(3));
    }

    void buttonsStep()
    {
        open(test::sampleStory(), "frame=3");
        m_browser.value("get('step').click()");
        QVERIFY(settles(4));
        QCOMPARE(text("outcome"), "EPERM: the network namespace belongs to another user namespace");
        m_browser.value("get('back').click()");
        QVERIFY(settles(3));
        m_browser.value("[...document.querySelectorAll('#phases button')].at(-1).click()");
        QVERIFY(settles(7));
    }

    void itPlaysToTheEnd()
    {
        open(test::sampleStory());
        const auto sign = [this] { return m_browser.value("get('play').getAttribute('aria-label')").toString(); };
        QCOMPARE(sign(), "Play");
        m_browser.press(" ");
        QCOMPARE(sign(), "Pause");
        QVERIFY(m_browser.becomes("frame() >= 2"));
        m_browser.press(" ");
        QCOMPARE(sign(), "Play");
        QTest::qWait(500); // what moves comes to its end
        const int rest = frame();
        QTest::qWait(1500);
        QCOMPARE(frame(), rest);
        m_browser.press(" ");
        QVERIFY(settles(7));
        QVERIFY(m_browser.becomes("get('play').getAttribute('aria-label') === 'Play'"));
        m_browser.value("get('play').click()");
        QVERIFY(m_browser.becomes("frame() < 3")); // from the beginning
        QCOMPARE(sign(), "Pause");
    }

    void groupsMove()
    {
        // The new root of the sandbox swings up from row 3 to row 0.
        const QString place = "placeOf(groupsWith('bind · /srv/root')[0]).join()";
        open(test::sampleStory(), "frame=4");
        QCOMPARE(m_browser.value(place).toString(), "586,294");
        lookAt("frame=4.485"); // halfway of the way
        QCOMPARE(m_browser.value(place).toString(), "573,195");
        lookAt("frame=5");
        QCOMPARE(m_browser.value(place).toString(), "560,96");
    }

    void groupsLeave()
    {
        open(test::sampleStory(), "frame=1");
        QCOMPARE(m_browser.value("arcs()").toInt(), 3);
        lookAt("frame=1.2");
        QCOMPARE(m_browser.value("arcs()").toInt(), 3);
        lookAt("frame=1.4");
        QCOMPARE(m_browser.value("arcs()").toInt(), 0);
    }

    void groupsArrive()
    {
        // Out of their twins in the host, in sight.
        open(test::sampleStory(), "frame=0.4");
        QCOMPARE(m_browser.value("groupsWith('/run').length").toInt(), 2);
        const double x = m_browser.value("placeOf(groupsWith('/run').at(-1))[0]").toDouble();
        QVERIFY(x > 66 && x < 586);
        QVERIFY(m_browser.value("!groupsWith('/run').at(-1).hasAttribute('opacity')").toBool());
        // Arcs appear in the last half.
        QCOMPARE(m_browser.value("arcs()").toInt(), 0);
        lookAt("frame=0.8");
        QCOMPARE(m_browser.value("arcs()").toInt(), 3);
    }

    void shapesChange()
    {
        // The mark of a new mount fades, and its badge is there once before and once after.
        open(test::sampleStory(), "frame=3.5");
        QCOMPARE(m_browser.value("groupsWith('/srv/root')[0].querySelectorAll('rect').length").toInt(), 4);
        lookAt("frame=4");
        QCOMPARE(m_browser.value("groupsWith('/srv/root')[0].querySelectorAll('rect').length").toInt(), 3);
        QCOMPARE(m_browser.value("groupsWith('/srv/root')[0].querySelector('rect').style.fill").toString(),
                 "var(--card-background)");
    }

    void sliderScrubs()
    {
        open(test::sampleStory());
        const QString spoken = "get('slider').getAttribute('aria-valuetext')";
        const auto drag = [this](double to) {
            m_browser.value(QStringLiteral("get('slider').dispatchEvent(new PointerEvent('pointerdown')); "
                                           "get('slider').value = %1; get('slider').dispatchEvent(new Event('input'))")
                                .arg(to));
        };
        QCOMPARE(m_browser.value(spoken).toString(), "Before the first step");
        drag(3.4);
        QCOMPARE(text("title"), "Bind the new root onto itself");
        drag(4.6);
        QCOMPARE(text("title"), "Switch to the new root");
        QCOMPARE(m_browser.value("get('slider').value").toString(), "4.6");
        m_browser.value("get('slider').dispatchEvent(new Event('change'))");
        QVERIFY(settles(5));
        QCOMPARE(m_browser.value("get('slider').value").toString(), "5");
        QCOMPARE(m_browser.value(spoken).toString(), "Step 5 of 7: Switch to the new root");
    }

    void everyStepIsSaid()
    {
        open(test::sampleStory());
        m_browser.press("ArrowRight");
        QVERIFY(settles(1));
        QVERIFY(text("spoken").startsWith("Step 1 of 7, namespaces: Make a new mount namespace. The kernel copies"));
        QCOMPARE(m_browser.value("get('spoken').getAttribute('aria-live')").toString(), "polite");
        lookAt("frame=4");
        QVERIFY(text("spoken").contains("Failed: EPERM:"));
    }

    void everyControlHasAName()
    {
        open(test::sampleStory(), "frame=3");
        QCOMPARE(m_browser
                     .value("[...document.querySelectorAll('button, input, select')].filter(one => "
                            "!one.getAttribute('aria-label') && !one.textContent.trim()).length")
                     .toInt(),
                 0);
        // And the keyboard comes to each.
        QSet<QString> reached;
        for (int i = 0; i < 20; ++i) {
            m_browser.press("Tab");
            reached << m_browser.value("document.activeElement.id").toString();
        }
        for (const char *id : {"theme", "back", "play", "step", "slider", "speed", "call", "shell"})
            QVERIFY2(reached.contains(id), id);
    }

    void reducedMotionCuts()
    {
        m_browser.wish("prefers-reduced-motion", "reduce");
        open(test::sampleStory());
        m_browser.press("ArrowRight");
        QCOMPARE(frame(), 1);
        m_browser.press("End");
        QCOMPARE(frame(), 7);
        lookAt("frame=4.4");
        QCOMPARE(frame(), 4);
        m_browser.value("get('play').click()");
        QVERIFY(settles(7));
    }

    void coloursFollowTheReader_data()
    {
        QTest::addColumn<QString>("wished");
        QTest::addColumn<QStringList>("grounds");
        const QString light = "rgb(244, 245, 247)";
        const QString dark = "rgb(31, 34, 38)";
        QTest::newRow("light") << "light" << QStringList{light, dark, light};
        QTest::newRow("dark") << "dark" << QStringList{dark, light, dark};
    }
    void coloursFollowTheReader()
    {
        QFETCH(const QString, wished);
        QFETCH(const QStringList, grounds);
        m_browser.wish("prefers-color-scheme", wished);
        open(test::sampleStory());
        bool isDark = wished == "dark";
        for (const QString &ground : grounds) {
            QCOMPARE(m_browser.value("getComputedStyle(document.body).backgroundColor").toString(), ground);
            QCOMPARE(m_browser.value("get('theme').getAttribute('aria-pressed')").toString(),
                     isDark ? "true" : "false");
            m_browser.value("get('theme').click()");
            isDark = !isDark;
        }
    }

    void hostileTextIsOnlyShown()
    {
        PlayerInput story = test::sampleStory();
        open(story);
        const int scripts = m_browser.value("document.scripts.length").toInt();
        const std::string hostile = test::hostileText();
        story.name = story.kernel = story.origin = hostile;
        for (PlayerFrame &frame : story.frames) {
            frame.phase = frame.title = frame.call = frame.shell = frame.narration = frame.manual = frame.outcome =
                hostile;
            for (Group &group : frame.drawing.groups)
                for (Shape &shape : group.shapes)
                    if (auto *line = std::get_if<TextShape>(&shape))
                        line->text = hostile;
        }
        open(story);
        for (int i = 1; i < 8; ++i) {
            m_browser.press("ArrowRight");
            QVERIFY(settles(i));
        }
        QCOMPARE(m_browser.value("document.scripts.length").toInt(), scripts);
        QCOMPARE(m_browser.value("document.images.length").toInt(), 0);
        QVERIFY(m_browser.value("document.title").toString().startsWith("</script><script>"));
        QVERIFY(
            m_browser.value("document.querySelector('#scene text').textContent === get('title').textContent").toBool());
        QVERIFY(!m_browser.value("/[\\u2028-\\u202e]/.test(document.documentElement.textContent)").toBool());
    }

    void shortStoriesStandStill_data()
    {
        QTest::addColumn<int>("frames");
        QTest::newRow("no frame") << 0;
        QTest::newRow("one frame") << 1;
    }
    void shortStoriesStandStill()
    {
        QFETCH(const int, frames);
        PlayerInput story = test::sampleStory();
        story.frames.resize(static_cast<std::size_t>(frames));
        open(story);
        for (const char *key : {"ArrowRight", "ArrowLeft", " ", "End", "Home", "PageDown", "PageUp"})
            m_browser.press(QLatin1String(key));
        m_browser.value("get('theme').click()");
        QVERIFY(!text("title").isEmpty());
    }

    void itCanBeLookedAt()
    {
        const QString folder = qEnvironmentVariable("PIVOTBENCH_PICTURES");
        if (folder.isEmpty())
            return;
        for (const QSize size : {QSize(1440, 900), QSize(390, 844)})
            for (const char *scheme : {"light", "dark"})
                for (const char *moment : {"1", "4", "4.5"}) {
                    m_browser.resize(size.width(), size.height());
                    m_browser.wish("prefers-color-scheme", QLatin1String(scheme));
                    open(test::sampleStory(), QStringLiteral("frame=%1").arg(QLatin1String(moment)));
                    QFile file(QStringLiteral("%1/%2-%3-%4.png").arg(folder).arg(size.width()).arg(scheme, moment));
                    QVERIFY(file.open(QIODevice::WriteOnly));
                    file.write(m_browser.picture());
                }
    }
};

int main(int argc, char **argv)
{
    if (test::Chromium::program().isEmpty()) {
        std::puts("SKIP: no Chromium here (Debian package \"chromium\"): nothing was played");
        return 77;
    }
    QCoreApplication application(argc, argv);
    PlayerBrowserTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_player_browser.moc"
