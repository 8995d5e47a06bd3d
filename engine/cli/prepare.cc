#include "engine/cli/prepare.h"

#include <set>

#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/session.h"
#include "engine/core/parallel.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"
#include "engine/core/yaml.h"
#include "engine/observe/prepared.h"
#include "engine/report/exit_code.h"

namespace holdfast {
namespace {

constexpr const char* kAccount = "holdfast-plan";

/// What both scripts speak of. The mark is the comment of an account that this one made.
std::string prepared_names() {
  return std::string("  hf_program=") + kPreparedProgram + " hf_account=" + kAccount +
         " hf_rule=/etc/sudoers.d/holdfast-plan\n"
         "  hf_own=/var/lib/$hf_account hf_mark='made by holdfast prepare'\n";
}

/// Installs program, account and rule; each whole or not at all. The program's bytes are the
/// frame's payload. The account's home is root's, so that nothing there can lead root elsewhere.
std::string script(const std::string& program, const std::string& key) {
  return "hf_prepare_host() {\n" + prepared_names() +
         "  hf_size=" + std::to_string(program.size()) + " hf_key=" + shell_quote(key) +
         " hf_line=" + shell_quote(sudoers_line(kAccount, program)) + R"sh(
  mkdir -p -m 755 "${hf_program%/*}" && hf_take "$hf_size" >"$hf_program.new" && chmod 755 "$hf_program.new" &&
    mv -T "$hf_program.new" "$hf_program" || return 1
  if ! id -u "$hf_account" >/dev/null 2>&1; then
    [ ! -e "$hf_own" ] || hf_mark=
    useradd --system --no-create-home --home-dir "$hf_own" --shell /bin/sh --comment "$hf_mark" "$hf_account" &&
      mkdir -p -m 755 "$hf_own" || return 1
  fi
  printf '%s' "$hf_line" >"$hf_rule.new" && chmod 440 "$hf_rule.new" && visudo -cqf "$hf_rule.new" &&
    mv -T "$hf_rule.new" "$hf_rule" || return 1
  [ -n "$hf_key" ] || return 0
  # Where a folder is the account's own, a link there may lead elsewhere.
  if [ -L "$hf_own" ] || [ -L "$hf_own/.ssh" ] || [ "$(stat -c %u "$hf_own" "$hf_own/.ssh" 2>/dev/null | sort -u)" != 0 ]; then
    echo "$hf_own is not root's alone, as an older holdfast made it: userdel -r $hf_account there, then prepare it again"
    return 1
  fi
  mkdir -p -m 755 "$hf_own" "$hf_own/.ssh" && printf '%s\n' "$hf_key" >"$hf_own/.ssh/authorized_keys" &&
    chmod 644 "$hf_own/.ssh/authorized_keys"
}
hf_out=$(hf_prepare_host 2>&1); hf_record ok $? "$hf_out"
)sh";
}

/// Says line by line what stays. The account goes last: without its mark nothing says whose the
/// rest is.
std::string undo_script() {
  return "hf_undo_prepare() {\n" + prepared_names() + R"sh(
  rm -f "$hf_rule.new" "$hf_program.new" || return 1
  if grep -qvx "$hf_account ALL=(root) NOPASSWD: sha256:[0-9a-f]* $hf_program \"\"" "$hf_rule" 2>/dev/null; then
    echo "the rule $hf_rule, which somebody changed"
  else
    rm -f "$hf_rule" || return 1
  fi
  rm -f "$hf_program" || return 1
  hf_drop_folder "${hf_program%/*}"
  case $(grep "^$hf_account:" /etc/passwd) in
    '') return 0 ;;
    *":$hf_mark:$hf_own:"*) ;;
    *) echo "the account $hf_account, which may have been there before"; return 0 ;;
  esac
  if [ "$SUDO_USER" = "$hf_account" ]; then
    echo "the account $hf_account, by which this was done"
    return 0
  fi
  # Where it is somebody else's by now, it may lead elsewhere.
  if [ "$(stat -c %u "$hf_own" 2>/dev/null)" = 0 ]; then
    rm -f "$hf_own/.ssh/authorized_keys" || return 1
    rmdir "$hf_own/.ssh" 2>/dev/null
  fi
  hf_drop_folder "$hf_own"
  userdel "$hf_account"
}
hf_drop_folder() {
  rmdir "$1" 2>/dev/null
  [ ! -e "$1" ] || echo "the folder $1, in which there is more"
}
hf_out=$(hf_undo_prepare 2>&1); hf_record ok $? "$hf_out"
)sh";
}

