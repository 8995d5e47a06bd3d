#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/value.h"
#include "engine/manifest/manifest.h"

namespace holdfast {

/// What a host remembers of one object that holdfast looks after.
struct ObjectRecord {
  std::string kind, name, address;
  Owner owner;
  bool protect =
      false;  ///< Said so when it was last applied: never deleted, not as an orphan either.
  bool created = false;  ///< Made by holdfast; false: it was there and has been adopted.
  State attributes{};  ///< Last applied. Secrets as "hmac:…", with a key that stays on the host.
  std::string started_with{};   ///< Digest of what a service last started with (restart_on);
                                ///< "pending": it changes now.
  std::string reloaded_with{};  ///< The same for reload_on.
  std::vector<std::string>
      after{};  ///< Identities that it was made after: an orphan goes before them.
  /// A restart that a run left for later: it has happened once the service is in another life.
  struct Left {
    std::string run;
    std::string life;                             ///< That the service was in then.
    std::string started_with{}, reloaded_with{};  ///< What it starts with in the next one.
  };
  std::optional<Left> left{};
};

/// state.json of one host: per object by identity. Format 1; a newer one is refused before anything
/// is written.
struct HostState {
  static constexpr int kFormat = 1;
  std::string machine;  ///< machine-id of the host that it belongs to.
  /// When it was made an image's: whichever machine wakes up with it takes it over.
  std::string sealed{};
  std::map<std::string, ObjectRecord> objects;
  /// Identities that a run which was cut off was to create: whoever goes on with it made them.
  std::set<std::string> made{};
};

/// @errors HF6101 not readable; HF6102 a newer format.
Result<HostState> parse_state(std::string_view json);
/// An object a line: it travels with every plan, and people may want to grep it.
std::string state_json(const HostState& state);

/// The record as an image carries it: no machine's, under no name, and without what only the key of
/// this machine could tell.
HostState sealed_state(HostState state, const std::string& when);
/// Makes the record of an image that of the machine, under its name in the inventory; any other
/// stays as it is.
void unseal(HostState& state, const std::string& machine, const std::string& host);

/// An attribute as state.json may hold it: the value, or its HMAC where it is secret.
Value recorded(const Value& value, bool secret, const std::string& key);

/// What a host still has of a run's way back.
struct WayBack {
  bool there = true;
  std::string dropped{};            ///< Why it isn't: age, number, size; "" : nobody knows.
  std::vector<std::string> gone{};  ///< Steps whose old secrets were deleted.
  bool whole() const { return there && gone.empty(); }
};

/// meta.json of a run: who, when, from where, and how it stands.
struct RunMeta {
  static constexpr int kFormat = 1;
  std::string id;
  std::string host;
  std::string status = "open";    ///< open, done, rolled-back, stopped, half-done.
  std::string command = "apply";  ///< apply, rollback.
  std::string user, from, key;    ///< OS user, controller's host name, fingerprint of the SSH key.
  std::string ci;                 ///< "owner/repo run 12 @sha", where it runs in CI.
  std::string started, ended;     ///< RFC 3339, UTC, by the controller's clock.
  std::string digest;             ///< Of the plan.
  std::string project, environment;
  std::vector<std::string> objects{};  ///< Identities that it touched.
  std::vector<std::string> created{};  ///< Those of them that were not there.
  std::vector<std::string> closed{};   ///< Those that closed a hole: a rollback would reopen it.
  std::vector<std::string> changes{};  ///< A line each, for `runs`.
  std::vector<std::string> after{};    ///< Hosts of the run whose changes come before its own.
  std::string instead{};  ///< An apply: the run that was cut off and that it goes on from.
  std::string of{};       ///< A rollback: the run it took back;
  bool reopen = false;    ///< and whether what that had closed may open again.
  std::string by{};       ///< Who ended it where its controller did not: guard, boot, hand, later.
  std::vector<std::string> stops{};        ///< Units that it, or its undo, takes down;
  std::vector<std::string> stops_later{};  ///< and those only by what it left for later.
  WayBack way_back{};                      ///< As the host tells it; not in meta.json.
};

/// A run as its host remembers it.
struct Remembered {
  std::string meta;  ///< meta.json.
  WayBack way_back{};
};

Result<RunMeta> parse_meta(std::string_view json);
Result<RunMeta> parse_run(const Remembered& run);
std::string meta_json(const RunMeta& meta);

}  // namespace holdfast
