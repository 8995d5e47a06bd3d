#include "resources/prometheus/rules_check.h"

#include <nlohmann/json.hpp>

#include "engine/core/text.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

tl::unexpected<Error> failed(std::string what, std::string hint = {}) {
  return fail(Code::CheckFailed, std::move(what), std::move(hint));
}

std::string text_of(const Json& map, const char* key) {
  const auto found = map.find(key);
  return found != map.end() && found->is_string() ? found->get<std::string>() : "";
}

const Json& part(const Json& map, const char* key) {
  static const Json kNone = Json::array();
  const auto found = map.is_object() ? map.find(key) : map.end();
  return found == map.end() ? kNone : *found;
}

}  // namespace

std::string rule_group_text(const RuleGroupCheck& check) {
  return Json{{"group", check.group}, {"at_least", check.at_least}}.dump(
      -1, ' ', true, Json::error_handler_t::replace);
}

std::optional<RuleGroupCheck> read_rule_group(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || text_of(json, "group").empty()) return std::nullopt;
  return RuleGroupCheck{.group = text_of(json, "group"),
                        .at_least = json.value("at_least", std::int64_t{1})};
}

Result<std::string> judge_rule_group(const RuleGroupCheck& check, std::string_view answer) {
  const Json json = Json::parse(answer, nullptr, false);
  if (!json.is_object() || !part(part(json, "data"), "groups").is_array() ||
      text_of(json, "status") != "success") {
    return failed("the answer about its rules is none of Prometheus' API");
  }
  // Files may have groups of one name.
  std::vector<std::string> rules;
  bool found = false;
  for (const Json& group : part(part(json, "data"), "groups")) {
    if (!group.is_object() || text_of(group, "name") != check.group) continue;
    found = true;
    for (const Json& rule : part(group, "rules")) {
      const std::string name = text_of(rule, "name");
      if (text_of(rule, "health") == "err") {
        return failed("rule " + printable(name) + " of group " + printable(check.group) +
                      " fails: " + printable(text_of(rule, "lastError")));
      }
      rules.push_back(name);
    }
  }
  const std::string hint =
      "`holdfast plan` shows what differs in its file; a reload that was refused is in its log";
  if (!found) return failed("no rule group " + printable(check.group) + " is loaded", hint);
  const std::string count = std::to_string(rules.size()) + (rules.size() == 1 ? " rule" : " rules");
  if (static_cast<std::int64_t>(rules.size()) < check.at_least) {
    return failed("group " + printable(check.group) + " has " + count + ", not " +
                      std::to_string(check.at_least) + " or more: " + printable(join(rules, ", ")),
                  hint);
  }
  return count + ", none of them fails";
}

}  // namespace holdfast
