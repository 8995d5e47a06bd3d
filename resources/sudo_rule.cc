#include <algorithm>

#include "engine/core/text.h"
#include "resources/account.h"
#include "resources/path.h"
#include "resources/rendered_file.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const Schema& sudo_rule_schema() {
  static const Schema kSchema{
      .kind = "sudo_rule",
      .doc =
          "Who may run what as whom through sudo: a file of its own below /etc/sudoers.d, judged "
          "by "
          "visudo before sudo sees it.",
      .name_doc = "Its file's name below /etc/sudoers.d: letters, digits, `_` and `-`.",
      .attributes = RenderedFileKind::with_file_attributes(
          {{.name = "users", .type = Type::list_of({}), .doc = "Accounts that may."},
           {.name = "groups", .type = Type::list_of({}), .doc = "Groups whose members may."},
           {.name = "hosts",
            .type = Type::list_of({}),
            .doc = "Hosts on which they may, as sudo knows them.",
            .default_value = ValueList{"ALL"}},
           {.name = "run_as",
            .type = Type::list_of({}),
            .doc = "Accounts that they may become; `:GROUP` for a group.",
            .default_value = ValueList{"root"}},
           {.name = "commands",
            .type = Type::list_of({}),
            .doc = "What they may run: a program by its absolute path, with its arguments if just "
                   "these are allowed, `\"\"` behind it if none are; `/usr/bin/` for all in a "
                   "folder; `ALL`. `!` before it takes it out again.",
            .required = true},
           {.name = "nopasswd",
            .type = {TypeKind::Bool},
            .doc = "Without being asked for their password.",
            .default_value = false},
           {.name = "setenv",
            .type = {TypeKind::Bool},
            .doc = "They may set any environment variable, LD_PRELOAD too: as good as any command.",
            .default_value = false},
           {.name = "noexec",
            .type = {TypeKind::Bool},
            .doc = "What they run may not run anything else.",
            .default_value = false},
           {.name = "options",
            .type = Type::list_of({}),
            .doc = "Defaults for these accounts and groups alone, as in sudoers(5): `!requiretty`, "
                   "`env_keep += \"HTTP_PROXY\"`."}}),
      .scheduling = Scheduling::Passive,
      .examples = {"- sudo_rule: deploy\n  users: [deploy]\n  commands:\n    - "
                   "/usr/bin/systemctl restart app.service\n    - /usr/bin/journalctl -u app "
                   "*\n  nopasswd: true\n",
                   "- sudo_rule: admins\n  groups: [adm]\n  run_as: [ALL]\n  commands: [ALL]\n",
                   "- sudo_rule: former-team\n  ensure: absent\n"}};
  return kSchema;
}

bool plain_name(std::string_view text) {
  return !text.empty() && text.size() <= 255 && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

/// A word of sudoers(5): what would end it, or mean something else there, behind a backslash.
std::string word(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\,:= \"'#()").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string words(const std::vector<std::string>& all, std::string_view before = "") {
  std::vector<std::string> out;
  for (const std::string& one : all) out.push_back(std::string(before) + word(one));
  return join(out, ", ");
}

/// A command with its arguments: in these `,`, `:`, `=` and `\` are escaped, blanks part them.
std::string command(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    // What is escaped already stays so.
    if (text[i] == '\\' && i + 1 < text.size()) {
      out += text[i++];
    } else if (std::string_view(",:=").find(text[i]) != std::string_view::npos) {
      out += '\\';
    }
    out += text[i];
  }
  return out;
}

/// "(root)", "(ALL : docker)".
std::string run_as(const Resource& resource) {
  std::vector<std::string> users;
  std::vector<std::string> groups;
  for (const std::string& one : stated_list(resource.desired, "run_as")) {
    starts_with(one, ":") ? groups.push_back(one.substr(1)) : users.push_back(one);
  }
  const std::string colon = groups.empty() ? "" : (users.empty() ? ": " : " : ") + words(groups);
  return "(" + words(users) + colon + ")";
}

std::string who(const Resource& resource) {
  const std::string users = words(stated_list(resource.desired, "users"));
  const std::string groups = words(stated_list(resource.desired, "groups"), "%");
  return users + (users.empty() || groups.empty() ? "" : ", ") + groups;
}

