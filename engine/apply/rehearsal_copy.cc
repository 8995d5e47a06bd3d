#include "engine/apply/rehearsal_copy.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "engine/apply/script.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"

namespace holdfast {

std::string_view undo_sh();
std::string_view act_sh();
std::string_view session_sh();
std::string_view copy_sh();
std::string_view inside_sh();

namespace {

constexpr const char* kGone = "is gone";
constexpr const char* kLeft = "is left behind";

/// Of the run itself, which every run leaves.
constexpr const char* kOwn = "/run/holdfast";

/// The folders of what file-like acts touch: file systems on the way there belong to the copy.
std::set<std::string> folders(const std::vector<Block>& blocks) {
  std::set<std::string> out;
  for (const Block& block : blocks) {
    for (const Act& act : block.acts) {
      const std::string path = touched_path(act.step);
      if (!path.empty()) out.insert(parent_path(path));
    }
  }
  return out;
}

/// Where each act of a block finds its part of the payload.
std::string places(const Block& block, const Script& script, std::size_t base) {
  std::string out = "hf_place() {\n  case $1 in\n";
  for (std::size_t i = 0; i < block.acts.size(); ++i) {
    out += "    " + std::to_string(i) + ") hf_number=" + std::to_string(block.acts[i].number) +
           " hf_at=" + std::to_string(base + script.starts[i]) + " ;;\n";
  }
  return out + "  esac\n}\n";
}

/// One thing that the copy says: "TAG NUMBER LENGTH\nTEXT\n".
struct Word {
  std::string_view tag;
  int number = 0;
  std::string_view text;
};

template <class Number>
bool read_number(std::string_view word, Number& number) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return !word.empty() && error == std::errc() && end == word.data() + word.size();
}

Result<std::vector<Word>> words_of(std::string_view said) {
  std::vector<Word> out;
  while (!said.empty()) {
    const std::size_t end = said.find('\n');
    const std::vector<std::string_view> head = split(said.substr(0, end), ' ');
    Word word;
    std::size_t length = 0;
    if (head.size() != 3 || !read_number(head[1], word.number) || !read_number(head[2], length)) {
      return fail(Code::HostAnswerInvalid,
                  "a rehearsal can't be read: '" + printable(said.substr(0, 200)) + "'");
    }
    word.tag = head[0];
    // The shell that passes it on takes newlines off its end.
    said.remove_prefix(end == std::string_view::npos ? said.size() : end + 1);
    word.text = said.substr(0, length);
    said.remove_prefix(std::min(said.size(), length + 1));
    out.push_back(word);
  }
  return out;
}

struct Both {
  std::optional<std::string> before{}, after{};
};

/// Lines that only one of two lists has, as `comm -3` puts them: by path, before and after.
/// @param text   The point where the file system is, and the lines.
/// @param parse  A line to a path below that, and what is said of it.
template <class Parse>
std::map<std::string, Both> compared(std::string_view text, const Parse& parse) {
  std::map<std::string, Both> out;
  const std::vector<std::string_view> all = lines(text);
  if (all.empty()) return out;
  const std::string_view point = all.front() == "/" ? std::string_view() : all.front();
  for (std::size_t i = 1; i < all.size(); ++i) {
    const bool after = starts_with(all[i], "\t");
    auto [path, said] = parse(after ? all[i].substr(1) : all[i]);
    if (path == ".") path.remove_prefix(1);
    if (starts_with(path, "./")) path.remove_prefix(2);
    std::string whole = std::string(point) + (path.empty() ? "" : "/") + std::string(path);
    if (whole.empty()) whole = "/";
    std::replace(whole.begin(), whole.end(), '\1', '\n');
    (after ? out[whole].after : out[whole].before) = std::string(said);
  }
  return out;
}

using Parsed = std::pair<std::string_view, std::string_view>;

Parsed cut(std::string_view line, std::string_view at) {
  const std::size_t place = line.find(at);
  if (place == std::string_view::npos) return {line, {}};
  return {line.substr(0, place), line.substr(place + at.size())};
}

/// "PATH\tTYPE MODE OWNER TARGET".
Parsed parse_place(std::string_view line) { return cut(line, "\t"); }

/// "DIGEST  PATH".
Parsed parse_text(std::string_view line) {
  const auto [digest, path] = cut(line, "  ");
  return {path, digest};
}

/// "# file: PATH\tREST".
Parsed parse_attributes(std::string_view line) {
  return cut(line.substr(std::min(line.find(": ") + 2, line.size())), "\t");
}

std::string type_word(std::string_view letter) {
  if (letter == "f") return "file";
  if (letter == "d") return "folder";
  return letter == "l" ? "link" : "special file";
}

std::string padded_mode(const std::string& mode) {
  return std::string(mode.size() < 4 ? 4 - mode.size() : 0, '0') + mode;
}

/// How one thing differs from what it was, in words.
std::string compared_text(const std::string& before, const std::string& after) {
  const auto fields = [](std::string_view text) {
    std::vector<std::string> out;
    for (int i = 0; i < 3; ++i) {
      const auto [field, rest] = cut(text, " ");
      out.emplace_back(field);
      text = rest;
    }
    out.emplace_back(text);
    return out;
  };
  const std::vector<std::string> was = fields(before);
  const std::vector<std::string> is = fields(after);
  std::vector<std::string> out;
  if (was[0] != is[0])
    out.push_back("is a " + type_word(is[0]) + ", and was a " + type_word(was[0]));
  // A link has none of its own.
  if (was[1] != is[1] && is[0] != "l" && was[0] != "l") {
    out.push_back("has mode " + padded_mode(is[1]) + ", and had " + padded_mode(was[1]));
  }
  if (was[2] != is[2]) out.push_back("belongs to " + is[2] + ", and belonged to " + was[2]);
  if (was[3] != is[3] && was[0] == is[0]) {
    out.push_back("leads to '" + is[3] + "', and led to '" + was[3] + "'");
  }
  return join(out, "; ");
}

void add_places(std::string_view text, std::vector<Rehearsed::Difference>& out) {
  for (const auto& [path, both] : compared(text, parse_place)) {
    if (!both.after) {
      out.push_back({path, kGone});
    } else if (!both.before) {
      out.push_back({path, std::string(kLeft) + ": a " + type_word(both.after->substr(0, 1))});
    } else if (std::string what = compared_text(*both.before, *both.after); !what.empty()) {
      out.push_back({path, std::move(what)});
    }
  }
}

void add_texts(std::string_view text, std::vector<Rehearsed::Difference>& out) {
  for (const auto& [path, both] : compared(text, parse_text)) {
    if (both.before && both.after) out.push_back({path, "holds another text than before"});
  }
}

void add_attributes(std::string_view text, const std::vector<Rehearsed::Difference>& known,
                    std::vector<Rehearsed::Difference>& out) {
  const auto told = [&](const std::string& path) {
    return std::any_of(known.begin(), known.end(),
                       [&](const auto& one) { return one.path == path && one.whole(); });
  };
  for (const auto& [path, both] : compared(text, parse_attributes)) {
    if (told(path)) continue;
    const bool list = starts_with(both.before.value_or(both.after.value_or("")), "# owner");
    out.push_back({path, list ? "has another access list than before"
                              : "has other extended attributes than before"});
  }
}

}  // namespace

