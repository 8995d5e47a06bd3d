#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "resources/collectors/output.h"

namespace holdfast {
namespace {

// Reads sshd's files in sshd's order, the included ones where they are included, and says where
// each keyword stands; values stay on the host. What stands below a Match is only for some.
constexpr std::string_view kReadSshdFiles = R"sh(
  hf_sshd_file() {
    [ -f "$1" ] || return 0
    [ -r "$1" ] || { printf 'hidden %s\n' "$1"; return 0; }
    printf 'file %s\n' "$1"
    awk -v depth="$2" '
      { sub(/\r$/, ""); sub(/^[ \t]+/, "") }
      /^(#|$)/ { next }
      {
        end = match($0, /[ \t=]/)
        word = tolower(end ? substr($0, 1, end - 1) : $0)
        rest = end ? substr($0, end) : ""
        sub(/^[ \t]*=?[ \t]*/, "", rest)
      }
      word == "match" { some = tolower(rest) !~ /^all[ \t]*$/; next }
      some { next }
      word == "include" { gsub(/"/, "", rest); if (depth < 8) print "include 0 " rest; next }
      { print "set " NR " " word }
    ' "$1" | while read -r hf_word hf_line hf_rest; do
      if [ "$hf_word" = set ]; then printf 'set %s %s %s\n' "$hf_line" "$hf_rest" "$1"; continue; fi
      set -f
      for hf_pattern in $hf_rest; do
        case $hf_pattern in /*) ;; *) hf_pattern=/etc/ssh/$hf_pattern ;; esac
        printf 'include %s\n' "$hf_pattern"
        set +f
        for hf_found in $hf_pattern; do hf_sshd_file "$hf_found" $(($2 + 1)); done
        printf 'included %s\n' "$hf_pattern"
      done
      set +f
    done
  }
  if [ -f /etc/ssh/sshd_config ]; then ( hf_sshd_file /etc/ssh/sshd_config 0 ); else echo none; fi
  echo end
)sh";

/// How sshd reads its files: a list, in its order, of {what: file, path}, {what: set, line, keyword
/// (lower case), path}, {what: include or included, path (a pattern)} and {what: hidden, path}.
/// Null where there is no sshd_config. Its only key is "sshd".
class SshdCollector final : public Collector {
 public:
  std::string name() const override { return "sshd"; }
  std::string shell() const override { return std::string(kReadSshdFiles); }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    ValueList events;
    bool none = false;
    bool ended = false;
    for (const std::string_view line : lines(output)) {
      none = none || line == "none";
      ended = line == "end";
      if (ended || none) continue;
      HF_TRY(Value event, read_event(line));
      events.push_back(std::move(event));
    }
    if (!ended) return fail(unreadable_answer("sshd", "(cut short)"));
    return std::vector<Value>(keys.size(), none ? Value() : Value(std::move(events)));
  }

 private:
  static Result<Value> read_event(std::string_view line) {
    const std::size_t space = line.find(' ');
    const std::string_view what = line.substr(0, space);
    std::string_view rest = space == std::string_view::npos ? "" : line.substr(space + 1);
    ValueMap out;
    out.set("what", what);
    if (what == "set") {
      const std::vector<std::string_view> words = split(rest, ' ');
      const auto number = read_number(words[0]);
      if (words.size() < 3 || !number) return fail(unreadable_answer("sshd", line));
      out.set("line", *number);
      out.set("keyword", words[1]);
      rest.remove_prefix(words[0].size() + words[1].size() + 2);
    } else if (what != "file" && what != "include" && what != "included" && what != "hidden") {
      return fail(unreadable_answer("sshd", line));
    }
    out.set("path", rest);
    return Value(std::move(out));
  }
};

}  // namespace

std::unique_ptr<Collector> make_sshd_collector() { return std::make_unique<SshdCollector>(); }

}  // namespace holdfast
