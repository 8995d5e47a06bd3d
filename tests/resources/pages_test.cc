#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "engine/core/code.h"
#include "engine/core/text.h"
#include "engine/manifest/reference.h"
#include "resources/registry.h"
#include "tests/support/source_dir.h"

namespace holdfast {
namespace {

constexpr const char* kBegin =
    "<!-- Generated from the kind's schema; what stands below the second mark is written by hand. "
    "-->\n";
constexpr const char* kEnd = "<!-- End of the generated part. -->\n";

std::string read_page(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Compares a page with docs/NAME from its first byte on; HOLDFAST_ACCEPT=1 rewrites that part and
/// keeps what stands behind `end`.
void expect_page(const std::string& name, const std::string& generated, const std::string& end) {
  const std::string path = source_dir() + "/docs/" + name;
  std::string page = read_page(path);
  const std::size_t mark = end.empty() ? page.size() : page.find(end);
  ASSERT_NE(mark, std::string::npos) << path << " has lost the mark: " << end;
  const std::string by_hand = page.substr(mark);
  if (const char* accept = std::getenv("HOLDFAST_ACCEPT"); accept != nullptr && *accept == '1') {
    std::ofstream(path, std::ios::binary) << generated << by_hand;
    page = read_page(path);
  }
  EXPECT_EQ(page, generated + by_hand) << path << " (HOLDFAST_ACCEPT=1 rewrites it)";
}

TEST(Pages, ReferenceOfEveryKindIsWhatItsSchemaSays) {
  const Registry registry = all_kinds();
  for (const Kind* kind : registry.kinds()) {
    expect_page("resources/" + kind->schema().kind + ".md", kBegin + reference_page(*kind), kEnd);
  }
}

TEST(Pages, EveryKindIsExplainedByHandToo) {
  const Registry registry = all_kinds();
  for (const Kind* kind : registry.kinds()) {
    const std::string name = "docs/resources/" + kind->schema().kind + ".md";
    const std::string page = read_page(source_dir() + "/" + name);
    const std::size_t mark = page.find(kEnd);
    ASSERT_NE(mark, std::string::npos) << name;
    EXPECT_NE(page.find("```yaml\n", mark), std::string::npos) << name << " shows no example";
  }
}

TEST(Pages, IndexLinksEveryKind) {
  const std::string index = read_page(source_dir() + "/docs/reference.md");
  const Registry registry = all_kinds();
  for (const Kind* kind : registry.kinds()) {
    const std::string link = "(resources/" + kind->schema().kind + ".md)";
    EXPECT_NE(index.find(link), std::string::npos) << link;
  }
}

TEST(Pages, ErrorsAreWhatTheProgramSays) { expect_page("errors.md", all_codes_page(), ""); }

}  // namespace
}  // namespace holdfast
