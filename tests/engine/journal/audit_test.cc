#include "engine/journal/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/text.h"

namespace holdfast {
namespace {

RunMeta sample_meta() {
  RunMeta meta;
  meta.id = "20261123T194000123Z-1f2e3d4c";
  meta.user = "ann";
  meta.from = "vm";
  meta.key = "SHA256:abc";
  meta.ci = "paws360/app run 12 @0f1e";
  meta.digest = "d1";
  meta.project = "runners";
  meta.environment = "production";
  meta.changes = {"create file /etc/a"};
  return meta;
}

TEST(Audit, SaysWhoBeginsWhatAndWhy) {
  EXPECT_EQ(audit_text(sample_meta()),
            "run 20261123T194000123Z-1f2e3d4c begins: apply of runners/production by ann from vm, "
            "key SHA256:abc, CI paws360/app run 12 @0f1e, plan d1, 1 change\n"
            "HOLDFAST_RUN=20261123T194000123Z-1f2e3d4c\nHOLDFAST_COMMAND=apply\n"
            "HOLDFAST_USER=ann\nHOLDFAST_FROM=vm\nHOLDFAST_KEY=SHA256:abc\n"
            "HOLDFAST_CI=paws360/app run 12 @0f1e\nHOLDFAST_PROJECT=runners\nHOLDFAST_PLAN=d1\n"
            "HOLDFAST_ENVIRONMENT=production\n");
}

TEST(Audit, SaysWhatARollbackTakesBack) {
  RunMeta meta = sample_meta();
  meta.command = "rollback";
  meta.of = "r0";
  EXPECT_THAT(audit_text(meta), testing::HasSubstr("begins: rollback of run r0 of runners"));
}

TEST(Audit, NoValueMakesALineOfItsOwn) {
  RunMeta meta = sample_meta();
  meta.ci = "x\nMESSAGE=forged\r\x1b[2J\xe2\x80\xae" + std::string(10000, 'y');
  const std::string text = audit_text(meta);
  EXPECT_EQ(lines(text).size(), lines(audit_text(sample_meta())).size());
  EXPECT_THAT(text, testing::HasSubstr("x\\nMESSAGE=forged\\r\\x1b[2J\\u202eyyy"));
  EXPECT_LT(text.size(), 1500U);
}

TEST(Audit, SaysWhoEndsARun) {
  RunMeta other = sample_meta();
  other.command = "rollback";
  EXPECT_EQ(ended_by(other, true).words,
            "run 20261123T194000123Z-1f2e3d4c: rollback of ann from vm");
  EXPECT_EQ(ended_by(other, false).by, "controller");
}

}  // namespace
}  // namespace holdfast
