#include "engine/check/tls.h"

#include <dlfcn.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <array>
#include <ctime>
#include <memory>

#include "engine/check/certificates.h"
#include "engine/check/expiry.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

/// libssl's functions, looked for only where a server is asked: it would cost each start of the
/// program its loading.
struct Libssl {
#define HF_SSL(name) decltype(&::name) name = nullptr;
#define HF_SSL_FUNCTIONS             \
  HF_SSL(TLS_client_method)          \
  HF_SSL(SSL_CTX_new)                \
  HF_SSL(SSL_CTX_free)               \
  HF_SSL(SSL_CTX_ctrl)               \
  HF_SSL(SSL_CTX_set_security_level) \
  HF_SSL(SSL_new)                    \
  HF_SSL(SSL_free)                   \
  HF_SSL(SSL_ctrl)                   \
  HF_SSL(SSL_set_bio)                \
  HF_SSL(SSL_set_connect_state)      \
  HF_SSL(SSL_do_handshake)           \
  HF_SSL(SSL_get_error)              \
  HF_SSL(SSL_get_peer_cert_chain)
  HF_SSL_FUNCTIONS
#undef HF_SSL

  bool load() {
    void* library = dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return false;
#define HF_SSL(name)                                                 \
  name = reinterpret_cast<decltype(&::name)>(dlsym(library, #name)); \
  if (name == nullptr) return false;
    HF_SSL_FUNCTIONS
#undef HF_SSL
    return true;
  }
};

/// nullptr where the library isn't there.
const Libssl* libssl() {
  static const Libssl* const kLibrary = []() -> const Libssl* {
    static Libssl library;
    return library.load() ? &library : nullptr;
  }();
  return kLibrary;
}

struct ContextDelete {
  void operator()(SSL_CTX* context) const { libssl()->SSL_CTX_free(context); }
};
struct SslDelete {
  void operator()(SSL* ssl) const { libssl()->SSL_free(ssl); }
};
using Context = std::unique_ptr<SSL_CTX, ContextDelete>;
using Ssl = std::unique_ptr<SSL, SslDelete>;

bool address(std::string_view name) {
  return name.find(':') != std::string_view::npos ||
         name.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// One greeting: libssl speaks to memory, and the bytes go over the channel.
class Greeting {
 public:
  Greeting(const std::string& name, Channel& channel, Deadline deadline)
      : channel_(channel), deadline_(deadline) {
    const Libssl& lib = *libssl();
    context_.reset(lib.SSL_CTX_new(lib.TLS_client_method()));
    // What is old is to be seen, too.
    lib.SSL_CTX_ctrl(context_.get(), SSL_CTRL_SET_MIN_PROTO_VERSION, 0, nullptr);
    lib.SSL_CTX_set_security_level(context_.get(), 0);
    ssl_.reset(lib.SSL_new(context_.get()));
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    lib.SSL_set_bio(ssl_.get(), in_, out_);
    lib.SSL_set_connect_state(ssl_.get());
    if (address(name)) return;
    std::string text = name;
    lib.SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, text.data());
  }

  /// The certificate that expires first. A server that wants to know who asks has shown its own
  /// before it says so.
  Result<CertificateExpiry> first() {
    const auto greeted = greet();
    std::optional<CertificateExpiry> first;
    const STACK_OF(X509)* chain = libssl()->SSL_get_peer_cert_chain(ssl_.get());
    for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
      const auto expiry = certificate_expiry(sk_X509_value(chain, i));
      if (expiry && (!first || expiry->at < first->at)) first = expiry;
    }
    if (first) return *first;
    if (!greeted) return fail(greeted.error());
    return fail(Code::CheckFailed, "it showed no certificate");
  }

 private:
  Result<void> greet() {
    std::array<char, 16384> buffer{};
    for (;;) {
      const int done = libssl()->SSL_do_handshake(ssl_.get());
      const int error = libssl()->SSL_get_error(ssl_.get(), done);
      HF_CHECK(flush(buffer));
      if (done == 1) return {};
      if (error != SSL_ERROR_WANT_READ) return fail(Code::CheckFailed, "it speaks no TLS");
      HF_TRY(const std::size_t got, channel_.read(buffer.data(), buffer.size(), deadline_));
      if (got == 0) return fail(Code::CheckFailed, "it closed the connection");
      BIO_write(in_, buffer.data(), static_cast<int>(got));
    }
  }

  Result<void> flush(std::array<char, 16384>& buffer) {
    for (;;) {
      const int count = BIO_read(out_, buffer.data(), static_cast<int>(buffer.size()));
      if (count <= 0) return {};
      HF_CHECK(channel_.write({buffer.data(), static_cast<std::size_t>(count)}, deadline_));
    }
  }

  Channel& channel_;
  Deadline deadline_;
  Context context_;
  Ssl ssl_;
  BIO* in_ = nullptr;   ///< The SSL's own.
  BIO* out_ = nullptr;  ///< Likewise.
};

}  // namespace

Result<std::string> ask_tls(const Probe::TlsExpiry& tls, Channel& channel, Deadline deadline) {
  const std::string what = printable(tls.host) + ":" + std::to_string(tls.port);
  if (libssl() == nullptr) {
    return fail(Error{.code = Code::CheckFailed,
                      .message = "can't ask " + what + ": this machine has no libssl.so.3",
                      .hint = "install libssl3 where holdfast runs"});
  }
  Greeting greeting(tls.name.empty() ? tls.host : tls.name, channel, deadline);
  auto first = greeting.first();
  if (!first) {
    Error error = std::move(first.error());
    error.message = what + ": " + error.message;
    return fail(std::move(error));
  }
  return judge_expiry(what + " (" + printable(first->subject) + ")", first->at, tls.at_least,
                      std::time(nullptr));
}

}  // namespace holdfast
