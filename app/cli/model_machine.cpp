// SPDX-License-Identifier: Apache-2.0
#include "app/cli/model_machine.h"

#include "core/base/file.h"
#include "core/kernel/host_files.h"
#include "core/kernel/predict.h"

namespace pivotbench::app::cli {

using namespace core;

Result<kernel::Machine> modelMachine(const std::string &tableFile, const HostFacts &facts)
{
    if (tableFile.empty())
        return kernel::thisMachine(facts);
    const Result<std::string> text = readFile(tableFile, std::size_t{256} << 20);
    if (!text)
        return std::unexpected(text.error());
    Result<std::vector<MountEntry>> rows = parseMountinfo(*text);
    if (!rows) {
        rows.error().path = tableFile;
        return std::unexpected(rows.error());
    }
    return kernel::machineOf(MountTable(std::move(*rows)), kernel::readerOf(facts),
                             std::make_shared<const kernel::AssumedFiles>());
}

} // namespace pivotbench::app::cli
