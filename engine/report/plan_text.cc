#include "engine/report/plan_text.h"

#include <algorithm>
#include <vector>

#include "engine/core/text.h"
#include "engine/plan/refusals.h"
#include "engine/report/ci_safe.h"
#include "engine/report/counts.h"
#include "engine/report/error_text.h"
#include "engine/report/row_text.h"

namespace holdfast {
namespace {

bool shown(const RowView& view, const PlanTextOptions& options) {
  switch (view.fate) {
    case Fate::LeftOut:
      return false;
    case Fate::Unchanged:
      return options.unchanged;
    case Fate::Check:
      return !options.drift || options.unchanged;
    case Fate::Adopt:
      return !options.drift;
    default:
      return true;
  }
}

/// What is to say of the host as a whole.
std::string host_notes(const Plan& plan, const HostPlan& host, const Ink& ink, bool drift) {
  std::string out;
  const auto note = [&](const std::string& text) { out += "  " + ink.yellow(text) + "\n"; };
  if (const std::string record = record_note(plan, host); !record.empty()) note(record);
  if (host.pause) note(printable(host.pause->text()) + "; apply refuses");
  for (const EndedAlone& ended : host.alone) note(alone_note(ended));
  for (const std::string& own : own_notes(plan, host)) note(own);
  if (const std::string guard = guard_note(plan, host); !guard.empty() && !drift) note(guard);
  if (!host.holder.empty()) {
    const auto meta = parse_meta(host.holder);
    note((host.guarded ? "a run has lost its controller here; the host takes it back by itself"
                       : "another run works on this host now") +
         (meta ? printable(": " + meta->id + " of " + meta->user + " on " + meta->from +
                           ", since " + meta->started)
               : std::string()));
  } else if (!host.open_run.empty()) {
    const std::string run = printable(host.open_run);
    note("run " + run + " was cut off: `holdfast recover` takes it back");
  }
  for (const std::string& orphan : host.kept_orphans) {
    out += "    " +
           ink.dim("orphan  " + printable(orphan) +
                   "  [no manifest names it any more; stays without --prune]") +
           "\n";
  }
  return out;
}

/// A host's block without its name. "" where there is nothing to say.
std::string host_body(const Plan& plan, const HostPlan& host, const Registry& registry,
                      const Ink& ink, const PlanTextOptions& options) {
  if (host.unreachable) {
    return "  " + ink.red(record_refused(host) ? "refused" : "unreachable") + "\n" +
           indented(error_text(*host.unreachable, ink.colour()), 4);
  }
  std::string rows;
  bool worth_it = options.unchanged;
  for (const std::size_t index : plan.rows_of(host.host)) {
    RowView view = view_row(plan, index, registry);
    // The host's own note says it once for all of them.
    if (host.stateless && !options.drift) view.standing = Standing::Same;
    if (!shown(view, options)) continue;
    worth_it = worth_it || view.fate != Fate::Check;
    rows += row_text(view, ink, options);
  }
  const std::string notes = host_notes(plan, host, ink, options.drift);
  // A host where only checks stand, and nothing else is to say, is a host without changes.
  const bool quiet = !worth_it && host.open_run.empty() && host.kept_orphans.empty() &&
                     host.alone.empty() && !host.pause && own_notes(plan, host).empty() &&
                     !record_lost(host);
  return quiet ? "" : notes + rows;
}

struct HostBlock {
  std::vector<std::string> hosts;
  std::string body;
};

std::vector<HostBlock> blocks(const Plan& plan, const Registry& registry, const Ink& ink,
                              const PlanTextOptions& options) {
  std::vector<HostBlock> out;
  for (const HostPlan& host : plan.hosts) {
    std::string body = host_body(plan, host, registry, ink, options);
    if (body.empty()) continue;
    const auto same =
        std::find_if(out.begin(), out.end(), [&](const HostBlock& b) { return b.body == body; });
    if (same != out.end()) {
      same->hosts.push_back(printable(host.title()));
    } else {
      out.push_back({{printable(host.title())}, std::move(body)});
    }
  }
  return out;
}

}  // namespace

std::string plan_text(const Plan& plan, const Registry& registry, const PlanTextOptions& options) {
  const Ink ink(options.colour);
  std::string out;
  for (const HostBlock& block : blocks(plan, registry, ink, options)) {
    out += ink.bold(join(block.hosts, ", "));
    if (block.hosts.size() > 1) out += ink.dim("  (each)");
    out += "\n" + block.body + "\n";
  }
  const Counts counts = count(plan, registry);
  out += ink.bold(options.drift ? drift_summary(counts) : plan_summary(counts)) + "\n";
  return ci_safe(out);
}

}  // namespace holdfast
