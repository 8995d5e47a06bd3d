#include "resources/stated.h"

#include <algorithm>
#include <cmath>

namespace holdfast {

const Value* stated(const ValueMap& map, std::string_view name) {
  const Value* value = map.find(name);
  return value == nullptr || value->is_null() || value->is_unknown() ? nullptr : value;
}

std::string stated_text(const ValueMap& map, std::string_view name, std::string_view fallback) {
  const Value* value = stated(map, name);
  return std::string(value == nullptr ? fallback : value->bytes());
}

bool stated_bool(const ValueMap& map, std::string_view name, bool fallback) {
  const Value* value = stated(map, name);
  return value != nullptr && value->is_bool() ? value->as_bool() : fallback;
}

std::int64_t stated_int(const ValueMap& map, std::string_view name, std::int64_t fallback) {
  const Value* value = stated(map, name);
  return value != nullptr && value->is_int() ? value->as_int() : fallback;
}

std::chrono::milliseconds stated_duration(const ValueMap& map, std::string_view name,
                                          std::chrono::milliseconds fallback) {
  const Value* value = stated(map, name);
  if (value == nullptr) return fallback;
  if (value->is_int()) return std::chrono::seconds(value->as_int());
  if (!value->is_float()) return fallback;
  return std::chrono::milliseconds(std::llround(value->as_float() * 1000.0));
}

std::vector<std::string> stated_list(const ValueMap& map, std::string_view name) {
  std::vector<std::string> out;
  const Value* value = stated(map, name);
  if (value == nullptr || !value->is_list()) return out;
  for (const Value& item : value->as_list()) {
    if (item.is_text() || item.is_secret()) out.emplace_back(item.bytes());
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> stated_pairs(const ValueMap& map,
                                                              std::string_view name) {
  std::vector<std::pair<std::string, std::string>> out;
  const Value* value = stated(map, name);
  if (value == nullptr || !value->is_map()) return out;
  for (const auto& [key, item] : value->as_map()) out.emplace_back(key, std::string(item.bytes()));
  return out;
}

Error wrong(const Resource& resource, std::string_view attribute, Code code, std::string message,
            std::string hint) {
  const auto place = resource.places.find(std::string(attribute));
  return Error{.code = code,
               .message = std::move(message),
               .where = place == resource.places.end() ? resource.where : place->second,
               .hint = std::move(hint)};
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

}  // namespace holdfast
