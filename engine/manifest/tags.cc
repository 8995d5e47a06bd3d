#include "engine/manifest/tags.h"

#include <algorithm>
#include <cstdlib>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/manifest/program.h"

namespace holdfast {
namespace {

constexpr const char* kYamlsOwn = "tag:yaml.org,2002:";
constexpr std::chrono::seconds kLimit{60};

tl::unexpected<Error> wrong(const YamlNode& node, std::string message, std::string hint = {}) {
  return fail(Error{.code = Code::TagInvalid,
                    .message = std::move(message),
                    .where = node.where,
                    .hint = std::move(hint)});
}

bool is_text(const YamlNode& node) {
  return node.kind == YamlNode::Kind::Scalar && !node.scalar.empty();
}

Result<void> check_environment(const YamlNode& node) {
  constexpr const char* kHint = "!env NAME or !env {name: NAME, secret: false}";
  if (node.kind == YamlNode::Kind::Scalar) {
    if (!is_text(node)) return wrong(node, "!env needs a variable's name", kHint);
    return {};
  }
  if (node.kind != YamlNode::Kind::Mapping) return wrong(node, "!env needs a name", kHint);
  for (const YamlNode::Entry& entry : node.entries) {
    if (entry.key == "name" && is_text(entry.value)) continue;
    const bool truth = entry.value.plain() && entry.value.tag.empty() &&
                       (entry.value.scalar == "true" || entry.value.scalar == "false");
    if (entry.key == "secret" && truth) continue;
    return wrong(node, "!env can't use '" + printable(entry.key) + "' so", kHint);
  }
  if (node.find("name") == nullptr) return wrong(node, "!env needs a 'name'", kHint);
  return {};
}

Result<void> check_command(const YamlNode& node) {
  const bool good = node.kind == YamlNode::Kind::Sequence && !node.items.empty() &&
                    std::all_of(node.items.begin(), node.items.end(), [](const YamlNode& item) {
                      return item.kind == YamlNode::Kind::Scalar && item.tag.empty();
                    });
  if (good && !node.items[0].scalar.empty()) return {};
  return wrong(node, "!command needs a program and its arguments",
               "!command [PROGRAM, ARGUMENT]: no shell reads them");
}

/// What may be asked of the controller can be read off the manifest: no expression in it.
bool holds_expression(const YamlNode& node) {
  if (node.scalar.find("{{") != std::string::npos || node.scalar.find("{%") != std::string::npos) {
    return true;
  }
  return std::any_of(node.items.begin(), node.items.end(), holds_expression) ||
         std::any_of(node.entries.begin(), node.entries.end(),
                     [](const YamlNode::Entry& entry) { return holds_expression(entry.value); });
}

std::string without_last_newline(std::string text) {
  if (ends_with(text, "\n")) text.pop_back();
  if (ends_with(text, "\r")) text.pop_back();
  return text;
}

tl::unexpected<Error> needs_trust(const YamlNode& node, const std::string& message) {
  return fail(Error{.code = Code::TagNeedsTrust,
                    .message = message,
                    .where = node.where,
                    .hint = "trust this project on this machine: `holdfast trust`"});
}

}  // namespace

bool Tags::tagged(const YamlNode& node) {
  if (node.tag.empty()) return false;
  if (!starts_with(node.tag, kYamlsOwn)) return true;
  // These need a reader of their own, which we don't have.
  return ends_with(node.tag, ":binary") || ends_with(node.tag, ":set") ||
         ends_with(node.tag, ":omap") || ends_with(node.tag, ":pairs");
}

Result<void> Tags::check(const YamlNode& node) {
  if (node.tag == "!vault") {
    return wrong(node, "!vault isn't supported yet",
                 "decrypt it into an environment variable and use !env, or use !command");
  }
  const std::vector<std::string> known{"!env", "!file", "!command"};
  if (std::find(known.begin(), known.end(), node.tag) == known.end()) {
    std::string hint = did_you_mean(node.tag, known);
    if (hint.empty()) hint = "the tags are " + join(known, ", ");
    return wrong(node, "there is no tag '" + printable(node.tag) + "'", std::move(hint));
  }
  if (holds_expression(node)) {
    return wrong(node, "a tag can't hold an expression",
                 "what is asked of this machine is written out, so that it can be read");
  }
  if (node.tag == "!env") return check_environment(node);
  if (node.tag == "!command") return check_command(node);
  if (!is_text(node)) return wrong(node, "!file needs a path", "!file PATH");
  return {};
}

Result<Value> Tags::resolve(const YamlNode& node) {
  HF_CHECK(check(node));
  if (trust_ == Trust::Offline) return Value(Unknown{"not asked offline"});
  if (trust_ == Trust::Untrusted) return Value(Unknown{"needs trust"});
  const auto known = known_.find(&node);
  if (known != known_.end()) return known->second;
  Result<Value> value = node.tag == "!env"    ? environment(node)
                        : node.tag == "!file" ? file(node)
                                              : command(node);
  if (value) known_[&node] = *value;
  return value;
}

Result<Value> Tags::environment(const YamlNode& node) const {
  const YamlNode* stated = node.find("name");
  const YamlNode* secret = node.find("secret");
  const std::string& name = stated != nullptr ? stated->scalar : node.scalar;
  const char* text = std::getenv(name.c_str());
  if (text == nullptr) {
    return fail(Error{.code = Code::TagFailed,
                      .message = "the environment variable '" + printable(name) + "' isn't set",
                      .where = node.where});
  }
  if (secret != nullptr && secret->scalar == "false") return Value(std::string(text));
  return Value(Secret(text));
}

Result<Value> Tags::file(const YamlNode& node) {
  auto path = files_.locate(node.scalar, node.where, {"files"});
  if (!path) {
    if (path.error().code != Code::OutsideProject) path.error().code = Code::TagFailed;
    return fail(std::move(path.error()));
  }
  auto bytes = files_.bytes(*path);
  if (!bytes) {
    Error error = std::move(bytes.error());
    error.where = node.where;
    return fail(std::move(error));
  }
  return Value(Secret(without_last_newline(**bytes)));
}

Result<Value> Tags::command(const YamlNode& node) const {
  std::vector<std::string> argv;
  for (const YamlNode& item : node.items) argv.push_back(item.scalar);
  if (trust_ != Trust::Full) {
    return needs_trust(node, "'" + printable(argv[0]) + "' would run on this machine");
  }
  auto output = program_output(argv, files_.folder(), kLimit);
  if (!output) {
    Error error = std::move(output.error());
    error.where = node.where;
    return fail(std::move(error));
  }
  return Value(Secret(without_last_newline(std::move(*output))));
}

}  // namespace holdfast
