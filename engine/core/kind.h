#pragma once

#include <compare>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/schema.h"
#include "engine/core/server.h"
#include "engine/core/step.h"
#include "engine/core/value.h"

namespace holdfast {

/// One question to a host: a collector and what to ask it about (a path, a unit). Keys are data,
/// never code.
struct Query {
  std::string collector;
  std::string key;
  auto operator<=>(const Query&) const = default;
};

/// One question to a server, asked by the controller. Its answer stands among the host's, under
/// `key()`.
struct ServerQuery {
  Server server;
  std::string question;  ///< In the service's own words; no secret.
  /// The key of its resource's first question, which counts as unanswered where this one is.
  std::optional<Query> after{};
  Query key() const { return {server.service, server.address + " " + question}; }
};

/// A host's replies. An answer is a map of attributes, null where the thing does not exist, or
/// unknown where this account may not see it.
class Answers {
 public:
  void set(Query query, Value value) { answers_[std::move(query)] = std::move(value); }
  /// Unknown ("not asked") if the query was never put: a defect of the kind.
  const Value& at(const Query& query) const;
  void add(const Answers& others) {
    for (const auto& [query, value] : others.answers_) set(query, value);
  }
  const std::map<Query, Value>& all() const { return answers_; }

 private:
  std::map<Query, Value> answers_;
};

/// A shared question, answered for many keys at once by one fixed shell function.
class Collector {
 public:
  virtual ~Collector() = default;
  virtual std::string name() const = 0;
  /// The body of a POSIX sh function, the same bytes for every host. Its keys are "$@", at least
  /// one and few enough for one program's arguments (what is more comes as another question); it
  /// prints text without NUL to standard output; errors of the programs it calls go there too
  /// (2>&1) where `parse` tells them apart. It runs in a subshell of its own with nothing on
  /// standard input, LC_ALL=C and a fixed PATH. It changes nothing on the host and runs in a few
  /// processes however many keys there are.
  virtual std::string shell() const = 0;
  /// One value for each key, in the keys' order (see Answers). @errors HF4110 the output did not
  /// parse; quotes the line.
  virtual Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                           std::string_view output) const = 0;
  /// Runs what its keys say (a guard of a `command`): kept out of the fixed program, sent by full
  /// sessions only. Each key may take a minute, and sees to it itself that it takes no longer.
  virtual bool runs_code() const { return false; }
};

/// Where a text was written: a block of a manifest, a file of the project.
struct TextOrigin {
  Position begin{};  ///< Of its first byte.
  int indent = 0;    ///< Bytes that YAML took off each of its lines.
  int lines = 0;     ///< Before it was rendered.
};

/// What a manifest says about one thing on one host, rendered, typed and normalised.
struct Resource {
  std::string kind;
  std::string name;        ///< Normalised: a path is /etc/a, not /etc//a.
  std::string path;        ///< Module path, "" or "second-exporter/".
  State desired;           ///< Only what is stated, defaults included.
  bool absent = false;     ///< ensure: absent.
  bool sensitive = false;  ///< Hides the diff.
  /// Of a path: the names directly below it under which other resources of the host, or other
  /// owners' objects on it, live (of /etc/a/b/c, "a" for /etc). Set by the engine; a purge spares
  /// them.
  std::set<std::string> managed_children{};
  Position where{};
  std::map<std::string, Position> places{};     ///< Of each attribute's value.
  std::map<std::string, TextOrigin> origins{};  ///< Of attributes marked `placed`.

  /// "file /etc/motd", "second-exporter/file /etc/x".
  std::string address() const { return path + kind + " " + name; }
  const Value* get(std::string_view attribute) const { return desired.find(attribute); }
  /// Where a place in the text of a `placed` attribute was written, all from 1; only where the
  /// attribute stands, if rendering may have moved its lines.
  Position place_in(const std::string& attribute, int line, int column, int length) const;
};

enum class Action { None, Create, Update, Replace, Delete, Run };

struct AttributeChange {
  std::string name;
  Value before{};  ///< Null: did not exist.
  Value after{};
};

/// What must happen to one resource.
struct Change {
  Action action = Action::None;
  std::vector<AttributeChange> attributes{};
  std::optional<State> before{};  ///< Observed; none: it does not exist.
  std::string reason{};
  /// restart_on / reload_on: this service has not started with what it should (design.md). The kind
  /// adds the restart.
  bool restart_due = false;
  bool reload_due = false;

  const AttributeChange* find(std::string_view name) const;
};

/// What a resource gives to others and rests on, on the same host, as tokens "path:/etc/a",
/// "user:bob", "group:adm", "unit:a.service", "package:nginx". A resource that needs a token goes
/// after those that provide it.
struct Links {
  std::vector<std::string> provides{};
  std::vector<std::string> needs{};
};

/// What becomes of the way by which the run reaches its host.
struct WayIn {
  enum class Verdict { Open, Shut, Unclear } verdict = Verdict::Unclear;
  std::string login{};  ///< "10.0.0.1 to port 22", as the host sees it.
  std::string why{};    ///< The rule or the policy that decides.
};

