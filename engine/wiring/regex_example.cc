#include "engine/wiring/labels.h"

namespace holdfast {
namespace {

/// Reads a regular expression from its begin and puts together the first text that comes to mind:
/// of choices the first one, of repetitions one.
class Example {
 public:
  explicit Example(std::string_view regex) : regex_(regex) {}

  std::optional<std::string> make() {
    while (at_ < regex_.size() && !ended_ && !lost_) take(regex_[at_++]);
    if (lost_) return std::nullopt;
    return std::move(out_);
  }

 private:
  void take(char c) {
    if (c == '(') return open();
    if (c == ')') return close();
    if (c == '|') return choose();
    if (skips_ || std::string_view("+?*^$").find(c) != std::string_view::npos) return;
    if (c == '[') return take_class();
    if (c == '\\') return take_escape();
    lost_ = c == '{';
    out_ += c == '.' ? 'x' : c;
  }

  void open() {
    lost_ = in_group_;
    in_group_ = true;
    if (regex_.substr(at_, 2) == "?:") at_ += 2;
  }
  void close() { in_group_ = skips_ = false; }
  void choose() { (in_group_ ? skips_ : ended_) = true; }

  void take_class() {
    const std::size_t end = regex_.find(']', at_ + 1);
    lost_ = end == std::string_view::npos || regex_[at_] == '^';
    if (lost_) return;
    out_ += regex_[at_];
    at_ = end + 1;
  }

  void take_escape() {
    lost_ = at_ == regex_.size();
    if (lost_) return;
    const char what = regex_[at_++];
    constexpr std::string_view kClasses = "dws", kOf = "1a ";
    const std::size_t known = kClasses.find(what);
    out_ += known == std::string_view::npos ? what : kOf[known];
  }

  std::string_view regex_;
  std::size_t at_ = 0;
  std::string out_;
  bool in_group_ = false, skips_ = false;  ///< Of a group only the first choice counts.
  bool ended_ = false, lost_ = false;
};

}  // namespace

std::optional<std::string> regex_example(std::string_view regex) { return Example(regex).make(); }

}  // namespace holdfast
