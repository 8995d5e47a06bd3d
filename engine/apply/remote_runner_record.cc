#include <algorithm>
#include <cstdlib>

#include "engine/apply/aftermath.h"
#include "engine/apply/remote_runner.h"
#include "engine/core/crash_point.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

/// meta.json of each run, its number as the record's status.
constexpr std::string_view kListRuns =
    "for hf_meta in $hf_home/runs/*/meta.json; do\n"
    "  [ -f \"$hf_meta\" ] || continue\n  hf_number=0\n"
    "  [ -s \"${hf_meta%/*}/number\" ] && read -r hf_number <\"${hf_meta%/*}/number\"\n"
    "  hf_record meta \"$hf_number\" \"$(cat \"$hf_meta\")\"\ndone\n";

/// The same of each that did begin, then what is no longer there of its way back.
constexpr std::string_view kListKept =
    "for hf_run in $hf_home/runs/*; do\n"
    "  [ -f \"$hf_run/meta.json\" ] || continue\n  hf_number=0 hf_reason=\n"
    "  [ ! -e \"$hf_run/opening\" ] || [ $hf_home/armed -ef \"$hf_run\" ] || continue\n"
    "  [ -s \"$hf_run/number\" ] && read -r hf_number <\"$hf_run/number\"\n"
    "  hf_record meta \"$hf_number\" \"$(cat \"$hf_run/meta.json\")\"\n"
    "  [ -d \"$hf_run/undo\" ] || {\n"
    "    { read -r hf_reason <\"$hf_run/dropped\"; } 2>/dev/null\n"
    "    hf_record dropped 0 \"$hf_reason\"\n  }\n"
    "  [ ! -e \"$hf_run/gone\" ] || hf_record gone 0 \"$(hf_gone)\"\ndone\n";

/// By the run: of lines "DIGEST  RUN/meta.json", as sha256sum prints them.
std::map<std::string, std::string> digests_of(std::string_view text) {
  std::map<std::string, std::string> out;
  for (const std::string_view line : lines(text)) {
    const std::size_t name = line.find("  "), slash = line.rfind('/');
    if (name == std::string_view::npos || slash == std::string_view::npos || slash < name) continue;
    out[std::string(line.substr(name + 2, slash - name - 2))] = line.substr(0, name);
  }
  return out;
}

}  // namespace

Result<std::string> RemoteRunner::aftermath(const std::string& id, Deadline deadline) {
  HF_CRASH_POINTS("aftermath");
  HF_TRY(const auto again, host_.log_in_again(deadline));
  const std::string folder = "/var/lib/holdfast/runs/" + shell_quote(id);
  // While it is armed it may still be taken back, whatever its meta.json says.
  HF_TRY(Record answer, again->shell().ask("if [ /var/lib/holdfast/armed -ef " + folder +
                                               " ]; then hf_record ok 0 ''\nelif [ ! -e " + folder +
                                               " ] && { [ ! -e /var/lib/holdfast/lock ] || "
                                               "flock -n /var/lib/holdfast/lock true; }; then "
                                               "hf_record none 0 ''\nelse hf_record ok 0 \"$(cat " +
                                               folder + "/meta.json 2>/dev/null)\"; fi\n",
                                           {}, deadline));
  if (answer.tag == "none") return meta_of_none(id);
  return std::move(answer.payload);
}

Result<void> RemoteRunner::annotate(const RunMeta& meta, const Ender& by, Deadline deadline) {
  HF_CRASH_POINTS("annotate");
  const std::string script = "hf_error_text=$(hf_annotate_run " + shell_quote(meta.id) + " " +
                             shell_quote(meta_json(meta)) + " " + shell_quote(meta.status) + " " +
                             shell_quote(by.by) + " " + shell_quote(by.words) +
                             " 2>&1); hf_record ok $? \"$hf_error_text\"\n";
  HF_TRY([[maybe_unused]] const Record record, must(script, "noting the run", deadline));
  return {};
}

Result<int> RemoteRunner::make_image(const std::string& state, Deadline deadline) {
  const std::string script = "hf_error_text=$(hf_make_image " + shell_quote(state) +
                             " 2>&1); hf_record ok $? \"$hf_error_text\"; hf_drop_lock\n";
  HF_TRY(const Record record, must(script, "sealing", deadline));
  return std::atoi(std::string(trim(record.payload)).c_str());  // NOLINT: digits of our own script
}

Result<void> RemoteRunner::leave_host(Deadline deadline) {
  HF_TRY([[maybe_unused]] const Record record,
         must("hf_error_text=$(hf_leave_host 2>&1); hf_record ok $? \"$hf_error_text\"; "
              "hf_drop_lock\n",
              "leaving the host", deadline));
  return {};
}

Result<std::vector<Remembered>> RemoteRunner::runs(Deadline deadline) {
  HF_CRASH_POINTS("runs");
  HF_CHECK(host_.shell().send(library() + std::string(kListKept), {}, deadline));
  std::vector<std::pair<int, Remembered>> found;
  const auto on_record = [&](Record&& record) {
    if (record.tag == "meta") {
      found.emplace_back(record.status, Remembered{std::move(record.payload)});
    } else if (!found.empty() && record.tag == "dropped") {
      found.back().second.way_back.there = false;
      found.back().second.way_back.dropped = std::move(record.payload);
    } else if (!found.empty() && record.tag == "gone") {
      for (const std::string_view step : lines(record.payload))
        found.back().second.way_back.gone.emplace_back(step);
    }
  };
  HF_TRY([[maybe_unused]] const int status, host_.shell().receive(on_record, kCap, deadline));
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Remembered> out;
  for (auto& [number, run] : found) out.push_back(std::move(run));
  return out;
}

Result<HostChain> RemoteRunner::chain(Deadline deadline) {
  const std::string script =
      library() +
      "hf_record machine 0 \"$(cat /etc/machine-id 2>/dev/null)\"\n"
      "hf_armed=$(readlink $hf_home/armed); hf_record armed 0 \"${hf_armed##*/}\"\n"
      "[ ! -e $hf_home/chain.unreadable ] || hf_record unreadable 0 ''\n" +
      std::string(kListRuns) +
      "hf_record digests 0 \"$(cd $hf_home/runs 2>/dev/null && sha256sum -- */meta.json "
      "2>/dev/null)\"\n"
      "hf_record chain 0 \"$(cat $hf_home/chain 2>/dev/null)\"\n";
  HF_CHECK(host_.shell().send(script, {}, deadline));
  HostChain out;
  std::map<std::string, std::string> digests;
  const auto on_record = [&](Record&& record) {
    if (record.tag == "machine") out.machine = trim(record.payload);
    if (record.tag == "armed") out.armed = record.payload;
    if (record.tag == "unreadable") out.unreadable = true;
    if (record.tag == "chain") out.text = std::move(record.payload);
    if (record.tag == "digests") digests = digests_of(record.payload);
    if (record.tag != "meta") return;
    if (const auto meta = parse_meta(record.payload)) {
      out.runs[meta->id] = {{}, meta->status, record.status};
    }
  };
  HF_TRY([[maybe_unused]] const int status, host_.shell().receive(on_record, kCap, deadline));
  for (const auto& [run, digest] : digests) out.runs[run].digest = digest;
  return out;
}

Result<std::string> RemoteRunner::state_before(const std::string& id, Deadline deadline) {
  HF_TRY(Record record,
         must(run_folder(id) + "hf_record ok 0 \"$(cat \"$hf_run/backup/state\" 2>/dev/null)\"\n",
              "reading the run's record", deadline));
  return std::move(record.payload);
}

}  // namespace holdfast
