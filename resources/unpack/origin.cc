#include "resources/unpack/origin.h"

#include <algorithm>

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "resources/path.h"
#include "resources/stated.h"
#include "resources/unpack/programs.h"

namespace holdfast {
namespace {

constexpr std::string_view kFile = "file://";

/// "http://host/x" of "http://ann:pw@host/x?token": a query may hold what nobody is to see.
std::string without_secrets(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const std::size_t begin = scheme + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  const auto at = url.substr(begin, end - begin).rfind('@');
  const std::size_t host = at == std::string_view::npos ? begin : begin + at + 1;
  const std::size_t query = std::min(url.find('?', end), url.size());
  return std::string(url.substr(0, begin)) + std::string(url.substr(host, query - host)) +
         (query < url.size() ? "?…" : "");
}

bool names_somebody(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::size_t end = std::min(url.find_first_of("/?#", scheme + 3), url.size());
  return url.substr(0, end).find('@') != std::string_view::npos;
}

/// As curl's --config reads a value.
std::string config_line(std::string_view name, std::string_view value) {
  std::string out = std::string(name) + " = \"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"\n";
}

/// Others than these curl itself sends to no other server than the first.
bool goes_along(std::string_view header) {
  const std::string name = to_lower(header);
  return name != "authorization" && name != "cookie";
}

bool plain_header(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

class Check {
 public:
  Check(const Resource& resource, Code code) : resource_(resource), code_(code) {}

  std::vector<Error> errors() {
    digest();
    const Value* url = stated(resource_.desired, "url");
    if (url != nullptr) address(*url);
    for (const char* name : {"headers", "proxy", "ca_file"}) {
      if (url == nullptr && resource_.get(name) != nullptr) {
        refuse(name, "`" + std::string(name) + "` says how a `url` is asked, and there is none");
      }
    }
    headers();
    const Value* proxy = stated(resource_.desired, "proxy");
    if (proxy != nullptr && has_control(proxy->bytes())) refuse("proxy", "not a URL");
    return std::move(errors_);
  }

 private:
  void refuse(const char* attribute, const std::string& why, std::string hint = {}) {
    errors_.push_back(wrong(resource_, attribute, code_,
                            resource_.kind + " '" + printable(resource_.name) + "': " + why,
                            std::move(hint)));
  }

  void digest() {
    const Value* sha256 = stated(resource_.desired, "sha256");
    const Value* bytes = stated(resource_.desired, "content");
    const bool unknown = Value(resource_.desired).find_unknown() != nullptr;
    if (sha256 == nullptr && bytes == nullptr && !unknown) {
      refuse("", "it needs `sha256`, by which what comes is judged",
             "`sha256sum FILE` prints it; take it from whoever made the file, not from the server");
    }
    if (sha256 == nullptr) return;
    if (!is_sha256(sha256->bytes())) {
      refuse("sha256", "'" + printable(sha256->display()) + "' is no SHA-256",
             "64 hexadecimal digits");
    } else if (bytes != nullptr && sha256_hex(bytes->bytes()) != to_lower(sha256->bytes())) {
      refuse("sha256", "its file's digest is another one, " + sha256_hex(bytes->bytes()),
             "leave `sha256` out where the project's file is what you mean");
    }
  }

  void address(const Value& url) {
    const std::string_view text = url.bytes();
    const bool file = starts_with(text, kFile);
    if (!file && !starts_with(text, "http://") && !starts_with(text, "https://")) {
      refuse("url", "a `url` begins with https://, http:// or file://");
    }
    if (has_control(text)) refuse("url", "a `url` is one line of text");
    if (file && (!starts_with(text, "file:///") || text.find('%') != std::string_view::npos)) {
      refuse("url", "a file of the host is file:// and its absolute path as it is",
             "such as file:///var/cache/app.tar.gz");
    }
  }

  void headers() {
    const Value* headers = stated(resource_.desired, "headers");
    if (headers == nullptr || !headers->is_map()) return;
    for (const auto& [name, value] : headers->as_map()) {
      if (!plain_header(name) || has_control(value.bytes())) {
        refuse("headers", "'" + printable(name) + "' can't be sent so");
      }
    }
  }

  const Resource& resource_;
  Code code_;
  std::vector<Error> errors_;
};

std::string owner_word(const std::string& owner, const std::string& group) {
  return group.empty() ? owner : owner + ":" + group;
}

std::string expect_word(const Expect& expect) {
  return expect.what == Expect::What::Absent ? "absent" : "file:" + expect.digest;
}

}  // namespace

std::vector<Attribute> origin_attributes() {
  return {
      {.name = "url",
       .type = {TypeKind::Url},
       .doc = "Where it is: https://, http:// or file://, as the host itself sees it. It is "
              "fetched by the host's curl, or by its wget where nothing but the url is needed."},
      {.name = "sha256",
       .doc = "The SHA-256 that its bytes must have: what differs never takes its place."},
      {.name = "headers",
       .type = Type::map_of({TypeKind::Text}),
       .doc = "Headers to send; they may be secret, and reach curl by its standard input. A "
              "secret one other than Authorization and Cookie is not sent on to where a server "
              "leads."},
      {.name = "proxy",
       .type = {TypeKind::Url},
       .doc = "A proxy to ask through: http://proxy:3128."},
      {.name = "ca_file",
       .type = {TypeKind::Path},
       .doc = "A file of the host with the certificates by which an https server is judged. Not "
              "stated: the host's own."},
      {.name = "max_size",
       .type = {.kind = TypeKind::Size, .min = 1, .max = std::int64_t{1} << 30},
       .doc = "More than this is not taken.",
       .default_value = std::int64_t{1} << 30}};
}

Origin origin_of(const Resource& resource) {
  const State& state = resource.desired;
  Origin out;
  if (const Value* url = stated(state, "url")) out.url = *url;
  if (const Value* bytes = stated(state, "content")) out.bytes = *bytes;
  out.path = stated_text(state, "path");
  out.sha256 = to_lower(stated_text(state, "sha256"));
  if (out.sha256.empty() && !out.bytes.is_null()) out.sha256 = sha256_hex(out.bytes.bytes());
  if (const Value* headers = stated(state, "headers"); headers != nullptr && headers->is_map()) {
    for (const auto& [name, value] : headers->as_map()) out.headers.emplace_back(name, value);
  }
  if (const Value* proxy = stated(state, "proxy")) out.proxy = *proxy;
  out.ca_file = stated_text(state, "ca_file");
  out.max_size = stated_int(state, "max_size", out.max_size);
  return out;
}

std::vector<Error> check_origin(const Resource& resource, Code code) {
  return Check(resource, code).errors();
}

std::vector<std::string> origin_needs(const Resource& resource) {
  const Origin origin = origin_of(resource);
  std::vector<std::string> out;
  const std::string url(origin.url.bytes());
  if (starts_with(url, kFile)) {
    out.push_back("path:" + normalise_path(url.substr(kFile.size())));
  } else if (!url.empty()) {
    out.insert(out.end(), {"package:curl", "package:wget", "package:ca-certificates"});
  }
  if (!origin.path.empty()) out.push_back("path:" + origin.path);
  if (!origin.ca_file.empty()) out.push_back("path:" + origin.ca_file);
  return out;
}

std::string shown_origin(const Origin& origin) {
  if (!origin.path.empty()) return printable(origin.path);
  if (origin.url.is_null()) return "a file of the project";
  if (origin.url.is_secret()) return "a secret url";
  return printable(without_secrets(origin.url.bytes()));
}

Argv fetch_words(const Origin& origin) {
  const std::string most = std::to_string(origin.max_size);
  if (!origin.path.empty()) return {"path", origin.path, origin.sha256, most, ""};
  if (origin.url.is_null()) return {"input", "", origin.sha256, most, ""};
  const std::string url(origin.url.bytes());
  if (starts_with(url, kFile)) {
    return {"file", normalise_path(url.substr(kFile.size())), origin.sha256, most, ""};
  }
  // A program's arguments are for everybody to read.
  const bool open = !origin.url.is_secret() && !names_somebody(url) &&
                    url.find('?') == std::string::npos && origin.headers.empty() &&
                    origin.proxy.is_null() && origin.ca_file.empty();
  const bool stays = std::any_of(origin.headers.begin(), origin.headers.end(), [](const auto& one) {
    return one.second.holds_secret() && goes_along(one.first);
  });
  const std::string redirects = stays                          ? ""
                                : starts_with(url, "https://") ? "=https"
                                                               : "=http,https";
  return {"url", open ? url : "", origin.sha256, most, redirects};
}

Value fetch_input(const Origin& origin) {
  if (!origin.bytes.is_null()) return origin.bytes;
  const std::string_view url = origin.url.bytes();
  if (!origin.path.empty() || starts_with(url, kFile)) return {};
  std::string out = config_line("url", url);
  bool secret = origin.url.is_secret() || origin.proxy.is_secret() || names_somebody(url);
  for (const auto& [name, value] : origin.headers) {
    out += config_line("header", name + ": " + std::string(value.bytes()));
    secret = secret || value.holds_secret();
  }
  if (!origin.proxy.is_null()) out += config_line("proxy", origin.proxy.bytes());
  if (!origin.ca_file.empty()) out += config_line("cacert", origin.ca_file);
  return secret ? Value(Secret(std::move(out))) : Value(std::move(out));
}

std::string stage_token(const std::string& path, const std::string& digest) {
  return sha256_hex(path + "\n" + digest).substr(0, 16);
}

Run put_file(const Origin& origin, const PutFile& file) {
  const std::string folder = parent_path(file.path);
  const std::string name = file.path.substr(folder == "/" ? 1 : folder.size() + 1);
  const std::string token = stage_token(file.path, origin.sha256);
  const std::string old = expect_word(file.expect);
  Run run{.argv = {"sh", "-c", put_program(), "download", folder, name, token, old},
          .input = fetch_input(origin),
          .capture = {"sh", "-c", put_capture_program(), "download-before", folder, name},
          .undo = Argv{"sh", "-c", put_undo_program(), "download-undo", folder, name, token, old,
                       origin.sha256},
          .secret = file.secret,
          .note = "download " + printable(file.path)};
  const Argv words = fetch_words(origin);
  run.argv.insert(run.argv.end(), words.begin(), words.end());
  run.argv.push_back(owner_word(file.owner, file.group));
  run.argv.push_back(file.mode);
  run.rehearsal = NotRehearsed{"it is fetched from elsewhere"};
  return run;
}

}  // namespace holdfast
