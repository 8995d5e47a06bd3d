#pragma once

#include <string>
#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// What a line of sh prints on this machine.
std::string output_of(const std::string& command);

/// Runs a collector's shell fragment on this machine, as a host would: LC_ALL=C, keys as arguments.
/// @param shell  "sh", or "busybox sh".
std::string run_fragment(const Collector& collector, const std::vector<std::string>& keys,
                         const std::string& shell = "sh");

/// What a collector's answer has under this name; null where there is nothing.
Value field(const Value& answer, const char* name);

/// What `program` prints when it is run by sh with these arguments and this standard input; its
/// exit status is appended as "status N\n".
std::string run_program(std::string_view program, const std::vector<std::string>& arguments,
                        const std::string& input = {}, const std::string& environment = {});

}  // namespace holdfast
