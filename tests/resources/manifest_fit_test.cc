#include <gtest/gtest.h>

#include "engine/manifest/common.h"
#include "resources/registry.h"

namespace holdfast {
namespace {

TEST(Kinds, NoMappingFitsTwoKinds) {
  const Registry kinds = all_kinds();
  for (const Kind* kind : kinds.kinds()) {
    const Schema& schema = kind->schema();
    EXPECT_TRUE(schema.kind != "block" && schema.kind != "use" && schema.kind != "kind");
    EXPECT_EQ(find_common(schema.kind), nullptr) << schema.kind;
    for (const Attribute& attribute : schema.attributes) {
      EXPECT_EQ(find_common(attribute.name), nullptr) << schema.kind << "." << attribute.name;
      EXPECT_NE(attribute.name, "kind") << schema.kind;
      EXPECT_NE(attribute.name, "name") << schema.kind;
      EXPECT_NE(attribute.name, schema.kind);
    }
  }
}

}  // namespace
}  // namespace holdfast
