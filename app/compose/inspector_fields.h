// SPDX-License-Identifier: Apache-2.0
//
// What the inspector shows of each group of the spec: every field, its words and its help. One function a section; a
// new field of the spec is a new line here. Interface thread.
#pragma once

#include "app/compose/spec_form.h"

namespace pivotbench::app {

void addGeneralFields(SpecForm &form);
void addRootFields(SpecForm &form);
void addNamespaceFields(SpecForm &form);
void addIdMapFields(SpecForm &form);
void addKernelTreeFields(SpecForm &form);
void addFileFields(SpecForm &form);
void addHardeningFields(SpecForm &form);
void addProcessFields(SpecForm &form);
void addResourceFields(SpecForm &form);

} // namespace pivotbench::app