bool Rehearsed::Difference::whole() const { return what == kGone || starts_with(what, kLeft); }

CopyOrder copy_order(const std::vector<Block>& blocks) {
  std::string inside = std::string(undo_sh()) + std::string(session_sh()) + std::string(act_sh()) +
                       std::string(inside_sh()) +
                       "hf_home=/var/lib/holdfast hf_id=rehearsal\n"
                       "hf_run=$hf_home/runs/$hf_id hf_live=/run/holdfast/$hf_id\n"
                       "mkdir -p \"$hf_run/undo\" \"$hf_run/backup\" \"$hf_run/acted\" "
                       "\"$hf_live\" || exit\n";
  std::string acts;
  for (const Block& block : blocks) {
    if (block.acts.empty()) continue;
    const Script script = block_script(block, AtFailure::GoesPast);
    inside += places(block, script, acts.size()) + script.text + "hf_try_block " +
              std::to_string(block.acts.front().number) + "\n";
    acts += script.payload;
  }
  inside += "hf_reopen=yes\nhf_patient=no\nhf_rollback\nexit 0\n";
  const std::set<std::string> touched = folders(blocks);
  const std::string program = std::string(copy_sh()) + "hf_copy " + std::to_string(inside.size()) +
                              " " + shell_quote(Argv(touched.begin(), touched.end())) + "\n";
  return {program.size(), program + inside + acts};
}

Result<Rehearsed> read_copy(std::string_view said) {
  HF_TRY(const std::vector<Word> words, words_of(said));
  Rehearsed out;
  for (const Word& word : words) {
    if (word.tag == "impossible") out.impossible = std::string(word.text);
    if (word.tag == "note") out.notes.emplace_back(word.text);
    if (word.tag == "failed") out.failed.push_back({word.number, std::string(word.text)});
    if (word.tag == "left") out.left.push_back({word.number, std::string(word.text)});
    if (word.tag == "places") add_places(word.text, out.differences);
    if (word.tag == "texts") add_texts(word.text, out.differences);
    if (word.tag == "attributes") add_attributes(word.text, out.differences, out.differences);
  }
  std::erase_if(out.differences, [](const auto& one) { return is_within(one.path, kOwn); });
  std::sort(out.differences.begin(), out.differences.end());
  return out;
}

}  // namespace holdfast
