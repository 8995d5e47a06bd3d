#include "engine/graph/host_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(HostOrder, KnowsWhatComesBeforeByWayOfOthers) {
  HostOrder order;
  EXPECT_TRUE(order.put_after("c", "b"));
  EXPECT_TRUE(order.put_after("d", "c"));
  EXPECT_TRUE(order.put_after("b", "a"));
  EXPECT_TRUE(order.put_after("d", "a")) << "it was so already";
  EXPECT_THAT(order.before("a"), IsEmpty());
  EXPECT_THAT(order.before("c"), ElementsAre("a", "b"));
  EXPECT_THAT(order.before("d"), ElementsAre("a", "b", "c"));
}

TEST(HostOrder, OfACircleWhatWasSaidFirstCounts) {
  HostOrder order;
  order.put_after("b", "a");
  order.put_after("c", "b");
  EXPECT_FALSE(order.put_after("a", "c"));
  EXPECT_FALSE(order.put_after("a", "a"));
  EXPECT_THAT(order.before("a"), IsEmpty());
  EXPECT_THAT(order.before("c"), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace holdfast
