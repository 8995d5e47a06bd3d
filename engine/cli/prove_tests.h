#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/wiring/proof.h"

namespace holdfast {

/// A folder for what promtool reads: one that was asked for, or one that is gone with this.
class ProofFolder {
 public:
  explicit ProofFolder(const std::string& asked);
  ProofFolder(const ProofFolder&) = delete;
  ProofFolder& operator=(const ProofFolder&) = delete;
  ~ProofFolder();

  Result<void> write(const std::string& name, const std::string& text) const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool kept_;
};

/// Lets promtool judge the rules of a run on this machine.
class PromtoolProof {
 public:
  PromtoolProof(const Wiring& wiring, const ProofFolder& folder)
      : wiring_(wiring), folder_(folder) {}

  /// Looks for tries in which these alerts fire, and in which they don't.
  /// @errors HF0002 promtool can't be run, or refuses the rules.
  Result<void> look(const std::set<std::size_t>& alerts);
  /// The best of it (best_of), of each alert that was looked for, by its index in the wiring.
  const std::map<std::size_t, AlertProof>& shown() const { return shown_; }
  /// Which of these are as expected.
  Result<std::vector<bool>> judge(const std::vector<ProofTest>& tests);
  /// Leaves in the folder the tests that show each alert both ways, and sees them hold.
  Result<void> keep();

 private:
  Result<void> search(const std::set<std::size_t>& alerts, Search how);
  Result<void> write_rules();
  Result<std::string> run(const std::vector<ProofTest>& tests);

  const Wiring& wiring_;
  const ProofFolder& folder_;
  std::vector<std::string> rule_files_{};
  std::map<std::size_t, AlertProof> tried_{}, shown_{};
};

/// "5m", "90s".
std::string duration_text(int seconds);
/// `up{job="j"} is 0, x_total{} grows by 60 each 30s`.
std::string series_text(const std::vector<ProofSeries>& series);

}  // namespace holdfast
