#include "engine/inventory/ini_inventory.h"

#include <algorithm>
#include <array>

#include "engine/core/secret_names.h"
#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/inventory/host_pattern.h"
#include "engine/inventory/python_literal.h"
#include "engine/inventory/python_text.h"

namespace holdfast {
namespace {

struct Section {
  std::string group;
  std::string kind = "hosts";
};

/// Characters of a group's name at the beginning of a text: no colon, bracket or space.
std::size_t name_size(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t next = at;
    const char32_t c = next_code_point(text, next);
    if (c == ':' || c == ']' || python_space(c)) break;
    at = next;
  }
  return at;
}

/// Whether nothing but a comment follows.
bool only_comment(std::string_view rest) {
  rest = python_strip(rest);
  return rest.empty() || rest.front() == '#';
}

/// "[web:vars]  # comment"; nullopt where the line isn't a section.
std::optional<Section> parse_section(std::string_view line) {
  if (!starts_with(line, "[")) return std::nullopt;
  line.remove_prefix(1);
  const std::size_t size = name_size(line);
  Section out{.group = std::string(line.substr(0, size))};
  line.remove_prefix(size);
  if (starts_with(line, ":")) {
    line.remove_prefix(1);
    std::size_t end = 0;
    for (std::size_t at = 0; at < line.size() && python_word(next_code_point(line, at));) end = at;
    out.kind = std::string(line.substr(0, end));
    line.remove_prefix(end);
  }
  const bool complete = starts_with(line, "]") && !out.group.empty() && !out.kind.empty();
  return complete && only_comment(line.substr(1)) ? std::optional(out) : std::nullopt;
}

/// A group that is spoken of before it is declared.
struct Pending {
  std::string name;
  std::string kind;  ///< "vars" or "children": where it was named.
  Position where{};
  std::vector<std::string> parents{};
};

class IniReader {
 public:
  IniReader(const std::shared_ptr<const Source>& source, InventoryBuilder& builder,
            std::vector<Error>& errors)
      : source_(source), builder_(builder), errors_(errors) {}

  void read() {
    for (const std::string_view raw : python_lines(source_->text)) {
      const std::string_view line = python_strip(raw);
      if (line.empty() || line.front() == '#' || line.front() == ';') continue;
      where_ = place(line);
      keep(read_line(line));
      if (errors_.size() > 50) return;
    }
    for (const Pending& pending : pending_) errors_.push_back(undeclared(pending));
  }

 private:
  Position place(std::string_view line) {
    const auto offset = static_cast<std::size_t>(line.data() - source_->text.data());
    for (; counted_ < offset; ++counted_) {
      if (source_->text[counted_] != '\n') continue;
      ++line_number_;
      line_start_ = counted_ + 1;
    }
    return Position{.source = source_,
                    .line = line_number_,
                    .column = static_cast<int>(offset - line_start_) + 1,
                    .length = static_cast<int>(line.size())};
  }

  void keep(Result<void> result) {
    if (result) return;
    if (!result.error().where.known()) result.error().where = where_;
    errors_.push_back(std::move(result.error()));
  }

  tl::unexpected<Error> wrong(std::string message, std::string hint = {}) const {
    return fail(Error{.code = Code::InventoryInvalid,
                      .message = std::move(message),
                      .where = where_,
                      .hint = std::move(hint)});
  }

  /// A text for a message, which may be what a secret looks like once it lacks its quotes.
  static std::string shown(std::string_view text, std::string_view line) {
    return speaks_of_secrets(line) ? "this" : "'" + printable(text) + "'";
  }

  Result<void> read_line(std::string_view line) {
    if (const auto section = parse_section(line)) return begin(*section);
    if (line.front() == '[' && line.back() == ']') {
      return wrong("'" + printable(line) + "' is no section",
                   "write [GROUP], [GROUP:children] or [GROUP:vars], without spaces");
    }
    if (section_.kind == "vars") return variable(line);
    if (section_.kind == "children") return child(line);
    return host(line);
  }

  Result<void> begin(const Section& section) {
    static const std::vector<std::string> kKinds{"hosts", "children", "vars"};
    if (std::find(kKinds.begin(), kKinds.end(), section.kind) == kKinds.end()) {
      return wrong("section [" + printable(section.group) + ":" + printable(section.kind) +
                       "] is of no kind that there is",
                   did_you_mean(section.kind, kKinds));
    }
    section_ = section;
    const auto pending = find_pending(section.group);
    if (!builder_.has_group(section.group)) {
      if (section.kind == "vars" && pending == pending_.end()) {
        pending_.push_back({.name = section.group, .kind = "vars", .where = where_});
      }
      HF_CHECK(builder_.add_group(section.group, where_));
    }
    if (section.kind == "vars") return {};
    return declare(section.group);
  }

  std::vector<Pending>::iterator find_pending(const std::string& name) {
    return std::find_if(pending_.begin(), pending_.end(),
                        [&](const Pending& p) { return p.name == name; });
  }

