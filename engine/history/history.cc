#include "engine/history/history.h"

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "engine/core/clock.h"
#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "engine/history/schema.h"
#include "engine/history/sql.h"
#include "engine/history/sql_values.h"

namespace holdfast {
namespace {

/// SQLite's time for a statement grows with the square of its values.
constexpr std::size_t kRowsAtOnce = 100;

constexpr int kTries = 5;

template <class Entry>
Result<void> in_parts(const std::vector<Entry>& all,
                      const std::function<Result<void>(const std::vector<Entry>&)>& put) {
  for (std::size_t at = 0; at < all.size(); at += kRowsAtOnce) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(at);
    const auto count = static_cast<std::ptrdiff_t>(std::min(kRowsAtOnce, all.size() - at));
    HF_CHECK(put({begin, begin + count}));
  }
  return {};
}

std::string list_text(const std::vector<std::string>& items) {
  return nlohmann::json(all_printable(items)).dump();
}

/// What must be the same for two looks to have found the same.
std::vector<std::string> found(const DriftEntry& e) {
  return all_printable({e.host, e.machine, e.by.project, e.by.environment, e.scope, e.result,
                        decimal(e.drift), decimal(e.pending), decimal(e.stranger),
                        decimal(e.unknown), decimal(e.orphans), decimal(e.resources),
                        list_text(e.what)});
}

}  // namespace

Result<std::unique_ptr<History>> History::open(const HistoryPlace& place, Access access) {
  HF_TRY(std::unique_ptr<Database> database, open_database(place, access));
  if (!database) return std::unique_ptr<History>();
  if (access != Access::Read) {
    HF_CHECK(prepare_tables(*database));
  } else {
    HF_TRY(const bool there, tables_are_there(*database));
    if (!there) return std::unique_ptr<History>();
  }
  return std::unique_ptr<History>(new History(std::move(database)));
}

Result<std::vector<std::string>> History::record(Entries entries) {
  if (entries.empty()) return std::vector<std::string>();
  for (int tries = 1;; ++tries) {
    HF_CHECK(database_->begin(false));
    auto done = write(entries);
    if (done) {
      if (auto kept = database_->run("COMMIT"); !kept) done = fail(std::move(kept.error()));
    }
    if (done) return done;
    const bool again = database_->may_pass() && tries < kTries;
    (void)!database_->run("ROLLBACK");
    if (!again) return done;
  }
}

Result<std::vector<std::string>> History::write(Entries& entries) {
  // Two controllers that write the same rows at once must meet them in one order.
  const auto by_host = [](const auto& a, const auto& b) { return a.host < b.host; };
  std::sort(entries.runs.begin(), entries.runs.end(), by_host);
  std::sort(entries.ends.begin(), entries.ends.end(), by_host);
  std::sort(entries.drift.begin(), entries.drift.end(), by_host);
  std::sort(entries.on_servers.begin(), entries.on_servers.end(), by_host);
  std::sort(entries.anchors.begin(), entries.anchors.end(),
            [](const auto& a, const auto& b) { return a.machine < b.machine; });
  HF_CHECK(put_plans(entries.plans));
  HF_CHECK(in_parts<RunEntry>(entries.runs, [&](const auto& part) { return put_runs(part); }));
  HF_CHECK(put_ends(entries.ends));
  HF_CHECK(in_parts<DriftEntry>(entries.drift, [&](const auto& part) { return put_drift(part); }));
  HF_CHECK(put_on_servers(entries.on_servers));
  std::vector<std::string> wrong;
  HF_CHECK(in_parts<AnchorEntry>(entries.anchors, [&](const auto& part) -> Result<void> {
    HF_TRY(const std::vector<std::string> some, contradictions(part));
    wrong.insert(wrong.end(), some.begin(), some.end());
    return put_anchors(part);
  }));
  return wrong;
}

Result<void> History::put_plans(const std::vector<PlanEntry>& plans) {
  for (const PlanEntry& e : plans) {
    Sql sql("INSERT INTO holdfast_plans VALUES ");
    std::vector<std::string> row = all_printable({e.digest, e.made, e.command, e.by.project,
                                                  e.by.environment, e.by.user, e.by.from, e.by.ci});
    row.push_back(e.document);
    sql.row(row) << " ON CONFLICT (digest) DO NOTHING";
    HF_CHECK(database_->run(sql.text(), sql.values()));
  }
  return {};
}

Result<void> History::put_runs(const std::vector<RunEntry>& runs) {
  Sql sql("INSERT INTO holdfast_runs VALUES ");
  for (const RunEntry& e : runs) {
    sql.row(all_printable({e.run, e.host, e.machine, e.command, e.of, e.by.project,
                           e.by.environment, e.by.user, e.by.from, e.by.ci, e.plan, e.started,
                           e.ended, e.status, e.ended_by, decimal(e.changed), e.error}));
  }
  sql << " ON CONFLICT (run, host) DO UPDATE SET machine = CASE WHEN excluded.machine = '' THEN"
         " holdfast_runs.machine ELSE excluded.machine END, ended = excluded.ended,"
         " status = excluded.status, ended_by = excluded.ended_by, changed = excluded.changed,"
         " error = excluded.error";
  HF_CHECK(database_->run(sql.text(), sql.values()));
  return {};
}

Result<void> History::put_ends(const std::vector<LaterEnd>& ends) {
  for (const LaterEnd& e : ends) {
    // The same is told again and again until the host forgets it.
    HF_CHECK(
        database_->run("UPDATE holdfast_runs SET status = $1, ended_by = $2,"
                       " ended = CASE WHEN ended = '' THEN $3 ELSE ended END"
                       " WHERE run = $4 AND host = $5 AND (status <> $1 OR ended_by <> $2)",
                       all_printable({e.status, e.by, e.at, e.run, e.host})));
  }
  return {};
}

