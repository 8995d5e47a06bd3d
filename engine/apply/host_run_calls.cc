#include <algorithm>

#include "engine/api/servers.h"
#include "engine/apply/host_run.h"
#include "engine/apply/masking.h"
#include "engine/apply/run_name.h"
#include "engine/core/clock.h"
#include "engine/core/text.h"
#include "engine/plan/servers.h"

namespace holdfast {

/// The run is kept alive on the host while a server is waited for.
Reach HostRun::contact(std::chrono::milliseconds limit) {
  const Deadline end = Clock::now() + limit;
  const auto go_on = [this, end] {
    beat();
    return !gone_ && !must_end() && Clock::now() < end;
  };
  Contact plain = plain_contact(go_on);
  plain.may_wait = [this, go_on] { return go_on() && !interrupted(); };
  Reach out(std::move(plain), [this] { return runner_.tunnel(); });
  out.run = run_name(meta_, host_);
  return out;
}

Result<std::string> HostRun::ask_server(const Probe::Remote& asked) {
  return ask_remote(asked, registry_, contact(std::chrono::minutes(1)));
}

std::optional<Block> HostRun::with_issued(const Block& block) {
  Block out = block;
  for (Act& act : out.acts) {
    Run* run = std::get_if<Run>(&act.step);
    if (run == nullptr || !run->issued) continue;
    auto secret = get_issued(*run->issued, registry_, contact(std::chrono::minutes(2)));
    if (!secret) {
      Error error = std::move(secret.error());
      error.where = plan_.declarations[act.rows.front()].resource.where;
      fail_rows(act.rows, std::move(error));
      return std::nullopt;
    }
    run->input = std::move(*secret);
  }
  return out;
}

/// What the host did before is seen to let somebody in first: a host that goes back alone can't
/// take a server along.
bool HostRun::run_call(const Block& block) {
  const Act& act = block.acts.front();
  const Call& call = std::get<Call>(act.step);
  if (acted_) confirm();
  if (failed_ || gone_) return false;
  watcher_.act(host_, act.rows.front(), describe(act.step));
  acted_ = true;
  if (auto noted = runner_.note_call(act, deadline()); !noted) {
    fail_rows(act.rows, std::move(noted.error()));
    return false;
  }
  begun_.insert(act.rows.begin(), act.rows.end());
  Call known = call;
  lend_credential(known.server, host_, plan_.declarations, registry_);
  bool unmade = false;
  auto done = make_call(known, registry_, contact(call.limit), &unmade);
  if (done) return true;
  if (const auto* undo = std::get_if<std::string>(&call.undo); unmade && undo != nullptr) {
    unmade_ = *undo;
  }
  Error error = std::move(done.error());
  error.message =
      printable(describe(act.step)) + ": " + printable_lines(mask_secrets(error.message, block));
  error.where = plan_.declarations[act.rows.front()].resource.where;
  fail_rows(act.rows, std::move(error));
  return false;
}

/// In the run that made a call, its own plan knows the credential.
RollbackHow HostRun::way_back() {
  const FindServer find = [this](const PendingCall& wanted) -> std::optional<Server> {
    Server server = wanted.server();
    lend_credential(server, host_, plan_.declarations, registry_);
    return server.credential ? std::optional(server) : std::nullopt;
  };
  return {.restore_state = true, .call = [this, find](const PendingCall& call) -> Result<void> {
            // The server may still fail, and need not be asked: it changed nothing.
            if (unmade_ == call.act) {
              unmade_.reset();
              return {};
            }
            watcher_.host_note(host_, "taking back: " + call.note);
            Reach how = contact(std::chrono::minutes(2));
            how.contact.may_wait = how.contact.go_on;
            return take_back_call(call, find, registry_, how);
          }};
}

}  // namespace holdfast
