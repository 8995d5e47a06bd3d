#include "resources/grafana/service.h"

#include "engine/api/servers.h"
#include "engine/core/text.h"
#include "resources/grafana/act.h"
#include "resources/grafana/check.h"
#include "resources/grafana/lint.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

Error broken(const std::string& what) {
  return {.code = Code::RecordUnreadable,
          .message = "what Grafana is to do can't be read: " + what};
}

/// One object on one server, for as long as it is worked on.
class Work {
 public:
  Work(GrafanaClient& client, GrafanaAct act, const std::optional<Secret>& secret)
      : client_(client), act_(std::move(act)), secret_(secret) {}

  Result<void> run() {
    HF_CHECK(resolve(act_.from));
    HF_CHECK(resolve(act_.to));
    for (int attempt = 1;; ++attempt) {
      HF_CHECK(look());
      const bool is_done = grafana_matches(act_.object, act_.to, there_);
      // Whether secrets are right, nobody can read: they are written again.
      if (is_done && !act_.secrets) return {};
      if (!is_done && !grafana_matches(act_.object, act_.from, there_)) {
        return fail(changed());
      }
      const ApiResult<void> done = act_.to.is_map() ? put() : remove();
      if (done) return {};
      const int status = done.error().status;
      const bool late = status == 404 || status == 409 || status == 412;
      if (attempt > 1 || !(late || done.error().may_be_done)) {
        return fail(server_error(done.error()));
      }
      // Somebody was faster, or nobody knows: what is there now tells.
      refusal_ = done.error().message;
    }
  }

 private:
  /// Gives data sources that a dashboard names their uids.
  Result<void> resolve(GrafanaState& state) {
    if (act_.object != GrafanaObject::Dashboard || !state.is_map()) return {};
    const Value* model = stated(state.as_map(), "model");
    if (model == nullptr) return {};
    std::string text = json_text(*model, {.newline = "", .unit = ""}, "");
    std::map<std::string, std::string> uids;
    for (const std::string& name : sources_by_name(text)) {
      const auto found = client_.source_named(name);
      if (!found) return fail(server_error(found.error()));
      if (*found) uids[name] = (*found)->uid;
    }
    if (uids.empty()) return {};
    text = placed_dashboard(text, act_.uid, uids);
    JsonMistake ignored;
    if (const auto root = parse_json_text(text, ignored)) {
      ValueMap map = state.as_map();
      map.set("model", json_value(*root));
      state = Value(std::move(map));
    }
    return {};
  }

  /// @errors HF7166 it comes from a file.
  Result<void> look() {
    there_ = {};
    version_.reset();
    if (act_.object == GrafanaObject::Dashboard) return look_at_dashboard();
    if (act_.object == GrafanaObject::Folder) {
      const auto found = client_.folder(act_.uid);
      if (!found) return fail(server_error(found.error()));
      if (*found) keep((*found)->version, {{"title", Value((*found)->title)}});
      return {};
    }
    const auto found = client_.source(act_.uid);
    if (!found) return fail(server_error(found.error()));
    if (!*found) return {};
    if ((*found)->read_only) return fail(from_file());
    keep((*found)->version, {{"fields", Value((*found)->fields)}});
    return {};
  }

  Result<void> look_at_dashboard() {
    const auto found = client_.dashboard(act_.uid);
    if (!found) return fail(server_error(found.error()));
    if (!*found) return {};
    if ((*found)->provisioned) return fail(from_file());
    keep((*found)->version, {{"folder", (*found)->folder}, {"model", Value((*found)->model)}});
    return {};
  }

  void keep(std::int64_t version, const std::vector<std::pair<std::string, Value>>& entries) {
    ValueMap map;
    for (const auto& [name, value] : entries) map.set(name, value);
    there_ = Value(std::move(map));
    version_ = version;
  }

  ApiResult<void> put() {
    const ValueMap& to = act_.to.as_map();
    const auto inner = [&](const char* key) {
      const Value* value = stated(to, key);
      return value != nullptr && value->is_map() ? value->as_map() : ValueMap();
    };
    switch (act_.object) {
      case GrafanaObject::Dashboard:
        return client_.save_dashboard(act_.uid, inner("model"), stated_text(to, "folder"), version_,
                                      message());
      case GrafanaObject::Folder:
        return client_.save_folder(act_.uid, stated_text(to, "title"), version_);
      case GrafanaObject::Source:
        break;
    }
    return client_.save_source(act_.uid, inner("fields"), version_, secret_);
  }

