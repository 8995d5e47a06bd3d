#include "tests/support/sample_plan.h"

#include "engine/report/digest_key.h"

namespace holdfast {
namespace {

class SampleKind final : public Kind {
 public:
  explicit SampleKind(Schema schema) : schema_(std::move(schema)) {}
  const Schema& schema() const override { return schema_; }
  Links links(const Resource&) const override { return {}; }
  std::vector<Query> queries(const Resource&) const override { return {}; }
  Result<std::optional<State>> read(const Resource&, const Answers&) const override {
    return std::nullopt;
  }
  std::vector<PhasedStep> steps(const Resource&, const Change&) const override { return {}; }

 private:
  Schema schema_;
};

Registry make_kinds() {
  const Type key = Type::object({{.name = "id"}, {.name = "token", .secret = true}});
  Registry out;
  out.add(std::make_unique<SampleKind>(
      Schema{.kind = "note",
             .doc = "",
             .name_doc = "",
             .attributes = {{.name = "content", .content = true},
                            {.name = "mode"},
                            {.name = "groups", .type = Type::list_of({TypeKind::Text})},
                            {.name = "password", .secret = true},
                            {.name = "keys", .type = Type::list_of(key)}},
             .restartable = true}));
  out.add(std::make_unique<SampleKind>(Schema{.kind = "question",
                                              .doc = "",
                                              .name_doc = "",
                                              .attributes = {{.name = "ask"}},
                                              .never_observed = true}));
  return out;
}

Step probe(const std::string& url) { return Probe{.ask = Probe::Http{.url = url}}; }

void change(Row& row, Action action, std::vector<AttributeChange> attributes, std::string reason) {
  row.change.action = action;
  row.change.attributes = std::move(attributes);
  row.change.reason = std::move(reason);
  if (action != Action::Create) row.change.before = State{};
  row.standing = action == Action::Create ? Standing::New : Standing::Pending;
}

Error error(Code code, std::string message, std::string hint = {}) {
  Error out;
  out.code = code;
  out.message = std::move(message);
  out.hint = std::move(hint);
  return out;
}

void sample_changes(PlanMaker& maker) {
  Row& created = maker.note("web1", "/etc/motd");
  change(
      created, Action::Create,
      {{"content", {}, "sha256:0b5f"}, {"mode", {}, "0644"}, {"password", {}, Secret("hunter2")}},
      "does not exist");
  maker.declaration().resource.desired.set("content", "Welcome\nto web1");
  created.steps = {{0, WriteFile{.path = "/etc/motd", .content = "Welcome\nto web1"}},
                   {0, SetMode{"/etc/motd", "0644"}}};

  Row& updated = maker.note("web1", "/etc/app.conf");
  change(updated, Action::Update,
         {{"content", "sha256:1111", "sha256:2222"},
          {"mode", "0644", "0600"},
          {"groups", {}, ValueList{"adm", "www-data"}},
          {"password", "hunter2", Secret("hunter3")}},
         "content differs, mode 0644 -> 0600, password differs; restart, because note /a changes");
  updated.change.restart_due = true;
  updated.standing = Standing::Drift;
  updated.texts["content"] = {{.text = "a\nb\nc\nd\ne\nf\ng\nh\ni\nport = 80\n"},
                              "a\nb\nc\nd\ne\nf\ng\nh\ni\nport = 8080\nhost = web1\n"};
  updated.effects.brings = {"restarts app.service", "about 2 s of outage"};

  Row& hidden = maker.note("web1", "/etc/shadow.conf");
  change(hidden, Action::Update, {{"content", "sha256:3333", "sha256:4444"}}, "content differs");
  hidden.texts["content"] = {{.hidden = OldText::Hidden::Private}, std::string(2048, 'x')};
  hidden.effects.privileged = true;
  hidden.effects.way_in = WayIn{WayIn::Verdict::Shut, "192.0.2.7 to port 22", "the rule 'deny'"};
  hidden.standing = Standing::Stranger;

  Row& replaced = maker.note("web1", "/srv/data");
  change(replaced, Action::Replace, {{"mode", "0777", "0755"}}, "type link -> directory");
  replaced.effects.irreversible = {"what lies in it is not kept"};

  Row& gone = maker.note("web1", "/etc/old");
  change(gone, Action::Delete, {}, "no manifest names it any more");
  gone.orphan = true;
  gone.effects.one_way = true;
  gone.texts["content"] = {{.text = "old\n"}, {}};
}

void sample_others(PlanMaker& maker) {
  Row& asked = maker.question("web1", "the site answers");
  change(asked, Action::Create, {{"ask", {}, "http://127.0.0.1/"}}, "does not exist");
  asked.steps = {{0, probe("http://127.0.0.1/")}};
  Row& run = maker.question("web1", "count the files");
  change(run, Action::Create, {{"ask", {}, "find /srv"}}, "does not exist");
  run.steps = {{0, Run{.argv = {"find", "/srv"}}}};
  run.effects.irreversible = {"no way back is known"};

  maker.note("web1", "/etc/adopted").adopt = true;
  maker.note("web1", "/etc/unseen").unknown = Unknown{"needs root"};
  maker.note("web1", "/etc/theirs").refused =
      error(Code::OtherOwner, "web1 note /etc/theirs belongs to shop/production/site on web1",
            "`holdfast adopt --from` moves it; `holdfast forget` releases it");
  Row& audited = maker.note("web1", "/etc/watched");
  change(audited, Action::Update, {{"mode", "0600", "0644"}}, "mode 0600 -> 0644");
  maker.declaration().audit = true;
  maker.note("web1", "/etc/left-out").selected = false;
  maker.note("web1", "/etc/same");
}

}  // namespace

const Registry& sample_kinds() {
  static const Registry kKinds = make_kinds();
  return kKinds;
}

HostPlan& PlanMaker::host(const std::string& name) {
  HostPlan& host = plan_.hosts.emplace_back();
  host.host = name;
  return host;
}

Row& PlanMaker::add(const std::string& host, const std::string& kind, const std::string& name) {
  Declaration declaration;
  declaration.host = host;
  declaration.resource.kind = kind;
  declaration.resource.name = name;
  declaration.rank = static_cast<int>(plan_.declarations.size());
  plan_.declarations.push_back(std::move(declaration));
  plan_.rows.emplace_back();
  plan_.rows.back().identity = kind + " " + name;
  return plan_.rows.back();
}

Row& PlanMaker::note(const std::string& host, const std::string& name) {
  return add(host, "note", name);
}
Row& PlanMaker::question(const std::string& host, const std::string& name) {
  return add(host, "question", name);
}

Plan PlanMaker::take() {
  Diagnostics diagnostics;
  plan_.graph = Graph::build(plan_.declarations, sample_kinds(), {}, diagnostics);
  return std::move(plan_);
}

Plan sample_plan() {
  set_digest_key("");
  PlanMaker maker;
  HostPlan& first = maker.host("web1");
  first.kept_orphans = {"note /etc/kept"};
  HostPlan& second = maker.host("web2");
  second.stateless = true;
  second.root = true;
  second.open_run = "20260101-120000-ab12";
  maker.host("web3").unreachable =
      error(Code::Internal, "web3 does not answer on port 22", "is it switched on?");
  maker.host("db1");
  maker.host("db2");
  sample_changes(maker);
  sample_others(maker);
  maker.note("web2", "/etc/same");
  for (const char* host : {"db1", "db2"}) {
    Row& row = maker.note(host, "/etc/limits");
    change(row, Action::Update, {{"mode", "0600", "0644"}}, "mode 0600 -> 0644");
  }
  maker.note("web3", "/etc/motd").unknown = Unknown{"web3 is unreachable"};
  return maker.take();
}

Plan hostile_plan() {
  const std::string evil =
      "a\n::error::forged\n##[error]forged\r\x1b[31mred\u202e`|<script>alert(1)</script>\"'@x{{";
  PlanMaker maker;
  const std::string name = "h1\n::set-output name=a::b";
  HostPlan& host = maker.host(name);
  host.open_run = evil;
  host.kept_orphans = {evil};
  maker.host("h2").unreachable = error(Code::Internal, evil, evil);
  Row& row = maker.note(name, evil);
  change(row, Action::Update,
         {{"content", "sha256:1", "sha256:2"},
          {"mode", evil, Value(ValueList{evil})},
          {"password", "hunter2", "hunter2"},
          {"keys", ValueList{"hunter2"}, Value(ValueList{Secret("hunter2")})}},
         evil);
  row.texts["content"] = {{.text = "::error::x\n::debug::hunted\n" + evil + "\n```\n"},
                          "::error::x\n::debug::hunted\n   ::warning::y\n##vso[x]" + evil};
  row.effects.brings = {evil};
  row.effects.irreversible = {evil};
  row.steps = {{0, Run{.argv = {"echo", evil}}}};
  Row& sensitive = maker.note(name, "/sensitive");
  maker.declaration().resource.sensitive = true;
  change(sensitive, Action::Update,
         {{"mode", "hunter2", "hunter2x"}, {"content", "hunter2", "hunter2"}},
         "mode hunter2 -> hunter2x, content differs");
  sensitive.texts["content"] = {{.text = "hunter2"}, Secret("hunter2x")};
  Row& created = maker.note(name, "/created");
  maker.declaration().resource.desired.set("content", Secret("hunter2"));
  change(created, Action::Create, {{"content", {}, Secret("hunter2")}}, "does not exist");
  maker.note(name, "/unknown").unknown = Unknown{evil};
  maker.note(name, "/refused").refused = error(Code::OtherOwner, evil, evil);
  return maker.take();
}

}  // namespace holdfast
