// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a .pbox: never a crash; and what is accepted is written, read again and judged the same.
#include "core/spec/mount_options.h"
#include "core/spec/spec_json.h"
#include "core/spec/validate.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace pivotbench::core;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto spec = parseSpec({reinterpret_cast<const char *>(data), size});
    if (!spec)
        return 0;
    const std::string written = writeSpec(*spec);
    const auto again = parseSpec(written);
    if (!again || *again != *spec || writeSpec(*again) != written)
        std::abort();
    HostFacts user;
    user.uid = user.gid = 1000;
    HostFacts root;
    root.privileged = true;
    for (const HostFacts &facts : {user, root})
        if (validate(*spec, facts) != validate(*again, facts))
            std::abort();
    for (const MountSpec &mount : spec->mounts)
        if (const auto options = parseMountOptions(mount.options))
            static_cast<void>(attributeWords(options->attributes));
    return 0;
}
