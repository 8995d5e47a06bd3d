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

/// Installs program, account and rule; each whole or not at all. The program's bytes are the
/// frame's payload.
std::string script(const std::string& program, const std::string& key) {
  return std::string("hf_prepare_host() {\n") + "  hf_program=" + kPreparedProgram +
         " hf_account=" + kAccount + "\n" +
         "  mkdir -p -m 755 /usr/local/lib/holdfast && hf_take " + std::to_string(program.size()) +
         " >\"$hf_program.new\" && chmod 755 \"$hf_program.new\" && mv -T \"$hf_program.new\" "
         "\"$hf_program\" || return 1\n"
         "  id -u \"$hf_account\" >/dev/null 2>&1 ||\n"
         "    useradd --system --create-home --home-dir \"/var/lib/$hf_account\" --shell /bin/sh "
         "\"$hf_account\" || return 1\n"
         "  printf '%s' " +
         shell_quote(sudoers_line(kAccount, program)) +
         " >/etc/sudoers.d/holdfast-plan.new &&\n"
         "    chmod 440 /etc/sudoers.d/holdfast-plan.new && visudo -cqf "
         "/etc/sudoers.d/holdfast-plan.new &&\n"
         "    mv -T /etc/sudoers.d/holdfast-plan.new /etc/sudoers.d/holdfast-plan || return 1\n" +
         (key.empty() ? std::string()
                      : "  hf_home=/var/lib/$hf_account/.ssh; mkdir -p -m 700 \"$hf_home\" && "
                        "printf '%s\\n' " +
                            shell_quote(key) +
                            " >\"$hf_home/authorized_keys\" && chown -R \"$hf_account:\" "
                            "\"$hf_home\" || return 1\n") +
         "}\nhf_out=$(hf_prepare_host 2>&1); hf_record ok $? \"$hf_out\"\n";
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
