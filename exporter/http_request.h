#pragma once

#include <string_view>

namespace holdfast::exporter {

/// The head of a request; views into the bytes that it was parsed from.
struct HttpRequest {
  std::string_view method;
  std::string_view path;    ///< Without the query.
  std::string_view accept;  ///< Empty: none.
};

enum class RequestState {
  Unfinished,  ///< More bytes may make it a request.
  Whole,
  Bad,      ///< They never will: 400.
  TooLong,  ///< 431.
};

/// Bytes that a request's head may have.
constexpr std::size_t kMostRequest = 8192;
constexpr int kMostHeaders = 100;

/// @param bytes  All that came so far.
/// @param request  Filled where it is whole. What a body would be is left alone.
RequestState parse_request(std::string_view bytes, HttpRequest& request);

}  // namespace holdfast::exporter
