#include "engine/core/kind.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"

namespace holdfast {

std::string_view enter_sh();

namespace {

// A key is a line of sh that the kind quoted word by word (shell_quote), so that the guard runs as
// the account and in the folder that the command would. `timeout` is asked for once: busybox and
// coreutils both take "timeout 60 …". The line comes on standard input: in an argument of its
// wrapper `pgrep -f` would find its own pattern.
constexpr std::string_view kRunGuards = R"sh(
  hf_limit=
  command -v timeout >/dev/null 2>&1 && hf_limit='timeout 60'
  for hf_key; do
    printf '%s' "$hf_key" | $hf_limit sh -c "$hf_guard"
    echo "status $?"
  done
)sh";
constexpr std::string_view kGuard = R"sh(l=$(cat)
exec </dev/null >/dev/null 2>&1
eval "$l")sh";

/// Runs a guard of a `command` and tells its exit status.
class GuardCollector final : public Collector {
 public:
  std::string name() const override { return "guard"; }
  std::string shell() const override {
    return "hf_guard=" + shell_quote(std::string(enter_sh()) + std::string(kGuard)) + "\n" +
           std::string(kRunGuards);
  }
  bool runs_code() const override { return true; }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    std::vector<Value> out;
    for (const std::string_view line : lines(output)) {
      if (!starts_with(line, "status ") || line.size() > 10) {
        return fail(Code::AnswerUnreadable, "guard: not an exit status: '" + printable(line) + "'");
      }
      int status = 0;
      for (const char digit : line.substr(7)) {
        if (digit < '0' || digit > '9') {
          return fail(Code::AnswerUnreadable,
                      "guard: not an exit status: '" + printable(line) + "'");
        }
        status = status * 10 + (digit - '0');
      }
      ValueMap answer;
      answer.set("status", status);
      out.emplace_back(std::move(answer));
    }
    if (out.size() != keys.size()) {
      return fail(Code::AnswerUnreadable, "guard: " + std::to_string(out.size()) + " answers to " +
                                              std::to_string(keys.size()) + " questions: '" +
                                              printable(output) + "'");
    }
    return out;
  }
};

}  // namespace

std::unique_ptr<Collector> make_guard_collector() { return std::make_unique<GuardCollector>(); }

}  // namespace holdfast
