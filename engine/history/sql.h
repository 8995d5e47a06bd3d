#pragma once

#include <string>
#include <vector>

namespace holdfast {

/// A statement that grows with its values.
class Sql {
 public:
  explicit Sql(std::string text) : text_(std::move(text)) {}

  Sql& operator<<(const std::string& text) {
    text_ += text;
    return *this;
  }
  /// `$7`, which stands for the value.
  Sql& value(const std::string& value) {
    values_.push_back(value);
    text_ += "$" + std::to_string(values_.size());
    return *this;
  }
  Sql& value(std::int64_t number) { return value(std::to_string(number)); }
  /// `($7, $8)`, with a comma before it where it isn't the first.
  Sql& row(const std::vector<std::string>& values) {
    text_ += text_.back() == ')' ? ", (" : "(";
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) text_ += ", ";
      value(values[i]);
    }
    text_ += ")";
    return *this;
  }
  /// ` AND NAME IN ($7, $8)`; nothing where there are none.
  Sql& among(const std::string& name, const std::vector<std::string>& values) {
    if (values.empty()) return *this;
    text_ += " AND " + name + " IN (";
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) text_ += ", ";
      value(values[i]);
    }
    text_ += ")";
    return *this;
  }

  const std::string& text() const { return text_; }
  const std::vector<std::string>& values() const { return values_; }

 private:
  std::string text_;
  std::vector<std::string> values_;
};

}  // namespace holdfast
