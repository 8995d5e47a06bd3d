#pragma once

#include <atomic>
#include <string>

#include "engine/cli/options.h"
#include "engine/core/error.h"

namespace holdfast {

/// Whether colours go to this descriptor: a terminal, no NO_COLOR (https://no-color.org), no
/// --no-color.
bool use_colour(const Options& options, int descriptor);
/// To standard output; a full or closed one is an error that the exit code tells.
void say(const std::string& text);
/// Warnings and errors to standard error.
void complain(const Options& options, const Diagnostics& diagnostics);
/// Flushes; false if something could not be written.
bool flush_output();

/// Counts SIGINT and SIGTERM from now on. The third one ends the program at once, whatever is left
/// half-done.
const std::atomic<int>& watch_interrupts();

}  // namespace holdfast
