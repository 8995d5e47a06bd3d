#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "resources/collectors/output.h"
#include "resources/ufw/rule.h"

namespace holdfast {
namespace {

// sudo takes SSH_CONNECTION away: then a program that this one descends from still has it.
constexpr std::string_view kFindLogin = R"sh(
  hf_login=$SSH_CONNECTION hf_process=$$
  while [ -z "$hf_login" ] && [ "${hf_process:-0}" -gt 1 ]; do
    hf_login=$(tr '\0' '\n' <"/proc/$hf_process/environ" | sed -n 's/^SSH_CONNECTION=//p')
    while read -r hf_key hf_value; do
      if [ "$hf_key" = PPid: ]; then break; fi
    done <"/proc/$hf_process/status"
    hf_process=$hf_value
  done 2>/dev/null
  printf 'login %s\n' "$hf_login"
  case " $* " in *' interface '*)
    hf_login=${hf_login#* * }
    ip -o addr show to "${hf_login%% *}" 2>/dev/null | sed -n 's/^[0-9]*: \([^ ]*\) .*/interface \1/p' ;;
  esac
  :
)sh";

std::string normal_address(std::string_view text) {
  text = text.substr(0, text.find('%'));
  constexpr std::string_view kMapped = "::ffff:";
  if (starts_with(text, kMapped) && text.find('.') != std::string_view::npos) {
    text.remove_prefix(kMapped.size());
  }
  if (auto four = normal_ipv4(text)) return *four;
  return normal_ipv6(text).value_or("");
}

/// The SSH connection by which this program came, whatever the key: {client, server, port} and, of
/// the key "interface", the interface that has the server's address. Null where there is none, or
/// where it can't be told.
class LoginCollector final : public Collector {
 public:
  std::string name() const override { return "login"; }
  std::string shell() const override { return std::string(kFindLogin); }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    ValueMap answer;
    std::string interface;
    for (const std::string_view line : lines(output)) {
      if (starts_with(line, "interface ") && interface.empty()) interface = line.substr(10);
      if (!starts_with(line, "login ")) continue;
      const std::vector<std::string_view> words = split(line.substr(6), ' ');
      if (words.size() != 4) continue;
      const auto port = read_number(words[3]);
      const std::string client = normal_address(words[0]);
      const std::string server = normal_address(words[2]);
      if (!port || client.empty() || server.empty()) continue;
      answer.set("client", client);
      answer.set("server", server);
      answer.set("port", *port);
    }
    std::vector<Value> out(keys.size());
    for (std::size_t i = 0; i < keys.size() && !answer.empty(); ++i) {
      ValueMap one = answer;
      if (keys[i] == "interface") one.set("interface", interface);
      out[i] = Value(std::move(one));
    }
    return out;
  }
};

}  // namespace

std::unique_ptr<Collector> make_login_collector() { return std::make_unique<LoginCollector>(); }

}  // namespace holdfast
