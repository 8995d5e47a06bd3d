#include "resources/github/runner_steps.h"

#include "engine/core/as_account.h"
#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "resources/github/runner_text.h"
#include "resources/stated.h"
#include "resources/unpack/origin.h"
#include "resources/unpack/programs.h"

namespace holdfast {

std::string_view enter_sh();
std::string_view github_files_sh();
std::string_view github_folder_sh();
std::string_view github_register_sh();
std::string_view github_registration_sh();
std::string_view github_service_sh();
std::string_view github_unregister_sh();
std::string_view github_worker_sh();

namespace {

constexpr const char* kListens = R"sh(
cd -- "$1/_diag" || exit 1
newest=$(ls -t Runner_*.log | head -n 1)
[ -n "$newest" ] && grep -q 'Listening for Jobs' -- "$newest")sh";

constexpr const char* kNotAgain =
    "its registration at GitHub is gone; the next apply makes another";

// Its input is what was kept; only root can read that.
constexpr const char* kWithKept = R"sh(exec "$@" <"$HF_CAPTURE")sh";
constexpr const char* kWithKeptWord = R"sh(word=$(cat -- "$HF_CAPTURE") || exit 1
last=$1
shift
exec "$@" "$word" "$last")sh";

Argv program(std::string_view text, const char* name, Argv arguments) {
  Argv out{"sh", "-c", std::string(text), name};
  out.insert(out.end(), arguments.begin(), arguments.end());
  return out;
}

/// One that knows whether a job works in the runner.
Argv minding_jobs(std::string_view text, const char* name, Argv arguments) {
  return program(std::string(github_worker_sh()) + std::string(text), name, std::move(arguments));
}

/// The same as root, where the runner's account may exchange things meanwhile.
Argv as_root(std::string_view text, const char* name, Argv arguments) {
  return minding_jobs(std::string(enter_sh()) + std::string(text), name, std::move(arguments));
}

class Steps {
 public:
  Steps(const Resource& resource, const Change& change)
      : resource_(resource),
        change_(change),
        wish_(runner_wish(resource)),
        environment_(runner_environment(resource)),
        acts_(wish_.acts()),
        called_(wish_.name) {}

  std::vector<PhasedStep> take() && { return std::move(out_); }

  void create() {
    claim();
    Run folder{
        .argv = as_root(github_folder_sh(), "runner-folder", {"make", wish_.directory, wish_.user}),
        .capture = program(github_folder_sh(), "runner-folder", {"state", wish_.directory}),
        .undo = as_root(github_folder_sh(), "runner-folder", {"unmake", wish_.directory}),
        .note = "make " + wish_.directory};
    add(std::move(folder));
    put();
    use();
    write_environment();
    begin();
  }

  void replace() {
    become_former();
    drain();
    stop();
    uninstall();
    if (known_) dismiss();
    become_wished();
    if (changed("version")) {
      put();
      use();
    }
    write_environment();
    claim();
    begin();
  }

  void remove() {
    if (stated(*change_.before, "version") == nullptr) return dismiss();
    become_former();
    drain();
    stop();
    uninstall();
    if (known_) dismiss();
    add(Remove{wish_.directory, {.what = Expect::What::Directory}});
  }

  void update() {
    if (wish_.one_job && stops_runner(change_)) return renew();
    const bool lost = changed("registered");
    const bool restart = stops_runner(change_);
    if (changed("version")) put();
    if (restart && !lost) drain();
    if (restart) stop();
    if (changed("version")) use();
    if (changed("environment_file")) write_environment();
    if (changed("service_settings") || changed("enabled")) settings();
    if (lost) {
      claim();
      enlist();
    }
    if (restart) {
      start();
      prove();
    }
    if (changed("group")) move();
    if (lost) give_labels();
    if (!lost) relabel();
  }

 private:
  /// It is registered, has its service, and works.
  void begin() {
    if (wish_.one_job) {
      install_for_one_job();
      start_for_one_job();
    } else {
      enlist();
      install();
      start();
    }
    prove();
    if (!wish_.one_job) give_labels();
  }

  /// A registration for one job is good for one start: whatever stops it makes another.
  void renew() {
    const std::string state = stated_text(*change_.before, "state");
    if (changed("version")) put();
    if (state == "running" || state == "offline") {
      drain();
      stop();
    }
    if (state != "done") dismiss();
    if (changed("version")) use();
    if (changed("environment_file")) write_environment();
    if (changed("service_settings")) settings();
    claim();
    start_for_one_job();
    prove();
  }

