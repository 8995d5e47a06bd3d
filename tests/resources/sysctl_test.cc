#include <gtest/gtest.h>

#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_sysctl_kind();

namespace {

constexpr const char* kSysctlFile = "/etc/sysctl.d/60-holdfast-kernel.panic.conf";
constexpr const char* kOn = "# Written by holdfast.\nkernel.panic = 1\n";
const Query kLive{"sysctl", "kernel/panic"};
const Query kSysctlStat{"stat", kSysctlFile};
const Query kSysctlDigest{"digest", kSysctlFile};

Value live(const char* value, Value writable = true) {
  ValueMap out;
  out.set("value", value);
  out.set("writable", std::move(writable));
  return out;
}

class SysctlPlan : public testing::TestWithParam<KindCase> {};

TEST_P(SysctlPlan, ChangesOnlyWhatDiffersAndCanGoBack) {
  const auto kind = make_sysctl_kind();
  const KindCase& c = GetParam();
  expect_case(*kind, resource_for(*kind, "kernel.panic", c.desired, c.absent), c);
}

constexpr const char* kPutBack = "put-sysctl-back kernel/panic kernel.panic 1 0\n";

const State kWanted = state({{"value", " 1 "}});

INSTANTIATE_TEST_SUITE_P(
    Table, SysctlPlan,
    testing::Values(KindCase{"Converged",
                             kWanted,
                             {{kLive, live("1")},
                              {kSysctlStat, stat_answer("file")},
                              {kSysctlDigest, digest_answer(kOn)}},
                             ""},
                    KindCase{"Both",
                             kWanted,
                             {{kLive, live("0")}, {kSysctlStat, {}}, {kSysctlDigest, {}}},
                             "write /etc/sysctl.d/60-holdfast-kernel.panic.conf root:root 0644 "
                             "'# Written by holdfast.\\nkernel.panic = 1\\n' if absent\n"
                             "1 sysctl -q -w 'kernel.panic=1'\n",
                             kPutBack,
                             "value 0 -> 1, stored is not set"},
                    KindCase{"LiveOnly",
                             kWanted,
                             {{kLive, live("0")},
                              {kSysctlStat, stat_answer("file")},
                              {kSysctlDigest, digest_answer(kOn)}},
                             "1 sysctl -q -w 'kernel.panic=1'\n",
                             kPutBack,
                             "value 0 -> 1"},
                    KindCase{"FileOnly",
                             kWanted,
                             {{kLive, live("1", false)},
                              {kSysctlStat, stat_answer("file")},
                              {kSysctlDigest, digest_answer("old")}},
                             "write /etc/sysctl.d/60-holdfast-kernel.panic.conf root:root 0644 "
                             "'# Written by holdfast.\\nkernel.panic = 1\\n' if file cba0\n",
                             "",
                             "stored differs"},
                    KindCase{"Removed",
                             {},
                             {{kLive, live("1")},
                              {kSysctlStat, stat_answer("file")},
                              {kSysctlDigest, digest_answer(kOn)}},
                             "remove /etc/sysctl.d/60-holdfast-kernel.panic.conf if file 093f\n",
                             "",
                             "ensure: absent",
                             true},
                    KindCase{"Gone",
                             {},
                             {{kLive, live("1")}, {kSysctlStat, {}}, {kSysctlDigest, {}}},
                             "",
                             "",
                             "",
                             true}),
    [](const auto& p) { return p.param.name; });

TEST(Sysctl, ForwardingTakesTheInterfacesAlongAndBack) {
  const auto kind = make_sysctl_kind();
  const Resource resource = resource_for(*kind, "net.ipv4.ip_forward", kWanted, false);
  Change change{.action = Action::Update, .attributes = {{"value", "0", "1"}}};
  EXPECT_EQ(kind->effects(resource, change).brings,
            std::vector<std::string>{"the kernel sets the same for every interface"});
  const auto steps = kind->steps(resource, change);
  const auto& run = std::get<holdfast::Run>(steps.at(0).step);
  EXPECT_NE(run.capture.back().find("/proc/sys/net/ipv4/conf/*/forwarding"), std::string::npos);
  EXPECT_EQ(back_text(steps), "put-sysctl-back net/ipv4/ip_forward net.ipv4.ip_forward 1 0\n");
}

TEST(Sysctl, SaysBeforehandWhereItCantBeChanged) {
  const auto kind = make_sysctl_kind();
  Answers answers;
  answers.set(kLive, live("0", false));
  answers.set(kSysctlStat, {});
  answers.set(kSysctlDigest, {});
  const auto read = kind->read(resource_for(*kind, "kernel.panic", kWanted), answers);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::SysctlReadOnly);
}

TEST(Sysctl, AValueThatCantBeReadIsUnknown) {
  const auto kind = make_sysctl_kind();
  Answers answers;
  answers.set(kLive, live("0"));
  answers.set(kSysctlStat, Unknown{"needs root"});
  answers.set(kSysctlDigest, Unknown{"needs root"});
  const auto read = kind->read(resource_for(*kind, "kernel.panic", kWanted), answers);
  ASSERT_TRUE(read);
  EXPECT_TRUE((*read)->find("stored")->is_unknown());
}

TEST(Sysctl, OneSettingHasOneIdentity) {
  const auto kind = make_sysctl_kind();
  const auto identity = [&](const char* name) {
    return kind->identity(resource_for(*kind, name, kWanted));
  };
  EXPECT_EQ(identity("net.ipv4.ip_forward"), identity("net/ipv4/ip_forward"));
  EXPECT_EQ(identity("net.ipv4.conf.eth0/100.forwarding"),
            identity("net/ipv4/conf/eth0.100/forwarding"));
}

TEST(Sysctl, RefusesWhatIsNoName) {
  const auto kind = make_sysctl_kind();
  for (const char* name : {"", "net", "../../etc/shadow", "net.//.x", "net..x", "a/../b", "a b.c",
                           "-a.b", "net.x\n", "a=b.c"}) {
    EXPECT_NE(check_text(*kind, resource_for(*kind, name, kWanted)), "") << name;
  }
  EXPECT_NE(check_text(*kind, resource_for(*kind, "a.b", state({{"value", "1\n2"}}))), "");
  EXPECT_NE(check_text(*kind, resource_for(*kind, "a.b", state({{"value", " "}}))), "");
}

}  // namespace
}  // namespace holdfast
