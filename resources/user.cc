#include <algorithm>

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "resources/account.h"
#include "resources/path.h"
#include "resources/stated.h"
#include "resources/user_steps.h"

namespace holdfast {
namespace {

const Schema& user_schema() {
  static const Schema kSchema{
      .kind = "user",
      .doc =
          "An account of the machine, with its groups and its password. Without `group` a new "
          "one gets a group of its own name.",
      .name_doc = "Name of the account.",
      .attributes =
          {{.name = "uid",
            .type = {.kind = TypeKind::Int, .min = 0, .max = 4294967294},
            .doc = "Its number. A change of it changes the owner of all that is in its home."},
           {.name = "group", .doc = "Name of its primary group."},
           {.name = "groups",
            .type = Type::list_of({}),
            .doc = "The other groups that it belongs to: exactly these, or at least these where "
                   "`append_groups` says so."},
           {.name = "append_groups",
            .type = {.kind = TypeKind::Bool},
            .doc = "Whether it may belong to groups that `groups` does not list."},
           {.name = "home",
            .type = {.kind = TypeKind::Path},
            .doc = "Its home folder. New ones: /home/NAME. A change moves nothing."},
           {.name = "create_home",
            .type = {.kind = TypeKind::Bool},
            .doc = "Whether a new account's home is made, from /etc/skel. Else it is, but for "
                   "system accounts."},
           {.name = "shell",
            .type = {.kind = TypeKind::Path},
            .doc = "Its login shell. New ones: /bin/sh; system accounts: /usr/sbin/nologin."},
           {.name = "comment", .doc = "Who or what it is (GECOS)."},
           {.name = "system",
            .type = {.kind = TypeKind::Bool},
            .doc = "Whether a new one is a system account."},
           {.name = "expires",
            .doc = "The day from which nobody can log in, as 2026-12-31, or `never`."},
           {.name = "locked",
            .type = {.kind = TypeKind::Bool},
            .doc = "Whether its password is locked. Keys still work; `expires` shuts those out, "
                   "too."},
           {.name = "password",
            .type = {.kind = TypeKind::Secret},
            .doc = "The crypt hash of its password, as in /etc/shadow.",
            .secret = true},
           {.name = "remove_home",
            .type = {.kind = TypeKind::Bool},
            .doc = "With `ensure: absent`: remove its home, too. A copy is kept for the way "
                   "back."}},
      .scheduling = Scheduling::Passive,
      .examples = {"- user: deploy\n  shell: /bin/bash\n  groups: [adm]\n  comment: Deployments\n",
                   "- user: runner-exporter\n  system: true\n  home: /var/lib/runner-exporter\n",
                   "- user: operator\n  password: !env OPERATOR_HASH\n  expires: 2030-12-31\n",
                   "- user: former-colleague\n  ensure: absent\n  remove_home: true\n"}};
  return kSchema;
}

/// The salt under which the host tells its digest of the hash: the same in every run, and of no use
/// to anybody who doesn't know the hash already.
std::string salt_of(const Resource& resource) {
  const Value* password = stated(resource.desired, "password");
  if (resource.absent || password == nullptr) return {};
  return hmac_sha256_hex("holdfast shadow " + resource.name, password->bytes()).substr(0, 32);
}

Query shadow_query(const Resource& resource) {
  const std::string salt = salt_of(resource);
  return {"shadow", salt.empty() ? resource.name : salt + ":" + resource.name};
}

ValueList sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return {names.begin(), names.end()};
}

class UserKind final : public Kind {
 public:
  const Schema& schema() const override { return user_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors;
    check_names(resource, errors);
    check_texts(resource, errors);
    const Value* password = stated(resource.desired, "password");
    if (password != nullptr && !looks_like_hash(password->bytes())) {
      errors.push_back(wrong(resource, "password", Code::PasswordInvalid,
                             "user '" + printable(resource.name) +
                                 "': `password` is not a crypt hash (its text is not shown)",
                             "`openssl passwd -6` makes one"));
    }
    return errors;
  }

  Links links(const Resource& resource) const override {
    Links out{.provides = {"user:" + resource.name}};
    const Value* group = stated(resource.desired, "group");
    if (group == nullptr) {
      out.provides.push_back("group:" + resource.name);
      // A group of that name, where somebody states one, becomes its primary one.
      out.needs.push_back("group:" + resource.name);
    } else {
      out.needs.push_back("group:" + std::string(group->bytes()));
    }
    for (const std::string& name : stated_list(resource.desired, "groups")) {
      out.needs.push_back("group:" + name);
    }
    if (makes_home(resource)) out.provides.push_back("path:" + home_of(resource));
    return out;
  }

