#include "engine/check/prometheus.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

#include "engine/core/text.h"

namespace holdfast {
namespace {

using Asked = PrometheusQuestion;
using Json = nlohmann::json;

constexpr std::size_t kMostShown = 3;

tl::unexpected<Error> complaint(const std::string& what) {
  return fail(Code::CheckFailed, printable(what));
}

std::string url_encoded(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) != 0 || c == '_' || c == '-' || c == '.';
    if (plain) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return out;
}

std::string text_of(const Json& map, const char* key) {
  const auto found = map.find(key);
  return found != map.end() && found->is_string() ? found->get<std::string>() : "";
}

const Json& part(const Json& map, const char* key) {
  static const Json kNothing;
  if (!map.is_object()) return kNothing;
  const auto found = map.find(key);
  return found == map.end() ? kNothing : *found;
}

/// Seconds since 1970 of "2023-01-02T03:04:05.678+01:00"; 0 where it isn't a time.
double seconds_of(const std::string& text) {
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return 0;
  auto seconds = static_cast<double>(timegm(&parts));
  if (*rest == '.') {
    char* end = nullptr;
    seconds += std::strtod(rest, &end);
    rest = end;
  }
  int hours = 0;
  int minutes = 0;
  if ((*rest == '+' || *rest == '-') && std::sscanf(rest + 1, "%2d:%2d", &hours, &minutes) == 2) {
    seconds -= (*rest == '+' ? 1 : -1) * (hours * 3600 + minutes * 60);
  }
  return seconds;
}

/// `name{label="value"}` of a series.
std::string series(const Json& metric) {
  std::vector<std::string> labels;
  for (const auto& [name, value] : metric.items()) {
    if (name != "__name__") labels.push_back(name + "=" + value.dump());
  }
  return text_of(metric, "__name__") + "{" + join(labels, ", ") + "}";
}

std::string counted_list(std::vector<std::string> all) {
  const std::size_t count = all.size();
  if (count > kMostShown) {
    all.resize(kMostShown);
    all.push_back("and " + std::to_string(count - kMostShown) + " more");
  }
  return join(all, ", ");
}

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// A text without the spaces that stand outside of its strings.
std::string without_spaces(std::string_view text) {
  std::string out;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && (c == ' ' || c == '\n' || c == '\t' || c == '\r')) continue;
    if (quote == 0 && (c == '"' || c == '\'' || c == '`')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if (quote != 0 && quote != '`' && c == '\\' && i + 1 < text.size()) {
      out += c;
      ++i;
    }
    out += text[i];
  }
  return out;
}

/// One asking of one server.
class Asking {
 public:
  Asking(const Asked& asked, const PrometheusAccess& access) : asked_(asked), access_(access) {}

  Result<std::string> ask() {
    if (!asked_.read.empty()) HF_CHECK(ask_reload());
    return std::visit(*this, asked_.about);
  }

  Result<std::string> operator()(const std::monostate&) { return "it has read them"; }

  Result<std::string> operator()(const Asked::Query& query) {
    const auto wanted = read_comparison(query.is);
    if (!wanted) return complaint("'" + query.is + "' is no comparison");
    HF_TRY(const Json data, api("/api/v1/query?query=" + url_encoded(query.text), query.text));
    std::vector<std::pair<std::string, double>> samples;
    const Json& result = part(data, "result");
    if (text_of(data, "resultType") == "scalar") {
      add_sample(samples, "it", result);
    } else if (text_of(data, "resultType") == "vector") {
      for (const Json& one : result) {
        add_sample(samples, series(part(one, "metric")), part(one, "value"));
      }
    } else {
      return complaint(asked_.url + ": '" + query.text + "' gives a " +
                       text_of(data, "resultType") + ", which can't be compared");
    }
    return compare(query, *wanted, samples);
  }

