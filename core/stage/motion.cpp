// SPDX-License-Identifier: Apache-2.0
#include "core/stage/drawing.h"

#include <algorithm>
#include <unordered_map>

namespace pivotbench::core::stage {

namespace {

double smooth(double from, double to, double part)
{
    const double t = std::clamp((part - from) / (to - from), 0.0, 1.0);
    return t * t * (3 - 2 * t);
}

double mix(double a, double b, double part) { return a + (b - a) * part; }
Point mix(Point a, Point b, double part) { return {mix(a.x, b.x, part), mix(a.y, b.y, part)}; }
Rect mix(const Rect &a, const Rect &b, double part)
{
    return {mix(a.x, b.x, part), mix(a.y, b.y, part), mix(a.width, b.width, part), mix(a.height, b.height, part)};
}

/// The same but for its numbers: then these can be changed little by little.
struct Interpolated {
    double part;

    std::optional<Shape> operator()(const BoxShape &a, const BoxShape &b) const
    {
        BoxShape result = b;
        result.rect = mix(a.rect, b.rect, part);
        result.radius = mix(a.radius, b.radius, part);
        return a.fill == b.fill && a.stroke == b.stroke && a.dashed == b.dashed && a.tint == b.tint
                   ? std::optional<Shape>(result)
                   : std::nullopt;
    }
    std::optional<Shape> operator()(const CurveShape &a, const CurveShape &b) const
    {
        if (a.points.size() != b.points.size() || a.stroke != b.stroke || a.dashed != b.dashed || a.fill != b.fill)
            return std::nullopt;
        CurveShape result = b;
        for (std::size_t i = 0; i < a.points.size(); ++i)
            result.points[i] = mix(a.points[i], b.points[i], part);
        return result;
    }
    std::optional<Shape> operator()(const TextShape &a, const TextShape &b) const
    {
        TextShape result = b;
        result.at = mix(a.at, b.at, part);
        result.width = mix(a.width, b.width, part);
        return a.text == b.text && a.size == b.size && a.weight == b.weight && a.ink == b.ink && a.align == b.align
                   ? std::optional<Shape>(result)
                   : std::nullopt;
    }
    std::optional<Shape> operator()(const IconShape &a, const IconShape &b) const
    {
        IconShape result = b;
        result.rect = mix(a.rect, b.rect, part);
        return a.name == b.name && a.ink == b.ink ? std::optional<Shape>(result) : std::nullopt;
    }
    template <typename A, typename B> std::optional<Shape> operator()(const A &, const B &) const
    {
        return std::nullopt;
    }
};

std::optional<std::vector<Shape>> mixed(const std::vector<Shape> &a, const std::vector<Shape> &b, double part)
{
    if (a.size() != b.size())
        return std::nullopt;
    std::vector<Shape> shapes;
    shapes.reserve(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::optional<Shape> shape = std::visit(Interpolated{part}, a[i], b[i]);
        if (!shape)
            return std::nullopt;
        shapes.push_back(std::move(*shape));
    }
    return shapes;
}

} // namespace

Drawing blend(const Drawing &from, const Drawing &to, double part)
{
    if (part <= 0)
        return from;
    if (part >= 1)
        return to;
    const double moved = smooth(0.12, 0.85, part);
    const double left = smooth(0, 0.35, part);
    const double come = smooth(0.5, 1, part);
    const double seen = smooth(0, 0.2, part);
    const double changed = smooth(0.35, 0.65, part);

    Drawing result;
    result.view = mix(from.view, to.view, moved);
    std::unordered_map<std::uint64_t, const Group *> before;
    for (const Group &group : from.groups)
        before.emplace(group.key, &group);
    std::unordered_map<std::uint64_t, bool> stays;
    for (const Group &group : to.groups) {
        const auto found = before.find(group.key);
        if (found == before.end()) {
            Group arriving = group;
            const Point start{group.at.x + group.arrival.x, group.at.y + group.arrival.y};
            arriving.at = mix(start, group.at, moved);
            arriving.opacity = group.opacity * (group.arrivesSeen ? seen : come);
            result.groups.push_back(std::move(arriving));
            continue;
        }
        const Group &old = *found->second;
        stays.emplace(group.key, true);
        Group present = group;
        present.at = mix(old.at, group.at, moved);
        present.opacity = mix(old.opacity, group.opacity, moved);
        if (std::optional<std::vector<Shape>> shapes = mixed(old.shapes, group.shapes, moved)) {
            present.shapes = std::move(*shapes);
        } else if (changed < 1) {
            // The old one lies beneath until the new one covers it.
            Group fading = old;
            fading.at = present.at;
            fading.key = ~old.key;
            fading.node = 0;
            fading.opacity = old.opacity * (1 - smooth(0.5, 1, changed));
            result.groups.push_back(std::move(fading));
            present.opacity *= changed;
        }
        result.groups.push_back(std::move(present));
    }
    for (const Group &group : from.groups) {
        if (stays.contains(group.key))
            continue;
        Group leaving = group;
        leaving.at = {group.at.x + group.departure.x * moved, group.at.y + group.departure.y * moved};
        leaving.opacity = group.opacity * (1 - left);
        leaving.node = 0;
        if (leaving.opacity > 0)
            result.groups.push_back(std::move(leaving));
    }
    std::ranges::stable_sort(result.groups, {}, &Group::layer);
    return result;
}

} // namespace pivotbench::core::stage
