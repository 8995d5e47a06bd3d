#include "resources/prometheus/rules.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "resources/prometheus/server.h"
#include "resources/promql/promql.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

using Keys = std::vector<std::string>;

const Keys& group_keys() {
  static const Keys kKeys{"name",  "interval", "query_offset",  "limit",
                          "rules", "labels",   "source_tenants"};
  return kKeys;
}
const Keys& rule_keys() {
  static const Keys kKeys{"alert",           "record", "expr",       "for",
                          "keep_firing_for", "labels", "annotations"};
  return kKeys;
}

/// Walks a tree of rules, and notes what Prometheus would refuse.
class Checker {
 public:
  std::vector<RuleMistake> check(const Value& root) {
    if (!root.is_map()) return one("rules are a map with the key 'groups'");
    known_keys(root.as_map(), {"groups"}, "a file of rules");
    const Value* groups = root.as_map().find("groups");
    if (groups == nullptr || groups->is_null()) return one("there are no 'groups'");
    const Within within(*this, "groups");
    if (!groups->is_list()) return one("'groups' is no list");
    if (groups->as_list().empty()) mistake("there is no group in it");
    for (std::size_t i = 0; i < groups->as_list().size(); ++i) {
      const Within index(*this, i);
      group(groups->as_list()[i]);
    }
    return std::move(out_);
  }

 private:
  /// The path goes one deeper while it lives.
  class Within {
   public:
    template <class Step>
    Within(Checker& checker, Step step) : checker_(checker) {
      if constexpr (std::is_convertible_v<Step, std::size_t>) {
        checker_.path_.emplace_back(static_cast<std::size_t>(step));
      } else {
        checker_.path_.emplace_back(std::string(step));
      }
    }
    Within(const Within&) = delete;
    Within& operator=(const Within&) = delete;
    ~Within() { checker_.path_.pop_back(); }

   private:
    Checker& checker_;
  };

  std::vector<RuleMistake> one(std::string what) {
    mistake(std::move(what));
    return std::move(out_);
  }
  void mistake(std::string what, std::size_t offset = 0, std::size_t length = 0) {
    out_.push_back({path_, std::move(what), offset, length});
  }

  void known_keys(const ValueMap& map, const Keys& keys, const std::string& of) {
    for (const auto& [key, value] : map) {
      if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
      const Within within(*this, key);
      const std::string meant = did_you_mean(key, keys);
      mistake("'" + printable(key) + "' is no key of " + of + (meant.empty() ? "" : "; " + meant));
    }
  }

  void group(const Value& value) {
    if (!value.is_map()) return mistake("a group is a map with 'name' and 'rules'");
    const ValueMap& map = value.as_map();
    known_keys(map, group_keys(), "a group");
    const std::string name = stated_text(map, "name");
    if (name.empty()) mistake("a group needs a 'name'");
    if (!name.empty() && !groups_.insert(name).second) {
      const Within within(*this, "name");
      mistake("two groups are called '" + printable(name) + "'");
    }
    for (const char* key : {"interval", "query_offset"}) duration(map, key);
    if (const Value* labels = stated(map, "labels")) this->labels(*labels, "labels");
    const Value* rules = stated(map, "rules");
    const Within within(*this, "rules");
    if (rules == nullptr) return mistake("group '" + printable(name) + "' has no 'rules'");
    if (!rules->is_list()) return mistake("'rules' is no list");
    for (std::size_t i = 0; i < rules->as_list().size(); ++i) {
      const Within index(*this, i);
      rule(rules->as_list()[i]);
    }
  }

  void rule(const Value& value) {
    if (!value.is_map()) return mistake("a rule is a map with 'alert' or 'record', and 'expr'");
    const ValueMap& map = value.as_map();
    known_keys(map, rule_keys(), "a rule");
    const std::string alert = stated_text(map, "alert");
    const std::string record = stated_text(map, "record");
    if (alert.empty() == record.empty()) {
      return mistake(alert.empty() ? "a rule needs 'alert' or 'record'"
                                   : "a rule is either 'alert' or 'record', not both");
    }
    if (!record.empty()) recording(map, record);
    expression(map, alert.empty() ? record : alert);
    for (const char* key : {"for", "keep_firing_for"}) duration(map, key);
    for (const char* key : {"labels", "annotations"}) {
      if (const Value* found = stated(map, key)) labels(*found, key);
    }
    const Value* own = stated(map, "labels");
    const std::string identity = (alert.empty() ? "record " : "alert ") + alert + record +
                                 (own == nullptr ? "" : canonical(*own, "rule"));
    if (!rules_.insert(identity).second) {
      mistake("'" + printable(alert + record) +
              "' stands twice with the same labels; promtool refuses that");
    }
  }

