#include "resources/grafana/normal.h"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "engine/core/text.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const Value* member(const Value* map, std::string_view name) {
  return map != nullptr && map->is_map() ? map->as_map().find(name) : nullptr;
}

bool number(const Value& value) { return value.is_int() || value.is_float(); }
double as_number(const Value& value) {
  return value.is_int() ? static_cast<double>(value.as_int()) : value.as_float();
}

/// What a server or a browser leaves out, because it is what a missing one means.
bool says_nothing(const Value& value) {
  return value.is_null() || value == Value(false) || value == Value("") ||
         (value.is_list() && value.as_list().empty()) || (value.is_map() && value.as_map().empty());
}

/// A reference to a data source by its bare name or uid, or the uid in the map that newer servers
/// make of that.
std::optional<std::string> source_uid(const Value& value) {
  if (value.is_text()) return value.as_text();
  const Value* uid = member(&value, "uid");
  return uid != nullptr && uid->is_text() ? std::optional(uid->as_text()) : std::nullopt;
}

bool same(const Value& a, const Value& b) {
  if (number(a) && number(b)) return as_number(a) == as_number(b);
  if (a.is_list() && b.is_list()) {
    const ValueList& x = a.as_list();
    const ValueList& y = b.as_list();
    return x.size() == y.size() && std::equal(x.begin(), x.end(), y.begin(), same);
  }
  if (a.is_map() && b.is_map()) {
    const ValueMap& x = a.as_map();
    const ValueMap& y = b.as_map();
    return x.size() == y.size() && std::all_of(x.begin(), x.end(), [&](const auto& entry) {
             const Value* other = y.find(entry.first);
             return other != nullptr && same(entry.second, *other);
           });
  }
  return a == b;
}

bool same_set(const Value& a, const Value& b) {
  if (!a.is_list() || !b.is_list() || a.as_list().size() != b.as_list().size()) return false;
  const auto& all = b.as_list();
  return std::all_of(a.as_list().begin(), a.as_list().end(), [&](const Value& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  });
}

