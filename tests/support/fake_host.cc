#include "tests/support/fake_host.h"

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "tests/support/fake_archives.h"
#include "tests/support/fake_nft.h"
#include "tests/support/fake_packages.h"
#include "tests/support/fake_ufw.h"

namespace holdfast {
namespace {

struct PathOf {
  std::string operator()(const WriteFile& s) const { return s.path; }
  std::string operator()(const MakeDirectory& s) const { return s.path; }
  std::string operator()(const Link& s) const { return s.path; }
  std::string operator()(const Remove& s) const { return s.path; }
  std::string operator()(const SetOwner& s) const { return s.path; }
  std::string operator()(const SetMode& s) const { return s.path; }
  std::string operator()(const Run&) const { return {}; }
  std::string operator()(const Probe&) const { return {}; }
  std::string operator()(const Call&) const { return {}; }
};

Argv with_operands(Argv argv, const Argv& operands) {
  argv.insert(argv.end(), operands.begin(), operands.end());
  return argv;
}

void set_ownership(FakeHost::Node& node, const std::optional<std::string>& owner,
                   const std::optional<std::string>& group) {
  if (owner) node.owner = *owner;
  if (group) node.group = *group;
}

}  // namespace

std::string path_of_step(const Step& step) { return std::visit(PathOf{}, step); }

FakeHost::FakeHost() {
  files["/"] = Node{.type = "directory", .mode = "0755"};
  for (const char* path : {"/etc/systemd/system", "/etc/sysctl.d", "/home", "/run", "/srv", "/opt",
                           "/usr/local/bin", "/var/lib", "/tmp"}) {
    make_folder(path);
  }
  groups["root"] = {.gid = 0};
  groups["sudo"] = {.gid = 27};
  groups["adm"] = {.gid = 4};
  accounts["root"] = {.home = "/root", .shell = "/bin/bash", .hash = "*"};
  make_folder("/root");
}

void FakeHost::make_folder(const std::string& path) {
  if (path.empty() || files.count(path) > 0) return;
  make_folder(parent_path(path));
  files[path] = Node{.type = "directory", .mode = "0755"};
}

Result<Answers> FakeHost::ask(const Registry& registry, const std::vector<Query>& queries) {
  ++round_trips_;
  std::map<std::string, std::set<std::string>> by_collector;
  for (const Query& query : queries) by_collector[query.collector].insert(query.key);
  Answers answers;
  for (const auto& [name, key_set] : by_collector) {
    const Collector* collector = registry.collector(name);
    if (collector == nullptr) return fail(Code::AnswerMissing, "no collector " + name);
    const std::vector<std::string> keys(key_set.begin(), key_set.end());
    HF_TRY(const std::vector<Value> values, collector->parse(keys, answer_text(name, keys)));
    for (std::size_t i = 0; i < keys.size(); ++i) answers.set({name, keys[i]}, values[i]);
  }
  return answers;
}

std::map<std::string, FakeHost::Node> FakeHost::below(const std::string& path) const {
  std::map<std::string, Node> out;
  for (const auto& [name, node] : files) {
    if (name == path || starts_with(name, path + "/")) out[name] = node;
  }
  return out;
}

void FakeHost::put_back(const std::string& path, const std::map<std::string, Node>& before) {
  for (const auto& [name, node] : below(path)) files.erase(name);
  for (const auto& [name, node] : before) files[name] = node;
}

Result<void> FakeHost::expect(const std::string& path, const Expect& wanted) const {
  const auto found = files.find(path);
  const std::string type = found == files.end() ? "absent" : found->second.type;
  const auto holds = [&] {
    switch (wanted.what) {
      case Expect::What::Anything:
        return true;
      case Expect::What::Absent:
        return type == "absent";
      case Expect::What::Directory:
        return type == "directory";
      case Expect::What::File:
        return type == "file" &&
               (wanted.digest.empty() || wanted.digest == fake_digest(found->second.content));
      case Expect::What::Link:
        return type == "link" && (wanted.digest.empty() || wanted.digest == found->second.content);
    }
    return false;
  };
  if (holds()) return {};
  return fail(Code::ObjectMoved, path + " is a " + type);
}

Result<void> FakeHost::act(const Step& step) {
  if (++steps_ == lose_at_) return fail(Code::ConnectionLost, "the connection is gone");
  const std::string path = path_of_step(step);
  if (path.empty() && steps_ == fail_at_) return fail(Code::StepFailed, describe(step));
  if (const Run* one = std::get_if<Run>(&step)) {
    std::string captured;
    if (!one->capture.empty()) {
      const Outcome seen = run(one->capture, {});
      if (seen.status != 0) return fail(Code::StepFailed, "capture of " + describe(step));
      captured = seen.output;
    }
    done_.push_back({step, captured, {}});
    const Outcome outcome =
        run(with_operands(one->argv, one->operands), std::string(one->input.bytes()));
    for (const int code : one->success) {
      if (outcome.status == code) return {};
    }
    return fail(Code::StepFailed, describe(step) + ": " + outcome.output);
  }
  if (path.empty()) return {};
  done_.push_back({step, {}, below(path)});
  HF_CHECK(act_on_file(step));
  // A file-like step is told to fail after it has acted: its undo must be right then, too.
  if (steps_ == fail_at_) return fail(Code::StepFailed, describe(step));
  return {};
}

Result<void> FakeHost::act_on_file(const Step& step) {
  const std::string path = path_of_step(step);
  const auto parent = files.find(parent_path(path));
  if (parent == files.end() || parent->second.type != "directory") {
    return fail(Code::StepFailed, "the folder of " + path + " does not exist");
  }
  if (const auto* write = std::get_if<WriteFile>(&step)) {
    HF_CHECK(expect(path, write->expect));
    Node node = files.count(path) > 0 && files[path].type == "file" ? files[path] : Node{};
    node.content = std::string(write->content.bytes());
    set_ownership(node, write->owner, write->group);
    if (write->mode) node.mode = *write->mode;
    files[path] = node;
  } else if (const auto* make = std::get_if<MakeDirectory>(&step)) {
    HF_CHECK(expect(path, {.what = Expect::What::Absent}));
    Node node{.type = "directory", .mode = make->mode.value_or("0755")};
    set_ownership(node, make->owner, make->group);
    files[path] = node;
  } else if (const auto* link = std::get_if<Link>(&step)) {
    HF_CHECK(expect(path, link->expect));
    Node node{.type = "link", .content = link->target, .mode = "0777"};
    set_ownership(node, link->owner, link->group);
    files[path] = node;
  } else if (const auto* remove = std::get_if<Remove>(&step)) {
    HF_CHECK(expect(path, remove->expect));
    put_back(path, {});
  } else if (files.count(path) == 0) {
    return fail(Code::StepFailed, path + " does not exist");
  } else if (const auto* owner = std::get_if<SetOwner>(&step)) {
    set_ownership(files[path], owner->owner, owner->group);
  } else if (const auto* mode = std::get_if<SetMode>(&step)) {
    files[path].mode = mode->mode;
  }
  return {};
}

std::vector<std::string> FakeHost::undo(const Journal& journal, Reopen reopen) {
  std::vector<std::string> left;
  std::vector<const Done*> last;
  const auto take_back = [&](const Done& done) {
    const Run& one = std::get<Run>(done.step);
    const auto* argv = std::get_if<Argv>(&one.undo);
    if (argv == nullptr) {
      left.push_back(std::get<Irreversible>(one.undo).reason);
      return;
    }
    if (argv->empty()) return;
    const Outcome outcome = run(with_operands(*argv, one.undo_operands),
                                std::string(one.undo_input.bytes()), done.capture);
    if (outcome.status != 0) left.push_back(describe(done.step) + ": " + outcome.output);
  };
  for (auto done = journal.rbegin(); done != journal.rend(); ++done) {
    if (left_closed(*done, reopen)) continue;
    const Run* one = std::get_if<Run>(&done->step);
    if (one == nullptr) {
      put_back(path_of_step(done->step), done->before);
    } else if (one->undo_order == Run::UndoOrder::Last) {
      last.insert(last.begin(), &*done);
    } else {
      take_back(*done);
    }
  }
  for (const Done* done : last) take_back(*done);
  return left;
}

std::string FakeHost::snapshot() const {
  std::string out;
  for (const auto& [path, node] : files) {
    out += path + " " + node.type + " " + node.owner + ":" + node.group + " " + node.mode + " '" +
           printable(node.content) + "'\n";
  }
  for (const auto& [name, account] : accounts) {
    out += "account " + name + " " + std::to_string(account.uid) + ":" +
           std::to_string(account.gid) + " " + account.comment + ":" + account.home + ":" +
           account.shell + " " + account.hash + " " + account.expires + "\n";
  }
  for (const auto& [name, group] : groups) {
    const std::vector<std::string> members(group.members.begin(), group.members.end());
    out += "group " + name + " " + std::to_string(group.gid) + " " + join(members, ",") + "\n";
  }
  for (const auto& [name, value] : settings) out += "setting " + name + " " + value + "\n";
  for (const auto& [name, unit] : units) {
    if (unit == Unit{}) continue;
    out += "unit " + name + (unit.enabled ? " enabled" : "") + (unit.active ? " active" : "") +
           (unit.masked ? " masked" : "") + " '" + printable(unit.loaded.value_or("")) + "'\n";
  }
  out += packages_snapshot(*this) + ufw_snapshot(*this) + nft_snapshot(*this);
  return out;
}

}  // namespace holdfast
