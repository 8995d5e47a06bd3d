#include "engine/api/pending_call.h"
#include "engine/apply/act_words.h"
#include "engine/apply/script.h"
#include "engine/core/hash.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

std::string privacy_word(const Act& act) {
  const Run* run = std::get_if<Run>(&act.step);
  if (run != nullptr && run->undo_input.holds_secret()) return "input";
  switch (act.privacy) {
    case Privacy::Open:
      break;
    case Privacy::ByMode:
      return "mode";
    case Privacy::Secret:
      return "secret";
  }
  return "open";
}

/// One line, whatever a step is called: the host finds by it what it must delete in time
/// (journal/keep.sh).
std::string header(const Act& act) {
  return "# " + privacy_word(act) + " " + std::to_string(act.stays ? act.closed_by : 0) + " " +
         printable(describe(act.step)) + "\n";
}

struct Undo {
  const Act& act;

  std::string object(const std::string& path, const std::string& made,
                     const std::string& old) const {
    return "hf_undo_object " + place(act, path) + " " + shell_quote(made) + " " + shell_quote(old) +
           "\n";
  }
  std::string operator()(const WriteFile& s) const {
    return object(s.path, "file:" + sha256_hex(s.content.bytes()), expect_word(s.expect));
  }
  std::string operator()(const MakeDirectory& s) const {
    return "hf_undo_directory " + place(act, s.path) + "\n";
  }
  std::string operator()(const Link& s) const {
    return object(s.path, "link:" + s.target, expect_word(s.expect));
  }
  std::string operator()(const Remove& s) const {
    return object(s.path, "absent", expect_word(s.expect));
  }
  std::string operator()(const SetOwner& s) const {
    return "hf_undo_metadata " + place(act, s.path) + "\n";
  }
  std::string operator()(const SetMode& s) const {
    return "hf_undo_metadata " + place(act, s.path) + "\n";
  }
  std::string operator()(const Run& s) const {
    const Argv* argv = std::get_if<Argv>(&s.undo);
    if (argv == nullptr || argv->empty()) return {};
    std::string out;
    if (!s.undo_input.bytes().empty())
      out = "printf '%s' " + shell_quote(s.undo_input.bytes()) + " | ";
    out += "hf_undo_run " + std::to_string(act.number) + " " + seconds(s.limit) + " " +
           shell_quote(s.user.value_or("")) + " " + shell_quote(whole(*argv, s.undo_operands));
    return out + (s.undo_input.bytes().empty() ? " </dev/null\n" : " || hf_piped $?\n");
  }
  std::string operator()(const Probe&) const { return {}; }
  std::string operator()(const Call& s) const {
    if (std::holds_alternative<Irreversible>(s.undo)) return {};
    return "hf_undo_call " + std::to_string(act.number) + " " +
           shell_quote(printable(s.undo_note)) + " " + shell_quote(pending_call_text(s)) + "\n";
  }
};

}  // namespace

std::string undo_script(const Act& act) {
  std::string script = std::visit(Undo{act}, act.step);
  if (script.empty()) return script;
  if (act.stays) {
    const std::string path = touched_path(act.step);
    script = "hf_reopens " + std::to_string(act.number) + " " +
             shell_quote(path.empty() ? path : parent_path(path)) + " " +
             std::to_string(act.closed_by) + " || return 0\n" + script;
  }
  return header(act) + script;
}

}  // namespace holdfast
