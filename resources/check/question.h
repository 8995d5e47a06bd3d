#pragma once

#include <string>
#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// What is wrong with a question as it is stated.
struct QuestionFlaw {
  std::string what;  ///< Goes on after "check 'NAME'": " names no program".
  std::string hint{};
  Code code = Code::CheckInvalid;
};

/// One of a check's questions: its attribute, an object, and what becomes of it.
struct CheckQuestion {
  Attribute attribute;
  /// @param check  The check's name, for people.
  decltype(Probe::ask) (*ask)(const std::string& check, const ValueMap& stated);
  std::vector<QuestionFlaw> (*flaws)(const ValueMap& stated);
  std::vector<std::string> examples;
};

CheckQuestion http_question();
CheckQuestion tcp_question();
CheckQuestion command_question();
CheckQuestion unit_question();
CheckQuestion prometheus_question();
CheckQuestion github_runner_check_question();
CheckQuestion grafana_check_question();
CheckQuestion disk_free_question();
CheckQuestion tls_expiry_question();
CheckQuestion secret_expiry_question();

/// Of a question that can't be stated wrongly.
std::vector<QuestionFlaw> no_flaws(const ValueMap& stated);
/// Of a url that is asked through the host's connection.
std::vector<QuestionFlaw> url_flaws(const ValueMap& stated);

/// At least so long, for the questions about what expires.
Attribute at_least_attribute();
std::chrono::seconds at_least_of(const ValueMap& stated);

}  // namespace holdfast
