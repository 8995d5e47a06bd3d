#include "engine/transport/proxy_command.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

struct WayCase {
  const char* command;
  const char* way;  ///< "HOST PORT USER BEFORE", as far as they are said; "" : none is known.
};
class ProxyCommandTable : public testing::TestWithParam<WayCase> {};

TEST_P(ProxyCommandTable, NamesTheHostOnTheWay) {
  std::string said;
  if (const auto way = way_of_proxy_command(GetParam().command)) {
    said = way->hop.host + " " + std::to_string(way->hop.port.value_or(0)) + " " +
           way->hop.user.value_or("-") + " " + way->before.value_or("");
  }
  EXPECT_EQ(said, GetParam().way);
}

INSTANTIATE_TEST_SUITE_P(
    Ways, ProxyCommandTable,
    testing::Values(WayCase{"ssh -W 10.0.0.5:22 jump", "jump 0 - "},
                    WayCase{"ssh -W 10.0.0.5:22 -q deploy@jump", "jump 0 deploy "},
                    WayCase{"exec /usr/bin/ssh -qW10.0.0.5:22 -p 2222 jump", "jump 2222 - "},
                    WayCase{"ssh -o \"IdentityFile=/k\" -J first -i '/key' jump nc 10.0.0.5 22",
                            "jump 0 - first"},
                    WayCase{"ssh -p2200 admin@10.0.0.1 -W 10.0.0.5:22", "10.0.0.1 2200 admin "},
                    WayCase{"nc -X 5 -x proxy:1080 10.0.0.5 22", ""},
                    WayCase{"ssh $(cat jump) nc 10.0.0.5 22", ""},
                    WayCase{"ssh -W 10.0.0.5:22", ""}, WayCase{"ssh -p", ""}, WayCase{"", ""}));

}  // namespace
}  // namespace holdfast
