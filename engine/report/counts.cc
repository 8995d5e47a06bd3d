#include "engine/report/counts.h"

#include <set>

#include "engine/core/text.h"
#include "engine/plan/refusals.h"
#include "engine/report/ci_safe.h"

namespace holdfast {
namespace {

void count_standing(Counts& out, Standing standing) {
  const bool both = standing == Standing::Both;
  if (both || standing == Standing::Drift) ++out.drift;
  if (both || standing == Standing::Pending || standing == Standing::New) ++out.pending;
  if (standing == Standing::Stranger) ++out.strangers;
}

std::size_t& field(Counts& out, Fate fate) {
  switch (fate) {
    case Fate::Create:
      return out.create;
    case Fate::Update:
      return out.update;
    case Fate::Replace:
      return out.replace;
    case Fate::Delete:
      return out.remove;
    case Fate::Run:
      return out.run;
    case Fate::Check:
      return out.checks;
    case Fate::Adopt:
      return out.adopt;
    case Fate::Unknown:
      return out.unknown;
    case Fate::Refused:
      return out.refused;
    case Fate::LeftOut:
      return out.left_out;
    case Fate::Unchanged:
      break;
  }
  return out.unchanged;
}

void add(std::vector<std::string>& parts, std::size_t number, std::string_view words) {
  if (number > 0) parts.push_back(std::to_string(number) + " " + std::string(words));
}

/// Hosts of which nothing is known.
std::vector<std::string> dark(const Counts& counts) {
  std::vector<std::string> out;
  if (counts.unreachable > 0) out.push_back(counted(counts.unreachable, "host") + " unreachable");
  if (counts.spoilt > 0) out.push_back(counted(counts.spoilt, "host") + " refused");
  return out;
}

/// What both summaries end with.
std::vector<std::string> rest(const Counts& counts) {
  std::vector<std::string> out;
  add(out, counts.refused, "refused");
  add(out, counts.unknown, "not known yet");
  for (const std::string& part : dark(counts)) out.push_back(part);
  if (counts.cut_off > 0) out.push_back("an open run on " + counted(counts.cut_off, "host"));
  if (counts.orphans > 0) out.push_back(counted(counts.orphans, "orphan"));
  if (counts.adopt > 0) out.push_back(std::to_string(counts.adopt) + " to adopt");
  return out;
}

std::string nothing(std::string_view words, const Counts& counts) {
  if (counts.hosts > 0 && counts.answered() == 0) {
    return "Nothing is known: " + join(dark(counts), ", ") + ".";
  }
  std::string out = std::string(words) + " on " + counted(counts.answered(), "host") + " (" +
                    counted(counts.resources, "resource");
  if (counts.left_out > 0) out += ", " + std::to_string(counts.left_out) + " left out";
  if (counts.checks > 0) out += ", " + counted(counts.checks, "check") + " for apply to ask";
  out += ")";
  for (const std::string& part : rest(counts)) out += "; " + part;
  return out + ".";
}

std::string sentence(std::string_view word, const std::vector<std::string>& changes,
                     const Counts& counts) {
  std::string out = std::string(word) + ": " + join(changes, ", ");
  if (counts.changing_hosts > 0) out += " on " + counted(counts.changing_hosts, "host");
  std::vector<std::string> others = rest(counts);
  if (word == "Plan") {
    add(others, counts.for_good, "that no rollback takes back");
    add(others, counts.shut_out, "that would shut you out");
  }
  add(others, counts.unchanged, "unchanged");
  add(others, counts.left_out, "left out");
  if (counts.checks > 0) others.push_back(counted(counts.checks, "check") + " for apply to ask");
  for (const std::string& part : others) out += "; " + part;
  return out + ".";
}

}  // namespace

Counts count(const Plan& plan, const Registry& registry) {
  Counts out;
  out.hosts = plan.hosts.size();
  std::set<std::string> answered;
  std::set<std::string> changing;
  for (const HostPlan& host : plan.hosts) {
    const bool spoilt = record_refused(host);
    out.spoilt += spoilt ? 1U : 0U;
    out.unreachable += host.unreachable && !spoilt ? 1U : 0U;
    out.cut_off += !host.open_run.empty() && host.holder.empty() ? 1U : 0U;
    out.orphans += host.kept_orphans.size();
    if (!host.unreachable) answered.insert(host.host);
  }
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    const Declaration& declaration = plan.declarations[i];
    if (answered.count(declaration.host) == 0) continue;
    const Fate row_fate = fate(declaration, plan.rows[i], registry);
    const Effects& effects = plan.rows[i].effects;
    const bool for_good = effects.one_way || !effects.irreversible.empty();
    out.for_good += for_good && is_change(row_fate) ? 1U : 0U;
    const bool shuts = effects.way_in && effects.way_in->verdict == WayIn::Verdict::Shut;
    out.shut_out += shuts && is_change(row_fate) && !declaration.audit ? 1U : 0U;
    out.resources += row_fate == Fate::LeftOut ? 0U : 1U;
    if (!is_change(row_fate)) {
      ++field(out, row_fate);
      const bool lost = row_fate == Fate::Refused && displaced(plan.rows[i]);
      if (lost) ++out.displaced;
      if (lost) ++out.drift;
      continue;
    }
    count_standing(out, plan.rows[i].standing);
    changing.insert(declaration.host);
    ++(declaration.audit ? out.audited : field(out, row_fate));
  }
  out.changing_hosts = changing.size();
  return out;
}

std::string plan_summary(const Counts& counts) {
  if (counts.nothing()) return nothing("Nothing to change", counts);
  std::vector<std::string> parts = {std::to_string(counts.create) + " to create",
                                    std::to_string(counts.update) + " to update"};
  add(parts, counts.replace, "to replace");
  parts.push_back(std::to_string(counts.remove) + " to delete");
  add(parts, counts.run, "to run");
  add(parts, counts.audited, "only audited");
  return sentence("Plan", parts, counts);
}

std::string drift_summary(const Counts& counts) {
  if (!counts.differs()) return nothing("No drift", counts);
  std::vector<std::string> parts = {std::to_string(counts.drift) + " changed by somebody else"};
  add(parts, counts.pending, "pending");
  add(parts, counts.strangers, "that no record tells of");
  Counts rest = counts;  // drift is told as such, also where apply can't mend it
  rest.refused -= counts.displaced;
  return sentence("Drift", parts, rest);
}

}  // namespace holdfast
