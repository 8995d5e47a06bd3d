#include "engine/report/outcome_text.h"

#include <algorithm>
#include <array>

#include "engine/core/shell_quote.h"
#include "engine/core/text.h"
#include "engine/report/ci_safe.h"
#include "engine/report/error_text.h"
#include "engine/report/ink.h"
#include "engine/report/live_board.h"
#include "engine/report/progress.h"
#include "engine/report/row_view.h"

namespace holdfast {
namespace {

/// An error whose message has many lines: the first as its message, the others, which a program
/// printed, quoted below it.
std::string failure_text(const Error& error, bool colour) {
  Error head = error;
  const auto end = head.message.find('\n');
  std::string printed;
  if (end != std::string::npos) {
    for (const std::string_view line : lines(std::string_view(error.message).substr(end + 1))) {
      printed += "     | " + printable_lines(line) + "\n";
    }
    head.message.resize(end);
  }
  std::string text = error_text(head, colour);
  const auto first = text.find('\n') + 1;
  return text.insert(first, printed);
}

class HostText {
 public:
  HostText(const Plan& plan, const Outcome& outcome, const HostOutcome& host, const Ink& ink)
      : plan_(plan), host_(host), ink_(ink) {
    for (const auto& [index, row] : outcome.rows) {
      if (index < plan.declarations.size() && plan.declarations[index].host == host.host) {
        rows_.emplace_back(index, &row);
      }
    }
  }

  std::string text() {
    head();
    reason();
    const bool as_before = host_.end == HostEnd::RolledBack;
    list("taken back", RowOutcome::What::UndoneAgain);
    list(as_before ? "taken back" : "done before it failed", RowOutcome::What::Done);
    what_is_left();
    held_back();
    return out_ + "\n";
  }

 private:
  void line(const std::string& text) { out_ += "  " + text + "\n"; }
  std::string address(std::size_t row) const {
    return printable(plan_.declarations[row].resource.address());
  }

  void head() {
    out_ += ink_.bold(ink_.red(printable(host_.host) + ": " + phrase()));
    for (const auto& [index, row] : rows_) {
      if (row->what != RowOutcome::What::Failed) continue;
      out_ += " at " + ink_.bold(address(index));
      break;
    }
    out_ += "\n";
  }

  std::string phrase() const {
    switch (host_.end) {
      case HostEnd::RolledBack:
        if (half_stays(host_)) return "taken back to where the run before it was cut off: failed";
        return failed_here() ? "taken back, and as before: failed" : "taken back, and as before";
      case HostEnd::HalfDone:
        return "half-done: failed";
      case HostEnd::Stopped:
        return "stopped by its policy: failed";
      case HostEnd::Refused:
        return "not begun";
      case HostEnd::Locked:
        return "not begun: another run holds the host";
      case HostEnd::Unreachable:
        return "unreachable";
      case HostEnd::HeldBack:
        return host_.changed > 0 ? "not finished: what the rest rests on isn't done"
                                 : "not begun: what it rests on isn't done";
      case HostEnd::Unchanged:
      case HostEnd::Applied:
        break;
    }
    return "left incomplete";
  }

  bool failed_here() const {
    return std::any_of(rows_.begin(), rows_.end(), [](const auto& row) {
      return row.second->what == RowOutcome::What::Failed;
    });
  }

  void reason() {
    std::vector<std::string> told;
    const auto tell = [&](const Error& error) {
      std::string text = failure_text(error, ink_.colour());
      if (std::find(told.begin(), told.end(), text) != told.end()) return;
      out_ += indented(text, 2);
      told.push_back(std::move(text));
    };
    for (const auto& [index, row] : rows_) {
      if (row->what == RowOutcome::What::Failed && row->error) tell(*row->error);
    }
    if (host_.error && host_.end != HostEnd::HeldBack) tell(*host_.error);
  }