  Result<std::string> operator()(const Asked::Job& job) {
    HF_TRY(const Json data, api("/api/v1/targets?state=active", "its targets"));
    std::vector<const Json*> left;
    for (const Json& target : part(data, "activeTargets")) {
      if (text_of(target, "scrapePool") == job.name) left.push_back(&target);
    }
    const std::string who = asked_.url + ": job '" + job.name + "'";
    double since = 0;
    for (const std::string& file : job.since) {
      HF_TRY(const double written, access_.written(file));
      since = std::max(since, written);
    }
    for (const Asked::Target& wanted : job.targets) {
      const auto found = std::find_if(left.begin(), left.end(), [&](const Json* one) {
        return is_target(part(*one, "discoveredLabels"), wanted);
      });
      if (found == left.end()) {
        return complaint(who + " has no target " + wanted.address + labels_text(wanted.labels) +
                         (left.empty() ? "" : "; it has " + addresses(left)));
      }
      if (wanted.up) HF_CHECK(is_up(who, wanted, **found, since));
      left.erase(found);
    }
    if (left.empty()) return counted(job.targets.size(), "target") + " as they must be";
    return complaint(who + " still has " + addresses(left));
  }

  Result<std::string> operator()(const Asked::RuleFile& file) {
    HF_TRY(const Json data, api("/api/v1/rules", "its rules"));
    std::vector<const Json*> left;
    for (const Json& group : part(data, "groups")) {
      if (text_of(group, "file") == file.path) left.push_back(&group);
    }
    for (const Asked::Group& wanted : file.groups) {
      const auto found = std::find_if(left.begin(), left.end(), [&](const Json* one) {
        return text_of(*one, "name") == wanted.name;
      });
      if (found == left.end()) {
        return complaint(asked_.url + ": group '" + wanted.name + "' of " + file.path +
                         " is not loaded");
      }
      HF_CHECK(same_group(wanted, part(**found, "rules")));
      left.erase(found);
    }
    if (left.empty()) return counted(file.groups.size(), "group") + " as they must be";
    return complaint(asked_.url + ": group '" + text_of(*left.front(), "name") + "' of " +
                     file.path + " is still loaded");
  }

 private:
  /// The `data` of an answer of the API.
  Result<Json> api(const std::string& path, const std::string& what) {
    HF_TRY(const HttpAnswer answer, access_.get(asked_.url + path));
    const Json root = Json::parse(answer.body, nullptr, false);
    if (root.is_object() && text_of(root, "status") == "success") return part(root, "data");
    const std::string why = root.is_object() ? text_of(root, "error") : answer.body;
    return complaint(asked_.url + ", asked for " + what + ", answered " +
                     std::to_string(answer.status) + ": " + excerpt(why));
  }

  /// A file that it has not read since is said to be so; a bad one it has refused.
  Result<void> ask_reload() {
    HF_TRY(const HttpAnswer answer, access_.get(asked_.url + "/metrics"));
    const bool prometheus = asked_.family == Asked::Family::Prometheus;
    const std::string prefix = prometheus ? "prometheus_config" : "alertmanager_config";
    const auto good = metric(answer.body, prefix + "_last_reload_successful");
    const auto when = metric(answer.body, prefix + "_last_reload_success_timestamp_seconds");
    if (!good || !when) {
      return complaint(asked_.url + "/metrics answered " + std::to_string(answer.status) +
                       ", and says nothing of its last reload");
    }
    if (*good != 1) {
      return complaint(asked_.url +
                       " refused its configuration when it was reloaded, and works with "
                       "the one before; its log says why");
    }
    for (const std::string& file : asked_.read) {
      HF_TRY(const double written, access_.written(file));
      if (*when < written) {
        return complaint(asked_.url + " has not read " + file + " since it was written");
      }
    }
    return {};
  }

  static std::optional<double> metric(const std::string& body, const std::string& name) {
    for (const std::string_view line : lines(body)) {
      if (!starts_with(line, name + " ")) continue;
      return std::strtod(std::string(line.substr(name.size() + 1)).c_str(), nullptr);
    }
    return std::nullopt;
  }

