#include <algorithm>

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "resources/login.h"
#include "resources/nftables/complaint.h"
#include "resources/nftables/listing.h"
#include "resources/nftables/reach.h"
#include "resources/nftables/steps.h"
#include "resources/nftables/table.h"
#include "resources/nftables/text.h"
#include "resources/path.h"
#include "resources/stated.h"
#include "resources/systemd/unit_steps.h"

namespace holdfast {
namespace {

constexpr std::size_t kMostShown = 12;  ///< Differences of the kernel's rules in one attribute.

const Schema& nftables_schema() {
  static const Schema kSchema = {
      .kind = "nftables",
      .doc =
          "A table of the kernel's packet filter, or its whole ruleset: in the kernel, loaded in "
          "one transaction, and in a file that is loaded at every boot. Tables of other programs "
          "(ufw, Docker …) are left alone.",
      .name_doc =
          "Family and name of a table, such as `inet guard`; or `ruleset`, for all tables "
          "that no other program keeps.",
      .attributes =
          {{.name = "content",
            .doc = "What the table holds, in nft's own language: chains, sets, maps, with or "
                   "without `table … { }` around them. Of `ruleset`: all its tables.",
            .required = true,
            .content = true,
            .placed = true},
           {.name = "keep",
            .type = Type::list_of({}),
            .doc = "Of `ruleset`: other tables that stay, such as `inet lab`."},
           {.name = "loaded",
            .doc = "Which text the kernel has, by the beginning of its file's digest, and what "
                   "somebody changed there since.",
            .computed = true},
           {.name = "strays",
            .type = Type::list_of({}),
            .doc = "Of `ruleset`: tables that nobody states and no other program keeps. They go.",
            .computed = true},
           {.name = "at_boot",
            .type = {TypeKind::Bool},
            .doc = "Whether its unit is as it should be, and enabled.",
            .computed = true}},
      .scheduling = Scheduling::Batched,
      .examples = {"- nftables: inet guard\n"
                   "  content: |\n"
                   "    chain input {\n"
                   "      type filter hook input priority filter; policy drop;\n"
                   "      ct state established,related accept\n"
                   "      iifname lo accept\n"
                   "      tcp dport 22 accept\n"
                   "    }\n",
                   "- nftables: ruleset\n"
                   "  content: |\n"
                   "    define runners = { 10.0.4.0/24 }\n"
                   "    table inet guard {\n"
                   "      chain forward {\n"
                   "        type filter hook forward priority filter; policy accept;\n"
                   "        ip saddr $runners ip daddr 169.254.169.254 drop\n"
                   "      }\n"
                   "    }\n"
                   "  keep: [inet lab]\n",
                   "- nftables: inet old\n"
                   "  ensure: absent\n"}};
  return kSchema;
}

/// A resource with all that can be told of it without a host.
struct Stated {
  explicit Stated(const Resource& resource) {
    if (auto found = nft_subject(resource.name)) subject = std::move(*found);
    const Value* content = stated(resource.desired, "content");
    if (content == nullptr) return;
    secret = content->holds_secret();
    seen = read_nft_text(subject, content->bytes());
    file = nft_file(subject, seen, content->bytes());
  }

  Value masked(std::string text) const {
    return secret ? Value(Secret(std::move(text))) : Value(std::move(text));
  }
  std::string digest() const { return sha256_hex(file.text); }

  NftSubject subject;
  NftText seen;
  NftFile file;
  bool secret = false;
};

std::string short_digest(std::string_view digest) { return std::string(digest.substr(0, 12)); }

Query rules_query(const Resource& resource, const Stated& given) {
  std::string text = resource.absent ? "" : given.file.text;
  const auto count = std::count(text.begin(), text.end(), '\n');
  // The key's own end ends its last line.
  if (!text.empty()) text.pop_back();
  std::string head = std::to_string(count) + " " + given.subject.file();
  std::vector<NftTable> tables = given.seen.tables;
  if (given.subject.table) tables = {*given.subject.table};
  for (const NftTable& table : tables) head += " " + table.text();
  return {"nftables", text.empty() ? head : head + "\n" + text};
}

Value file_digest(const Answers& answers, const std::string& path) {
  const Value& answer = answers.at({"digest", path});
  const Value* digest = answer.is_map() ? answer.as_map().find("digest") : nullptr;
  return digest == nullptr ? Value() : *digest;
}

bool listed(const ValueMap& map, std::string_view name, const std::string& item) {
  const std::vector<std::string> all = stated_list(map, name);
  return std::find(all.begin(), all.end(), item) != all.end();
}

/// What a host says of one resource.
class Seeing {
 public:
  Seeing(const Resource& resource, const Answers& answers)
      : resource_(resource),
        given_(resource),
        answer_(answers.at(rules_query(resource, given_))),
        file_(file_digest(answers, given_.subject.file())),
        unit_(file_digest(answers, unit_path(given_.subject.unit()))),
        systemd_(answers.at({"systemd", given_.subject.unit()})) {}

