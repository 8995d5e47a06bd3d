#pragma once

#include <atomic>
#include <string>

#include "engine/cli/options.h"
#include "engine/core/error.h"
#include "engine/report/exit_code.h"

namespace holdfast {

/// Whether colours go to this descriptor: a terminal, no NO_COLOR (https://no-color.org), no
/// --no-color.
bool use_colour(const Options& options, int descriptor);
/// To standard output; a full or closed one is an error that the exit code tells.
void say(const std::string& text);
/// Warnings and errors to standard error; as annotations of a workflow, too, where --format github
/// asks for it.
void complain(const Options& options, const Diagnostics& diagnostics);
/// Tells an error that ends a command. @return the exit code.
int refuse(const Options& options, Error error, Exit code);
/// --format github: appends to the file that GitHub names in this variable ($GITHUB_OUTPUT, a step
/// summary); outside of a workflow nothing is written. What can't be written is a warning: the
/// hosts are as they are.
void hand_to_workflow(const char* variable, const std::string& text);
/// --junit: into the file that it names, beside what is said; "-" : says it. False: it can't be
/// written, which has been told.
bool keep_junit(const Options& options, const std::string& xml);
/// Flushes; false if something could not be written.
bool flush_output();

/// Counts SIGINT and SIGTERM from now on. The third one ends the program at once, whatever is left
/// half-done.
const std::atomic<int>& watch_interrupts();
/// The same, but the second one ends the program: for what takes back, which its hosts go on with
/// alone.
const std::atomic<int>& watch_interrupts_of_rollback();

}  // namespace holdfast
