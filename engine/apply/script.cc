#include "engine/apply/script.h"

#include <algorithm>
#include <set>

#include "engine/core/crash_point.h"
#include "engine/core/hash.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string dir_of(const std::string& path) { return parent_path(path); }

/// "STEP DIR NAME", quoted.
std::string place(const Act& act, const std::string& path) {
  return std::to_string(act.number) + " " + shell_quote(dir_of(path)) + " " +
         shell_quote(base_name(path));
}

/// "" of a program.
std::string path_of(const Step& step) {
  return std::visit(
      [](const auto& one) {
        if constexpr (requires { one.path; }) return std::string(one.path);
        return std::string();
      },
      step);
}

std::string expect_word(const Expect& expect) {
  switch (expect.what) {
    case Expect::What::Anything:
      return "any";
    case Expect::What::Absent:
      return "absent";
    case Expect::What::File:
      return "file:" + expect.digest;
    case Expect::What::Directory:
      return "dir";
    case Expect::What::Link:
      return "link:" + expect.digest;
  }
  return "any";
}

bool makes_new(const Expect& expect) { return expect.what == Expect::What::Absent; }

std::string owner_word(const std::optional<std::string>& owner,
                       const std::optional<std::string>& group) {
  if (!owner && !group) return {};
  return owner.value_or("") + (group ? ":" + *group : "");
}

std::string new_owner(const std::optional<std::string>& owner,
                      const std::optional<std::string>& group) {
  return owner.value_or("root") + ":" + group.value_or("root");
}

std::string seconds(std::chrono::milliseconds limit) {
  return std::to_string(std::max<std::int64_t>(1, (limit.count() + 999) / 1000));
}

std::string codes(const Run& run) {
  std::string out;
  for (const int code : run.success) out += (out.empty() ? "" : " ") + std::to_string(code);
  return shell_quote(out);
}

Argv whole(Argv argv, const Argv& operands) {
  argv.insert(argv.end(), operands.begin(), operands.end());
  return argv;
}

/// One act as the call of its function. Files are prepared in a first pass and swapped in a second,
/// so that one sync serves many.
class Writer {
 public:
  Script write(const Block& block, const std::string& undo) {
    std::set<std::size_t> timed;
    for (std::size_t i = 0; i < block.acts.size(); ++i) {
      if (const auto start = settles_after(block, i)) timed.insert(*start);
    }
    for (std::size_t i = 0; i < block.acts.size(); ++i) {
      act_ = &block.acts[i];
      index_ = i;
      start_ = settles_after(block, i);
      const bool file = std::holds_alternative<WriteFile>(act_->step);
      const bool directory = std::holds_alternative<MakeDirectory>(act_->step);
      if (!file && !directory) flush();
      std::visit(*this, act_->step);
      if (!file) close(*act_);
      if (timed.count(i) > 0) text_ += "  hf_clock; hf_done_" + std::to_string(i) + "=$hf_now\n";
    }
    flush();
    return {"hf_block() {\n" + undo + text_ + "}\nhf_clean() {\n" + clean_ + "  :\n}\n",
            std::move(payload_)};
  }

  void operator()(const WriteFile& step) {
    const std::string bytes(step.content.bytes());
    const bool fresh = makes_new(step.expect) || step.expect.what == Expect::What::Link;
    const std::string mode =
        step.mode.value_or(fresh ? (step.content.is_secret() ? "0600" : "0644") : "");
    const std::string owner =
        fresh ? new_owner(step.owner, step.group) : owner_word(step.owner, step.group);
    progress();
    line("hf_prepare " + place(*act_, step.path) + " " + shell_quote(expect_word(step.expect)) +
         " " + shell_quote(owner) + " " + shell_quote(mode) + " " + std::to_string(bytes.size()));
    payload_ += bytes;
    clean_ += "  hf_cd " + shell_quote(dir_of(step.path)) + " && hf_sweep " +
              std::to_string(act_->number) + "\n";
    prepared_ += " " + std::to_string(bytes.size()) + " " + shell_quote(dir_of(step.path)) +
                 "/.hf-\"$hf_id\"-" + std::to_string(act_->number);
    swaps_.push_back(
        {index_, act_,
         "hf_swap " + place(*act_, step.path) + " " + shell_quote(expect_word(step.expect))});
    if (step.validate.empty()) return;
    validate(step);
    flush();
  }

  void operator()(const MakeDirectory& step) {
    progress();
    line("hf_make_directory " + place(*act_, step.path) + " " +
         shell_quote(new_owner(step.owner, step.group)) + " " +
         shell_quote(step.mode.value_or("0755")));
  }

  void operator()(const Link& step) {
    progress();
    line("hf_link " + place(*act_, step.path) + " " + shell_quote(expect_word(step.expect)) + " " +
         shell_quote(step.target) + " " + shell_quote(owner_word(step.owner, step.group)));
  }

  void operator()(const Remove& step) {
    progress();
    line("hf_remove " + place(*act_, step.path) + " " + shell_quote(expect_word(step.expect)));
  }

  void operator()(const SetOwner& step) {
    progress();
    line("hf_set_metadata " + place(*act_, step.path) + " " +
         shell_quote(owner_word(step.owner, step.group)) + " ''");
  }

