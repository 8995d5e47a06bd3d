#include "engine/report/json_parts.h"

#include <nlohmann/json.hpp>

#include "engine/core/text.h"
#include "engine/report/progress.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::vector<std::string>& texts) {
  Json out = Json::array();
  for (const std::string& text : texts) out.push_back(json_text(text));
  return out;
}

Json json_of(const ShownText& text) {
  Json out{{"attribute", text.attribute}};
  if (text.size) out["size"] = *text.size;
  if (!text.diff) {
    out["not_shown"] = text.not_shown;
    return out;
  }
  std::string unified;
  for (const DiffLine& line : text.diff->lines) {
    if (line.mark != '@') unified += line.mark;
    unified += line.text + "\n";
  }
  out["added"] = text.diff->added;
  out["removed"] = text.diff->removed;
  out["diff"] = json_text(unified);
  return out;
}

}  // namespace

std::string json_text(std::string_view text) {
  return valid_utf8(text) ? std::string(text) : printable_lines(text);
}

Json json_of(const EndedAlone& ended) {
  return {{"run", json_text(ended.run)},
          {"by", json_text(ended.by)},
          {"status", json_text(ended.status)}};
}

Json json_of(const Value& value) {
  if (value.is_null()) return nullptr;
  if (value.is_bool()) return value.as_bool();
  if (value.is_int()) return value.as_int();
  if (value.is_float()) return value.as_float();
  if (value.is_text()) return json_text(value.as_text());
  if (value.is_unknown()) return Json{{"unknown", json_text(value.as_unknown().cause)}};
  if (value.is_list()) {
    Json out = Json::array();
    for (const Value& item : value.as_list()) out.push_back(json_of(item));
    return out;
  }
  if (value.is_map()) {
    Json out = Json::object();
    for (const auto& [key, item] : value.as_map()) out[json_text(key)] = json_of(item);
    return out;
  }
  return "(secret)";
}

Json json_of(const Error& error) {
  Json out = Json::object();
  if (error.code != Code::None) out["code"] = code_text(error.code);
  out["message"] = json_text(error.message);
  if (error.where.known()) {
    out["file"] = json_text(error.where.source->path);
    out["line"] = error.where.line;
    out["column"] = error.where.column;
  }
  if (!error.hint.empty()) out["hint"] = json_text(error.hint);
  for (const Note& note : error.notes) out["notes"].push_back(json_text(note.message));
  if (!error.trail.empty()) out["while"] = json_of(error.trail);
  return out;
}

Json json_of(const RowView& view) {
  Json out{{"address", json_text(view.address)}, {"kind", json_text(view.kind)},
           {"name", json_text(view.name)},       {"action", fate_word(view.fate)},
           {"reason", json_text(view.reason)},   {"standing", standing_word(view.standing)}};
  Json attributes = Json::array();
  for (const ShownAttribute& attribute : view.attributes) {
    Json shown{{"name", attribute.name},
               {"before", json_of(attribute.before)},
               {"after", json_of(attribute.after)}};
    if (attribute.secret) shown["secret"] = true;
    attributes.push_back(std::move(shown));
  }
  out["attributes"] = std::move(attributes);
  if (!view.texts.empty()) {
    out["texts"] = Json::array();
    for (const ShownText& text : view.texts) out["texts"].push_back(json_of(text));
  }
  out["brings"] = json_of(view.effects.brings);
  out["irreversible"] = json_of(view.effects.irreversible);
  out["one_way"] = view.effects.one_way;
  out["privileged"] = view.effects.privileged;
  if (const auto& way_in = view.effects.way_in) {
    static constexpr const char* kVerdicts[] = {"open", "shut", "unclear"};
    out["way_in"] = Json{{"verdict", kVerdicts[static_cast<std::size_t>(way_in->verdict)]},
                         {"login", json_text(way_in->login)},
                         {"why", json_text(way_in->why)}};
  }
  if (view.fate == Fate::Unknown) out["unknown"] = json_text(view.unknown);
  if (view.refused) out["refused"] = json_of(*view.refused);
  if (view.audit) out["audit"] = true;
  if (view.orphan) out["orphan"] = true;
  out["steps"] = json_of(view.steps);
  if (!view.later.empty()) out["later"] = json_of(view.later);
  if (view.early) out["early"] = true;
  return out;
}

Json json_of(const HostOutcome& outcome) {
  Json out{{"host", json_text(outcome.host)},
           {"end", host_end_word(outcome.end)},
           {"changed", outcome.changed},
           {"took_ms", outcome.took.count()}};
  if (!outcome.run.empty()) out["run"] = json_text(outcome.run);
  if (outcome.cut_off) {
    out["cut_off"] = {{"run", json_text(outcome.cut_off->run)},
                      {"end", json_text(outcome.cut_off->status)}};
  }
  if (outcome.error) out["error"] = json_of(*outcome.error);
  if (!outcome.left.empty()) out["left"] = json_of(outcome.left);
  if (!outcome.stays.empty()) out["stays"] = json_of(outcome.stays);
  if (!outcome.later.empty()) {
    out["later"] = {{"unit", json_text("holdfast-later-" + outcome.run + ".service")},
                    {"steps", json_of(outcome.later)}};
  }
  return out;
}

std::string json_document(const Json& json, int indent) {
  const std::string text = json.dump(indent, ' ', true, Json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size() + 1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    // Only strings can hold a '#', so the escape is always in one.
    const bool doubled = text[i] == '#' && i + 1 < text.size() && text[i + 1] == '#';
    out += doubled ? "\\u0023" : std::string(1, text[i]);
  }
  return out + "\n";
}

}  // namespace holdfast
