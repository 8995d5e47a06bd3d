#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace holdfast::property {

/// One thing on a host: what it is before and what is wanted of it, as numbers of the tables in
/// drawn.cc. Numbers shrink towards 0, the simplest.
struct Item {
  std::string kind;
  int slot = 0;               ///< Which one of its kind.
  int start = 0;              ///< What is there before.
  int wish = 0;               ///< What the manifest says.
  int detail = 0, other = 0;  ///< For texts, modes, owners and the like.
};

/// A host's state before, and a manifest.
struct Case {
  std::string prepare;  ///< Shell.
  nlohmann::ordered_json resources = nlohmann::ordered_json::array();
};

/// Every kind that a rollback takes back whole, the likelier ones more often.
const std::vector<std::string>& kinds();

/// How many of a kind there are.
int slots(const std::string& kind);

/// A case out of items; those that contradict each other are left out or bent.
Case make_case(const std::vector<Item>& items);

/// Shell that removes whatever any case has ever made.
std::string clean_up();

}  // namespace holdfast::property
