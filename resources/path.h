#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// What the kinds whose name is a path share.

/// Of a name that is a path: absolute, without "..", not "/" itself, no NUL.
std::vector<Error> check_path_name(const Resource& resource);
/// The resource's path and its parent; owner and group as "user:…" and "group:…".
Links path_links(const Resource& resource);

/// Whether an owner or a group is stated as a number.
bool is_number(std::string_view text);
/// `owner` and `group` of a stat answer in the form in which the resource states them: a number
/// where it does.
void add_ownership(const Resource& resource, const ValueMap& seen, State& state);
/// The stated attribute as text.
std::optional<std::string> optional_text(const Resource& resource, std::string_view name);
/// The text after a change: what it brings, else what is stated.
std::optional<std::string> text_after(const Resource& resource, const Change& change,
                                      std::string_view name);

/// A state of which nothing can be known: every attribute of the schema unknown for that cause.
State unknown_state(const Schema& schema, const std::string& cause);
/// The same of what is wanted.
State unknown_state(const State& wanted, const std::string& cause);

/// What there is where stat found nothing: nothing, or nobody can tell behind another account's
/// link.
/// @param digest  The answer of the collector of that name.
std::optional<State> unseen(const Schema& schema, const Value& digest);

/// The folder of a new path, where it isn't there (Kind::missing).
std::vector<std::string> missing_folder(const Resource& resource, const Answers& answers);

/// What the path must be before a step acts, by a state of `type`, `content` ("sha256:…") and
/// `target`.
Expect expect_of(const std::optional<State>& before);

/// What a change of `owner`, `group` and `mode` must find of those that it changes.
ExpectMetadata expect_metadata_of(const Change& change);

/// What a change of `owner`, `group` and `mode` alone takes.
void add_ownership_steps(const Resource& resource, const Change& change,
                         std::vector<PhasedStep>& out);
/// "4755" as a number.
int mode_bits(std::string_view text);

/// What is wrong with a `validate` of a resource that writes a text: it has no word "%s".
std::vector<Error> check_validate(const Resource& resource, Code code);

/// The error for a path at which something else lies than the resource says.
Error other_type(const Resource& resource, std::string_view found, std::string_view hint);

/// Paths that say who may enter or become what: sudoers, PAM, SSH keys, polkit rules, accounts.
bool grants_access(std::string_view path);

inline constexpr std::string_view kDigestPrefix = "sha256:";

}  // namespace holdfast
