#include "engine/cli/complete.h"

#include <algorithm>

#include "engine/core/text.h"

namespace holdfast {
namespace {

const CommandShape* command_named(const std::vector<CommandShape>& commands,
                                  const std::string& name) {
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const CommandShape& c) { return c.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

const OptionShape* option_named(const CommandShape& command, const std::string& name) {
  for (const OptionShape& option : command.options) {
    if (std::find(option.names.begin(), option.names.end(), name) != option.names.end()) {
      return &option;
    }
  }
  return nullptr;
}

bool is_option(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

bool names_files(const std::string& sort) {
  return sort == "FILE" || sort == "FOLDER" || sort == "PLAN" || sort == "PROGRAM";
}

/// Goes through the words that are whole, as the parser will.
class Typed {
 public:
  Typed(const CommandShape& command, const std::vector<std::string>& words) : command_(command) {
    for (std::size_t i = 1; i + 1 < words.size(); ++i) take(words[i]);
  }

  const CommandShape& command() const { return command_; }
  /// The option whose value the word under the cursor is.
  const OptionShape* waiting() const { return waiting_; }
  bool only_arguments() const { return only_arguments_; }
  std::size_t arguments() const { return arguments_; }
  const TypedSoFar& so_far() const { return so_far_; }
  bool given(const OptionShape& option) const {
    return std::find(given_.begin(), given_.end(), &option) != given_.end();
  }

 private:
  void take(const std::string& word) {
    if (waiting_ != nullptr) {
      keep(*waiting_, word);
      waiting_ = nullptr;
    } else if (only_arguments_ || !is_option(word)) {
      ++arguments_;
    } else if (word == "--") {
      only_arguments_ = true;
    } else {
      take_option(word);
    }
  }

  void take_option(const std::string& word) {
    const bool is_long = starts_with(word, "--");
    const std::size_t equals = is_long ? word.find('=') : std::string::npos;
    const std::string name = is_long ? word.substr(0, equals) : word.substr(0, 2);
    const OptionShape* option = option_named(command_, name);
    if (option == nullptr) return;
    given_.push_back(option);
    if (option->value.empty()) return;
    if (equals != std::string::npos) {
      keep(*option, word.substr(equals + 1));
    } else if (!is_long && word.size() > 2) {
      keep(*option, word.substr(2));
    } else {
      waiting_ = option;
    }
  }

  void keep(const OptionShape& option, const std::string& value) {
    if (option.names.back() == "--environment") so_far_.environment = value;
    if (option.names.back() == "--inventory") so_far_.inventory = value;
    if (option.names.back() == "--history") so_far_.history = value;
  }

  const CommandShape& command_;
  const OptionShape* waiting_ = nullptr;
  std::vector<const OptionShape*> given_{};
  bool only_arguments_ = false;
  std::size_t arguments_ = 0;
  TypedSoFar so_far_{};
};

class Completer {
 public:
  Completer(const Typed& typed, const KnownValues& values) : typed_(typed), values_(values) {}

  Completion of(const std::string& word) {
    const std::size_t equals = word.find('=');
    if (typed_.waiting() != nullptr) {
      add_values(*typed_.waiting(), "", word);
    } else if (typed_.only_arguments() || word.empty() || word.front() != '-') {
      add_arguments(word);
    } else if (starts_with(word, "--") && equals != std::string::npos) {
      const OptionShape* option = option_named(typed_.command(), word.substr(0, equals));
      if (option != nullptr && !option->value.empty()) {
        add_values(*option, word.substr(0, equals + 1), word.substr(equals + 1));
      }
    } else {
      add_options(word);
    }
    return std::move(out_);
  }

 private:
  void add(const std::string& before, const std::string& begun, Proposal candidate) {
    if (!starts_with(candidate.word, begun)) return;
    candidate.word = before + candidate.word;
    out_.candidates.push_back(std::move(candidate));
  }

  /// @param before  Of the same word, and no part of the value.
  void add_values(const OptionShape& option, const std::string& before, const std::string& begun) {
    for (const std::string& choice : option.choices) add(before, begun, {choice, ""});
    if (option.choices.empty()) add_sort(option.value, before, begun);
  }

  void add_sort(const std::string& sort, std::string before, std::string begun) {
    if (sort == "PATTERN") {
      // "web:&prod:!h3": the last part is being typed.
      const std::size_t part = begun.find_last_of(":,&!") + 1;
      before += begun.substr(0, part);
      begun.erase(0, part);
    }
    for (Proposal& one : values_(sort, typed_.so_far())) {
      // A host of that name would be an option.
      if (!starts_with(one.word, "-")) add(before, begun, std::move(one));
    }
    out_.files = out_.files || names_files(sort);
  }

  void add_arguments(const std::string& begun) {
    const std::vector<std::string>& sorts = typed_.command().arguments;
    if (sorts.empty()) {
      if (begun.empty()) add_options("");
      return;
    }
    const std::size_t at = sorts.size() == 1 ? 0 : typed_.arguments();
    if (at < sorts.size()) add_sort(sorts[at], "", begun);
  }

  void add_options(const std::string& begun) {
    for (const OptionShape& option : typed_.command().options) {
      if (typed_.given(option) && !option.again) continue;
      // The long name says more; the short one is for whoever has begun it.
      const bool is_short = begun.size() > 1 && begun[1] != '-';
      const std::string& name = is_short ? option.names.front() : option.names.back();
      if (is_short && name != begun) continue;
      add("", begun, {name, option.doc});
    }
  }

  const Typed& typed_;
  const KnownValues& values_;
  Completion out_;
};

/// Nothing here means anything to a shell.
bool plain(const std::string& word) {
  const std::string letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
  return !word.empty() && letters.find(word.front()) != std::string::npos &&
         word.find_first_not_of(letters + ",:=@+") == std::string::npos;
}

}  // namespace

Completion complete(const std::vector<CommandShape>& commands,
                    const std::vector<std::string>& words, const KnownValues& values) {
  Completion out;
  if (words.empty()) return out;
  if (words.size() > 1) {
    const CommandShape* command = command_named(commands, words.front());
    if (command == nullptr) return out;
    return Completer(Typed(*command, words), values).of(words.back());
  }
  for (const CommandShape& command : commands) {
    if (starts_with(command.name, words[0])) out.candidates.push_back({command.name, command.doc});
  }
  for (const char* option : {"--help", "--version"}) {
    if (!words[0].empty() && starts_with(option, words[0])) out.candidates.push_back({option, ""});
  }
  return out;
}

std::string completion_lines(const Completion& completion) {
  std::string out;
  for (const Proposal& one : completion.candidates) {
    if (!plain(one.word)) continue;
    out += one.word + (one.doc.empty() ? "" : "\t" + printable(one.doc)) + "\n";
  }
  return out + (completion.files ? ":files\n" : "");
}

}  // namespace holdfast
