#include "resources/grafana/act.h"

#include <algorithm>

#include "resources/grafana/normal.h"
#include "resources/json/document.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const char* key_of(GrafanaObject object) {
  switch (object) {
    case GrafanaObject::Dashboard:
      return "dashboard";
    case GrafanaObject::Folder:
      return "folder";
    case GrafanaObject::Source:
      break;
  }
  return "source";
}

std::optional<GrafanaObject> object_of(const std::string& key) {
  for (const GrafanaObject one :
       {GrafanaObject::Dashboard, GrafanaObject::Folder, GrafanaObject::Source}) {
    if (key == key_of(one)) return one;
  }
  return std::nullopt;
}

std::string line(ValueMap map) {
  return json_text(Value(std::move(map)), {.newline = "", .unit = ""}, "");
}

std::optional<ValueMap> read_map(std::string_view text) {
  JsonMistake ignored;
  const auto root = parse_json_text(text, ignored);
  if (!root || !root->is_map()) return std::nullopt;
  return json_value(*root).as_map();
}

Value member(const ValueMap& map, const char* key) {
  const Value* found = map.find(key);
  return found == nullptr ? Value() : *found;
}

bool same_number(const Value& a, const Value& b) {
  const auto number = [](const Value& one) {
    return one.is_int() ? static_cast<double>(one.as_int()) : one.as_float();
  };
  const auto is_number = [](const Value& one) { return one.is_int() || one.is_float(); };
  return is_number(a) && is_number(b) && number(a) == number(b);
}

/// Every key of `wanted`, at any depth.
bool covers(const Value& wanted, const Value& there) {
  if (!wanted.is_map()) return wanted == there || same_number(wanted, there);
  if (!there.is_map()) return wanted.as_map().empty() && there.is_null();
  return std::all_of(wanted.as_map().begin(), wanted.as_map().end(), [&](const auto& entry) {
    return covers(entry.second, member(there.as_map(), entry.first.c_str()));
  });
}

bool same_model(const Value& wanted, const Value& there) {
  if (!wanted.is_map() || !there.is_map()) return false;
  return Value(dashboard_places(wanted.as_map(), there.as_map())) ==
         Value(dashboard_places(wanted.as_map()));
}

}  // namespace

std::string grafana_act_text(const GrafanaAct& act) {
  ValueMap out;
  out.set("object", key_of(act.object));
  out.set("uid", act.uid);
  out.set("from", act.from);
  out.set("to", act.to);
  if (act.secrets) out.set("secrets", true);
  return line(std::move(out));
}

std::optional<GrafanaAct> read_grafana_act(std::string_view text) {
  const auto map = read_map(text);
  if (!map) return std::nullopt;
  const auto object = object_of(stated_text(*map, "object"));
  const std::string uid = stated_text(*map, "uid");
  if (!object || uid.empty()) return std::nullopt;
  return GrafanaAct{*object,
                    uid,
                    member(*map, "from"),
                    member(*map, "to"),
                    stated_bool(*map, "secrets", false),
                    stated_text(*map, "run")};
}

std::string grafana_question(GrafanaObject object, const std::string& uid) {
  ValueMap out;
  out.set("get", key_of(object));
  out.set("uid", uid);
  return line(std::move(out));
}

std::string grafana_source_question(const std::string& name) {
  ValueMap out;
  out.set("get", key_of(GrafanaObject::Source));
  out.set("name", name);
  return line(std::move(out));
}

std::optional<GrafanaQuestion> read_grafana_question(std::string_view text) {
  const auto map = read_map(text);
  if (!map) return std::nullopt;
  const auto object = object_of(stated_text(*map, "get"));
  const std::string name = stated_text(*map, "name");
  const std::string uid = stated_text(*map, "uid");
  if (!object || (name.empty() && uid.empty())) return std::nullopt;
  return GrafanaQuestion{*object, name.empty() ? uid : name, !name.empty()};
}

bool grafana_matches(GrafanaObject object, const GrafanaState& wanted, const GrafanaState& there) {
  if (!wanted.is_map() || !there.is_map()) return !wanted.is_map() && !there.is_map();
  if (object != GrafanaObject::Dashboard) return covers(wanted, there);
  return member(wanted.as_map(), "folder") == member(there.as_map(), "folder") &&
         same_model(member(wanted.as_map(), "model"), member(there.as_map(), "model"));
}

const char* grafana_word(GrafanaObject object) {
  return object == GrafanaObject::Source ? "data source" : key_of(object);
}

}  // namespace holdfast
