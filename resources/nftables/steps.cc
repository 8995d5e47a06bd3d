#include "resources/nftables/steps.h"

#include "engine/core/hash.h"
#include "resources/systemd/programs.h"
#include "resources/systemd/unit_steps.h"

namespace holdfast {

std::string_view nftables_listing_sh();
std::string_view nftables_load_sh();
std::string_view nftables_capture_sh();
std::string_view nftables_undo_sh();

namespace {

enum Phase { kUnlink, kFiles, kEnable, kReload, kLoad };

Argv program(std::string_view body, const char* name, const std::vector<NftTable>& tables) {
  Argv out = {"sh", "-c", std::string(nftables_listing_sh()) + std::string(body), name};
  for (const NftTable& table : tables) {
    out.push_back(table.family);
    out.push_back(table.name);
  }
  return out;
}

Expect expect_file(const Value& digest) {
  if (digest.is_null()) return {.what = Expect::What::Absent, .digest = {}};
  return {.what = Expect::What::File, .digest = std::string(digest.bytes())};
}

bool holds(const Value& digest, std::string_view text) {
  return !digest.is_null() && digest.bytes() == sha256_hex(text);
}

/// Does nothing but for its way back: a boot that takes the removal back began without the unit, so
/// that has to be started, once its file is there again.
Run loaded_again(const std::string& unit) {
  Run run;
  run.argv = {"true"};
  run.undo = Argv{"sh", "-c", "[ -z \"$HF_BOOT\" ] || exec systemctl --no-block start -- \"$1\"\n",
                  "nftables-boot", unit};
  run.undo_order = Run::UndoOrder::Last;
  run.note = "be ready to load it again at boot";
  run.rehearsal = Rehearsal{};
  return run;
}

void remove(std::vector<PhasedStep>& out, const NftChange& change) {
  if (change.enable) {
    out.push_back({kUnlink, loaded_again(change.subject.unit())});
    out.push_back({kUnlink, link_unit("disable", change.subject.unit())});
  }
  if (!change.unit.is_null()) {
    out.push_back({kFiles, Remove{unit_path(change.subject.unit()), expect_file(change.unit)}});
    out.push_back({kReload, reload_systemd()});
  }
  if (!change.file.is_null()) {
    out.push_back({kFiles, Remove{change.subject.file(), expect_file(change.file)}});
  }
}

void write(std::vector<PhasedStep>& out, const NftChange& change) {
  if (!change.keep_file) {
    out.push_back({kFiles, WriteFile{.path = change.subject.file(),
                                     .content = change.text,
                                     .owner = "root",
                                     .group = "root",
                                     .mode = change.text.is_secret() ? "0600" : "0644",
                                     .expect = expect_file(change.file),
                                     .validate = {"nft", "-c", "-f", "%s"}}});
  }
  const std::string unit = nft_unit_text(change.subject);
  const bool stands = holds(change.unit, unit);
  if (!stands) {
    out.push_back({kFiles, WriteFile{.path = unit_path(change.subject.unit()),
                                     .content = unit,
                                     .owner = "root",
                                     .group = "root",
                                     .mode = "0644",
                                     .expect = expect_file(change.unit)}});
  }
  if (change.enable) out.push_back({kEnable, link_unit("enable", change.subject.unit())});
  if (change.enable || !stands) out.push_back({kReload, reload_systemd()});
}

}  // namespace

Run load_tables(const std::vector<NftTable>& tables, const Value& text) {
  std::string names;
  for (const NftTable& table : tables) names += " " + table.text();
  Run run;
  run.argv = program(nftables_load_sh(), "nftables-load", tables);
  run.input = text;
  run.limit = std::chrono::minutes(2);
  run.capture = program(nftables_capture_sh(), "nftables-capture", tables);
  run.undo = program(nftables_undo_sh(), "nftables-undo", tables);
  run.undo_input = text;
  run.rehearsal = NotRehearsed{"it acts on the running packet filter", false};
  run.note = (text.bytes().empty() ? "delete tables of nftables:" : "load nftables:") + names;
  return run;
}

std::string nft_unit_text(const NftSubject& subject) {
  const std::string what = subject.table ? "the table " + subject.text() : "the ruleset";
  return "# Written by holdfast.\n"
         "[Unit]\n"
         "Description=Load " +
         what +
         " of nftables\n"
         "ConditionPathExists=" +
         subject.file() +
         "\n"
         "DefaultDependencies=no\n"
         "Wants=network-pre.target\n"
         "After=local-fs.target holdfast-boot.service nftables.service\n"
         "Before=network-pre.target shutdown.target\n"
         "Conflicts=shutdown.target\n"
         "\n"
         "[Service]\n"
         "Type=oneshot\n"
         "ExecStart=/usr/sbin/nft -f " +
         subject.file() +
         "\n"
         "\n"
         "[Install]\n"
         "WantedBy=sysinit.target\n";
}

std::vector<PhasedStep> nft_steps(const NftChange& change, bool removal) {
  std::vector<PhasedStep> out;
  removal ? remove(out, change) : write(out, change);
  if (!change.keep_live && !change.tables.empty()) {
    out.push_back({kLoad, load_tables(change.tables, removal ? Value("") : change.text)});
  }
  return out;
}

}  // namespace holdfast
