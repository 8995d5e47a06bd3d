#include "tests/support/fake_library.h"

#include <nlohmann/json.hpp>

#include "resources/registry.h"

namespace holdfast {
namespace {

FakeLibrary* open_library = nullptr;
std::mutex counter;

class LibraryService final : public Service {
 public:
  std::string name() const override { return "library"; }

  Result<Value> ask(const Server& server, const std::string& question,
                    const Contact&) const override {
    const std::lock_guard lock(counter);
    if (!server.credential) return fail(Code::CredentialMissing, "no token");
    HF_CHECK(FakeLibrary::now().asked(question));
    const auto found = FakeLibrary::now().shelves.find(question);
    return found == FakeLibrary::now().shelves.end() ? Value() : Value(found->second);
  }

  Result<void> act(const Server& server, const std::string& act, const std::optional<Secret>&,
                   const Contact& contact) const override {
    const std::lock_guard lock(counter);
    FakeLibrary& library = FakeLibrary::now();
    const auto json = nlohmann::json::parse(act);
    const std::string shelf = json.at("shelf"), text = json.at("text"), is = json.at("is");
    library.log.push_back(std::string(server.credential ? server.credential->reveal() : "-") +
                          " put " + shelf + ": " + text);
    library.sent(contact);
    HF_CHECK(library.before(act));
    const auto found = library.shelves.find(shelf);
    const std::string there = found == library.shelves.end() ? "" : found->second;
    if (there == text) return {};
    if (there != is) return fail(Code::ServerMoved, shelf + " is another one now");
    if (text.empty()) library.shelves.erase(shelf);
    if (!text.empty()) library.shelves[shelf] = text;
    return library.after(act);
  }
};

Server server_of(const Resource& resource) {
  const Value* token = resource.get("token");
  Server out{.service = "library", .address = "http://library"};
  if (token != nullptr && token->is_secret()) out.credential = token->as_secret();
  out.credential_name = "the token of " + resource.address();
  return out;
}

std::string act_of(const Resource& resource, const std::string& is, const std::string& text) {
  return nlohmann::json{{"shelf", resource.name}, {"is", is}, {"text", text}}.dump();
}

class ShelfKind final : public Kind {
 public:
  const Schema& schema() const override {
    static const Schema kSchema{
        .kind = "shelf",
        .doc = "A shelf of a library.",
        .name_doc = "Its name.",
        .attributes = {{.name = "text", .doc = "What lies there."},
                       {.name = "token", .type = {TypeKind::Secret}, .doc = "Who may."}},
        .scheduling = Scheduling::Passive};
    return kSchema;
  }
  Links links(const Resource&) const override { return {}; }
  std::vector<Query> queries(const Resource&) const override { return {}; }
  std::vector<ServerQuery> server_queries(const Resource& resource) const override {
    return {{server_of(resource), resource.name}};
  }
  std::vector<ServerQuery> further_queries(const Resource& resource,
                                           const Answers& answers) const override {
    const Value& text = answers.at(server_queries(resource).front().key());
    if (!text.is_text() || text.as_text().rfind("see ", 0) != 0) return {};
    return {{server_of(resource), text.as_text().substr(4)}};
  }
  State desired(const Resource& resource) const override {
    State out = resource.desired;
    out.erase("token");
    return out;
  }
  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    Value text = answers.at(server_queries(resource).front().key());
    for (const ServerQuery& query : further_queries(resource, answers))
      text = answers.at(query.key());
    if (text.is_null()) return std::nullopt;
    State out;
    out.set("text", text);
    return out;
  }
  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    if (change.action == Action::None) return {};
    const Value* old = change.before ? change.before->find("text") : nullptr;
    const std::string is(old == nullptr ? "" : old->bytes());
    const std::string text(resource.absent ? "" : resource.get("text")->bytes());
    return {{0, Call{.server = server_of(resource),
                     .act = act_of(resource, is, text),
                     .note = "put " + resource.name,
                     .undo = act_of(resource, text, is),
                     .undo_note = "put back " + resource.name}}};
  }
};

}  // namespace

FakeLibrary& FakeLibrary::now() { return *open_library; }
void FakeLibrary::open(FakeLibrary* library) { open_library = library; }

Registry kinds_with_library() {
  Registry out = all_kinds();
  out.add(std::unique_ptr<Service>(std::make_unique<LibraryService>()));
  out.add(std::unique_ptr<Kind>(std::make_unique<ShelfKind>()));
  return out;
}

}  // namespace holdfast
