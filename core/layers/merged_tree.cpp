// SPDX-License-Identifier: Apache-2.0
#include "core/layers/merged_tree.h"
