#include "engine/cli/history_book.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "engine/cli/on_servers.h"
#include "engine/cli/output.h"
#include "engine/cli/planning.h"
#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "engine/plan/refusals.h"
#include "engine/report/plan_json.h"
#include "engine/report/progress.h"
#include "engine/report/row_view.h"

namespace holdfast {
namespace {

/// Of what drifted on one host; more is seen in the plan.
constexpr std::size_t kMostNamed = 50;
/// Clocks of controllers differ, and a look takes its time.
constexpr int kDoubtSeconds = 600;

bool trusted(const Session& session) {
  return session.trust() == Trust::Full ||
         trust_level(session.options(), session.registry()) == Trust::Full;
}

void count_row(const Plan& plan, std::size_t row, const Registry& registry, DriftEntry& out) {
  const Declaration& declaration = plan.declarations[row];
  const Fate what = fate(declaration, plan.rows[row], registry);
  ++out.resources;
  if (what == Fate::Unknown) ++out.unknown;
  if (!is_change(what) && !displaced(plan.rows[row])) return;
  switch (plan.rows[row].standing) {
    case Standing::Both:
    case Standing::Drift:
      ++out.drift;
      if (out.what.size() < kMostNamed) out.what.push_back(declaration.resource.address());
      break;
    case Standing::Stranger:
      ++out.stranger;
      break;
    case Standing::New:
    case Standing::Pending:
      ++out.pending;
      break;
    case Standing::Same:
      break;
  }
}

const char* result_word(const HostPlan& host, const DriftEntry& e) {
  if (host.unreachable) return record_refused(host) ? "refused" : "unreachable";
  if (e.drift > 0) return "drift";
  if (e.stranger > 0) return "stranger";
  if (e.pending > 0) return "pending";
  return e.unknown > 0 ? "unknown" : "same";
}

bool changes_host(const Plan& plan, const HostPlan& host) {
  const auto rows = plan.rows_of(host.host);
  return !host.unreachable && std::any_of(rows.begin(), rows.end(), [&](std::size_t row) {
    return plan.rows[row].changes() || (plan.rows[row].adopt && plan.rows[row].selected);
  });
}

}  // namespace

Result<HistoryPlace> history_place(const Session& session) {
  const Options& options = session.options();
  const Project& project = session.project();
  std::error_code ignored;
  if (!options.history.empty()) {
    return parse_history_place(options.history, std::filesystem::current_path(ignored).string());
  }
  // A stranger's project neither says where to write nor fills what is ours.
  if (options.untrusted) return HistoryPlace{};
  if (project.history.empty()) return default_history_place();
  auto place = parse_history_place(project.history, project.folder);
  if (!place) {
    Error error = std::move(place.error());
    error.where = project.history_where;
    return fail(std::move(error));
  }
  if (place->kind == HistoryPlace::Kind::None || trusted(session)) return place;
  return fail(
      Error{.code = Code::HistoryUnusable,
            .message = "holdfast.yaml may not say on this machine where the history is",
            .where = project.history_where,
            .hint = "`holdfast trust` lets it; so does --history " + printable(place->text())});
}

std::string plan_digest(const Plan& plan, const Registry& registry) {
  return sha256_hex(plan_json(plan, registry));
}

bool HistoryBook::required() const {
  return session_.options().require_history || session_.project().history_required;
}

void HistoryBook::warn(Error error) const {
  Diagnostics diagnostics;
  error.message = "not written into the history: " + error.message;
  if (error.hint.empty()) error.hint = "`--history none` keeps none";
  diagnostics.warning(std::move(error));
  complain(session_.options(), diagnostics);
}

Doer HistoryBook::doer() const {
  return {meta_.project, meta_.environment, meta_.user, meta_.from, meta_.ci};
}

Result<void> HistoryBook::write(Entries entries, Access access) const {
  HF_TRY(const HistoryPlace place, history_place(session_));
  if (place.kind == HistoryPlace::Kind::None) {
    if (required()) return fail(Code::HistoryUnusable, "it is required, and there is none");
    return {};
  }
  flush_output();  // nobody waits for what is to be read
  HF_TRY(const auto history, History::open(place, access));
  HF_TRY(const std::vector<std::string> wrong, history->record(std::move(entries)));
  Diagnostics diagnostics;
  for (const std::string& line : wrong) {
    diagnostics.warning({.code = Code::ChainBroken,
                         .message = line,
                         .hint = "`holdfast runs --verify` looks closer"});
  }
  complain(session_.options(), diagnostics);
  return {};
}

AnchorEntry HistoryBook::anchor(const std::string& machine, const std::string& host,
                                const ChainHead& head) const {
  return {.machine = machine.empty() ? "name:" + host : machine,
          .host = host,
          .head = head,
          .seen = now_text(),
          .doubt = time_text(session_.started_at() - kDoubtSeconds),
          .by = doer()};
}

void HistoryBook::add_look(const Plan& plan, Entries& entries) const {
  const Options& options = session_.options();
  const std::string now = now_text();
  std::map<std::string, DriftEntry> found;
  for (const HostPlan& host : plan.hosts) {
    DriftEntry e{
        .host = host.host, .machine = host.machine_id, .by = doer(), .first = now, .last = now};
    e.scope = join(options.manifests, " ");
    e.orphans = static_cast<std::int64_t>(host.kept_orphans.size());
    found[host.host] = std::move(e);
    if (host.chain.number > 0) {
      entries.anchors.push_back(anchor(host.machine_id, host.host, host.chain));
    }
    for (const EndedAlone& ended : host.alone) {
      entries.ends.push_back({ended.run, host.host, ended.status, ended.by, now});
    }
  }
  entries.on_servers = on_servers_of(plan, session_.registry(), doer(), nullptr);
  // What looks at a part of a host says nothing of the whole.
  if (!options.tags.empty() || !options.targets.empty()) return;
  for (std::size_t row = 0; row < plan.rows.size(); ++row) {
    const auto e = found.find(plan.declarations[row].host);
    if (e != found.end()) count_row(plan, row, session_.registry(), e->second);
  }
  for (const HostPlan& host : plan.hosts) {
    DriftEntry& e = found.at(host.host);
    e.result = result_word(host, e);
    entries.drift.push_back(std::move(e));
  }
}

void HistoryBook::look(const Plan& plan) {
  Entries entries;
  add_look(plan, entries);
  const Options& options = session_.options();
  // A private text is shown to whoever asked for it, and kept nowhere.
  if (plan.changes() && !options.show_private) {
    std::string document = plan_json(plan, session_.registry());
    entries.plans.push_back(
        {sha256_hex(document), meta_.started, meta_.command, doer(), std::move(document)});
  }
  add(std::move(entries));
}

void HistoryBook::add(Entries entries) const {
  if (entries.empty()) return;
  if (auto written = write(std::move(entries), Access::Write); !written) {
    warn(std::move(written.error()));
  }
}

RunEntry HistoryBook::run_entry(const std::string& host) const {
  RunEntry out{
      .run = meta_.id, .host = host, .command = meta_.command, .of = meta_.of, .by = doer()};
  out.plan = meta_.digest;
  out.started = meta_.started;
  return out;
}

bool HistoryBook::begin(const Plan& plan) {
  Entries entries;
  add_look(plan, entries);
  std::string document = plan_json(plan, session_.registry());
  entries.plans.push_back(
      {meta_.digest, meta_.started, meta_.command, doer(), std::move(document)});
  for (const HostPlan& host : plan.hosts) {
    if (!changes_host(plan, host)) continue;
    RunEntry e = run_entry(host.host);
    e.machine = host.machine_id;
    entries.runs.push_back(std::move(e));
  }
  auto written = write(std::move(entries), Access::Durable);
  if (written) return true;
  if (!required()) {
    warn(std::move(written.error()));
    return true;
  }
  Diagnostics diagnostics;
  written.error().message =
      "nothing was changed: the history is required, and " + written.error().message;
  diagnostics.error(std::move(written.error()));
  complain(session_.options(), diagnostics);
  return false;
}

RunEntry HistoryBook::run_entry(const HostOutcome& host) const {
  RunEntry out = run_entry(host.host);
  out.machine = host.machine;
  out.ended = now_text();
  out.status = std::string(host_end_word(host.end));
  out.changed = host.changed;
  if (host.error) out.error = host.error->message;
  return out;
}

bool HistoryBook::end(const Outcome& outcome, const Plan* plan) {
  Entries entries;
  if (plan != nullptr) {
    entries.on_servers = on_servers_of(*plan, session_.registry(), doer(), &outcome);
  }
  for (const HostOutcome& host : outcome.hosts) {
    // What ends a run that was cut off is none itself.
    if (host.taken_back.empty() || !host.run.empty()) entries.runs.push_back(run_entry(host));
    if (host.chain.number > 0) {
      entries.anchors.push_back(anchor(host.machine, host.host, host.chain));
    }
    if (host.cut_off && host.cut_off->status != "open") {
      entries.ends.push_back(
          {host.cut_off->run, host.host, host.cut_off->status, meta_.id, now_text()});
    }
    for (const EndedRun& run : host.taken_back) {
      entries.ends.push_back({run.run, host.host, run.status, meta_.id, now_text()});
    }
  }
  if (entries.empty()) return true;
  auto written = write(std::move(entries), Access::Durable);
  if (written) return true;
  warn(std::move(written.error()));
  return !required();
}

}  // namespace holdfast
