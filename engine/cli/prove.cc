#include "engine/cli/prove.h"

#include <algorithm>

#include "engine/cli/output.h"
#include "engine/cli/prove_live.h"
#include "engine/cli/prove_tests.h"
#include "engine/cli/session.h"
#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/report/exit_code.h"
#include "engine/wiring/wiring.h"

namespace holdfast {
namespace {

/// Those that --alert names, else all.
Result<std::set<std::size_t>> chosen(const Wiring& wiring, const Options& options) {
  std::set<std::size_t> out;
  std::vector<std::string> names;
  for (const Alert& alert : wiring.ends.alerts) names.push_back(alert.name);
  if (names.empty()) return fail(Code::Usage, "the manifests state no alert");
  for (const std::string& wanted : options.only_alerts) {
    if (std::find(names.begin(), names.end(), wanted) == names.end()) {
      return fail(Code::Usage, "no rule raises the alert '" + printable(wanted) + "'",
                  did_you_mean(wanted, names));
    }
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& only = options.only_alerts;
    if (only.empty() || std::find(only.begin(), only.end(), names[i]) != only.end()) out.insert(i);
  }
  return out;
}

/// Why nothing is shown of an alert, or not all; nullopt where both ways are.
std::optional<std::string> not_shown(const Alert& alert, const AlertProof& proof) {
  if (proof.fires.empty()) return "is not seen to fire, whatever its series are";
  // What reads nothing is meant to fire always: it shows that the way to its receiver is open.
  if (proof.quiet.empty() && !alert.reads.empty()) return "fires always, whatever its series are";
  return std::nullopt;
}

std::string shown_text(const Alert& alert, const AlertProof& proof) {
  std::string out = "alert " + printable(alert.name) + "  " + alert.place().text() + "\n";
  if (!proof.fires.empty()) {
    const FiringTry& best = proof.fires.front();
    const bool at_once = best.at == 0 && best.at == best.made.early;
    out += "  fires " + (at_once ? "at once" : "within " + duration_text(best.at)) + " while " +
           series_text(best.made.series) + "\n";
  }
  if (!proof.quiet.empty()) {
    out += "  is quiet while " + series_text(proof.quiet.front().series) + "\n";
  }
  if (const auto why = not_shown(alert, proof)) out += "  " + *why + "\n";
  return out;
}

void tell_shown(const Wiring& wiring, const PromtoolProof& proof, Diagnostics& diagnostics) {
  for (const auto& [index, shown] : proof.shown()) {
    const Alert& alert = wiring.ends.alerts[index];
    say(shown_text(alert, shown));
    const auto why = not_shown(alert, shown);
    if (!why) continue;
    diagnostics.error({.code = Code::AlertUnprovable,
                       .message = "alert '" + printable(alert.name) + "' " + *why,
                       .where = alert.place(),
                       .hint = "is the expression what was meant? If it is, only a test of its own "
                               "shows it: promtool test rules"});
  }
}

}  // namespace

int prove_command(const Options& options, const Registry& registry) {
  Diagnostics diagnostics;
  Session session(options, registry);
  const auto catalog = session.validate(diagnostics);
  if (!catalog || diagnostics.failed()) {
    complain(options, diagnostics);
    return static_cast<int>(Exit::Failed);
  }
  const Wiring wiring = wiring_of(catalog->declarations, session.inventory(), registry);
  const auto alerts = chosen(wiring, options);
  if (!alerts) return refuse(options, alerts.error(), Exit::Failed);
  const ProofFolder folder(options.out);
  PromtoolProof proof(wiring, folder);
  auto looked = proof.look(*alerts);
  if (!looked) return refuse(options, std::move(looked.error()), Exit::Failed);
  tell_shown(wiring, proof, diagnostics);
  complain(options, diagnostics);
  auto kept = proof.keep();
  if (!kept) return refuse(options, std::move(kept.error()), Exit::Failed);
  const Exit code = diagnostics.failed() ? Exit::Failed : Exit::Done;
  if (!options.live) return static_cast<int>(code);
  return static_cast<int>(
      worse(code, prove_live({options, session, *catalog, wiring}, proof, folder)));
}

}  // namespace holdfast
