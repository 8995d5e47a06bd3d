#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/inventory/host_pattern.h"
#include "engine/inventory/inventory.h"
#include "engine/inventory/name_pattern.h"
#include "engine/inventory/python_text.h"

namespace holdfast {
namespace {

/// "web[0]" or "web[1:3]": which of the hosts that the rest names.
struct Subscript {
  std::int64_t first = 0;
  std::optional<std::int64_t> last{};  ///< Inclusive; -1: the last one.
};

struct Term {
  std::string text;  ///< Without & and !.
  std::string name;  ///< Without the subscript, too.
  std::optional<Subscript> subscript{};
};

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "3", "-1", "1:3", "1:".
std::optional<Subscript> parse_subscript(std::string_view inside) {
  const auto separator = inside.find_first_of(":-", 1);
  if (separator == std::string_view::npos) {
    const auto only = number(inside);
    return only ? std::optional(Subscript{*only}) : std::nullopt;
  }
  const auto first = number(inside.substr(0, separator));
  const std::string_view rest = inside.substr(separator + 1);
  const auto last = rest.empty() ? std::optional<std::int64_t>(-1) : number(rest);
  if (!first || *first < 0 || !last || (!rest.empty() && *last < 0)) return std::nullopt;
  // As in Ansible, an end of 0 counts as none.
  if (*last == 0) return Subscript{*first};
  return Subscript{*first, last};
}

Term parse_term(std::string_view text) {
  if (text.front() == '!' || text.front() == '&') text.remove_prefix(1);
  Term out{.text = std::string(text), .name = std::string(text)};
  const auto open = text.rfind('[');
  const bool may = !starts_with(text, "~") && ends_with(text, "]");
  if (!may || open == std::string_view::npos || open == 0) return out;
  out.subscript = parse_subscript(text.substr(open + 1, text.size() - open - 2));
  if (out.subscript) out.name = std::string(text.substr(0, open));
  return out;
}

/// Splits at commas; where there is none, at the colons that stand in no address and no brackets.
std::vector<std::string> split_pattern(std::string_view pattern) {
  std::vector<std::string> parts;
  if (pattern.find(',') != std::string_view::npos) {
    for (const std::string_view part : split(pattern, ',')) parts.emplace_back(part);
  } else if (parse_host_address(pattern, true)) {
    parts.emplace_back(pattern);
  } else {
    std::string part;
    for (std::size_t at = 0; at < pattern.size();) {
      const std::size_t begin = at;
      const char32_t c = next_code_point(pattern, at);
      const auto close = c == U'[' ? pattern.find(']', at) : std::string_view::npos;
      if (close != std::string_view::npos) at = close + 1;
      const bool stray = c == U']' || (c == U'[' && close == std::string_view::npos);
      if (c == U':' || stray || python_space(c)) {
        parts.push_back(std::move(part));
        part.clear();
      } else {
        part += pattern.substr(begin, at - begin);
      }
    }
    parts.push_back(std::move(part));
  }
  std::vector<std::string> out;
  for (const std::string& part : parts) {
    if (const std::string_view term = python_strip(part); !term.empty()) out.emplace_back(term);
  }
  return out;
}

class Selector {
 public:
  Selector(const Inventory& inventory, const Position& where)
      : inventory_(inventory), where_(where) {}