  Result<std::optional<State>> read() {
    if (systemd_.is_null()) {
      return fail(Code::NoSystemd,
                  "nftables '" + printable(resource_.name) +
                      "': the host has no systemd to load it at boot",
                  "Leave it out there with 'when: facts.systemd'.");
    }
    for (const Value* answer : {&answer_, &systemd_}) {
      if (answer->is_unknown()) {
        return std::optional(unknown_state(nftables_schema(), answer->as_unknown().cause));
      }
    }
    if (answer_.is_map()) HF_CHECK(check_answer(answer_.as_map()));
    State seen;
    files(seen);
    const bool there = live(seen);
    if (!there && file_.is_null() && unit_.is_null() && !enabled()) return std::nullopt;
    return seen;
  }

 private:
  const ValueMap& rules() const { return answer_.as_map(); }

  Result<void> check_answer(const ValueMap& answer) const {
    if (const Value* said = answer.find("no_network")) {
      return fail(wrong(resource_, "", Code::NftNoNetwork,
                        "nftables '" + printable(resource_.name) +
                            "' can't be compared on this host: " + printable(said->bytes())));
    }
    const Value* errors = answer.find("errors");
    if (!resource_.absent && errors != nullptr && !errors->as_list().empty()) {
      return fail(nft_complaint(resource_, errors->as_list(), given_.file.lines_before));
    }
    for (const NftTable& table : given_.seen.tables) {
      const std::string own = NftSubject{table}.file();
      if (given_.subject.table || !listed(answer, "files", own)) continue;
      return fail(
          wrong(resource_, "content", Code::NftInvalid,
                "table " + table.text() + " has a resource of its own: " + own + " is there",
                "State it in one place only."));
    }
    return {};
  }

  bool enabled() const {
    return systemd_.is_map() && stated_text(systemd_.as_map(), "UnitFileState") == "enabled";
  }

  void files(State& seen) const {
    if (!file_.is_null()) {
      seen.set("content", given_.masked(std::string(kDigestPrefix) + std::string(file_.bytes())));
    }
    seen.set("at_boot", enabled() && !unit_.is_null() &&
                            unit_.bytes() == sha256_hex(nft_unit_text(given_.subject)));
    seen.set("enabled", enabled());
    seen.set("file", given_.masked(std::string(file_.bytes())));
    seen.set("unit", unit_);
  }

  /// Whether the kernel has anything that the resource is about.
  bool live(State& seen) const {
    if (answer_.is_null()) return false;
    const std::vector<NftTable> tables = subject_tables();
    ValueList there;
    for (const NftTable& table : tables) {
      if (listed(rules(), "tables", table.text())) there.emplace_back(table.text());
    }
    const bool any = !there.empty();
    seen.set("tables", std::move(there));
    if (!resource_.absent) seen.set("loaded", loaded(seen, tables));
    if (given_.subject.table || resource_.absent) return any;
    seen.set("strays", others(false));
    seen.set("left", others(true));
    // A host always has a ruleset.
    return true;
  }

  /// Of a ruleset that goes: what its file names.
  std::vector<NftTable> subject_tables() const {
    if (given_.subject.table) return {*given_.subject.table};
    if (!resource_.absent) return given_.seen.tables;
    std::vector<NftTable> out;
    for (const std::string& name : stated_list(rules(), "states")) {
      const auto table = nft_table(name);
      if (table && nft_keeper(*table).empty()) out.push_back(*table);
    }
    return out;
  }

