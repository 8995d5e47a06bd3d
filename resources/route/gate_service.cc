#include "engine/api/http.h"
#include "engine/check/prometheus.h"
#include "engine/core/text.h"
#include "resources/prometheus/server.h"
#include "resources/route/gate_text.h"

namespace holdfast {

std::unique_ptr<Service> make_gate_service();

namespace {

constexpr std::size_t kMostShown = 120;

/// One gate at one server; what is asked by a URL of its own is asked beside it.
class Asking {
 public:
  Asking(const Server& server, const Contact& contact)
      : server_(server), contact_(contact), transport_(contact.transport()) {}

  GateAnswer ask(const Gate& gate) {
    GateAnswer out;
    for (const GateQuestion& question : gate.questions) {
      if (auto right = one(question); !right) {
        out.why = right.error().message;
        return out;
      }
    }
    out.passed = out.recovered = true;
    for (const GateQuestion& question : gate.recovery) {
      const bool remembered = question.of_prometheus() && gate.held.count() > 0;
      auto right = remembered ? held(question, gate.held) : one(question);
      if (right) continue;
      out.recovered = false;
      out.why_not_recovered = right.error().message;
      return out;
    }
    return out;
  }

 private:
  Result<HttpAnswer> get(const std::string& url) {
    const HttpOutcome outcome = transport_->exchange({.url = url}, contact_.go_on);
    if (const auto* broken = std::get_if<HttpBroken>(&outcome)) {
      return fail(Code::CheckFailed, printable(url.substr(0, url.find('?'))) +
                                         " does not answer: " + printable(broken->why));
    }
    const auto& reply = std::get<HttpReply>(outcome);
    return HttpAnswer{.status = reply.status, .body = reply.body, .headers = reply.headers};
  }

  Result<void> prometheus(const std::string& query, const std::string& is) {
    HF_TRY(
        [[maybe_unused]] const std::string found,
        ask_prometheus(
            {.url = server_.address, .about = PrometheusQuestion::Query{.text = query, .is = is}},
            {.get = [this](const std::string& url) { return get(url); }, .written = {}}));
    return {};
  }

  Result<void> one(const GateQuestion& question) {
    if (question.of_prometheus()) return prometheus(question.query, question.is);
    HF_TRY(const HttpAnswer answer, get(question.url));
    const std::string body = printable(answer.body.substr(0, kMostShown));
    if (answer.status != question.status) {
      return fail(Code::CheckFailed, printable(question.url) + " answered " +
                                         std::to_string(answer.status) + ", not " +
                                         std::to_string(question.status) + ": " + body);
    }
    if (answer.body.find(question.body) != std::string::npos) return {};
    return fail(Code::CheckFailed, printable(question.url) + " answered without '" +
                                       printable(question.body) + "': " + body);
  }

  Result<void> held(const GateQuestion& question, std::chrono::milliseconds time) {
    HF_CHECK(one(question));
    const HeldQuery asked = held_query(question, time);
    if (prometheus(asked.text, asked.is)) return {};
    return fail(Code::CheckFailed,
                "'" + printable(question.query) + "' was not " + printable(question.is) +
                    " for all of the last " +
                    prometheus_duration(static_cast<double>(time.count()) / 1000.0));
  }

  const Server& server_;
  const Contact& contact_;
  std::unique_ptr<HttpTransport> transport_;
};

/// Looks only: there is nothing here to change.
class GateService final : public Service {
 public:
  std::string name() const override { return kGateService; }

  Result<Value> ask(const Server& server, const std::string& question,
                    const Contact& contact) const override {
    HF_TRY(const Gate gate, read_gate(question));
    return gate_value(Asking(server, contact).ask(gate));
  }

  Result<void> act(const Server&, const std::string&, const std::optional<Secret>&,
                   const Contact&) const override {
    return fail(Code::RecordTooNew, "this holdfast can't change anything at a gate");
  }
};

}  // namespace

std::unique_ptr<Service> make_gate_service() { return std::make_unique<GateService>(); }

}  // namespace holdfast
