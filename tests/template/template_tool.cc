// Renders templates for the comparison with Jinja2: a JSON list of cases on standard input, a list
// of results on standard output.
#include <iostream>
#include <nlohmann/json.hpp>

#include "engine/template/template.h"

namespace {

using Json = nlohmann::ordered_json;
using holdfast::Value;

Value value_of(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number_float()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_array()) {
    holdfast::ValueList items;
    for (const Json& item : json) items.push_back(value_of(item));
    return items;
  }
  if (!json.is_object()) return {};
  holdfast::ValueMap map;
  for (const auto& [key, item] : json.items()) map.set(key, value_of(item));
  return map;
}

Json json_of(const Value& value) {
  if (value.is_bool()) return value.as_bool();
  if (value.is_int()) return value.as_int();
  if (value.is_float()) return value.as_float();
  if (value.is_text()) return value.as_text();
  if (value.is_list()) {
    Json out = Json::array();
    for (const Value& item : value.as_list()) out.push_back(json_of(item));
    return out;
  }
  if (!value.is_map()) return nullptr;
  Json out = Json::object();
  for (const auto& [key, item] : value.as_map()) out[key] = json_of(item);
  return out;
}

Json result_of(const Json& one) {
  const auto source = one.at("source").get<std::string>();
  const bool expression = one.at("kind") == "expression";
  const holdfast::ValueScope scope(value_of(one.at("names")).as_map());
  auto parsed = expression ? holdfast::Template::parse_expression(source, {})
                           : holdfast::Template::parse(source, {});
  if (!parsed) return {{"error", parsed.error().message}};
  auto value = parsed->render(scope);
  if (!value) return {{"error", value.error().message}};
  return {{"value", json_of(*value)}};
}

}  // namespace

int main() {
  const Json cases = Json::parse(std::cin);
  Json out = Json::array();
  for (const Json& one : cases) out.push_back(result_of(one));
  std::cout << out.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
  return 0;
}
