#include "engine/core/step.h"

#include "engine/core/shell_quote.h"

namespace holdfast {
namespace {

struct DescribeStep {
  std::string operator()(const WriteFile& s) const { return "write " + shell_quote(s.path); }
  std::string operator()(const MakeDirectory& s) const {
    return "make directory " + shell_quote(s.path);
  }
  std::string operator()(const Link& s) const {
    return "link " + shell_quote(s.path) + " to " + shell_quote(s.target);
  }
  std::string operator()(const Remove& s) const { return "remove " + shell_quote(s.path); }
  std::string operator()(const SetOwner& s) const {
    return "chown " + s.owner.value_or("") + ":" + s.group.value_or("") + " " + shell_quote(s.path);
  }
  std::string operator()(const SetMode& s) const {
    return "chmod " + s.mode + " " + shell_quote(s.path);
  }
  std::string operator()(const Run& s) const {
    Argv all = s.note.empty() ? s.argv : Argv{};
    all.insert(all.end(), s.operands.begin(), s.operands.end());
    const std::string gap = s.note.empty() || all.empty() ? "" : " ";
    return s.note + gap + shell_quote(all);
  }
  std::string operator()(const Call& s) const { return s.note; }
  std::string operator()(const Probe& s) const { return describe(s); }
};

}  // namespace

std::string touched_path(const Step& step) {
  return std::visit(
      [](const auto& one) {
        if constexpr (requires { one.path; }) return std::string(one.path);
        return std::string();
      },
      step);
}

std::string describe(const Step& step) { return std::visit(DescribeStep{}, step); }

}  // namespace holdfast
