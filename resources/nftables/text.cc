#include "resources/nftables/text.h"

#include <algorithm>

#include "engine/core/text.h"

namespace holdfast {
namespace {

struct Token {
  std::string_view text;  ///< A word, a quoted text with its quotes, or one of { } ; newline.
  int line = 1, column = 1;

  bool ends() const { return text == ";" || text == "\n"; }
};

/// Divides a text as nft's own scanner does, so that no brace that counts there is missed here.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  std::vector<Token> scan() {
    while (!rest_.empty()) step();
    return std::move(tokens_);
  }
  bool unclosed_quote() const { return unclosed_; }

 private:
  void step() {
    const char c = rest_.front();
    if (c == '#') return skip(std::min(rest_.find('\n'), rest_.size()));
    if (starts_with(rest_, "\\\n")) return skip(2);
    if (c == ' ' || c == '\t' || c == '\r') return skip(1);
    if (c == '"') {
      const std::size_t end = rest_.find('"', 1);
      unclosed_ = unclosed_ || end == std::string_view::npos;
      return take(end == std::string_view::npos ? rest_.size() : end + 1);
    }
    if (single(c)) return take(1);
    std::size_t size = 1;
    while (size < rest_.size() && !single(rest_[size]) &&
           std::string_view(" \t\r#\"\\").find(rest_[size]) == std::string_view::npos) {
      ++size;
    }
    take(size);
  }

  static bool single(char c) { return c == '{' || c == '}' || c == ';' || c == '\n'; }

  void take(std::size_t size) {
    tokens_.push_back({rest_.substr(0, size), line_, column_});
    skip(size);
  }

  void skip(std::size_t size) {
    for (const char c : rest_.substr(0, size)) {
      ++column_;
      if (c != '\n') continue;
      ++line_;
      column_ = 1;
    }
    rest_.remove_prefix(size);
  }

  std::string_view rest_;
  std::vector<Token> tokens_;
  int line_ = 1, column_ = 1;
  bool unclosed_ = false;
};

constexpr const char* kShape =
    "The text is `table FAMILY NAME { … }` blocks, with `define` before them; holdfast puts them "
    "into the place of the old ones in one transaction, so nothing has to be flushed or deleted.";

constexpr std::string_view kCommands[] = {"add",    "create",  "insert", "replace", "rename",
                                          "delete", "destroy", "flush",  "reset",   "list"};

class Reader {
 public:
  Reader(const NftSubject& subject, std::string_view text) : subject_(subject) {
    Scanner scanner(text);
    tokens_ = scanner.scan();
    if (scanner.unclosed_quote()) wrong(tokens_.back(), "a quotation has no end", "");
  }

  NftText read() {
    check_nesting();
    look_for_words();
    if (!out_.mistakes.empty()) return std::move(out_);
    out_.body = subject_.table && first_word() != "table";
    if (out_.body) {
      look_for_commands();
      out_.tables = {*subject_.table};
      return std::move(out_);
    }
    while (at_ < tokens_.size()) statement();
    if (out_.tables.empty() && out_.mistakes.empty()) {
      out_.mistakes.push_back({"the text has no table", kShape});
    }
    return std::move(out_);
  }

 private:
  /// Nothing closes a brace that it did not open.
  void check_nesting() {
    std::vector<Token> open;
    for (const Token& token : tokens_) {
      if (token.text == "{") open.push_back(token);
      if (token.text != "}") continue;
      if (open.empty()) return wrong(token, "this closes what nothing opened", "");
      open.pop_back();
    }
    if (!open.empty()) wrong(open.back(), "this brace is never closed", "");
  }