  /// What comes now is about the runner that is there.
  void become_former() {
    called_ = stated_text(*change_.before, "registered_as", wish_.name);
    const RunnerSeen seen{.name = called_,
                          .url = stated_text(*change_.before, "url"),
                          .one_job = stated_text(*change_.before, "mode") == "jit" ||
                                     stated_bool(*change_.before, "ephemeral", false)};
    const auto former = former_acts(resource_, seen);
    if (former) acts_ = *former;
    known_ = former || (same_runner_name(called_, wish_.name) && !changed("url"));
  }
  void become_wished() {
    acts_ = wish_.acts();
    called_ = wish_.name;
    known_ = true;
  }

  bool changed(std::string_view name) const { return change_.find(name) != nullptr; }
  void add(Step step) { out_.push_back({0, std::move(step)}); }
  void add(Run run) {
    run.rehearsal = NotRehearsed{"it works with GitHub and a running service"};
    out_.push_back({0, std::move(run)});
  }

  Argv as_user(const Argv& argv) const { return as_account(wish_.user, argv); }
  Argv files(Argv arguments) const {
    arguments.insert(arguments.begin() + 1, wish_.directory);
    return as_user(minding_jobs(github_files_sh(), "runner-files", std::move(arguments)));
  }
  Argv service(Argv arguments) const {
    arguments.insert(arguments.begin() + 1, wish_.directory);
    return as_root(github_service_sh(), "runner-service", std::move(arguments));
  }

  void call(std::string act, std::string note, std::variant<Irreversible, std::string> undo,
            std::string undo_note = {}, std::chrono::milliseconds limit = std::chrono::minutes(2)) {
    add(Call{.server = wish_.server,
             .act = std::move(act),
             .note = std::move(note),
             .undo = std::move(undo),
             .undo_note = std::move(undo_note),
             .limit = limit});
  }

  /// A program whose input is what was kept.
  static Argv with_kept(const char* name, const Argv& argv) {
    Argv out{"sh", "-c", kWithKept, name};
    out.insert(out.end(), argv.begin(), argv.end());
    return out;
  }

  void claim() {
    call(acts_.claim(), "claim the name " + called_ + " at GitHub", acts_.remove(),
         "remove runner " + called_ + " from GitHub");
  }

  void dismiss() {
    call(acts_.remove(), "remove runner " + called_ + " from GitHub", Irreversible{kNotAgain});
  }

  void put() {
    Origin origin{.sha256 = wish_.sha256};
    const bool fetched = wish_.archive.find("://") != std::string::npos;
    if (fetched) {
      origin.url = wish_.archive;
      if (!wish_.proxy.empty()) origin.proxy = wish_.proxy;
    } else {
      origin.path = wish_.archive;
    }
    Argv words{"put", wish_.directory, wish_.version};
    for (std::string& word : fetch_words(origin)) words.push_back(std::move(word));
    add(Run{.argv = as_user(minding_jobs(fetch_program() + std::string(github_files_sh()),
                                         "runner-files", std::move(words))),
            .input = fetch_input(origin),
            .undo = files({"discard", wish_.version}),
            .note = "unpack runner " + wish_.version});
  }

  void use() {
    Argv back{"sh", "-c", kWithKeptWord, "runner-back", wish_.version};
    for (std::string& word : files({"back"})) back.push_back(std::move(word));
    add(Run{.argv = files({"use", wish_.version}),
            .capture = files({"which"}),
            .undo = std::move(back),
            .note = "switch to runner " + wish_.version});
  }

  void write_environment() {
    if (environment_.is_null()) return;
    WriteFile write{.path = wish_.directory + "/.env",
                    .content = environment_,
                    .owner = wish_.user,
                    .mode = "0600"};
    add(std::move(write));
  }

