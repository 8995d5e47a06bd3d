#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/core/probe.h"
#include "engine/core/server.h"
#include "engine/core/value.h"

namespace holdfast {

using Argv = std::vector<std::string>;

/// What a path must be just before a file-like step acts, as the plan saw or predicted it. Anything
/// else stops the host.
struct Expect {
  enum class What { Anything, Absent, File, Directory, Link } what = What::Anything;
  std::string
      digest{};  ///< File: SHA-256 of its bytes, lower-case hex. Link: its target. "" : any.
};

/// Atomically puts a regular file: temporary in the same folder, owner and mode, fsync, validate,
/// rename. What is not stated is kept from the old file (xattrs and ACLs always are); a new file
/// gets root:root 0644, or 0600 if secret.
struct WriteFile {
  std::string path;
  Value content;  ///< Text or Secret: the bytes.
  std::optional<std::string> owner{}, group{}, mode{};
  Expect expect{};
  Argv
      validate{};  ///< Run before the swap, with the temporary's path in place of an argument "%s".
};

/// Makes one directory; its parent must exist. A new one gets root:root 0755 where nothing is
/// stated.
struct MakeDirectory {
  std::string path;
  std::optional<std::string> owner{}, group{}, mode{};
};

/// Atomically puts a symbolic link.
struct Link {
  std::string path;
  std::string target;
  std::optional<std::string> owner{}, group{};
  Expect expect{};
};

/// Removes a file, a link or, recursively and on one file system, a directory.
struct Remove {
  std::string path;
  Expect expect{};
};

/// Owner (name or number), group and mode just before a step, as the plan saw them. Those that are
/// there now, or those that the step sets: anything else stops the host. What isn't given is free.
struct ExpectMetadata {
  std::optional<std::string> owner{}, group{}, mode{};
};

struct SetOwner {
  std::string path;
  std::optional<std::string> owner{}, group{};  ///< Never follows a link.
  ExpectMetadata expect{};
};

struct SetMode {
  std::string path;
  std::string mode;  ///< Four octal digits.
  ExpectMetadata expect{};
};

/// Why a step can't be taken back; shown by the plan before anyone agrees.
struct Irreversible {
  std::string reason;
};

/// How a program is rehearsed (engine/apply/rehearsal.h): in a copy of the host's files that nobody
/// keeps, out of reach of its network, its other processes and its daemons.
struct Rehearsal {
  Argv argv{};  ///< In place of the step's own, where that would need what is out of reach.
                ///< Operands follow either.
  Argv undo{};  ///< The same of its undo.
  /// Paths that it and its undo knowingly don't leave as they were, with all below them.
  std::vector<std::string> leaves{};
  std::string without{};  ///< What a rehearsal leaves out, for people: "the running packet filter".
  bool operator==(const Rehearsal&) const = default;
};

/// Why a program is not rehearsed; said of a rehearsal before anyone relies on it.
struct NotRehearsed {
  std::string reason;
  bool brings = true;  ///< What comes after it may rest on what it would have brought.
  bool operator==(const NotRehearsed&) const = default;
};

/// A secret that the controller gets from a server just before it is used.
struct Issued {
  Server server;
  std::string what;  ///< In the service's own words.
};

/// A program, without a shell. Its standard input is `input`, else /dev/null; its environment is
/// fixed: LC_ALL=C, PATH, and `environment`.
struct Run {
  Argv argv;
  /// Appended to argv. Neighbouring Runs that differ in nothing but operands become
  /// one: an apt transaction, one `systemctl start`. Their undo operands are joined likewise.
  Argv operands{};
  bool joinable = false;
  /// Operands are worked off in their order: Runs that need each other may be joined, too.
  bool in_order = false;
  /// Not zero: only looks whether what its resource did still holds, this long after it. Meanwhile
  /// come the steps of resources that don't need this one.
  std::chrono::milliseconds settle{0};
  Value input{};                   ///< Text or Secret.
  std::optional<Issued> issued{};  ///< Becomes the input.
  std::vector<std::pair<std::string, std::string>> environment{};
  std::optional<std::string> user{};  ///< Runs as this account.
  std::optional<std::string> directory{};
  std::chrono::milliseconds limit{std::chrono::minutes(10)};
  /// Run before `argv`; its standard output is kept with the undo, whose programs find it as the
  /// file $HF_CAPTURE.
  Argv capture{};
  std::variant<Irreversible, Argv> undo = Irreversible{"no way back is known"};
  Argv undo_operands{};
  Value undo_input{};
  bool secret = false;  ///< What `capture` keeps is a secret: it stays for an hour.
  /// Inverse: in reverse order, as steps are taken back. Last: after every inverse of the run, in
  /// forward order (reload a daemon, restart a service: they must see the old files).
  enum class UndoOrder { Inverse, Last } undo_order = UndoOrder::Inverse;
  std::variant<NotRehearsed, Rehearsal> rehearsal = NotRehearsed{"it may reach beyond files"};
  std::vector<int> success{0};  ///< Exit codes that are a success.
  /// Units that are down meanwhile. Where the run itself works in one of them, this step, and what
  /// follows it in its resource, is left for later.
  Argv restarts{};
  Argv stops{};                ///< Units that are down from then on: that can't be left.
  Argv undo_stops{};           ///< Units that the undo takes down, for a moment or more.
  std::string ends_account{};  ///< All that runs as this account ends.
  std::string note{};  ///< For people, shown with the operands where argv doesn't say it: "refresh
                       ///< package lists".
};

/// A change of a server, made by the controller at its place among the host's steps. What takes it
/// back lies on the host as data, without a secret: whoever has the credential can do it, a host
/// alone says that it is still to do.
struct Call {
  Server server;
  std::string act;                 ///< In the service's own words.
  std::optional<Secret> secret{};  ///< What the act needs beside its text.
  std::string note;                ///< For people: "set the labels of runner r1".
  std::variant<Irreversible, std::string> undo = Irreversible{"no way back is known"};
  std::string undo_note{};  ///< "give runner r1 its labels a, b again".
  std::chrono::milliseconds limit{std::chrono::minutes(1)};  ///< How long it may take.
};

/// A step is data from a closed set: shown by a plan, kept by the journal, run by apply. For the
/// file-like ones the engine derives backup and undo, once for all kinds; Run carries its own undo,
/// or says why there is none.
using Step =
    std::variant<WriteFile, MakeDirectory, Link, Remove, SetOwner, SetMode, Run, Probe, Call>;

/// A step and where it stands among the steps of its batch: resources that are done together go
/// through each phase together (all unit files, then one daemon-reload, then the starts).
struct PhasedStep {
  int phase = 0;
  Step step;
};

/// For people and golden files: "write /etc/motd", "systemctl start -- nginx.service". Secrets
/// masked.
std::string describe(const Step& step);

/// What a file-like step acts on; "" of a program or a question.
std::string touched_path(const Step& step);

}  // namespace holdfast
