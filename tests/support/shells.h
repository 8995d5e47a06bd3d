#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace holdfast {

/// The shells of hosts that are here, too.
inline std::vector<const char*> shells() {
  std::vector<const char*> out{"sh"};
  if (access("/bin/busybox", X_OK) == 0) out.push_back("busybox sh");
  return out;
}

/// "sh", "busybox": of a test that runs in each.
inline std::string shell_name(const testing::TestParamInfo<const char*>& shell) {
  return std::string(shell.param).substr(0, std::string(shell.param).find(' '));
}

}  // namespace holdfast
