// SPDX-License-Identifier: Apache-2.0
#include "app/film/changed_area.h"

#include <QImage>
#include <algorithm>
#include <cstring>

namespace pivotbench::app {

QRect changedArea(const QImage &before, const QImage &after)
{
    const auto row = [](const QImage &image, int y) { return reinterpret_cast<const QRgb *>(image.constScanLine(y)); };
    const auto rowBytes = static_cast<std::size_t>(after.width()) * sizeof(QRgb);
    const auto same = [&](int y) { return std::memcmp(row(before, y), row(after, y), rowBytes) == 0; };
    int top = 0;
    int bottom = after.height() - 1;
    while (top <= bottom && same(top))
        ++top;
    while (bottom > top && same(bottom))
        --bottom;
    if (top > bottom)
        return {};
    int left = after.width();
    int right = -1;
    for (int y = top; y <= bottom; ++y) {
        const QRgb *a = row(before, y);
        const QRgb *b = row(after, y);
        int first = 0;
        while (first < left && a[first] == b[first])
            ++first;
        int last = after.width() - 1;
        while (last > right && a[last] == b[last])
            --last;
        left = std::min(left, first);
        right = std::max(right, last);
    }
    return {QPoint(left, top), QPoint(right, bottom)};
}

} // namespace pivotbench::app
