// SPDX-License-Identifier: Apache-2.0
//
// From exec to the first paint, and the memory at rest: the workbench's own program beside a trivial Qt window of the
// same size (trivial_window.cpp). Both are watched from outside, by the X server they draw on, which is an Xvfb of this
// program's own without a window manager, and take turns. Both get the same empty home.
//
//   bench_start [TIMES] [ARGUMENT…]      arguments are for the workbench: --place compose, a file
//
// "Painted" is when the window is mapped and none of nine points spread over it shows the background that was there
// before: X tells of every drawing (the DAMAGE extension), and the points are read after each. Memory is read from
// smaps_rollup, two seconds later: PSS counts what is shared with others in parts, private memory leaves it out.
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/base/unique_fd.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <poll.h>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>
#include <xcb/damage.h>
#include <xcb/xcb.h>

using namespace pivotbench;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::uint32_t background = 0xff00ff;
constexpr auto patience = std::chrono::seconds(20);
constexpr int restSeconds = 2; ///< the workbench asks its helper every second, and examines the machine at first

[[noreturn]] void giveUp(const std::string &why)
{
    fmt::print(stderr, "bench_start: {}\n", why);
    std::exit(125);
}

/// A child that ends with this program, or before by its destructor.
class Child {
public:
    Child(const std::vector<std::string> &command, const std::map<std::string, std::string> &environment)
    {
        m_pid = ::fork();
        if (m_pid != 0)
            return;
        std::vector<char *> arguments;
        for (const std::string &word : command)
            arguments.push_back(const_cast<char *>(word.c_str()));
        arguments.push_back(nullptr);
        for (const auto &[name, value] : environment)
            ::setenv(name.c_str(), value.c_str(), 1);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL); // also where this program gives up
        const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        ::dup2(null, 2); // they grumble about a home without anything in it
        ::execvp(arguments.front(), arguments.data());
        ::_exit(127);
    }
    ~Child()
    {
        ::kill(m_pid, SIGKILL);
        ::waitpid(m_pid, nullptr, 0);
    }
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;
    [[nodiscard]] pid_t pid() const { return m_pid; }

private:
    pid_t m_pid;
};

template <typename Reply> using Owned = std::unique_ptr<Reply, decltype(&::free)>;
template <typename Reply> Owned<Reply> owned(Reply *reply) { return {reply, &::free}; }

/// The display and what is drawn on it.
class Display {
public:
    explicit Display(const std::string &name)
        : m_connection(xcb_connect(name.c_str(), nullptr))
    {
        if (xcb_connection_has_error(m_connection))
            giveUp("cannot connect to " + name);
        m_screen = xcb_setup_roots_iterator(xcb_get_setup(m_connection)).data;
        const xcb_query_extension_reply_t *damage = xcb_get_extension_data(m_connection, &xcb_damage_id);
        if (!damage || !damage->present)
            giveUp("the X server has no DAMAGE extension");
        m_firstEvent = damage->first_event;
        (void)owned(
            xcb_damage_query_version_reply(m_connection, xcb_damage_query_version(m_connection, 1, 1), nullptr));
        xcb_change_window_attributes(m_connection, m_screen->root, XCB_CW_BACK_PIXEL, &background);
        xcb_clear_area(m_connection, 0, m_screen->root, 0, 0, 0, 0);
        const xcb_damage_damage_t all = xcb_generate_id(m_connection);
        xcb_damage_create(m_connection, all, m_screen->root, XCB_DAMAGE_REPORT_LEVEL_RAW_RECTANGLES);
        xcb_flush(m_connection);
    }
    ~Display() { xcb_disconnect(m_connection); }
    Display(const Display &) = delete;
    Display &operator=(const Display &) = delete;

    /// False where it did not come within the patience.
    [[nodiscard]] bool waitUntilPainted()
    {
        const auto end = Clock::now() + patience;
        while (Clock::now() < end) {
            pollfd ready{.fd = xcb_get_file_descriptor(m_connection), .events = POLLIN, .revents = 0};
            ::poll(&ready, 1, 100);
            bool drawn = false;
            while (const auto event = owned(xcb_poll_for_event(m_connection)))
                drawn = drawn || (event->response_type & 0x7f) == m_firstEvent + XCB_DAMAGE_NOTIFY;
            if (drawn && isPainted())
                return true;
        }
        return false;
    }

