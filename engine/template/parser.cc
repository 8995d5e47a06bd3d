#include "engine/template/parser.h"

#include <algorithm>
#include <map>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/template/expression_parser.h"
#include "engine/template/limits.h"

namespace holdfast::jinja {
namespace {

using Words = std::vector<std::string>;

/// Tags of Jinja2 that aren't supported, and what to write instead.
const std::map<std::string, std::string>& refused_tags() {
  constexpr const char* kNoFiles = "a template reads no other file; give the text as a variable";
  constexpr const char* kNoMacros =
      "loop over a list of maps, or move the repeated part to a block set";
  static const std::map<std::string, std::string> kTags = {
      {"include", kNoFiles},
      {"import", kNoFiles},
      {"from", kNoFiles},
      {"extends", kNoFiles},
      {"block", kNoFiles},
      {"macro", kNoMacros},
      {"call", kNoMacros},
      {"autoescape", "texts are never escaped for HTML"},
      {"do", "use `{% set %}` with an expression; values are never changed in place"},
      {"print", "write {{ expression }}"},
      {"break", "filter the loop: {% for x in list if condition %}"},
      {"continue", "filter the loop: {% for x in list if condition %}"},
      {"trans", "texts are not translated"},
      {"debug", "write {{ expression }}"}};
  return kTags;
}

class Parser {
 public:
  Parser(const SourceText& source, std::vector<Token> tokens)
      : source_(source), in_(source, std::move(tokens)) {}

  Result<Body> whole() {
    Body body;
    if (!statements(body, {}, {})) return fail(in_.error());
    return body;
  }

  Result<ExprPtr> bare() {
    const Token& first = in_.current();
    if (first.is_operator("{") && in_.next().is_operator("{")) {
      in_.refuse({first.at.offset, 2}, "'{{' in a place that already is an expression",
                 "write the expression without {{ }}");
      return fail(in_.error());
    }
    ExprPtr expr = in_.expression();
    if (expr && in_.current().kind != Token::Kind::End) {
      expr = in_.refuse(in_.current().at,
                        "expected the end of the expression, got " + in_.describe(in_.current()));
    }
    if (!expr) return fail(in_.error());
    return expr;
  }

 private:
  /// Statements up to a tag of `ends`, which is left as the current token; no `ends`: up to the end
  /// of the template. @param opening  The tag that needs the end.
  bool statements(Body& out, const Words& ends, Span opening) {
    for (;;) {
      const Token& token = in_.current();
      switch (token.kind) {
        case Token::Kind::End:
          if (ends.empty()) return true;
          in_.refuse(opening, "'" + std::string(source_.slice(opening)) + "' is never ended",
                     "end it with {% " + ends.back() + " %}");
          return false;
        case Token::Kind::Data:
          out.push_back({.kind = Statement::Kind::Data, .at = token.at, .text = in_.take().text});
          break;
        case Token::Kind::OutputBegin:
          if (!output(out)) return false;
          break;
        default:
          in_.take();
          if (ends_here(ends)) return true;
          if (!statement(out, ends)) return false;
      }
    }
  }

  bool ends_here(const Words& ends) const {
    return std::any_of(ends.begin(), ends.end(),
                       [&](const std::string& word) { return in_.current().is_name(word); });
  }

  bool output(Body& out) {
    const Span at = in_.take().at;
    ExprPtr value = in_.tuple();
    if (!value) return false;
    if (in_.current().kind != Token::Kind::OutputEnd) {
      in_.refuse(in_.current().at, "expected '}}', got " + in_.describe(in_.current()));
      return false;
    }
    in_.take();
    out.push_back({.kind = Statement::Kind::Output, .at = at, .value = std::move(value)});
    return true;
  }

  /// Takes the end of a tag.
  bool tag_end() {
    in_.take_operator(":");
    if (in_.current().kind != Token::Kind::BlockEnd) {
      in_.refuse(in_.current().at, "expected '%}', got " + in_.describe(in_.current()));
      return false;
    }
    in_.take();
    return true;
  }

  /// The body of a tag, with the end of that tag before it and its end tag after it.
  bool body(Body& out, const Words& ends, Span opening) {
    return tag_end() && statements(out, ends, opening);
  }

  bool statement(Body& out, const Words& ends) {
    const Token& tag = in_.take();
    Statement made{.at = tag.at};
    if (tag.kind != Token::Kind::Name) {
      in_.refuse(tag.at, "expected the name of a tag, got " + in_.describe(tag));
      return false;
    }
    if (!in_.enter(tag.at)) return false;
    bool done = false;
    if (tag.text == "if") {
      done = if_tag(made);
    } else if (tag.text == "for") {
      done = for_tag(made);
    } else if (tag.text == "set") {
      done = set_tag(made);
    } else if (tag.text == "with") {
      done = with_tag(made);
    } else if (tag.text == "filter") {
      done = filter_tag(made);
    } else {
      unknown_tag(tag, ends);
    }
    in_.leave();
    if (done) out.push_back(std::move(made));
    return done;
  }