  void enlist() {
    Argv words{wish_.directory, "--url", wish_.url, "--name", wish_.name, "--work", wish_.work};
    const auto flag = [&](bool on, const char* name) {
      if (on) words.emplace_back(name);
    };
    if (!wish_.labels.empty()) {
      words.emplace_back("--labels");
      words.push_back(join(wish_.labels, ","));
    }
    if (!wish_.group.empty()) {
      words.emplace_back("--runnergroup");
      words.push_back(wish_.group);
    }
    flag(!wish_.default_labels, "--no-default-labels");
    flag(wish_.ephemeral, "--ephemeral");
    flag(wish_.disable_update, "--disableupdate");
    add(Run{
        .argv = as_user(program(github_register_sh(), "runner-register", std::move(words))),
        .issued = Issued{wish_.server, acts_.registration()},
        .capture =
            as_user(program(github_registration_sh(), "runner-registration", {wish_.directory})),
        .undo = with_kept(
            "runner-unregister",
            as_user(minding_jobs(github_unregister_sh(), "runner-unregister", {wish_.directory}))),
        .secret = true,
        .note = "register " + called_ + " at " + wish_.url});
  }

  void install() {
    Run run{.argv = service({"install", wish_.user}),
            .input = runner_settings(resource_),
            .capture = service({"save"}),
            .undo = service({"put_back_idle"}),
            .undo_stops = unit_after(),
            .note = "make the service of " + called_};
    add(std::move(run));
  }

  void install_for_one_job() {
    const std::string unit = one_job_unit(wish_.name);
    add(Run{.argv = service({"install_for_one_job", wish_.user, unit}),
            .input = runner_settings(resource_),
            .capture = service({"save", unit}),
            .undo = service({"put_back_idle"}),
            .undo_stops = unit_after(),
            .note = "make the service of " + called_});
  }

  void start_for_one_job() {
    add(Run{.argv = service({"start_for_one_job"}),
            .issued = Issued{wish_.server,
                             acts_.for_one_job(wish_.all_labels(), wish_.group, wish_.work)},
            .limit = limit_of_start(),
            .undo = stop_idle(),
            .undo_stops = unit_after(),
            .note = "register " + called_ + " for one job and start it"});
  }

  void settings() {
    add(Run{.argv = service({wish_.one_job ? "settings" : "enable"}),
            .input = runner_settings(resource_),
            .capture = service({"show_settings"}),
            .undo = with_kept("runner-settings", service({"settings"})),
            .note = "set up the service of " + called_});
  }

  void uninstall() {
    add(Run{.argv = service({"uninstall"}),
            .capture = service({"save"}),
            .undo = service({"restore"}),
            .stops = unit_before(),
            .note = "remove the service of " + called_});
  }

  void start() {
    add(Run{.argv = service({"start"}),
            .limit = limit_of_start(),
            .undo = stop_idle(),
            .undo_stops = unit_after(),
            .note = "start " + called_});
  }

  /// The unit that was seen. It counts as stopped, not as restarted: a run that is its job can't
  /// leave that for later, since what comes before waits for the job, and what comes after is done
  /// at GitHub.
  Argv unit_before() const {
    const std::string unit = stated_text(*change_.before, "unit");
    return unit.empty() ? Argv{} : Argv{unit};
  }

  /// The unit that is there afterwards, as far as that can be known beforehand.
  Argv unit_after() const {
    if (change_.action == Action::Update && !unit_before().empty()) return unit_before();
    const std::string unit = wish_.unit();
    return unit.empty() ? Argv{} : Argv{unit};
  }

  /// The way back of a start waits for its job, as a stop does.
  Argv stop_idle() const {
    if (wish_.stop_when_busy) return service({"stop"});
    const auto quiet = std::chrono::ceil<std::chrono::seconds>(wish_.idle_for);
    return service({"stop_idle", std::to_string(quiet.count())});
  }
  std::chrono::milliseconds limit_of_start() const {
    return std::chrono::minutes(10) +
           (wish_.stop_when_busy ? std::chrono::milliseconds(0) : wish_.drain_timeout);
  }

  void stop() {
    Run run{.argv = service({"stop"}),
            .limit = std::chrono::minutes(10),
            .undo = service({"start"}),
            .undo_order = Run::UndoOrder::Inverse,
            .stops = unit_before(),
            .note = "stop " + called_};
    if (stated_text(*change_.before, "mode") == "jit") run.undo = Irreversible{kNotAgain};
    add(std::move(run));
  }

  /// Labels that GitHub lists for it before the change.
  std::vector<std::string> labels_before() const {
    return change_.before ? stated_list(*change_.before, "github_labels")
                          : std::vector<std::string>{};
  }

  /// Labels of routes that it has: it is to get them back where they were taken off.
  std::vector<std::string> routes_before() const {
    return change_.before ? stated_list(*change_.before, "github_routes")
                          : std::vector<std::string>{};
  }

