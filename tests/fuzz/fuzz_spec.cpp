// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a .pbox: never a crash; and what is accepted is written, read again and judged the same. As a document
// the same bytes keep what is unknown, and the helper is sent none of it.
#include "core/spec/mount_options.h"
#include "core/spec/spec_json.h"
#include "core/spec/validate.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace pivotbench::core;

namespace {

void tryDocument(std::string_view text, const Result<SandboxSpec> &strict)
{
    const auto document = parseDocument(text);
    if (!document) {
        if (strict)
            std::abort();
        return;
    }
    const bool newer = document->version > specVersion || !unknownFields(*document).empty();
    if (strict.has_value() == newer || (strict && *strict != *document))
        std::abort();
    const std::string written = writeSpec(*document);
    const auto again = parseDocument(written);
    if (!again || writeSpec(*again) != written || unknownBytes(*again) != unknownBytes(*document) ||
        withoutUnknown(*again) != withoutUnknown(*document))
        std::abort();
    const auto sent = parseSpec(writeSpecCompact(*document));
    if (!sent || *sent != withoutUnknown(*document))
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto spec = parseSpec({reinterpret_cast<const char *>(data), size});
    tryDocument({reinterpret_cast<const char *>(data), size}, spec);
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
