// SPDX-License-Identifier: Apache-2.0
//
// What it costs to read a mount table and to compare two, for 1,000, 10,000 and 100,000 rows. Medians, in milliseconds
// of processor time, which other work on the machine does not stretch.
#include "core/mount/table_diff.h"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>
#include <functional>

using namespace pivotbench::core;

namespace {

std::string generate(std::size_t rows)
{
    std::string text = "1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n";
    for (std::size_t i = 2; i <= rows; ++i)
        text += fmt::format("{} 1 0:{} / /srv/containers/{}/mount-{} rw,nosuid,nodev,relatime shared:{} - tmpfs tmpfs "
                            "rw,size=65536k,mode=755,inode64\n",
                            i, i % 4096, i % 64, i, i);
    return text;
}

double medianMs(const std::function<void()> &run)
{
    std::vector<double> times;
    for (int i = 0; i < 9; ++i) {
        const std::clock_t begin = std::clock();
        run();
        times.push_back(static_cast<double>(std::clock() - begin) * 1000 / CLOCKS_PER_SEC);
    }
    std::ranges::nth_element(times, times.begin() + 4);
    return times[4];
}

} // namespace

int main()
{
    fmt::print("{:>8} {:>10} {:>10} {:>10} {:>10}\n", "rows", "parse", "trees", "diff", "MiB/s parsed");
    for (const std::size_t rows : {1'000UL, 10'000UL, 100'000UL}) {
        const std::string text = generate(rows);
        std::vector<MountEntry> entries;
        const double parse = medianMs([&] { entries = parseMountinfo(text).value(); });
        MountTable before;
        const double copies = medianMs([&] { auto copy = entries; });
        const double trees = medianMs([&] { before = MountTable(entries); }) - copies;
        entries[rows / 2].options = "ro";
        const MountTable after(entries);
        std::size_t changes = 0;
        const double diff = medianMs([&] { changes += diffTables(before, after).changed.size(); });
        fmt::print("{:>8} {:>10.2f} {:>10.2f} {:>10.2f} {:>10.0f}\n", rows, parse, trees, diff,
                   static_cast<double>(text.size()) / 1048.576 / parse);
        if (changes != 9)
            return 1;
    }
}
