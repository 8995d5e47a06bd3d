#include "resources/user_steps.h"

#include "engine/core/text.h"
#include "resources/account.h"
#include "resources/account_files.h"
#include "resources/account_order.h"
#include "resources/path.h"
#include "resources/stated.h"
#include "resources/user_fields.h"
#include "resources/user_programs.h"

namespace holdfast {
namespace {

void append(Argv& argv, std::initializer_list<std::string> words) {
  argv.insert(argv.end(), words);
}

std::string joined(const Value& list) {
  std::vector<std::string> words;
  if (list.is_list()) {
    for (const Value& item : list.as_list()) words.emplace_back(item.bytes());
  }
  return join(words, ",");
}

std::string number(const Value& value) {
  return value.is_int() ? std::to_string(value.as_int()) : std::string(value.bytes());
}

/// "never" is no date to usermod.
std::string expiry(const Value& value) {
  return value == Value("never") ? std::string{} : std::string(value.bytes());
}

/// The flags of useradd and usermod that both know.
void add_flag(Argv& argv, const std::string& name, const Value& value) {
  if (value.is_null()) return;
  if (name == "uid") append(argv, {"--uid", number(value)});
  if (name == "group") append(argv, {"--gid", std::string(value.bytes())});
  if (name == "groups") append(argv, {"--groups", joined(value)});
  if (name == "comment") append(argv, {"--comment", std::string(value.bytes())});
  if (name == "expires") append(argv, {"--expiredate", expiry(value)});
  if (name == "home") append(argv, {"--home", std::string(value.bytes())});
  if (name == "shell") append(argv, {"--shell", std::string(value.bytes())});
}

Value crypt_line(const Resource& resource) {
  const Value* password = stated(resource.desired, "password");
  return Secret(resource.name + ":" + std::string(password->bytes()) + "\n");
}

Run set_password(const Resource& resource) {
  return Run{.argv = {"chpasswd", "--encrypted"},
             .input = crypt_line(resource),
             .note = "set the password of " + printable(resource.name)};
}

Run set_lock(const std::string& name, bool locked) {
  return Run{.argv = {"usermod", locked ? "--lock" : "--unlock", "--", name},
             .undo = taking_back({"usermod", locked ? "--unlock" : "--lock", "--", name})};
}

Run create_account(const Resource& resource, const Change& change) {
  const std::string& name = resource.name;
  Argv flags;
  for (const char* attribute : {"uid", "group", "groups", "comment", "expires", "home", "shell"}) {
    if (const AttributeChange* made = change.find(attribute)) {
      add_flag(flags, attribute, made->after);
    }
  }
  const bool system = stated_bool(resource.desired, "system", false);
  if (system) flags.emplace_back("--system");
  const bool home = stated_bool(resource.desired, "create_home", !system);
  flags.emplace_back(home ? "--create-home" : "--no-create-home");
  const std::string path = text_after(resource, change, "home").value_or("/home/" + name);

  Run run;
  run.capture = account_program(std::string(kFindEntries) + std::string(kBeforeUser), "before-user",
                                {name, path});
  run.undo = taking_back(std::string(kRewrite) + std::string(kDropUser) +
                             std::string(kForgetEntries) + std::string(kDropHome),
                         "drop-user", {name, path});
  if (stated(resource.desired, "group") == nullptr) {
    run.argv = account_program(kAddUser, "add-user", {name});
    run.argv.insert(run.argv.end(), flags.begin(), flags.end());
  } else {
    run.argv = {"useradd"};
    run.argv.insert(run.argv.end(), flags.begin(), flags.end());
    append(run.argv, {"--no-user-group", "--", name});
  }
  run.note = "add the account " + printable(name);
  return run;
}

std::vector<PhasedStep> create(const Resource& resource, const Change& change) {
  std::vector<PhasedStep> out{{0, create_account(resource, change)}};
  // What takes the account back takes these back with it.
  if (change.find("password") != nullptr) {
    Run password = set_password(resource);
    password.undo = Argv{"true"};
    out.push_back({0, password});
    if (stated_bool(resource.desired, "locked", false)) {
      Run lock = set_lock(resource.name, true);
      lock.undo = Argv{"true"};
      out.push_back({0, lock});
    }
  }
  return out;
}

/// Its home as it is when its numbers change: usermod takes along what is in there.
Run change_numbers(const Resource& resource, const Change& change) {
  const std::string& name = resource.name;
  const std::string home =
      text_after(resource, change, "home").value_or(stated_text(*change.before, "home"));
  Run run{.argv = {"usermod"}};
  run.undo = taking_back(kRestoreNumbers, "restore-numbers", {name, home});
  Argv& back = std::get<Argv>(run.undo);
  run.capture = account_program(kBeforeNumbers, "before-numbers", {home});
  for (const char* attribute : {"uid", "group"}) {
    const AttributeChange* one = change.find(attribute);
    run.capture.push_back(one == nullptr ? "" : number(one->after));
    if (one == nullptr) continue;
    add_flag(run.argv, one->name, one->after);
    add_flag(back, one->name, one->before);
  }
  append(run.argv, {"--", name});
  return run;
}

std::vector<PhasedStep> update(const Resource& resource, const Change& change) {
  std::vector<PhasedStep> out;
  const std::string& name = resource.name;
  if (Run fields = change_fields(resource, change); !fields.argv.empty()) {
    if (change.find("groups") != nullptr) out.push_back({0, keep_account_order({}, {})});
    out.push_back({0, std::move(fields)});
  }
  if (change.find("uid") != nullptr || change.find("group") != nullptr) {
    out.push_back({0, change_numbers(resource, change)});
  }
  const AttributeChange* lock = change.find("locked");
  if (change.find("password") != nullptr) {
    Run password = set_password(resource);
    password.capture = {"getent", "shadow", "--", name};
    password.undo = taking_back(kRestorePassword, "restore-password", {name});
    password.secret = true;
    out.push_back({0, password});
    // The new hash has no lock, and the way back restores the old field, lock and all.
    if (stated_bool(resource.desired, "locked", false)) {
      Run again = set_lock(name, true);
      again.undo = Argv{"true"};
      out.push_back({0, again});
    }
  } else if (lock != nullptr) {
    out.push_back({0, set_lock(name, lock->after == Value(true))});
  }
  return out;
}

std::vector<PhasedStep> remove(const Resource& resource, const Change& change) {
  std::vector<PhasedStep> out;
  const State& before = *change.before;
  const std::string& name = resource.name;
  const std::string home = stated_text(before, "home");
  if (stated_bool(resource.desired, "remove_home", false) &&
      stated_bool(before, "home_exists", true)) {
    out.push_back({0, Remove{home, {.what = Expect::What::Directory}}});
  }
  const Value* groups = before.find("all_groups");
  out.push_back({0, keep_account_order(name, name)});
  out.push_back(
      {0, Run{.argv = account_program(kDeleteUser, "delete-user", {name}),
              .capture = {"getent", "shadow", "--", name},
              .undo = taking_back(
                  kRestoreUser, "restore-user",
                  {name, std::to_string(stated_int(before, "uid", 0)), stated_text(before, "group"),
                   std::to_string(stated_int(before, "gid", 0)), home, stated_text(before, "shell"),
                   stated_text(before, "comment"),
                   groups == nullptr ? std::string{} : joined(*groups)}),
              .secret = true,
              .ends_account = name,
              .note = "delete the account " + printable(name)}});
  return out;
}

}  // namespace

std::vector<PhasedStep> user_steps(const Resource& resource, const Change& change) {
  switch (change.action) {
    case Action::Create:
      return rehearsed_as_accounts(create(resource, change));
    case Action::Update:
      return rehearsed_as_accounts(update(resource, change));
    case Action::Delete:
      return rehearsed_as_accounts(remove(resource, change));
    case Action::None:
    case Action::Replace:
    case Action::Run:
      break;
  }
  return {};
}

}  // namespace holdfast
