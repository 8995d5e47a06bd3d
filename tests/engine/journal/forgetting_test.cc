#include "engine/journal/forgetting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

HostState record(const std::string& environment, const std::vector<std::string>& addresses) {
  HostState out;
  for (const std::string& address : addresses) {
    ObjectRecord& object = out.objects["id of " + address];
    object.address = address;
    object.owner = {"shop", environment, "site", "h1"};
  }
  return out;
}

TEST(Forgetting, ReleasesWhatIsOursAndNamed) {
  HostState mixed = record("staging", {"file /a", "file /b"});
  mixed.objects.merge(record("production", {"file /c"}).objects);
  EXPECT_THAT(released(mixed, {"shop", "staging"}), ElementsAre("id of file /a", "id of file /b"));
  EXPECT_THAT(released(mixed, {"shop", "staging", {"file /b", "file /c"}}),
              ElementsAre("id of file /b"));
  EXPECT_THAT(released(mixed, {"other", "staging"}), IsEmpty());
}

TEST(Forgetting, AnAddressThatNoRecordHasIsAnError) {
  const HostState ours = record("staging", {"file /etc/motd", "systemd_unit exporter.service"});
  const HostState theirs = record("production", {"file /c"});
  const Forgetting what{"shop",
                        "staging",
                        {"file /etc/motd", "/etc/motd", "systemd_unit exporter.servic", "file /c",
                         "user nobody-like-that"}};
  std::vector<std::string> told;
  for (const Error& error : unknown_addresses({ours, theirs}, what)) {
    told.push_back(error.message + " | " + error.hint);
  }
  EXPECT_THAT(told,
              ElementsAre("no record has '/etc/motd' as ours | did you mean 'file /etc/motd'?",
                          "no record has 'systemd_unit exporter.servic' as ours | did you "
                          "mean 'systemd_unit exporter.service'?",
                          "no record has 'file /c' as ours | it belongs to "
                          "shop/production/site on h1",
                          "no record has 'user nobody-like-that' as ours | "));
  EXPECT_THAT(unknown_addresses({ours, std::nullopt}, what), IsEmpty()) << "it may be there";
}

}  // namespace
}  // namespace holdfast
