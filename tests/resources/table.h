#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// What a host answers.
using Given = std::vector<std::pair<Query, Value>>;

/// One line of a kind's table: what is stated, what the host answers, what follows.
struct KindCase {
  const char* name;
  State desired;
  Given answers;
  const char* forward;  ///< As detail_text writes it; "" : nothing to do.
  const char* back = "";
  const char* reason = "";
  bool absent = false;
};

/// {type, mode, owner …} as the stat collector answers; a link's mode is its target.
Value stat_answer(const char* type, const char* mode_or_target = "0644", const char* owner = "root",
                  const char* group = "root");
Value digest_answer(const std::string& text);
/// Of a file whose folder is there.
Given file_answers(const std::string& path, Value stat, Value digest,
                   const char* folder_mode = "0755");

/// Steps with all that they hold: "write /etc/a root:root 0644 if absent". Programs by their note.
std::string detail_text(const std::vector<PhasedStep>& steps);

/// Reads, diffs and asks for steps as the engine does, and compares.
void expect_case(const Kind& kind, const Resource& resource, const KindCase& c);

/// What is planned for a resource: its steps as forward_text and back_text write them, too.
struct PlannedChange {
  Change change{};
  std::string steps{}, back{};
  Effects effects{};  ///< Where there are steps.
  std::vector<PhasedStep> all{};
};
/// Fails the test where the resource is refused.
PlannedChange planned_change(const Kind& kind, const Resource& resource, const Answers& answers);

/// "NAME: BEFORE -> AFTER" of each attribute, one a line.
std::string attributes_text(const Change& change);

Resource resource_for(const Kind& kind, std::string name, State desired, bool absent = false);

/// The codes and messages of a kind's check, one a line.
std::string check_text(const Kind& kind, const Resource& resource);

}  // namespace holdfast