  Value loaded(State& seen, const std::vector<NftTable>& tables) const {
    if (stated_bool(rules(), "same", false)) return given_.masked(short_digest(given_.digest()));
    const std::string now = nft_part(stated_text(rules(), "now"), tables);
    if (now.empty()) return {};
    seen.set("live", given_.masked(sha256_hex(now)));
    const std::string wanted = nft_part(stated_text(rules(), "stated"), tables);
    if (now == wanted) return given_.masked(short_digest(given_.digest()));
    const Value* kept = rules().find("kept");
    const std::string last = kept == nullptr ? "" : nft_part(kept->bytes(), tables);
    if (kept != nullptr && now == last) return given_.masked(short_digest(file_.bytes()));
    return given_.masked(hand_made(kept == nullptr ? wanted : last, now, kept != nullptr));
  }

  std::string hand_made(const std::string& base, const std::string& now, bool kept) const {
    std::vector<std::string> all = nft_differences(base, now, !given_.subject.table);
    const std::size_t more = all.size() - std::min(all.size(), kMostShown);
    all.resize(all.size() - more);
    if (more > 0) all.push_back(std::to_string(more) + " more");
    const std::string head = kept ? short_digest(file_.bytes()) + ", then changed" : "another";
    return head + ": " + join(all, "; ");
  }

  /// Tables that are not the resource's: those of other programs and resources, or the rest.
  Value others(bool kept) const {
    ValueList out;
    for (const std::string& name : stated_list(rules(), "tables")) {
      const auto table = nft_table(name);
      const auto& own = given_.seen.tables;
      if (table && std::find(own.begin(), own.end(), *table) != own.end()) continue;
      // What no name of ours could be is nobody's that we know.
      const bool stays = !table || !nft_keeper(*table).empty() || kept_by_manifest(*table) ||
                         listed(rules(), "files", NftSubject{table}.file());
      if (stays == kept) out.emplace_back(name);
    }
    return out;
  }

  bool kept_by_manifest(const NftTable& table) const {
    for (const std::string& name : stated_list(resource_.desired, "keep")) {
      if (nft_table(name) == table) return true;
    }
    return false;
  }

  const Resource& resource_;
  Stated given_;
  const Value& answer_;
  Value file_, unit_;
  const Value& systemd_;
};

class NftablesKind final : public Kind {
 public:
  const Schema& schema() const override { return nftables_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    const std::string who = "nftables '" + printable(resource.name) + "'";
    const auto subject = nft_subject(resource.name);
    if (!subject) {
      return {wrong(resource, "", Code::NftInvalid, subject.error().message, subject.error().hint)};
    }
    std::vector<Error> errors;
    const std::string keeper = subject->table ? nft_keeper(*subject->table) : "";
    if (!keeper.empty()) {
      errors.push_back(wrong(resource, "", Code::NftInvalid, who + " is kept by " + keeper,
                             "Take a name of your own; a chain does the same work in any table."));
    }
    check_keep(resource, *subject, errors);
    const Value* content = stated(resource.desired, "content");
    if (content == nullptr || !keeper.empty()) return errors;
    for (const NftMistake& mistake : read_nft_text(*subject, content->bytes()).mistakes) {
      Error error =
          wrong(resource, "content", Code::NftInvalid, who + ": " + mistake.message, mistake.hint);
      error.where = resource.place_in("content", mistake.line, mistake.column, mistake.length);
      errors.push_back(std::move(error));
    }
    return errors;
  }

  std::string identity(const Resource& resource) const override {
    const auto subject = nft_subject(resource.name);
    return "nftables " + (subject ? subject->text() : resource.name);
  }

  Links links(const Resource& resource) const override {
    const NftSubject subject = Stated(resource).subject;
    return {.provides = {"path:" + subject.file(), "path:" + unit_path(subject.unit()),
                         "unit:" + subject.unit(), "firewall:nftables"},
            .needs = {"package:nftables"}};
  }

  std::vector<Query> queries(const Resource& resource) const override {
    const Stated given(resource);
    return {rules_query(resource, given),
            {"digest", given.subject.file()},
            {"digest", unit_path(given.subject.unit())},
            {"systemd", given.subject.unit()},
            kLoginInterface};
  }

