#include "engine/core/hash.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"
#include "engine/template/builtin.h"
#include "engine/template/data_text.h"
#include "engine/template/python_text.h"
#include "engine/template/version.h"

// Filters that write or read a value in another notation.
namespace holdfast::jinja {
namespace {

Result<std::optional<int>> indent_argument(const Call& call, std::size_t i) {
  if (!call.has(i) || call.arg(i).is_null()) return std::optional<int>();
  HF_TRY(const std::int64_t indent, call.whole(i, 0));
  if (indent < 0 || indent > 40) return call.wrong("indents by 0 to 40");
  return std::optional<int>(static_cast<int>(indent));
}

Result<Term> json(Call& call) {
  JsonStyle style{.sort_keys = call.truth(1, false), .ascii = call.truth(2, true)};
  HF_TRY(style.indent, indent_argument(call, 0));
  HF_TRY(std::string out, to_json(call.value(), style, call.budget));
  return of(std::move(out));
}

Result<Term> nice_json(Call& call) {
  JsonStyle style{.indent = 4, .sort_keys = call.truth(1, true), .ascii = call.truth(2, true)};
  if (call.has(0)) {
    HF_TRY(style.indent, indent_argument(call, 0));
  }
  HF_TRY(std::string out, to_json(call.value(), style, call.budget));
  return of(std::move(out));
}

/// Jinja2's own: sorted, and safe inside of HTML.
Result<Term> html_json(Call& call) {
  JsonStyle style{.sort_keys = true};
  HF_TRY(style.indent, indent_argument(call, 0));
  HF_TRY(const std::string plain, to_json(call.value(), style, call.budget));
  std::string out;
  for (const char c : plain) {
    if (c == '<') {
      out += "\\u003c";
    } else if (c == '>') {
      out += "\\u003e";
    } else if (c == '&') {
      out += "\\u0026";
    } else if (c == '\'') {
      out += "\\u0027";
    } else {
      out += c;
    }
  }
  return of(std::move(out));
}

Result<std::string> text_subject(const Call& call) {
  if (!call.value().is_text() && !call.value().is_secret()) {
    return call.needs("a text", call.value());
  }
  return std::string(call.value().bytes());
}

Result<Term> read_json(Call& call) {
  HF_TRY(const std::string text, text_subject(call));
  HF_TRY(Value out, from_json(text, call.budget));
  return of(std::move(out));
}

Result<Term> yaml_in(Call& call, YamlStyle style) {
  HF_TRY(const std::optional<int> indent, indent_argument(call, 0));
  // PyYAML falls back to 2 outside of these.
  if (indent) style.indent = *indent >= 2 && *indent <= 9 ? *indent : 2;
  style.sort_keys = call.truth(1, true);
  HF_TRY(std::string out, to_yaml(call.value(), style, call.budget));
  return of(std::move(out));
}

Result<Term> yaml(Call& call) { return yaml_in(call, {}); }
Result<Term> nice_yaml(Call& call) { return yaml_in(call, {.indent = 4, .flow_leaves = false}); }

Result<Term> encode_base64(Call& call) {
  const std::string text = call.subject_text();
  return of(base64_encode(text));
}

Result<Term> decode_base64(Call& call) {
  HF_TRY(const std::string text, text_subject(call));
  std::string bytes;
  if (!base64_decode(text, bytes)) return call.wrong("needs base64");
  if (!valid_utf8(bytes)) return call.wrong("gives bytes that are no UTF-8 text");
  return of(std::move(bytes));
}

Result<Term> sha256(Call& call) { return of(sha256_hex(call.subject_text())); }

Result<Term> hash(Call& call) {
  HF_TRY(const std::string kind, call.text(0, "sha1"));
  if (kind != "sha256") {
    return call.wrong("can't make " + in_quotes(kind),
                      "write hash('sha256'), the only one there is");
  }
  return sha256(call);
}

Result<Term> quote(Call& call) {
  const std::string text = call.value().is_null() ? std::string() : call.subject_text();
  if (text.find('\0') != std::string::npos) return call.wrong("can't quote a NUL for a shell");
  return of(shell_quote(text));
}

/// Percent-encodes everything but letters, digits and "_.-~" (and "/" in a path).
std::string percent_encoded(std::string_view text, bool query) {
  std::string out;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || c == '_' || c == '.' || c == '-' || c == '~' || (c == '/' && !query)) {
      out += c;
    } else if (c == ' ' && query) {
      out += '+';
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += "0123456789ABCDEF"[byte >> 4U];
      out += "0123456789ABCDEF"[byte & 15U];
    }
  }
  return out;
}

Result<Term> url_encode(Call& call) {
  if (!call.value().is_map() && !call.value().is_list()) {
    return of(percent_encoded(call.subject_text(), false));
  }
  ValueList pairs;
  if (call.value().is_map()) {
    for (const auto& [key, item] : call.value().as_map()) {
      pairs.emplace_back(ValueList{Value(key), item});
    }
  } else {
    pairs = call.value().as_list();
  }
  Mixture ignored(call.budget);
  std::string out;
  for (const Value& pair : pairs) {
    if (!pair.is_list() || pair.as_list().size() != 2) return call.needs("a list of pairs", pair);
    if (!out.empty()) out += '&';
    out += percent_encoded(to_text(pair.as_list()[0], ignored, call.budget), true) + "=" +
           percent_encoded(to_text(pair.as_list()[1], ignored, call.budget), true);
    if (!call.budget.spend_text(out.size())) break;
  }
  return of(std::move(out));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Result<Term> url_decode(Call& call) {
  const std::string text = call.subject_text();
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool coded = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                       hex_digit(text[i + 2]) >= 0;
    if (coded) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  if (!valid_utf8(out)) return call.wrong("gives bytes that are no UTF-8 text");
  return of(std::move(out));
}

}  // namespace

const Builtins& data_filters() {
  static const Builtins kFilters = {
      {"to_json", "indent sort_keys ensure_ascii", Flow::Builds, json},
      {"to_nice_json", "indent sort_keys ensure_ascii", Flow::Builds, nice_json},
      {"tojson", "indent", Flow::Builds, html_json},
      {"from_json", "", Flow::Builds, read_json},
      {"to_yaml", "indent sort_keys", Flow::Builds, yaml},
      {"to_nice_yaml", "indent sort_keys", Flow::Builds, nice_yaml},
      {"b64encode", "", Flow::Builds, encode_base64},
      {"b64decode", "", Flow::Builds, decode_base64},
      {"hash", "hashtype", Flow::Builds, hash},
      {"sha256", "", Flow::Builds, sha256},
      {"quote", "", Flow::Builds, quote},
      {"urlencode", "", Flow::Builds, url_encode},
      {"urldecode", "", Flow::Builds, url_decode},
      {"version", "version! operator strict version_type", Flow::Compares, version_holds},
  };
  return kFilters;
}

}  // namespace holdfast::jinja
