#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "engine/core/kind.h"

namespace holdfast {

std::unique_ptr<Collector> make_ufw_collector();

/// What a host answers whose collector prints this of ufw.
inline Answers ufw_answers(const std::string& output) {
  const auto values = make_ufw_collector()->parse({"store"}, output);
  EXPECT_TRUE(values) << values.error().message;
  Answers answers;
  answers.set({"ufw", "store"}, values->at(0));
  return answers;
}

}  // namespace holdfast
