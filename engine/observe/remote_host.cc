#include "engine/observe/remote_host.h"

#include "engine/core/hash.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"
#include "engine/observe/facts.h"

namespace holdfast {

std::string_view facts_sh();
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
  HF_TRY(auto connection, dialer.dial(endpoint));
  HF_TRY(auto shell, Shell::start(*connection, escalation, deadline));
  return std::unique_ptr<RemoteHost>(
      new RemoteHost(endpoint.name, std::move(connection), std::move(shell), registry));
}

Result<Value> RemoteHost::facts(Deadline deadline) {
  const std::string script =
      std::string(facts_sh()) + "hf_out=$(hf_facts 2>/dev/null); hf_record facts 0 \"$hf_out\"\n";
  HF_TRY(const Record record, shell_->ask(script, {}, deadline));
  return parse_facts(record.payload, name_);
}

Result<Seen> RemoteHost::observe(const std::vector<Query>& queries, Deadline deadline) {
  Observation observation(registry_, queries);
  std::string script;
  if (!program_sent_) script = observe_program(registry_);
  script += code_program(registry_, queries);
  script += "hf_observe\n";
  HF_CHECK(shell_->send(script, observation.payload(), deadline));
  program_sent_ = true;
  Result<void> taken;
  const auto on_record = [&](Record&& record) {
    if (taken) taken = observation.take(record);
  };
  HF_TRY([[maybe_unused]] const int status, shell_->receive(on_record, kAnswerCap, deadline));
  HF_CHECK(taken);
  return observation.finish();
}

Result<Fetched> RemoteHost::fetch(const std::vector<TextQuery>& queries, bool show_private,
                                  Deadline deadline) {
  std::string script(text_sh());
  script += show_private ? "hf_private=yes\n" : "hf_private=no\n";
  script += "hf_record key 0 \"$(cat /var/lib/holdfast/key 2>/dev/null)\"\nhf_texts";
  for (const TextQuery& query : queries) {
    script +=
        " " + shell_quote(query.path) + " " + (query.ours.empty() ? "-" : shell_quote(query.ours));
  }
  script += "\n";
  HF_CHECK(shell_->send(script, {}, deadline));
  Fetched fetched;
  const auto on_record = [&](Record&& record) {
    if (record.tag == "key") {
      fetched.key = std::move(record.payload);
    } else {
      fetched.texts.push_back(old_text(record));
    }
  };
  HF_TRY([[maybe_unused]] const int status,
         shell_->receive(on_record, std::size_t{4} << 20, deadline));
  if (fetched.texts.size() != queries.size()) {
    return fail(Code::AnswerMissing, "asked for " + std::to_string(queries.size()) +
                                         " texts, got " + std::to_string(fetched.texts.size()));
  }
  return fetched;
}

}  // namespace holdfast
