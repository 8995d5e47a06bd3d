#include "engine/journal/state.h"

#include <nlohmann/json.hpp>

#include "engine/core/hash.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

// Sorted: an ordered one looks every key up among all others, which a thousand objects feel.
using Json = nlohmann::json;

Json to_json(const Value& value) {
  if (value.is_bool()) return value.as_bool();
  if (value.is_int()) return value.as_int();
  if (value.is_float()) return value.as_float();
  if (value.is_text()) return value.as_text();
  if (value.is_list()) {
    Json out = Json::array();
    for (const Value& item : value.as_list()) out.push_back(to_json(item));
    return out;
  }
  if (value.is_map()) {
    Json out = Json::object();
    for (const auto& [name, item] : value.as_map()) out[name] = to_json(item);
    return out;
  }
  return nullptr;  // null; secrets and unknowns never come here (recorded)
}

Value from_json(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number_float()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_array()) {
    ValueList out;
    for (const Json& item : json) out.push_back(from_json(item));
    return out;
  }
  if (json.is_object()) {
    ValueMap out;
    for (const auto& [name, item] : json.items()) out.set(name, from_json(item));
    return out;
  }
  return {};
}

std::string text(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool flag(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_boolean() && found->get<bool>();
}

std::vector<std::string> texts(const Json& json, const char* name) {
  std::vector<std::string> out;
  const auto found = json.find(name);
  if (found == json.end() || !found->is_array()) return out;
  for (const Json& item : *found) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

ObjectRecord object_from(const Json& json) {
  ObjectRecord out{.kind = text(json, "kind"),
                   .name = text(json, "name"),
                   .address = text(json, "address"),
                   .owner = {}};
  if (const auto owner = json.find("owner"); owner != json.end() && owner->is_object()) {
    out.owner = {text(*owner, "project"), text(*owner, "environment"), text(*owner, "manifest"),
                 text(*owner, "host")};
  }
  out.created = text(json, "made") == "created";
  out.protect = flag(json, "protect");
  if (const auto found = json.find("attributes"); found != json.end()) {
    if (const Value value = from_json(*found); value.is_map()) out.attributes = value.as_map();
  }
  out.started_with = text(json, "started_with");
  out.reloaded_with = text(json, "reloaded_with");
  out.after = texts(json, "after");
  if (const auto left = json.find("left"); left != json.end() && left->is_object()) {
    out.left = {text(*left, "run"), text(*left, "life"), text(*left, "started_with"),
                text(*left, "reloaded_with")};
  }
  return out;
}

Json object_json(const ObjectRecord& object) {
  Json out{{"kind", object.kind},
           {"name", object.name},
           {"address", object.address},
           {"owner",
            {{"project", object.owner.project},
             {"environment", object.owner.environment},
             {"manifest", object.owner.manifest},
             {"host", object.owner.host}}},
           {"made", object.created ? "created" : "adopted"},
           {"attributes", to_json(Value(object.attributes))}};
  if (object.protect) out["protect"] = true;
  if (!object.started_with.empty()) out["started_with"] = object.started_with;
  if (!object.reloaded_with.empty()) out["reloaded_with"] = object.reloaded_with;
  if (!object.after.empty()) out["after"] = object.after;
  if (object.left) {
    out["left"] = {{"run", object.left->run},
                   {"life", object.left->life},
                   {"started_with", object.left->started_with},
                   {"reloaded_with", object.left->reloaded_with}};
  }
  return out;
}

Result<Json> parse(std::string_view bytes, int format, const char* what, const char* mend) {
  const Json json = Json::parse(bytes, nullptr, false);
  if (json.is_discarded() || !json.is_object() || !json.contains("format") ||
      !json["format"].is_number_integer()) {
    return fail(Code::RecordUnreadable, std::string(what) + " on the host can't be read", mend);
  }
  if (json["format"].get<int>() > format) {
    return fail(Code::RecordTooNew,
                std::string(what) + " on the host has format " +
                    std::to_string(json["format"].get<int>()) + ", this holdfast knows up to " +
                    std::to_string(format),
                "use the newer holdfast that wrote it");
  }
  return json;
}

/// On one line.
std::string line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string dump(const Json& json) {
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

Result<HostState> parse_state(std::string_view bytes) {
  HF_TRY(const Json json,
         parse(bytes, HostState::kFormat, "state.json",
               "it was cut short or edited: mend it (/var/lib/holdfast/runs/*/backup/state "
               "are older ones), or move it away: then nothing there is on "
               "record, and `apply` adopts what is as it is wanted"));
  HostState state;
  state.machine = text(json, "machine");
  state.sealed = text(json, "sealed");
  if (const auto objects = json.find("objects"); objects != json.end() && objects->is_object()) {
    for (const auto& [identity, object] : objects->items()) {
      state.objects[identity] = object_from(object);
    }
  }
  for (const std::string& identity : texts(json, "made")) state.made.insert(identity);
  return state;
}

std::string state_json(const HostState& state) {
  std::string out = "{\"format\":" + std::to_string(HostState::kFormat) +
                    ",\"machine\":" + line(state.machine) + ",\n\"objects\":{";
  const char* separator = "\n";
  for (const auto& [identity, object] : state.objects) {
    out += separator + line(identity) + ":" + line(object_json(object));
    separator = ",\n";
  }
  out += "\n}";
  if (!state.made.empty()) out += ",\n\"made\":" + line(state.made);
  if (!state.sealed.empty()) out += ",\n\"sealed\":" + line(state.sealed);
  return out + "}\n";
}

HostState sealed_state(HostState state, const std::string& when) {
  state.machine.clear();
  state.sealed = when;
  for (auto& [identity, object] : state.objects) {
    object.owner.host.clear();
    State open;
    for (const auto& [name, value] : object.attributes) {
      const bool keyed = value.is_text() && starts_with(value.as_text(), "hmac:");
      if (!keyed) open.set(name, value);
    }
    object.attributes = std::move(open);
  }
  return state;
}

void unseal(HostState& state, const std::string& machine, const std::string& host) {
  if (state.sealed.empty()) return;
  state.sealed.clear();
  state.machine = machine;
  for (auto& [identity, object] : state.objects) {
    if (object.owner.host.empty()) object.owner.host = host;
  }
}

Value recorded(const Value& value, bool secret, const std::string& key) {
  if (!secret && !value.holds_secret()) return value;
  // A desired secret and the text that a host shows of it must come out alike.
  const bool scalar = value.is_text() || value.is_secret();
  return "hmac:" +
         hmac_sha256_hex(key, scalar ? std::string(value.bytes()) : canonical(value, key));
}

Result<RunMeta> parse_meta(std::string_view bytes) {
  HF_TRY(const Json json, parse(bytes, RunMeta::kFormat, "meta.json",
                                "it was cut short or edited: look at /var/lib/holdfast there"));
  RunMeta meta;
  meta.id = text(json, "id");
  meta.host = text(json, "host");
  meta.status = text(json, "status");
  meta.command = text(json, "command");
  meta.user = text(json, "user");
  meta.from = text(json, "from");
  meta.key = text(json, "key");
  meta.ci = text(json, "ci");
  meta.started = text(json, "started");
  meta.ended = text(json, "ended");
  meta.digest = text(json, "digest");
  meta.project = text(json, "project");
  meta.environment = text(json, "environment");
  meta.instead = text(json, "instead");
  meta.of = text(json, "of");
  meta.reopen = flag(json, "reopen");
  meta.by = text(json, "by");
  meta.stops = texts(json, "stops");
  meta.stops_later = texts(json, "stops_later");
  meta.objects = texts(json, "objects");
  meta.created = texts(json, "created");
  meta.closed = texts(json, "closed");
  meta.changes = texts(json, "changes");
  meta.after = texts(json, "after");
  return meta;
}

Result<RunMeta> parse_run(const Remembered& run) {
  HF_TRY(RunMeta meta, parse_meta(run.meta));
  meta.way_back = run.way_back;
  return meta;
}

std::string meta_json(const RunMeta& meta) {
  return dump({{"format", RunMeta::kFormat},
               {"id", meta.id},
               {"host", meta.host},
               {"status", meta.status},
               {"command", meta.command},
               {"user", meta.user},
               {"from", meta.from},
               {"key", meta.key},
               {"ci", meta.ci},
               {"started", meta.started},
               {"ended", meta.ended},
               {"digest", meta.digest},
               {"project", meta.project},
               {"environment", meta.environment},
               {"instead", meta.instead},
               {"of", meta.of},
               {"reopen", meta.reopen},
               {"by", meta.by},
               {"stops", meta.stops},
               {"stops_later", meta.stops_later},
               {"objects", meta.objects},
               {"created", meta.created},
               {"closed", meta.closed},
               {"changes", meta.changes},
               {"after", meta.after}});
}

}  // namespace holdfast
