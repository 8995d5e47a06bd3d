#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "engine/core/text.h"
#include "engine/wiring/checks.h"

namespace holdfast {
namespace {

/// Whether any target of the run leads to a listener.
std::set<const Listener*> scraped(const Wiring& wiring) {
  std::set<const Listener*> out;
  for (const ScrapeJob& job : wiring.ends.jobs) {
    for (const AskedTarget& target : job.targets) out.insert(wiring.listener(job, target));
  }
  return out;
}

/// An exporter that says what it gives, and that no job asks.
bool is_lonely(const Listener& listener, const std::set<const Listener*>& asked) {
  return listener.port != 0 && listener.exports.known && asked.count(&listener) == 0;
}

/// Whether a target's labels say that this very exporter is meant.
bool fits_labels(const AskedTarget& target, const Listener& listener) {
  bool fits = false;
  for (const auto& [name, value] : target.labels) {
    const auto theirs = listener.exports.labels.find(name);
    if (theirs == listener.exports.labels.end()) continue;
    if (theirs->second != value) return false;
    fits = true;
  }
  return fits;
}

/// A target at an address that is no host's, beside an exporter with its port and labels that
/// nobody asks.
void check_address(const Wiring& wiring, const ScrapeJob& job, const AskedTarget& target,
                   const std::set<const Listener*>& asked, Diagnostics& diagnostics) {
  for (const Listener& listener : wiring.ends.listeners) {
    const std::string& address = wiring.machines.address(listener.machine);
    if (!is_lonely(listener, asked) || listener.port != target.port ||
        !same_link(address, target.host) || !fits_labels(target, listener)) {
      continue;
    }
    diagnostics.error(on_host(
        {.code = Code::NobodyListens,
         .message = "scrape job " + in_quotes(job.name) + " asks " + target_text(target) +
                    ", which is no host of the inventory: " + listener.who + " listens at " +
                    printable(address) + ":" + std::to_string(listener.port),
         .where = target.place(),
         .hint = "give both the same address; a program that no manifest speaks of is told by "
                 "'metrics' of the job",
         .notes = {{listener.place(), "the exporter that no job asks"}}},
        listener.host));
    return;
  }
}

/// A target that leads nowhere, on a machine with an exporter that nobody asks: one of both has the
/// wrong port. Any other port may be that of a program which no manifest speaks of.
void check_listeners(const Wiring& wiring, Diagnostics& diagnostics) {
  const std::set<const Listener*> asked = scraped(wiring);
  for (const ScrapeJob& job : wiring.ends.jobs) {
    if (job.rewrites || job.exports.known) continue;
    for (const AskedTarget& target : job.targets) {
      const std::string machine = wiring.machine(job, target);
      if (machine.empty()) check_address(wiring, job, target, asked, diagnostics);
      if (machine.empty() || wiring.listener(job, target) != nullptr) continue;
      for (const Listener& listener : wiring.ends.listeners) {
        if (listener.machine != machine || !is_lonely(listener, asked)) continue;
        diagnostics.error(on_host(
            {.code = Code::NobodyListens,
             .message = "scrape job " + in_quotes(job.name) + " asks " + target_text(target) +
                        ", where nothing listens: " + listener.who + " listens on port " +
                        std::to_string(listener.port),
             .where = target.place(),
             .hint = "give both the same port; a program that no manifest speaks of is told by "
                     "'metrics' of the job",
             .notes = {{listener.place(), "the exporter that no job asks"}}},
            listener.host));
        break;
      }
    }
  }
}

void check_twice(const Wiring& wiring, Diagnostics& diagnostics) {
  struct Asked {
    const ScrapeJob* job;
    const AskedTarget* target;
  };
  // One server, one machine or address, one port and one path.
  std::map<std::tuple<std::string, std::string, int, std::string>, Asked> seen;
  for (const ScrapeJob& job : wiring.ends.jobs) {
    if (job.rewrites) continue;
    for (const AskedTarget& target : job.targets) {
      const std::string machine = wiring.machine(job, target);
      const auto [first, fresh] = seen.try_emplace(
          {job.machine, machine.empty() ? target.host : machine, target.port, job.path},
          Asked{&job, &target});
      if (fresh) continue;
      const Asked& other = first->second;
      const bool same_job = other.job->name == job.name;
      Error error = on_host(
          {.code = Code::TargetTwice,
           .message = (same_job ? "scrape job " + in_quotes(job.name) + " asks "
                                : "scrape jobs " + in_quotes(other.job->name) + " and " +
                                      in_quotes(job.name) + " both ask ") +
                      target_text(target) + (same_job ? " twice" : ""),
           .where = target.place(),
           .hint = "a program has one target; several roles of a host are told by labels",
           .notes = {{other.target->place(), target_text(*other.target) + " the first time"}}},
          job.host);
      if (same_job) {
        diagnostics.error(std::move(error));
      } else {
        diagnostics.warning(std::move(error));
      }
    }
  }
}

void check_labels(const Wiring& wiring, Diagnostics& diagnostics) {
  for (const ScrapeJob& job : wiring.ends.jobs) {
    if (!job.honor_labels || job.rewrites) continue;
    for (const AskedTarget& target : job.targets) {
      const Listener* listener = wiring.listener(job, target);
      if (listener == nullptr) continue;
      for (const auto& [name, value] : target.labels) {
        const auto theirs = listener->exports.labels.find(name);
        if (theirs == listener->exports.labels.end() || theirs->second == value ||
            theirs->second.empty()) {
          continue;
        }
        diagnostics.error(on_host(
            {.code = Code::LabelOverridden,
             .message = "target " + target_text(target) + " of scrape job " + in_quotes(job.name) +
                        " has " + printable(name) + "=" + in_quotes(value) +
                        ", but its exporter says " + in_quotes(theirs->second) +
                        ", and honor_labels lets it",
             .where = target.place(),
             .hint = "give both the same value, or take 'honor_labels' away",
             .notes = {{listener->place(), listener->who + " says " + in_quotes(theirs->second)}}},
            listener->host));
      }
    }
  }
}

}  // namespace

void check_targets(const Wiring& wiring, Diagnostics& diagnostics) {
  check_listeners(wiring, diagnostics);
  check_twice(wiring, diagnostics);
  check_labels(wiring, diagnostics);
}

}  // namespace holdfast