  static void add_sample(std::vector<std::pair<std::string, double>>& to, std::string name,
                         const Json& value) {
    if (!value.is_array() || value.size() != 2 || !value[1].is_string()) return;
    to.emplace_back(std::move(name), std::strtod(value[1].get<std::string>().c_str(), nullptr));
  }

  Result<std::string> compare(const Asked::Query& query, const Comparison& wanted,
                              const std::vector<std::pair<std::string, double>>& samples) const {
    const std::string who = asked_.url + ": '" + query.text + "' gives ";
    const auto shown = [](const std::pair<std::string, double>& sample) {
      Json number = sample.second;
      return sample.first + " " +
             (std::isfinite(sample.second) ? number.dump() : std::to_string(sample.second));
    };
    std::vector<std::string> wrong, all;
    for (const auto& sample : samples) {
      all.push_back(shown(sample));
      if (!wanted.holds(sample.second)) wrong.push_back(all.back());
    }
    if (samples.empty() && wanted.op != "none") return complaint(who + "no series");
    if (wrong.empty()) return all.empty() ? "no series" : counted_list(all);
    const std::string is = wanted.op == "none" ? "and should give none" : "not " + query.is;
    return complaint(who + counted_list(wrong) + ", " + is);
  }

  static bool is_target(const Json& seen, const Asked::Target& wanted) {
    if (text_of(seen, "__address__") != wanted.address) return false;
    const bool all = std::all_of(wanted.labels.begin(), wanted.labels.end(), [&](const auto& one) {
      return text_of(seen, one.first.c_str()) == one.second;
    });
    const auto own = std::count_if(seen.items().begin(), seen.items().end(), [](const auto& one) {
      return !starts_with(one.key(), "__") && one.key() != "job";
    });
    const auto stated = std::count_if(
        wanted.labels.begin(), wanted.labels.end(),
        [](const auto& one) { return !starts_with(one.first, "__") && one.first != "job"; });
    return all && own == stated;
  }

  Result<void> is_up(const std::string& who, const Asked::Target& wanted, const Json& seen,
                     double since) const {
    const std::string target = who + ", target " + wanted.address;
    const std::string health = text_of(seen, "health");
    if (seconds_of(text_of(seen, "lastScrape")) < since || health == "unknown") {
      return complaint(target + " was not scraped yet");
    }
    if (health == "up") return {};
    return complaint(target + " is " + health + ": " + excerpt(text_of(seen, "lastError")));
  }

  static std::string labels_text(const std::vector<std::pair<std::string, std::string>>& labels) {
    std::string out;
    for (const auto& [name, value] : labels) {
      out.append(out.empty() ? " {" : ", ").append(name).append("=\"").append(value).append("\"");
    }
    return out.empty() ? out : out + "}";
  }

  static std::string addresses(const std::vector<const Json*>& targets) {
    std::vector<std::string> all;
    all.reserve(targets.size());
    for (const Json* one : targets) {
      all.push_back(text_of(part(*one, "discoveredLabels"), "__address__"));
    }
    return counted_list(std::move(all));
  }

  Result<void> same_group(const Asked::Group& wanted, const Json& rules) {
    const std::string who = asked_.url + ": group '" + wanted.name + "'";
    if (rules.size() != wanted.rules.size()) {
      return complaint(who + " has " + std::to_string(rules.size()) + " rules, not " +
                       std::to_string(wanted.rules.size()));
    }
    for (std::size_t i = 0; i < wanted.rules.size(); ++i) {
      HF_CHECK(same_rule(who, wanted.rules[i], rules[i]));
    }
    return {};
  }

