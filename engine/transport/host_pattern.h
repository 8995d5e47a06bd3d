#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// Whether `text` matches a pattern of ssh_config(5), PATTERNS: `*` any characters, `?` one.
bool matches_pattern(std::string_view text, std::string_view pattern);
/// The same without regard to the case of letters, as host names are compared.
bool matches_host_pattern(std::string_view host, std::string_view pattern);
/// A list of patterns, each perhaps negated by `!`: true where one matches and no negated one does.
bool matches_pattern_list(std::string_view host, const std::vector<std::string>& patterns);
/// The same for a list in one text, separated by commas.
bool matches_pattern_list(std::string_view host, std::string_view patterns);

}  // namespace holdfast
