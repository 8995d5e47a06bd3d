#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/apply/apply.h"
#include "engine/apply/rehearsal.h"
#include "engine/core/error.h"
#include "engine/report/row_view.h"

/// What the JSON outputs have in common (docs/json.md).
namespace holdfast {

constexpr int kJsonFormat = 1;

/// Text as JSON can hold it: bytes that are not UTF-8 become visible escapes.
std::string json_text(std::string_view text);
/// Secrets as "(secret)", what is not known as {"unknown": cause}.
nlohmann::ordered_json json_of(const Value& value);
nlohmann::ordered_json json_of(const Error& error);
nlohmann::ordered_json json_of(const RowView& view);
nlohmann::ordered_json json_of(const HostOutcome& outcome);
nlohmann::ordered_json json_of(const EndedAlone& ended);
nlohmann::ordered_json json_of(const Plan& plan, const RehearsalReport& report);
/// In ASCII, so that nothing in it is a control character or turns the reading direction, and
/// without a "##" that a CI job's log would take for a command. Ends with a newline.
/// @param indent  -1: one line.
std::string json_document(const nlohmann::ordered_json& json, int indent);

}  // namespace holdfast
