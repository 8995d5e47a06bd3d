#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/transport/shell.h"

namespace holdfast {

/// How the remote loop is started.
struct ShellStart {
  bool sudo = false;
  std::string user = "root";
  std::string program{};  ///< Instead of sh: an absolute path of plain characters.
  std::string prompt{};   ///< Not empty: sudo reads a password from standard input, asked for by
                          ///< this text on standard error.
  std::string mark{};     ///< Not empty: printed on standard output once the loop runs.
};

/// One line that sh, bash, dash, zsh, fish, csh and tcsh read alike: single quotes, and in them
/// neither a quote, a backslash, a newline nor an exclamation mark. It becomes a sh that reads
/// frames. @errors HF4007 a user name that no such line can hold.
Result<std::string> shell_command(const ShellStart& start);

/// The first frame's script: a fixed environment and the functions that scripts use. Answers with a
/// record tagged "ready", and with no "end".
std::string_view shell_prelude();

/// "NONCE SCRIPT PAYLOAD\n": sizes in bytes. The script must not be empty.
std::string frame_header(std::string_view nonce, std::size_t script, std::size_t payload);

/// Reads records out of what a host sends: "HF NONCE TAG STATUS LENGTH\nTEXT\n". Trusts nothing:
/// every length is checked before anything is kept.
class RecordParser {
 public:
  /// Bytes of junk (banners) before the first record, and of a record's text.
  static constexpr std::size_t kMostJunk = std::size_t{64} << 10;
  static constexpr std::size_t kLongestRecord = std::size_t{1} << 30;

  void feed(std::string_view bytes);
  /// The next record of the frame with this nonce; nothing where more bytes are needed.
  /// @param cap  Bytes kept of its text. @errors HF4009.
  Result<std::optional<Record>> next(std::string_view nonce, std::size_t cap);
  /// What came and is no record, for a message.
  std::string unparsed() const { return junk_ + std::string(rest()); }

 private:
  std::string_view rest() const { return std::string_view(bytes_).substr(from_); }
  void consume(std::size_t count);
  Result<bool> skip_junk(std::string_view nonce);
  Result<bool> take_header(std::string_view nonce);
  Error invalid(const std::string& why) const;

  std::string bytes_;
  std::size_t from_ = 0;
  std::string junk_;
  bool started_ = false;
  bool have_header_ = false;
  Record record_;
  std::size_t left_ = 0;  ///< Of the record's text.
};

}  // namespace holdfast
