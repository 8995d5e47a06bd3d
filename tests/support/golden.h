#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/source_dir.h"

namespace holdfast {

/// Compares a text with tests/golden/NAME, byte by byte. HOLDFAST_ACCEPT=1 writes the file instead:
/// look at the difference before you commit it.
inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = source_dir() + "/tests/golden/" + name;
  if (const char* accept = std::getenv("HOLDFAST_ACCEPT"); accept != nullptr && *accept == '1') {
    std::ofstream(path, std::ios::binary) << text;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file.good()) << path << " is missing; HOLDFAST_ACCEPT=1 writes it";
  std::ostringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(text, golden.str()) << path << " (HOLDFAST_ACCEPT=1 rewrites it)";
}

}  // namespace holdfast
