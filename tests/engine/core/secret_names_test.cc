#include "engine/core/secret_names.h"

#include <gtest/gtest.h>

#include "engine/core/kind.h"
#include "resources/registry.h"

namespace holdfast {
namespace {

TEST(SecretNames, AreToldFromOthers) {
  for (const char* name : {"password", "ansible_ssh_pass", "vault_sudo_pw", "DB_PASSWORD", "apiKey",
                           "api_key", "private-key", "registration_token", "pasword", "tokne"}) {
    EXPECT_TRUE(sounds_secret(name)) << name;
  }
  for (const char* name : {"user", "key", "authorized_key", "holdfast_host_key", "port", "compass",
                           "ansible_ssh_private_key_file", "passive", "server", "content", ""}) {
    EXPECT_FALSE(sounds_secret(name)) << name;
  }
  EXPECT_TRUE(speaks_of_secrets("# the token: x"));
  EXPECT_FALSE(speaks_of_secrets("# why"));
}

/// Each secret of a schema, and whether its name says so.
void expect_telling_names(const std::string& kind, const Attribute& attribute) {
  const auto secret = [](const Type& type) { return type.kind == TypeKind::Secret; };
  bool any = attribute.secret || secret(attribute.type);
  for (const Type& element : attribute.type.element) any = any || secret(element);
  EXPECT_TRUE(!any || sounds_secret(attribute.name)) << kind << ": " << attribute.name;
  for (const Attribute& field : attribute.type.fields) expect_telling_names(kind, field);
  for (const Type& element : attribute.type.element) {
    for (const Attribute& field : element.fields) expect_telling_names(kind, field);
  }
}

TEST(SecretNames, OfKindsSaySo) {
  const Registry registry = all_kinds();
  for (const Kind* kind : registry.kinds()) {
    for (const Attribute& attribute : kind->schema().attributes) {
      expect_telling_names(kind->schema().kind, attribute);
    }
  }
}

}  // namespace
}  // namespace holdfast