  ApiResult<void> remove() {
    switch (act_.object) {
      case GrafanaObject::Dashboard:
        return client_.remove_dashboard(act_.uid);
      case GrafanaObject::Folder:
        return client_.remove_folder(act_.uid);
      case GrafanaObject::Source:
        break;
    }
    return client_.remove_source(act_.uid);
  }

  /// What its history on the server says of the change.
  std::string message() const { return act_.run.empty() ? "holdfast" : "holdfast: " + act_.run; }

  std::string name() const {
    return std::string(grafana_word(act_.object)) + " '" + printable(act_.uid) + "'";
  }

  Error changed() const {
    const std::string now = there_.is_map()
                                ? "it has version " + std::to_string(version_.value_or(0)) + " now"
                                : std::string("it is gone");
    Error out{.code = Code::GrafanaChanged,
              .message = "the " + name() + " is not what it was: " + now,
              .hint = "it is left as it is; plan again to see what was changed"};
    if (!refusal_.empty()) out.notes.push_back({{}, refusal_});
    return out;
  }

  Error from_file() const {
    return {.code = Code::GrafanaFromFile,
            .message = "the " + name() + " comes from a file on Grafana's own host",
            .hint = "only that file changes it: see `grafana_provider`, and `provision: file`"};
  }

  GrafanaClient& client_;
  GrafanaAct act_;
  const std::optional<Secret>& secret_;
  GrafanaState there_{};
  std::optional<std::int64_t> version_{};
  std::string refusal_{};
};

class GrafanaService final : public Service {
 public:
  explicit GrafanaService(ApiPatience patience) : patience_(patience) {}

  std::string name() const override { return kGrafanaService; }

  Result<Value> ask(const Server& server, const std::string& question,
                    const Contact& contact) const override {
    const auto asked = read_grafana_question(question);
    if (!asked) return fail(broken(question));
    GrafanaClient client = client_of(server, contact);
    if (asked->object == GrafanaObject::Dashboard) return dashboard(client, asked->name);
    if (asked->object == GrafanaObject::Folder) return folder(client, asked->name);
    return source(client, *asked);
  }

  Result<void> act(const Server& server, const std::string& act,
                   const std::optional<Secret>& secret, const Contact& contact) const override {
    auto wanted = read_grafana_act(act);
    if (!wanted) return fail(broken(act.substr(0, 80)));
    GrafanaClient client = client_of(server, contact);
    return Work(client, std::move(*wanted), secret).run();
  }

  Result<std::string> check(const Server& server, const std::string& question,
                            const Contact& contact) const override {
    const auto wanted = read_grafana_check(question);
    if (!wanted) return fail(broken(question.substr(0, 80)));
    GrafanaClient client = client_of(server, contact);
    return ask_grafana(client, *wanted);
  }

 private:
  GrafanaClient client_of(const Server& server, const Contact& contact) const {
    return {server.address, server.credential, patience_, contact.transport(),
            ApiClock::real(contact.go_on)};
  }

  static Result<Value> dashboard(GrafanaClient& client, const std::string& uid) {
    const auto found = client.dashboard(uid);
    if (!found) return fail(server_error(found.error()));
    if (!*found) return Value();
    ValueMap out;
    out.set("folder", (*found)->folder);
    out.set("model", Value((*found)->model));
    out.set("version", (*found)->version);
    out.set("provisioned", (*found)->provisioned);
    return Value(std::move(out));
  }

  static Result<Value> folder(GrafanaClient& client, const std::string& uid) {
    const auto found = client.folder(uid);
    if (!found) return fail(server_error(found.error()));
    if (!*found) return Value();
    ValueMap out;
    out.set("title", (*found)->title);
    out.set("version", (*found)->version);
    return Value(std::move(out));
  }

  static Result<Value> source(GrafanaClient& client, const GrafanaQuestion& asked) {
    const auto found = asked.by_name ? client.source_named(asked.name) : client.source(asked.name);
    if (!found) return fail(server_error(found.error()));
    if (!*found) return Value();
    ValueMap out;
    out.set("uid", (*found)->uid);
    if (asked.by_name) return Value(std::move(out));
    out.set("fields", Value((*found)->fields));
    out.set("version", (*found)->version);
    out.set("provisioned", (*found)->read_only);
    ValueList secrets;
    for (const std::string& name : (*found)->secrets) secrets.emplace_back(name);
    out.set("secrets", Value(std::move(secrets)));
    return Value(std::move(out));
  }

  ApiPatience patience_;
};

}  // namespace

std::unique_ptr<Service> make_grafana_service(ApiPatience patience) {
  return std::make_unique<GrafanaService>(patience);
}

std::unique_ptr<Service> make_grafana_service() { return make_grafana_service(ApiPatience{}); }

}  // namespace holdfast
