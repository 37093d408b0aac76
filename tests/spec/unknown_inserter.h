// SPDX-License-Identifier: Apache-2.0
//
// Makes the file of a newer Pivotbench from one of ours: members of every shape in every object, the same for the same
// seed, and sometimes a newer version.
#pragma once

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace pivotbench::tests {

class UnknownInserter {
public:
    explicit UnknownInserter(unsigned seed)
        : m_random(seed)
    {
    }

    std::string insertInto(const std::string &text)
    {
        Json json = Json::parse(text);
        if (below(3) == 0)
            json["pivotbench"] = 2 + below(5);
        enrich(json);
        return json.dump(2) + "\n";
    }
    /// Members inserted so far.
    [[nodiscard]] std::size_t count() const { return m_count; }

private:
    using Json = nlohmann::ordered_json;

    std::size_t below(std::size_t end) { return m_random() % end; }

    void enrich(Json &json)
    {
        if (json.is_array())
            for (Json &element : json)
                enrich(element);
        if (!json.is_object())
            return;
        Json richer = Json::object();
        const auto insert = [&] {
            while (below(4) == 0)
                richer[fmt::format("x\u00fc \"{}\"", m_count++)] = value(3);
        };
        insert();
        for (auto &[key, member] : json.items()) {
            enrich(member);
            richer[key] = member;
            insert();
        }
        json = richer;
    }

    Json value(int depth)
    {
        switch (below(depth > 0 ? 9 : 7)) {
        case 0: return nullptr;
        case 1: return true;
        case 2: return m_random();
        case 3: return -static_cast<std::int64_t>(m_random());
        case 4: return static_cast<double>(m_random()) / 3;
        case 5: return std::string("a\0b\x1b\n \"\\ \u00fc", 11);
        case 6: return std::numeric_limits<std::uint64_t>::max();
        case 7: {
            Json list = Json::array();
            for (std::size_t i = below(3); i > 0; --i)
                list.push_back(value(depth - 1));
            return list;
        }
        default: {
            Json object = Json::object();
            for (const char *key : {"name", "", "path"})
                if (below(2) == 0)
                    object[key] = value(depth - 1);
            return object;
        }
        }
    }

    std::mt19937 m_random;
    std::size_t m_count = 0;
};

} // namespace pivotbench::tests
