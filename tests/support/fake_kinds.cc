#include "tests/support/fake_kinds.h"

namespace holdfast {
namespace {

/// Everything but the schema is as simple as it can be: the state is what one query answers.
class FakeKind : public Kind {
 public:
  explicit FakeKind(Schema schema) : schema_(std::move(schema)) {}
  const Schema& schema() const override { return schema_; }
  Links links(const Resource& resource) const override {
    return {.provides = {schema_.kind + ":" + resource.name}, .needs = {}};
  }
  std::vector<Query> queries(const Resource& resource) const override {
    return {{schema_.kind, resource.name}};
  }
  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const Value& answer = answers.at({schema_.kind, resource.name});
    return answer.is_map() ? std::optional<State>(answer.as_map()) : std::nullopt;
  }
  std::vector<PhasedStep> steps(const Resource&, const Change&) const override { return {}; }

 private:
  Schema schema_;
};

Schema note_schema() {
  return {.kind = "note",
          .doc = "A text in a file.",
          .name_doc = "Its absolute path.",
          .name_type = Type{.kind = TypeKind::Path},
          .attributes = {{.name = "content", .doc = "Its text.", .content = true},
                         {.name = "mode", .type = Type{.kind = TypeKind::Mode}, .doc = "Rights."},
                         {.name = "owner", .doc = "Account."},
                         {.name = "title", .doc = "Somebody else's {{ }}.", .raw = true}},
          .scheduling = Scheduling::Passive,
          .examples = {"- note: /etc/motd\n  content: hi\n"}};
}

Schema daemon_schema() {
  Type allow = Type::object({{.name = "port",
                              .type = Type{.kind = TypeKind::Port},
                              .doc = "Where it listens.",
                              .required = true},
                             {.name = "from", .type = Type{.kind = TypeKind::Host}},
                             {.name = "key", .secret = true}});
  return {
      .kind = "daemon",
      .doc = "A program that runs.",
      .name_doc = "What it is called.",
      .attributes =
          {{.name = "running",
            .type = Type{.kind = TypeKind::Bool},
            .doc = "Whether it runs.",
            .default_value = Value(true)},
           {.name = "grace",
            .type = Type{.kind = TypeKind::Duration},
            .doc = "How long it may take to stop.",
            .default_value = Value(30.0)},
           {.name = "memory", .type = Type{.kind = TypeKind::Size}, .doc = "At most."},
           {.name = "level", .type = Type::one_of({"debug", "info"}), .doc = "How much it says."},
           {.name = "workers",
            .type = Type{.kind = TypeKind::Int, .min = 1, .max = 64},
            .doc = "How many."},
           {.name = "allow", .type = std::move(allow), .doc = "Who may come."},
           {.name = "words", .type = Type::list_of(Type{}), .doc = "Free words."},
           {.name = "settings", .type = Type::map_of(Type{}), .doc = "Free settings | and a bar."},
           {.name = "token", .doc = "Its key.", .secret = true}},
      .restartable = true,
      .examples = {}};
}

Schema ping_schema() {
  return {.kind = "ping",
          .doc = "A question.",
          .name_doc = "What is asked.",
          .attributes = {{.name = "url",
                          .type = Type{.kind = TypeKind::Url},
                          .doc = "Where.",
                          .required = true},
                         {.name = "free", .type = Type{.kind = TypeKind::Any}, .doc = "Anything."}},
          .never_observed = true,
          .can_be_absent = false,
          .examples = {}};
}

/// A kind that gives access.
class Door final : public FakeKind {
 public:
  Door()
      : FakeKind({.kind = "door",
                  .doc = "A way in.",
                  .name_doc = "What it is called.",
                  .attributes = {{.name = "guest", .doc = "Who may come in."}},
                  .examples = {}}) {}
  std::vector<PhasedStep> steps(const Resource& resource, const Change&) const override {
    return {{0, Run{.argv = {"open", resource.name}, .undo = Argv{"close", resource.name}}}};
  }
  Effects effects(const Resource&, const Change& change) const override {
    return {.brings = {}, .irreversible = {}, .privileged = change.action != Action::Delete};
  }
};

/// A kind with a rule of its own.
class Daemon final : public FakeKind {
 public:
  Daemon() : FakeKind(daemon_schema()) {}
  std::vector<Error> check(const Resource& resource) const override {
    const Value* workers = resource.get("workers");
    if (workers == nullptr || !workers->is_int() || workers->as_int() != 13) return {};
    return {Error{.code = Code::WrongType,
                  .message = "13 workers bring bad luck",
                  .where = resource.places.at("workers")}};
  }
};

}  // namespace

Registry fake_kinds() {
  Registry registry;
  registry.add(std::make_unique<FakeKind>(note_schema()));
  registry.add(std::make_unique<Daemon>());
  registry.add(std::make_unique<FakeKind>(ping_schema()));
  registry.add(std::make_unique<Door>());
  return registry;
}

}  // namespace holdfast
