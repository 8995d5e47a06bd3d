#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "resources/collectors/output.h"

namespace holdfast {
namespace {

// Where all paths lie in folders that nobody but root may change, they are hashed at once; letters
// are asked for only if not every path was a regular file, which the length of the output tells: 66
// bytes before each path, a newline behind. Letters: f regular; c regular, in a folder that
// somebody else may change; r behind another account's link; a absent; o not a regular file; u not
// readable. Only for root do others matter: anybody else reads with its own rights.
constexpr std::string_view kJudgeFiles = R"sh(
digests() {
  rest=$letters wanted=$1 look=$2 chosen= n=1; shift 2
  for p do
    case $rest in "$wanted"*) chosen="$chosen \"\${$n}\"" ;; esac
    rest=${rest#?} n=$((n + 1))
  done
  eval "set -- $chosen"
  [ $# = 0 ] || ("$look" "$@")
}
verdict=t; last=-
if [ -n "$root" ]; then
  for p do
    dir=${p%/*}
    if [ "$dir" != "$last" ]; then judge "$dir"; last=$dir; [ $verdict = t ] || break; fi
  done
fi
found=
if [ $verdict = t ]; then
  found=$(at_once "$@")
  all="$*"
  if [ ${#found} = $((66 * $# + ${#all})) ]; then
    printf 'f %s\n%s\n' $# "$found"
    exit
  fi
fi
letters=; last=-
for p do
  dir=${p%/*}
  if [ -n "$root" ] && [ "$dir" != "$last" ]; then judge "$dir"; last=$dir; fi
  if [ -L "$p" ]; then letter=o
  elif [ -f "$p" ]; then
    if [ ! -r "$p" ]; then letter=u
    elif [ -z "$root" ] || [ $verdict = t ]; then letter=f
    elif [ $verdict = r ]; then letter=r
    else letter=c
    fi
  elif [ -e "$p" ]; then letter=o
  elif hidden "$p"; then letter=u
  else letter=a
  fi
  if [ -n "$root" ] && [ $verdict = r ]; then letter=r; fi
  letters=$letters$letter
done
printf 's %s\n' "$letters"
if [ -n "$found" ]; then printf '%s\n' "$found"; else digests f at_once "$@"; fi
digests c apart "$@"
)sh";

// find looks again, without following a link, just before sha256sum opens. Whoever exchanges a file
// for a FIFO right then holds up all that is hashed with it: those are hashed one by one, by a
// program that waits for none. Busybox's dd can't do that.
constexpr std::string_view kHashFiles = R"sh(
at_once() { exec find "$@" -maxdepth 0 -type f ! -size +1073741824c -exec timeout 120 sha256sum -- {} + 2>/dev/null; }
newline='
'
apart() {
  found=$(find "$@" -maxdepth 0 -type f ! -size +1073741824c \
    -exec sh -c 'timeout 3 sha256sum -- "$@"; [ $? != 124 ] || echo late' sh {} + 2>/dev/null)
  case $newline$found$newline in
    *"${newline}late$newline"*) one_by_one "$@" ;;
    *) printf '%s\n' "$found" ;;
  esac
}
one_by_one() {
  dd if=/dev/null iflag=nofollow,nonblock status=none 2>/dev/null && waits=no || waits=yes
  for p do
    case $p in *"$newline"* | *\\*) continue ;; esac
    size=$(stat -c %s -- "$p" 2>/dev/null) && [ "$size" -le 1073741824 ] || continue
    if [ $waits = yes ]; then
      find "$p" -maxdepth 0 -type f -exec timeout 10 sha256sum -- {} \; 2>/dev/null
      continue
    fi
    sum=$({ { timeout 120 dd "if=$p" iflag=nofollow,nonblock bs=64k count=16385 status=none 2>/dev/null; echo "$?" >&3; } | sha256sum; } 3>&1)
    case $sum in
      "0$newline"*) [ ! -f "$p" ] || [ -L "$p" ] || { sum=${sum#0?}; printf '%s  %s\n' "${sum%% *}" "$p"; } ;;
    esac
  done
}
)sh";

/// Undoes sha256sum's escapes of a name on a line that begins with a backslash.
std::string unescaped(std::string_view name) {
  std::string out;
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (name[at] != '\\' || at + 1 == name.size()) {
      out += name[at];
      continue;
    }
    ++at;
    out += name[at] == 'n' ? '\n' : name[at] == 'r' ? '\r' : name[at];
  }
  return out;
}

bool is_digest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// The SHA-256 of a regular file's bytes, {digest}: text of 64 hexadecimal digits. Null where there
/// is no regular file. Unknown above 1 GiB, where it takes too long, and behind links that another
/// account controls.
class DigestCollector final : public Collector {
 public:
  std::string name() const override { return "digest"; }
  std::string shell() const override {
    return std::string(kHashFiles) + std::string(kHiddenFunction) + std::string(kFolderFunction) +
           std::string(kJudgeFiles);
  }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    std::string letters;
    std::vector<std::string_view> found;
    for (const std::string_view line : lines(output)) {
      if (starts_with(line, "s ")) {
        letters += line.substr(2);
      } else if (starts_with(line, "f ")) {
        const auto count = read_number(line.substr(2));
        if (!count || *count < 0 || static_cast<std::size_t>(*count) > keys.size()) {
          return fail(unreadable_answer("digest", line));
        }
        letters.append(static_cast<std::size_t>(*count), 'f');
      } else {
        found.push_back(line);
      }
    }
    if (letters.size() != keys.size()) {
      return fail(unreadable_answer("digest", std::to_string(letters.size()) + " answers to " +
                                                  std::to_string(keys.size()) + " questions"));
    }
    HF_TRY(const auto digests, read_digests(found));
    std::vector<Value> out;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto digest = digests.find(keys[i]);
      out.push_back(
          answer(letters[i], digest == digests.end() ? std::string_view{} : digest->second));
    }
    return out;
  }

 private:
  static Result<std::map<std::string, std::string_view>> read_digests(
      const std::vector<std::string_view>& found) {
    std::map<std::string, std::string_view> out;
    for (std::string_view line : found) {
      if (line.empty()) continue;
      const bool escaped = line.front() == '\\';
      if (escaped) line.remove_prefix(1);
      if (line.size() < 67 || !is_digest(line.substr(0, 64))) {
        return fail(unreadable_answer("digest", line));
      }
      const std::string_view name = line.substr(66);
      out[escaped ? unescaped(name) : std::string(name)] = line.substr(0, 64);
    }
    return out;
  }

  static Value answer(char letter, std::string_view digest) {
    if (is_digest(digest)) {
      ValueMap out;
      out.set("digest", digest);
      return out;
    }
    if (letter == 'a' || letter == 'o') return {};
    if (letter == 'u') return Unknown{kNeedsRoot};
    if (letter == 'r') return Unknown{"behind a link that another account owns"};
    return Unknown{"not read: above 1 GiB, too slow, or changed meanwhile"};
  }
};

}  // namespace

std::unique_ptr<Collector> make_digest_collector() { return std::make_unique<DigestCollector>(); }

}  // namespace holdfast
