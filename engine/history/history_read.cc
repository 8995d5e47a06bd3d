#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "engine/core/text.h"
#include "engine/history/history.h"
#include "engine/history/sql.h"
#include "engine/history/sql_values.h"

namespace holdfast {
namespace {

std::vector<std::string> list_of(const std::string& json) {
  std::vector<std::string> out;
  const auto items = nlohmann::json::parse(json, nullptr, false);
  if (!items.is_array()) return out;
  for (const auto& item : items) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

/// `"` and `%` of a prefix mean themselves.
std::string beginning(const std::string& prefix) {
  std::string out;
  for (const char c : prefix) {
    if (c == '%' || c == '_' || c == '!') out += '!';
    out += c;
  }
  return out + "%";
}

}  // namespace

Result<std::vector<RunEntry>> History::runs(const HistoryFilter& filter) {
  Sql inner(std::string("SELECT ") + (filter.latest ? "MAX(run)" : "run") +
            " FROM holdfast_runs WHERE started >= ");
  inner.value(filter.since).among("host", filter.hosts);
  if (!filter.run.empty()) {
    inner << " AND run LIKE ";
    inner.value(beginning(filter.run)) << " ESCAPE '!'";
  }
  inner << (filter.latest ? " GROUP BY host, project, environment"
                          : " GROUP BY run ORDER BY MAX(started) DESC, run DESC");
  if (filter.most > 0) {
    inner << " LIMIT ";
    inner.value(std::int64_t{filter.most});
  }
  Sql sql = inner;
  sql = Sql(
      "SELECT run, host, machine, command, of_run, project, environment, os_user, origin, ci,"
      " plan, started, ended, status, ended_by, changed, error FROM holdfast_runs WHERE run IN (" +
      inner.text() + ")");
  std::vector<std::string> values = inner.values();
  HF_TRY(std::vector<Row> rows,
         database_->run(sql.text() + " ORDER BY started DESC, run DESC, host", values));
  std::vector<RunEntry> out;
  std::set<std::tuple<std::string, std::string, std::string>> known;
  for (Row& r : rows) {
    // A run that is the newest of one host is an older one of another.
    if (filter.latest && !known.emplace(r[1], r[5], r[6]).second) continue;
    const bool wanted = filter.hosts.empty() || std::find(filter.hosts.begin(), filter.hosts.end(),
                                                          r[1]) != filter.hosts.end();
    if (!wanted) continue;
    out.push_back({r[0],
                   r[1],
                   r[2],
                   r[3],
                   r[4],
                   {r[5], r[6], r[7], r[8], r[9]},
                   r[10],
                   r[11],
                   r[12],
                   r[13],
                   r[14],
                   number_of(r[15]),
                   r[16]});
  }
  return out;
}

Result<PlanEntry> History::plan(const std::string& digest) {
  HF_TRY(std::vector<Row> rows,
         database_->run("SELECT digest, made, command, project, environment, os_user, origin, ci,"
                        " document FROM holdfast_plans WHERE digest LIKE $1 ESCAPE '!' LIMIT 2",
                        {beginning(digest)}));
  if (rows.size() == 1) {
    Row& r = rows[0];
    return PlanEntry{r[0], r[1], r[2], {r[3], r[4], r[5], r[6], r[7]}, std::move(r[8])};
  }
  return fail(Code::UnknownHistoryEntry,
              "the history knows " +
                  std::string(rows.empty() ? "no run or plan" : "several plans") + " '" +
                  printable(digest) + "'",
              "`holdfast history` lists the runs, and which plan each carried out");
}

Result<std::vector<DriftEntry>> History::drift(const HistoryFilter& filter) {
  Sql sql(
      "SELECT id, host, machine, project, environment, scope, first_seen, last_seen, looks, result,"
      " drift, pending, stranger, unknown, orphans, resources, what FROM holdfast_drift"
      " WHERE last_seen >= ");
  sql.value(filter.since).among("host", filter.hosts);
  if (filter.latest) {
    sql << " AND id IN (SELECT MAX(id) FROM holdfast_drift"
           " GROUP BY host, project, environment, scope)";
  }
  sql << " ORDER BY last_seen DESC, host, id DESC";
  if (filter.most > 0) {
    sql << " LIMIT ";
    sql.value(std::int64_t{filter.most});
  }
  HF_TRY(const std::vector<Row> rows, database_->run(sql.text(), sql.values()));
  std::vector<DriftEntry> out;
  for (const Row& r : rows) {
    DriftEntry e{.id = r[0],
                 .host = r[1],
                 .machine = r[2],
                 .scope = r[5],
                 .first = r[6],
                 .last = r[7],
                 .looks = number_of(r[8]),
                 .result = r[9]};
    e.by.project = r[3];
    e.by.environment = r[4];
    std::tie(e.drift, e.pending, e.stranger, e.unknown, e.orphans, e.resources) =
        std::make_tuple(number_of(r[10]), number_of(r[11]), number_of(r[12]), number_of(r[13]),
                        number_of(r[14]), number_of(r[15]));
    e.what = list_of(r[16]);
    out.push_back(std::move(e));
  }
  return out;
}

Result<std::vector<Anchor>> History::anchors(const std::string& machine) {
  HF_TRY(const std::vector<Row> rows,
         database_->run("SELECT number, head FROM holdfast_anchors WHERE machine = $1 AND void = 0"
                        " ORDER BY number",
                        {printable(machine)}));
  std::vector<Anchor> out;
  for (const Row& row : rows) out.push_back({number_of(row[0]), row[1]});
  return out;
}

Result<std::vector<OnServersEntry>> History::on_servers(const std::string& project,
                                                        const std::string& environment) {
  HF_TRY(const std::vector<Row> rows,
         database_->run("SELECT host, seen, document FROM holdfast_on_servers WHERE project = $1"
                        " AND environment = $2 ORDER BY host",
                        all_printable({project, environment})));
  std::vector<OnServersEntry> out;
  for (const Row& row : rows) {
    out.push_back({.host = row[0], .seen = row[1], .document = row[2]});
    out.back().by.project = project;
    out.back().by.environment = environment;
  }
  return out;
}

}  // namespace holdfast
