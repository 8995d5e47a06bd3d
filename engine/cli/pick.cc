#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/planning.h"
#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/plan/candidates.h"
#include "engine/report/exit_code.h"
#include "engine/report/json_parts.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

const Chooses* chooser(const Declaration& declaration, const Registry& registry) {
  return dynamic_cast<const Chooses*>(registry.kind(declaration.resource.kind));
}

/// The resource that is asked about: the only one there is, or the one that is named.
Result<const Declaration*> find_choice(const Catalog& catalog, const Options& options,
                                       const Registry& registry) {
  std::vector<const Declaration*> found;
  std::vector<std::string> names;
  for (const Declaration& declaration : catalog.declarations) {
    if (chooser(declaration, registry) == nullptr || declaration.resource.absent) continue;
    names.push_back(declaration.resource.name);
    const bool named = options.arguments.empty() ||
                       options.arguments.front() == declaration.resource.name ||
                       options.arguments.front() == declaration.resource.address();
    if (named) found.push_back(&declaration);
  }
  if (found.size() == 1) return found.front();
  if (names.empty()) {
    return fail(Code::Usage, "no manifest states anything to pick from",
                "state it: `holdfast explain runner_route`");
  }
  const std::string all = printable(join(names, ", "));
  if (found.empty()) {
    const std::string near = did_you_mean(options.arguments.front(), names);
    return fail(Code::Usage,
                "nothing to pick from is called '" + printable(options.arguments.front()) +
                    "'; there is " + all,
                near);
  }
  return fail(Code::Usage, "pick from which one? There is " + all, "name it: holdfast pick NAME");
}

/// What was found, and who of them it is.
struct Picked {
  const Declaration& from;
  std::vector<Candidate> candidates;
  std::optional<std::size_t> who{};

  const Candidate* candidate() const { return who ? &candidates[*who] : nullptr; }
};

/// In ASCII on one line, so that a workflow's `fromJSON` takes it and nothing in it is a command.
std::string labels_json(const Candidate& candidate) {
  Json out = Json::array();
  for (const std::string& label : candidate.labels) out.push_back(json_text(label));
  return std::string(trim(json_document(out, -1)));
}

Json json_of(const Picked& picked) {
  Json all = Json::array();
  for (const Candidate& one : picked.candidates) {
    all.push_back({{"name", json_text(one.name)},
                   {"labels", one.labels},
                   {"fit", one.fit},
                   {"idle", one.idle},
                   {"why", json_text(one.why)}});
  }
  Json out{{"format", kJsonFormat},
           {"resource", json_text(picked.from.resource.address())},
           {"host", json_text(picked.from.host)},
           {"picked", nullptr},
           {"labels", Json::array()},
           {"candidates", std::move(all)}};
  if (const Candidate* one = picked.candidate()) {
    out["picked"] = json_text(one->name);
    out["labels"] = one->labels;
  }
  return out;
}

Error none_fit(const Picked& picked) {
  Error out{.code = Code::NoneFit,
            .message = "no candidate of " + printable(picked.from.resource.address()) + " is fit",
            .where = picked.from.resource.where};
  for (const Candidate& one : picked.candidates) {
    out.notes.push_back({{}, printable(one.name) + ": " + printable(one.why)});
  }
  return out;
}

class Picking {
 public:
  Picking(const Options& options, const Registry& registry)
      : options_(options), registry_(registry), session_(options, registry) {}

  int run() {
    if (!session_.load(trust_level(options_, registry_), diagnostics_)) return failed();
    Catalog catalog = session_.expand_offline(diagnostics_);
    if (diagnostics_.failed()) return failed();
    auto from = find_choice(catalog, options_, registry_);
    if (!from) return refuse(options_, std::move(from.error()), Exit::Usage);
    const std::string host = (*from)->host;
    if (!session_.connect({host}, diagnostics_)) return failed();
    if (Value((*from)->resource.desired).find_unknown() != nullptr) {
      catalog =
          session_.manifests().expand(session_.inventory(), session_.gather_facts(), diagnostics_);
      if (diagnostics_.failed()) return failed();
      from = find_choice(catalog, options_, registry_);
      if (!from) return refuse(options_, std::move(from.error()), Exit::Usage);
    }
    if (const auto silent = session_.silent_host()) {
      return refuse(options_, *session_.hosts().front().error, Exit::Unreachable);
    }
    return choose(**from, catalog);
  }

 private:
  int failed() {
    complain(options_, diagnostics_);
    return failed_exit(diagnostics_);
  }

  int choose(const Declaration& from, const Catalog& catalog) {
    const Answers answers = session_.server_answers(from, catalog.declarations);
    auto candidates = chooser(from, registry_)->candidates(from.resource, answers);
    if (!candidates) {
      candidates.error().where = from.resource.where;
      return refuse(options_, std::move(candidates.error()), Exit::Failed);
    }
    Picked picked{from, std::move(*candidates)};
    for (std::size_t i = 0; i < picked.candidates.size(); ++i) {
      Candidate& one = picked.candidates[i];
      if (options_.idle && one.fit && !one.idle) {
        one.fit = false;
        one.why = "it has a job";
      }
      if (one.fit && !picked.who) picked.who = i;
    }
    return tell(picked);
  }

  int tell(const Picked& picked) const {
    if (options_.json) say(json_document(json_of(picked), 2));
    const Candidate* one = picked.candidate();
    if (one == nullptr) return refuse(options_, none_fit(picked), Exit::Refused);
    if (!options_.json) say(labels_json(*one) + "\n");
    if (options_.format == "github") {
      hand_to_workflow("GITHUB_OUTPUT",
                       "labels=" + labels_json(*one) + "\nrunner=" + printable(one->name) + "\n");
    }
    Diagnostics passed_over;
    for (std::size_t i = 0; i < *picked.who; ++i) {
      const Candidate& other = picked.candidates[i];
      passed_over.warning({.message = printable(other.name + " is not fit: " + other.why)});
    }
    complain(options_, passed_over);
    return static_cast<int>(Exit::Done);
  }

  const Options& options_;
  const Registry& registry_;
  Session session_;
  Diagnostics diagnostics_;
};

}  // namespace

int pick_command(const Options& options, const Registry& registry) {
  if (options.arguments.size() > 1) {
    return refuse(options,
                  {.code = Code::Usage,
                   .message = "pick takes one name",
                   .hint = "manifests are given by --manifest"},
                  Exit::Usage);
  }
  return Picking(options, registry).run();
}

}  // namespace holdfast
