#pragma once

#include <vector>

#include "engine/core/kind.h"
#include "resources/nftables/text.h"

namespace holdfast {

/// nft's own words about a text ("/dev/stdin:5:3-9: Error: …" with the line and a caret below it)
/// as an error at the place where that was written. @param lines_before  Lines of the file before
/// the text of the resource.
Error nft_complaint(const Resource& resource, const ValueList& said, int lines_before);

}  // namespace holdfast
