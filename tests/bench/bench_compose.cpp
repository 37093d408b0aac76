// SPDX-License-Identifier: Apache-2.0
//
// What passes between a key in Compose and the finished analysis on the screen: a real window of the workbench,
// offscreen, in a mount namespace of its own in which there are as many more mounts as asked for.
//
//   bench_compose [HOST-MOUNTS] [SPEC-MOUNTS] [TIMES]      1000, 200 and 41 by default
//
// For each place a letter is typed with a real key event. The time ends when the analysis of the newest revision has
// come, all panels have it, and every event that followed is handled: layout, painting. "beside" is analyse() alone,
// which runs in another thread; "longest" is the event that held up the interface longest. By root it
// runs as the user in PIVOTBENCH_TEST_USER, because namespaces of root need fewer steps; otherwise in a user
// namespace of its own, in which the model knows less.
#include "app/document/analysis.h"
#include "app/widgets/palette.h"
#include "app/workbench/app_context.h"
#include "app/workbench/main_window.h"
#include "core/preset/presets.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace pivotbench;
using namespace pivotbench::app;

namespace {

[[noreturn]] void giveUp(const std::string &what)
{
    fmt::print(stderr, "bench_compose: {}: {}\n", what, std::strerror(errno));
    std::exit(125);
}

/// Leaves for a namespace with `count` tmpfs on directories below `folder`, as a user without privilege.
void enterHost(const std::string &folder, int count)
{
    const bool root = ::geteuid() == 0;
    const uid_t uid = ::geteuid();
    const gid_t gid = ::getegid();
    if (::unshare(root ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0)
        giveUp("unshare");
    if (!root) {
        std::ofstream("/proc/self/setgroups") << "deny";
        std::ofstream("/proc/self/uid_map") << fmt::format("{} {} 1", uid, uid);
        std::ofstream("/proc/self/gid_map") << fmt::format("{} {} 1", gid, gid);
    }
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        giveUp("making mounts private");
    for (int i = 0; i < count; ++i) {
        const std::string place = fmt::format("{}/host/{}", folder, i);
        std::filesystem::create_directories(place);
        if (::mount("tmpfs", place.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=4k") != 0)
            giveUp("mounting " + place);
    }
    if (!root)
        return;
    const char *name = std::getenv("PIVOTBENCH_TEST_USER");
    const passwd *user = name ? ::getpwnam(name) : nullptr;
    if (!user) {
        fmt::print("as root, because there is no PIVOTBENCH_TEST_USER\n");
        return;
    }
    if (::chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0 || ::initgroups(name, user->pw_gid) != 0 ||
        ::setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
        ::setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
        giveUp("becoming the user");
}

double milliseconds(const QElapsedTimer &timer) { return static_cast<double>(timer.nsecsElapsed()) / 1e6; }

/// Of all threads: what a busy machine does not change much.
double processorTime()
{
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

/// Knows which event took longest.
class Timed : public QApplication {
public:
    using QApplication::QApplication;

    bool notify(QObject *receiver, QEvent *event) override
    {
        QElapsedTimer timer;
        timer.start();
        const bool done = QApplication::notify(receiver, event);
        longest = std::max(longest, milliseconds(timer));
        return done;
    }

    double longest = 0;
};

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

/// All that follows from what has happened, but for what other threads still do.
void settle()
{
    QCoreApplication::sendPostedEvents();
    QCoreApplication::processEvents();
}

void waitFor(const std::function<bool()> &condition)
{
    while (!condition())
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    settle();
}

/// Until the tree is read and the layers are counted, which come after the analysis.
void rest()
{
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < 300)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
}

void type(QWidget &editor, const QString &letter)
{
    const int key = letter.at(0).toUpper().unicode();
    QKeyEvent press(QEvent::KeyPress, key, Qt::NoModifier, letter);
    QCoreApplication::sendEvent(&editor, &press);
    QKeyEvent release(QEvent::KeyRelease, key, Qt::NoModifier, letter);
    QCoreApplication::sendEvent(&editor, &release);
}

void measure(Timed &application, MainWindow &window, QWidget &editor, const std::string &place, int times)
{
    editor.setFocus();
    std::vector<double> whole;
    std::vector<double> beside;
    std::vector<double> longest;
    std::vector<double> processor;
    for (int i = 0; i < times; ++i) {
        rest();
        application.longest = 0;
        const double before = processorTime();
        QElapsedTimer timer;
        timer.start();
        type(editor, "a");
        waitFor([&] { return window.analyser().isCurrent(); });
        whole.push_back(milliseconds(timer));
        processor.push_back(processorTime() - before);
        longest.push_back(application.longest);

        QElapsedTimer alone;
        alone.start();
        (void)analyse(window.document().spec(), *window.analyser().facts(), 0);
        beside.push_back(milliseconds(alone));
    }
    std::ranges::sort(whole);
    fmt::print("{:<44}{:>9.1f}{:>9.1f}{:>11.1f}{:>9.1f}{:>9.1f}\n", place, whole[whole.size() / 2],
               whole[whole.size() * 9 / 10], median(processor), median(beside), median(longest));
}

template <typename Widget> Widget &named(MainWindow &window, const QString &name)
{
    for (Widget *widget : window.findChildren<Widget *>())
        if (widget->accessibleName() == name)
            return *widget;
    errno = ENOENT;
    giveUp("no field " + name.toStdString());
}

void measureWindow(Timed &application, AppContext &context, const core::SandboxSpec &spec, const std::string &what,
                   int times)
{
    MainWindow window(context);
    window.resize(1280, 800);
    window.QWidget::show();
    window.document().replace(spec, {});
    waitFor([&] { return window.analyser().isCurrent(); });
    rest();
    const Analysis &analysis = *window.analyser().current();
    fmt::print("{}: {} steps, {} mounts in the sandbox, {} findings\n", what,
               analysis.plan ? analysis.plan->steps.size() : 0,
               analysis.sandboxTable ? analysis.sandboxTable->size() : 0, analysis.findings.size());
    measure(application, window, named<QLineEdit>(window, "Name"), "  a letter in the name", times);
    measure(application, window, named<QPlainTextEdit>(window, "Command"), "  a letter in the command", times);
    auto &mounts = named<QListWidget>(window, "Mounts, in the order in which they are made");
    if (mounts.count() == 0)
        return;
    mounts.setCurrentRow(mounts.count() / 2);
    measure(application, window, named<QLineEdit>(window, "Mount point"), "  a letter in the path of a mount", times);
}

int run(int argc, char **argv, const std::string &folder)
{
    const auto number = [&](int at, int otherwise) { return argc > at ? std::atoi(argv[at]) : otherwise; };
    const int hostMounts = number(1, 1000);
    const int specMounts = number(2, 200);
    const int times = number(3, 41);
    enterHost(folder, hostMounts);
    for (const char *name : {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"})
        qputenv(name, folder.c_str());
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");

    Timed application(argc, argv);
    AppContext context;
    applyLook(application, Theme::Light);
    fmt::print("{} mounts more on the host\n{:<44}{:>9}{:>9}{:>11}{:>9}{:>9}\n", hostMounts, "milliseconds", "median",
               "9 of 10", "processor", "beside", "longest");
    for (const core::Preset &preset : core::presets())
        measureWindow(application, context, *core::findPreset(preset.id), preset.name, times);
    core::SandboxSpec spec = *core::findPreset("busybox");
    for (int i = 0; i < specMounts; ++i) {
        const std::string source = fmt::format("{}/sources/{}", folder, i);
        std::filesystem::create_directories(source);
        spec.mounts.push_back({.destination = fmt::format("/mnt/{}", i),
                               .type = "bind",
                               .source = source,
                               .options = {"ro", "nosuid", "nodev"}});
    }
    measureWindow(application, context, spec, fmt::format("{} binds", specMounts), times);
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    std::string folder = std::filesystem::temp_directory_path() / "pivotbench-compose-XXXXXX";
    if (!::mkdtemp(folder.data()))
        giveUp("making a folder");
    // The mounts end with the child, and only then can what they stood on go.
    const pid_t child = ::fork();
    if (child == 0)
        return run(argc, argv, folder);
    int status = 0;
    ::waitpid(child, &status, 0);
    std::filesystem::remove_all(folder);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
