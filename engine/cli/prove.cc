#include "engine/cli/prove.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include "engine/cli/output.h"
#include "engine/cli/session.h"
#include "engine/core/text.h"
#include "engine/manifest/program.h"
#include "engine/report/exit_code.h"
#include "engine/wiring/proof.h"
#include "engine/wiring/wiring.h"

namespace holdfast {
namespace {

constexpr std::chrono::minutes kLimit{10};
constexpr const char* kTests = "tests.yml";

/// Where the tests lie: a folder that was asked for, or one that is gone with this.
class ProofFolder {
 public:
  explicit ProofFolder(const std::string& asked) : path_(asked), kept_(!asked.empty()) {
    std::error_code error;
    if (kept_) {
      std::filesystem::create_directories(path_, error);
      return;
    }
    std::string name = (std::filesystem::temp_directory_path(error) / "holdfast-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ProofFolder(const ProofFolder&) = delete;
  ProofFolder& operator=(const ProofFolder&) = delete;
  ~ProofFolder() {
    std::error_code error;
    if (!kept_ && !path_.empty()) std::filesystem::remove_all(path_, error);
  }

  Result<void> write(const std::string& name, const std::string& text) const {
    std::ofstream file(path_ + "/" + name, std::ios::binary);
    file << text;
    if (file.flush()) return {};
    return fail(Code::FileUnwritable, "can't write " + printable(path_ + "/" + name));
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool kept_;
};

/// What promtool says of the tests in a folder.
Result<std::string> judged(const ProofFolder& folder) {
  // Wrong expectations are an answer here, not a failure.
  const std::string line = std::string("exec 2>&1; command -v promtool >/dev/null || exit 3; ") +
                           "promtool test rules " + kTests + "; [ $? -le 1 ]";
  auto said = program_output({"sh", "-c", line}, folder.path(), kLimit);
  if (said) return std::move(*said);
  return fail(Code::Usage, "promtool can't be run here: " + said.error().message,
              "it comes with Prometheus (on Debian: apt install prometheus)");
}

std::string duration_text(int seconds) {
  return seconds % 60 == 0 ? std::to_string(seconds / 60) + "m" : std::to_string(seconds) + "s";
}

/// "up{job="j"} is 0", "x_total{} grows by 60 each 30s".
std::string series_text(const ProofTry& made) {
  std::string out;
  for (const auto& [series, values] : made.series) {
    const std::size_t times = values.rfind('x');
    const std::string value = values.substr(0, times);
    out += out.empty() ? "" : ", ";
    out += printable(series) +
           (starts_with(value, "0+")
                ? " grows by " + value.substr(2) + " each " + std::to_string(kProofInterval) + "s"
                : " is " + value);
  }
  return out.empty() ? "there is no series at all" : out;
}

/// Of one alert, a try in which it fires and one in which it doesn't.
struct Shown {
  std::optional<std::size_t> fires, quiet;
};

std::map<std::size_t, Shown> shown_by(const std::vector<ProofTry>& tries,
                                      const std::set<std::size_t>& failed) {
  std::map<std::size_t, Shown> out;
  for (std::size_t i = 0; i < tries.size(); ++i) {
    Shown& shown = out[tries[i].alert];
    std::optional<std::size_t>& one = failed.count(i) == 0 ? shown.fires : shown.quiet;
    // That it is quiet where there is nothing says little.
    const bool better = !one || (tries[*one].series.empty() && !tries[i].series.empty());
    if (better) one = i;
  }
  return out;
}

class Prover {
 public:
  Prover(const Wiring& wiring, ProofFolder& folder) : wiring_(wiring), folder_(folder) {}

  /// False: some alert isn't shown both ways.
  Result<bool> run() {
    std::vector<std::string> files;
    for (const RuleFile& file : wiring_.ends.rules) {
      files.push_back("rules-" + std::to_string(files.size() + 1) + ".yml");
      HF_CHECK(folder_.write(files.back(), file.text));
    }
    const std::vector<ProofTry> tries = proof_tries(wiring_);
    HF_CHECK(folder_.write(
        kTests, proof_tests(wiring_, tries, std::vector<bool>(tries.size(), true), files)));
    HF_TRY(const std::string said, judged(folder_));
    if (said.find("Unit Testing") == std::string::npos) {
      return fail(Code::Usage, "promtool refuses the rules: " + printable(said.substr(0, 400)));
    }
    const auto shown = shown_by(tries, failed_tries(said));
    return keep(tries, shown, files);
  }

 private:
  /// Leaves the tests that hold, and says what they show.
  Result<bool> keep(const std::vector<ProofTry>& tries, const std::map<std::size_t, Shown>& shown,
                    const std::vector<std::string>& files) {
    std::vector<ProofTry> kept;
    std::vector<bool> fires;
    bool all = true;
    for (std::size_t alert = 0; alert < wiring_.ends.alerts.size(); ++alert) {
      const auto found = shown.find(alert);
      const Shown how = found == shown.end() ? Shown{} : found->second;
      all = all && how.fires && how.quiet;
      say(text(alert, how, tries));
      if (how.fires) kept.push_back(tries[*how.fires]), fires.push_back(true);
      if (how.quiet) kept.push_back(tries[*how.quiet]), fires.push_back(false);
    }
    HF_CHECK(folder_.write(kTests, proof_tests(wiring_, kept, fires, files)));
    HF_TRY(const std::string said, judged(folder_));
    if (!failed_tries(said).empty()) {
      return fail(Code::Internal, "tests that held fail: " + printable(said.substr(0, 400)));
    }
    return all;
  }

  std::string text(std::size_t index, const Shown& how, const std::vector<ProofTry>& tries) const {
    const Alert& alert = wiring_.ends.alerts[index];
    std::string out = "alert " + printable(alert.name) + "  " + alert.place().text() + "\n";
    out += how.fires ? "  fires within " + duration_text(tries[*how.fires].seconds) + " while " +
                           series_text(tries[*how.fires]) + "\n"
                     : "  not seen to fire, whatever its series were\n";
    out += how.quiet ? "  is quiet while " + series_text(tries[*how.quiet]) + "\n"
                     : "  fires always, whatever its series were\n";
    return out;
  }

  const Wiring& wiring_;
  ProofFolder& folder_;
};

}  // namespace

int prove_command(const Options& options, const Registry& registry) {
  Diagnostics diagnostics;
  Session session(options, registry);
  const auto catalog = session.validate(diagnostics);
  bool all = true;
  if (catalog) {
    const Wiring wiring = wiring_of(catalog->declarations, session.inventory(), registry);
    if (wiring.ends.alerts.empty()) {
      diagnostics.error({.code = Code::Usage, .message = "the manifests state no alert"});
    } else {
      ProofFolder folder(options.out);
      auto shown = Prover(wiring, folder).run();
      if (shown) all = *shown;
      if (!shown) diagnostics.error(std::move(shown.error()));
    }
  }
  complain(options, diagnostics);
  return static_cast<int>(diagnostics.failed() || !all ? Exit::Failed : Exit::Done);
}

}  // namespace holdfast
