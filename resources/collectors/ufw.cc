#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "resources/ufw/rule.h"

namespace holdfast {
namespace {

// ufw's own store, not `ufw status`: it is complete while the firewall is off, and read by one
// program. What the kernel has is asked only where the store says that the firewall is on.
constexpr std::string_view kReadUfwFiles = R"sh(
  for f in /etc/ufw/ufw.conf /etc/default/ufw /etc/ufw/user.rules /etc/ufw/user6.rules; do
    if [ ! -f "$f" ]; then echo "missing $f"
    elif [ ! -r "$f" ]; then echo "unreadable $f"
    else echo "file $f"; fi
  done
  hf_store=$(sed -n -e 's/^ENABLED=/conf &/p' -e 's/^LOGLEVEL=/conf &/p' -e 's/^IPV6=/conf &/p' -e 's/^DEFAULT_[A-Z]*_POLICY=/conf &/p' \
    -e '/^six$/{h;d;}' -e '/^### tuple ###/{x;/^six$/{x;s/^/6 /p;d;};x;s/^/4 /p;}' -e 's/^:ufw6-user-limit .*/limit6/p' \
    /etc/ufw/ufw.conf /etc/default/ufw /etc/ufw/user.rules - /etc/ufw/user6.rules 2>/dev/null <<END
six
END
)
  printf '%s\n' "$hf_store"
  case $hf_store in
    *'conf ENABLED='[Yy][Ee][Ss]* | *'conf ENABLED="'[Yy][Ee][Ss]*)
      case $(iptables -S INPUT 2>/dev/null) in *ufw-before-input*) echo live ;; esac ;;
  esac
)sh";

/// What ufw has stored: "enabled" (and really there), "incoming", "outgoing", "routed" (allow,
/// deny, reject), "logging", "ipv6", "limit6" (whether IPv6 rules can have `limit`), "rules4" and
/// "rules6": lists of {action, matches, chain, comment}. Null where there is no ufw.
class UfwCollector final : public Collector {
 public:
  std::string name() const override { return "ufw"; }
  std::string shell() const override { return std::string(kReadUfwFiles); }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    ValueMap answer;
    ValueList rules4;
    ValueList rules6;
    bool missing = false;
    bool hidden = false;
    bool stored_on = false;
    bool live = false;
    answer.set("limit6", false);
    for (const std::string_view line : lines(output)) {
      missing = missing || starts_with(line, "missing ");
      hidden = hidden || starts_with(line, "unreadable ");
      live = live || line == "live";
      if (line == "limit6") answer.set("limit6", true);
      if (starts_with(line, "conf ")) take_option(line.substr(5), answer, stored_on);
      if (starts_with(line, "4 ")) take_rule(line.substr(2), rules4);
      if (starts_with(line, "6 ")) take_rule(line.substr(2), rules6);
    }
    if (missing) return std::vector<Value>(keys.size());
    if (hidden) return std::vector<Value>(keys.size(), Value(Unknown{"needs root"}));
    if (answer.find("incoming") == nullptr || answer.find("logging") == nullptr) {
      return fail(Code::AnswerUnreadable, "ufw: '" + printable(output.substr(0, 200)) + "'");
    }
    answer.set("enabled", stored_on && live);
    answer.set("rules4", std::move(rules4));
    answer.set("rules6", std::move(rules6));
    return std::vector<Value>(keys.size(), Value(std::move(answer)));
  }

 private:
  static void take_option(std::string_view line, ValueMap& answer, bool& on) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return;
    const std::string_view name = line.substr(0, equals);
    std::string value = to_lower(trim(line.substr(equals + 1)));
    if (value.size() > 1 && value.front() == '"') value = value.substr(1, value.size() - 2);
    const std::string policy = value == "accept" ? "allow" : value == "drop" ? "deny" : value;
    if (name == "ENABLED") on = value == "yes";
    if (name == "LOGLEVEL") answer.set("logging", value);
    if (name == "IPV6") answer.set("ipv6", value == "yes");
    if (name == "DEFAULT_INPUT_POLICY") answer.set("incoming", policy);
    if (name == "DEFAULT_OUTPUT_POLICY") answer.set("outgoing", policy);
    if (name == "DEFAULT_FORWARD_POLICY") answer.set("routed", policy);
  }

  static void take_rule(std::string_view line, ValueList& rules) {
    const auto tuple = ufw_tuple(line);
    if (!tuple) return;
    ValueMap rule;
    rule.append("action", tuple->action);
    rule.append("matches", tuple->matches);
    rule.append("chain", tuple->chain);
    rule.append("comment", tuple->comment);
    rules.emplace_back(std::move(rule));
  }
};

}  // namespace

std::unique_ptr<Collector> make_ufw_collector() { return std::make_unique<UfwCollector>(); }

}  // namespace holdfast
