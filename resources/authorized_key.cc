#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "resources/account.h"
#include "resources/authorized_key_line.h"
#include "resources/authorized_key_program.h"
#include "resources/path.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const Schema& authorized_key_schema() {
  static const Schema kSchema{
      .kind = "authorized_key",
      .doc =
          "A public key that lets somebody log in to an account. Other keys of the account stay.",
      .name_doc = "A label: whose key it is. The key itself says which line is meant.",
      .attributes =
          {{.name = "user", .doc = "The account.", .required = true, .identity = true},
           {.name = "key",
            .doc = "The public key: type and base64, as in a .pub file. A comment after them is "
                   "taken as `comment`.",
            .required = true,
            .identity = true},
           {.name = "options",
            .doc = "What the key may do, as in sshd(8): `restrict,command=\"…\"`."},
           {.name = "comment", .doc = "Text after the key."},
           {.name = "path",
            .type = {.kind = TypeKind::Path},
            .doc =
                "The file, where sshd looks elsewhere than in ~/.ssh/authorized_keys. Its folder "
                "must exist.",
            .identity = true}},
      .scheduling = Scheduling::Passive,
      .examples = {
          "- authorized_key: alice\n  user: deploy\n  key: ssh-ed25519 "
          "AAAAC3NzaC1lZDI1NTE5AAAAIJ8QkI3NkpJCq1c7k0wVQm0cVwWcT7Yk0hH2Wm5v5p9B alice@laptop\n",
          "- authorized_key: backup\n  user: root\n  key: ssh-ed25519 "
          "AAAAC3NzaC1lZDI1NTE5AAAAIAq2mHq7mUu5Kk2vYq3ZyqT1k8dQm0b3Jr7v2Qq1ZxQy\n  options: "
          "restrict,command=\"/usr/local/bin/backup\"\n",
          "- authorized_key: former colleague\n  ensure: absent\n  user: deploy\n  key: "
          "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGb0yq7s0nq0Jb4Q2n3S8yqk5d2mP1v9cXr6Zt7uWlEo\n"}};
  return kSchema;
}

/// What the attributes say, as a line; nullopt where `key` is none.
std::optional<AuthorizedKeyLine> stated_line(const Resource& resource) {
  auto line = read_authorized_key(stated_text(resource.desired, "key"));
  if (!line || !line->options.empty()) return std::nullopt;
  line->options = stated_text(resource.desired, "options");
  line->comment = stated_text(resource.desired, "comment", line->comment);
  return line;
}

std::string file_of(const Resource& resource) { return stated_text(resource.desired, "path"); }

Query keys_query(const Resource& resource) {
  const std::string path = file_of(resource);
  return {"authorized_keys", path.empty() ? stated_text(resource.desired, "user") : path};
}

/// What is shown of a text that isn't one: nothing that could be the other half of one.
std::string no_public_key(const std::string& text) {
  if (text.find("PRIVATE KEY") != std::string::npos) {
    return "a private key, which never leaves its owner (its text is not shown)";
  }
  return "not one public key: " + in_quotes(text);
}

class AuthorizedKeyKind final : public Kind {
 public:
  const Schema& schema() const override { return authorized_key_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors;
    const auto refuse = [&](const char* attribute, const std::string& why, std::string hint = {}) {
      errors.push_back(wrong(resource, attribute, Code::AuthorizedKeyInvalid,
                             "authorized_key '" + printable(resource.name) + "': " + why,
                             std::move(hint)));
    };
    const std::string user = stated_text(resource.desired, "user");
    const std::string_view why = bad_account_name(user);
    if (stated(resource.desired, "user") != nullptr && !why.empty()) {
      refuse("user", "'" + printable(user) + "' is not an account's name: " + std::string(why));
    }
    if (stated(resource.desired, "key") != nullptr && !valid_key(resource)) {
      refuse("key", no_public_key(stated_text(resource.desired, "key")),
             "type and base64 text, as in a .pub file; options have their own attribute");
    }
    for (const char* name : {"options", "comment", "key"}) {
      if (has_control(stated_text(resource.desired, name))) {
        refuse(name, "`" + std::string(name) + "` holds a control character");
      }
    }
    const std::string options = stated_text(resource.desired, "options");
    if (!options.empty() && !valid_options(options)) {
      refuse("options", "not one word, or a quote is open: '" + printable(options) + "'",
             "spaces are for texts in double quotes");
    }
    return errors;
  }

