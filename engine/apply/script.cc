#include "engine/apply/script.h"

#include <algorithm>
#include <set>

#include "engine/apply/act_words.h"
#include "engine/core/crash_point.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

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

/// The shell writes a short text by itself, where a program that reads it would take longer than
/// all else that becomes of the file. No secret is part of a script.
bool goes_as_a_word(const Value& content) {
  constexpr std::size_t kShort = std::size_t{16} << 10;
  const std::string_view bytes = content.bytes();
  return !content.is_secret() && bytes.size() <= kShort &&
         bytes.find('\0') == std::string_view::npos;
}

std::string codes(const Run& run) {
  std::string out;
  for (const int code : run.success) out += (out.empty() ? "" : " ") + std::to_string(code);
  return shell_quote(out);
}

/// One act as the call of its function. Files are prepared in a first pass and swapped in a second,
/// so that one sync serves many.
class Writer {
 public:
  explicit Writer(AtFailure at_failure) : at_failure_(at_failure) {}

  Script write(const Block& block, const std::string& undo) {
    std::set<std::size_t> timed;
    for (std::size_t i = 0; i < block.acts.size(); ++i) {
      if (const auto start = settles_after(block, i)) timed.insert(*start);
    }
    for (std::size_t i = 0; i < block.acts.size(); ++i) {
      act_ = &block.acts[i];
      index_ = i;
      start_ = settles_after(block, i);
      starts_.push_back(payload_.size());
      const bool file = std::holds_alternative<WriteFile>(act_->step);
      const bool directory = std::holds_alternative<MakeDirectory>(act_->step);
      if (!file && !directory) flush();
      std::visit(*this, act_->step);
      if (!file) close(*act_);
      if (timed.count(i) > 0) text_ += "  hf_clock; hf_done_" + std::to_string(i) + "=$hf_now\n";
    }
    flush();
    return {"hf_block() {\n" + undo + text_ + "}\nhf_clean() {\n" + clean_ + "  :\n}\n",
            std::move(payload_), std::move(starts_)};
  }

  void operator()(const WriteFile& step) {
    const std::string bytes(step.content.bytes());
    const bool as_word = goes_as_a_word(step.content);
    const bool fresh = makes_new(step.expect) || step.expect.what == Expect::What::Link;
    const std::string mode =
        step.mode.value_or(fresh ? (step.content.is_secret() ? "0600" : "0644") : "");
    const std::string owner =
        fresh ? new_owner(step.owner, step.group) : owner_word(step.owner, step.group);
    progress();
    line("hf_prepare " + place(*act_, step.path) + " " + shell_quote(expect_word(step.expect)) +
         " " + shell_quote(owner) + " " + shell_quote(mode) + " " + std::to_string(bytes.size()) +
         (as_word ? " " + shell_quote(bytes) : ""));
    if (!as_word) payload_ += bytes;
    sweep(step.path);
    prepared_ += " " + std::to_string(bytes.size()) + " " + shell_quote(parent_path(step.path)) +
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
    sweep(step.path);
  }

  void operator()(const Remove& step) {
    progress();
    line("hf_remove " + place(*act_, step.path) + " " + shell_quote(expect_word(step.expect)));
  }

  void operator()(const SetOwner& step) {
    progress();
    line("hf_set_metadata " + place(*act_, step.path) + " " +
         shell_quote(owner_word(step.owner, step.group)) + " ''" + expect_words(step.expect));
  }

  void operator()(const SetMode& step) {
    progress();
    line("hf_set_metadata " + place(*act_, step.path) + " '' " + shell_quote(step.mode) +
         expect_words(step.expect));
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
  void operator()(const Call&) {}   // likewise

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

  /// What was begun of a file or link doesn't stay beside it.
  void sweep(const std::string& path) {
    clean_ += "  hf_cd " + shell_quote(parent_path(path)) + " && hf_sweep " +
              std::to_string(act_->number) + "\n";
  }

  void progress() { progress(index_); }
  void progress(std::size_t index) {
    text_ += "  hf_begin_act " + std::to_string(index) +
             (at_failure_ == AtFailure::Ends ? " || return 1\n" : "\n");
  }
  /// @param of_act  Nothing else of an act that failed is done.
  void line(const std::string& call, bool of_act = true) {
    if (at_failure_ == AtFailure::Ends) {
      text_ += "  " + call + " || return 1\n";
    } else {
      text_ += (of_act ? "  ! hf_sound || " : "  ") + call + " || hf_go_past\n";
    }
  }

  void validate(const WriteFile& step) {
    std::string words;
    // Where it is a word of its own, a "%s" within another one is that program's.
    const bool alone =
        std::find(step.validate.begin(), step.validate.end(), "%s") != step.validate.end();
    for (const std::string& word : step.validate) {
      const auto at = alone && word != "%s" ? std::string::npos : word.find("%s");
      words += ' ';
      if (at == std::string::npos) {
        words += shell_quote(word);
      } else {
        words += shell_quote(word.substr(0, at)) + "\"$hf_temporary\"" +
                 shell_quote(word.substr(at + 2));
      }
    }
    const std::string number = std::to_string(act_->number);
    line("hf_show " + number + " " + shell_quote(parent_path(step.path)));
    line("hf_validate " + number + " ''" + words);
  }

  void flush() {
    if (swaps_.empty()) return;
    line("hf_flush" + prepared_, false);
    for (const Swap& swap : swaps_) {
      progress(swap.index);
      line(swap.call);
      close(*swap.act);
    }
    line("hf_leave", false);
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

  const AtFailure at_failure_;
  const Act* act_ = nullptr;
  std::optional<std::size_t> start_;
  std::size_t index_ = 0;
  std::string text_, payload_, prepared_, clean_;
  std::vector<std::size_t> starts_;
  std::vector<Swap> swaps_;
};

}  // namespace

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

Script block_script(const Block& block, AtFailure at_failure) {
  return Writer(at_failure).write(block, undo_files(block));
}

Script acts_script(const Block& block) { return Writer(AtFailure::Ends).write(block, {}); }

}  // namespace holdfast
