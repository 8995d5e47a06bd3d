#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "resources/collectors/output.h"

namespace holdfast {
namespace {

// One process for all paths. Errors are held back and printed after: they would land in the middle
// of the lines otherwise. There is one line of error for each path without an answer, in the paths'
// order. Names of owners are put in by awk: stat itself would read /etc/passwd again for each path.
constexpr std::string_view kStatPaths = R"sh(
  {
    { hf_err=$(QUOTING_STYLE=c stat -c '%f %u %g %s %Y %h:::%N' -- "$@" 2>&1 >&3); } 3>&1
    printf 'errors\n%s\n' "$hf_err"
  } | awk '
    function load(what, names,   line, part) {
      while ((getline line < ("/etc/" what)) > 0) {
        split(line, part, ":")
        if (!(part[3] in names)) names[part[3]] = part[1]
      }
    }
    function name(what, names, id,   ask, line, part) {
      if (!(id in names)) {
        ask = "getent " what " " id + 0
        if ((ask | getline line) > 0) split(line, part, ":")
        close(ask)
        names[id] = part[1]
      }
      return names[id]
    }
    BEGIN { load("passwd", user); load("group", team) }
    $0 == "errors" { after = 1 }
    !after && (at = index($0, ":::")) {
      $0 = substr($0, 1, at) name("passwd", user, $2) ":" name("group", team, $3) substr($0, at + 2)
    }
    { print }
  '
)sh";

/// What a path itself is, links not followed: type, mode, owner, group (names, or numbers where
/// there is none), uid, gid, size, mtime (seconds), links (its names), target of a link. Null where
/// it isn't there.
class StatCollector final : public Collector {
 public:
  std::string name() const override { return "stat"; }
  std::string shell() const override { return std::string(kStatPaths); }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    std::map<std::string, Value, std::less<>> seen;
    std::vector<std::string_view> errors;
    bool after = false;
    for (const std::string_view line : lines(output)) {
      if (after) {
        if (!line.empty()) errors.push_back(line);
      } else if (line == "errors") {
        after = true;
      } else if (auto read = read_stat_line(line)) {
        seen[read->name] = Value(std::move(read->attributes));
      }
    }
    if (!after) return fail(unreadable_answer("stat", output));
    return in_order(keys, seen, errors);
  }

 private:
  static std::vector<Value> in_order(const std::vector<std::string>& keys,
                                     const std::map<std::string, Value, std::less<>>& seen,
                                     const std::vector<std::string_view>& errors) {
    std::vector<Value> out;
    std::size_t missing = 0;
    for (const std::string& key : keys) missing += seen.count(key) == 0 ? 1 : 0;
    std::size_t error = 0;
    for (const std::string& key : keys) {
      const auto found = seen.find(key);
      if (found != seen.end()) {
        out.push_back(found->second);
      } else if (missing == errors.size()) {
        out.push_back(refusal(errors[error++]));
      } else {
        out.emplace_back(Unknown{"this host's stat can't say names with control characters"});
      }
    }
    return out;
  }
};

}  // namespace

std::unique_ptr<Collector> make_stat_collector() { return std::make_unique<StatCollector>(); }

}  // namespace holdfast