  void unknown_tag(const Token& tag, const Words& ends) {
    const std::string shown = "'" + tag.text + "'";
    if (const auto refused = refused_tags().find(tag.text); refused != refused_tags().end()) {
      in_.refuse(tag.at, "the tag " + shown + " is not supported", refused->second);
      return;
    }
    static const Words kInner = {"else",   "elif",    "endif",     "endfor",
                                 "endset", "endwith", "endfilter", "endraw"};
    if (std::find(kInner.begin(), kInner.end(), tag.text) != kInner.end()) {
      in_.refuse(tag.at, shown + " without its beginning",
                 ends.empty() ? "" : "the innermost open tag ends with '" + ends.back() + "'");
      return;
    }
    Words known = {"if", "for", "set", "with", "filter", "raw"};
    known.insert(known.end(), ends.begin(), ends.end());
    known.insert(known.end(), kInner.begin(), kInner.end());
    in_.refuse(tag.at, "there is no tag " + shown, did_you_mean(tag.text, known));
  }

  bool if_tag(Statement& made) {
    made.kind = Statement::Kind::If;
    bool more = true;
    while (more) {
      Branch& branch = made.branches.emplace_back();
      branch.condition = in_.tuple(false);
      if (!branch.condition) return false;
      if (!body(branch.body, {"elif", "else", "endif"}, made.at)) return false;
      more = in_.take_name("elif");
    }
    if (in_.take_name("else") && !body(made.otherwise, {"endif"}, made.at)) return false;
    in_.take_name("endif");
    return tag_end();
  }

  bool for_tag(Statement& made) {
    made.kind = Statement::Kind::For;
    Assignment& loop = made.assignments.emplace_back();
    if (!in_.target(loop.target, false)) return false;
    if (!in_.take_name("in")) {
      in_.refuse(in_.current().at, "expected 'in', got " + in_.describe(in_.current()));
      return false;
    }
    loop.value = in_.tuple(false);
    if (!loop.value) return false;
    if (in_.take_name("if")) {
      made.condition = in_.expression();
      if (!made.condition) return false;
    }
    if (in_.current().is_name("recursive")) {
      in_.refuse(in_.current().at, "recursive loops are not supported",
                 "nest one loop for each level");
      return false;
    }
    if (!body(made.body, {"else", "endfor"}, made.at)) return false;
    if (in_.take_name("else") && !body(made.otherwise, {"endfor"}, made.at)) return false;
    in_.take_name("endfor");
    return tag_end();
  }

  bool set_tag(Statement& made) {
    made.kind = Statement::Kind::Set;
    Assignment& assignment = made.assignments.emplace_back();
    if (!in_.target(assignment.target, true)) return false;
    if (in_.take_operator("=")) {
      assignment.value = in_.tuple();
      return assignment.value && tag_end();
    }
    made.kind = Statement::Kind::SetBlock;
    if (!assignment.target.parts.empty()) {
      in_.refuse(assignment.target.at, "a block can't be assigned to several names");
      return false;
    }
    if (in_.current().is_operator("|")) {
      made.value = in_.filters(nullptr, false);
      if (!made.value) return false;
    }
    if (!body(made.body, {"endset"}, made.at)) return false;
    in_.take();
    return tag_end();
  }

  bool with_tag(Statement& made) {
    made.kind = Statement::Kind::With;
    while (in_.current().kind != Token::Kind::BlockEnd && !in_.current().is_operator(":")) {
      if (!made.assignments.empty() && !in_.take_operator(",")) {
        in_.refuse(in_.current().at, "expected ',' or '%}', got " + in_.describe(in_.current()));
        return false;
      }
      Assignment& assignment = made.assignments.emplace_back();
      if (!in_.target(assignment.target, false)) return false;
      if (!in_.take_operator("=")) {
        in_.refuse(in_.current().at, "expected '=', got " + in_.describe(in_.current()));
        return false;
      }
      assignment.value = in_.expression();
      if (!assignment.value) return false;
    }
    if (!body(made.body, {"endwith"}, made.at)) return false;
    in_.take();
    return tag_end();
  }

  bool filter_tag(Statement& made) {
    made.kind = Statement::Kind::FilterBlock;
    made.value = in_.filters(nullptr, true);
    if (!made.value) return false;
    if (!body(made.body, {"endfilter"}, made.at)) return false;
    in_.take();
    return tag_end();
  }

  const SourceText& source_;
  ExpressionParser in_;
};

Result<void> check_size(const SourceText& source) {
  if (source.text.size() <= kMaxTemplate) return {};
  return fail(Error{.code = Code::TemplateLimit,
                    .message = "a template of " + std::to_string(source.text.size()) +
                               " bytes; at most " + std::to_string(kMaxTemplate) + " are read",
                    .where = source.where,
                    .hint = "give a large file that holds no expressions with `source:`"});
}

}  // namespace

Result<Body> parse_template(const SourceText& source) {
  HF_CHECK(check_size(source));
  HF_TRY(std::vector<Token> tokens, tokenize(source));
  return Parser(source, std::move(tokens)).whole();
}

Result<ExprPtr> parse_expression(const SourceText& source) {
  HF_CHECK(check_size(source));
  HF_TRY(std::vector<Token> tokens, tokenize_expression(source));
  return Parser(source, std::move(tokens)).bare();
}

}  // namespace holdfast::jinja
