#include "tests/support/fake_ufw.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/core/text.h"
#include "resources/ufw/rule.h"

namespace holdfast {
namespace {

/// The words of `ufw RULE` back to what a manifest would state.
struct Words {
  State fields{};
  std::string action{}, comment{};
};

Words read_words(const Argv& words) {
  Words out;
  std::size_t i = 0;
  if (words.at(0) == "route") {
    out.fields.set("routed", true);
    ++i;
  }
  out.action = words.at(i++);
  std::string end;
  for (; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "in" || word == "out") {
      const bool on = i + 1 < words.size() && words[i + 1] == "on";
      if (on && word == "out" && out.fields.find("routed") != nullptr) {
        out.fields.set("out_interface", words.at(i + 2));
      } else if (on) {
        out.fields.set("interface", words.at(i + 2));
      }
      if (out.fields.find("routed") == nullptr) out.fields.set("direction", word);
      if (on) i += 2;
    } else if (word == "log" || word == "log-all") {
      out.fields.set("log", word == "log" ? "new" : "all");
    } else if (word == "comment") {
      out.comment = words.at(++i);
    } else if (word == "port") {
      out.fields.set(end == "from" ? "from_port" : "port", words.at(++i));
    } else {
      if (word == "from" || word == "to") end = word;
      out.fields.set(word, words.at(++i));
    }
  }
  return out;
}

std::string hex_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += "0123456789abcdef"[byte / 16];
    out += "0123456789abcdef"[byte % 16];
  }
  return out;
}

/// The line of user.rules; of an app rule, with a port that its profile would have.
std::string tuple_line(const UfwRule& rule, bool v6, const std::string& comment) {
  std::string matches = rule.tuple(v6);
  std::string action = rule.action + (rule.log.empty() ? "" : "_" + rule.log);
  if (starts_with(matches, "route ")) {
    action = "route:" + action;
    matches = matches.substr(6);
  }
  return "### tuple ### " + action + " " + matches +
         (comment.empty() ? "" : " comment=" + hex_text(comment));
}

std::string traffic(const std::string& line) {
  const auto tuple = ufw_tuple(line);
  return tuple ? tuple->matches : "";
}

FakeHost::Outcome change_rule(FakeHost& host, Argv words, const std::string& operation) {
  std::string verb;
  const std::size_t at = words.at(0) == "route" ? 1 : 0;
  if (words.at(at) == "delete" || words.at(at) == "prepend") {
    verb = words[at];
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(at));
  }
  const Words stated = read_words(words);
  const auto rule = ufw_rule(stated.action, stated.fields);
  if (!rule) return {.status = 1, .output = rule.error().message};
  for (const bool v6 : {false, true}) {
    if (v6 ? !rule->ipv6() : !rule->ipv4()) continue;
    std::vector<std::string>& rules = v6 ? host.ufw.rules6 : host.ufw.rules4;
    const std::string line = tuple_line(*rule, v6, stated.comment);
    const auto same = std::find_if(rules.begin(), rules.end(), [&](const std::string& other) {
      return traffic(other) == traffic(line);
    });
    if (verb == "delete" || operation == "drop") {
      if (same != rules.end()) rules.erase(same);
    } else if (same != rules.end()) {
      *same = line;
    } else {
      rules.insert(verb == "prepend" ? rules.begin() : rules.end(), line);
    }
  }
  return {};
}

}  // namespace

std::string ufw_text(const FakeHost& host, const std::vector<std::string>&) {
  const FakeHost::Ufw& ufw = host.ufw;
  std::string out = "file /etc/ufw/ufw.conf\nlimit6\n";
  for (const auto& [name, value] : ufw.settings) out += "conf " + name + "=" + value + "\n";
  for (const std::string& rule : ufw.rules4) out += "4 " + rule + "\n";
  for (const std::string& rule : ufw.rules6) out += "6 " + rule + "\n";
  return out + (ufw.settings.at("ENABLED") == "yes" ? "live\n" : "");
}

std::string ufw_snapshot(const FakeHost& host) {
  std::string out;
  for (const auto& [name, value] : host.ufw.settings) out += "ufw " + name + "=" + value + "\n";
  for (const std::string& rule : host.ufw.rules4) out += "ufw4 " + rule + "\n";
  for (const std::string& rule : host.ufw.rules6) out += "ufw6 " + rule + "\n";
  return out;
}

FakeHost::Outcome capture_ufw(FakeHost& host, const FakeHost::Call&) {
  return {.output = ufw_snapshot(host)};
}

/// -I -c PROGRAM apply|undo COMMAND…
FakeHost::Outcome ufw_commands(FakeHost& host, const FakeHost::Call& call) {
  FakeHost::Ufw& ufw = host.ufw;
  if (starts_with(call.arguments.at(3), "undo")) {
    ufw = {};
    for (const std::string_view line : lines(call.capture)) {
      const std::size_t space = line.find(' ');
      const std::string rest(line.substr(space + 1));
      if (starts_with(line, "ufw4 ")) ufw.rules4.push_back(rest);
      if (starts_with(line, "ufw6 ")) ufw.rules6.push_back(rest);
      if (starts_with(line, "ufw "))
        ufw.settings[rest.substr(0, rest.find('='))] = rest.substr(rest.find('=') + 1);
    }
    return {};
  }
  static const std::map<std::string, std::string> kStored{
      {"allow", "ACCEPT"},   {"deny", "DROP"},       {"reject", "REJECT"},
      {"incoming", "INPUT"}, {"outgoing", "OUTPUT"}, {"routed", "FORWARD"}};
  for (std::size_t i = 4; i < call.arguments.size(); ++i) {
    const Argv words = nlohmann::json::parse(call.arguments[i]).get<Argv>();
    const std::string& operation = words.at(0);
    if (operation == "rule" || operation == "drop") {
      auto outcome = change_rule(host, {words.begin() + 1, words.end()}, operation);
      if (outcome.status != 0) return outcome;
    }
    if (operation == "enable") ufw.settings["ENABLED"] = "yes";
    if (operation == "disable") ufw.settings["ENABLED"] = "no";
    if (operation == "logging") ufw.settings["LOGLEVEL"] = words.at(1);
    if (operation == "ipv6") ufw.settings["IPV6"] = words.at(1);
    if (operation == "default") {
      ufw.settings["DEFAULT_" + kStored.at(words.at(1)) + "_POLICY"] = kStored.at(words.at(2));
    }
  }
  return {};
}

}  // namespace holdfast