/// What a plan says about a change beside its attributes.
struct Effects {
  std::vector<std::string> brings{};        ///< "restarts nginx.service", "about 2 s of outage".
  std::vector<std::string> irreversible{};  ///< What can't be taken back, and why.
  bool one_way = false;  ///< Closes a hole: not undone unless asked (rollback: never by default).
  bool every_time = false;  ///< Acts in every apply, whatever the host is like: no drift.
  bool privileged =
      false;  ///< Grants access or power (uid 0, a key, a firewall opening): listed on its own.
  bool makes =
      false;  ///< Makes the object, though something was there before (a ruleset always is).
  std::optional<WayIn> way_in{};  ///< Where it has a say in that. Set by the engine.
};

/// What a kind may look at beside its own resource.
struct Surroundings {
  const Answers& answers;
  const std::vector<const Resource*>& beside;  ///< All that manifests state for the same host.
};

/// How one kind of resource is described, seen and changed. Holds no state and does no I/O.
class Kind {
 public:
  virtual ~Kind() = default;
  virtual const Schema& schema() const = 0;

  /// What the types can't say (two attributes that exclude each other …). Errors carry
  /// `resource.places`.
  virtual std::vector<Error> check(const Resource& resource) const;
  /// What the object is, whatever it is called in which module: unique on a host. Default: kind,
  /// name and the attributes marked identity.
  virtual std::string identity(const Resource& resource) const;
  virtual Links links(const Resource& resource) const = 0;

  /// What must be asked of a host. Equal queries are asked once; all of them in one round trip.
  virtual std::vector<Query> queries(const Resource& resource) const = 0;
  /// What must be asked of servers. An answer that could not be had is unknown, with its cause.
  virtual std::vector<ServerQuery> server_queries(const Resource&) const { return {}; }
  /// What else, once the host has said what it has (something that a server knows by another name).
  virtual std::vector<ServerQuery> further_queries(const Resource&, const Answers&) const {
    return {};
  }
  /// The desired attributes in the form that `read` gives (a file's text as its digest). Default:
  /// as they are.
  virtual State desired(const Resource& resource) const { return resource.desired; }
  /// What a new one gets where nothing is stated (a file's 0644): a plan shows it for a creation
  /// and a replacement, `steps` may rest on it, nothing is compared with it.
  virtual State creation_defaults(const Resource&) const { return {}; }
  /// Answers to observed state; nullopt: it does not exist. An attribute that this account can't
  /// see is Unknown.
  virtual Result<std::optional<State>> read(const Resource& resource,
                                            const Answers& answers) const = 0;
  /// The steps of a change, in order. Pure.
  virtual std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const = 0;
  /// Of a service: the name of the life that it is in, another one after each start. "": it has
  /// none, or can't tell.
  virtual std::string life(const Resource&, const Answers&) const { return {}; }
  virtual Effects effects(const Resource& resource, const Change& change) const;
  /// Tokens that the resource needs and that the answers show missing (the folder of a new file): a
  /// plan refuses what neither the host has nor a resource makes.
  virtual std::vector<std::string> missing(const Resource&, const Answers&) const { return {}; }
  /// Tokens of what the host has and what would lack the resource, were it gone: a plan refuses to
  /// remove what is needed by anything that stays.
  virtual std::vector<std::string> needed_by(const Resource&, const Answers&) const { return {}; }
  /// What a plan says about a change beside its effects, where only the answers tell it.
  virtual std::vector<std::string> notes(const Resource&, const Change&, const Answers&) const {
    return {};
  }
  /// Whether a new login by which the run came still gets in once this change is made, for a kind
  /// that can shut it out. Says "open" or "shut" only where that is sure.
  virtual std::optional<WayIn> way_in(const Resource& resource, const Change& change,
                                      const Surroundings& surroundings) const;
  /// Files whose old text a diff would show, for a change of a `content` attribute: attribute name
  /// to path.
  virtual std::map<std::string, std::string> text_paths(const Resource&) const { return {}; }
  /// What will lie there, where it isn't just what the manifest states.
  virtual Value text(const Resource& resource, std::string_view attribute) const;
};

/// Every kind, collector and service there is; made once by the program, handed down.
class Registry {
 public:
  void add(std::unique_ptr<Kind> kind);
  void add(std::unique_ptr<Collector> collector);
  void add(std::unique_ptr<Service> service);
  const Kind* kind(std::string_view name) const;
  const Collector* collector(std::string_view name) const;
  const Service* service(std::string_view name) const;
  /// In alphabetical order.
  std::vector<const Kind*> kinds() const;
  std::vector<const Collector*> collectors() const;

 private:
  std::map<std::string, std::unique_ptr<Kind>, std::less<>> kinds_;
  std::map<std::string, std::unique_ptr<Collector>, std::less<>> collectors_;
  std::map<std::string, std::unique_ptr<Service>, std::less<>> services_;
};

}  // namespace holdfast