/// Seconds of "5s", "1m", "2h", "1d"; nullopt: it isn't one.
std::optional<double> interval(const Value& value) {
  if (!value.is_text() || value.as_text().size() < 2) return std::nullopt;
  const std::string& text = value.as_text();
  const std::string digits = text.substr(0, text.size() - 1);
  if (digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  const std::string_view units = "smhd";
  const auto unit = units.find(text.back());
  constexpr double kSeconds[] = {1, 60, 3600, 86400};
  return unit == std::string_view::npos ? std::nullopt
                                        : std::optional(std::stod(digits) * kSeconds[unit]);
}

/// Grafana refreshes no dashboard more often than this, unless it is told to, and raises what is
/// below.
constexpr double kShortestRefresh = 5;

/// Whether a server's value is the declared one, as it has changed it by itself.
bool same_by_key(std::string_view key, const Value& declared, const Value& seen) {
  if (key == "schemaVersion" && number(declared) && number(seen)) {
    return as_number(seen) >= as_number(declared);
  }
  if (key == "refresh") {
    const auto wanted = interval(declared);
    const auto found = interval(seen);
    return wanted && found && *wanted<kShortestRefresh&& * found> * wanted;
  }
  if (key == "tags") return same_set(declared, seen);
  return false;
}

/// A bare name or uid on one side, a map with a uid on the other.
bool same_source(const Value& declared, const Value& seen,
                 const std::map<std::string, std::string>& sources) {
  auto wanted = source_uid(declared);
  if (!wanted || !(declared.is_text() || seen.is_text())) return false;
  const auto found = source_uid(seen);
  const auto named = sources.find(*wanted);
  return wanted == found || (named != sources.end() && found == named->second);
}

/// The named things of one list, and those of another model that they are.
struct Pair {
  const ValueMap* declared;
  const ValueMap* seen;
};

std::string text_of(const ValueMap& map, std::string_view key) {
  const Value* value = map.find(key);
  return value != nullptr && value->is_text() ? value->as_text() : std::string();
}

std::vector<const ValueMap*> maps_of(const Value* list) {
  std::vector<const ValueMap*> out;
  if (list == nullptr || !list->is_list()) return out;
  for (const Value& one : list->as_list()) {
    if (one.is_map()) out.push_back(&one.as_map());
  }
  return out;
}

/// Panels, and those folded into a row, which unfolding it puts beside it.
std::vector<const ValueMap*> panels_of(const ValueMap& model) {
  std::vector<const ValueMap*> out;
  for (const ValueMap* panel : maps_of(model.find("panels"))) {
    out.push_back(panel);
    for (const ValueMap* folded : maps_of(panel->find("panels"))) out.push_back(folded);
  }
  return out;
}

/// Which of `seen` each of `declared` is: by id and name, then by name, then by id.
std::vector<Pair> paired(const std::vector<const ValueMap*>& declared,
                         const std::vector<const ValueMap*>& seen, std::string_view name) {
  std::vector<Pair> out;
  out.reserve(declared.size());
  for (const ValueMap* one : declared) out.push_back({one, nullptr});
  std::set<const ValueMap*> taken;
  const auto agree = [](const ValueMap& a, const ValueMap& b, std::string_view key) {
    const Value* x = a.find(key);
    const Value* y = b.find(key);
    return x != nullptr && y != nullptr && !x->is_null() && same(*x, *y);
  };
  const auto pass = [&](bool by_id, bool by_name) {
    for (Pair& pair : out) {
      if (pair.seen != nullptr) continue;
      for (const ValueMap* candidate : seen) {
        if (taken.count(candidate) > 0) continue;
        if (by_id && !agree(*pair.declared, *candidate, "id")) continue;
        if (by_name && text_of(*pair.declared, name) != text_of(*candidate, name)) continue;
        pair.seen = candidate;
        taken.insert(candidate);
        break;
      }
    }
  };
  pass(true, true);
  pass(false, true);
  pass(true, false);
  return out;
}

/// Reads both models side by side, by the paths of the declared one.
class Reader {
 public:
  explicit Reader(const std::map<std::string, std::string>& sources) : sources_(sources) {}
  State take() { return std::move(out_); }

  void dashboard(const ValueMap& declared, const ValueMap& seen) {
    static const std::set<std::string, std::less<>> kNone{
        "id",         "uid",    "version",    "iteration",   "__inputs", "__requires",
        "__elements", "panels", "templating", "annotations", "links"};
    map("", declared, seen, kNone);
    named("panels", "panel", panels_of(declared), panels_of(seen), "title");
    const Value declared_whole(declared);
    const Value seen_whole(seen);
    const auto list_of = [](const Value& model, const char* outer) {
      return maps_of(member(member(&model, outer), "list"));
    };
    named("variables", "variable", list_of(declared_whole, "templating"),
          list_of(seen_whole, "templating"), "name");
    named("annotations", "annotation", own(list_of(declared_whole, "annotations")),
          own(list_of(seen_whole, "annotations")), "name");
    named("links", "link", maps_of(declared.find("links")), maps_of(seen.find("links")), "title");
  }

 private:
  using Names = std::set<std::string, std::less<>>;

  bool same_here(std::string_view key, const Value& declared, const Value& seen) const {
    return key == "datasource" ? same_source(declared, seen, sources_)
                               : same_by_key(key, declared, seen);
  }

  /// Without the annotation that every dashboard gets.
  static std::vector<const ValueMap*> own(std::vector<const ValueMap*> annotations) {
    const auto built_in = [](const ValueMap* one) {
      const Value* flag = one->find("builtIn");
      return flag != nullptr && !says_nothing(*flag);
    };
    annotations.erase(std::remove_if(annotations.begin(), annotations.end(), built_in),
                      annotations.end());
    return annotations;
  }

  /// A list's names as one place, and each thing's own places.
  void named(const std::string& list, const char* word,
             const std::vector<const ValueMap*>& declared, const std::vector<const ValueMap*>& seen,
             const char* key) {
    const std::vector<Pair> pairs = paired(declared, seen, key);
    ValueList names;
    std::set<const ValueMap*> known;
    std::set<std::string> used;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      std::string label = word == std::string("panel")
                              ? panel_name(*pairs[i].declared, i)
                              : word + (" '" + text_of(*pairs[i].declared, key) + "'");
      for (int more = 2; !used.insert(label).second; ++more) {
        label = label.substr(0, label.rfind(" (")) + " (" + std::to_string(more) + ")";
      }
      const ValueMap* found = pairs[i].seen;
      if (found != nullptr) names.emplace_back(label);
      known.insert(found);
      // Of one that is gone it is said once that it is.
      map(label + ": ", *pairs[i].declared, found == nullptr ? *pairs[i].declared : *found,
          ignored(*pairs[i].declared));
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (known.count(seen[i]) > 0) continue;
      names.emplace_back(word == std::string("panel")
                             ? panel_name(*seen[i], i)
                             : word + (" '" + text_of(*seen[i], key) + "'"));
    }
    out_.set(list, Value(std::move(names)));
  }

  static Names ignored(const ValueMap& thing) {
    Names out{"id", "pluginVersion", "panels"};
    const std::string type = text_of(thing, "type");
    // What the browser that saved it last had chosen, and what the query found.
    if (type == "query" || type == "datasource") out.insert({"current", "options"});
    return out;
  }

  void map(const std::string& prefix, const ValueMap& declared, const ValueMap& seen,
           const Names& without) {
    for (const auto& [key, value] : declared) {
      if (without.count(key) > 0) continue;
      if (key == "libraryPanel") {
        library(prefix, value, seen.find(key));
      } else {
        any(prefix + key, key, value, seen.find(key));
      }
    }
  }

  void library(const std::string& prefix, const Value& declared, const Value* seen) {
    for (const char* key : {"name", "uid"}) {
      const Value* value = member(&declared, key);
      if (value != nullptr) any(prefix + "libraryPanel." + key, key, *value, member(seen, key));
    }
  }

  void any(const std::string& place, std::string_view key, const Value& declared,
           const Value* seen) {
    const bool both_maps =
        declared.is_map() && !declared.as_map().empty() && (seen == nullptr || seen->is_map());
    if (both_maps && !(seen != nullptr && same_here(key, declared, *seen))) {
      const std::string prefix = place + ".";
      for (const auto& [name, value] : declared.as_map()) {
        std::string below = prefix;
        any(below.append(name), name, value, member(seen, name));
      }
      return;
    }
    const bool of_maps = declared.is_list() && !declared.as_list().empty() &&
                         std::all_of(declared.as_list().begin(), declared.as_list().end(),
                                     [](const Value& one) { return one.is_map(); });
    if (of_maps && (seen == nullptr || seen->is_list())) return list(place, declared, seen);
    leaf(place, key, declared, seen);
  }

  void list(const std::string& place, const Value& declared, const Value* seen) {
    const ValueList none;
    const ValueList& found = seen == nullptr ? none : seen->as_list();
    out_.set(place + " (length)", static_cast<std::int64_t>(found.size()));
    for (std::size_t i = 0; i < declared.as_list().size(); ++i) {
      // Of one that is gone the length tells.
      const Value& one = declared.as_list()[i];
      any(place + "[" + std::to_string(i) + "]", "", one, i < found.size() ? &found[i] : &one);
    }
  }

  void leaf(const std::string& place, std::string_view key, const Value& declared,
            const Value* seen) {
    // Null means "the default", which newer servers write out.
    if (key == "datasource" && declared.is_null()) return;
    const Value shown = declared.is_null() ? Value("null") : declared;
    const bool nothing = seen == nullptr || says_nothing(*seen);
    if (nothing && says_nothing(declared)) return out_.set(place, shown);
    if (seen == nullptr) return;
    if (same(declared, *seen) || same_here(key, declared, *seen)) {
      return out_.set(place, shown);
    }
    out_.set(place, seen->is_null() ? Value("null") : *seen);
  }

  const std::map<std::string, std::string>& sources_;
  State out_;
};

}  // namespace

std::string panel_name(const ValueMap& panel, std::size_t index) {
  const std::string title = text_of(panel, "title");
  const std::string word = text_of(panel, "type") == "row" ? "row" : "panel";
  if (!title.empty()) return word + " '" + title + "'";
  const Value* id = panel.find("id");
  const bool known = id != nullptr && id->is_int();
  return word + " " + std::to_string(known ? id->as_int() : static_cast<std::int64_t>(index) + 1);
}

State dashboard_places(const ValueMap& declared, const ValueMap& seen,
                       const std::map<std::string, std::string>& sources) {
  Reader reader(sources);
  reader.dashboard(declared, seen);
  return reader.take();
}

State dashboard_places(const ValueMap& declared) { return dashboard_places(declared, declared); }

}  // namespace holdfast
