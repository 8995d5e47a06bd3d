#pragma once

#include <functional>
#include <string>

#include "engine/wiring/ends.h"
#include "resources/promql/promql.h"

namespace holdfast {

/// The place of a part of an expression: its offset and length in bytes.
using PlaceInQuery = std::function<Position(std::size_t, std::size_t)>;

/// Adds every metric that an expression reads.
/// @param what  "alert 'RunnerOffline'".
/// @param where  Roughly; @param exactly is asked only for what is wrong.
void add_metric_uses(std::string_view text, PromqlFrom from, const std::string& what,
                     const Position& where, const PlaceInQuery& exactly, Ends& ends);

}  // namespace holdfast