  void list(const char* title, RowOutcome::What what) {
    std::vector<std::string> all;
    for (const auto& [index, row] : rows_) {
      if (row->what == what) all.push_back(address(index));
    }
    if (!all.empty()) line(std::string(title) + ": " + join(all, ", "));
  }

  void what_is_left() {
    for (const std::string& left : host_.left) {
      line(ink_.red("left: ") + printable(left));
    }
    for (const std::string& closed : host_.stays) {
      line(ink_.yellow("stays: ") + printable(closed) + "  [one way: it closed a hole]");
    }
    const bool left = host_.end == HostEnd::HalfDone || host_.end == HostEnd::Stopped;
    if (left && !host_.run.empty()) {
      const std::string run = unfinished(host_);
      // A rollback that left something is gone on with, not taken back itself.
      way_back(run == host_.run ? "take it back" : "see to what is left, then go on", run);
    }
    if (!half_stays(host_)) return;
    const bool open = host_.cut_off->status == "open";
    line(ink_.red("left: ") + "what run " + printable(host_.cut_off->run) +
         " did, which was cut off" + (open ? " and is still open" : "; it was ended as stopped"));
    way_back("take that back", host_.cut_off->run);
  }

  void way_back(const std::string& what, const std::string& run) {
    line(what + ": `holdfast rollback " + printable(run) + "`");
    line("or by hand, as root on the host: " + printable(by_hand(run)));
  }

  void held_back() {
    std::vector<std::string> untouched;
    for (const auto& [index, row] : rows_) {
      if (row->what != RowOutcome::What::NotBegun) continue;
      if (!row->error) {
        untouched.push_back(address(index));
        continue;
      }
      const auto& message = row->error->message;
      line("held back: " + address(index) + ": " + printable(message));
    }
    if (!untouched.empty()) line("not begun: " + join(untouched, ", "));
  }

