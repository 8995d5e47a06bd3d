#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "resources/collectors/output.h"

namespace holdfast {
namespace {

// A key is NAME or SALT:NAME. The hash itself never leaves the host, nor is it in an argv: printf
// is the shell's own.
constexpr std::string_view kGetShadow = R"sh(
if [ ! -r /etc/shadow ]; then printf 'unreadable\nend\n'; return; fi
set -f
names=
for k do names="$names ${k##*:}"; done
{ if command -v getent >/dev/null 2>&1; then getent shadow -- $names; else cat /etc/shadow; fi
  [ $? -lt 128 ] || echo :killed; } 2>/dev/null |
while IFS=: read -r name field changed min max warn inactive expires rest; do
  [ "$name$field" != killed ] || echo killed
  for k do
    [ "${k##*:}" = "$name" ] || continue
    salt=${k%"$name"}; salt=${salt%:}
    core=$field
    while :; do case $core in '!'*) core=${core#?} ;; *) break ;; esac; done
    case $field in '!'*|'*'*) locked=yes ;; *) locked=no ;; esac
    case $core in ''|'*'*) set=no ;; *) set=yes ;; esac
    digest=-
    if [ -n "$salt" ]; then digest=$(printf '%s%s' "$salt" "$core" | sha256sum); digest=${digest%% *}; fi
    printf '%s %s %s %s %s\n' "$k" "$locked" "$set" "$digest" "${expires:--}"
  done
done 2>/dev/null
set +f
echo end
)sh";

/// What the shadow database says of an account: locked, has_password (truths), expires (days since
/// 1970, or null), digest: SHA-256 of SALT and the crypt hash without its lock, where the key has a
/// salt. Null where there is no account; unknown without root.
class ShadowCollector final : public Collector {
 public:
  std::string name() const override { return "shadow"; }
  std::string shell() const override { return std::string(kGetShadow); }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    std::map<std::string, Value, std::less<>> seen;
    bool readable = true;
    bool ended = false;
    for (const std::string_view line : lines(output)) {
      ended = line == "end";
      if (ended) break;
      if (line == "unreadable") {
        readable = false;
        continue;
      }
      const std::vector<std::string_view> fields = split(line, ' ');
      if (fields.size() != 5) return fail(unreadable_answer("shadow", "(not shown)"));
      seen.emplace(fields[0], answer(fields));
    }
    if (!ended) return fail(unreadable_answer("shadow", "(cut short)"));
    std::vector<Value> out;
    for (const std::string& key : keys) {
      const auto found = seen.find(key);
      if (!readable) {
        out.emplace_back(Unknown{kNeedsRoot});
      } else {
        out.push_back(found == seen.end() ? Value{} : found->second);
      }
    }
    return out;
  }

 private:
  static Value answer(const std::vector<std::string_view>& fields) {
    ValueMap out;
    out.set("locked", fields[1] == "yes");
    out.set("has_password", fields[2] == "yes");
    if (fields[3] != "-") out.set("digest", fields[3]);
    const auto days = read_number(fields[4]);
    out.set("expires", days ? Value(*days) : Value{});
    return out;
  }
};

}  // namespace

std::unique_ptr<Collector> make_shadow_collector() { return std::make_unique<ShadowCollector>(); }

}  // namespace holdfast
