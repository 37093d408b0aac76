// SPDX-License-Identifier: Apache-2.0
//
// What the explainer has to say about each of sample::operations(), by the sample's name.
#pragma once

#include <map>
#include <string>

const std::map<std::string, std::string> &expectedCalls();
const std::map<std::string, std::string> &expectedShellLines();
