// SPDX-License-Identifier: Apache-2.0
#include "core/stage/player_data.h"

#include "core/base/overloaded.h"
#include "core/base/text.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace pivotbench::core::stage {
namespace {

using Json = nlohmann::ordered_json;

/// Values in the order in which they came, each once.
class Table {
public:
    std::size_t numberOf(const Json &value)
    {
        const auto [place, isNew] = m_numbers.try_emplace(value.dump(), m_values.size());
        if (isNew)
            m_values.push_back(value);
        return place->second;
    }
    Json take() && { return std::move(m_values); }

private:
    Json m_values = Json::array();
    std::unordered_map<std::string, std::size_t> m_numbers;
};

Json number(double value)
{
    const double shown = rounded(value);
    if (shown == std::trunc(shown))
        return static_cast<std::int64_t>(shown);
    return shown;
}

const char *resultWord(PlayerResult result)
{
    switch (result) {
    case PlayerResult::Done: return "done";
    case PlayerResult::Failed: return "failed";
    case PlayerResult::Skipped: return "skipped";
    }
    std::unreachable();
}

std::string inkOrNone(std::optional<Ink> ink) { return ink ? inkWord(*ink) : ""; }

Rect together(const Rect &a, const Rect &b)
{
    const double x = std::min(a.x, b.x);
    const double y = std::min(a.y, b.y);
    return {x, y, std::max(a.right(), b.right()) - x, std::max(a.bottom(), b.bottom()) - y};
}

class DataWriter {
public:
    void add(const PlayerFrame &frame)
    {
        Json members = Json::array();
        for (const Group &group : frame.drawing.groups)
            members.push_back(m_groups.numberOf(groupJson(group)));
        m_frames.push_back({{"groups", std::move(members)},
                            {"step", frame.step},
                            {"phase", printable(frame.phase)},
                            {"title", printable(frame.title)},
                            {"call", printable(frame.call, true)},
                            {"shell", printable(frame.shell, true)},
                            {"why", printable(frame.narration)},
                            {"manual", printable(frame.manual)},
                            {"result", resultWord(frame.result)},
                            {"outcome", printable(frame.outcome)}});
        m_view = m_view ? together(*m_view, frame.drawing.view) : frame.drawing.view;
    }

    PlayerData take() &&
    {
        const Rect view = m_view.value_or(Rect{});
        Json hues = Json::array();
        for (const Ink ink :
             {Ink::Layer6, Ink::Layer2, Ink::Layer3, Ink::Layer4, Ink::Mount, Ink::Error, Ink::ReadOnly, Ink::Process})
            hues.push_back(inkWord(ink));
        const Json all = {{"view", Json::array({number(view.x), number(view.y), std::max(rounded(view.width), 1.0),
                                                std::max(rounded(view.height), 1.0)})},
                          {"hues", std::move(hues)},
                          {"shapes", std::move(m_shapes).take()},
                          {"groups", std::move(m_groups).take()},
                          {"frames", std::move(m_frames)}};
        m_data.json = inert(all.dump(-1, ' ', true, Json::error_handler_t::replace));
        return std::move(m_data);
    }

private:
    /// What could end a script element, or begin a comment in it, stands only in strings: there it can be escaped.
    static std::string inert(std::string_view json)
    {
        std::string out;
        out.reserve(json.size());
        for (const char c : json) {
            if (c == '<' || c == '>' || c == '&')
                out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
            else
                out += c;
        }
        return out;
    }

    Json groupJson(const Group &group)
    {
        // The page knows a key by the order in which it came: JavaScript's numbers have 53 bits.
        const std::size_t key = m_keys.try_emplace(group.key, m_keys.size()).first->second;
        Json parts = Json::array();
        for (const Shape &shape : group.shapes)
            parts.push_back(m_shapes.numberOf(std::visit([this](const auto &one) { return this->json(one); }, shape)));
        return Json::array({key, group.layer, number(group.at.x), number(group.at.y),
                            number(std::clamp(rounded(group.opacity), 0.0, 1.0)), number(group.arrival.x),
                            number(group.arrival.y), group.arrivesSeen ? 1 : 0, number(group.departure.x),
                            number(group.departure.y), std::move(parts)});
    }

    Json json(const BoxShape &box)
    {
        return Json::array({"b", box.fill ? tintName(*box.fill, box.tint) : "", inkOrNone(box.stroke),
                            box.dashed ? 1 : 0, number(box.rect.x), number(box.rect.y),
                            number(std::max(box.rect.width, 0.0)), number(std::max(box.rect.height, 0.0)),
                            number(std::max(box.radius, 0.0)), number(box.strokeWidth)});
    }

    static Json json(const CurveShape &curve)
    {
        Json out = Json::array(
            {"c", inkOrNone(curve.stroke), inkOrNone(curve.fill), curve.dashed ? 1 : 0, number(curve.strokeWidth)});
        const std::size_t whole = curve.points.empty() ? 0 : curve.points.size() - (curve.points.size() - 1) % 3;
        for (std::size_t i = 0; i < whole; ++i) {
            out.push_back(number(curve.points[i].x));
            out.push_back(number(curve.points[i].y));
        }
        return out;
    }

    static Json json(const TextShape &text)
    {
        return Json::array({"t", inkWord(text.ink), text.weight == Weight::Bold ? 1 : 0, static_cast<int>(text.align),
                            printable(text.text), number(text.at.x), number(text.at.y), number(text.size),
                            number(text.width)});
    }

    Json json(const IconShape &icon)
    {
        const auto place = std::ranges::find(m_data.icons, icon.name);
        const auto index = place - m_data.icons.begin();
        if (place == m_data.icons.end())
            m_data.icons.push_back(icon.name);
        return Json::array({"i", index, inkWord(icon.ink), number(icon.rect.x), number(icon.rect.y),
                            number(std::max(icon.rect.width, 0.0)), number(std::max(icon.rect.height, 0.0))});
    }

    std::string tintName(Ink ink, double tint)
    {
        const int hundredths =
            std::isfinite(tint) ? static_cast<int>(std::lround(std::clamp(tint, 0.0, 1.0) * 100)) : 100;
        if (hundredths == 100)
            return inkWord(ink);
        std::string &name = m_data.tints[{ink, hundredths}];
        if (name.empty())
            name = fmt::format("{}-at-{}", inkWord(ink), hundredths);
        return name;
    }

    PlayerData m_data;
    Table m_shapes;
    Table m_groups;
    Json m_frames = Json::array();
    std::unordered_map<std::uint64_t, std::size_t> m_keys;
    std::optional<Rect> m_view;
};

} // namespace

PlayerData playerData(const std::vector<PlayerFrame> &frames)
{
    DataWriter writer;
    for (const PlayerFrame &frame : frames)
        writer.add(frame);
    return std::move(writer).take();
}

} // namespace pivotbench::core::stage