  Result<std::set<std::string>> select(std::string_view pattern) {
    std::vector<std::string> terms = split_pattern(pattern);
    if (terms.empty()) return fail(invalid("the host pattern is empty"));
    const auto rank = [](const std::string& t) { return t[0] == '!' ? 2 : t[0] == '&' ? 1 : 0; };
    std::stable_sort(terms.begin(), terms.end(),
                     [&](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
    if (rank(terms[0]) > 0) terms.insert(terms.begin(), "all");
    std::set<std::string> out;
    for (const std::string& term : terms) {
      HF_TRY(const std::vector<std::string> list, hosts_of(term));
      const std::set<std::string> hosts(list.begin(), list.end());
      if (rank(term) == 0) out.insert(hosts.begin(), hosts.end());
      if (rank(term) == 1) std::erase_if(out, [&](const auto& h) { return !hosts.contains(h); });
      if (rank(term) == 2) std::erase_if(out, [&](const auto& h) { return hosts.contains(h); });
    }
    return out;
  }

 private:
  Error invalid(std::string message) const {
    return Error{.code = Code::PatternInvalid, .message = std::move(message), .where = where_};
  }

  Error unmatched(const Term& term) const {
    std::vector<std::string> names;
    for (const InventoryHost& host : inventory_.hosts()) names.push_back(host.name);
    for (const Group& group : inventory_.groups()) names.push_back(group.name);
    std::string hint = did_you_mean(term.name, names);
    if (hint.empty() && term.name == "localhost") {
      hint =
          "holdfast has no implicit localhost: add it to the inventory, with "
          "ansible_connection: local";
    }
    if (hint.empty()) hint = "`holdfast inventory --graph` shows the groups and hosts there are";
    return Error{.code = Code::PatternUnmatched,
                 .message = "'" + printable(term.text) + "' names no host and no group",
                 .where = where_,
                 .hint = std::move(hint)};
  }

  Result<std::vector<std::string>> hosts_of(const std::string& written) const {
    if (inventory_.host(written) != nullptr) return std::vector<std::string>{written};
    const Term term = parse_term(written);
    if (term.name.empty()) return fail(invalid("'" + printable(written) + "' names nothing"));
    HF_TRY(const std::vector<std::string> hosts, matches(term));
    if (!term.subscript || hosts.empty()) return hosts;
    return cut(term, hosts);
  }

  /// Groups by name or glob; hosts too, where no group fits or the term is more than a name.
  Result<std::vector<std::string>> matches(const Term& term) const {
    auto pattern = NamePattern::parse(term.name);
    if (!pattern) {
      pattern.error().where = where_;
      return fail(std::move(pattern.error()));
    }
    std::vector<std::string> out;
    bool group_found = false;
    for (const Group& group : inventory_.groups()) {
      if (!pattern->matches(group.name)) continue;
      group_found = true;
      for (std::string& host : inventory_.members_by_level(group.name)) {
        out.push_back(std::move(host));
      }
    }
    const bool more = term.name[0] == '~' || term.name.find_first_of(".?*[") != std::string::npos;
    if (!group_found || more) {
      for (const InventoryHost& host : inventory_.hosts()) {
        if (pattern->matches(host.name)) out.push_back(host.name);
      }
    }
    if (out.empty() && !group_found) return fail(unmatched(term));
    return out;
  }

  Result<std::vector<std::string>> cut(const Term& term,
                                       const std::vector<std::string>& hosts) const {
    const auto size = static_cast<std::int64_t>(hosts.size());
    const std::int64_t first = term.subscript->first;
    if (!term.subscript->last) {
      const std::int64_t at = first < 0 ? first + size : first;
      if (at >= 0 && at < size) return std::vector{hosts[static_cast<std::size_t>(at)]};
      return fail(Error{.code = Code::PatternUnmatched,
                        .message = "'" + printable(term.text) + "' counts beyond the " +
                                   std::to_string(size) + " hosts of '" + printable(term.name) +
                                   "'",
                        .where = where_});
    }
    const std::int64_t last = *term.subscript->last == -1 ? size - 1 : *term.subscript->last;
    std::vector<std::string> out;
    for (std::int64_t at = first; at <= last && at < size; ++at) {
      out.push_back(hosts[static_cast<std::size_t>(at)]);
    }
    return out;
  }

  const Inventory& inventory_;
  const Position& where_;
};

}  // namespace

Result<std::vector<std::string>> Inventory::select(std::string_view pattern, Position where) const {
  const Position place = std::move(where);
  HF_TRY(const std::set<std::string> chosen, Selector(*this, place).select(pattern));
  std::vector<std::string> out;
  for (const InventoryHost& host : hosts_) {
    if (chosen.contains(host.name)) out.push_back(host.name);
  }
  return out;
}

}  // namespace holdfast