/// One public key, as sshd's authorized_keys(5) takes it without options. A private key, or
/// rubbish, would shut the account out, or worse.
Result<std::string> public_key(const std::string& path) {
  HF_TRY(const std::shared_ptr<const Source> source, load_source(path, 65536));
  const std::string key(trim(source->text));
  const std::vector<std::string_view> words = split(key, ' ');
  static const std::set<std::string, std::less<>> kTypes{"ssh-ed25519",
                                                         "ssh-rsa",
                                                         "ecdsa-sha2-nistp256",
                                                         "ecdsa-sha2-nistp384",
                                                         "ecdsa-sha2-nistp521",
                                                         "sk-ssh-ed25519@openssh.com",
                                                         "sk-ecdsa-sha2-nistp256@openssh.com"};
  // The blob begins with the length of the type's name: base64 of three zero bytes.
  const bool whole = words.size() >= 2 && kTypes.count(words[0]) > 0 &&
                     starts_with(words[1], "AAAA") && words[1].size() > 60 &&
                     key.find('\n') == std::string::npos;
  if (whole) return key;
  const bool secret = key.find("PRIVATE KEY") != std::string::npos;
  return fail(
      Code::Usage,
      "'" + printable(path) + "' holds no public key" + (secret ? ": it is a private one" : ""),
      secret ? "its public half is '" + printable(path) + ".pub'"
             : "one line, as `ssh-keygen` writes it: ssh-ed25519 AAAA… comment");
}

Result<void> prepare(RemoteHost& host, const std::string& program, const std::string& key) {
  HF_TRY(const Record record,
         host.shell().ask(script(program, key), program, Clock::now() + std::chrono::minutes(2)));
  if (record.status == 0) return {};
  return fail(Code::StepFailed,
              "preparing " + printable(host.name()) + " failed: " + printable(trim(record.payload)),
              "it needs root and sudo on the host");
}

}  // namespace

Result<std::vector<std::string>> undo_prepare(RemoteHost& host) {
  HF_TRY(const Record record,
         host.shell().ask(undo_script(), {}, Clock::now() + std::chrono::minutes(2)));
  if (record.status != 0) {
    return fail(Code::StepFailed,
                "what `prepare` made on " + printable(host.name()) +
                    " is not all gone: " + printable(trim(record.payload)),
                "once that is no more so, retire it again");
  }
  std::vector<std::string> out;
  for (const std::string_view line : lines(record.payload)) out.push_back(printable(line));
  return out;
}

int prepare_command(const Options& options, const Registry& registry) {
  Diagnostics diagnostics;
  Session session(options, registry);
  std::string key;
  if (!options.key.empty()) {
    if (auto read = public_key(options.key)) {
      key = std::move(*read);
    } else {
      diagnostics.error(std::move(read.error()));
    }
  }
  if (!diagnostics.failed() && session.load_inventory_only(diagnostics)) {
    session.connect(session.scope(diagnostics, options.arguments), diagnostics);
  }
  if (diagnostics.failed()) {
    complain(options, diagnostics);
    return failed_exit(diagnostics);
  }
  Exit worst = Exit::Done;
  const std::string program = prepared_program(registry);
  std::vector<Result<void>> done(session.hosts().size());
  parallel_for(done.size(), session.parallel(), [&](std::size_t i) {
    SessionHost& host = session.hosts()[i];
    done[i] = host.host ? prepare(*host.host, program, key) : Result<void>(fail(*host.error));
  });
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (done[i]) {
      say(printable(session.hosts()[i].name) + ": the account " + kAccount +
          " may plan, and nothing else\n");
    } else {
      worst = worse(worst, session.hosts()[i].host ? Exit::Failed : Exit::Unreachable);
      diagnostics.error(std::move(done[i].error()));
    }
  }
  complain(options, diagnostics);
  return static_cast<int>(worst);
}

}  // namespace holdfast
