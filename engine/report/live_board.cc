#include "engine/report/live_board.h"

#include <algorithm>
#include <cstdint>

#include "engine/core/text.h"
#include "engine/report/ci_safe.h"

namespace holdfast {
namespace {

struct Character {
  std::size_t bytes;
  std::size_t columns;
};

/// Of well-formed UTF-8.
Character character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead < 0x80 ? 1U : lead < 0xE0 ? 2U : lead < 0xF0 ? 3U : 4U;
  std::uint32_t code = size == 1 ? lead : lead & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < std::min(size, text.size()); ++i) {
    code = (code << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  const bool wide = (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
                    (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
                    (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
                    (code >= 0xFFE0 && code <= 0xFFE6) || (code >= 0x1F300 && code <= 0x1FAFF) ||
                    (code >= 0x20000 && code <= 0x3FFFD);
  return {std::min(size, text.size()), wide ? 2U : 1U};
}

}  // namespace

std::string fitted(const std::string& text, std::size_t columns) {
  std::size_t at = 0;
  std::size_t used = 0;
  std::size_t cut = 0;  // Where one column is left for the "…".
  while (at < text.size()) {
    const Character next = character(std::string_view(text).substr(at));
    if (used + next.columns > columns) {
      return columns == 0 ? "" : text.substr(0, cut) + "…";
    }
    used += next.columns;
    at += next.bytes;
    if (used + 1 <= columns) cut = at;
  }
  return text;
}

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::size_t shown_width(std::string_view text) {
  std::size_t out = 0;
  while (!text.empty()) {
    const Character next = character(text);
    out += next.columns;
    text.remove_prefix(next.bytes);
  }
  return out;
}

std::string shown_time(std::chrono::milliseconds time) {
  const auto tenths = std::max<std::int64_t>(time.count() / 100, 0);
  if (tenths < 600) return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
  const auto seconds = tenths / 10;
  const std::string rest = std::to_string(seconds % 60);
  return std::to_string(seconds / 60) + " m " + (rest.size() < 2 ? "0" : "") + rest + " s";
}

void LiveBoard::begin(const std::string& host, Time now) { busy_[host] = {now, "begins"}; }

void LiveBoard::at(const std::string& host, std::string what) {
  const auto found = busy_.find(host);
  if (found != busy_.end()) found->second.what = std::move(what);
}

void LiveBoard::end(const std::string& host) { ended_ += busy_.erase(host); }

std::string LiveBoard::frame(Time now, Size size) {
  const std::size_t most = std::max<std::size_t>(size.rows / 2, 2);
  const std::size_t columns = std::max<std::size_t>(size.columns, 20) - 1;
  std::vector<std::pair<Time, std::string>> all;
  for (const auto& [host, busy] : busy_) {
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(now - busy.since);
    std::string elapsed = shown_time(time);
    elapsed.insert(0, elapsed.size() < 9 ? 9 - elapsed.size() : 0, ' ');
    all.emplace_back(busy.since, elapsed + "  " + printable(host) + "  " + printable(busy.what));
  }
  // The longest at work first: those are the ones that somebody waits for.
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string out = clear();
  const std::size_t shown = all.size() > most ? most - 1 : all.size();
  for (std::size_t i = 0; i < shown; ++i) out += fitted(all[i].second, columns) + "\x1b[K\n";
  drawn_ = shown;
  if (shown < all.size()) {
    out += fitted("           and " + counted(all.size() - shown, "other host") + " at work; " +
                      std::to_string(ended_) + " done",
                  columns) +
           "\x1b[K\n";
    ++drawn_;
  }
  return out;
}

std::string LiveBoard::clear() {
  if (drawn_ == 0) return {};
  std::string out = "\x1b[" + std::to_string(drawn_) + "A\r\x1b[J";
  drawn_ = 0;
  return out;
}

}  // namespace holdfast
