#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// Reading what a manifest states, for kinds. "Not stated", "null" and "not known yet" are alike:
/// the fallback.

/// nullptr unless it is stated and known.
const Value* stated(const ValueMap& map, std::string_view name);
std::string stated_text(const ValueMap& map, std::string_view name, std::string_view fallback = "");
bool stated_bool(const ValueMap& map, std::string_view name, bool fallback);
std::int64_t stated_int(const ValueMap& map, std::string_view name, std::int64_t fallback);
/// A duration: seconds as a number.
std::chrono::milliseconds stated_duration(const ValueMap& map, std::string_view name,
                                          std::chrono::milliseconds fallback);
/// A list of texts; other items are left out.
std::vector<std::string> stated_list(const ValueMap& map, std::string_view name);
/// Texts by name, in their order.
std::vector<std::pair<std::string, std::string>> stated_pairs(const ValueMap& map,
                                                              std::string_view name);

/// An error at the attribute's value, or at the resource where that is not known.
Error wrong(const Resource& resource, std::string_view attribute, Code code, std::string message,
            std::string hint = {});

/// Whether a text has control characters (a newline, an escape): none of a name's or a comment's.
bool has_control(std::string_view text);

}  // namespace holdfast
