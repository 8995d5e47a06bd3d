#include "engine/core/hash.h"
#include "engine/core/kind.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"
#include "resources/collectors/output.h"

namespace holdfast {
namespace {

// The folder is entered first. A file is opened in a process of its own, which a FIFO put there at
// the right moment can hold up for three seconds at most; it gives the bytes only if what it has
// open is the file of that folder, so that no link was followed.
constexpr std::string_view kTake = R"sh(
exec <"./$1" || exit 1
at=$(readlink /proc/self/fd/0)
[ "$at" = "$2" ] || exit 1
facts=$(stat -L -c '%F:%a:%h:%s' /proc/self/fd/0) || exit 1
case $facts in regular*) ;; *) exit 1 ;; esac
facts=${facts#*:}; mode=${facts%%:*}
facts=${facts#*:}; names=${facts%:*}; size=${facts#*:}
# In a folder of somebody else's, another name of a file that only root may read.
if [ "$3" = c ] && [ "$names" != 1 ]; then echo 'key names'; exit; fi
if [ "$size" -gt 1048576 ]; then echo 'key large'; exit; fi
sight=public
case $mode in *[4567]) ;; *) sight=private ;; esac
up=$2
while [ -n "$up" ] && [ $sight = public ]; do
  up=${up%/*}
  case $(stat -c %a -- "${up:-/}") in *[1357]) ;; *) sight=private ;; esac
done
if [ "$sight$4" = privateyes ]; then echo 'key private'; exit; fi
printf 'key %s %s ' "$sight" "$size"
head -c 1048577 | base64 -w 0
echo
)sh";

constexpr std::string_view kReadFiles = R"sh(
look() (
  dir=${1%/*}; name=${1##*/}; verdict=t
  [ -z "$root" ] || judge "$dir"
  if [ "$verdict" = r ]; then echo 'key link'; exit; fi
  if ! cd -P -- "${dir:-/}" 2>/dev/null; then
    if hidden "$1" || { [ -d "$dir" ] && [ ! -x "$dir" ]; }; then echo 'key unreadable'; else echo 'key absent'; fi
    exit
  fi
  if [ -L "./$name" ]; then echo 'key absent'
  elif [ ! -e "./$name" ]; then
    if [ -x . ]; then echo 'key absent'; else echo 'key unreadable'; fi
  elif [ ! -f "./$name" ]; then echo 'key absent'
  elif [ ! -r "./$name" ]; then echo 'key unreadable'
  else
    timeout 3 sh -c "$take" hf "$name" "${PWD%/}/$name" "$verdict" "$hf_plans_only" 2>/dev/null || echo 'key changed'
  fi
)
for k do look "$k"; done
echo end
)sh";

/// The bytes of a regular file of at most 1 MiB: {content}, a secret where not everybody on the
/// host may read it. Null where there is no regular file. An account that may only plan is given
/// none that others may not read.
class ContentCollector final : public Collector {
 public:
  std::string name() const override { return "content"; }
  std::string shell() const override {
    return "take=" + shell_quote(kTake) + "\n" + std::string(kHiddenFunction) +
           std::string(kFolderFunction) + std::string(kReadFiles);
  }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    std::vector<Value> out;
    bool ended = false;
    for (const std::string_view line : lines(output)) {
      ended = line == "end";
      if (ended) break;
      if (!starts_with(line, "key ")) return fail(unreadable_answer("content", line));
      HF_TRY(Value one, answer(line.substr(4)));
      out.push_back(std::move(one));
    }
    if (!ended || out.size() != keys.size()) {
      return fail(unreadable_answer("content", "(cut short)"));
    }
    return out;
  }

 private:
  static Result<Value> answer(std::string_view said) {
    if (said == "absent") return Value();
    if (said == "unreadable") return Value(Unknown{kNeedsRoot});
    if (said == "link") return Value(Unknown{"behind a link that another account owns"});
    if (said == "names") return Value(Unknown{"it has another name elsewhere"});
    if (said == "large") return Value(Unknown{"larger than 1 MiB"});
    if (said == "changed") return Value(Unknown{"it changed while it was looked at"});
    if (said == "private") return Value(Unknown{"needs an account that may read it"});
    const std::vector<std::string_view> words = split(said, ' ');
    std::string bytes;
    const bool known = words.size() == 3 && (words[0] == "public" || words[0] == "private");
    const auto size = known ? read_number(words[1]) : std::nullopt;
    if (!size || !base64_decode(words[2], bytes)) {
      return fail(unreadable_answer("content", said.substr(0, 80)));
    }
    if (static_cast<std::size_t>(*size) != bytes.size()) {
      return Value(Unknown{"it changed while it was looked at"});
    }
    ValueMap out;
    out.set("content", words[0] == "public" ? Value(std::move(bytes)) : Value(Secret(bytes)));
    return Value(std::move(out));
  }
};

}  // namespace

std::unique_ptr<Collector> make_content_collector() { return std::make_unique<ContentCollector>(); }

}  // namespace holdfast