  /// A group that was waited for is there now: it goes into those that named it.
  Result<void> declare(const std::string& group) {
    const auto found = find_pending(group);
    if (found == pending_.end()) return {};
    const Pending pending = *found;
    pending_.erase(found);
    for (const std::string& parent : pending.parents) {
      HF_CHECK(builder_.add_child(parent, group, pending.where));
      const auto above = find_pending(parent);
      if (above != pending_.end() && above->kind == "children") HF_CHECK(declare(parent));
    }
    return {};
  }

  Error undeclared(const Pending& pending) const {
    const std::string name = printable(pending.name);
    const bool vars = pending.kind == "vars";
    return Error{.code = Code::GroupUndefined,
                 .message = vars ? "[" + name + ":vars] is for a group that is never declared"
                                 : "'" + name + "' in [" + printable(pending.parents.front()) +
                                       ":children] is a group that is never declared",
                 .where = pending.where,
                 .hint = "declare it by a section [" + name + "] or [" + name + ":children]"};
  }

  Result<void> child(std::string_view line) {
    const std::size_t size = name_size(line);
    const std::string name(line.substr(0, size));
    if (name.empty() || !only_comment(line.substr(size))) {
      return wrong(shown(line, line) + " is no name of a group",
                   "[GROUP:children] holds the names of groups, one a line");
    }
    if (builder_.has_group(name)) return builder_.add_child(section_.group, name, where_);
    const auto found = find_pending(name);
    if (found == pending_.end()) {
      pending_.push_back({name, "children", where_, {section_.group}});
    } else {
      found->parents.push_back(section_.group);
    }
    return {};
  }

  Result<void> variable(std::string_view line) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) {
      return wrong(shown(line, line) + " sets no variable", "write NAME=VALUE");
    }
    const std::string name(python_strip(line.substr(0, equals)));
    HF_TRY(Value value, typed(name, python_strip(line.substr(equals + 1))));
    return builder_.set_variable(section_.group, name, {std::move(value), where_});
  }

  static Result<Value> typed(const std::string& name, std::string_view text) {
    Result<std::optional<Value>> literal = python_literal(text);
    if (literal) return *literal ? std::move(**literal) : Value(text);
    if (sounds_secret(name)) {
      literal.error().message = "'" + printable(name) + "' is nothing that an inventory can hold";
    }
    return fail(std::move(literal.error()));
  }

  Result<void> host(std::string_view line) {
    // What is wrong with the host; a variable has a place of its own.
    where_.length = static_cast<int>(std::min(line.find_first_of(" \t"), line.size()));
    std::size_t behind = static_cast<std::size_t>(where_.length);
    HF_TRY(const std::vector<std::string> words, shell_words(line, true));
    if (words.empty()) return wrong("no host stands here");
    HF_TRY(const HostNames hosts, expand_host_pattern(words[0]));
    if (ends_with(python_strip(words[0]), ":") && !hosts.port) {
      return wrong("the host '" + printable(words[0]) + "' ends with a colon, but no port follows",
                   "this looks like YAML: name the file .yml");
    }
    std::vector<std::pair<std::string, Variable>> variables;
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
      const auto equals = word->find('=');
      const Position where = place_of(word->substr(0, equals), line, behind);
      if (equals == std::string::npos) {
        auto lone = wrong(shown(*word, line) + " behind a host sets no variable",
                          "write NAME=VALUE, in quotes where it holds a space");
        lone.value().where = where;
        return lone;
      }
      const std::string name = word->substr(0, equals);
      Result<Value> value = typed(name, std::string_view(*word).substr(equals + 1));
      if (!value) {
        value.error().where = where;
        return fail(std::move(value.error()));
      }
      variables.emplace_back(name, Variable{std::move(*value), where});
    }
    for (const std::string& name : hosts.names) {
      if (python_strip(name) == "---") {
        return wrong("'---' begins a YAML file, but this is read as INI", "name the file .yml");
      }
      HF_CHECK(builder_.add_host(name, section_.group, hosts.port, where_));
      for (const auto& [key, variable] : variables) {
        HF_CHECK(builder_.set_variable(name, key, variable));
      }
    }
    return {};
  }

  /// Of a variable's name on a host's line; the host, where quotes or backslashes hide it.
  Position place_of(const std::string& name, std::string_view line, std::size_t& behind) const {
    auto at = line.find(name, behind);
    while (at != std::string_view::npos && at > 0 && line[at - 1] != ' ' && line[at - 1] != '\t') {
      at = line.find(name, at + 1);
    }
    if (name.empty() || at == std::string_view::npos) return where_;
    behind = at + name.size();
    Position out = where_;
    out.column += static_cast<int>(at);
    out.length = static_cast<int>(name.size());
    return out;
  }

  const std::shared_ptr<const Source>& source_;
  InventoryBuilder& builder_;
  std::vector<Error>& errors_;
  Section section_{.group = "ungrouped"};
  std::vector<Pending> pending_;
  Position where_;
  std::size_t counted_ = 0;
  std::size_t line_start_ = 0;
  int line_number_ = 1;
};

}  // namespace

void read_ini_inventory(const std::shared_ptr<const Source>& source, InventoryBuilder& builder,
                        std::vector<Error>& errors) {
  IniReader(source, builder, errors).read();
}

}  // namespace holdfast
