#include "resources/check/question.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

decltype(Probe::ask) ask(const std::string&, const ValueMap& stated) {
  return Probe::Unit{.name = stated_text(stated, "name"),
                     .state = stated_text(stated, "state", "active")};
}

}  // namespace

CheckQuestion unit_question() {
  return {{.name = "unit",
           .type = Type::object(
               {{.name = "name",
                 .doc = "The systemd unit; or a pattern, `actions.runner.*.service`: all that it "
                        "matches of those that systemd has loaded, at least one.",
                 .required = true},
                {.name = "state",
                 .doc = "Its ActiveState: active, inactive, failed …",
                 .default_value = "active"}}),
           .doc = "The state of a systemd unit."},
          ask,
          no_flaws,
          {"- check: the exporter runs\n"
           "  unit: {name: runner-exporter.service}\n"}};
}

}  // namespace holdfast
