#include "tests/support/fake_runner.h"

#include <algorithm>
#include <iterator>

#include "engine/apply/aftermath.h"
#include "engine/core/hash.h"
#include "engine/core/text.h"

namespace holdfast {

Result<void> FakeRunner::reached() const {
  if (gone_) return fail(Code::ConnectionLost, "the connection is gone");
  return {};
}

void FakeRunner::reconnect() {
  gone_ = false;
  locked = false;
}

Result<Seen> FakeRunner::observe(const std::vector<Query>& queries) {
  HF_CHECK(reached());
  Seen seen{.machine_id = machine,
            .boot_id = "boot",
            .root = root,
            .can_lock = can_lock,
            .state = state ? std::optional(parse_state(*state)) : std::nullopt,
            .open_run = open_run,
            .holder = held_by};
  seen.pause = pause;
  if (!chain_.empty()) seen.chain = {chain_.back().number, chain_.back().head};
  seen.own = own;
  seen.alone = alone;
  seen.later = waiting;
  HF_TRY(seen.answers, host.ask(registry_, queries));
  return seen;
}

Result<Begun> FakeRunner::begin(const std::vector<Query>& queries, const RunMeta& by, Deadline) {
  before_begin();
  HF_CHECK(reached());
  if (!held_by.empty() || locked) return Begun{.locked = false, .holder = held_by};
  locked = true;
  holder = by;
  Begun begun{.locked = true};
  HF_TRY(begun.seen, observe(queries));
  return begun;
}

Result<void> FakeRunner::keep_lock(Deadline) {
  HF_CHECK(reached());
  if (drops_lock) return fail(Code::ConnectionLost, "the connection is gone");
  ++kept_lock;
  return {};
}

void FakeRunner::link(const RunMeta& meta, const Ender& by) {
  log.push_back(meta.id + " " + meta.status + " by " + by.words);
  const std::string digest = sha256_hex(meta_json(meta));
  if (!chain_.empty() && chain_.back().run == meta.id && chain_.back().meta == digest) return;
  ChainLink link;
  link.number = static_cast<std::int64_t>(chain_.size()) + 1;
  link.run = meta.id;
  link.meta = digest;
  link.head = sha256_hex((chain_.empty() ? std::string(64, '0') : chain_.back().head) + " " +
                         std::to_string(link.number) + " " + link.run + " " + link.meta);
  chain_.push_back(std::move(link));
}

Result<HostChain> FakeRunner::chain(Deadline) {
  HF_CHECK(reached());
  HostChain out;
  out.machine = machine;
  out.armed = open_run;
  for (const ChainLink& link : chain_) {
    out.text = std::to_string(link.number) + " " + link.run + " " + link.meta + " " + link.head +
               "\n" + out.text;
  }
  if (!chain_.empty()) out.text = "format 1\n" + out.text;
  std::int64_t number = 0;
  for (const auto& [id, run] : runs_) {
    HF_TRY(const RunMeta meta, parse_meta(run.meta));
    out.runs[id] = {sha256_hex(run.meta), meta.status, ++number};
  }
  return out;
}

Result<std::string> FakeRunner::open(const RunMeta& meta, const std::string& put,
                                     const Arming& arming, Deadline) {
  HF_CHECK(reached());
  lease = arming.lease;
  if (refuses) return fail(Code::StepFailed, "no space left on device");
  gone_ = lost_in_open != Lost::No;
  if (lost_in_open == Lost::Before) return fail(Code::ConnectionLost, "the connection is gone");
  if (arming.instead) close(arming.instead->meta, arming.instead->state, arming.instead->by);
  runs_[meta.id] = {meta_json(meta), state};
  host.confirm();
  open_run = meta.id;
  if (!put.empty()) state = put;
  HF_CHECK(reached());
  return std::string("key of ") + machine;
}

Result<void> FakeRunner::confirm(Deadline) {
  HF_CHECK(reached());
  ++confirmed;
  if (shut || (shut_by_change && !open_run.empty()) || !lets_in())
    return fail(Code::HostUnreachable, "connection timed out");
  return {};
}

Result<void> FakeRunner::seal(const std::vector<int>& acts, Deadline) {
  HF_CHECK(reached());
  for (const int act : acts) host.seal(act);
  return {};
}

Result<std::string> FakeRunner::aftermath(const std::string& id, Deadline) {
  if (shut) return fail(Code::HostUnreachable, "connection timed out");
  if (!knows(id)) return meta_of_none(id);
  Kept& run = runs_.at(id);
  if (watched && id == open_run) {
    const bool whole = host.undo(host.take_journal()).empty() && stuck.empty();
    state = run.state;
    HF_TRY(RunMeta meta, parse_meta(run.meta));
    meta.status = whole ? "rolled-back" : "half-done";
    meta.by = "guard";
    run.meta = meta_json(meta);
    link(meta, {"guard", "its guard"});
    open_run.clear();
  }
  return run.meta;
}

Result<BlockResult> FakeRunner::execute(const Block& block, const BlockWatch& watch, Deadline) {
  HF_CHECK(reached());
  ++blocks;
  BlockResult result;
  for (std::size_t i = 0; i < block.acts.size(); ++i) {
    watch.on_act(i);
    // A real host speaks of a file when it prepares it and when it puts it in its place.
    if (std::holds_alternative<WriteFile>(block.acts[i].step)) watch.on_act(i);
    before_act(describe(block.acts[i].step));
    result.done = static_cast<int>(i);
    if (watch.must_end()) {
      result.killed = true;
      result.failure = "killed: the run was interrupted";
      return result;
    }
    auto done = host.act(block.acts[i].step);
    const Act& act = block.acts[i];
    if (act.stays) host.mark_last(act.closed_by);
    if (done && act.stays) host.close(act.number);
    if (done) continue;
    if (done.error().code == Code::ConnectionLost) {
      gone_ = true;
      return fail(done.error());
    }
    result.failure = done.error().message;
    result.moved = done.error().code == Code::ObjectMoved;
    return result;
  }
  result.done = static_cast<int>(block.acts.size());
  return result;
}

Result<void> FakeRunner::leave(const Later& later, Deadline) {
  HF_CHECK(reached());
  if (refuses_later) return fail(Code::StepFailed, "no room for the way back");
  for (const Act& act : later.block.acts) before_act("later " + describe(act.step));
  left[open_run] = later;
  waiting.push_back(open_run);
  return {};
}

Result<void> FakeRunner::take_over(const std::string& id, Deadline) {
  taken_over.push_back(id);
  left.erase(id);
  std::erase(waiting, id);
  return {};
}

void FakeRunner::end_job(const std::string& id) {
  std::erase(waiting, id);
  const auto found = left.find(id);
  if (found == left.end()) return;
  const auto meta = parse_meta(runs_.at(id).meta);
  if (!meta || meta->status != "done") return;
  for (const Act& act : found->second.block.acts) {
    if (!host.act(act.step)) break;
  }
  left.erase(found);
}

Result<void> FakeRunner::note_call(const Act& act, Deadline) {
  HF_CHECK(reached());
  const Call& call = std::get<Call>(act.step);
  before_act("call " + describe(act.step));
  if (std::holds_alternative<Irreversible>(call.undo)) return {};
  HF_TRY(PendingCall pending, parse_pending_call(pending_call_text(call)));
  runs_.at(open_run).calls.push_back(std::move(pending));
  return {};
}

Result<std::string> FakeRunner::probe(const Probe& probe, const AskRemote& remote,
                                      const std::function<bool()>&) {
  HF_CHECK(reached());
  if (const auto* asked = std::get_if<Probe::Remote>(&probe.ask)) return remote(*asked);
  HF_CHECK(answer(probe));
  return "right";
}

Result<RollbackResult> FakeRunner::rollback(const std::string& id, const RollbackHow& how,
                                            Deadline) {
  HF_CHECK(reached());
  HF_CHECK(before_undo());
  Kept& run = runs_.at(id);
  using Reopen = FakeHost::Reopen;
  const Reopen reopen = how.reopen ? Reopen::Yes : Reopen::No;
  // Of the open run, the host has all that was done since it was opened.
  const FakeHost::Journal journal = id == open_run ? host.take_journal() : run.journal;
  RollbackResult result{.undone = static_cast<int>(journal.size()),
                        .left = host.undo(journal, reopen)};
  FakeHost::Journal closed;
  std::copy_if(journal.begin(), journal.end(), std::back_inserter(closed),
               [&](const FakeHost::Done& done) { return FakeHost::left_closed(done, reopen); });
  result.stays = static_cast<int>(closed.size());
  if (id == open_run) host.put_journal(std::move(closed));
  std::vector<PendingCall> still;
  for (; !run.calls.empty(); run.calls.pop_back()) {
    const PendingCall& call = run.calls.back();
    const auto done = how.call
                          ? how.call(call)
                          : Result<void>(fail(Code::UndoFailed, "still to be done at a server"));
    if (!done) {
      result.left.push_back(call.note + ": " + done.error().message);
      still.insert(still.begin(), call);
    }
  }
  run.calls = std::move(still);
  if (!stuck.empty()) result.left.push_back(stuck);
  if (how.restore_state) {
    result.state_restored = id == open_run || !run.left || run.left == state;
    if (result.state_restored) state = run.state;
  }
  return result;
}

/// A line of the snapshot stands for a path.
Result<Rehearsed> FakeRunner::rehearse(const std::vector<Block>& all,
                                       const std::function<bool()>& must_end) {
  HF_CHECK(reached());
  ++rehearsals;
  if (must_end()) return fail(Code::Interrupted, "the rehearsal was interrupted");
  if (!no_copy.empty()) return Rehearsed{.impossible = no_copy};
  Rehearsed out;
  FakeHost copy = host;
  copy.confirm();
  for (const Block& block : all) {
    for (const Act& act : block.acts) {
      const auto done = copy.act(act.step);
      if (!done) out.failed.push_back({act.number, done.error().message});
    }
  }
  for (const std::string& stays : copy.undo()) {
    out.left.push_back({all.back().acts.back().number, stays});
  }
  after_rehearsal(copy, all);
  const auto sorted = [](const FakeHost& of) {
    const std::string text = of.snapshot();
    const auto each = lines(text);
    return std::set<std::string>(each.begin(), each.end());
  };
  const std::set<std::string> before = sorted(host);
  const std::set<std::string> after = sorted(copy);
  for (const std::string& line : before) {
    if (after.count(line) == 0) out.differences.push_back({line, "is gone"});
  }
  for (const std::string& line : after) {
    if (before.count(line) == 0) out.differences.push_back({line, "is left behind"});
  }
  return out;
}

Result<void> FakeRunner::annotate(const RunMeta& meta, const Ender& by, Deadline) {
  HF_CHECK(reached());
  runs_.at(meta.id).meta = meta_json(meta);
  link(meta, by);
  return {};
}

void FakeRunner::close(const RunMeta& meta, const std::string& put, const Ender& by) {
  if (!put.empty()) state = put;
  Kept& run = runs_.at(meta.id);
  run.left = state;
  run.meta = meta_json(meta);
  run.journal = host.take_journal();
  link(meta, by);
  open_run.clear();
}

Result<ChainHead> FakeRunner::end(const RunMeta& meta, const std::string& put, const Ender& by,
                                  Deadline) {
  HF_CHECK(reached());
  close(meta, put, by);
  locked = false;
  return ChainHead{chain_.back().number, chain_.back().head};
}

Result<void> FakeRunner::release(Deadline) {
  HF_CHECK(reached());
  locked = false;
  return {};
}

Result<int> FakeRunner::make_image(const std::string& put, Deadline) {
  HF_CHECK(reached());
  if (!put.empty()) state = put;
  const int runs = static_cast<int>(runs_.size());
  runs_.clear();
  chain_.clear();
  locked = false;
  return runs;
}

Result<void> FakeRunner::leave_host(Deadline) {
  HF_CHECK(reached());
  runs_.clear();
  chain_.clear();
  state.reset();
  locked = false;
  return {};
}

Result<std::vector<Remembered>> FakeRunner::runs(Deadline) {
  HF_CHECK(reached());
  std::vector<Remembered> out;
  for (const auto& [id, run] : runs_) out.push_back({run.meta, run.way_back});
  return out;
}

Result<std::string> FakeRunner::state_before(const std::string& id, Deadline) {
  HF_CHECK(reached());
  return runs_.at(id).state.value_or("");
}

std::string somebody() {
  RunMeta other;
  other.id = "theirs";
  other.user = "eve";
  other.from = "laptop";
  other.started = "2031-01-01T00:00:00Z";
  return meta_json(other);
}

}  // namespace holdfast