  State desired(const Resource& resource) const override {
    State out;
    const Value* content = resource.get("content");
    if (content == nullptr || content->is_null()) return out;
    if (const Unknown* unknown = content->find_unknown()) {
      out.set("content", *unknown);
      return out;
    }
    const Stated given(resource);
    out.set("content", given.masked(std::string(kDigestPrefix) + given.digest()));
    out.set("loaded", given.masked(short_digest(given.digest())));
    if (!given.subject.table) out.set("strays", ValueList{});
    out.set("at_boot", true);
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    return Seeing(resource, answers).read();
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    const Stated given(resource);
    static const State kNothing;
    const State& before = change.before ? *change.before : kNothing;
    const bool removal = change.action == Action::Delete;
    NftChange out{.subject = given.subject,
                  .text = given.masked(given.file.text),
                  .tables = given.seen.tables};
    const Value* tables = before.find("tables");
    if (removal) out.tables = tables_of(tables);
    for (NftTable& table : tables_of(before.find("strays"))) out.tables.push_back(std::move(table));
    out.enable = stated_bool(before, "enabled", false) == removal;
    for (auto [name, digest] : {std::pair{"file", &out.file}, {"unit", &out.unit}}) {
      const Value* found = before.find(name);
      if (found != nullptr && !found->bytes().empty()) *digest = *found;
    }
    const bool update = change.action == Action::Update;
    out.keep_file = update && change.find("content") == nullptr;
    out.keep_live = update && change.find("loaded") == nullptr && change.find("strays") == nullptr;
    return nft_steps(out, removal);
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    const bool rules = change.find("loaded") != nullptr || change.find("strays") != nullptr;
    // A new table can only shut; but what translates addresses may lead somebody in.
    out.privileged = change.action == Action::Delete || (change.before && rules) ||
                     Stated(resource).seen.translates;
    if (!change.before || change.action == Action::Delete) return out;
    const Value* unit = change.before->find("unit");
    out.makes = stated_text(*change.before, "file").empty() && unit != nullptr && unit->is_null() &&
                stated_list(*change.before, "tables").empty();
    const std::vector<std::string> left = stated_list(*change.before, "left");
    if (!left.empty()) out.brings.push_back("leaves alone: " + join(left, ", "));
    return out;
  }

  std::optional<WayIn> way_in(const Resource& resource, const Change& change,
                              const Surroundings& surroundings) const override {
    const auto login = login_of(surroundings.answers, kLoginInterface);
    if (!login || change.action == Action::Delete) return std::nullopt;
    const Stated given(resource);
    const Value& answer = surroundings.answers.at(rules_query(resource, given));
    if (answer.is_null()) {
      return WayIn{.login = login->text(), .why = "nft isn't on the host yet"};
    }
    if (!answer.is_map() || stated_bool(answer.as_map(), "same", false)) return std::nullopt;
    const std::string listing = stated_text(answer.as_map(), "stated");
    return nft_way_in(stated_text(answer.as_map(), "json"), given.secret ? "" : listing, *login);
  }

  std::map<std::string, std::string> text_paths(const Resource& resource) const override {
    return {{"content", Stated(resource).subject.file()}};
  }

  Value text(const Resource& resource, std::string_view attribute) const override {
    if (attribute != "content" || stated(resource.desired, "content") == nullptr) return {};
    const Stated given(resource);
    return given.masked(given.file.text);
  }

 private:
  static std::vector<NftTable> tables_of(const Value* names) {
    std::vector<NftTable> out;
    if (names == nullptr || !names->is_list()) return out;
    for (const Value& name : names->as_list()) {
      if (auto table = nft_table(name.bytes())) out.push_back(std::move(*table));
    }
    return out;
  }

  static void check_keep(const Resource& resource, const NftSubject& subject,
                         std::vector<Error>& errors) {
    if (resource.get("keep") == nullptr) return;
    const std::string who = "nftables '" + printable(resource.name) + "'";
    if (subject.table) {
      errors.push_back(wrong(resource, "keep", Code::NftInvalid,
                             who + " takes no `keep`: it touches its own table only"));
    }
    for (const std::string& name : stated_list(resource.desired, "keep")) {
      if (nft_table(name)) continue;
      errors.push_back(wrong(resource, "keep", Code::NftInvalid,
                             who + ": '" + printable(name) + "' is no table",
                             "Its family and its name: `inet lab`."));
    }
  }
};

}  // namespace

std::unique_ptr<Kind> make_nftables_kind() { return std::make_unique<NftablesKind>(); }

}  // namespace holdfast
