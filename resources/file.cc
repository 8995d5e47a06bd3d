#include <algorithm>

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "engine/wiring/ends.h"
#include "resources/path.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const Schema& file_schema() {
  static const Schema kSchema{
      .kind = "file",
      .doc =
          "A regular file: its text, owner, group and mode. What is not stated is left as it is.",
      .name_doc = "Absolute path of the file.",
      .name_type = {.kind = TypeKind::Path},
      .attributes =
          {{.name = "content",
            .doc = "The file's text, with expressions. `source:` takes the bytes of a file of the "
                   "project as they are instead, `template:` renders one. A file that is made "
                   "without any of them is empty.",
            .content = true},
           {.name = "owner", .doc = "Account that owns it, by name or number. New files: root."},
           {.name = "group", .doc = "Group, by name or number. New files: root."},
           {.name = "mode",
            .type = {.kind = TypeKind::Mode},
            .doc = "Permissions. New files: 0644, or 0600 if the content is secret."},
           {.name = "validate",
            .type = Type::list_of({}),
            .doc = "A command, as a list of words, that must succeed before the new text takes the "
                   "file's place; the word `%s` stands for the path of the new text."},
           {.name = "type",
            .doc = "What lies at the path: a link is replaced by the file.",
            .immutable = true,
            .computed = true},
           {.name = "links",
            .type = {.kind = TypeKind::Int},
            .doc = "How many names the file has, where it has several (hard links).",
            .computed = true}},
      .scheduling = Scheduling::Passive,
      .examples = {"- file: /etc/motd\n  content: |\n    Managed by holdfast.\n",
                   "- file: /etc/sudoers.d/deploy\n  content: |\n    deploy ALL=(ALL) NOPASSWD: "
                   "/usr/bin/systemctl\n  mode: 0440\n  validate: [visudo, -cf, \"%s\"]\n",
                   "- file: /etc/cron.d/old-backup\n  ensure: absent\n"}};
  return kSchema;
}

class FileKind final : public Kind, public Wired {
 public:
  const Schema& schema() const override { return file_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors = check_path_name(resource);
    for (Error& error : check_validate(resource, Code::FileInvalid))
      errors.push_back(std::move(error));
    if (stated(resource.desired, "validate") == nullptr) return errors;
    if (resource.get("content") == nullptr) {
      errors.push_back(
          wrong(resource, "validate", Code::FileInvalid,
                "file '" + printable(resource.name) + "': `validate` without a text to validate",
                "give `content`, `source` or `template`"));
    }
    return errors;
  }

  Links links(const Resource& resource) const override { return path_links(resource); }

  /// What another resource's program may read: an environment with paths, a configuration.
  void ends(const Resource& resource, Ends& ends) const override {
    const Value* content = stated(resource.desired, "content");
    const std::string_view text = content == nullptr ? std::string_view() : content->bytes();
    const auto has = [&](const char* word) { return text.find(word) != std::string_view::npos; };
    if (!has("=/") && !has("receivers:") && !has("__path__:")) return;
    TextFile file;
    file.where = resource.place_in("content", 1, 1, 1);
    file.path = resource.name;
    file.text = text;
    file.secret = content->holds_secret();
    ends.texts.push_back(std::move(file));
  }

  std::vector<Query> queries(const Resource& resource) const override {
    std::vector<Query> out{{"stat", resource.name}, {"stat", parent_path(resource.name)}};
    if (asks_content(resource)) out.push_back({"digest", resource.name});
    return out;
  }

  std::vector<std::string> missing(const Resource& resource,
                                   const Answers& answers) const override {
    return missing_folder(resource, answers);
  }

  State desired(const Resource& resource) const override {
    State out;
    out.set("type", "file");
    for (const char* name : {"content", "owner", "group", "mode"}) {
      const Value* value = resource.get(name);
      if (value == nullptr || value->is_null()) continue;
      const bool text = std::string_view(name) == "content" && !value->is_unknown();
      out.set(name, text ? digest_value(resource, sha256_hex(value->bytes())) : *value);
    }
    return out;
  }

