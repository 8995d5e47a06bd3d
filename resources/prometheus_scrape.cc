#include <algorithm>

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "resources/path.h"
#include "resources/prometheus/ends.h"
#include "resources/prometheus/proof.h"
#include "resources/prometheus/scrape_job.h"
#include "resources/prometheus/server.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const std::vector<std::string> kList{"scrape_configs"};

Type target_type() {
  return Type::object(
      {{.name = "address",
        .doc = "Host and port, as Prometheus reaches it: `10.0.0.5:9101`.",
        .required = true},
       {.name = "labels", .type = Type::map_of({}), .doc = "Labels that all its series get."},
       {.name = "up",
        .type = {TypeKind::Bool},
        .doc = "Whether it must answer when the job is proved.",
        .default_value = true}});
}

Schema make_schema() {
  std::vector<Attribute> attributes{
      {.name = "targets",
       .type = Type::list_of(target_type()),
       .doc =
           "What is scraped. They lie in a file of their own, which Prometheus watches: a change "
           "of them alone needs no reload.",
       .required = true},
      {.name = "scrape_interval",
       .type = {TypeKind::Duration},
       .doc = "How often; else as the configuration's `global` says."},
      {.name = "scrape_timeout",
       .type = {TypeKind::Duration},
       .doc = "For how long a target may take to answer; not longer than the interval."},
      {.name = "metrics_path", .doc = "Else `/metrics`."},
      {.name = "scheme", .type = Type::one_of({"http", "https"}), .doc = "Else `http`."},
      {.name = "honor_labels",
       .type = {TypeKind::Bool},
       .doc = "Whether a label that the target itself gives wins over that of the target."},
      {.name = "settings",
       .type = Type::map_of({TypeKind::Any}),
       .doc = "Other keys of the job, as in Prometheus' own `scrape_config`: `params`, "
              "`relabel_configs`, `tls_config` … Passwords stand in files: `password_file`."},
      {.name = "file",
       .type = {TypeKind::Path},
       .doc = "The file of the targets. Not stated: /etc/prometheus/file_sd/NAME.yml, and that "
              "folder is made."}};
  for (Attribute& one : server_attributes(kPrometheus)) attributes.push_back(std::move(one));
  for (const auto& [name, doc] : {std::pair{"job", "The job as it stands in the configuration."},
                                  {"owner", "Owner of the file of the targets: root."},
                                  {"group", "Group of that file: root."},
                                  {"mode", "Permissions of that file: 0644."}}) {
    attributes.push_back({.name = name, .doc = doc, .computed = true});
  }
  return {
      .kind = "prometheus_scrape",
      .doc =
          "A scrape job of a Prometheus server: its entry in the configuration, its targets in a "
          "file of their own, and each of them seen up by the running server.",
      .name_doc = "The job's name.",
      .attributes = std::move(attributes),
      .scheduling = Scheduling::Batched,
      .examples = {"- prometheus_scrape: github-runner-health\n  scrape_interval: 15s\n  "
                   "scrape_timeout: 10s\n"
                   "  honor_labels: true\n  targets:\n    - address: 192.168.0.51:9101\n"
                   "      labels: {environment: staging, runner_role: primary}\n",
                   "- prometheus_scrape: probes\n  metrics_path: /probe\n  settings:\n"
                   "    params: {module: [http_2xx]}\n  targets:\n    - address: probe.local:9115\n"
                   "      up: false\n",
                   "- prometheus_scrape: old\n  ensure: absent\n"}};
}

const Schema& scrape_schema() {
  static const Schema kSchema = make_schema();
  return kSchema;
}

void add_given(const Resource& resource, State& out) {
  add_server(resource, kPrometheus, out);
  if (targets_file(resource) != usual_targets_file(resource))
    out.set("file", targets_file(resource));
}

class PrometheusScrapeKind final : public Kind, public Wired {
 public:
  const Schema& schema() const override { return scrape_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors = check_server(resource, Code::PrometheusScrapeInvalid);
    const auto refuse = [&](const char* attribute, const std::string& why, std::string hint = {}) {
      errors.push_back(wrong(resource, attribute, Code::PrometheusScrapeInvalid,
                             "prometheus_scrape '" + printable(resource.name) + "': " + why,
                             std::move(hint)));
    };
    if (trim(resource.name).empty() || has_control(resource.name)) refuse("", "not a job's name");
    if (resource.absent) return errors;
    const std::string path = stated_text(resource.desired, "metrics_path", "/");
    if (!starts_with(path, "/") || has_control(path)) {
      refuse("metrics_path", "'" + printable(path) + "' does not begin with '/'");
    }
    const std::string file = stated_text(resource.desired, "file", "/x.yml");
    const bool named = ends_with(file, ".yml") || ends_with(file, ".yaml");
    if (!named || file.find_first_of("*?[\\") != std::string::npos || has_control(file)) {
      refuse("file", "'" + printable(file) + "' is no file that Prometheus takes targets from",
             "its name ends in .yml");
    }
    check_times(resource, refuse);
    check_settings(resource, refuse);
    check_targets(resource, refuse);
    return errors;
  }

