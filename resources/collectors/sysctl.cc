#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "resources/collectors/output.h"

namespace holdfast {
namespace {

// Keys are paths below /proc/sys; one that would lead out of it is never opened. Letters: w may be
// written, o not even by root (a read-only /proc/sys), p not by this account, u not readable, a
// absent.
constexpr std::string_view kJudgeSettings = R"sh(
root=; [ -O / ] && root=1
letters=
for k do
  letter=a
  case /$k/ in
  *//* | */./* | */../*) ;;
  *)
    if [ ! -f "/proc/sys/$k" ]; then letter=a
    elif [ ! -r "/proc/sys/$k" ]; then letter=u
    else
      if [ -w "/proc/sys/$k" ]; then letter=w; elif [ -n "$root" ]; then letter=o; else letter=p; fi
      printf '%s\0' "/proc/sys/$k"
    fi ;;
  esac
  letters=$letters$letter
done
printf 's %s\n' "$letters" >&3
)sh";

// Not the shell's read: it reads byte by byte, and most of these files answer only once.
constexpr std::string_view kReadSettings = "grep -sH '' --";

constexpr std::string_view kRoot = "/proc/sys/";

/// A kernel setting's live value by its path below /proc/sys ("net/ipv4/ip_forward"): {value,
/// writable: truth, or null where only root can tell}. White space in a value is one space each.
/// Null where there is none.
class SysctlCollector final : public Collector {
 public:
  std::string name() const override { return "sysctl"; }
  std::string shell() const override { return judged(kJudgeSettings, kReadSettings); }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    HF_TRY(const Judged seen, read_judged("sysctl", keys.size(), output));
    std::vector<Value> out;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const char letter = seen.letters[i];
      if (letter == 'a') {
        out.emplace_back();
        continue;
      }
      ValueMap answer;
      answer.set("value", letter == 'u' ? Value(Unknown{"can't be read"})
                                        : Value(value_of(keys[i], seen.found)));
      answer.set("writable", letter == 'w' ? Value(true) : letter == 'o' ? Value(false) : Value{});
      out.emplace_back(std::move(answer));
    }
    return out;
  }

 private:
  /// The lines of one file joined, its white space normalised.
  static std::string value_of(const std::string& key, const std::vector<std::string_view>& found) {
    const std::string prefix = std::string(kRoot) + key + ":";
    std::vector<std::string> words;
    for (const std::string_view line : found) {
      if (!starts_with(line, prefix)) continue;
      std::string text(line.substr(prefix.size()));
      for (char& c : text) c = c == '\t' ? ' ' : c;
      for (const std::string_view word : split(text, ' ')) {
        if (!word.empty()) words.emplace_back(word);
      }
    }
    return join(words, " ");
  }
};

}  // namespace

std::unique_ptr<Collector> make_sysctl_collector() { return std::make_unique<SysctlCollector>(); }

}  // namespace holdfast
