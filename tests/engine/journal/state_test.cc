#include "engine/journal/state.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

HostState sample_state() {
  HostState state{.machine = "m1", .objects = {}};
  ObjectRecord object{.kind = "file",
                      .name = "/etc/a",
                      .address = "x/file /etc/a",
                      .owner = {"p", "staging", "site", "h1"}};
  object.created = true;
  object.attributes.set("mode", "0644");
  object.attributes.set("list", ValueList{1, "two", true});
  object.started_with = "d";
  object.after = {"directory /etc"};
  state.objects["file /etc/a"] = object;
  return state;
}

TEST(State, ComesBackAsItWasWritten) {
  const auto read = parse_state(state_json(sample_state()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(state_json(*read), state_json(sample_state()));
  EXPECT_EQ(read->objects.at("file /etc/a").owner.text(), "p/staging/site on h1");
  EXPECT_TRUE(read->objects.at("file /etc/a").created);
}

TEST(State, RefusesWhatItCannotRead) {
  EXPECT_EQ(parse_state("{\"format\": 2}").error().code, Code::RecordTooNew);
  EXPECT_EQ(parse_state("{\"format\": 1").error().code, Code::RecordUnreadable);
  EXPECT_EQ(parse_state("[]").error().code, Code::RecordUnreadable);
}

TEST(State, SecretsGoInOnlyAsKeyedDigests) {
  const Value kept = recorded(Secret("hunter2"), false, "key");
  EXPECT_EQ(kept.as_text().substr(0, 5), "hmac:");
  EXPECT_EQ(kept, recorded("hunter2", true, "key"));
  EXPECT_FALSE(kept == recorded("hunter2", true, "another host's key"));
  EXPECT_EQ(recorded("plain", false, "key"), Value("plain"));
}

TEST(State, OfAnImageIsTakenOverByWhoeverWakesUpWithIt) {
  HostState state = sample_state();
  state.objects.at("file /etc/a").attributes.set("content", "hmac:abc");
  const auto image = parse_state(state_json(sealed_state(state, "2031-01-01T00:00:00Z")));
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->machine, "");
  EXPECT_EQ(image->sealed, "2031-01-01T00:00:00Z");
  const ObjectRecord& object = image->objects.at("file /etc/a");
  EXPECT_EQ(object.owner.host, "");
  EXPECT_EQ(object.attributes.find("content"), nullptr) << "only the key could tell what it is";
  EXPECT_NE(object.attributes.find("mode"), nullptr);

  HostState copy = *image;
  unseal(copy, "m2", "h2");
  EXPECT_EQ(copy.machine, "m2");
  EXPECT_EQ(copy.sealed, "");
  EXPECT_EQ(copy.objects.at("file /etc/a").owner.host, "h2");
  HostState other = sample_state();
  unseal(other, "m2", "h2");
  EXPECT_EQ(state_json(other), state_json(sample_state()))
      << "no other record is anybody's to take";
}

TEST(Meta, ComesBackAsItWasWritten) {
  RunMeta meta;
  meta.id = "20260101T000000Z-1";
  meta.host = "h1";
  meta.objects = {"file /etc/a"};
  meta.status = "done";
  meta.after = {"h2"};
  const auto read = parse_meta(meta_json(meta));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->after, meta.after);
  EXPECT_EQ(meta_json(*read), meta_json(meta));
}

TEST(Meta, OfAnOtherVersionCanBeRead) {
  const auto read = parse_meta(R"({"format": 1, "id": "run", "host": "h1", "of_tomorrow": [1]})");
  ASSERT_TRUE(read) << "what is missing is empty, what is unknown is no concern";
  EXPECT_EQ(read->id, "run");
  EXPECT_TRUE(read->after.empty());
}

}  // namespace
}  // namespace holdfast
