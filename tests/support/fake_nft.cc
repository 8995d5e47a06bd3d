#include "tests/support/fake_nft.h"

#include <algorithm>

#include "engine/core/text.h"

namespace holdfast {
namespace {

using Tables = FakeHost::Tables;

/// A text as the kernel would have it: each table by name with its lines, indented by depth,
/// without comments, definitions and commands.
Tables tables_in(std::string_view text) {
  Tables out;
  int depth = 0;
  for (const std::string_view raw : lines(text)) {
    const std::string_view line = trim(raw.substr(0, raw.find('#')));
    const bool begins = depth == 0 && starts_with(line, "table ") && ends_with(line, "{");
    const int before = depth;
    depth += static_cast<int>(std::count(line.begin(), line.end(), '{')) -
             static_cast<int>(std::count(line.begin(), line.end(), '}'));
    if (begins) {
      out.emplace_back(line.substr(6, line.size() - 8), "");
    } else if (before > 0 && depth > 0 && !line.empty()) {
      out.back().second += std::string(static_cast<std::size_t>(std::min(before, depth)), '\t') +
                           std::string(line) + "\n";
    }
  }
  return out;
}

std::string listing(const Tables& tables) {
  std::string out;
  for (const auto& [name, body] : tables) out += "table " + name + " {\n" + body + "}\n";
  return out;
}

std::string prefixed(const std::string& word, const std::string& text) {
  std::string out;
  for (const std::string_view line : lines(text)) out += word + " " + std::string(line) + "\n";
  return out;
}

bool closed(std::string_view text) {
  return std::count(text.begin(), text.end(), '{') == std::count(text.begin(), text.end(), '}');
}

std::vector<std::string> names_in(const std::vector<std::string_view>& words, std::size_t from) {
  std::vector<std::string> out;
  for (std::size_t i = from; i + 1 < words.size(); i += 2) {
    out.push_back(std::string(words[i]) + " " + std::string(words[i + 1]));
  }
  return out;
}

std::vector<std::string> names_of(const FakeHost::Call& call) {
  return names_in({call.arguments.begin(), call.arguments.end()}, 0);
}

/// Those of these names that are there, in the names' order.
Tables chosen(const Tables& tables, const std::vector<std::string>& names) {
  Tables out;
  for (const std::string& name : names) {
    for (const auto& table : tables) {
      if (table.first == name) out.push_back(table);
    }
  }
  return out;
}

void replace(FakeHost& host, const std::vector<std::string>& names, const Tables& by) {
  std::erase_if(host.tables, [&](const auto& table) {
    return std::find(names.begin(), names.end(), table.first) != names.end();
  });
  host.tables.insert(host.tables.end(), by.begin(), by.end());
}

std::vector<std::string> states_of(const std::string& file) {
  std::vector<std::string> out;
  for (const std::string_view line : lines(file)) {
    if (starts_with(line, "delete table ")) out.emplace_back(line.substr(13));
  }
  return out;
}

}  // namespace

std::string nft_text(const FakeHost& host, const std::vector<std::string>& keys) {
  std::string out;
  for (const auto& [name, body] : host.tables) out += "live " + name + "\n";
  for (const auto& [path, node] : host.files) {
    if (starts_with(path, "/etc/nftables-") && ends_with(path, ".nft"))
      out += "file " + path + "\n";
  }
  std::string now;
  std::string stated;
  std::string parts;
  for (const std::string& key : keys) {
    const std::string head = key.substr(0, key.find('\n'));
    const std::vector<std::string_view> words = split(head, ' ');
    const std::string text = key.size() == head.size() ? "" : key.substr(head.size() + 1);
    const auto file = host.files.find(std::string(words.at(1)));
    const std::string kept = file == host.files.end() ? "" : file->second.content;
    const std::vector<std::string> states = states_of(kept);
    const std::string made = listing(tables_in(text));
    now += listing(chosen(host.tables, words.size() > 2 ? names_in(words, 2) : states));
    stated += made;
    parts += "key\n" + (closed(text) ? prefixed("stated", made) + "json {\"nftables\": []}\n"
                                     : "error /dev/stdin:5:1-1: Error: syntax error\n");
    parts += prefixed("kept", listing(tables_in(kept)));
    for (const std::string& name : states) parts += "states " + name + "\n";
  }
  if (now == stated) return out + "same\n";
  return out + prefixed("now", now) + parts;
}

std::string nft_snapshot(const FakeHost& host) {
  std::string out;
  for (const auto& [name, body] : host.tables)
    out += "table " + name + " " + printable(body) + "\n";
  return out;
}

FakeHost::Outcome load_nft(FakeHost& host, const FakeHost::Call& call) {
  if (!closed(call.input)) return {.status = 1, .output = "Error: syntax error"};
  replace(host, names_of(call), tables_in(call.input));
  return {};
}

FakeHost::Outcome capture_nft(FakeHost& host, const FakeHost::Call& call) {
  return {.output = listing(chosen(host.tables, names_of(call)))};
}

FakeHost::Outcome undo_nft(FakeHost& host, const FakeHost::Call& call) {
  const std::string now = listing(chosen(host.tables, names_of(call)));
  if (now == call.capture) return {};
  if (now != listing(tables_in(call.input))) return {.status = 1, .output = "changed since"};
  replace(host, names_of(call), tables_in(call.capture));
  return {};
}

}  // namespace holdfast
