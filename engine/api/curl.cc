#include <curl/curl.h>
#include <dlfcn.h>

#include "engine/api/http.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

/// libcurl's functions. It is looked for only where a server is asked: with all that it brings it
/// would cost each start of the program 5 ms.
struct Libcurl {
#define HF_CURL(name) decltype(&::name) name = nullptr;
#define HF_CURL_FUNCTIONS     \
  HF_CURL(curl_global_init)   \
  HF_CURL(curl_easy_init)     \
  HF_CURL(curl_easy_cleanup)  \
  HF_CURL(curl_easy_reset)    \
  HF_CURL(curl_easy_setopt)   \
  HF_CURL(curl_easy_perform)  \
  HF_CURL(curl_easy_getinfo)  \
  HF_CURL(curl_easy_strerror) \
  HF_CURL(curl_slist_append)  \
  HF_CURL(curl_slist_free_all)
  HF_CURL_FUNCTIONS
#undef HF_CURL

  bool load() {
    void* library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return false;
#define HF_CURL(name)                                                \
  name = reinterpret_cast<decltype(&::name)>(dlsym(library, #name)); \
  if (name == nullptr) return false;
    HF_CURL_FUNCTIONS
#undef HF_CURL
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  }
};

/// nullptr where the library isn't there.
const Libcurl* libcurl() {
  static const Libcurl* const kLibrary = []() -> const Libcurl* {
    static Libcurl library;
    return library.load() ? &library : nullptr;
  }();
  return kLibrary;
}

struct EasyDelete {
  void operator()(CURL* easy) const { libcurl()->curl_easy_cleanup(easy); }
};
struct ListDelete {
  void operator()(curl_slist* list) const { libcurl()->curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyDelete>;
using List = std::unique_ptr<curl_slist, ListDelete>;

/// What comes in during one exchange.
struct Incoming {
  HttpReply reply;
  std::size_t most_bytes = 0;
  bool too_large = false;
  bool cancelled = false;
  const std::function<bool()>* go_on = nullptr;
};

std::size_t take_body(const char* bytes, std::size_t size, std::size_t count, void* to) {
  auto& in = *static_cast<Incoming*>(to);
  in.too_large = in.reply.body.size() + size * count > in.most_bytes;
  if (in.too_large) return 0;
  in.reply.body.append(bytes, size * count);
  return size * count;
}

std::size_t take_header(const char* bytes, std::size_t size, std::size_t count, void* to) {
  auto& in = *static_cast<Incoming*>(to);
  const std::string_view line(bytes, size * count);
  const auto colon = line.find(':');
  if (starts_with(line, "HTTP/")) {
    in.reply.headers.clear();  // of an interim answer, or of a proxy's
  } else if (colon != std::string_view::npos) {
    in.reply.headers[to_lower(trim(line.substr(0, colon)))] =
        std::string(trim(line.substr(colon + 1)));
  }
  return size * count;
}

int look_around(void* to, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& in = *static_cast<Incoming*>(to);
  in.cancelled = *in.go_on && !(*in.go_on)();
  return in.cancelled ? 1 : 0;
}

class Curl final : public HttpTransport {
 public:
  explicit Curl(HttpSettings settings) : settings_(std::move(settings)) {
    if (curl_ != nullptr) easy_.reset(curl_->curl_easy_init());
  }

  HttpOutcome exchange(const HttpRequest& request, const std::function<bool()>& go_on) override {
    if (!easy_)
      return HttpBroken{.why = "libcurl.so.4 isn't here; on Debian it is in the package libcurl4"};
    Incoming in;
    in.most_bytes = settings_.most_bytes;
    in.go_on = &go_on;
    const List headers = prepare(request, in);
    const CURLcode code = curl_->curl_easy_perform(easy_.get());
    long status = 0;
    long sent = 0;
    curl_->curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_->curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &sent);
    // No copy of the token, or of a body that may hold one, stays in the handle.
    curl_->curl_easy_reset(easy_.get());
    if (code == CURLE_OK) {
      in.reply.status = static_cast<int>(status);
      return std::move(in.reply);
    }
    return HttpBroken{.why = in.cancelled   ? "it was interrupted"
                             : in.too_large ? "the answer is larger than " +
                                                  std::to_string(settings_.most_bytes) + " bytes"
                                            : curl_->curl_easy_strerror(code),
                      .sent = sent > 0,
                      .cancelled = in.cancelled};
  }

 private:
  template <class T>
  void set(CURLoption option, T value) {
    curl_->curl_easy_setopt(easy_.get(), option, value);
  }

  List prepare(const HttpRequest& request, Incoming& in) {
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.connect_limit.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.limit.count()));
    set(CURLOPT_USERAGENT, "holdfast/" HOLDFAST_VERSION);
    set(CURLOPT_ACCEPT_ENCODING, "");
    // On a connection kept open that breaks without an answer, libcurl by itself asks again.
    set(CURLOPT_FRESH_CONNECT, request.method == "GET" ? 0L : 1L);
    if (!settings_.proxy.empty()) set(CURLOPT_PROXY, settings_.proxy.c_str());
    if (!settings_.ca_file.empty()) set(CURLOPT_CAINFO, settings_.ca_file.c_str());
    set(CURLOPT_WRITEFUNCTION, &take_body);
    set(CURLOPT_WRITEDATA, &in);
    set(CURLOPT_HEADERFUNCTION, &take_header);
    set(CURLOPT_HEADERDATA, &in);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &look_around);
    set(CURLOPT_XFERINFODATA, &in);
    if (request.body) {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body->size()));
      set(CURLOPT_POSTFIELDS, request.body->data());
    } else if (request.method == "POST" || request.method == "PUT") {
      set(CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t{0});
      set(CURLOPT_POSTFIELDS, "");
    }
    if (request.bearer) {
      set(CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
      set(CURLOPT_XOAUTH2_BEARER, std::string(request.bearer->reveal()).c_str());
    }
    if (request.login) {
      set(CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
      set(CURLOPT_USERPWD, std::string(request.login->reveal()).c_str());
    }
    curl_slist* list = nullptr;
    for (const auto& [name, value] : request.headers) {
      std::string line = name;
      line.append(": ").append(value);
      list = curl_->curl_slist_append(list, line.c_str());
    }
    set(CURLOPT_HTTPHEADER, list);
    return List(list);
  }

  HttpSettings settings_;
  const Libcurl* curl_ = libcurl();
  Easy easy_;
};

}  // namespace

const std::string& HttpReply::header(const std::string& name) const {
  static const std::string kNone;
  const auto found = headers.find(name);
  return found == headers.end() ? kNone : found->second;
}

std::unique_ptr<HttpTransport> curl_transport(HttpSettings settings) {
  return std::make_unique<Curl>(std::move(settings));
}

}  // namespace holdfast
