#include "engine/manifest/common.h"

#include <algorithm>
#include <array>

#include "engine/manifest/provided.h"

namespace holdfast {
namespace {

Type references() { return Type::list_of(Type{.kind = TypeKind::Any}); }

std::vector<Attribute> make_common() {
  const Type truth{.kind = TypeKind::Bool};
  const Type any{.kind = TypeKind::Any};
  return {
      {.name = "ensure",
       .type = Type::one_of({"present", "absent"}),
       .doc = "Whether it is there at all. Default: present."},
      {.name = "when",
       .type = any,
       .doc = "An expression, bare; false is the same as a deleted line. A list: all must hold."},
      {.name = "for_each",
       .type = any,
       .doc = "A map or a list: one resource for each, with `item` (`item.key`, `item.value` of a "
              "map) and `index` in scope."},
      {.name = "requires",
       .type = references(),
       .doc = "What must be done before: `file /etc/a`, `{on: HOST, resource: file /etc/a}`."},
      {.name = "before", .type = references(), .doc = "What must be done after."},
      {.name = "restart_on",
       .type = references(),
       .doc = "What it must have started with: a change of it makes a restart due, remembered on "
              "the host."},
      {.name = "reload_on", .type = references(), .doc = "The same with a reload."},
      {.name = "tags",
       .type = Type::list_of(Type{}),
       .doc = "Words for `--tags`; a resource has those of the blocks around it too."},
      {.name = "on_failure",
       .type = Type::one_of({"rollback", "rollback_all", "stop"}),
       .doc = "What is taken back where it fails."},
      {.name = "protect", .type = truth, .doc = "Never deleted nor replaced."},
      {.name = "sensitive", .type = truth, .doc = "Hides its diff."},
      {.name = "rollback",
       .type = Type::one_of({"never"}),
       .doc = "`never`: one way, not taken back unless asked."},
      {.name = "audit", .type = truth, .doc = "Planned and drifted, never applied."},
      {.name = "was", .doc = "Its former name: renamed in place."},
      {.name = "timeout",
       .type = Type{.kind = TypeKind::Duration},
       .doc = "For each of its steps."},
      {.name = "as", .doc = "A shorter name for references."},
      {.name = "trust_facts",
       .type = Type::list_of(Type{}),
       .doc = "Hosts whose own report may open a door here."},
      {.name = "provides",
       .type = provides_type(),
       .doc = "What it gives that its kind can't tell, for the checks of the wiring: a port, "
              "metrics, units."}};
}

}  // namespace

const std::vector<Attribute>& common_attributes() {
  static const std::vector<Attribute> kCommon = make_common();
  return kCommon;
}

const Attribute* find_common(std::string_view name) {
  for (const Attribute& attribute : common_attributes()) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

bool inherited(std::string_view name) {
  static constexpr std::array<std::string_view, 12> kInherited{
      "when",    "for_each",  "requires", "before", "tags",    "on_failure",
      "protect", "sensitive", "rollback", "audit",  "timeout", "trust_facts"};
  return std::find(kInherited.begin(), kInherited.end(), name) != kInherited.end();
}

}  // namespace holdfast
