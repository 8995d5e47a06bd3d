#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "resources/authorized_key_line.h"
#include "resources/collectors/output.h"

namespace holdfast {
namespace {

// A key is an account or an absolute path. The folder is entered first and must be the one that was
// named; then only ./NAME is opened, by a program that follows no link and waits for no FIFO. Only
// lines that hold a public key leave the host, each after its number. A program that was killed
// leaves no answer: it has not seen that there is nothing.
constexpr std::string_view kReadKeyLines = R"sh(
account() {
  entry=$(getent passwd -- "$1" 2>/dev/null)
  [ $? -lt 128 ] || exit
  [ -n "$entry" ] || entry=$(grep "^$1:" /etc/passwd 2>/dev/null)
  [ $? -lt 128 ] || exit
  [ "${entry%%:*}" = "$1" ] || return 1
  home=${entry%:*}; home=${home##*:}
}
state() {
  [ -e "./$1" ] || [ -L "./$1" ] || { echo "key absent"; return; }
  if [ -L "./$1" ] || [ ! -f "./$1" ]; then echo "key other"; return; fi
  [ -r "./$1" ] || { echo "key unreadable"; return; }
  text=$(timeout 10 dd "if=./$1" iflag=nofollow,nonblock bs=64k count=32 status=none 2>/dev/null && echo) ||
    { [ $? -ge 128 ] || echo "key unreadable"; return; }
  lines=$(printf '%s\n' "$text" | grep -nE '(ssh-|ecdsa-sha2-|sk-)[a-z0-9@.-]+[ 	]+AAAA')
  [ $? -lt 128 ] || return
  printf 'key text\n%s\n' "$lines"
}
look() (
  case $1 in
  /*) dir=${1%/*}; name=${1##*/} ;;
  *)
    account "$1" || { echo "key account"; exit; }
    cd -P -- "$home" 2>/dev/null || { [ -d "$home" ] && echo "key unreadable" || echo "key absent"; exit; }
    dir=${PWD%/}/.ssh; name=authorized_keys ;;
  esac
  cd -P -- "${dir:-/}" 2>/dev/null || {
    [ ! -L "$dir" ] || { echo "key link"; exit; }
    if hidden "$dir/x" || { [ -d "$dir" ] && [ ! -x "$dir" ]; }; then echo "key unreadable"; else echo "key absent"; fi; exit; }
  [ "$PWD" = "${dir:-/}" ] || { echo "key link"; exit; }
  state "$name"
)
for k do look "$k"; done
echo end
)sh";

/// The public keys in an account's authorized_keys, or in the file of that path: {keys: a list of
/// {line_number, line, options, key, comment}}; keys is empty where there is no file. Null where
/// there is no such account. Unknown where it can't be read, is no regular file or lies behind a
/// link.
class AuthorizedKeysCollector final : public Collector {
 public:
  std::string name() const override { return "authorized_keys"; }
  std::string shell() const override {
    return std::string(kHiddenFunction) + std::string(kReadKeyLines);
  }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    struct Seen {
      std::string_view state;
      ValueList entries;
    };
    std::vector<Seen> seen;
    bool ended = false;
    for (const std::string_view line : lines(output)) {
      ended = line == "end";
      if (ended) break;
      if (line.empty()) continue;
      if (starts_with(line, "key ")) {
        seen.push_back({line.substr(4), {}});
        continue;
      }
      const auto colon = line.find(':');
      const auto number = read_number(line.substr(0, colon));
      if (colon == std::string_view::npos || !number || seen.empty()) {
        return fail(unreadable_answer("authorized_keys", line));
      }
      const std::string_view text = line.substr(colon + 1);
      if (const auto read = read_authorized_key(text)) {
        seen.back().entries.push_back(entry(*number, text, *read));
      }
    }
    if (!ended || seen.size() != keys.size()) {
      return fail(unreadable_answer("authorized_keys", "(cut short)"));
    }
    std::vector<Value> out;
    for (Seen& one : seen) out.push_back(answer(one.state, std::move(one.entries)));
    return out;
  }

 private:
  static Value entry(std::int64_t number, std::string_view line, const AuthorizedKeyLine& read) {
    ValueMap out;
    out.set("line_number", number);
    out.set("line", line);
    out.set("options", read.options);
    out.set("key", read.key);
    out.set("comment", read.comment);
    return out;
  }

  static Value answer(std::string_view state, ValueList entries) {
    if (state == "account") return {};
    if (state == "unreadable") return Unknown{kNeedsRoot};
    if (state == "link") return Unknown{"behind a link"};
    if (state == "other") return Unknown{"not a regular file"};
    ValueMap out;
    out.set("keys", std::move(entries));
    return out;
  }
};

}  // namespace

std::unique_ptr<Collector> make_authorized_keys_collector() {
  return std::make_unique<AuthorizedKeysCollector>();
}

}  // namespace holdfast
