#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace holdfast {

/// Every flag of every command, as given.
struct Options {
  std::string environment;  ///< -e
  std::string inventory;    ///< -i
  std::vector<std::string> manifests;
  std::vector<std::string> limit, tags, targets, set;
  int parallel = 0;  ///< 0: the project's, else 32.
  int timeout = 60;  ///< Seconds for one host's answer.
  int connect_timeout = 10;
  bool json = false, no_color = false, yes = false, untrusted = false, prune = false,
       detailed_exitcode = false;
  bool show_private = false, quiet = false, through = false, last = false, all = false;
  int verbose = 0;
  std::string out;  ///< plan --out
  std::string on_failure;
  int lease = 45;        ///< Seconds without a heartbeat before a host ends a run.
  int confirm = 0;       ///< Seconds for a person to agree with what was done; 0: nobody is asked.
  int lock_timeout = 0;  ///< Seconds to wait for another run.
  int later_limit = 21600;         ///< Seconds that a host waits for the end of the run's own job.
  std::vector<std::string> under;  ///< --under
  int pause_for = 0;               ///< pause --for, seconds
  std::string reason;              ///< pause --reason
  bool rehearse = false;
  bool end = false;     ///< pause --end
  bool gone = false;    ///< retire --gone
  bool idle = false;    ///< pick --idle
  bool resume = false;  ///< recover --resume
  bool allow_reopen = false, partial = false, require_reversible = false;
  std::vector<std::string> retention;    ///< --retention NAME=VALUE
  std::string trust_file;                ///< --trust FILE
  std::string ssh_config;                ///< --ssh-config
  std::vector<std::string> known_hosts;  ///< --known-hosts
  bool ask_password = false, ask_become_password = false;
  std::string password_command, become_password_command;
  std::vector<std::string> arguments;  ///< Positional ones that aren't manifests.
  std::string format;                  ///< graph --format, plan --format.
  std::string key;                     ///< prepare --key: public key of who may plan
  std::string from;                    ///< adopt --from
  std::string junit;                   ///< --junit; "-" : to standard output.
  std::string history;                 ///< --history; "" : the project's, else the default.
  bool require_history = false;
  bool verify = false, accept = false;   ///< runs --verify, --accept
  std::vector<std::string> only_hosts;   ///< history --host
  std::string since;                     ///< history --since
  int most = 20;                         ///< history --number
  bool drift = false;                    ///< history --drift
  bool live = false;                     ///< prove --live
  int within = 1800;                     ///< prove --within, seconds
  std::vector<std::string> stop;         ///< prove --stop HOST:UNIT
  std::vector<std::string> only_alerts;  ///< prove --alert
  bool words = false;                    ///< completion --words
};

}  // namespace holdfast