class SudoRuleKind final : public RenderedFileKind {
 public:
  const Schema& schema() const override { return sudo_rule_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors;
    const auto refuse = [&](const char* attribute, const std::string& why, std::string hint = {}) {
      errors.push_back(wrong(resource, attribute, Code::SudoRuleInvalid,
                             "sudo_rule '" + printable(resource.name) + "': " + why,
                             std::move(hint)));
    };
    if (!plain_name(resource.name)) {
      refuse("", "not a name of a file that sudo reads",
             "letters, digits, '_' and '-': sudo passes over names with '.' or '~'");
    }
    if (resource.absent) return errors;
    if (resource.get("users") == nullptr && resource.get("groups") == nullptr) {
      refuse("", "it is for nobody", "give `users` or `groups`");
    }
    for (const char* name : {"users", "groups", "hosts", "run_as", "commands", "options"}) {
      const Value* list = stated(resource.desired, name);
      if (list == nullptr) continue;
      if (list->as_list().empty()) refuse(name, "`" + std::string(name) + "` is empty");
      for (const std::string& one : stated_list(resource.desired, name)) {
        const std::string why = wrong_word(name, one);
        if (!why.empty()) refuse(name, "'" + printable(one) + "': " + why);
      }
    }
    return errors;
  }

  Links links(const Resource& resource) const override {
    Links out = RenderedFileKind::links(resource);
    out.needs.emplace_back("package:sudo");
    for (const std::string& user : stated_list(resource.desired, "users")) {
      out.needs.push_back("user:" + user);
    }
    for (const std::string& group : stated_list(resource.desired, "groups")) {
      out.needs.push_back("group:" + group);
    }
    return out;
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    const bool content = change.before && change.find("content") == nullptr;
    const bool only_metadata = change.action == Action::Update && content;
    out.privileged = change.action != Action::Delete && !only_metadata;
    out.one_way = change.action == Action::Delete;
    if (!out.privileged) return out;
    const bool asked = !stated_bool(resource.desired, "nopasswd", false);
    out.brings.push_back(printable("lets " + who(resource) + " run " + commands(resource, "; ") +
                                   " as " + run_as(resource)) +
                         (asked ? "" : ", without a password"));
    return out;
  }

 protected:
  std::string path(const Resource& resource) const override {
    return "/etc/sudoers.d/" + resource.name;
  }

  RenderedFile file(const Resource& resource) const override {
    std::string text = "# Written by holdfast.\n";
    for (const std::string& option : stated_list(resource.desired, "options")) {
      for (const auto& [name, sign] : {std::pair{"users", ""}, {"groups", "%"}}) {
        const std::string all = words(stated_list(resource.desired, name), sign);
        if (!all.empty()) text += "Defaults:" + without_blanks(all) + " " + option + "\n";
      }
    }
    std::string tags;
    if (stated_bool(resource.desired, "nopasswd", false)) tags += "NOPASSWD: ";
    if (stated_bool(resource.desired, "setenv", false)) tags += "SETENV: ";
    if (stated_bool(resource.desired, "noexec", false)) tags += "NOEXEC: ";
    text += who(resource) + " " + words(stated_list(resource.desired, "hosts")) + " = " +
            run_as(resource) + " " + tags + commands(resource, ", ") + "\n";
    return {.path = path(resource),
            .text = std::move(text),
            .mode = "0440",
            .validate = {"visudo", "-cqf", "%s"}};
  }

 private:
  static std::string commands(const Resource& resource, std::string_view between) {
    std::vector<std::string> out;
    for (const std::string& one : stated_list(resource.desired, "commands")) {
      out.push_back(command(one));
    }
    return join(out, between);
  }

  static std::string without_blanks(std::string text) {
    std::erase(text, ' ');
    return text;
  }

  /// "": it may stand there. visudo judges the rest.
  static std::string wrong_word(std::string_view name, std::string_view text) {
    if (text.empty()) return "an empty word";
    if (has_control(text)) return "a control character";
    if (name == "commands") {
      std::string_view program = text;
      while (starts_with(program, "!")) program.remove_prefix(1);
      program = trim(program);
      const bool whole = program == "ALL" || starts_with(program, "/") ||
                         starts_with(program, "sha") || starts_with(program, "sudoedit ");
      return whole ? "" : "a command is an absolute path, or ALL";
    }
    if (name == "options") return "";
    // A sign before a name makes it something else: a group, a netgroup, an alias's opposite.
    const std::string_view plain =
        name == "run_as" && starts_with(text, ":") ? text.substr(1) : text;
    if (plain == "ALL") return name == "groups" ? "no group's name" : "";
    if (plain.find_first_of("!#%+") == 0) return "a sign of sudoers(5) in front of it";
    if (name == "hosts") return "";
    return std::string(bad_account_name(plain));
  }
};

}  // namespace

std::unique_ptr<Kind> make_sudo_rule_kind() { return std::make_unique<SudoRuleKind>(); }

}  // namespace holdfast