  /// The key in its file, whatever the label.
  std::string identity(const Resource& resource) const override {
    const auto line = stated_line(resource);
    return "authorized_key " + keys_query(resource).key + " " +
           (line ? line->key : stated_text(resource.desired, "key"));
  }

  Links links(const Resource& resource) const override {
    Links out{.needs = {"user:" + stated_text(resource.desired, "user")}};
    const std::string path = file_of(resource);
    if (!path.empty()) out.needs.push_back("path:" + parent_path(path));
    return out;
  }

  std::vector<Query> queries(const Resource& resource) const override {
    return {keys_query(resource)};
  }

  State desired(const Resource& resource) const override {
    State out;
    for (const char* name : {"user", "path", "options"}) {
      if (const Value* value = resource.get(name)) out.set(name, *value);
    }
    const Value* key = resource.get("key");
    const auto line = stated_line(resource);
    if (key != nullptr) out.set("key", line ? Value(line->key) : *key);
    if (line && !line->comment.empty()) out.set("comment", line->comment);
    if (const Value* comment = resource.get("comment")) out.set("comment", *comment);
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const Value& seen = answers.at(keys_query(resource));
    if (seen.is_unknown()) return unknown_state(schema(), seen.as_unknown().cause);
    const auto wanted = stated_line(resource);
    if (!seen.is_map() || !wanted) return std::nullopt;
    for (const Value& one : seen.as_map().find("keys")->as_list()) {
      const ValueMap& entry = one.as_map();
      if (!(*entry.find("key") == Value(wanted->key))) continue;
      State state = entry;
      state.set("user", stated_text(resource.desired, "user"));
      if (const Value* path = resource.get("path")) state.set("path", *path);
      return state;
    }
    return std::nullopt;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    const auto wanted = stated_line(resource);
    if (change.action == Action::None || !wanted) return {};
    const std::string before = change.before ? stated_text(*change.before, "line") : "";
    std::string after;
    if (change.action != Action::Delete) after = text_of(line_after(*wanted, resource, change));
    const char* verb = change.action == Action::Create   ? "add"
                       : change.action == Action::Delete ? "remove"
                                                         : "change";
    Run run{.argv = edit("set", resource, wanted->key),
            .input = after + "\n",
            .capture = edit("capture", resource, wanted->key),
            .undo = edit("undo", resource, wanted->key),
            .undo_input = after + "\n" + before + "\n",
            .rehearsal = Rehearsal{},
            .note = std::string(verb) + " a key of " +
                    printable(stated_text(resource.desired, "user")) + ": " +
                    printable(resource.name)};
    return {{0, run}};
  }

  Effects effects(const Resource&, const Change& change) const override {
    Effects out;
    out.privileged = change.action == Action::Create || change.action == Action::Update;
    out.one_way = change.action == Action::Delete;
    return out;
  }

 private:
  static bool valid_key(const Resource& resource) {
    const auto line = stated_line(resource);
    if (!line) return false;
    const auto space = line->key.find(' ');
    std::string blob;
    if (!base64_decode(line->key.substr(space + 1), blob)) return false;
    // The blob begins with its own type, by its length in four bytes (RFC 4253, 6.6).
    const std::string type = line->key.substr(0, space);
    return blob.size() > type.size() + 4 && blob.compare(4, type.size(), type) == 0 &&
           static_cast<std::size_t>(static_cast<unsigned char>(blob[3])) == type.size();
  }

  static bool valid_options(const std::string& options) {
    const auto line = read_authorized_key(options + " ssh-ed25519 AAAA");
    return line && line->options == options;
  }

  /// What isn't stated stays as it was.
  static AuthorizedKeyLine line_after(AuthorizedKeyLine line, const Resource& resource,
                                      const Change& change) {
    if (!change.before) return line;
    if (resource.get("options") == nullptr) line.options = stated_text(*change.before, "options");
    if (line.comment.empty() && resource.get("comment") == nullptr) {
      line.comment = stated_text(*change.before, "comment");
    }
    return line;
  }

  static Argv edit(const char* mode, const Resource& resource, const std::string& key) {
    return {"sh",
            "-c",
            std::string(kEditKey),
            "edit-key",
            mode,
            stated_text(resource.desired, "user"),
            file_of(resource),
            key};
  }
};

}  // namespace

std::unique_ptr<Kind> make_authorized_key_kind() { return std::make_unique<AuthorizedKeyKind>(); }

}  // namespace holdfast
