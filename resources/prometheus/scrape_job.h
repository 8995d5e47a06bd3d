#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// A scrape job of Prometheus as a resource states it and as files say it: an entry of the
/// configuration, and a file of targets.

/// Attributes that are keys of a job, by the same names.
inline constexpr std::array<const char*, 5> kScrapeKeys = {
    "scrape_interval", "scrape_timeout", "metrics_path", "scheme", "honor_labels"};

struct ScrapeTarget {
  std::string address{};
  ValueMap labels{};
  bool up = true;
};

std::string usual_targets_file(const Resource& resource);
std::string targets_file(const Resource& resource);
std::vector<ScrapeTarget> scrape_targets(const State& desired);
std::string sorted_labels(const ValueMap& labels);
/// Labels by address, whatever their order; a second target of one address says so.
Value target_map(const std::vector<ScrapeTarget>& targets);
/// What a file of targets says; nullopt where Prometheus would read nothing in it.
std::optional<std::vector<ScrapeTarget>> read_scrape_targets(std::string_view text);
/// The text of the file.
std::string scrape_targets_text(const Resource& resource);

const ValueMap& scrape_settings(const State& desired);
/// The entry of the configuration.
ValueMap scrape_job(const Resource& resource);
/// A job in one form, whoever wrote it: keys in their order, durations in their largest unit.
/// @param ours  What it should be: what is so is no secret.
Value job_form(const ValueMap& job, const ValueMap& ours, bool hidden);

}  // namespace holdfast
