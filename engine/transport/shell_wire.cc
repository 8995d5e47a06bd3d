#include "engine/transport/shell_wire.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr std::string_view kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Reads exactly the script's bytes: dd takes one whole block, where busybox's head reads ahead.
/// Descriptor 9 is the wire; a script's stray output goes to standard error.
constexpr std::string_view kLoop =
    "hf_loop() { eval \"$hf_script\"; }; "
    "while read -r hf_nonce hf_size hf_left; do "
    "hf_script=$(dd bs=\"$hf_size\" count=1 iflag=fullblock 2>/dev/null) || exit 97; "
    "hf_loop; done";

constexpr std::string_view kPrelude = R"(LC_ALL=C
export LC_ALL
umask 077
ulimit -S -c 0
unset CDPATH GREP_OPTIONS POSIXLY_CORRECT BLOCKSIZE BLOCK_SIZE QUOTING_STYLE TIME_STYLE TAR_OPTIONS
hf_record() { printf 'HF %s %s %s %s\n%s\n' "$hf_nonce" "$1" "$2" "${#3}" "$3" >&9; }
hf_take() {
  hf_need=$1 hf_failed=0
  hf_left=$((hf_left - hf_need))
  while [ "$hf_need" -gt 0 ]; do
    hf_block=$hf_need
    [ "$hf_block" -le 1048576 ] || hf_block=1048576
    hf_need=$((hf_need - hf_block))
    if [ "$hf_failed" = 0 ]; then
      dd bs="$hf_block" count=1 iflag=fullblock status=none || hf_failed=1
    else
      dd bs="$hf_block" count=1 iflag=fullblock >/dev/null 2>&1
    fi
  done
  return "$hf_failed"
}
hf_drain() { hf_take "${1:-$hf_left}" >/dev/null; }
hf_run() { eval "$hf_script"; }
hf_loop() {
  hf_run
  hf_record end "$?" ''
}
hf_record ready 0 "$$"
)";

bool read_number(std::string_view word, std::size_t& number) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return !word.empty() && error == std::errc() && end == word.data() + word.size();
}

bool is_tag(std::string_view word) {
  constexpr std::size_t kLongest = 64;
  return !word.empty() && word.size() <= kLongest &&
         std::all_of(word.begin(), word.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::string record_start(std::string_view nonce) {
  std::string out("HF ");
  out.append(nonce);
  return out += ' ';
}

}  // namespace

Result<std::string> shell_command(const ShellStart& start) {
  const bool plain = !start.user.empty() && start.user[0] != '-' &&
                     std::all_of(start.user.begin(), start.user.end(), [](char c) {
                       return std::string_view("_.-@+").find(c) != std::string_view::npos ||
                              (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                              (c >= 'a' && c <= 'z');
                     });
  if (start.sudo && !plain) {
    return fail(Code::EscalationRefused,
                "'" + printable(start.user) + "' is no user name that sudo can be given");
  }
  std::string command = "exec ";
  if (start.sudo) {
    command += start.prompt.empty() ? "sudo -n" : "sudo -S -p ";
    command.append(start.prompt).append(" -u ").append(start.user).append(" -- ");
  }
  if (!start.program.empty()) return command + start.program;
  command += "/bin/sh -c 'PATH=";
  command += kPath;
  command += "; export PATH; exec 9>&1 1>&2; ";
  if (!start.mark.empty()) command.append("echo ").append(start.mark).append(" >&9; ");
  command.append(kLoop).append("'");
  return command;
}

std::string_view shell_prelude() { return kPrelude; }

std::string frame_header(std::string_view nonce, std::size_t script, std::size_t payload) {
  return std::string(nonce) + " " + std::to_string(script) + " " + std::to_string(payload) + "\n";
}

void RecordParser::feed(std::string_view bytes) { bytes_.append(bytes); }

void RecordParser::consume(std::size_t count) {
  constexpr std::size_t kCompactFrom = std::size_t{64} << 10;
  from_ += count;
  if (from_ == bytes_.size()) {
    bytes_.clear();
    from_ = 0;
  } else if (from_ >= kCompactFrom) {
    bytes_.erase(0, from_);
    from_ = 0;
  }
}

Error RecordParser::invalid(const std::string& why) const {
  return {.code = Code::HostAnswerInvalid,
          .message = why + ": '" + excerpt(rest()) + "'",
          .hint = "something on the host writes into holdfast's stream, or the host lies"};
}

Result<bool> RecordParser::skip_junk(std::string_view nonce) {
  const std::string start = record_start(nonce);
  const std::size_t at = rest().find(start);
  // Without a hit all but what may be the beginning of one is junk.
  const std::size_t keep = std::min(rest().size(), start.size() - 1);
  const std::size_t count = at != std::string_view::npos ? at : rest().size() - keep;
  junk_.append(rest().substr(0, count));
  consume(count);
  if (junk_.size() > kMostJunk) {
    return fail(
        Code::HostAnswerInvalid,
        "the host printed more than 64 KiB before any answer: '" + excerpt(junk_) + "'",
        "what does the account's login shell print, and where (~/.bashrc, /etc/profile.d)?");
  }
  started_ = at != std::string_view::npos;
  return started_;
}

Result<bool> RecordParser::take_header(std::string_view nonce) {
  constexpr std::size_t kLongestHeader = 192;
  const std::string start = record_start(nonce);
  const std::string_view bytes = rest();
  const std::size_t known = std::min(bytes.size(), start.size());
  if (bytes.substr(0, known) != std::string_view(start).substr(0, known)) {
    return tl::unexpected<Error>(invalid("the host's answer is not of this frame"));
  }
  const std::size_t end = bytes.substr(0, kLongestHeader).find('\n');
  if (end == std::string_view::npos) {
    if (bytes.size() < kLongestHeader) return false;
    return tl::unexpected<Error>(invalid("the host's answer has an endless first line"));
  }
  const std::vector<std::string_view> words =
      split(bytes.substr(start.size(), end - start.size()), ' ');
  std::size_t status = 0;
  constexpr std::size_t kHighestStatus = 1'000'000;
  if (words.size() != 3 || !is_tag(words[0]) || !read_number(words[1], status) ||
      status > kHighestStatus || !read_number(words[2], left_)) {
    return tl::unexpected<Error>(invalid("the host's answer has a wrong first line"));
  }
  if (left_ > kLongestRecord) {
    return tl::unexpected<Error>(invalid("the host announces an answer that is too long"));
  }
  record_ = {.tag = std::string(words[0]), .status = static_cast<int>(status)};
  have_header_ = true;
  consume(end + 1);
  return true;
}

Result<std::optional<Record>> RecordParser::next(std::string_view nonce, std::size_t cap) {
  if (!started_) {
    HF_TRY(const bool found, skip_junk(nonce));
    if (!found) return std::optional<Record>();
  }
  if (!have_header_) {
    HF_TRY(const bool taken, take_header(nonce));
    if (!taken) return std::optional<Record>();
  }
  const std::size_t here = std::min(left_, rest().size());
  const std::size_t room = cap - std::min(cap, record_.payload.size());
  record_.payload.append(rest().substr(0, std::min(here, room)));
  record_.truncated = record_.truncated || here > room;
  left_ -= here;
  consume(here);
  if (left_ > 0 || rest().empty()) return std::optional<Record>();
  if (rest().front() != '\n') {
    return tl::unexpected<Error>(invalid("the host's answer is longer than it said"));
  }
  consume(1);
  have_header_ = false;
  return std::optional<Record>(std::move(record_));
}

}  // namespace holdfast
