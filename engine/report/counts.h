#pragma once

#include <cstddef>
#include <string>

#include "engine/report/row_view.h"

namespace holdfast {

/// What a plan comes to.
struct Counts {
  std::size_t hosts = 0, changing_hosts = 0, unreachable = 0, cut_off = 0;
  std::size_t resources = 0;  ///< Selected ones, on hosts that answered.
  std::size_t create = 0, update = 0, replace = 0, remove = 0, run = 0;
  std::size_t checks = 0, adopt = 0, unknown = 0, refused = 0, unchanged = 0, left_out = 0;
  std::size_t audited = 0;  ///< Differ, and are only shown; in no other number of changes.
  std::size_t drift = 0, pending = 0, strangers = 0;  ///< Of what differs, `audited` included.
  std::size_t for_good = 0;                           ///< Changes that no rollback takes back.
  std::size_t shut_out = 0;                           ///< Changes that drop the run's own login.
  std::size_t orphans = 0;                            ///< That stay.
  std::size_t spoilt = 0;     ///< Hosts whose record can't be used; not among `unreachable`.
  std::size_t displaced = 0;  ///< Of `refused`: ours, and something else lies in its place.

  std::size_t changes() const { return create + update + replace + remove + run; }
  /// Whether apply would find something to do to a host.
  bool nothing() const { return changes() + unknown + refused + audited == 0; }
  /// Whether a host differs from what is wanted, or can't be told: what every apply runs does not.
  bool differs() const { return drift + pending + strangers + unknown + refused > 0; }
  /// Hosts of which anything is known.
  std::size_t answered() const { return hosts - unreachable - spoilt; }
};

Counts count(const Plan& plan, const Registry& registry);

/// "Plan: 3 to create, 1 to update, 0 to delete on 2 hosts; 12 unchanged.", or "Nothing to change
/// on 3 hosts (100 resources)."
std::string plan_summary(const Counts& counts);
/// "Drift: 2 changed by somebody else, 1 pending on 2 hosts; 12 unchanged.", or "No drift on …".
std::string drift_summary(const Counts& counts);

}  // namespace holdfast
