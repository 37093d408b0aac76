// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/screen.h"
