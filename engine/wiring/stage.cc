#include "engine/wiring/stage.h"

#include <algorithm>
#include <array>

#include "engine/core/text.h"

namespace holdfast {
namespace {

/// What series are read by, not told apart by.
constexpr std::array<std::string_view, 2> kShape = {"le", "quantile"};

/// `Many`: series that only their marks tell apart stay several.
enum class Likeness { Free, FreeMany, AllButInstance, All };
constexpr std::array kLikenesses = {Likeness::Free, Likeness::FreeMany, Likeness::AllButInstance,
                                    Likeness::All};

std::set<std::string> routed_by(const Wiring& wiring) {
  std::set<std::string> out;
  for (const Route& route : wiring.ends.routes) {
    for (const LabelMatcher& matcher : route.matchers) out.insert(matcher.label);
  }
  return out;
}

bool stays(const std::string& label, const ProofTry& made, const std::set<std::string>& routed,
           Likeness likeness) {
  if (made.asked.count(label) > 0) return true;
  if (likeness == Likeness::All) return true;
  if (likeness == Likeness::AllButInstance) return label != "instance";
  return routed.count(label) > 0 || std::find(kShape.begin(), kShape.end(), label) != kShape.end();
}

/// Of labels that can hold it: a mark, and what tells series of one try apart.
std::string pattern(const std::string& mark) { return promql_text(mark + "([.][0-9]+)?"); }

std::set<std::string> names_of(const std::vector<ProofSeries>& series) {
  std::set<std::string> out;
  for (const ProofSeries& one : series) {
    for (const auto& [name, value] : one.labels) out.insert(name);
  }
  return out;
}

}  // namespace

std::string mark_of(const std::string& mark, std::size_t alert, std::size_t nth) {
  const std::string out = mark + "-" + std::to_string(alert + 1);
  return nth == 0 ? out : out + static_cast<char>('a' + std::min<std::size_t>(nth, 25));
}

std::vector<ProofTry> marked_tries(const Wiring& wiring, const ProofTry& made,
                                   const std::string& mark) {
  const std::set<std::string> routed = routed_by(wiring);
  std::vector<ProofTry> out;
  for (const Likeness likeness : kLikenesses) {
    ProofTry marked = made;
    marked.series.clear();
    std::set<std::string> seen;
    for (ProofSeries series : made.series) {
      for (auto& [name, value] : series.labels) {
        if (!stays(name, made, routed, likeness)) value = mark;
      }
      series.labels[kProofLabel] = mark;
      if (likeness == Likeness::Free && seen.count(series.text()) > 0) continue;
      for (int i = 2; !seen.insert(series.text()).second; ++i) {
        series.labels[kProofLabel] = mark + "." + std::to_string(i);
      }
      marked.series.push_back(std::move(series));
    }
    out.push_back(std::move(marked));
  }
  return out;
}

std::string marked_firing(const Alert& alert, const ProofTry& marked, const std::string& mark) {
  std::string plain = firing(alert);
  plain.pop_back();
  std::string out;
  for (const std::string& name : names_of(marked.series)) {
    if (alert.labels.count(name) > 0) continue;
    if (!out.empty()) out += " or ";
    out.append(plain).append(",").append(name).append("=~").append(pattern(mark)).append("}");
  }
  return out;
}

std::string unmarked_firing(const std::vector<ProofSeries>& series, const std::string& mark,
                            const std::set<std::string>& always) {
  std::string out = "ALERTS{alertstate=\"firing\"";
  for (const std::string& name : names_of(series)) {
    out += "," + name + "!~" + promql_text(mark + ".*");
  }
  for (const std::string& name : always) out += ",alertname!=" + promql_text(name);
  return out + "}";
}

bool shows_mark(const std::map<std::string, std::string>& labels, const std::string& mark) {
  return std::any_of(labels.begin(), labels.end(), [&](const auto& label) {
    return label.second == mark || starts_with(label.second, mark + ".");
  });
}

bool takes(const Route& route, const std::map<std::string, std::string>& labels) {
  return std::all_of(route.matchers.begin(), route.matchers.end(), [&](const LabelMatcher& one) {
    const auto label = labels.find(one.label);
    return matches(one, label == labels.end() ? "" : label->second) != Matches::No;
  });
}

}  // namespace holdfast
