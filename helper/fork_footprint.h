// SPDX-License-Identifier: Apache-2.0
//
// How much of the helper's memory a builder has: forking copies the description of every mapping, which is a good part
// of a launch that takes two milliseconds.
//
// Sources: madvise(2), dl_iterate_phdr(3).
#pragma once

namespace pivotbench::helper {

/// Called once, before the first builder: libraries that only the event loop and the compiler of filters need are not
/// there in forked processes. A builder must not call them, nor throw, nor find a symbol of any library unbound,
/// because the dynamic linker would search them. Only for a process that was started with LD_BIND_NOW (ld.so(8)): "-z
/// now" binds the symbols of the program alone.
void keepServerLibrariesOutOfForks();

} // namespace pivotbench::helper
