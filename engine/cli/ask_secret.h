#pragma once

#include "engine/cli/options.h"
#include "engine/transport/transport.h"

namespace holdfast {

/// Where passwords come from: a program named on the command line, else a prompt at the terminal
/// (echo off), asked once per question and shared by all hosts; none where neither is allowed.
AskSecret ask_secret(bool prompt, const std::string& command);

}  // namespace holdfast
