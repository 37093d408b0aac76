// SPDX-License-Identifier: Apache-2.0
//
// Sandboxes that somebody else has launched: they come into the list by themselves, and go again when they have ended,
// but for those that a person has looked at.
#include "app/run/run_page.h"
#include "app/run/sandbox_view.h"
#include "app/sandboxes/sandbox_list.h"
#include "app/workbench/app_context.h"
#include "app/workbench/main_window.h"
#include "fake_helper.h"
#include "isolated_home.h"

#include <QListWidget>
#include <QTest>
#include <QThreadPool>
#include <algorithm>
#include <map>

using namespace pivotbench::app;
using namespace pivotbench::core;
using namespace pivotbench::test;

namespace {

constexpr int patienceMs = 20'000;

/// Tells of sandboxes that run until end().
class Launcher {
public:
    void begin(const std::string &name)
    {
        m_running.push_back(
            {.sandbox = name, .specName = {}, .pid = 1, .args = {}, .started = {}, .status = {}, .signal = {}});
    }
    void end(const std::string &name, int status = 0)
    {
        std::erase_if(m_running, [&](const wire::SandboxInfo &info) { return info.sandbox == name; });
        FakeHelper::reply(m_waiting.at(name), {.body = wire::Exited{.sandbox = name, .status = status}});
    }
    [[nodiscard]] bool isAwaited(const std::string &name) const { return m_waiting.contains(name); }

private:
    std::vector<wire::SandboxInfo> m_running;
    std::map<std::string, int> m_waiting; ///< sockets
    FakeHelper m_helper{[this](int socket, const wire::Request &request) {
        if (std::holds_alternative<wire::List>(request.method))
            FakeHelper::reply(socket, {.body = wire::Sandboxes{m_running}});
        else if (const auto *wait = std::get_if<wire::Wait>(&request.method))
            m_waiting[wait->sandbox] = socket;
    }};
};

} // namespace

class TestFoundSandboxes : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void goWhenTheyHaveEnded();
    void stayWhenTheyWereLookedAt();
    void goWithTheirHelper();

private:
    [[nodiscard]] QStringList listed() const;
    void begin(const std::string &name);

    IsolatedHome m_home;
    std::unique_ptr<Launcher> m_launcher;
    std::unique_ptr<AppContext> m_context;
    std::unique_ptr<MainWindow> m_window;
    QListWidget *m_list = nullptr;
};

void TestFoundSandboxes::init()
{
    qputenv("PIVOTBENCH_HELPER", "/bin/false"); // no real one in its place
    m_launcher = std::make_unique<Launcher>();
    m_context = std::make_unique<AppContext>();
    m_window = std::make_unique<MainWindow>(*m_context);
    m_window->QWidget::show();
    m_window->goTo(Place::Run);
    m_list = m_window->findChild<RunPage *>()->findChild<QListWidget *>();
    QVERIFY(m_list);
}

void TestFoundSandboxes::cleanup()
{
    m_window.reset();
    m_context.reset();
    m_launcher.reset();
    QThreadPool::globalInstance()->waitForDone();
}

QStringList TestFoundSandboxes::listed() const
{
    QStringList names;
    for (int i = 0; i < m_list->count(); ++i)
        names << m_list->item(i)->data(Qt::AccessibleTextRole).toString();
    return names;
}

/// It runs, and the window waits for its end.
void TestFoundSandboxes::begin(const std::string &name)
{
    m_launcher->begin(name);
    QTRY_VERIFY_WITH_TIMEOUT(m_launcher->isAwaited(name), patienceMs);
}

void TestFoundSandboxes::goWhenTheyHaveEnded()
{
    m_window->goTo(Place::Start);
    begin("a");
    begin("b");
    QCOMPARE(listed(), (QStringList{"a, running", "b, running"}));
    m_launcher->end("a");
    QTRY_COMPARE_WITH_TIMEOUT(listed(), QStringList{"b, running"}, patienceMs);
    m_launcher->end("b", 3);
    QTRY_COMPARE_WITH_TIMEOUT(listed(), QStringList(), patienceMs);
    QVERIFY(!m_window->findChild<RunPage *>()->current());
    begin("c");
    QCOMPARE(listed(), QStringList{"c, running"});
}

void TestFoundSandboxes::stayWhenTheyWereLookedAt()
{
    begin("a"); // the first one is shown
    begin("b");
    begin("c");
    m_list->setCurrentRow(2);
    QVERIFY(m_window->findChild<RunPage *>()->current()->isVisible());
    for (const char *name : {"a", "b", "c"})
        m_launcher->end(name, 3);
    const QStringList seen{"a, ended with status 3", "c, ended with status 3"};
    QTRY_COMPARE_WITH_TIMEOUT(listed(), seen, patienceMs);
    begin("d"); // they are not taken for gone when the list changes
    QCOMPARE(listed(), seen + QStringList{"d, running"});
}

void TestFoundSandboxes::goWithTheirHelper()
{
    m_window->goTo(Place::Start);
    begin("a");
    QCOMPARE(listed(), QStringList{"a, running"});
    m_launcher.reset();
    QTRY_COMPARE_WITH_TIMEOUT(listed(), QStringList(), patienceMs);
}

QTEST_MAIN(TestFoundSandboxes)
#include "tst_found_sandboxes.moc"
