// SPDX-License-Identifier: Apache-2.0
//
// A reader of Varlink interface descriptions (varlink.org/Interface-Definition), as strict as the tests need it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varlink {

struct Type;
using Fields = std::vector<std::pair<std::string, Type>>;

struct Type {
    enum class Kind { Bool, Int, Float, String, Object, Named, Enum, Struct };
    Kind kind = Kind::Bool;
    bool optional = false;
    bool array = false;
    std::string name;               ///< Named
    std::vector<std::string> words; ///< Enum
    Fields fields;                  ///< Struct
};

struct Method {
    std::string name;
    Type input;
    Type output;
};

struct Interface {
    std::string name;
    std::vector<std::pair<std::string, Type>> types;
    std::vector<Method> methods;
    std::vector<std::pair<std::string, Type>> errors;

    [[nodiscard]] const Type *type(std::string_view name) const;
};

/// Nothing when the text is not an interface description; `problem` says where.
[[nodiscard]] std::optional<Interface> parse(std::string_view text, std::string &problem);

} // namespace varlink
