#pragma once

#include <string_view>

#include "engine/cli/options.h"

namespace CLI {
class App;
}

namespace holdfast {

/// The options of commands, by what a command works on. The name of a value's type says what
/// completes it (engine/cli/complete.h).
void add_common(CLI::App& app, Options& o);
void add_inventory(CLI::App& app, Options& o);
/// @param positional  Manifests are the command's free arguments.
void add_manifests(CLI::App& app, Options& o, bool positional);
/// Of what works on resources, one by one.
void add_choice(CLI::App& app, Options& o);
/// Of what connects.
void add_hosts(CLI::App& app, Options& o);
/// What only this command has.
void add_own(CLI::App& app, std::string_view name, Options& o);

}  // namespace holdfast
