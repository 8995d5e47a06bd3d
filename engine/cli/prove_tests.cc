#include "engine/cli/prove_tests.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/core/text.h"
#include "engine/manifest/program.h"

namespace holdfast {
namespace {

constexpr std::chrono::minutes kLimit{10};
constexpr const char* kTests = "tests.yml";

}  // namespace

ProofFolder::ProofFolder(const std::string& asked) : path_(asked), kept_(!asked.empty()) {
  std::error_code error;
  if (kept_) {
    std::filesystem::create_directories(path_, error);
    return;
  }
  std::string name = (std::filesystem::temp_directory_path(error) / "holdfast-XXXXXX").string();
  if (mkdtemp(name.data()) != nullptr) path_ = name;
}

ProofFolder::~ProofFolder() {
  std::error_code error;
  if (!kept_ && !path_.empty()) std::filesystem::remove_all(path_, error);
}

Result<void> ProofFolder::write(const std::string& name, const std::string& text) const {
  std::ofstream file(path_ + "/" + name, std::ios::binary);
  file << text;
  if (file.flush()) return {};
  return fail(Code::FileUnwritable, "can't write " + printable(path_ + "/" + name));
}

std::string duration_text(int seconds) {
  std::string out;
  if (seconds >= 60) out = std::to_string(seconds / 60) + "m";
  if (seconds < 60 || seconds % 60 > 0) out += std::to_string(seconds % 60) + "s";
  return out;
}

std::string series_text(const std::vector<ProofSeries>& series) {
  std::string out;
  for (const ProofSeries& one : series) {
    out += (out.empty() ? "" : ", ") + printable(one.text()) + " " + one.samples.words();
  }
  return out.empty() ? "there is no series at all" : out;
}

Result<void> PromtoolProof::look(const std::set<std::size_t>& alerts) {
  HF_CHECK(write_rules());
  for (const std::size_t alert : alerts) tried_[alert];
  HF_CHECK(search(alerts, Search::Quick));
  std::set<std::size_t> open;
  for (const auto& [alert, tried] : tried_) {
    // Without a metric there is nothing more to try.
    const bool more = !wiring_.ends.alerts[alert].reads.empty();
    if (more && (tried.fires.empty() || tried.quiet.empty())) open.insert(alert);
  }
  if (!open.empty()) HF_CHECK(search(open, Search::Thorough));
  for (const auto& [alert, tried] : tried_) shown_[alert] = best_of(tried);
  return {};
}

Result<void> PromtoolProof::search(const std::set<std::size_t>& alerts, Search how) {
  const std::vector<ProofTry> tries = proof_tries(wiring_, alerts, how);
  std::vector<ProofTest> tests;
  for (const ProofTry& made : tries) {
    const std::string fires = firing(wiring_.ends.alerts[made.alert]);
    tests.push_back({&made, fires, made.early, true});
    tests.push_back({&made, fires, made.late, true});
  }
  HF_TRY(const std::vector<bool> holds, judge(tests));
  for (std::size_t i = 0; i < tries.size(); ++i) {
    const bool early = holds[2 * i], late = holds[2 * i + 1];
    AlertProof& tried = tried_[tries[i].alert];
    if (early || late) {
      tried.fires.push_back({tries[i], early ? tries[i].early : tries[i].late});
    } else {
      tried.quiet.push_back(tries[i]);
    }
  }
  return {};
}

Result<void> PromtoolProof::write_rules() {
  for (const RuleFile& file : wiring_.ends.rules) {
    rule_files_.push_back("rules-" + std::to_string(rule_files_.size() + 1) + ".yml");
    HF_CHECK(folder_.write(rule_files_.back(), file.text));
  }
  return {};
}

Result<std::string> PromtoolProof::run(const std::vector<ProofTest>& tests) {
  HF_CHECK(folder_.write(kTests, proof_tests(tests, rule_files_)));
  // Wrong expectations are an answer here, not a failure. It makes a database for each test.
  const std::string line =
      std::string("exec 2>&1; command -v promtool >/dev/null || exit 3; ") +
      "[ -d /dev/shm ] && [ -w /dev/shm ] && export TMPDIR=/dev/shm; promtool test rules " +
      kTests + "; [ $? -le 1 ]";
  auto said = program_output({"sh", "-c", line}, folder_.path(), kLimit);
  if (!said) {
    return fail(Code::Usage, "promtool can't be run here: " + said.error().message,
                "it comes with Prometheus (on Debian: apt install prometheus)");
  }
  if (said->find("Unit Testing") == std::string::npos) {
    return fail(Code::Usage, "promtool refuses the rules: " + printable(said->substr(0, 400)));
  }
  return std::move(*said);
}

Result<std::vector<bool>> PromtoolProof::judge(const std::vector<ProofTest>& tests) {
  if (tests.empty()) return std::vector<bool>();
  HF_TRY(const std::string said, run(tests));
  const std::set<std::size_t> failed = failed_tests(said);
  if (failed.empty() && said.find("FAILED") != std::string::npos) {
    return fail(Code::Usage, "promtool refuses the tests: " + printable(said.substr(0, 400)));
  }
  std::vector<bool> out;
  for (std::size_t i = 0; i < tests.size(); ++i) out.push_back(failed.count(i) == 0);
  return out;
}

Result<void> PromtoolProof::keep() {
  std::vector<ProofTest> tests;
  for (const auto& [alert, proof] : shown_) {
    const std::string fires = firing(wiring_.ends.alerts[alert]);
    for (const FiringTry& one : proof.fires) {
      // Not before it may: that holds a rule's `for` down to the interval.
      const bool first = one.at == one.made.early && one.at > 0;
      if (first) tests.push_back({&one.made, fires, one.at - kProofInterval, false});
      tests.push_back({&one.made, fires, one.at, true});
    }
    for (const ProofTry& one : proof.quiet) tests.push_back({&one, fires, one.late, false});
  }
  HF_TRY(const std::vector<bool> holds, judge(tests));
  if (std::find(holds.begin(), holds.end(), false) == holds.end()) return {};
  return fail(Code::Internal, "tests that held fail");
}

}  // namespace holdfast