  void look_for_words() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      const bool quoted = i + 1 < tokens_.size() && starts_with(tokens_[i + 1].text, "\"");
      if (token.text == "include" && quoted) {
        wrong(token, "another file can't be included", "State its text here, or by `template:`.");
      }
      const bool nat = i + 1 < tokens_.size() && tokens_[i + 1].text == "nat";
      out_.translates = out_.translates || (token.text == "type" && nat);
    }
  }

  /// Of what stands outside of all braces, definitions left out.
  std::string_view first_word() const {
    bool begins = true;
    bool skips = false;
    for (const Token& token : tokens_) {
      if (token.ends()) {
        begins = true;
        skips = false;
      } else if (begins && !skips) {
        if (!defines(token)) return token.text;
        begins = false;
        skips = true;
      }
    }
    return {};
  }

  static bool defines(const Token& token) {
    return token.text == "define" || token.text == "redefine" || token.text == "undefine";
  }

  /// Of the inside of a table: nft would only say that it didn't expect such a word.
  void look_for_commands() {
    int depth = 0;
    bool begins = true;
    for (const Token& token : tokens_) {
      if (begins && depth == 0 && is_command(token)) command(token);
      depth += token.text == "{" ? 1 : token.text == "}" ? -1 : 0;
      begins = token.ends();
    }
  }

  static bool is_command(const Token& token) {
    return std::find(std::begin(kCommands), std::end(kCommands), token.text) != std::end(kCommands);
  }

  void command(const Token& token) {
    wrong(token, "'" + printable(token.text) + "' is a command, and no block of a table", kShape);
  }

  void statement() {
    const Token& first = tokens_[at_];
    if (first.ends()) {
      ++at_;
    } else if (defines(first)) {
      skip_statement();
    } else if (first.text == "table") {
      table(first);
    } else {
      command(first);
      at_ = tokens_.size();
    }
  }

  /// To its end, over what stands in braces.
  void skip_statement() {
    int depth = 0;
    for (; at_ < tokens_.size(); ++at_) {
      const Token& token = tokens_[at_];
      depth += token.text == "{" ? 1 : token.text == "}" ? -1 : 0;
      if (depth == 0 && token.ends()) return;
    }
  }

  void table(const Token& keyword) {
    std::string name;
    for (++at_; at_ < tokens_.size() && tokens_[at_].text != "{" && !tokens_[at_].ends(); ++at_) {
      name += (name.empty() ? "" : " ") + std::string(tokens_[at_].text);
    }
    const auto found = nft_table(name);
    const bool block = at_ < tokens_.size() && tokens_[at_].text == "{";
    if (!found || !block) {
      wrong(keyword, "'table " + printable(name) + "' begins no table", kShape);
      at_ = tokens_.size();
      return;
    }
    claim(keyword, *found);
    skip_block();
    if (at_ < tokens_.size() && !tokens_[at_].ends()) {
      wrong(tokens_[at_], "a new line is missing behind the end of a table", "");
      at_ = tokens_.size();
    }
  }

  /// Behind the brace that closes the one that stands here.
  void skip_block() {
    int depth = 0;
    do {
      depth += tokens_[at_].text == "{" ? 1 : tokens_[at_].text == "}" ? -1 : 0;
      ++at_;
    } while (depth > 0 && at_ < tokens_.size());
  }

  void claim(const Token& keyword, const NftTable& table) {
    if (subject_.table && !(table == *subject_.table)) {
      wrong(keyword, "table " + table.text() + " is another one than " + subject_.text(),
            "Make a resource for each: `- nftables: " + table.text() + "`.");
    } else if (const std::string keeper = nft_keeper(table); !keeper.empty()) {
      wrong(keyword, "table " + table.text() + " is kept by " + keeper,
            "Take a name of your own; a chain does the same work in any table.");
    } else if (std::find(out_.tables.begin(), out_.tables.end(), table) == out_.tables.end()) {
      out_.tables.push_back(table);
    }
  }

  void wrong(const Token& token, std::string message, std::string hint) {
    out_.mistakes.push_back({std::move(message), std::move(hint), token.line, token.column,
                             static_cast<int>(token.text.size())});
  }

  const NftSubject& subject_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  NftText out_;
};

}  // namespace

NftText read_nft_text(const NftSubject& subject, std::string_view text) {
  return Reader(subject, text).read();
}

NftFile nft_file(const NftSubject& subject, const NftText& seen, std::string_view text) {
  NftFile out;
  out.text = "# Written by holdfast; " + subject.unit() + " loads it at boot.\n";
  for (const NftTable& table : seen.tables) {
    out.text += "table " + table.text() + "\ndelete table " + table.text() + "\n";
  }
  if (seen.body) out.text += "table " + subject.text() + " {\n";
  out.lines_before = static_cast<int>(std::count(out.text.begin(), out.text.end(), '\n'));
  out.text += text;
  if (!text.empty() && text.back() != '\n') out.text += '\n';
  if (seen.body) out.text += "}\n";
  return out;
}

}  // namespace holdfast
