#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/cli/session.h"
#include "engine/history/history.h"

namespace holdfast {

/// The history of a session whose project is loaded; nullptr: there is nothing in it yet.
/// @errors HF8001, HF8002, HF8003: also where none is kept.
Result<std::unique_ptr<History>> read_history(const Session& session);

/// The run whose id begins so, a host an entry; empty: there is none. @errors HF8004 several.
Result<std::vector<RunEntry>> run_named(History& history, const std::string& id,
                                        HistoryFilter filter = {});

/// Says an answer, or why there is none. @return the exit code.
int tell_answer(const Options& options, Result<std::string> answer);

}  // namespace holdfast
