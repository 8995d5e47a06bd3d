#include "engine/template/regex.h"

#include <re2/re2.h>

#include "engine/core/text.h"
#include "engine/template/source_text.h"
#include "engine/template/unicode.h"

namespace holdfast::jinja {

struct Regex::Impl {
  Impl(const std::string& pattern, const RE2::Options& options) : program(pattern, options) {}
  RE2 program;
};

namespace {

/// Python's \Z is RE2's \z.
std::string translated(std::string_view pattern, bool multiline) {
  std::string out = multiline ? "(?m)" : "";
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    out += pattern[i];
    if (pattern[i] != '\\' || i + 1 == pattern.size()) continue;
    ++i;
    out += pattern[i] == 'Z' ? 'z' : pattern[i];
  }
  return out;
}

}  // namespace

Result<Regex> Regex::compile(std::string_view pattern, RegexFlags flags, Budget& budget) {
  if (pattern.size() > kMaxPattern) {
    return fail(Code::TemplateLimit, "a pattern of " + std::to_string(pattern.size()) +
                                         " bytes; at most " + std::to_string(kMaxPattern));
  }
  budget.spend(static_cast<std::int64_t>(20 + pattern.size()));
  RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!flags.ignore_case);
  options.set_max_mem(4 << 20);
  Regex out;
  out.impl_ = std::make_shared<const Impl>(translated(pattern, flags.multiline), options);
  if (out.impl_->program.ok()) {
    // "(x{100}){10}" is short to write and long to compile.
    budget.spend(out.impl_->program.ProgramSize());
    return out;
  }
  return fail(Code::TemplateType,
              "the pattern " + in_quotes(pattern) + " can't be used: " + out.impl_->program.error(),
              "look-around and back-references are not supported (RE2's syntax)");
}

Result<std::optional<RegexMatch>> Regex::find(std::string_view subject, std::size_t from,
                                              bool anchored, Budget& budget) const {
  if (subject.size() > kMaxSubject) {
    return fail(Code::TemplateLimit, "a text of " + std::to_string(subject.size()) +
                                         " bytes is too long for a pattern; at most " +
                                         std::to_string(kMaxSubject));
  }
  const std::size_t count = groups() + 1;
  std::vector<re2::StringPiece> found(count);
  const re2::StringPiece text(subject.data(), subject.size());
  const bool matched = impl_->program.Match(text, from, subject.size(),
                                            anchored ? RE2::ANCHOR_START : RE2::UNANCHORED,
                                            found.data(), static_cast<int>(count));
  if (!matched) {
    budget.spend_text(subject.size() - from);
    return std::optional<RegexMatch>();
  }
  RegexMatch match;
  match.begin = static_cast<std::size_t>(found[0].data() - subject.data());
  match.end = match.begin + found[0].size();
  budget.spend_text(match.end - from);
  budget.spend_items(8 + count);
  for (const re2::StringPiece& group : found) {
    if (group.data() == nullptr) {
      match.groups.emplace_back(std::nullopt);
    } else {
      match.groups.emplace_back(std::string_view(group.data(), group.size()));
    }
  }
  return std::optional<RegexMatch>(std::move(match));
}

Result<std::vector<RegexMatch>> Regex::find_all(std::string_view subject, Budget& budget) const {
  std::vector<RegexMatch> out;
  std::size_t from = 0;
  while (from <= subject.size() && !budget.exhausted()) {
    HF_TRY(std::optional<RegexMatch> match, find(subject, from, false, budget));
    if (!match) break;
    from = match->end;
    if (match->begin == match->end) {
      // After an empty match the next begins one character on.
      from += from < subject.size() ? characters(subject.substr(from, 4)).front().size() : 1;
    }
    out.push_back(std::move(*match));
  }
  return out;
}

std::size_t Regex::groups() const {
  return static_cast<std::size_t>(impl_->program.NumberOfCapturingGroups());
}

std::optional<std::size_t> Regex::group_named(const std::string& name) const {
  const auto& names = impl_->program.NamedCapturingGroups();
  const auto found = names.find(name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found->second);
}

}  // namespace holdfast::jinja
