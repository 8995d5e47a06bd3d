#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// A host in memory: files, accounts, groups, kernel settings, units, packages and a firewall. It
/// answers collectors by the text that a real host prints, acts on steps, keeps what undoes them,
/// counts round trips, and can fail or vanish at any step.
class FakeHost {
 public:
  struct Node {
    std::string type = "file";  ///< file, directory, link.
    std::string content{};      ///< A link's target.
    std::string owner = "root", group = "root", mode = "0644";
    bool operator==(const Node&) const = default;
  };
  struct Account {
    std::int64_t uid = 0, gid = 0;
    std::string comment{}, home{}, shell{};
    std::string hash = "!";  ///< As in /etc/shadow.
    std::string expires{};   ///< Days since 1970, or "".
    bool operator==(const Account&) const = default;
  };
  struct Group {
    std::int64_t gid = 0;
    std::set<std::string> members{};
    bool operator==(const Group&) const = default;
  };
  struct Unit {
    bool enabled = false, active = false, masked = false;
    std::optional<std::string> loaded{};  ///< Its files as systemd last read them.
    int starts = 0;                       ///< So many lives it has had.
    bool operator==(const Unit& other) const {
      return enabled == other.enabled && active == other.active && masked == other.masked &&
             loaded == other.loaded;
    }
  };
  struct Package {
    std::string version{}, status = "ii";  ///< Status: dpkg's two letters.
    bool automatic = false;                ///< Came because something else needed it.
    std::vector<std::string> needs{};
  };
  struct Ufw {
    std::map<std::string, std::string> settings{{"ENABLED", "no"},
                                                {"LOGLEVEL", "low"},
                                                {"IPV6", "yes"},
                                                {"DEFAULT_INPUT_POLICY", "DROP"},
                                                {"DEFAULT_OUTPUT_POLICY", "ACCEPT"},
                                                {"DEFAULT_FORWARD_POLICY", "DROP"}};
    std::vector<std::string> rules4{}, rules6{};  ///< Tuple lines.
  };
  /// One program as a host would start it.
  struct Call {
    Argv arguments;    ///< Without the program's name; of `sh -c TEXT NAME …`, what follows.
    std::string name;  ///< The program; of `sh -c`, its NAME.
    std::string input;
    std::string capture{};  ///< What the step's capture printed; for undoing.
  };
  struct Outcome {
    int status = 0;
    std::string output{};
  };

  /// The folders, accounts and groups that every Debian has.
  FakeHost();

  std::map<std::string, Node> files;
  std::map<std::string, Account> accounts;
  std::map<std::string, Group> groups;
  std::map<std::string, std::string> settings;  ///< By path below /proc/sys.
  std::map<std::string, Unit> units;
  std::map<std::string, Package> packages;
  Ufw ufw;
  using Tables = std::vector<std::pair<std::string, std::string>>;
  Tables tables;  ///< Of the packet filter, by name ("inet guard"), without `table … { }`.

  /// Makes a folder and those above it, where they are missing.
  void make_folder(const std::string& path);
  /// Every answer to `queries`, in one round trip.
  Result<Answers> ask(const Registry& registry, const std::vector<Query>& queries);
  /// Does one step, its undo kept first. @errors HF6001 it failed (or was told to); HF6002 an
  /// Expect did not hold; HF4005 the connection is gone.
  Result<void> act(const Step& step);
  /// One step and what takes it back.
  struct Done {
    Step step;
    std::string capture;
    std::map<std::string, Node> before;  ///< Of a file-like step: the path and all below it.
    int closed_by = 0;                   ///< One way, once the act of this number is done.
    bool stays = false;
    bool seen = false;  ///< A new login was seen after it.
  };
  enum class Reopen { No, Yes, Unseen };
  using Journal = std::vector<Done>;
  /// Takes all steps back that were begun: inverses backwards, then those marked last, forwards.
  /// @return What could not be taken back.
  std::vector<std::string> undo() { return undo(take_journal()); }
  std::vector<std::string> undo(const Journal& journal, Reopen reopen = Reopen::Unseen);
  static bool left_closed(const Done& done, Reopen reopen) {
    return done.stays && reopen != Reopen::Yes && (reopen == Reopen::No || done.seen);
  }
  /// The last step that was begun is one way, once act `closed_by` is done.
  void mark_last(int closed_by) {
    if (!done_.empty()) done_.back().closed_by = closed_by;
  }
  void close(int act) {
    for (Done& done : done_) done.stays = done.stays || done.closed_by == act;
  }
  void seal(int act) {
    for (Done& done : done_) done.seen = done.seen || done.closed_by == act;
  }
  void put_journal(Journal journal) { done_ = std::move(journal); }
  /// What has been done since the last call; it is not undone any more.
  Journal take_journal() { return std::exchange(done_, {}); }
  /// Forgets the undo of what has been done.
  void confirm() { done_.clear(); }

  /// The step with this number (from 1) fails, half done where that is possible.
  void fail_at(int step) { fail_at_ = step; }
  /// The connection is lost before this step.
  void lose_at(int step) { lose_at_ = step; }
  int steps() const { return steps_; }
  int round_trips() const { return round_trips_; }

  /// All there is, one thing a line.
  std::string snapshot() const;

  /// Runs a program of the table of fake commands.
  Outcome run(const Argv& argv, const std::string& input, const std::string& capture = {});

 private:
  std::string answer_text(const std::string& collector, const std::vector<std::string>& keys) const;
  std::map<std::string, Node> below(const std::string& path) const;
  void put_back(const std::string& path, const std::map<std::string, Node>& before);
  Result<void> act_on_file(const Step& step);
  Result<void> expect(const std::string& path, const Expect& wanted) const;

  Journal done_;
  int fail_at_ = 0, lose_at_ = 0, steps_ = 0, round_trips_ = 0;
};

/// The path of a file-like step; "" of a Run or a Probe.
std::string path_of_step(const Step& step);

}  // namespace holdfast