  State creation_defaults(const Resource& resource) const override {
    const Value* content = resource.get("content");
    State out;
    out.set("owner", "root");
    out.set("group", "root");
    out.set("mode", content != nullptr && content->holds_secret() ? "0600" : "0644");
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const Value& seen = answers.at({"stat", resource.name});
    if (seen.is_unknown()) return unknown_state(schema(), seen.as_unknown().cause);
    if (!seen.is_map()) {
      return asks_content(resource) ? unseen(schema(), answers.at({"digest", resource.name}))
                                    : std::nullopt;
    }
    const ValueMap& stat = seen.as_map();
    const std::string& type = stat.find("type")->as_text();
    if (type == "link") return read_link(resource, stat);
    if (type != "file") {
      return fail(other_type(
          resource, type, "a file does not take its place: remove it first, or use another path"));
    }
    State state;
    state.set("type", type);
    add_ownership(resource, stat, state);
    state.set("mode", *stat.find("mode"));
    const Value* links = stat.find("links");
    if (links != nullptr && links->as_int() > 1) state.set("links", *links);
    if (asks_content(resource)) {
      state.set("content", read_content(resource, answers.at({"digest", resource.name})));
    }
    return state;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    std::vector<PhasedStep> out;
    if (change.action == Action::None) return out;
    if (change.action == Action::Delete) {
      out.push_back({0, Remove{resource.name, expect_of(change.before)}});
      return out;
    }
    const bool is_new = change.action != Action::Update;
    if (is_new || change.find("content") != nullptr) {
      const Value* content = resource.get("content");
      const State defaults = is_new ? creation_defaults(resource) : State{};
      const auto metadata = [&](const char* name) {
        const Value* fallback = defaults.find(name);
        auto text = text_after(resource, change, name);
        return text || fallback == nullptr ? text : std::optional(fallback->as_text());
      };
      out.push_back({0, WriteFile{.path = resource.name,
                                  .content = content == nullptr ? Value("") : *content,
                                  .owner = metadata("owner"),
                                  .group = metadata("group"),
                                  .mode = metadata("mode"),
                                  .expect = expect_of(change.before),
                                  .validate = stated_list(resource.desired, "validate")}});
      return out;
    }
    add_ownership_steps(resource, change, out);
    return out;
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    const bool sets_id = change.find("mode") != nullptr &&
                         (mode_bits(change.find("mode")->after.bytes()) & 06000) != 0;
    const bool access = grants_access(resource.name);
    const bool deleted = change.action == Action::Delete;
    out.privileged = !deleted && (sets_id || access);
    const Value* had = change.before ? change.before->find("mode") : nullptr;
    const bool owned_anew = change.find("owner") != nullptr || change.find("group") != nullptr;
    if (change.action == Action::Update && owned_anew && resource.get("mode") == nullptr &&
        had != nullptr && had->is_text() && (mode_bits(had->bytes()) & 06000) != 0) {
      out.brings.emplace_back(
          "takes its set-user-id and set-group-id bits away: state `mode` to keep them");
    }
    add_other_names(change, out);
    const Value* content = resource.get("content");
    const bool secret_changes = change.action == Action::Update &&
                                change.find("content") != nullptr && content != nullptr &&
                                content->holds_secret();
    out.one_way = (deleted && access) || secret_changes;
    return out;
  }

  std::map<std::string, std::string> text_paths(const Resource& resource) const override {
    return {{"content", resource.name}};
  }

 private:
  /// A new text takes one name of the old file; owner and mode are the old file's own.
  static void add_other_names(const Change& change, Effects& out) {
    const Value* links = change.before ? change.before->find("links") : nullptr;
    if (links == nullptr || change.action == Action::Create) return;
    const bool several = links->as_int() > 2;
    const std::string others =
        "its " + (several ? std::to_string(links->as_int() - 1) + " other names (hard links)"
                          : std::string("other name (a hard link)"));
    if (change.action == Action::Update && change.find("content") == nullptr) {
      out.brings.push_back("changes " + others + " with it: they are one file");
      return;
    }
    out.brings.push_back("leaves " + others + (several ? " as they are" : " as it is"));
    out.irreversible.push_back("it and " + others +
                               " are one file, which a rollback does not make of them again");
  }

  static bool asks_content(const Resource& resource) {
    return resource.absent || resource.get("content") != nullptr;
  }

  static Value digest_value(const Resource& resource, const std::string& digest) {
    const std::string text = std::string(kDigestPrefix) + digest;
    const Value* content = resource.get("content");
    const bool secret = content != nullptr && content->holds_secret();
    return secret ? Value(Secret(text)) : Value(text);
  }

  static Value read_content(const Resource& resource, const Value& seen) {
    if (seen.is_unknown()) return seen;
    if (!seen.is_map()) return Unknown{"it changed while it was looked at"};
    return digest_value(resource, seen.as_map().find("digest")->as_text());
  }

  static Result<std::optional<State>> read_link(const Resource& resource, const ValueMap& stat) {
    if (!resource.absent && resource.get("content") == nullptr) {
      return fail(other_type(resource, "link",
                             "say what the file should hold (`content`, `source` or `template`) to "
                             "have the link replaced, or name the path that it leads to"));
    }
    State state;
    state.set("type", "link");
    state.set("target", *stat.find("target"));
    add_ownership(resource, stat, state);
    return state;
  }
};

}  // namespace

std::unique_ptr<Kind> make_file_kind() { return std::make_unique<FileKind>(); }

}  // namespace holdfast