  std::vector<Query> queries(const Resource& resource) const override {
    std::vector<Query> out{{"passwd", resource.name}};
    const bool shadow = stated(resource.desired, "password") != nullptr ||
                        stated(resource.desired, "locked") != nullptr ||
                        stated(resource.desired, "expires") != nullptr;
    if (shadow && !resource.absent) out.push_back(shadow_query(resource));
    if (resource.absent) out.push_back({"stat", home_of(resource)});
    return out;
  }

  State desired(const Resource& resource) const override {
    State out;
    for (const char* name : {"uid", "group", "home", "shell", "comment", "expires", "locked"}) {
      if (const Value* value = resource.get(name)) out.set(name, *value);
    }
    if (const Value* groups = resource.get("groups")) {
      out.set("groups",
              groups->is_list() ? Value(sorted(stated_list(resource.desired, "groups"))) : *groups);
    }
    if (const Value* password = resource.get("password")) {
      const std::string digest = sha256_hex(salt_of(resource) + std::string(password->bytes()));
      out.set("password", password->is_unknown() ? *password : Value(Secret(digest)));
    }
    return out;
  }

  State creation_defaults(const Resource& resource) const override {
    State out;
    const bool system = stated_bool(resource.desired, "system", false);
    out.set("home", home_of(resource));
    out.set("shell", system ? "/usr/sbin/nologin" : "/bin/sh");
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const Value& seen = answers.at({"passwd", resource.name});
    if (seen.is_unknown()) return unknown_state(schema(), seen.as_unknown().cause);
    if (!seen.is_map()) {
      HF_CHECK(check_lock(resource, false));
      return std::nullopt;
    }
    State state = seen.as_map();
    state.set("all_groups", *state.find("groups"));
    state.set("groups", seen_groups(resource, *state.find("groups")));
    if (is_number(stated_text(resource.desired, "group"))) {
      state.set("group", std::to_string(state.find("gid")->as_int()));
    }
    if (resource.absent) return read_for_removal(resource, answers, std::move(state));
    HF_CHECK(read_shadow(resource, answers, state));
    return state;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    return user_steps(resource, change);
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    const bool removed = change.action == Action::Delete;
    const bool password = change.find("password") != nullptr;
    out.one_way = removed || (password && change.action == Action::Update);
    out.privileged = password || becomes_powerful(change);
    if (removed) {
      out.irreversible.push_back("what runs as " + printable(resource.name) + " is ended");
    }
    if (removed && stated_bool(resource.desired, "remove_home", false)) {
      out.brings.emplace_back("its home is kept for the way back, for as long as `retention` says");
    }
    if (change.action == Action::Update && change.find("uid") != nullptr) {
      out.brings.push_back("changes the owner of all that is in its home");
    }
    if (change.action == Action::Update && change.find("group") != nullptr) {
      out.brings.push_back("changes the group of all in its home that has the old one");
    }
    if (change.action == Action::Update && change.find("home") != nullptr) {
      out.brings.push_back("moves nothing: the old home stays where it is");
    }
    return out;
  }

 private:
  static void check_names(const Resource& resource, std::vector<Error>& errors) {
    const auto check = [&](std::string_view attribute, const std::string& name, bool number_too) {
      const std::string_view why = bad_account_name(name);
      if (why.empty() || (number_too && is_number(name))) return;
      errors.push_back(wrong(resource, attribute, Code::AccountInvalid,
                             "user '" + printable(resource.name) + "': '" + printable(name) +
                                 "' is not a name: " + std::string(why)));
    };
    check("", resource.name, false);
    if (const auto group = optional_text(resource, "group")) check("group", *group, true);
    for (const std::string& group : stated_list(resource.desired, "groups")) {
      check("groups", group, false);
    }
  }

  static void check_texts(const Resource& resource, std::vector<Error>& errors) {
    const auto refuse = [&](const char* attribute, const std::string& why) {
      errors.push_back(wrong(resource, attribute, Code::AccountInvalid,
                             "user '" + printable(resource.name) + "': " + why));
    };
    for (const char* name : {"comment", "home", "shell"}) {
      const std::string text = stated_text(resource.desired, name);
      if (has_control(text) || text.find(':') != std::string::npos) {
        refuse(name, "`" + std::string(name) + "` can't hold ':' or a control character: '" +
                         printable(text) + "'");
      }
    }
    const std::string expires = stated_text(resource.desired, "expires", "never");
    if (expires != "never" && !days_of_date(expires)) {
      refuse("expires", "`expires` is neither a date like 2026-12-31 nor `never`: '" +
                            printable(expires) + "'");
    }
    if (stated(resource.desired, "append_groups") != nullptr && resource.get("groups") == nullptr) {
      refuse("append_groups", "`append_groups` without `groups`");
    }
    if (stated(resource.desired, "remove_home") != nullptr && !resource.absent) {
      refuse("remove_home", "`remove_home` is for `ensure: absent` only");
    }
  }

