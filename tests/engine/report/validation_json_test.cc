#include "engine/report/validation_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace holdfast {
namespace {

TEST(ValidationJson, SaysWhatIsWrong) {
  Diagnostics diagnostics;
  diagnostics.error({.code = Code::Usage,
                     .message = "no",
                     .where = {std::make_shared<const Source>(Source{"a.yaml", "x"}), 1, 2}});
  const auto told = nlohmann::json::parse(validation_json(std::nullopt, diagnostics));
  EXPECT_EQ(told, nlohmann::json::parse(R"({"format": 1, "valid": false, "warnings": [],
    "errors": [{"code": "HF1001", "message": "no", "file": "a.yaml", "line": 1, "column": 2}]})"));
}

TEST(ValidationJson, CountsWhatIsRight) {
  Catalog catalog;
  catalog.hosts = {"h1", "h2"};
  const auto told = nlohmann::json::parse(validation_json(catalog, {}));
  EXPECT_EQ(told, nlohmann::json::parse(R"({"format": 1, "valid": true, "resources": 0, "hosts": 2,
    "errors": [], "warnings": []})"));
}

}  // namespace
}  // namespace holdfast