Result<void> History::put_drift(const std::vector<DriftEntry>& drift) {
  Sql latest(
      "SELECT id, host, machine, project, environment, scope, result, drift, pending, stranger,"
      " unknown, orphans, resources, what FROM holdfast_drift WHERE id IN (SELECT MAX(id) FROM"
      " holdfast_drift WHERE 1 = 1");
  std::vector<std::string> hosts;
  for (const DriftEntry& e : drift) hosts.push_back(printable(e.host));
  latest.among("host", hosts) << " GROUP BY host, project, environment, scope)";
  HF_TRY(const std::vector<Row> rows, database_->run(latest.text(), latest.values()));
  std::map<std::vector<std::string>, std::string> known;
  for (const Row& row : rows) known[{row.begin() + 1, row.end()}] = row[0];

  Sql again("UPDATE holdfast_drift SET looks = looks + 1, last_seen = ");
  again.value(drift.front().last) << " WHERE 1 = 1";
  std::vector<std::string> same;
  Sql fresh("INSERT INTO holdfast_drift VALUES ");
  for (const DriftEntry& e : drift) {
    const auto before = known.find(found(e));
    if (before != known.end()) {
      same.push_back(before->second);
      continue;
    }
    fresh.row(all_printable({e.id.empty() ? new_run_id() : e.id, e.host, e.machine, e.by.project,
                             e.by.environment, e.scope, e.first, e.last, decimal(e.looks), e.result,
                             decimal(e.drift), decimal(e.pending), decimal(e.stranger),
                             decimal(e.unknown), decimal(e.orphans), decimal(e.resources),
                             list_text(e.what)}));
  }
  if (!same.empty()) {
    again.among("id", same);
    HF_CHECK(database_->run(again.text(), again.values()));
  }
  if (fresh.values().empty()) return {};
  HF_CHECK(database_->run(fresh.text(), fresh.values()));
  return {};
}

Result<void> History::put_anchors(const std::vector<AnchorEntry>& anchors) {
  Sql sql("INSERT INTO holdfast_anchors VALUES ");
  for (const AnchorEntry& e : anchors) {
    sql.row(all_printable({e.machine, decimal(e.head.number), e.head.head, e.host, e.seen,
                           e.by.user, e.by.from, "0"}));
  }
  sql << " ON CONFLICT (machine, number, head) DO NOTHING";
  HF_CHECK(database_->run(sql.text(), sql.values()));
  return {};
}

Result<void> History::put_on_servers(const std::vector<OnServersEntry>& entries) {
  for (const OnServersEntry& e : entries) {
    std::vector<std::string> row = all_printable({e.by.project, e.by.environment, e.host, e.seen});
    if (e.document.empty()) {
      row.pop_back();
      HF_CHECK(
          database_->run("DELETE FROM holdfast_on_servers WHERE project = $1"
                         " AND environment = $2 AND host = $3",
                         row));
      continue;
    }
    row.push_back(e.document);
    HF_CHECK(
        database_->run("INSERT INTO holdfast_on_servers VALUES ($1, $2, $3, $4, $5)"
                       " ON CONFLICT (project, environment, host) DO UPDATE SET"
                       " seen = excluded.seen, document = excluded.document"
                       " WHERE holdfast_on_servers.document <> excluded.document",
                       row));
  }
  return {};
}

Result<std::vector<std::string>> History::contradictions(const std::vector<AnchorEntry>& anchors) {
  std::vector<std::string> out;
  std::vector<std::string> machines;
  std::map<std::string, const AnchorEntry*> shown;
  for (const AnchorEntry& e : anchors) {
    machines.push_back(printable(e.machine));
    shown[machines.back()] = &e;
  }
  Sql sql(
      "SELECT a.machine, a.number, a.head, a.seen FROM holdfast_anchors a JOIN (SELECT machine,"
      " MAX(number) AS top FROM holdfast_anchors WHERE void = 0");
  sql.among("machine", machines) << " GROUP BY machine) t ON a.machine = t.machine AND"
                                    " a.number = t.top WHERE a.void = 0";
  HF_TRY(const std::vector<Row> rows, database_->run(sql.text(), sql.values()));
  for (const Row& row : rows) {
    const AnchorEntry& e = *shown.at(row[0]);
    if (number_of(row[1]) < e.head.number) continue;
    if (number_of(row[1]) == e.head.number) {
      if (row[2] == e.head.head) continue;
      out.push_back(printable(e.host) + ": its chain of runs is not the one that was there before");
    } else if (row[3] < e.doubt) {
      out.push_back(printable(e.host) + ": its chain of runs is shorter than it was: link " +
                    decimal(e.head.number) + ", where link " + row[1] + " was seen");
    }
  }
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Result<void> History::accept(const AnchorEntry& anchor) {
  HF_CHECK(database_->begin(false));
  const auto write = [&]() -> Result<void> {
    HF_CHECK(database_->run("UPDATE holdfast_anchors SET void = 1 WHERE machine = $1",
                            {printable(anchor.machine)}));
    if (anchor.head.number > 0) {
      HF_CHECK(database_->run(
          "DELETE FROM holdfast_anchors WHERE machine = $1 AND number = $2"
          " AND head = $3",
          {printable(anchor.machine), decimal(anchor.head.number), anchor.head.head}));
      HF_CHECK(put_anchors({anchor}));
    }
    HF_CHECK(database_->run("COMMIT"));
    return {};
  };
  auto done = write();
  if (!done) (void)!database_->run("ROLLBACK");
  return done;
}

}  // namespace holdfast
