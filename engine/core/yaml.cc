#include "engine/core/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "engine/core/read_file.h"
#include "engine/core/text.h"
#include "engine/core/yaml_text.h"

namespace holdfast {
namespace {

constexpr std::size_t kMaxDepth = 200;
constexpr std::size_t kMaxNodes = 1'000'000;
constexpr std::size_t kMaxRepairs = 100;

/// Leaves yaml-cpp from within its events; never leaves this file.
struct Refused {
  Error error;
};

Error braces_error(const Position& where) {
  return Error{.code = Code::YamlInvalid,
               .message = "a value that begins with '{{' must be quoted: YAML sees a mapping here",
               .where = where,
               .hint = "put the whole value in quotes: \"{{ … }}\""};
}

/// Builds our tree from yaml-cpp's events.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(const YamlText& text) : text_(text) {}

  std::vector<YamlNode> take() { return std::move(documents_); }
  std::vector<Error> take_errors() { return std::move(errors_); }
  /// The innermost `[` or `{` that is still open.
  Position open_bracket() const {
    return !frames_.empty() && frames_.back().flow ? frames_.back().node.where : Position{};
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    anchors_.clear();
    // yaml-cpp takes whatever follows a finished document for another one.
    if (!documents_.empty() && !starts_with(text_.rest(at(mark)), "---")) {
      refuse("this doesn't belong to what stands above it", at(mark),
             "is it indented as its neighbours are? Documents are split by a line '---'");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node{.where = at(mark)};
    node.scalar = text_.null_word(node.where);
    node.where.length = std::max(1, static_cast<int>(node.scalar.size()));
    node.text = node.where;
    if (node.scalar.empty() && has_pending_key()) node.where = node.text = frames_.back().key_where;
    if (node.scalar.empty() && lists()) node.where = node.text = text_.dash_before(node.where);
    add_leaf(std::move(node), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node{.kind = YamlNode::Kind::Scalar, .scalar = value, .tag = own_tag(tag)};
    node.where = at(mark);
    check_indentation(node.where);
    const YamlText::Scalar written = text_.scalar(node.where, value);
    if (written.unclosed) refuse("this quote is never closed", written.start);
    node.style = written.style;
    node.scalar = text_.with_all_newlines(written, value);
    // `! foo` asks for a text, as quotes do.
    if (tag == "!" && node.style == YamlNode::Style::Plain) node.style = YamlNode::Style::Quoted;
    node.where.length = written.length;
    node.text = written.start;
    node.block_indent = written.block_indent;
    if (value.find('\0') != std::string::npos) refuse("a text holds a NUL byte", node.where);
    add_leaf(std::move(node), anchor, written.end);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(YamlNode::Kind::Sequence, mark, tag, anchor, style);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(YamlNode::Kind::Mapping, mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Position where = at(mark);
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) refuse("this alias stands for something that it is inside", where);
    count(found->second.nodes, where);
    YamlNode node = found->second.node;
    node.where = where;
    add_leaf(std::move(node), YAML::NullAnchor);
  }

 private:
  struct Frame {
    YamlNode node;
    YAML::anchor_t anchor = YAML::NullAnchor;
    bool flow = false;
    std::size_t nodes_before = 0;  ///< For the size of an anchored tree.
    bool has_key = false;
    bool key_plain = false;
    std::string key;
    Position key_where;
    std::unordered_map<std::string, Position> keys;
    std::vector<YamlNode> merged;
  };
  struct Anchored {
    YamlNode node;
    std::size_t nodes;
  };

  [[noreturn]] static void refuse(std::string message, Position where, std::string hint = {}) {
    throw Refused{Error{.code = Code::YamlInvalid,
                        .message = std::move(message),
                        .where = std::move(where),
                        .hint = std::move(hint)}};
  }

  Position at(const YAML::Mark& mark) const { return text_.at(mark.line, mark.column); }
  /// Whether a '-' came last.
  bool lists() const {
    return !frames_.empty() && !frames_.back().flow &&
           frames_.back().node.kind == YamlNode::Kind::Sequence;
  }
  bool has_pending_key() const { return !frames_.empty() && frames_.back().has_key; }

  static std::string own_tag(const std::string& tag) {
    return tag == "?" || tag == "!" ? std::string() : tag;
  }

  void count(std::size_t nodes, const Position& where) {
    nodes_ += nodes;
    if (nodes_ > kMaxNodes) refuse("this YAML holds more than 1,000,000 values", where);
  }

  void check_indentation(const Position& where) const {
    if (!frames_.empty() && frames_.back().flow) return;
    const Position tab = text_.tab_before(where);
    if (tab.known()) refuse("a tab is used as indentation", tab, "use spaces");
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor, YAML::EmitterStyle::value style) {
    const Position where = at(mark);
    if (!frames_.empty() && frames_.back().node.kind == YamlNode::Kind::Mapping &&
        !frames_.back().has_key) {
      refuse_key(where);
    }
    if (frames_.size() >= kMaxDepth) refuse("this YAML is nested more than 200 levels deep", where);
    check_indentation(where);
    Frame frame;
    frame.node.kind = kind;
    frame.node.tag = own_tag(tag);
    frame.node.where = where;
    frame.anchor = anchor;
    frame.flow = style == YAML::EmitterStyle::Flow;
    frame.nodes_before = nodes_;
    frames_.push_back(std::move(frame));
  }

  [[noreturn]] void refuse_key(const Position& where) const {
    const Position braces = text_.unquoted_braces(where.line);
    if (braces.known()) throw Refused{braces_error(braces)};
    const std::string bracket(text_.rest(where).substr(0, 1));
    if (where.column == 1 && (bracket == "[" || bracket == "{")) {
      refuse("this '" + bracket + "' is never closed, or stands where a key belongs", where);
    }
    refuse("a key must be a single text", where);
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    for (const YamlNode& source : frame.merged) merge(frame, source);
    const YAML::anchor_t anchor = frame.anchor;
    add(std::move(frame.node), anchor, frame.nodes_before);
  }

  void merge(Frame& frame, const YamlNode& source) {
    count(source.entries.size(), frame.node.where);
    for (const YamlNode::Entry& entry : source.entries) {
      if (frame.keys.emplace(entry.key, entry.where).second) frame.node.entries.push_back(entry);
    }
  }

  /// A finished node goes where the innermost open one wants it.
  void add(YamlNode node, YAML::anchor_t anchor, std::size_t nodes_before) {
    count(1, node.where);
    if (anchor != YAML::NullAnchor) {
      const std::size_t size = nodes_ - nodes_before;
      count(size, node.where);
      anchors_[anchor] = Anchored{node, size};
    }
    if (frames_.empty()) {
      documents_.push_back(std::move(node));
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node.kind == YamlNode::Kind::Sequence) {
      frame.node.items.push_back(std::move(node));
    } else if (frame.has_key) {
      add_value(frame, std::move(node));
    } else {
      refuse_key(node.where);
    }
  }

  /// @param end  Just behind a scalar's text, where that is known.
  void add_leaf(YamlNode node, YAML::anchor_t anchor, const Position& end = {}) {
    const bool is_key = !frames_.empty() && !frames_.back().has_key &&
                        frames_.back().node.kind == YamlNode::Kind::Mapping;
    if (is_key && node.kind != YamlNode::Kind::Sequence && node.kind != YamlNode::Kind::Mapping) {
      set_key(frames_.back(), node, end);
      return;
    }
    add(std::move(node), anchor, nodes_);
  }

  void set_key(Frame& frame, const YamlNode& node, const Position& end) {
    if (node.kind == YamlNode::Kind::Null && node.scalar.empty()) {
      refuse("a key is missing before this ':'", node.where);
    }
    if (!node.tag.empty() && !starts_with(node.tag, "tag:yaml.org,2002:")) {
      refuse("a key can't have the tag '" + printable(node.tag) + "'", node.where);
    }
    // yaml-cpp takes a lone text among keys for a key without value.
    if (!frame.flow && end.known() && !text_.colon_follows(end)) {
      refuse("':' is missing after '" + printable(node.scalar) + "'", node.where,
             "a list item needs a space after its '-', a long text the indentation of its first "
             "line's neighbours or a '|'");
    }
    frame.key = node.scalar;
    frame.key_where = node.where;
    frame.key_plain = node.style == YamlNode::Style::Plain;
    frame.has_key = true;
  }

  void add_value(Frame& frame, YamlNode value) {
    frame.has_key = false;
    const auto [known, fresh] = frame.keys.emplace(frame.key, frame.key_where);
    if (!fresh) {
      errors_.push_back(
          Error{.code = Code::DuplicateKey,
                .message = "the key '" + printable(frame.key) + "' stands twice in one mapping",
                .where = frame.key_where,
                .notes = {{known->second, "the first one"}}});
      return;
    }
    if (frame.key == "<<" && frame.key_plain) {
      add_merge(frame, std::move(value));
      return;
    }
    frame.node.entries.push_back(YamlNode::Entry{.key = std::move(frame.key),
                                                 .where = frame.key_where,
                                                 .key_plain = frame.key_plain,
                                                 .value = std::move(value)});
  }

  static void add_merge(Frame& frame, YamlNode value) {
    if (value.kind == YamlNode::Kind::Mapping) {
      frame.merged.push_back(std::move(value));
      return;
    }
    if (value.kind != YamlNode::Kind::Sequence) refuse("'<<' needs a mapping", value.where);
    for (YamlNode& item : value.items) {
      if (item.kind != YamlNode::Kind::Mapping) refuse("'<<' needs mappings", item.where);
      frame.merged.push_back(std::move(item));
    }
  }

  const YamlText& text_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::vector<YamlNode> documents_;
  std::vector<Error> errors_;
  std::size_t nodes_ = 0;
};

/// yaml-cpp's message in our words, pointed at what caused it.
Error explain(const YAML::Exception& thrown, const YamlText& text, const Position& open_bracket) {
  const Position where = text.at(thrown.mark.line, thrown.mark.column);
  const Position braces = text.unquoted_braces(where.line);
  if (braces.known()) return braces_error(braces);
  Position tab = text.tab_before(text.at(where.line - 1, 1 << 20));
  if (tab.known()) {
    return Error{.code = Code::YamlInvalid,
                 .message = "a tab is used as indentation",
                 .where = tab,
                 .hint = "use spaces"};
  }
  Error error{.code = Code::YamlInvalid, .message = thrown.msg, .where = where};
  static const std::map<std::string, std::pair<const char*, const char*>> kWords{
      {"illegal map value",
       {"a mapping can't stand here",
        "quote a value that holds ': '; check the indentation of this line and the one above"}},
      {"end of map not found",
       {"this fits no mapping around it", "check its indentation, and quotes that end too early"}},
      {"end of sequence not found",
       {"this fits no list around it", "check its indentation: an item begins with '- '"}},
      {"illegal block entry",
       {"a list can't begin here", "put the first '- ' on a line of its own"}},
      {"unknown token",
       {"a text can't begin with this character", "put the whole value in quotes"}},
      {"end of map flow not found", {"this '{' is never closed", ""}},
      {"end of sequence flow not found", {"this '[' is never closed", ""}},
      {"illegal flow end", {"this bracket closes nothing", ""}},
      {"the referenced anchor is not defined", {"this alias has no anchor before it", ""}}};
  const auto found = kWords.find(thrown.msg);
  if (found != kWords.end()) {
    error.message = found->second.first;
    error.hint = found->second.second;
  } else {
    error.message = "not YAML: " + printable(error.message);
  }
  const std::size_t inside = where.line_text().find("{{");
  if (inside != std::string_view::npos && open_bracket.known()) {
    error.message = "a text with '{{' in it must be quoted here: YAML sees a mapping";
    error.hint = "put the whole value in quotes";
    error.where.column = static_cast<int>(inside) + 1;
    return error;
  }
  const bool unclosed = thrown.msg.find("flow not found") != std::string::npos;
  if (unclosed && open_bracket.known()) error.where = open_bracket;
  return error;
}

/// One go through the bytes. No documents: the last error ended it.
ParsedYaml parse_once(const std::string& bytes, const YamlText& text) {
  Builder builder(text);
  ParsedYaml out;
  const auto ended = [&](Error error) {
    out.errors = builder.take_errors();
    out.errors.push_back(std::move(error));
    return std::move(out);
  };
  try {
    std::istringstream stream(bytes);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (Refused& refused) {
    return ended(std::move(refused.error));
  } catch (const YAML::Exception& thrown) {
    return ended(explain(thrown, text, builder.open_bracket()));
  }
  return ParsedYaml{builder.take(), builder.take_errors()};
}

/// Where unquoted braces are what is wrong: makes them a quoted text of the same length.
bool quote_braces(std::string& bytes, const YamlText& text, const Error& error) {
  const Position braces = text.unquoted_braces(error.where.line);
  if (!braces.known() || braces.column != error.where.column) return false;
  const std::size_t begin = bytes.size() - text.rest(braces).size();
  const std::size_t end = bytes.rfind("}}", std::min(bytes.find('\n', begin), bytes.size()));
  if (end == std::string::npos || end < begin || bytes[begin] != '{') return false;
  std::replace_if(
      bytes.begin() + static_cast<std::ptrdiff_t>(begin),
      bytes.begin() + static_cast<std::ptrdiff_t>(end),
      [](char c) { return c == '"' || c == '\\'; }, ' ');
  bytes[begin] = bytes[end + 1] = '"';
  return true;
}

Error text_error(Code code, std::string message, const YamlText& text, std::size_t offset) {
  return Error{.code = code, .message = std::move(message), .where = text.at(offset)};
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

ParsedYaml parse_yaml_on(const std::shared_ptr<const Source>& source) {
  const auto failed = [](Error error) { return ParsedYaml{.errors = {std::move(error)}}; };
  if (source->text.size() > (16U << 20)) {
    return failed({.code = Code::FileTooLarge,
                   .message = "'" + printable(source->path) + "' is larger than 16 MiB"});
  }
  const YamlText text(source);
  if (auto checked = text.check(); !checked) return failed(std::move(checked.error()));
  if (const auto nul = source->text.find('\0'); nul != std::string::npos) {
    return failed(text_error(Code::YamlInvalid, "the file holds a NUL byte", text, nul));
  }
  std::vector<Error> repaired;
  std::string bytes = source->text;
  for (;;) {
    ParsedYaml out = parse_once(bytes, text);
    const bool again = out.documents.empty() && !out.errors.empty() &&
                       repaired.size() < kMaxRepairs &&
                       quote_braces(bytes, text, out.errors.back());
    if (!again) {
      out.errors.insert(out.errors.begin(), std::make_move_iterator(repaired.begin()),
                        std::make_move_iterator(repaired.end()));
      return out;
    }
    repaired.push_back(std::move(out.errors.back()));
  }
}

Result<std::vector<YamlNode>> parse_yaml(std::shared_ptr<const Source> source) {
  ParsedYaml parsed = parse_yaml_on(source);
  if (!parsed.errors.empty()) return fail(std::move(parsed.errors.front()));
  return std::move(parsed.documents);
}

Result<std::vector<YamlNode>> load_yaml(const std::string& path) {
  HF_TRY(std::shared_ptr<const Source> source, load_source(path));
  return parse_yaml(std::move(source));
}

Result<std::shared_ptr<const Source>> load_source(const std::string& path, std::size_t limit) {
  HF_TRY(std::string bytes, read_file(path, limit));
  auto source = std::make_shared<const Source>(Source{path, std::move(bytes)});
  HF_CHECK(YamlText(source).check());
  return source;
}

}  // namespace holdfast
