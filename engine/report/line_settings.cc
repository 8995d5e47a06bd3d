#include "engine/report/line_settings.h"

#include <algorithm>
#include <string>

#include "engine/core/secret_names.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr auto kNone = std::string_view::npos;
constexpr std::string_view kDefault = "default";  ///< Of an input.

bool blank(char c) { return c == ' ' || c == '\t'; }

std::size_t behind_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && blank(text[at])) ++at;
  return at;
}

/// Behind the closing quote, or the end.
std::size_t behind_quote(std::string_view text, std::size_t at) {
  const char mark = text[at];
  for (++at; at < text.size(); ++at) {
    if (mark == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == mark) {
      const bool doubled = mark == '\'' && at + 1 < text.size() && text[at + 1] == mark;
      if (!doubled) return at + 1;
      ++at;
    }
  }
  return text.size();
}

/// `type: secret` and `secret: true` of an input.
bool declares_secret(std::string_view text) {
  const auto words = name_words(text);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "type" && words[i + 1] == "secret") return true;
    if (words[i] == "type" && i + 2 < words.size() && words[i + 2] == "secret") return true;
    if (words[i] == "secret" && words[i + 1] == "true") return true;
  }
  return false;
}

/// The name at `at` and the place behind its colon; "" where there is none.
std::string_view name_at(std::string_view line, std::size_t at, std::size_t& behind) {
  if (at >= line.size()) return {};
  const bool quoted = quotation_mark(line[at]);
  std::size_t end = at;
  if (quoted) {
    end = behind_quote(line, at);
  } else {
    while (end < line.size() && name_byte(line[end])) ++end;
  }
  const std::size_t colon = behind_blanks(line, end);
  if (colon >= line.size() || line[colon] != ':') return {};
  behind = colon + 1;
  return quoted && end - at >= 2 ? line.substr(at + 1, end - at - 2) : line.substr(at, end - at);
}

class LineReader {
 public:
  LineReader(std::string_view line, const SecretsAround& around) : line_(line), around_(around) {}

  LineSettings read() {
    bool begins = true;  // A key of YAML may stand here.
    std::size_t at = first_name(line_);
    while (at < line_.size()) {
      const char c = line_[at];
      const bool fresh = at == 0 || !name_byte(line_[at - 1]);
      if (quoted_until_ == kNone && quotation_mark(c) && fresh) {
        quoted_until_ = behind_quote(line_, at);
        quoted_from_ = at;
      }
      if (quoted_until_ != kNone && at >= quoted_until_) {
        quoted_until_ = kNone;
        begins = false;
        continue;
      }
      const bool inside = quoted_until_ != kNone;
      if (!inside && c == '#' && (at == 0 || blank(line_[at - 1]))) break;
      if (!inside && (c == '{' || c == '[' || c == ',')) {
        begins = true;
        if (c != ',') flow_ = true;
      }
      if (name_byte(c)) {
        at = word(at, begins);
        if (!inside) begins = false;
        continue;
      }
      ++at;
    }
    comment_ = at;
    end_values();
    return {std::move(out_), comment_};
  }

 private:
  /// Notes the name at `at`, where it is one; returns what is behind it.
  std::size_t word(std::size_t at, bool begins) {
    std::size_t end = at;
    while (end < line_.size() && name_byte(line_[end])) ++end;
    const bool inside = quoted_until_ != kNone;
    const bool whole_quote = inside && at == quoted_from_ + 1 && end + 1 == quoted_until_;
    const std::size_t separator = behind_blanks(line_, whole_quote ? end + 1 : end);
    if (separator >= line_.size()) return end;
    const std::string_view name = line_.substr(at, end - at);
    const bool equals = line_[separator] == '=';
    const bool colon = line_[separator] == ':';
    // "ansible_password hunter2" lacks only what makes it a variable.
    const bool spoken =
        !equals && !colon && !inside && !keyed_ && separator > end && starts_with(name, "ansible_");
    if (!equals && !colon && !spoken) return end;
    const bool spaced = separator + 1 == line_.size() || blank(line_[separator + 1]);
    const bool key = colon && begins && (spaced || whole_quote) && (!inside || whole_quote);
    // Behind a key of YAML it is somebody's text.
    const bool variable = equals && !inside && !keyed_ && (at == 0 || blank(line_[at - 1]));
    const bool secret = sounds_secret(name) ||
                        ((around_.in_secret_map || in_secret_flow_) && key) ||
                        (name == kDefault && (around_.in_secret_input || declares_secret(line_)));
    if (!key && !variable && !secret) return end;
    keyed_ = keyed_ || key;
    const std::size_t behind = spoken ? separator : separator + 1;
    const std::size_t value = behind_blanks(line_, behind);
    // "{{" begins an expression.
    const bool mapping =
        key && secret && line_.substr(value, 1) == "{" && line_.substr(value, 2) != "{{";
    in_secret_flow_ = in_secret_flow_ || mapping;
    LineSetting stated{.name = {at, end},
                       .value = {value, kNone},
                       .by_equals = !colon,
                       .own = key || variable,
                       .secret = secret && !mapping,
                       .mapping = mapping};
    if (inside && !whole_quote) {
      const bool closed = line_[quoted_until_ - 1] == line_[quoted_from_];
      stated.value.end = closed ? quoted_until_ - 1 : quoted_until_;
    }
    in_flow_.push_back(flow_);
    out_.push_back(stated);
    if (whole_quote) quoted_until_ = kNone;
    return behind;
  }

