// SPDX-License-Identifier: Apache-2.0
#include "app/workbench/instance_message.h"

#include "app/workbench/instance_socket.h"
#include "core/base/json.h"
#include "core/preset/presets.h"

#include <QDir>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace pivotbench::app {

using namespace core;

namespace {

constexpr std::pair<std::string_view, Place> placeWords[] = {
    {"start", Place::Start}, {"compose", Place::Compose}, {"stage", Place::Stage}, {"run", Place::Run}};
constexpr std::pair<std::string_view, Theme> themeWords[] = {
    {"system", Theme::System}, {"light", Theme::Light}, {"dark", Theme::Dark}};
constexpr std::size_t longestToken = 256;

template <typename Enum, std::size_t N>
void readChoice(ObjectReader &reader, std::string_view key, std::optional<Enum> &out,
                const std::pair<std::string_view, Enum> (&words)[N])
{
    Enum value{};
    if (reader.read(key, value, words))
        out = value;
}

bool isToken(const std::string &text)
{
    return text.size() <= longestToken &&
           std::ranges::all_of(text, [](unsigned char byte) { return byte > ' ' && byte < 0x7f; });
}

} // namespace

std::string writeInstanceMessage(const InstanceMessage &message)
{
    nlohmann::ordered_json json = {{"files", nlohmann::ordered_json::array()}};
    for (const QString &file : message.line.files)
        json["files"].push_back(file.toStdString());
    if (!message.line.preset.isEmpty())
        json["preset"] = message.line.preset.toStdString();
    if (message.line.place)
        json["place"] = wordOf(*message.line.place, placeWords);
    if (!message.line.step.isEmpty())
        json["step"] = message.line.step.toStdString();
    if (!message.line.compare.isEmpty())
        json["compare"] = message.line.compare.toStdString();
    if (!message.line.walk.isEmpty())
        json["walk"] = message.line.walk.toStdString();
    for (const QString &operation : message.line.whatIf)
        json["whatIf"].push_back(operation.toStdString());
    if (message.line.theme)
        json["theme"] = wordOf(*message.line.theme, themeWords);
    if (message.line.run)
        json["run"] = true;
    if (!message.activationToken.empty() && isToken(message.activationToken))
        json["activationToken"] = message.activationToken;
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<InstanceMessage> readInstanceMessage(std::string_view text)
{
    const Result<JsonValue> value = parseJson(text, {.maxBytes = mostInstanceBytes, .maxDepth = 2, .maxValues = 4096});
    if (!value)
        return std::unexpected(value.error());
    InstanceMessage message;
    std::vector<std::string> files;
    std::string preset;
    std::string step;
    std::string compare;
    std::string walk;
    std::vector<std::string> whatIf;
    ObjectReader reader(*value, {});
    reader.require("files").read("files", files);
    reader.read("preset", preset);
    readChoice(reader, "place", message.line.place, placeWords);
    readChoice(reader, "theme", message.line.theme, themeWords);
    reader.read("step", step);
    reader.read("compare", compare);
    reader.read("walk", walk);
    reader.read("whatIf", whatIf);
    reader.read("run", message.line.run);
    reader.read("activationToken", message.activationToken);
    if (Status status = reader.finish(); !status)
        return std::unexpected(std::move(status.error()));
    for (const std::string &file : files) {
        message.line.files << QString::fromStdString(file);
        if (!QDir::isAbsolutePath(message.line.files.back()))
            return failure("instance.message", "a file is not an absolute path");
    }
    if (!preset.empty() && (!files.empty() || !findPreset(preset)))
        return failure("instance.message", "there is no such preset, or files beside it");
    if (!isToken(message.activationToken))
        return failure("instance.message", "that is no activation token");
    message.line.preset = QString::fromStdString(preset);
    message.line.step = QString::fromStdString(step);
    message.line.compare = QString::fromStdString(compare);
    if (!compare.empty() && !findPreset(compare) && !QDir::isAbsolutePath(message.line.compare))
        return failure("instance.message", "what is to be compared is no preset and no absolute path");
    message.line.walk = QString::fromStdString(walk);
    for (const std::string &operation : whatIf)
        message.line.whatIf << QString::fromStdString(operation);
    return message;
}

} // namespace pivotbench::app