    /// Everything of the last program is gone.
    void waitUntilEmpty()
    {
        while (window() != XCB_NONE)
            ::usleep(1000);
        ::usleep(100'000);
        while (owned(xcb_poll_for_event(m_connection)))
            continue;
    }

    [[nodiscard]] std::string size()
    {
        const auto place = geometry(window());
        return place ? fmt::format("{}x{}", place->width, place->height) : "?";
    }

private:
    [[nodiscard]] Owned<xcb_get_geometry_reply_t> geometry(xcb_window_t window)
    {
        return owned(xcb_get_geometry_reply(m_connection, xcb_get_geometry(m_connection, window), nullptr));
    }

    /// The largest one that is mapped: toolkits make small ones of their own.
    [[nodiscard]] xcb_window_t window()
    {
        const auto tree =
            owned(xcb_query_tree_reply(m_connection, xcb_query_tree(m_connection, m_screen->root), nullptr));
        xcb_window_t largest = XCB_NONE;
        int most = 100 * 100;
        for (int i = 0; tree && i < xcb_query_tree_children_length(tree.get()); ++i) {
            const xcb_window_t child = xcb_query_tree_children(tree.get())[i];
            const auto attributes = owned(
                xcb_get_window_attributes_reply(m_connection, xcb_get_window_attributes(m_connection, child), nullptr));
            const auto place = geometry(child);
            if (attributes && place && attributes->map_state == XCB_MAP_STATE_VIEWABLE &&
                place->width * place->height > most) {
                most = place->width * place->height;
                largest = child;
            }
        }
        return largest;
    }

    [[nodiscard]] bool isPainted()
    {
        const xcb_window_t painted = window();
        const auto place = painted == XCB_NONE ? owned<xcb_get_geometry_reply_t>(nullptr) : geometry(painted);
        if (!place)
            return false;
        for (const int x : {1, 3, 5})
            for (const int y : {1, 3, 5})
                if (pixel(place->x + place->width * x / 6, place->y + place->height * y / 6) == background)
                    return false;
        return true;
    }

    /// Of the screen; a window does not show what is outside of it, but here is no other.
    [[nodiscard]] std::uint32_t pixel(int x, int y)
    {
        const auto image = owned(
            xcb_get_image_reply(m_connection,
                                xcb_get_image(m_connection, XCB_IMAGE_FORMAT_Z_PIXMAP, m_screen->root,
                                              static_cast<std::int16_t>(x), static_cast<std::int16_t>(y), 1, 1, ~0U),
                                nullptr));
        if (!image || xcb_get_image_data_length(image.get()) < 4)
            return background;
        const std::uint8_t *bytes = xcb_get_image_data(image.get());
        return static_cast<std::uint32_t>(bytes[0] | bytes[1] << 8 | bytes[2] << 16);
    }

    xcb_connection_t *m_connection;
    xcb_screen_t *m_screen = nullptr;
    int m_firstEvent = 0;
};

struct Memory {
    double resident = 0;
    double proportional = 0;
    double own = 0;
};

Memory memoryOf(pid_t pid)
{
    const core::Result<std::string> text = core::readFile(fmt::format("/proc/{}/smaps_rollup", pid), 65536);
    Memory memory;
    for (const std::string_view line : core::split(text ? std::string_view(*text) : std::string_view(), '\n')) {
        const std::size_t digits = line.find_first_of("0123456789");
        const std::size_t colon = line.find(':');
        if (digits == std::string_view::npos || colon == std::string_view::npos || digits < colon)
            continue;
        double kibibytes = 0;
        std::from_chars(line.data() + digits, line.data() + line.size(), kibibytes);
        const std::string_view name = line.substr(0, colon);
        if (name == "Rss")
            memory.resident += kibibytes / 1024;
        else if (name == "Pss")
            memory.proportional += kibibytes / 1024;
        else if (name == "Private_Clean" || name == "Private_Dirty")
            memory.own += kibibytes / 1024;
    }
    return memory;
}

/// Milliseconds on a processor, of all threads that live: what a busy machine does not change much.
double processorTimeOf(pid_t pid)
{
    double nanoseconds = 0;
    std::error_code ignored;
    for (const auto &task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid), ignored)) {
        const core::Result<std::string> text = core::readFile(task.path() / "schedstat", 256);
        double one = 0;
        if (text)
            std::from_chars(text->data(), text->data() + text->size(), one);
        nanoseconds += one;
    }
    return nanoseconds / 1e6;
}