  void end_values() {
    std::size_t next = line_.size();
    for (std::size_t i = out_.size(); i > 0; --i) {
      LineSetting& stated = out_[i - 1];
      if (stated.value.end == kNone) stated.value.end = end_of(stated, next, in_flow_[i - 1]);
      stated.value.end = std::max(stated.value.begin, stated.value.end);
      if (stated.own) next = stated.name.begin - (quote_before(stated.name.begin) ? 1 : 0);
    }
  }

  bool quote_before(std::size_t at) const { return at > 0 && quotation_mark(line_[at - 1]); }

  std::size_t end_of(const LineSetting& stated, std::size_t next, bool flow) const {
    const std::size_t begin = stated.value.begin;
    if (begin >= line_.size()) return begin;
    if (stated.secret) {
      // Too much rather than too little, where the text breaks off or goes on oddly.
      if (quotation_mark(line_[begin])) {
        const std::size_t end = behind_quote(line_, begin);
        const std::size_t rest = behind_blanks(line_, end);
        if (rest == line_.size() || (rest > end && (stated.by_equals || line_[rest] == '#'))) {
          return end;
        }
        if (std::string_view(",}]").find(line_[rest]) != kNone) return end;
      }
      return stated.by_equals || flow ? without_end(begin, next, " \t,") : line_.size();
    }
    return without_end(begin, std::min(next, comment_), " \t,}]");
  }

  std::size_t without_end(std::size_t begin, std::size_t end, std::string_view bytes) const {
    while (end > begin && bytes.find(line_[end - 1]) != kNone) --end;
    return end;
  }

  std::string_view line_;
  const SecretsAround& around_;
  std::vector<LineSetting> out_;
  std::vector<bool> in_flow_;
  std::size_t quoted_until_ = kNone, quoted_from_ = 0, comment_ = 0;
  bool flow_ = false;
  bool keyed_ = false;  ///< A key of YAML stands before.
  bool in_secret_flow_ = false;
};

}  // namespace

bool quotation_mark(char c) { return c == '"' || c == '\''; }

std::size_t indentation(std::string_view line) { return behind_blanks(line, 0); }

std::size_t first_name(std::string_view line) {
  std::size_t at = indentation(line);
  while (at + 1 < line.size() && line[at] == '-' && blank(line[at + 1])) {
    at = behind_blanks(line, at + 1);
  }
  return at;
}

SecretsAround secrets_around(const Position& where, std::string_view line) {
  SecretsAround out;
  const std::vector<std::string_view> all = lines(where.source->text);
  const auto own = static_cast<std::size_t>(where.line - 1);
  const std::size_t column = first_name(line);
  const auto beside = [&](std::size_t i) {
    if (!trim(all[i]).empty() && first_name(all[i]) < column) return false;
    if (first_name(all[i]) == column && declares_secret(all[i])) out.in_secret_input = true;
    return true;
  };
  if (line.find(kDefault) != kNone) {
    for (std::size_t i = own; i > 0 && beside(i - 1);) --i;
    for (std::size_t i = own + 1; i < all.size() && beside(i);) ++i;
  }
  std::size_t indent = indentation(line);
  bool item = starts_with(line.substr(indent), "-");
  for (std::size_t i = std::min(own, all.size()); i > 0 && (indent > 0 || item); --i) {
    const std::string_view above = all[i - 1];
    const std::size_t here = indentation(above);
    const bool listed = here < above.size() && above[here] == '-';
    if (here == above.size() || above[here] == '#') continue;
    if (here > indent || (here == indent && (listed || !item))) continue;
    std::size_t behind = 0;
    const std::size_t at = first_name(above);
    const std::string_view name = name_at(above, at, behind);
    if ((at < indent || (item && at == indent)) && !name.empty() && sounds_secret(name)) {
      const std::string_view rest = trim(above.substr(behind));
      (rest.empty() || rest.front() == '#' ? out.in_secret_map : out.in_secret_text) = true;
    }
    indent = here;
    item = listed;
  }
  return out;
}

LineSettings settings_on(std::string_view line, const SecretsAround& around) {
  return LineReader(line, around).read();
}

}  // namespace holdfast
