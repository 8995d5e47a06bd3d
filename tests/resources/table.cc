#include "tests/resources/table.h"

#include <gtest/gtest.h>

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "engine/plan/diff.h"
#include "tests/resources/make.h"

namespace holdfast {
namespace {

std::string expect_text(const Expect& expect) {
  switch (expect.what) {
    case Expect::What::Anything:
      return "";
    case Expect::What::Absent:
      return " if absent";
    case Expect::What::Directory:
      return " if directory";
    case Expect::What::File:
      return " if file " + (expect.digest.empty() ? "any" : expect.digest.substr(0, 4));
    case Expect::What::Link:
      return " if link " + expect.digest;
  }
  return "?";
}

std::string ownership(const std::optional<std::string>& owner,
                      const std::optional<std::string>& group) {
  return owner || group ? " " + owner.value_or("") + ":" + group.value_or("") : "";
}

struct Detail {
  std::string operator()(const WriteFile& s) const {
    std::string out = describe(Step{s}) + ownership(s.owner, s.group);
    if (s.mode) out += " " + *s.mode;
    out += " '" + printable(s.content.display()) + "'" + expect_text(s.expect);
    return s.validate.empty() ? out : out + " after " + join(s.validate, " ");
  }
  std::string operator()(const MakeDirectory& s) const {
    return describe(Step{s}) + ownership(s.owner, s.group) + " " + s.mode.value_or("");
  }
  std::string operator()(const Link& s) const {
    return describe(Step{s}) + ownership(s.owner, s.group) + expect_text(s.expect);
  }
  std::string operator()(const Remove& s) const {
    return describe(Step{s}) + expect_text(s.expect);
  }
  std::string operator()(const Run& s) const {
    std::string out = describe(Step{s});
    if (!s.input.is_null()) out += " < '" + printable(s.input.display()) + "'";
    return out;
  }
  template <class Other>
  std::string operator()(const Other& s) const {
    return describe(Step{s});
  }
};

}  // namespace

Value stat_answer(const char* type, const char* mode_or_target, const char* owner,
                  const char* group) {
  const bool link = std::string_view(type) == "link";
  ValueMap out;
  out.set("type", type);
  out.set("mode", link ? "0777" : mode_or_target);
  if (link) out.set("target", mode_or_target);
  out.set("owner", owner);
  out.set("group", group);
  out.set("uid", std::string_view(owner) == "root" ? 0 : 1000);
  out.set("gid", std::string_view(group) == "root" ? 0 : 1000);
  out.set("size", 5);
  out.set("mtime", 12);
  return out;
}

Value digest_answer(const std::string& text) {
  ValueMap out;
  out.set("digest", sha256_hex(text));
  return out;
}

Given file_answers(const std::string& path, Value stat, Value digest, const char* folder_mode) {
  return {{{"stat", path}, std::move(stat)},
          {{"stat", path.substr(0, path.rfind('/'))}, stat_answer("directory", folder_mode)},
          {{"digest", path}, std::move(digest)}};
}

std::string detail_text(const std::vector<PhasedStep>& steps) {
  std::string out;
  for (const PhasedStep& step : steps) {
    if (step.phase != 0) out += std::to_string(step.phase) + " ";
    out += std::visit(Detail{}, step.step) + "\n";
  }
  return out;
}

void expect_case(const Kind& kind, const Resource& resource, const KindCase& c) {
  EXPECT_EQ(check_text(kind, resource), "");
  Answers answers;
  for (const auto& [query, value] : c.answers) answers.set(query, value);
  const auto seen = kind.read(resource, answers);
  ASSERT_TRUE(seen) << seen.error().message;
  const Change change = diff(kind, resource, *seen);
  const auto steps = kind.steps(resource, change);
  EXPECT_EQ(detail_text(steps), c.forward);
  EXPECT_EQ(back_text(steps), c.back);
  EXPECT_EQ(change.reason, c.reason);
  EXPECT_EQ(change.action == Action::None, steps.empty());
}

PlannedChange planned_change(const Kind& kind, const Resource& resource, const Answers& answers) {
  EXPECT_EQ(check_text(kind, resource), "");
  const auto seen = kind.read(resource, answers);
  if (!seen) {
    ADD_FAILURE() << seen.error().message;
    return {};
  }
  PlannedChange out{.change = diff(kind, resource, *seen)};
  out.all = kind.steps(resource, out.change);
  out.steps = forward_text(out.all);
  out.back = back_text(out.all);
  if (!out.all.empty()) out.effects = kind.effects(resource, out.change);
  return out;
}

std::string attributes_text(const Change& change) {
  std::string out;
  for (const AttributeChange& one : change.attributes) {
    out += one.name + ": " + one.before.display() + " -> " + one.after.display() + "\n";
  }
  return out;
}

Resource resource_for(const Kind& kind, std::string name, State desired, bool absent) {
  Resource resource = resource_of(std::move(name), std::move(desired), absent);
  resource.kind = kind.schema().kind;
  return resource;
}

std::string check_text(const Kind& kind, const Resource& resource) {
  std::string out;
  for (const Error& error : kind.check(resource)) {
    out += code_text(error.code) + " " + error.message + "\n";
  }
  return out;
}

}  // namespace holdfast