  void set_labels(const std::vector<std::string>& labels, const std::vector<std::string>& are,
                  const std::string& note, const RouteLabels& routes = {},
                  const RouteLabels& undo_routes = {}) {
    call(acts_.set_labels(labels, are, routes), note, acts_.set_labels(are, labels, undo_routes),
         "give runner " + called_ + " its labels again: " + join(are, ", "));
  }

  /// Takes what jobs are sent by off, and waits until none is on its way or at work.
  void drain() {
    if (!known_) return wait_for_worker();
    const Value* registered = stated(*change_.before, "registered");
    if (registered == nullptr || !registered->is_bool() || !registered->as_bool()) return;
    // A service that doesn't run gets no job; what it left at work may have one.
    if (stated_text(*change_.before, "state") == "stopped") return wait_for_worker();
    if (!labels_before().empty() || !routes_before().empty()) {
      set_labels({}, labels_before(), "take the labels of " + called_ + " off", {.off = true},
                 {.back = routes_before()});
      drained_ = true;
    }
    call(acts_.wait_idle(wish_.idle_for, wish_.drain_timeout, wish_.stop_when_busy),
         "wait until " + called_ + " has no job", Irreversible{""}, {},
         wish_.drain_timeout + std::chrono::minutes(2));
    wait_for_worker();
  }

  void wait_for_worker() {
    if (wish_.stop_when_busy) return;
    add(Probe{.ask = Probe::Command{.argv = minding_jobs("is_free \"$1\"", "runner-worker",
                                                         {wish_.directory})},
              .retry = {.total = wish_.drain_timeout}});
  }

  void prove() {
    call(acts_.wait_online(), "see " + called_ + " online at GitHub", Irreversible{""});
    if (wish_.one_job || wish_.ephemeral) return;  // it may have had its job already
    add(Probe{.ask = Probe::Command{.argv = as_user(
                                        program(kListens, "runner-listens", {wish_.directory}))},
              .retry = {.total = std::chrono::minutes(1)}});
  }

  void move() {
    const std::string before = stated_text(*change_.before, "group");
    call(acts_.move_to_group(wish_.group), "move " + called_ + " to " + wish_.group,
         acts_.move_to_group(before), "move runner " + called_ + " back to " + before);
  }

  /// Of a new registration: what doesn't come with it. On the way back no job is sent to it any
  /// more.
  void give_labels() {
    const std::vector<std::string> come =
        wish_.labels_stated ? normal_labels(wish_.labels) : std::vector<std::string>{};
    const std::vector<std::string> labels = wish_.labels_stated ? wish_.labels : labels_before();
    if (labels.empty() && routes_before().empty()) return;
    call(acts_.set_labels(labels, come, {.back = routes_before()}),
         "set the labels of " + called_ + ": " + join(labels, ", "),
         acts_.set_labels({}, normal_labels(labels), {.off = true}),
         "take the labels of " + called_ + " off");
  }

  void relabel() {
    const std::vector<std::string> are = drained_ ? std::vector<std::string>{} : labels_before();
    std::vector<std::string> wanted = drained_ ? labels_before() : are;
    if (changed("labels")) wanted = wish_.labels;
    const bool routes = drained_ && !routes_before().empty();
    if (normal_labels(wanted) == are && !routes) return;
    set_labels(wanted, are, "set the labels of " + called_ + ": " + join(wanted, ", "),
               {.back = routes ? routes_before() : std::vector<std::string>{}}, {.off = drained_});
  }

  const Resource& resource_;
  const Change& change_;
  const RunnerWish wish_;
  const Value environment_;
  GithubRunnerActs acts_;  ///< Of the runner that a step is about,
  std::string called_;     ///< and its name.
  bool known_ = true;      ///< Its server is one that is asked.
  std::vector<PhasedStep> out_;
  bool drained_ = false;  ///< Its labels are off.
};

}  // namespace

bool stops_runner(const Change& change) {
  for (const char* name :
       {"version", "environment_file", "service_settings", "registered", "state"}) {
    if (change.find(name) != nullptr) return true;
  }
  return false;
}

std::vector<PhasedStep> runner_steps(const Resource& resource, const Change& change) {
  Steps steps(resource, change);
  if (change.action == Action::Create) steps.create();
  if (change.action == Action::Update) steps.update();
  if (change.action == Action::Replace) steps.replace();
  if (change.action == Action::Delete) steps.remove();
  return std::move(steps).take();
}

}  // namespace holdfast
