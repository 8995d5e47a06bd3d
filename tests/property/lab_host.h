#pragma once

#include <string>
#include <vector>

namespace holdfast::property {

/// What a program came to.
struct Ended {
  int code = 0;
  std::string out;
  std::string err;
};

/// One host of the lab (HOLDFAST_LAB says which lab), and the program run against it in a folder of
/// its own.
class LabHost {
 public:
  /// @param program  holdfast. @param folder  holds hosts.yaml and given.sh; manifests are written
  /// there.
  LabHost(std::string lab, std::string name, std::string program, std::string folder);

  /// A script of root's on the host. @return its standard output; throws where it fails.
  std::string sh(const std::string& script) const;
  /// What the judge sees (tests/support/snapshot).
  std::string snapshot() const;
  /// As it was made, knowing the lab's packages, and with what given.sh gives it.
  void reset() const;
  void write_manifest(const std::string& text) const;
  Ended holdfast(std::vector<std::string> arguments) const;

 private:
  std::string lab_, name_, program_, folder_;
};

}  // namespace holdfast::property
