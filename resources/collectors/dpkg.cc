#include <algorithm>
#include <map>
#include <set>

#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "resources/apt/version.h"

namespace holdfast {
namespace {

// A key is a name, or a name and the version that is wanted, with one * at its end or "-" for none.
// Errors are held back and printed after: they would land in the middle of the lines otherwise. The
// third section names what came only because something else needed it. The rest comes only where
// something is to change, with one question each for all: which installed versions are to go and
// which packages are to come, where they are to be had, which processes hold a lock of apt or dpkg,
// and what dpkg has against it where some are to be absent. apt-cache must not write its own files,
// nor dpkg its log; where dpkg is told to run programs beside its work it is not asked.
constexpr std::string_view kAskDpkg = R"sh(
  hf_ifs=$IFS
  IFS='
'
  hf_keys=$* IFS=$hf_ifs
  if ! command -v dpkg-query >/dev/null 2>&1; then
    echo no-dpkg
    return
  fi
  hf_n=$#
  for hf_key; do set -- "$@" "${hf_key%% *}"; done
  shift $hf_n
  hf_rows=$(
    { hf_err=$(dpkg-query -W -f='${Package}\t${Architecture}\t${Version}\t${db:Status-Abbrev}\n' -- "$@" 2>&1 >&3); } 3>&1
    printf 'errors\n%s\nauto\n' "$hf_err"
  )
  set -- -
  [ ! -r /var/lib/apt/extended_states ] || set -- - /var/lib/apt/extended_states
  hf_all=$(printf '%s\n.\n%s\n' "$hf_keys" "$hf_rows" | awk '
    NR == FNR && !rows { if ($0 == ".") rows = 1; else { key[++keys] = $1; wanted[$1] = $2 } next }
    NR == FNR { print; n = split($0, f, "\t"); if (n == 4 && f[4] ~ /^.[^nc]/) { is(f[1]); is(f[1] ":" f[2]) } next }
    /^Package: /{p=$2} /^Auto-Installed: 1/{print p}
    END {
      if (old != "") printf "old:\n%s", old
      for (k = 1; k <= keys; k++) if (!(key[k] in here) && wanted[key[k]] != "-") come = come key[k] "\n"
      if (come != "") printf "new:\n%s", come
    }
    function is(name,  w) {
      if (!(name in wanted)) return
      here[name] = 1
      w = wanted[name]
      if (w == "" || w == f[3] || (w ~ /\*$/ && index(f[3], substr(w, 1, length(w) - 1)) == 1)) return
      old = old name "\t" f[3] "\t" f[2] "\t" w "\n"
    }' "$@")
  printf '%s\n' "$hf_all"
  case $hf_all in *:"
"*) ;; *) return ;; esac
  echo to-be-had:
  hf_part= hf_going= hf_native=
  set --
  while IFS='	' read -r hf_name hf_version hf_arch hf_wanted; do
    case $hf_name in old: | new:) hf_part=$hf_name; continue ;; esac
    [ -n "$hf_part" ] || continue
    set -- "$@" "$hf_name"
    [ $hf_part = old: ] || continue
    if [ "$hf_wanted" = - ]; then
      # A bare name is that of the host's own architecture.
      hf_native=${hf_native:-$(dpkg --print-architecture 2>/dev/null)}
      case $hf_name:$hf_arch in
        *:*:* | *:all) hf_going="$hf_going $hf_name" ;;
        *:"$hf_native") hf_going="$hf_going $hf_name:$hf_arch" ;;
      esac
    fi
    hf_file=$hf_version
    case $hf_file in *:*) hf_file=${hf_file%%:*}%3a${hf_file#*:} ;; esac
    [ ! -e "/var/cache/apt/archives/${hf_name%%:*}_${hf_file}_$hf_arch.deb" ] || printf '%s | %s | cache\n' "$hf_name" "$hf_version"
  done <<END
$hf_all
END
  apt-cache -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= madison -- "$@" 2>/dev/null
  echo locked:
  hf_locks=$(stat -c %i /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock 2>/dev/null | tr '\n' ' ')
  awk -v of="$hf_locks" 'BEGIN { n = split(of, id, " "); for (i in id) ours[id[i]] = 1 }
    { split($6, at, ":"); if (at[3] in ours) print $5 }' /proc/locks 2>/dev/null | sort -u |
    while read -r hf_pid; do
      read -r hf_name <"/proc/$hf_pid/comm" && printf '%s %s\n' "$hf_pid" "$hf_name"
    done 2>/dev/null
  [ -n "$hf_going" ] || return
  echo needed:
  grep -Eqs '^(pre-invoke|post-invoke|status-logger)' /etc/dpkg/dpkg.cfg /etc/dpkg/dpkg.cfg.d/* ||
    HOME=/ dpkg --log=/dev/null --abort-after=99999 --simulate --remove -- $hf_going 2>&1
)sh";

struct Row {
  std::string name, architecture, version, status;
};

/// Why dpkg would not remove a package.
struct Kept {
  std::string name;  ///< With its architecture, where dpkg says it.
  std::string reason{};
  std::vector<std::string> needed_by{};
};

std::string stem(const std::string& name) { return name.substr(0, name.find(':')); }

struct Known {
  std::vector<Row> rows;
  std::set<std::string, std::less<>> automatic;
  std::set<std::string, std::less<>> old;   ///< Whose installed version is to go.
  std::set<std::string, std::less<>> come;  ///< To be installed.
  std::set<std::pair<std::string, std::string>> listed, cached;
  std::vector<Kept> kept;
  ValueList lockers;  ///< "1234 apt-get".

  /// "NAME | VERSION | where", as `apt-cache madison` prints it; nobody installs a source package.
  void note_source(std::string_view line) {
    const auto fields = split(line, '|');
    if (fields.size() != 3 || ends_with(trim(line), " Sources")) return;
    (trim(fields[2]) == "cache" ? cached : listed).emplace(trim(fields[0]), trim(fields[1]));
  }

  bool is_listed(const std::string& name, const std::string& wanted) const {
    return std::any_of(listed.begin(), listed.end(), [&](const auto& one) {
      return (one.first == name || one.first == stem(name)) &&
             (wanted.empty() || version_matches(one.second, wanted));
    });
  }

  bool has_source(const std::string& name, const std::string& version) const {
    return is_listed(name, version) || cached.count({name, version}) > 0;
  }

  /// What `dpkg --remove` says, a line.
  void note_removal(std::string_view line) {
    constexpr std::string_view kNeeded = "dpkg: dependency problems prevent removal of ";
    constexpr std::string_view kFailed = "dpkg: error processing package ";
    if (starts_with(line, kNeeded)) {
      line.remove_prefix(kNeeded.size());
      kept.push_back({.name = std::string(line.substr(0, line.size() - 1))});
    } else if (starts_with(line, kFailed)) {
      line.remove_prefix(kFailed.size());
      kept.push_back({.name = std::string(line.substr(0, line.find(' ')))});
    } else if (!kept.empty() && starts_with(line, " ") && !starts_with(line, "  ")) {
      line.remove_prefix(1);
      const std::string_view who = line.substr(0, line.find(' '));
      const std::string_view does = line.substr(std::min(line.size(), who.size() + 1));
      if (starts_with(does, "depends on ") || starts_with(does, "pre-depends on ")) {
        kept.back().needed_by.push_back(stem(std::string(who)));
      } else if (kept.back().reason.empty() && who != "dependency" && who.size() != line.size()) {
        kept.back().reason = line;
      }
    }
  }

  void add_kept(const std::string& name, ValueMap& out) const {
    ValueList needed_by;
    for (const Kept& one : kept) {
      if (one.name != name && stem(one.name) != name) continue;
      if (!one.reason.empty()) out.set("kept", one.reason);
      for (const std::string& other : one.needed_by) needed_by.emplace_back(other);
    }
    if (!needed_by.empty()) out.set("needed_by", std::move(needed_by));
  }
};

/// What dpkg knows of packages: {version, status (three letters, "ii ", "hi ", "rc "), auto}. Where
/// the key's wanted version is another one: whether the installed one is to be had again,
/// `to_be_had`; processes that hold a lock of apt or dpkg, `lockers` ("1234 apt-get"); whether what
/// is to come is in a list, `listed`; and, where none is wanted, the packages that would need it
/// then, `needed_by`, or why dpkg keeps it, `kept`. Null for a package that it doesn't know and
/// that is in a list or not wanted; {missing: true} where the host has no dpkg.
class DpkgCollector final : public Collector {
 public:
  std::string name() const override { return "dpkg"; }
  std::string shell() const override { return std::string(kAskDpkg); }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    if (trim(output) == "no-dpkg") {
      ValueMap missing;
      missing.set("missing", true);
      return std::vector<Value>(keys.size(), Value(std::move(missing)));
    }
    Known known;
    enum class Section {
      Rows,
      Errors,
      Auto,
      Old,
      New,
      ToBeHad,
      Locked,
      Needed
    } section = Section::Rows;
    // No package's name ends with a colon.
    static const std::map<std::string_view, Section> kHeads{
        {"errors", Section::Errors}, {"auto", Section::Auto},          {"old:", Section::Old},
        {"new:", Section::New},      {"to-be-had:", Section::ToBeHad}, {"locked:", Section::Locked},
        {"needed:", Section::Needed}};
    for (const std::string_view line : lines(output)) {
      if (const auto head = kHeads.find(line); head != kHeads.end()) {
        section = head->second;
      } else if (section == Section::Auto) {
        known.automatic.emplace(line);
      } else if (section == Section::Old) {
        known.old.emplace(line.substr(0, line.find('\t')));
      } else if (section == Section::New) {
        known.come.emplace(line);
      } else if (section == Section::ToBeHad) {
        known.note_source(line);
      } else if (section == Section::Locked) {
        known.lockers.emplace_back(line);
      } else if (section == Section::Needed) {
        known.note_removal(line);
      } else if (section == Section::Errors) {
        HF_CHECK(take_error(line));
      } else {
        HF_TRY(Row row, take_row(line));
        known.rows.push_back(std::move(row));
      }
    }
    if (section == Section::Rows || section == Section::Errors)
      return unreadable(output.substr(0, 200));
    std::vector<Value> out;
    out.reserve(keys.size());
    for (const std::string& key : keys) out.push_back(answer(key, known));
    return out;
  }

 private:
  static tl::unexpected<Error> unreadable(std::string_view line) {
    return fail(Code::AnswerUnreadable, "dpkg-query: '" + printable(line) + "'");
  }

  static Result<void> take_error(std::string_view line) {
    if (line.empty() || starts_with(line, "dpkg-query: no packages found matching ")) return {};
    return unreadable(line);
  }

  static Result<Row> take_row(std::string_view line) {
    const auto fields = split(line, '\t');
    if (fields.size() != 4 || fields[3].size() < 2) return unreadable(line);
    return Row{std::string(fields[0]), std::string(fields[1]), std::string(fields[2]),
               std::string(fields[3])};
  }

  /// Of several architectures: the one that is asked for, else one that is installed; none where
  /// dpkg knows the name only.
  static const Row* row_of(const std::string& name, const Known& known) {
    const std::size_t colon = name.find(':');
    const Row* best = nullptr;
    for (const Row& row : known.rows) {
      if (row.name != name.substr(0, colon)) continue;
      if (colon != std::string::npos && row.architecture != name.substr(colon + 1)) continue;
      if (best == nullptr || (best->status[1] != 'i' && row.status[1] == 'i')) best = &row;
    }
    return best == nullptr || best->status[1] == 'n' ? nullptr : best;
  }

  static Value answer(const std::string& key, const Known& known) {
    const std::size_t space = key.find(' ');
    const std::string name = key.substr(0, space);
    const std::string wanted = space == std::string::npos ? "" : key.substr(space + 1);
    const bool comes = known.come.count(name) > 0;
    const bool goes = known.old.count(name) > 0;
    ValueMap out;
    if ((comes || goes) && wanted != "-" && !known.is_listed(name, wanted)) {
      out.set("listed", false);
    }
    if ((comes || goes) && !known.lockers.empty()) out.set("lockers", known.lockers);
    if (const Row* row = row_of(name, known)) {
      out.set("version", row->version);
      out.set("status", row->status);
      out.set("auto", known.automatic.count(row->name) > 0);
      if (goes) out.set("to_be_had", known.has_source(name, row->version));
      if (goes && wanted == "-") known.add_kept(name, out);
    }
    if (out.empty()) return {};
    return out;
  }
};

}  // namespace

std::unique_ptr<Collector> make_dpkg_collector() { return std::make_unique<DpkgCollector>(); }

}  // namespace holdfast
