#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/session.h"
#include "engine/core/parallel.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"
#include "engine/report/exit_code.h"

namespace holdfast {
namespace {

/// One line, whatever was typed: the file holds a line each of until, who, why.
std::string line_of(const std::string& text) { return shell_quote(printable(text)); }

std::string script(const Session& session) {
  const Options& options = session.options();
  if (options.end)
    return "hf_out=$( { rm -f /var/lib/holdfast/paused && { [ ! -d /var/lib/holdfast ] || "
           "sync /var/lib/holdfast; }; } 2>&1); hf_record ok $? \"$hf_out\"\n";
  const RunMeta meta = session.meta("pause");
  return "hf_out=$( { umask 077; mkdir -p -m 700 /var/lib/holdfast && hf_end=$(($(date +%s) + " +
         std::to_string(options.pause_for) + ")) && printf '%s\\n' \"$hf_end\" " +
         line_of(meta.user + " on " + meta.from) + " " + line_of(options.reason) +
         " >/var/lib/holdfast/paused.tmp && sync /var/lib/holdfast/paused.tmp && "
         "mv -T /var/lib/holdfast/paused.tmp /var/lib/holdfast/paused && "
         "sync /var/lib/holdfast && date -u -d \"@$hf_end\" +%Y-%m-%dT%H:%M:%SZ; } 2>&1 )\n"
         "hf_record ok $? \"$hf_out\"\n";
}

Result<std::string> pause(RemoteHost& host, const std::string& script) {
  HF_TRY(const Record record, host.shell().ask(script, {}, Clock::now() + std::chrono::minutes(1)));
  if (record.status == 0) return std::string(trim(record.payload));
  return fail(Code::StepFailed,
              "pausing " + printable(host.name()) + " failed: " + printable(trim(record.payload)),
              "it needs root on the host");
}

bool usable(const Options& options, Diagnostics& diagnostics) {
  if (options.arguments.empty()) {
    diagnostics.error({.code = Code::Usage,
                       .message = "pause which hosts?",
                       .hint = "name them, or a pattern: `holdfast pause web1 --for 2h`"});
  }
  if (options.end == (options.pause_for > 0)) {
    diagnostics.error({.code = Code::Usage,
                       .message = "say for how long (--for 2h), or --end",
                       .hint = "a pause ends by itself, so that nobody forgets it"});
  }
  return !diagnostics.failed();
}

}  // namespace

int pause_command(const Options& options, const Registry& registry) {
  Diagnostics diagnostics;
  Session session(options, registry);
  if (!usable(options, diagnostics)) {
    complain(options, diagnostics);
    return static_cast<int>(Exit::Usage);
  }
  if (session.load_inventory_only(diagnostics)) {
    session.connect(session.scope(diagnostics, options.arguments), diagnostics);
  }
  if (diagnostics.failed()) {
    complain(options, diagnostics);
    return failed_exit(diagnostics);
  }
  Exit worst = Exit::Done;
  const std::string text = script(session);
  std::vector<Result<std::string>> done(session.hosts().size());
  parallel_for(done.size(), session.parallel(), [&](std::size_t i) {
    SessionHost& host = session.hosts()[i];
    done[i] = host.host ? pause(*host.host, text) : Result<std::string>(fail(*host.error));
  });
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (done[i]) {
      say(printable(session.hosts()[i].name) +
          (options.end ? ": apply works again\n"
                       : ": apply refuses until " + printable(*done[i]) + "\n"));
    } else {
      worst = worse(worst, session.hosts()[i].host ? Exit::Failed : Exit::Unreachable);
      diagnostics.error(std::move(done[i].error()));
    }
  }
  complain(options, diagnostics);
  return static_cast<int>(worst);
}

}  // namespace holdfast
