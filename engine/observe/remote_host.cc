#include "engine/observe/remote_host.h"

#include <algorithm>

#include "engine/core/crash_point.h"
#include "engine/core/hash.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"
#include "engine/observe/facts.h"

namespace holdfast {

std::string_view cease_sh();
std::string_view text_sh();

namespace {

constexpr std::size_t kAnswerCap = std::size_t{32} << 20;

OldText old_text(const Record& record) {
  using Hidden = OldText::Hidden;
  switch (record.status) {
    case 0:
      break;
    case 1:
      return {.hidden = Hidden::Private};
    case 2:
      return {.hidden = Hidden::TooLarge};
    case 3:
      return {.hidden = Hidden::Gone};
    case 5:
      return {.hidden = Hidden::NoFile};
    default:
      return {.hidden = Hidden::Unreadable};
  }
  std::string bytes;
  if (!base64_decode(record.payload, bytes)) return {.hidden = Hidden::Unreadable};
  const bool binary = !valid_utf8(bytes) || bytes.find('\0') != std::string::npos;
  if (binary) return {.hidden = Hidden::Binary};
  return {.text = std::move(bytes)};
}

}  // namespace

Result<std::unique_ptr<RemoteHost>> RemoteHost::connect(Dialer& dialer, const Endpoint& endpoint,
                                                        const Escalation& escalation,
                                                        const Registry& registry,
                                                        Deadline deadline) {
  HF_CRASH_POINTS("connect");
  HF_TRY(auto connection, dialer.dial(endpoint));
  HF_TRY(auto shell, Shell::start(*connection, escalation, deadline));
  return std::unique_ptr<RemoteHost>(new RemoteHost(endpoint.name, std::move(connection),
                                                    std::move(shell), escalation, registry, dialer,
                                                    endpoint));
}

Result<std::unique_ptr<RemoteHost>> RemoteHost::log_in_again(Deadline deadline) {
  return connect(dialer_, endpoint_, escalation_, registry_, deadline);
}

Result<void> RemoteHost::receive(Shell& shell, const std::function<void(Record&&)>& on_record,
                                 std::size_t cap, Deadline deadline) {
  const auto heed = [this]() -> Result<void> {
    if (interrupts_ == nullptr || interrupts_->load() == 0) return {};
    return fail(Code::Interrupted, "interrupted");
  };
  auto status = shell.receive(on_record, cap, deadline, heed);
  if (status) return {};
  const Code code = status.error().code;
  if (code == Code::DeadlinePassed || code == Code::Interrupted) cease(shell);
  return tl::unexpected<Error>(std::move(status.error()));
}

/// By another shell over the same connection. What can't be ended, the answer is not worth.
void RemoteHost::cease(const Shell& shell) {
  constexpr std::chrono::seconds kPatience{3};
  const std::string process = shell.process();
  const Deadline deadline = Clock::now() + kPatience;
  if (process.empty()) return;
  auto other =
      Shell::start(*connection_, &shell == shell_.get() ? escalation_ : Escalation{}, deadline);
  if (!other) return;
  std::string script(cease_sh());
  script += "hf_may_cease() { :; }\nhf_cease " + shell_quote(process) + "\n";
  // A prepared account's program reads scripts away, and takes the same as a question.
  const std::string question = encode({{"cease", {process}}});
  const bool prepared = !escalation_.program.empty() && &shell == shell_.get();
  (void)(*other)->ask(script, prepared ? question : "", deadline);
}

Result<Value> RemoteHost::facts(Deadline deadline) {
  std::string text;
  const auto ask = [&]() -> Result<void> {
    HF_CHECK(shell_->send(program_call(), encode({{"facts", {}}}), deadline));
    const auto on_record = [&](Record&& record) { text = std::move(record.payload); };
    return receive(*shell_, on_record, kAnswerCap, deadline);
  };
  auto asked = ask();
  if (!asked && may_only_plan(asked.error(), deadline)) asked = ask();
  HF_CHECK(asked);
  return parse_facts(text, name_);
}

Result<Record> RemoteHost::ask_program(const std::string& question, const std::string& key,
                                       Deadline deadline) {
  HF_CHECK(shell_->send(program_call(), encode({{question, {key}}}), deadline));
  std::optional<Record> answer;
  const auto on_record = [&](Record&& record) {
    if (!answer) answer = std::move(record);
  };
  HF_CHECK(receive(*shell_, on_record, kAnswerCap, deadline));
  if (!answer) return fail(Code::AnswerMissing, "no answer of '" + question + "'");
  return std::move(*answer);
}

Result<std::optional<Mark>> RemoteHost::mark(const std::string& word, Deadline deadline) {
  HF_TRY(const Record answer, ask_program("mark", word, deadline));
  if (answer.status != 0) return std::optional<Mark>();
  return std::optional<Mark>(Mark{std::string(trim(answer.payload)), word});
}

Result<bool> RemoteHost::sees(const Mark& mark, Deadline deadline) {
  HF_TRY(const Record answer, ask_program("sees", mark.process + " " + mark.word, deadline));
  return trim(answer.payload) == "yes";
}

Result<Footing> RemoteHost::footing(const ProcessId& own, const std::vector<std::string>& under,
                                    Deadline deadline) {
  HF_TRY(const Record answer, ask_program("footing", footing_key(own, under), deadline));
  return parse_footing(answer.payload);
}

std::string RemoteHost::program_text() {
  if (program_sent_) return {};
  program_sent_ = true;
  return observe_program(registry_);
}

std::string RemoteHost::program_call() { return program_text() + "hf_observe\n"; }

/// Where sudo refuses a shell it may still allow the fixed program that `holdfast prepare`
/// installs.
bool RemoteHost::may_only_plan(const Error& error, Deadline deadline) {
  if (error.code != Code::EscalationRefused || !escalation_.program.empty()) return false;
  escalation_.program = kPreparedProgram;
  auto shell = Shell::start(*connection_, escalation_, deadline);
  if (!shell) return false;
  shell_ = std::move(*shell);
  program_sent_ = true;
  return true;
}

std::string RemoteHost::observe_script(const std::vector<Query>& queries) {
  // The fixed program says last that there is no code; what this run brings must come after it.
  std::string script = program_text();
  if (runs_code_) script += code_program(registry_, queries);
  return script + "hf_observe\n";
}

std::chrono::seconds RemoteHost::patience(const std::vector<Query>& queries) const {
  if (!runs_code_) return std::chrono::seconds(0);
  const auto slow = std::count_if(queries.begin(), queries.end(), [this](const Query& query) {
    const Collector* collector = registry_.collector(query.collector);
    return collector != nullptr && collector->runs_code();
  });
  return std::chrono::minutes(slow);
}

Result<Seen> RemoteHost::observe(const std::vector<Query>& queries, Deadline deadline) {
  deadline += patience(queries);
  auto seen = observe_once(queries, deadline);
  if (!seen && may_only_plan(seen.error(), deadline)) seen = observe_once(queries, deadline);
  if (seen && !escalation_.program.empty()) {
    seen->can_lock = seen->root = false;
    seen->prepared = true;
  }
  return seen;
}

Result<Seen> RemoteHost::observe_once(const std::vector<Query>& queries, Deadline deadline) {
  HF_CRASH_POINTS("observe");
  Observation observation(registry_, queries);
  HF_CHECK(shell_->send(observe_script(queries), observation.payload(), deadline));
  Result<void> taken;
  const auto on_record = [&](Record&& record) {
    if (taken) taken = observation.take(record);
  };
  HF_CHECK(receive(*shell_, on_record, kAnswerCap, deadline));
  HF_CHECK(taken);
  return observation.finish();
}

Result<Fetched> RemoteHost::fetch(const std::vector<TextQuery>& queries, bool show_private,
                                  Deadline deadline) {
  // The program of a prepared account gives out no text: what anybody on the host may read, the
  // account reads without it.
  Shell* shell = shell_.get();
  std::unique_ptr<Shell> own;
  if (!escalation_.program.empty()) {
    HF_TRY(own, Shell::start(*connection_, Escalation{}, deadline));
    shell = own.get();
  }
  std::string script(text_sh());
  script += show_private ? "hf_private=yes\n" : "hf_private=no\n";
  script += "hf_record key 0 \"$(cat /var/lib/holdfast/key 2>/dev/null)\"\nhf_texts";
  for (const TextQuery& query : queries) {
    script +=
        " " + shell_quote(query.path) + " " + (query.ours.empty() ? "-" : shell_quote(query.ours));
  }
  script += "\n";
  HF_CHECK(shell->send(script, {}, deadline));
  Fetched fetched;
  const auto on_record = [&](Record&& record) {
    if (record.tag == "key") {
      fetched.key = std::move(record.payload);
    } else {
      fetched.texts.push_back(old_text(record));
    }
  };
  HF_CHECK(receive(*shell, on_record, std::size_t{4} << 20, deadline));
  if (own) {
    for (OldText& text : fetched.texts) {
      if (text.hidden == OldText::Hidden::Unreadable) text.hidden = OldText::Hidden::Private;
    }
  }
  if (fetched.texts.size() != queries.size()) {
    return fail(Code::AnswerMissing, "asked for " + std::to_string(queries.size()) +
                                         " texts, got " + std::to_string(fetched.texts.size()));
  }
  return fetched;
}

}  // namespace holdfast