  const Plan& plan_;
  const HostOutcome& host_;
  const Ink& ink_;
  std::vector<std::pair<std::size_t, const RowOutcome*>> rows_{};
  std::string out_;
};

std::string column(const std::string& text, std::size_t columns) {
  const std::size_t width = shown_width(text);
  return text + std::string(columns > width ? columns - width : 0, ' ');
}

/// What was found wrong and fails nothing.
std::string warnings(const Plan& plan, const Outcome& outcome, const Ink& ink) {
  std::string out;
  for (const auto& [index, row] : outcome.rows) {
    if (row.what != RowOutcome::What::Done || !row.error) continue;
    if (index >= plan.declarations.size()) continue;
    const Declaration& declaration = plan.declarations[index];
    out += ink.yellow("warning: ") +
           printable(declaration.host + " " + declaration.resource.address()) + ": " +
           printable(row.error->message) + "\n";
    if (!row.error->hint.empty())
      out += "  " + ink.cyan("do: " + printable(row.error->hint)) + "\n";
  }
  return out;
}

/// A line a host that was changed or should have been; the rest only as a number.
std::string recap(const Outcome& outcome, const Ink& ink) {
  std::size_t widest = 0;
  for (const HostOutcome& host : outcome.hosts) {
    widest = std::max(widest, shown_width(printable(host.host)));
  }
  std::string out;
  for (const HostOutcome& host : outcome.hosts) {
    const bool stopped = host.cut_off && host.cut_off->status != "open";
    if (host.end == HostEnd::Unchanged && !stopped) continue;
    const std::string word = column(std::string(host_end_word(host.end)), 11);
    out += ink.bold(column(printable(host.host), widest)) + "  " +
           (ended_well(host) ? ink.green(word) : ink.red(word)) + "  " +
           column(std::to_string(host.changed) + " changed", 12) + "  " +
           column(shown_time(host.took), 9);
    if (!host.run.empty()) out += ink.dim("  run " + printable(host.run));
    while (!out.empty() && out.back() == ' ') out.pop_back();
    out += "\n";
    if (stopped) {
      out += "  went on from run " + printable(host.cut_off->run) + ", which ended as stopped\n";
    }
    if (host.later.empty()) continue;
    out += "  later, once this run's job is over: " + printable(join(host.later, "; ")) + "\n" +
           "  journalctl -u holdfast-later-" + printable(host.run) + "\n";
  }
  return out;
}

std::string summary(const Outcome& outcome) {
  std::array<std::size_t, 9> ends{};
  std::size_t changed = 0;
  std::size_t checks = 0;
  bool asked_for = true;
  for (const HostOutcome& host : outcome.hosts) {
    ++ends.at(static_cast<std::size_t>(host.end));
    if (host.end == HostEnd::Applied) changed += static_cast<std::size_t>(host.changed);
    checks += static_cast<std::size_t>(host.checks);
    asked_for = asked_for && ended_well(host);
  }
  std::string out = outcome.interrupted ? "Interrupted" : asked_for ? "Done" : "Failed";
  std::vector<std::string> parts;
  for (std::size_t i = 1; i < ends.size(); ++i) {
    if (ends.at(i) == 0) continue;
    parts.push_back(counted(ends.at(i), "host") + " " +
                    std::string(host_end_word(static_cast<HostEnd>(i))));
  }
  const std::size_t unchanged = ends.at(static_cast<std::size_t>(HostEnd::Unchanged));
  if (unchanged > 0) parts.push_back(counted(unchanged, "host") + " unchanged");
  if (parts.empty()) parts.emplace_back("no host took part");
  out += ": " + join(parts, ", ");
  if (changed > 0) out += "; " + counted(changed, "resource") + " changed";
  if (checks > 0) out += "; " + counted(checks, "check") + " passed";
  return out + ".";
}

/// Of a run that did its work on some hosts: how to go on with the others.
std::string others(const Outcome& outcome) {
  std::vector<std::string> names;
  for (const HostOutcome& host : outcome.hosts) {
    // Those shared the others' end.
    if (host.end == HostEnd::Locked || (host.end == HostEnd::RolledBack && !host.error)) return {};
    if (!ended_well(host)) names.push_back(host.host);
  }
  if (names.empty() || names.size() == outcome.hosts.size()) return {};
  return "To go on with the other" + std::string(names.size() == 1 ? " host" : "s") + ": --limit " +
         printable(shell_quote(join(names, ","))) + "\n";
}

}  // namespace

std::string unfinished(const HostOutcome& host) {
  for (const EndedRun& run : host.taken_back) {
    if (run.status != "rolled-back") return run.run;
  }
  return host.run;
}

std::string by_hand(const std::string& run) {
  return "sh " + shell_quote("/var/lib/holdfast/runs/" + run + "/rollback.sh");
}

std::string alone_text(const Outcome& outcome, bool colour) {
  const Ink ink(colour);
  std::string out;
  for (const auto& [host, all] : outcome.alone) {
    for (const EndedAlone& one : all) {
      out += ink.yellow("note: ") + printable(host) + ": " + alone_note(one) + "\n";
    }
  }
  return ci_safe(out);
}

std::string outcome_text(const Plan& plan, const Outcome& outcome, bool colour) {
  const Ink ink(colour);
  std::string out = alone_text(outcome, colour);
  for (const HostOutcome& host : outcome.hosts) {
    const bool incomplete =
        std::any_of(outcome.rows.begin(), outcome.rows.end(), [&](const auto& entry) {
          return entry.first < plan.declarations.size() &&
                 plan.declarations[entry.first].host == host.host &&
                 entry.second.what == RowOutcome::What::NotBegun;
        });
    if (!ended_well(host) || incomplete || !host.left.empty()) {
      out += HostText(plan, outcome, host, ink).text();
    }
  }
  out += warnings(plan, outcome, ink) + recap(outcome, ink);
  return ci_safe(out + ink.bold(summary(outcome)) + "\n" + others(outcome));
}

}  // namespace holdfast
