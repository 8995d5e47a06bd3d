#include "engine/report/quoted_line.h"

#include <algorithm>
#include <vector>

#include "engine/core/secret_names.h"
#include "engine/core/text.h"
#include "engine/report/line_settings.h"

namespace holdfast {
namespace {

constexpr std::string_view kElse = "…";
constexpr std::string_view kOpening = "{[ ";
constexpr std::size_t kMaxLine = 64U << 10;  ///< Longer ones aren't shown: nobody reads them.

std::string_view unquoted(std::string_view value) {
  const bool quoted =
      value.size() >= 2 && quotation_mark(value.front()) && value.back() == value.front();
  return quoted ? value.substr(1, value.size() - 2) : value;
}

bool only(std::string_view text, std::string_view bytes) {
  return text.find_first_not_of(bytes) == std::string_view::npos;
}

/// An expression of nothing but a name: what is wrong with it is that name.
bool names_variable(std::string_view value) {
  value = unquoted(value);
  if (!starts_with(value, "{{") || !ends_with(value, "}}") || value.size() < 5) return false;
  const std::string_view inner = trim(value.substr(2, value.size() - 4));
  return std::all_of(inner.begin(), inner.end(), name_byte);
}

/// Numbers, truths, addresses and names of variables: nothing that anybody keeps to himself.
bool harmless(std::string_view value) {
  value = unquoted(value);
  for (const std::string_view word : {"true", "false", "yes", "no", "null", "~"}) {
    if (value == word) return true;
  }
  if (only(value, kOpening)) return true;
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::size_t kShort = 5;
  if (value.size() <= kShort && only(value, kDigits)) return true;
  if (only(value, "0123456789./") && std::count(value.begin(), value.end(), '.') == 3) return true;
  return names_variable(value);
}

/// Names of the languages themselves, and of ways to hosts that don't sound secret.
bool open_name(std::string_view name) {
  for (const std::string_view word : {"name", "kind", "type", "on", "resource"}) {
    if (name == word) return true;
  }
  return starts_with(name, "ansible_");
}

struct Hidden {
  LineStretch what{};
  std::string_view shown;
};

/// The password of every URL.
void hide_urls(std::string_view line, std::vector<Hidden>& out) {
  for (std::size_t at = line.find("://"); at != std::string_view::npos; at = line.find("://", at)) {
    at += 3;
    const std::size_t end = std::min(line.find_first_of("/ \t\"',?#", at), line.size());
    const std::size_t host = line.substr(0, end).rfind('@');
    const std::size_t colon = line.find(':', at);
    if (host != std::string_view::npos && host >= at && colon < host)
      out.push_back({{colon + 1, host}, kSecretShown});
  }
}

bool touches(const LineSetting& stated, const LineStretch& mark) {
  return mark.begin < std::max(stated.value.end, stated.name.end) && mark.end > stated.name.begin;
}

/// In order, those that overlap as one.
std::vector<Hidden> one_by_one(std::vector<Hidden> parts) {
  std::sort(parts.begin(), parts.end(),
            [](const Hidden& a, const Hidden& b) { return a.what.begin < b.what.begin; });
  std::vector<Hidden> out;
  for (const Hidden& part : parts) {
    if (out.empty() || part.what.begin >= out.back().what.end) {
      out.push_back(part);
    } else {
      out.back().what.end = std::max(out.back().what.end, part.what.end);
    }
  }
  return out;
}

std::vector<Hidden> hidden_parts(std::string_view line, const SecretsAround& around,
                                 const LineStretch& mark) {
  std::vector<Hidden> out;
  const auto whole = [&](std::size_t begin) {
    return std::vector<Hidden>{{{begin, line.size()}, kSecretShown}};
  };
  if (around.in_secret_text) return whole(indentation(line));
  const auto [all, comment] = settings_on(line, around);
  const auto own =
      std::count_if(all.begin(), all.end(), [](const LineSetting& s) { return s.own; });
  if (around.in_secret_map && own == 0) return whole(first_name(line));
  for (const LineSetting& stated : all) {
    const auto& [begin, end] = stated.value;
    if (begin == end) continue;
    const std::string_view value = line.substr(begin, end - begin);
    if (stated.secret || (stated.mapping && !only(value, kOpening))) {
      if (!names_variable(value)) out.push_back({stated.value, kSecretShown});
      continue;
    }
    const std::string_view name =
        line.substr(stated.name.begin, stated.name.end - stated.name.begin);
    const bool meant = !stated.own || own < 2 || touches(stated, mark) || open_name(name);
    if (!meant && !harmless(value)) out.push_back({stated.value, kElse});
  }
  if (comment < line.size() && speaks_of_secrets(line.substr(comment))) {
    out.push_back({{comment + 1, line.size()}, kElse});
  }
  hide_urls(line, out);
  return one_by_one(std::move(out));
}

/// Where a byte of the line stands once the parts are hidden. @param behind  Of one within a part:
/// behind what is shown for it, not before.
std::size_t moved(std::size_t at, const std::vector<Hidden>& hidden, bool behind) {
  std::size_t less = 0, more = 0;
  for (const auto& [what, shown] : hidden) {
    if (at <= what.begin) break;
    if (at < what.end) return what.begin + more - less + (behind ? shown.size() : 0);
    more += shown.size();
    less += what.end - what.begin;
  }
  return at + more - less;
}

}  // namespace

QuotedLine quoted_line(const Position& where) {
  const std::string_view line = where.line_text();
  QuotedLine out;
  if (trim(line).empty() || line.size() > kMaxLine) return out;
  const std::size_t begin =
      std::min(static_cast<std::size_t>(std::max(where.column - 1, 0)), line.size());
  const std::size_t end =
      std::min(begin + static_cast<std::size_t>(std::max(where.length, 1)), line.size());
  const std::vector<Hidden> hidden = hidden_parts(line, secrets_around(where, line), {begin, end});
  std::size_t done = 0;
  for (const Hidden& part : hidden) {
    out.text += line.substr(done, part.what.begin - done);
    out.text += part.shown;
    done = part.what.end;
  }
  out.text += line.substr(done);
  out.column = moved(begin, hidden, false);
  out.length = std::max(moved(end, hidden, true), out.column + 1) - out.column;
  return out;
}

}  // namespace holdfast
