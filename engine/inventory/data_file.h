#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/core/error.h"
#include "engine/core/value.h"
#include "engine/core/yaml.h"

namespace holdfast {

/// Reads a JSON or YAML file as Ansible does: JSON first, then YAML of one document. nullopt: it
/// holds nothing. JSON has no places but its file's; of keys that stand twice the last counts, in
/// YAML they are refused.
/// @errors those of parse_yaml; HF1107 the file is encrypted; HF1101 more than one document.
Result<std::optional<YamlNode>> parse_data(const std::shared_ptr<const Source>& source);

/// The same for JSON alone; nullopt where it isn't a JSON object or list.
std::optional<YamlNode> parse_json_data(const std::shared_ptr<const Source>& source);

/// A value typed by YAML 1.1 (by JSON's rules where parse_data read JSON), with mappings' keys as
/// JSON writes them and dates in ISO 8601.
/// @errors HF1107 `!vault`; HF1109 a tag that an inventory can't hold, a date that doesn't exist.
Result<Value> ansible_value(const YamlNode& node);
/// A key as JSON writes it: `yes:` is "true".
std::string key_text(const YamlNode::Entry& entry);
/// What a key is to YAML where it can't name a host or group ("whole number", "date"); "" where it
/// can.
std::string unusable_name(const YamlNode::Entry& entry);

/// Whether YAML 1.1 reads a plain scalar as a date or a time; then it in ISO 8601.
/// @errors HF1109 it does, but there is no such day or time.
Result<std::optional<std::string>> yaml_timestamp(std::string_view text);

}  // namespace holdfast
