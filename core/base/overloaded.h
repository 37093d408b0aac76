// SPDX-License-Identifier: Apache-2.0
//
// std::visit with one lambda for each alternative. There is no default: a new alternative stops the compiler at every
// place that has to know it.
#pragma once

namespace pivotbench::core {

template <typename... Ts> struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <typename... Ts> Overloaded(Ts...) -> Overloaded<Ts...>;

} // namespace pivotbench::core
