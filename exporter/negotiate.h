#pragma once

#include <string_view>

#include "exporter/exposition.h"

namespace holdfast::exporter {

struct Negotiated {
  Format format = Format::Text;
  std::string_view content_type;
};

/// What a client would rather have, by its Accept header; the text format where it doesn't care.
Negotiated negotiate(std::string_view accept);

}  // namespace holdfast::exporter