  Result<void> same_rule(const std::string& who, const Asked::Rule& wanted, const Json& seen) {
    const std::string name = text_of(seen, "name");
    const bool alert = text_of(seen, "type") == "alerting";
    if (name != wanted.name || alert != wanted.alert) {
      return complaint(who + " has '" + name + "' in the place of '" + wanted.name + "'");
    }
    const std::string rule = who + ", rule '" + name + "'";
    const Json& seconds = part(seen, "duration");
    if (alert && seconds.is_number() &&
        std::fabs(seconds.get<double>() - wanted.seconds) > 0.0005) {
      return complaint(rule + " waits for " + seconds.dump() + " s");
    }
    HF_CHECK(same_texts(rule, "labels", wanted.labels, seen));
    HF_CHECK(same_texts(rule, "annotations", wanted.annotations, seen));
    HF_CHECK(same_expression(rule, wanted.expression, text_of(seen, "query")));
    const std::string health = text_of(seen, "health");
    if (health == "ok") return {};
    if (health == "unknown") return complaint(rule + " was not evaluated yet");
    return complaint(rule + " fails: " + excerpt(text_of(seen, "lastError")));
  }

  static Result<void> same_texts(const std::string& rule, const char* what,
                                 const std::vector<std::pair<std::string, std::string>>& wanted,
                                 const Json& seen) {
    for (const auto& [name, value] : wanted) {
      if (text_of(part(seen, what), name.c_str()) == value) continue;
      return complaint(rule + " has other " + what + ": " + excerpt(part(seen, what).dump()));
    }
    return {};
  }

  /// The server prints an expression in its own way: it is asked for that of ours.
  Result<void> same_expression(const std::string& rule, const std::string& ours,
                               const std::string& theirs) {
    if (without_spaces(ours) == without_spaces(theirs)) return {};
    HF_TRY(const std::string wanted, formatted(ours));
    HF_TRY(const std::string seen, formatted(theirs));
    if (wanted == seen) return {};
    return complaint(rule + " is loaded with another expression: " + excerpt(theirs));
  }

  /// "" where the server can't tell: before 2.40.
  Result<std::string> formatted(const std::string& expression) {
    HF_TRY(const HttpAnswer answer,
           access_.get(asked_.url + "/api/v1/format_query?query=" + url_encoded(expression)));
    if (answer.status == 404) return std::string();
    const Json root = Json::parse(answer.body, nullptr, false);
    if (root.is_object() && text_of(root, "status") == "success") return text_of(root, "data");
    return complaint(asked_.url + " can't read '" + expression +
                     "': " + excerpt(root.is_object() ? text_of(root, "error") : answer.body));
  }

  const Asked& asked_;
  const PrometheusAccess& access_;
};

}  // namespace

bool Comparison::holds(double sample) const {
  if (op == "some") return true;
  if (op == "==") return sample == value;
  if (op == "!=") return sample != value;
  if (op == "<") return sample < value;
  if (op == "<=") return sample <= value;
  if (op == ">") return sample > value;
  return op == ">=" && sample >= value;
}

std::optional<Comparison> read_comparison(std::string_view text) {
  text = trim(text);
  if (text == "none" || text == "some") return Comparison{.op = std::string(text)};
  const std::size_t end = std::min(text.find_first_not_of("=!<>"), text.size());
  Comparison out{.op = std::string(text.substr(0, end))};
  static constexpr std::string_view kOps[] = {"==", "!=", "<", "<=", ">", ">="};
  if (std::find(std::begin(kOps), std::end(kOps), out.op) == std::end(kOps)) return std::nullopt;
  const std::string number(trim(text.substr(end)));
  char* rest = nullptr;
  out.value = std::strtod(number.c_str(), &rest);
  if (number.empty() || *rest != '\0' || std::isnan(out.value)) return std::nullopt;
  return out;
}

Result<std::string> ask_prometheus(const PrometheusQuestion& question,
                                   const PrometheusAccess& access) {
  PrometheusQuestion asked = question;
  while (!asked.url.empty() && asked.url.back() == '/') asked.url.pop_back();
  return Asking(asked, access).ask();
}

}  // namespace holdfast