  void operator()(const SetMode& step) {
    progress();
    line("hf_set_metadata " + place(*act_, step.path) + " '' " + shell_quote(step.mode));
  }

  void operator()(const Run& step) {
    progress();
    if (start_) {
      text_ += "  hf_settle \"$hf_done_" + std::to_string(*start_) + "\" " +
               std::to_string((step.settle.count() + 9) / 10) + "\n";
    }
    if (!step.capture.empty()) {
      line("hf_capture " + std::to_string(act_->number) + " " + shell_quote(step.capture));
    }
    if (!step.input.bytes().empty()) {
      text_ += "  hf_input=" + std::to_string(step.input.bytes().size()) + "\n";
      payload_ += step.input.bytes();
    }
    Argv argv = whole(step.argv, step.operands);
    Argv variables;
    for (const auto& [name, value] : step.environment) variables.push_back(name + "=" + value);
    argv.insert(argv.begin(), variables.begin(), variables.end());
    line("hf_execute " + std::to_string(act_->number) + " " + seconds(step.limit) + " " +
         shell_quote(step.user.value_or("")) + " " + shell_quote(step.directory.value_or("/")) +
         " " + codes(step) + " " + shell_quote(argv));
  }

  void operator()(const Probe&) {}  // the controller's: never in a script

 private:
  struct Swap {
    std::size_t index;
    const Act* act;
    std::string call;
  };

  /// After the act itself: what is one way is done from here on.
  void close(const Act& act) {
    if (act.stays && act.closed_by == act.number) {
      line("hf_will_act " + std::to_string(act.number) + ".done");
    }
  }

  void progress() { progress(index_); }
  void progress(std::size_t index) { line("hf_begin_act " + std::to_string(index)); }
  void line(const std::string& call) { text_ += "  " + call + " || return 1\n"; }

  void validate(const WriteFile& step) {
    std::string words;
    for (const std::string& word : step.validate) {
      const auto at = word.find("%s");
      words += ' ';
      if (at == std::string::npos) {
        words += shell_quote(word);
      } else {
        words += shell_quote(word.substr(0, at)) + "\"$hf_temporary\"" +
                 shell_quote(word.substr(at + 2));
      }
    }
    // It is in the one place or in the other: see hf_stage.
    const std::string number = std::to_string(act_->number);
    text_ += "  hf_temporary=" + shell_quote(dir_of(step.path)) + "/.hf-$hf_id-" + number +
             "; [ -e \"$hf_temporary\" ] || hf_temporary=${hf_temporary%-*}-new/" + number + "\n";
    line("hf_validate " + std::to_string(act_->number) + " ''" + words);
  }

  void flush() {
    if (swaps_.empty()) return;
    line("hf_flush" + prepared_);
    for (const Swap& swap : swaps_) {
      progress(swap.index);
      line(swap.call);
      close(*swap.act);
    }
    line("hf_leave");
    swaps_.clear();
    prepared_.clear();
  }

  /// The act after which this one waits: the last one before it of any of its resources.
  static std::optional<std::size_t> settles_after(const Block& block, std::size_t index) {
    const Run* run = std::get_if<Run>(&block.acts[index].step);
    if (run == nullptr || run->settle.count() == 0) return std::nullopt;
    for (std::size_t i = index; i-- > 0;) {
      const auto& rows = block.acts[i].rows;
      const auto& own = block.acts[index].rows;
      if (std::find_first_of(rows.begin(), rows.end(), own.begin(), own.end()) != rows.end())
        return i;
    }
    return std::nullopt;
  }

  const Act* act_ = nullptr;
  std::optional<std::size_t> start_;
  std::size_t index_ = 0;
  std::string text_, payload_, prepared_, clean_;
  std::vector<Swap> swaps_;
};

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
    return out + (s.undo_input.bytes().empty() ? " </dev/null\n" : " || hf_remains=1\n");
  }
  std::string operator()(const Probe&) const { return {}; }
};

}  // namespace

std::string undo_script(const Act& act) {
  std::string script = std::visit(Undo{act}, act.step);
  if (script.empty()) return script;
  if (act.stays) {
    const std::string path = path_of(act.step);
    script = "hf_reopens " + std::to_string(act.number) + " " +
             shell_quote(path.empty() ? path : dir_of(path)) + " " + std::to_string(act.closed_by) +
             " || return 0\n" + script;
  }
  return header(act) + script;
}

std::string undo_files(const Block& block) {
  std::string out;
  std::string files;
  for (const Act& act : block.acts) {
    const std::string script = undo_script(act);
    if (script.empty()) continue;
    const std::string file = "\"$hf_run\"/undo/" + std::to_string(act.number) + ".sh";
    out += "  printf '%s' " + shell_quote(script) + " >" + file +
           " || { hf_error 'no room for the way back'; return 1; }\n";
    files += " " + file;
  }
  if (files.empty()) return out;
  return HF_HOST_CRASH_POINT("undo.write") + out + "  sync" + files +
         " \"$hf_run\"/undo || { hf_error 'no room for the way back'; return 1; }\n" +
         HF_HOST_CRASH_POINT("undo.written");
}

Script block_script(const Block& block) { return Writer().write(block, undo_files(block)); }

Script acts_script(const Block& block) { return Writer().write(block, {}); }

}  // namespace holdfast