  static bool looks_like_hash(std::string_view text) {
    return text.size() > 3 && (text.front() == '$' || text.front() == '_') && !has_control(text) &&
           text.find_first_of(": ") == std::string_view::npos;
  }

  static std::string home_of(const Resource& resource) {
    return stated_text(resource.desired, "home", "/home/" + resource.name);
  }

  static bool makes_home(const Resource& resource) {
    const bool system = stated_bool(resource.desired, "system", false);
    return stated_bool(resource.desired, "create_home", !system);
  }

  /// With append_groups only the stated ones count.
  static Value seen_groups(const Resource& resource, const Value& all) {
    if (!stated_bool(resource.desired, "append_groups", false)) return all;
    std::vector<std::string> held;
    for (const std::string& name : stated_list(resource.desired, "groups")) {
      const ValueList& list = all.as_list();
      if (std::find(list.begin(), list.end(), Value(name)) != list.end()) held.push_back(name);
    }
    return sorted(std::move(held));
  }

  static Result<std::optional<State>> read_for_removal(const Resource& resource,
                                                       const Answers& answers, State state) {
    const std::string home = state.find("home")->as_text();
    const bool shallow = std::count(home.begin(), home.end(), '/') < 2;
    const bool removes = stated_bool(resource.desired, "remove_home", false);
    if (removes && home != home_of(resource)) {
      return fail(wrong(resource, "remove_home", Code::HomeNotRemoved,
                        "user '" + printable(resource.name) + "': its home is '" + printable(home) +
                            "', not '" + printable(home_of(resource)) + "'",
                        "say which folder goes: `home: " + printable(home) + "`"));
    }
    if (removes && (shallow || normalise_path(home) != home || home.front() != '/')) {
      return fail(
          wrong(resource, "remove_home", Code::HomeNotRemoved,
                "user '" + printable(resource.name) + "': its home is '" + printable(home) + "'",
                "leave `remove_home` out"));
    }
    const Value& stat = answers.at({"stat", home});
    const bool other = stat.is_map() && !(*stat.as_map().find("type") == Value("directory"));
    state.set("home_exists", !stat.is_null() && !other);
    return state;
  }

  static Result<void> check_lock(const Resource& resource, bool has_password) {
    const bool unlock = !stated_bool(resource.desired, "locked", true) && !resource.absent;
    if (!unlock || has_password || stated(resource.desired, "password") != nullptr) return {};
    return fail(wrong(resource, "locked", Code::NothingToUnlock,
                      "user '" + printable(resource.name) + "' has no password to unlock",
                      "give `password`, or leave `locked` out"));
  }

  static Result<void> read_shadow(const Resource& resource, const Answers& answers, State& state) {
    const Query query = shadow_query(resource);
    const Value& seen = answers.at(query);
    if (!seen.is_map()) {
      const Value none = seen.is_unknown() ? seen : Value{};
      for (const char* name : {"locked", "expires", "password"}) state.set(name, none);
      return {};
    }
    const ValueMap& shadow = seen.as_map();
    const bool has_password = shadow.find("has_password")->as_bool();
    HF_CHECK(check_lock(resource, has_password));
    state.set("locked", *shadow.find("locked"));
    const Value* days = shadow.find("expires");
    state.set("expires", days->is_int() ? Value(date_of_days(days->as_int())) : Value("never"));
    const Value* digest = shadow.find("digest");
    if (digest != nullptr) state.set("password", Secret(std::string(digest->bytes())));
    return {};
  }

  static bool becomes_powerful(const Change& change) {
    const AttributeChange* uid = change.find("uid");
    if (uid != nullptr && uid->after == Value(0)) return true;
    const AttributeChange* group = change.find("group");
    if (group != nullptr && is_powerful_group(group->after.bytes())) return true;
    const AttributeChange* groups = change.find("groups");
    if (groups == nullptr || !groups->after.is_list()) return false;
    for (const Value& name : groups->after.as_list()) {
      const bool had = groups->before.is_list() &&
                       std::find(groups->before.as_list().begin(), groups->before.as_list().end(),
                                 name) != groups->before.as_list().end();
      if (!had && is_powerful_group(name.bytes())) return true;
    }
    return false;
  }
};

}  // namespace

std::unique_ptr<Kind> make_user_kind() { return std::make_unique<UserKind>(); }

}  // namespace holdfast