  void recording(const ValueMap& map, const std::string& name) {
    for (const char* key : {"for", "keep_firing_for", "annotations"}) {
      if (stated(map, key) == nullptr) continue;
      const Within within(*this, key);
      mistake("'" + std::string(key) + "' is for alerts; '" + printable(name) + "' is a recording");
    }
    if (metric_name(name)) return;
    const Within within(*this, "record");
    mistake("'" + printable(name) + "' is no metric's name");
  }

  void expression(const ValueMap& map, const std::string& name) {
    const Value* value = stated(map, "expr");
    const std::string text = value != nullptr && value->is_text() ? value->as_text()
                             : value != nullptr && !value->is_map() && !value->is_list()
                                 ? value->display()
                                 : "";
    if (trim(text).empty()) return mistake("'" + printable(name) + "' has no expression ('expr')");
    const Within within(*this, "expr");
    const PromqlQuery query = read_promql(text);
    if (!query.no_sample.empty()) {
      mistake("'" + printable(name) + "': it gives " + query.no_sample +
                  ", and a rule needs a number for each series",
              0, std::max<std::size_t>(text.size(), 1));
    }
    if (query.problems.empty()) return;
    const PromqlProblem& problem = query.problems.front();
    mistake("'" + printable(name) + "': " + problem.message, problem.offset,
            std::max<std::size_t>(problem.length, 1));
  }

  void duration(const ValueMap& map, const char* key) {
    const Value* value = stated(map, key);
    if (value == nullptr) return;
    const std::string text = value->display();
    if (read_prometheus_duration(text)) return;
    const Within within(*this, key);
    mistake("'" + printable(text) + "' is no duration such as 30s or 5m");
  }

  void labels(const Value& value, const char* key) {
    const Within within(*this, key);
    if (!value.is_map()) return mistake("'" + std::string(key) + "' is a map of texts");
    for (const auto& [name, text] : value.as_map()) {
      const Within inner(*this, name);
      if (!label_name(name) || name == "__name__") {
        mistake("'" + printable(name) + "' can't be the name of a label");
      }
      if (text.is_map() || text.is_list()) {
        mistake("'" + printable(name) + "' is no text");
      } else if (text.is_text()) {
        open_template(text.as_text());
      }
    }
  }

  /// `{{` without its `}}`.
  void open_template(const std::string& text) {
    for (std::size_t at = 0; (at = text.find("{{", at)) != std::string::npos;) {
      const std::size_t end = text.find("}}", at);
      if (end == std::string::npos) return mistake("a template is not closed by '}}'", at, 2);
      at = end;
    }
  }

  std::vector<RuleMistake> out_;
  TreePath path_;
  std::set<std::string> groups_;
  std::set<std::string> rules_;
};

Value with_durations(const ValueMap& map, const Keys& order, const Keys& durations) {
  ValueMap out;
  for (const std::string& key : order) {
    const Value* value = stated(map, key);
    if (value == nullptr) continue;
    const bool timed = std::find(durations.begin(), durations.end(), key) != durations.end();
    if (timed && value->is_float()) {
      out.set(key, prometheus_duration(value->as_float()));
    } else if (!value->is_map() || !value->as_map().empty()) {
      out.set(key, *value);
    }
  }
  return out;
}

}  // namespace

std::vector<RuleMistake> check_rules(const Value& root) { return Checker().check(root); }

Value rule_tree(const Value& groups) {
  ValueList out;
  if (groups.is_list()) {
    for (const Value& group : groups.as_list()) {
      if (!group.is_map()) continue;
      Value written = with_durations(group.as_map(), group_keys(), {"interval", "query_offset"});
      ValueMap map = written.as_map();
      ValueList rules;
      const Value* list = stated(group.as_map(), "rules");
      if (list != nullptr && list->is_list()) {
        for (const Value& rule : list->as_list()) {
          rules.push_back(
              rule.is_map() ? with_durations(rule.as_map(), rule_keys(), {"for", "keep_firing_for"})
                            : rule);
        }
      }
      map.set("rules", std::move(rules));
      out.emplace_back(std::move(map));
    }
  }
  ValueMap root;
  root.set("groups", std::move(out));
  return root;
}

}  // namespace holdfast