struct Program {
    std::string name;
    std::vector<std::string> command;
    std::vector<double> milliseconds = {};
    std::vector<double> processor = {};
    std::vector<Memory> memory = {};
    std::string size = {};
};

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

double median(const std::vector<Memory> &all, double Memory::*part)
{
    std::vector<double> values;
    for (const Memory &one : all)
        values.push_back(one.*part);
    return median(std::move(values));
}

std::string startServer(std::unique_ptr<Child> &server)
{
    int ends[2];
    if (::pipe(ends) != 0)
        giveUp("pipe");
    server = std::make_unique<Child>(std::vector<std::string>{"Xvfb", "-displayfd", std::to_string(ends[1]), "-screen",
                                                              "0", "1920x1200x24", "-nolisten", "tcp", "-noreset"},
                                     std::map<std::string, std::string>{});
    ::close(ends[1]);
    std::string number;
    char character = 0;
    while (::read(ends[0], &character, 1) == 1 && character != '\n')
        number += character;
    ::close(ends[0]);
    if (number.empty())
        giveUp("Xvfb does not start (package xvfb)");
    return ":" + number;
}

} // namespace

int main(int argc, char **argv)
{
    const std::filesystem::path here = std::filesystem::canonical("/proc/self/exe").parent_path();
    int times = 15;
    if (argc > 1)
        std::from_chars(argv[1], argv[1] + std::string_view(argv[1]).size(), times);
    std::vector<Program> programs{{"trivial window", {here / "trivial_window"}}, {"pivotbench", {here / "pivotbench"}}};
    for (int i = 2; i < argc; ++i)
        programs[1].command.emplace_back(argv[i]);

    std::string home = std::filesystem::temp_directory_path() / "pivotbench-start-XXXXXX";
    if (!::mkdtemp(home.data()))
        giveUp("cannot make a folder");
    std::unique_ptr<Child> server;
    {
        const std::string name = startServer(server);
        Display display(name);
        std::map<std::string, std::string> environment{{"DISPLAY", name}, {"QT_QPA_PLATFORM", "xcb"}};
        for (const char *variable :
             {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"})
            environment[variable] = home;
        // The first round warms the caches of files, and is not counted.
        for (int round = 0; round <= times; ++round) {
            for (Program &program : programs) {
                display.waitUntilEmpty();
                const auto began = Clock::now();
                const Child child(program.command, environment);
                if (!display.waitUntilPainted())
                    giveUp(program.name + " paints nothing");
                const std::chrono::duration<double, std::milli> took = Clock::now() - began;
                const double processor = processorTimeOf(child.pid());
                program.size = display.size();
                if (round == 0)
                    continue;
                program.milliseconds.push_back(took.count());
                program.processor.push_back(processor);
                ::sleep(restSeconds);
                program.memory.push_back(memoryOf(child.pid()));
            }
        }
    }
    server.reset();
    std::filesystem::remove_all(home);

    fmt::print("{:<16}{:>11}{:>18}{:>8}{:>15}{:>9}{:>9}{:>13}\n", "", "window", "first paint, ms", "least",
               "processor, ms", "RSS MiB", "PSS MiB", "private MiB");
    for (const Program &program : programs)
        fmt::print("{:<16}{:>11}{:>18.1f}{:>8.1f}{:>15.1f}{:>9.1f}{:>9.1f}{:>13.1f}\n", program.name, program.size,
                   median(program.milliseconds), *std::ranges::min_element(program.milliseconds),
                   median(program.processor), median(program.memory, &Memory::resident),
                   median(program.memory, &Memory::proportional), median(program.memory, &Memory::own));
    const auto ratio = [&](double Memory::*part) {
        return median(programs[1].memory, part) / median(programs[0].memory, part);
    };
    fmt::print("{:<16}{:>11}{:>18.2f}{:>8.2f}{:>15.2f}{:>9.2f}{:>9.2f}{:>13.2f}\n", "ratio", "",
               median(programs[1].milliseconds) / median(programs[0].milliseconds),
               *std::ranges::min_element(programs[1].milliseconds) /
                   *std::ranges::min_element(programs[0].milliseconds),
               median(programs[1].processor) / median(programs[0].processor), ratio(&Memory::resident),
               ratio(&Memory::proportional), ratio(&Memory::own));
    return 0;
}