  std::string identity(const Resource& resource) const override {
    return "prometheus_scrape " + server_of(resource, kPrometheus).config + " " + resource.name;
  }

  void ends(const Resource& resource, Ends& ends) const override {
    add_scrape_ends(resource, ends);
  }

  Links links(const Resource& resource) const override {
    const MonitoringServer server = server_of(resource, kPrometheus);
    return {.provides = {"path:" + targets_file(resource)},
            .needs = {"path:" + parent_path(targets_file(resource)), "path:" + server.config,
                      "package:prometheus", "unit:" + server.unit}};
  }

  std::vector<Query> queries(const Resource& resource) const override {
    return {{"stat", targets_file(resource)},
            {"content", targets_file(resource)},
            {"content", server_of(resource, kPrometheus).config}};
  }

  State desired(const Resource& resource) const override {
    State out;
    const Value stated_all(resource.desired);
    if (const Unknown* cause = stated_all.find_unknown()) {
      out.set("targets", *cause);
      return out;
    }
    const ValueMap job = scrape_job(resource);
    out.set("job", job_form(job, job, false));
    out.set("targets", target_map(scrape_targets(resource.desired)));
    out.set("owner", "root");
    out.set("group", "root");
    out.set("mode", "0644");
    add_given(resource, out);
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const std::string path = targets_file(resource);
    const MonitoringServer server = server_of(resource, kPrometheus);
    const Value& stat = answers.at({"stat", path});
    const Value& targets = answers.at({"content", path});
    const Value& config = answers.at({"content", server.config});
    for (const Value* answer : {&stat, &targets, &config}) {
      if (answer->is_unknown()) {
        return unknown_state(desired(resource), answer->as_unknown().cause);
      }
    }
    State state;
    if (stat.is_map()) {
      HF_CHECK(add_own_file(resource, path, stat.as_map(), state));
      add_targets(content_text(targets), state);
    }
    const Value text = content_text(config);
    HF_TRY(const YamlListText list, config_list(resource, server.config, kList, text));
    for (const YamlListItem& item : list.items) {
      if (!item.value.is_map() || stated_text(item.value.as_map(), "job_name") != resource.name) {
        continue;
      }
      state.set("job", job_form(item.value.as_map(), scrape_job(resource), text.is_secret()));
      state.set("entry", item_bytes(item, text));
    }
    if (state.empty()) return std::nullopt;
    add_given(resource, state);
    return state;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    if (change.action == Action::None) return {};
    return change.action == Action::Delete ? removal(resource, *change.before)
                                           : update(resource, change);
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    const bool removes = change.action == Action::Delete && change.before->find("entry") != nullptr;
    if (removes || (change.action != Action::Delete && changes_job(change))) {
      out.brings.push_back("reloads " + printable(server_of(resource, kPrometheus).unit));
    }
    return out;
  }

 private:
  template <class Refuse>
  static void check_times(const Resource& resource, const Refuse& refuse) {
    const Value* interval = stated(resource.desired, "scrape_interval");
    const Value* timeout = stated(resource.desired, "scrape_timeout");
    const auto seconds = [](const Value* v) {
      return v != nullptr && v->is_float() ? v->as_float() : -1;
    };
    if (interval != nullptr && seconds(interval) == 0)
      refuse("scrape_interval", "an interval of nothing");
    if (interval != nullptr && timeout != nullptr && seconds(timeout) > seconds(interval)) {
      refuse("scrape_timeout", "it is longer than the interval, which Prometheus refuses");
    }
  }

  template <class Refuse>
  static void check_settings(const Resource& resource, const Refuse& refuse) {
    const Value* settings = stated(resource.desired, "settings");
    if (settings == nullptr || !settings->is_map()) return;
    if (settings->holds_secret()) {
      refuse("settings", "a secret would stand in the configuration, which others may read",
             "let Prometheus read it from a file: password_file, credentials_file");
    }
    for (const auto& [name, value] : settings->as_map()) {
      const auto own = std::find_if(std::begin(kScrapeKeys), std::end(kScrapeKeys),
                                    [n = name](const char* one) { return n == one; });
      if (own != std::end(kScrapeKeys)) {
        refuse("settings", "'" + printable(name) + "' has an attribute of its own",
               "write `" + std::string(*own) + ":`");
      } else if (name == "job_name" || name == "static_configs" || name == "file_sd_configs") {
        refuse("settings", "'" + printable(name) + "' follows from the name and the targets");
      }
    }
  }

