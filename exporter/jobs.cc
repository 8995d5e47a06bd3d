#include "exporter/jobs.h"

#include <sys/stat.h>

#include <algorithm>

namespace holdfast::exporter {
namespace {

constexpr std::size_t kPiece = 65536;
constexpr std::size_t kMostAtOnce = std::size_t{4} << 20;
constexpr std::size_t kMostLine = 1024;

std::optional<std::size_t> size_of(const Descriptor& file) {
  struct stat seen {};
  if (!file || fstat(file.get(), &seen) != 0) return std::nullopt;
  return static_cast<std::size_t>(seen.st_size);
}

/// "[… INFO Terminal] WRITE LINE: 2026-11-28 21:43:00Z: Running job: build"; the job's name may
/// hold anything.
bool begins_a_job(std::string_view line) {
  constexpr std::string_view kTerminal = " INFO Terminal] WRITE LINE: ";
  constexpr std::string_view kTime = "2026-11-28 21:43:00Z";
  const std::size_t found = line.find(kTerminal);
  if (!line.starts_with('[') || found == std::string_view::npos) return false;
  line.remove_prefix(std::min(line.size(), found + kTerminal.size() + kTime.size()));
  return line.starts_with(": Running job: ");
}

}  // namespace

void JobLines::end_line() {
  if (begins_a_job(rest_)) ++count_;
  rest_.clear();
}

void JobLines::add(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view piece = text.substr(0, end);
    rest_ += piece.substr(0, kMostLine - std::min(kMostLine, rest_.size()));
    if (end == std::string_view::npos) return;
    end_line();
    text.remove_prefix(end + 1);
  }
}

std::optional<std::uint64_t> Jobs::look(const RunnerLogs& logs) {
  const auto& names = logs.of_listener();
  if (!started_) {
    // What lies there already began before the exporter did.
    if (!names.empty()) {
      const auto size = size_of(logs.open(names.back()));
      if (!size) return std::nullopt;
      name_ = names.back();
      offset_ = *size;
    }
    started_ = true;
    return lines_.count();
  }
  return read_on(logs) ? std::optional(lines_.count()) : std::nullopt;
}

bool Jobs::read_on(const RunnerLogs& logs) {
  std::size_t left = kMostAtOnce;
  while (left > 0) {
    const auto& names = logs.of_listener();
    const auto next = std::upper_bound(names.begin(), names.end(), name_);
    const bool there = next != names.begin() && *(next - 1) == name_;
    const Descriptor file = there ? logs.open(name_) : Descriptor();
    const auto size = size_of(file);
    if (there && !size) return false;
    if (size && *size < offset_) offset_ = 0;
    while (size && offset_ < *size && left > 0) {
      const auto text = read_at(file.get(), offset_, std::min(kPiece, left));
      if (!text) return false;
      if (text->empty()) break;
      lines_.add(*text);
      offset_ += text->size();
      left -= text->size();
    }
    if (left == 0 || next == names.end()) return true;
    name_ = *next;
    offset_ = 0;
    lines_.begin();
  }
  return true;
}

}  // namespace holdfast::exporter
