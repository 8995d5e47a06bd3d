#include "engine/cli/verify_runs.h"

#include <nlohmann/json.hpp>
#include <thread>

#include "engine/cli/history_book.h"
#include "engine/cli/output.h"
#include "engine/core/clock.h"
#include "engine/core/parallel.h"
#include "engine/core/text.h"
#include "engine/report/ci_safe.h"
#include "engine/report/exit_code.h"
#include "engine/report/json_parts.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

using Word = ChainVerdict::Word;

/// A run that ends right now writes its meta.json before its link.
constexpr int kTries = 5;

struct Verified {
  std::string host;
  std::vector<std::string> also;
  std::string machine;
  ChainVerdict verdict{};
  std::optional<Error> error;
};

/// The history is asked before the host, so that what it knows the host must have.
class Verifier {
 public:
  Verifier(Session& session, History* history) : session_(session), history_(history) {}

  std::vector<Verified> verify() {
    const auto runners = session_.runners();
    std::vector<Verified> out;
    for (const SessionHost& host : session_.hosts()) {
      Verified one{host.name, {}, {}, {}, host.error};
      for (const auto& other : host.others) one.also.push_back(other->name());
      out.push_back(std::move(one));
    }
    // Whose anchors are wanted only the machines themselves can say.
    each(out, runners, [](Verified& one, const HostChain& chain) { one.machine = chain.machine; });
    std::vector<std::vector<Anchor>> anchors;
    for (Verified& one : out) anchors.push_back(anchors_of(one));
    each(out, runners, [&](Verified& one, const HostChain& chain) {
      const auto at = static_cast<std::size_t>(&one - out.data());
      one.verdict = judge_chain(chain, anchors[at]);
    });
    for (int i = 1; i < kTries && any_works_now(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      each(out, runners, [&](Verified& one, const HostChain& chain) {
        const auto at = static_cast<std::size_t>(&one - out.data());
        if (one.verdict.word == Word::Broken) one.verdict = judge_chain(chain, anchors[at]);
      });
    }
    return out;
  }

 private:
  template <class Use>
  void each(std::vector<Verified>& all, const std::map<std::string, Runner*>& runners,
            const Use& use) {
    works_now_.assign(all.size(), 0);
    parallel_for(all.size(), session_.parallel(), [&](std::size_t i) {
      const auto runner = runners.find(all[i].host);
      if (all[i].error || runner == runners.end()) return;
      auto chain = runner->second->chain(Clock::now() + std::chrono::minutes(1));
      if (!chain) {
        all[i].error = std::move(chain.error());
        return;
      }
      use(all[i], *chain);
      works_now_[i] = !chain->armed.empty() && all[i].verdict.word == Word::Broken ? 1 : 0;
    });
  }

  bool any_works_now() const {
    return std::any_of(works_now_.begin(), works_now_.end(), [](char works) { return works != 0; });
  }

  std::vector<Anchor> anchors_of(Verified& one) {
    if (history_ == nullptr || one.error) return {};
    auto anchors = history_->anchors(one.machine.empty() ? "name:" + one.host : one.machine);
    if (anchors) return std::move(*anchors);
    one.error = std::move(anchors.error());
    return {};
  }

  Session& session_;
  History* history_;
  std::vector<char> works_now_;
};

std::string for_people(const std::vector<Verified>& all) {
  std::string out;
  for (const Verified& one : all) {
    const std::string also = one.also.empty() ? "" : " (also " + join(one.also, ", ") + ")";
    out += printable(one.host + also) + ": ";
    if (one.error) {
      out += "not known: " + printable(one.error->message) + "\n";
      continue;
    }
    const ChainVerdict& v = one.verdict;
    out += word(v.word);
    if (!v.what.empty()) out += ": " + v.what;
    if (v.head.number > 0) {
      out += "  (" + counted(static_cast<std::size_t>(v.head.number), "link") + ", " +
             counted(v.kept, "run") + " compared" +
             (v.gone > 0 ? ", " + std::to_string(v.gone) + " no longer kept there" : "") + ")";
    }
    out += "\n";
  }
  return out;
}

std::string for_programs(const std::vector<Verified>& all) {
  Json out = Json::array();
  for (const Verified& one : all) {
    Json entry{{"host", json_text(one.host)}, {"also", one.also}};
    if (one.error) {
      entry["error"] = json_of(*one.error);
    } else {
      const ChainVerdict& v = one.verdict;
      entry.update({{"verdict", word(v.word)},
                    {"what", json_text(v.what)},
                    {"links", v.head.number},
                    {"head", v.head.head},
                    {"anchored", v.anchored},
                    {"compared", v.kept},
                    {"gone", v.gone},
                    {"runs", v.runs}});
    }
    out.push_back(std::move(entry));
  }
  return json_document(out, 2);
}

Exit exit_of(const Verified& one) {
  if (one.error) {
    return one.error->code == Code::HistoryUnusable ? Exit::Failed : Exit::Unreachable;
  }
  switch (one.verdict.word) {
    case Word::Ok:
      return Exit::Done;
    case Word::Unanchored:
      return Exit::Differs;
    case Word::Behind:
    case Word::Broken:
      break;
  }
  return Exit::Failed;
}

Result<void> accept(const std::vector<Verified>& all, History& history, const RunMeta& meta) {
  for (const Verified& one : all) {
    if (one.error) continue;
    AnchorEntry anchor{.machine = one.machine.empty() ? "name:" + one.host : one.machine,
                       .host = one.host,
                       .head = one.verdict.head,
                       .seen = now_text()};
    anchor.by.user = meta.user;
    anchor.by.from = meta.from;
    HF_CHECK(history.accept(anchor));
    say(printable(one.host) + ": from now on, link " + std::to_string(anchor.head.number) +
        " counts as known\n");
  }
  return {};
}

/// Says which hosts were not asked, and with what the program ends.
int not_accepted(const Options& options, const std::vector<Verified>& all) {
  Diagnostics diagnostics;
  Exit out = Exit::Done;
  for (const Verified& one : all) {
    if (!one.error) continue;
    Error error = *one.error;
    error.message = printable(one.host) + ": " + error.message;
    diagnostics.error(std::move(error));
    out = worse(out, exit_of(one));
  }
  complain(options, diagnostics);
  return static_cast<int>(out);
}

}  // namespace

int verify_runs(Session& session) {
  const Options& options = session.options();
  auto place = history_place(session);
  if (!place) return refuse(options, std::move(place.error()), Exit::Failed);
  auto history = History::open(*place, options.accept ? Access::Durable : Access::Read);
  if (!history) return refuse(options, std::move(history.error()), Exit::Failed);
  const std::vector<Verified> all = Verifier(session, history->get()).verify();
  if (options.accept) {
    if (!*history) {
      return refuse(options,
                    {.code = Code::HistoryUnusable,
                     .message = "there is no history that could know it",
                     .hint = "--history says where it is"},
                    Exit::Failed);
    }
    auto done = accept(all, **history, session.meta("accept"));
    return done ? not_accepted(options, all)
                : refuse(options, std::move(done.error()), Exit::Failed);
  }
  say(options.json ? for_programs(all) : for_people(all));
  Exit out = Exit::Done;
  for (const Verified& one : all) out = worse(out, exit_of(one));
  return static_cast<int>(out);
}

}  // namespace holdfast