  template <class Refuse>
  static void check_targets(const Resource& resource, const Refuse& refuse) {
    std::vector<std::string> seen;
    for (const ScrapeTarget& target : scrape_targets(resource.desired)) {
      const std::string shown = "'" + printable(target.address) + "'";
      const auto colon = target.address.rfind(':');
      const std::string port = colon == std::string::npos ? "" : target.address.substr(colon + 1);
      const bool number = !port.empty() && port.size() < 6 &&
                          port.find_first_not_of("0123456789") == std::string::npos &&
                          std::stoi(port) > 0 && std::stoi(port) < 65536;
      if (target.address.find('/') != std::string::npos) {
        refuse("targets", shown + " is more than a host and a port",
               "the scheme and the path have attributes of their own");
      } else if (!number || colon == 0 || has_control(target.address) ||
                 target.address.find(' ') != std::string::npos) {
        refuse("targets", shown + " is no host with a port", "such as 10.0.0.5:9101");
      }
      for (const auto& [name, value] : target.labels) {
        if (label_name(name) && name != "__name__") continue;
        refuse("targets", shown + ": '" + printable(name) + "' can't be the name of a label");
      }
      const std::string whole = target.address + sorted_labels(target.labels);
      if (std::find(seen.begin(), seen.end(), whole) != seen.end()) {
        refuse("targets", shown + " stands twice with the same labels");
      }
      seen.push_back(whole);
    }
  }

  static void add_targets(const Value& text, State& state) {
    state.set("content", std::string(kDigestPrefix) + sha256_hex(text.bytes()));
    const auto found = read_scrape_targets(text.bytes());
    state.set("targets", found ? target_map(*found) : Value("(Prometheus can't read the file)"));
  }

  static bool changes_job(const Change& change) {
    return !change.before || change.before->find("entry") == nullptr ||
           change.find("job") != nullptr;
  }
  static bool changes_file(const Change& change) {
    return !change.before || change.before->find("type") == nullptr ||
           std::any_of(change.attributes.begin(), change.attributes.end(), [](const auto& one) {
             return one.name == "targets" || one.name == "owner" || one.name == "group" ||
                    one.name == "mode";
           });
  }

  static Run edit(const Resource& resource, const Value* old, const std::string& item) {
    const MonitoringServer server = server_of(resource, kPrometheus);
    const char* verb = item.empty() ? "remove" : old == nullptr ? "add" : "change";
    return edit_list(
        {.file = server.config,
         .path = kList,
         .check = server.validate ? kCheckPrometheus : "",
         .old = old == nullptr ? Value() : *old,
         .item = item,
         .note = std::string(verb) + " job " + printable(resource.name) + " in " + server.config});
  }

  static std::vector<PhasedStep> removal(const Resource& resource, const State& before) {
    std::vector<PhasedStep> out;
    const Value* entry = before.find("entry");
    if (entry != nullptr) out.push_back({0, edit(resource, entry, "")});
    if (before.find("type") != nullptr) {
      out.push_back({1, Remove{targets_file(resource), expect_of(before)}});
    }
    add_end(resource, entry != nullptr, out);
    return out;
  }

  static std::vector<PhasedStep> update(const Resource& resource, const Change& change) {
    std::vector<PhasedStep> out;
    const std::string path = targets_file(resource);
    if (changes_file(change)) {
      const bool there = change.before && change.before->find("type") != nullptr;
      if (!there && path == usual_targets_file(resource)) {
        out.push_back({0, make_config_folder(parent_path(path))});
      }
      out.push_back({1, WriteFile{.path = path,
                                  .content = scrape_targets_text(resource),
                                  .owner = "root",
                                  .group = "root",
                                  .mode = "0644",
                                  .expect = there ? expect_of(change.before)
                                                  : Expect{.what = Expect::What::Absent}}});
    }
    const bool job = changes_job(change);
    if (job) {
      const Value* entry = change.before ? change.before->find("entry") : nullptr;
      out.push_back(
          {2, edit(resource, entry,
                   "# " + mark_of(resource) + "\n" + yaml_item(Value(scrape_job(resource))))});
    }
    add_end(resource, job, out);
    return out;
  }

  static void add_end(const Resource& resource, bool reloads, std::vector<PhasedStep>& out) {
    const MonitoringServer server = server_of(resource, kPrometheus);
    if (reloads) out.push_back({3, reload_server(server)});
    if (server.wait.count() == 0) return;
    PrometheusQuestion::Job job{.name = resource.name, .targets = {}};
    if (!resource.absent) {
      for (const ScrapeTarget& target : scrape_targets(resource.desired)) {
        job.targets.push_back({.address = target.address, .labels = {}, .up = target.up});
        for (const auto& [name, value] : target.labels) {
          job.targets.back().labels.emplace_back(name, value.display());
        }
      }
      job.since.push_back(targets_file(resource));
      if (reloads) job.since.push_back(server.config);
    }
    std::vector<std::string> read;
    if (reloads) read.push_back(server.config);
    out.push_back({4, prove_targets(server, std::move(job), std::move(read))});
  }
};

}  // namespace

std::unique_ptr<Kind> make_prometheus_scrape_kind() {
  return std::make_unique<PrometheusScrapeKind>();
}

}  // namespace holdfast
