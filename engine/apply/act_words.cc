#include "engine/apply/act_words.h"

#include <algorithm>

#include "engine/core/shell_quote.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

std::string place(const Act& act, const std::string& path) {
  return std::to_string(act.number) + " " + shell_quote(parent_path(path)) + " " +
         shell_quote(base_name(path));
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

std::string expect_words(const ExpectMetadata& expect) {
  std::string out;
  for (const auto* word : {&expect.owner, &expect.group, &expect.mode}) {
    out += " " + shell_quote(word->value_or(""));
  }
  return out;
}

std::string seconds(std::chrono::milliseconds limit) {
  return std::to_string(std::max<std::int64_t>(1, (limit.count() + 999) / 1000));
}

Argv whole(Argv argv, const Argv& operands) {
  argv.insert(argv.end(), operands.begin(), operands.end());
  return argv;
}

}  // namespace holdfast
