#include "engine/core/text.h"
#include "resources/account.h"
#include "resources/account_files.h"
#include "resources/account_order.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const Schema& group_schema() {
  static const Schema kSchema{
      .kind = "group",
      .doc = "A group of accounts. Who belongs to it is said by the accounts (`user`, `groups`).",
      .name_doc = "Name of the group.",
      .attributes = {{.name = "gid",
                      .type = {.kind = TypeKind::Int, .min = 0, .max = 4294967294},
                      .doc = "Its number. New ones get the next free one."},
                     {.name = "system",
                      .type = {.kind = TypeKind::Bool},
                      .doc = "Whether a new one gets a number from the system's range."}},
      .scheduling = Scheduling::Passive,
      .examples = {"- group: runners\n", "- group: metrics\n  system: true\n  gid: 990\n",
                   "- group: interns\n  ensure: absent\n"}};
  return kSchema;
}

/// NAME: takes a new group back, or the little that was made of it; then kForgetEntries.
constexpr std::string_view kDropGroup = R"sh(
name=$1 member= files='group gshadow'
if getent group -- "$name" >/dev/null; then groupdel -- "$name" || exit; fi
)sh";

class GroupKind final : public Kind {
 public:
  const Schema& schema() const override { return group_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    const std::string_view why = bad_account_name(resource.name);
    if (why.empty()) return {};
    return {
        wrong(resource, "", Code::AccountInvalid,
              "group '" + printable(resource.name) + "': not a group's name: " + std::string(why))};
  }

  Links links(const Resource& resource) const override {
    return {.provides = {"group:" + resource.name}};
  }

  std::vector<Query> queries(const Resource& resource) const override {
    return {{"group", resource.name}};
  }

  State desired(const Resource& resource) const override {
    State out;
    if (const Value* gid = resource.get("gid")) out.set("gid", *gid);
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const Value& seen = answers.at({"group", resource.name});
    if (seen.is_null()) return std::nullopt;
    State state;
    if (seen.is_map()) {
      state = seen.as_map();
    } else {
      state.set("gid", seen);
    }
    return state;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    std::vector<PhasedStep> out;
    const std::string& name = resource.name;
    if (change.action == Action::Create) {
      Argv argv{"groupadd"};
      if (stated_bool(resource.desired, "system", false)) argv.emplace_back("--system");
      if (const Value* gid = stated(resource.desired, "gid")) {
        argv.insert(argv.end(), {"--gid", std::to_string(gid->as_int())});
      }
      argv.insert(argv.end(), {"--", name});
      out.push_back({0, Run{.argv = argv,
                            .capture = account_program(kFindEntries, "before-group", {name}),
                            .undo = taking_back(std::string(kRewrite) + std::string(kDropGroup) +
                                                    std::string(kForgetEntries),
                                                "drop-group", {name})}});
    } else if (change.action == Action::Update) {
      const AttributeChange* gid = change.find("gid");
      if (gid == nullptr) return out;
      out.push_back({0, Run{.argv = renumber(name, gid->after),
                            .undo = taking_back(renumber(name, gid->before))}});
    } else if (change.action == Action::Delete) {
      remove(name, change, out);
    }
    return rehearsed_as_accounts(std::move(out));
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    if (change.action == Action::Update) {
      out.brings.push_back("files of the old number keep it");
    }
    out.one_way = change.action == Action::Delete;
    out.privileged = change.action == Action::Create && is_powerful_group(resource.name);
    return out;
  }

 private:
  static Argv renumber(const std::string& name, const Value& gid) {
    return {"groupmod", "--gid", std::to_string(gid.is_int() ? gid.as_int() : 0), "--", name};
  }

  static void remove(const std::string& name, const Change& change, std::vector<PhasedStep>& out) {
    out.push_back({0, keep_account_order({}, name)});
    const std::vector<std::string> members = stated_list(*change.before, "members");
    if (!members.empty()) {
      // Its own step, so that the way back is the exact inverse: the group again, then its members.
      out.push_back(
          {0, Run{.argv = {"gpasswd", "--members", "", name},
                  .undo = taking_back({"gpasswd", "--members", join(members, ","), name})}});
    }
    const std::int64_t gid = stated_int(*change.before, "gid", 0);
    out.push_back({0, Run{.argv = {"groupdel", "--", name},
                          .undo = taking_back(std::string(kRewrite) + std::string(kRestoreGroup),
                                              "restore-group", {name, std::to_string(gid)})}});
  }
};

}  // namespace

std::unique_ptr<Kind> make_group_kind() { return std::make_unique<GroupKind>(); }

}  // namespace holdfast
