#include <algorithm>

#include "engine/core/text.h"
#include "engine/observe/program.h"
#include "engine/observe/remote_host.h"

namespace holdfast {

std::string Pause::text() const {
  return "paused by " + (who.empty() ? std::string("somebody") : who) + " until " + until +
         (why.empty() ? "" : ": " + why);
}

namespace {

/// Of large questions, which come first, two each are answered at the same time.
void pair_large_ones(std::vector<Question>& questions, const Registry& registry) {
  constexpr std::size_t kLarge = 8192;
  const auto bytes = [&](const Question& question) -> std::size_t {
    const Collector* collector = registry.collector(question.collector);
    return collector == nullptr || collector->runs_code() ? 0 : question.bytes();
  };
  std::stable_sort(questions.begin(), questions.end(), [&](const auto& a, const auto& b) {
    return std::max(bytes(a), kLarge) > std::max(bytes(b), kLarge);
  });
  for (std::size_t i = 1; i < questions.size() && bytes(questions[i]) > kLarge; i += 2) {
    questions[i - 1].beside_next = true;
  }
}

/// Takes out what can't be asked.
std::vector<Query> askable(std::vector<Query> queries, Answers& answers) {
  const auto end = std::stable_partition(
      queries.begin(), queries.end(), [](const Query& query) { return can_be_asked(query.key); });
  for (auto query = end; query != queries.end(); ++query) {
    answers.set(*query, Unknown{"its name has a character that parts questions from one another"});
  }
  queries.erase(end, queries.end());
  return queries;
}

}  // namespace

Observation::Observation(const Registry& registry, const std::vector<Query>& queries)
    : registry_(registry), questions_(questions(askable(queries, seen_.answers))) {
  pair_large_ones(questions_, registry);
  questions_.insert(questions_.begin(), Question{"state", {}});
  questions_.insert(questions_.begin(), Question{"machine", {own_process()}});
}

std::string Observation::payload() const { return encode(questions_); }

Result<void> Observation::take_machine(const std::string& text) {
  for (const std::string_view line : lines(text)) {
    const auto at = line.find(' ');
    const std::string_view key = line.substr(0, at);
    const std::string value(at == std::string_view::npos ? "" : line.substr(at + 1));
    if (key == "machine") seen_.machine_id = value;
    if (key == "boot") seen_.boot_id = value;
    if (key == "root") seen_.root = value == "yes";
    if (key == "flock") seen_.can_lock = value == "yes";
    if (key == "open") seen_.open_run = value;
    if (key == "holder") seen_.holder = value;
    if (key == "held" && value == "nobody") seen_.holder.clear();
    if (key == "held") seen_.guarded = value == "guard";
    if (key == "paused" && starts_with(value, "why ")) {
      if (seen_.pause) seen_.pause->why = value.substr(4);
    } else if (key == "paused") {
      const auto end = value.find(' ');
      seen_.pause =
          Pause{value.substr(0, end), end == std::string::npos ? "" : value.substr(end + 1), {}};
    }
    if (key == "chain") seen_.chain = parse_chain_head(value);
    if (key == "systemd") seen_.systemd = value != "no";
    if (key == "later") seen_.later.push_back(value);
    if (key == "own") {
      const auto end = value.find(' ');
      seen_.own.emplace();
      if (end != std::string::npos && value != "- -")
        seen_.own = ProcessId{value.substr(0, end), value.substr(end + 1)};
    }
    if (key == "alone") {
      const std::vector<std::string_view> words = split(value, ' ');
      if (words.size() == 3) {
        seen_.alone.push_back(
            {std::string(words[0]), std::string(words[1]), std::string(words[2])});
      }
    }
  }
  return {};
}

Result<void> Observation::take(const Record& record) {
  if (next_ >= questions_.size() || questions_[next_].collector != record.tag) {
    return fail(Code::AnswerMissing,
                "an answer that nobody asked for: '" + printable(record.tag) + "'");
  }
  const Question& question = questions_[next_++];
  if (record.truncated) {
    return fail(Code::AnswerMissing, "the answer of '" + question.collector + "' is too long");
  }
  if (question.collector == "machine") return take_machine(record.payload);
  if (question.collector == "state") {
    if (!record.payload.empty()) seen_.state = parse_state(record.payload);
    return {};
  }
  const Collector* collector = registry_.collector(question.collector);
  if (collector == nullptr || (record.status == 127 && collector->runs_code())) {
    for (const std::string& key : question.keys) {
      seen_.answers.set({question.collector, key}, Unknown{"needs trust"});
    }
    return {};
  }
  HF_TRY(std::vector<Value> values, collector->parse(question.keys, record.payload));
  if (values.size() != question.keys.size()) {
    return fail(Code::AnswerMissing, "'" + question.collector + "' answered " +
                                         std::to_string(values.size()) + " of " +
                                         std::to_string(question.keys.size()) + " questions");
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    seen_.answers.set({question.collector, question.keys[i]}, std::move(values[i]));
  }
  return {};
}

Result<Seen> Observation::finish() {
  if (next_ != questions_.size()) {
    return fail(Code::AnswerMissing, "no answer of '" + questions_[next_].collector + "'");
  }
  return std::move(seen_);
}

}  // namespace holdfast
