#include "engine/core/value.h"

#include <openssl/crypto.h>

#include <nlohmann/json.hpp>

#include "engine/core/hash.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

/// How texts and secrets are written where a value becomes JSON.
using SecretText = std::string (*)(const Secret&, const std::string& key);

std::string masked(const Secret&, const std::string&) { return "(secret)"; }
std::string keyed(const Secret& secret, const std::string& key) {
  return "hmac:" + hmac_sha256_hex(key, secret.reveal());
}

Json to_json(const Value& value, SecretText secret, const std::string& key) {
  if (value.is_bool()) return value.as_bool();
  if (value.is_int()) return value.as_int();
  if (value.is_float()) return value.as_float();
  if (value.is_text()) return value.as_text();
  if (value.is_secret()) return secret(value.as_secret(), key);
  if (value.is_unknown()) return "(unknown: " + value.as_unknown().cause + ")";
  if (value.is_list()) {
    Json out = Json::array();
    for (const Value& item : value.as_list()) out.push_back(to_json(item, secret, key));
    return out;
  }
  if (value.is_map()) {
    Json out = Json::object();
    for (const auto& [name, item] : value.as_map()) out[name] = to_json(item, secret, key);
    return out;
  }
  return nullptr;
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Secret::Secret(std::string bytes) {
  bytes_ =
      std::shared_ptr<const std::string>(new std::string(std::move(bytes)), [](std::string* s) {
        OPENSSL_cleanse(s->data(), s->size());
        delete s;
      });
}

const Value* ValueMap::find(std::string_view key) const {
  for (const Entry& entry : entries_) {
    if (entry.first == key) return &entry.second;
  }
  return nullptr;
}

Value* ValueMap::find(std::string_view key) {
  return const_cast<Value*>(static_cast<const ValueMap*>(this)->find(key));  // NOLINT: same look-up
}

void ValueMap::set(std::string key, Value value) {
  if (Value* found = find(key)) {
    *found = std::move(value);
  } else {
    entries_.emplace_back(std::move(key), std::move(value));
  }
}

void ValueMap::append(std::string key, Value value) {
  entries_.emplace_back(std::move(key), std::move(value));
}

bool ValueMap::erase(std::string_view key) {
  return std::erase_if(entries_, [&](const Entry& entry) { return entry.first == key; }) > 0;
}

Value::Value(ValueList v) : data_(std::make_shared<const ValueList>(std::move(v))) {}
Value::Value(ValueMap v) : data_(std::make_shared<const ValueMap>(std::move(v))) {}

std::string_view Value::bytes() const {
  if (is_text()) return as_text();
  if (is_secret()) return as_secret().reveal();
  return {};
}

bool Value::holds_secret() const {
  if (is_secret()) return true;
  if (is_list()) {
    for (const Value& item : as_list()) {
      if (item.holds_secret()) return true;
    }
  }
  if (is_map()) {
    for (const auto& [name, item] : as_map()) {
      if (item.holds_secret()) return true;
    }
  }
  return false;
}

void collect_reporters(const Value& value, std::set<std::string>& into) {
  into.insert(value.reported_by().begin(), value.reported_by().end());
  if (value.is_list()) {
    for (const Value& item : value.as_list()) collect_reporters(item, into);
  }
  if (value.is_map()) {
    for (const auto& [name, item] : value.as_map()) collect_reporters(item, into);
  }
}

const Unknown* Value::find_unknown() const {
  if (is_unknown()) return &as_unknown();
  if (is_list()) {
    for (const Value& item : as_list()) {
      if (const Unknown* found = item.find_unknown()) return found;
    }
  }
  if (is_map()) {
    for (const auto& [name, item] : as_map()) {
      if (const Unknown* found = item.find_unknown()) return found;
    }
  }
  return nullptr;
}

std::string Value::display() const {
  if (is_text()) return as_text();
  if (is_secret()) return "(secret)";
  if (is_unknown()) return "(unknown: " + as_unknown().cause + ")";
  if (is_null()) return "null";
  return dump(to_json(*this, masked, {}));
}

std::string_view Value::type_name() const {
  static constexpr std::string_view kNames[] = {
      "null", "truth value", "whole number", "number", "text", "secret", "unknown", "list", "map"};
  return kNames[data_.index()];
}

const std::set<std::string>& Value::reported_by() const {
  static const std::set<std::string> kNobody;
  return reported_by_ ? *reported_by_ : kNobody;
}

Value Value::tainted(const std::set<std::string>& hosts) const {
  if (hosts.empty()) return *this;
  std::set<std::string> all = reported_by();
  all.insert(hosts.begin(), hosts.end());
  Value copy = *this;
  copy.reported_by_ = std::make_shared<const std::set<std::string>>(std::move(all));
  return copy;
}

bool operator==(const Value& a, const Value& b) {
  if (a.is_unknown() || b.is_unknown()) return false;
  const bool texts = (a.is_text() || a.is_secret()) && (b.is_text() || b.is_secret());
  if (texts) return a.bytes() == b.bytes();
  if (a.data_.index() != b.data_.index()) return false;
  if (a.is_list()) return a.as_list() == b.as_list();
  if (a.is_map()) {
    const ValueMap& left = a.as_map();
    const ValueMap& right = b.as_map();
    if (left.size() != right.size()) return false;
    for (const auto& [name, value] : left) {
      const Value* other = right.find(name);
      if (other == nullptr || !(value == *other)) return false;
    }
    return true;
  }
  return a.data_ == b.data_;
}

std::string canonical(const Value& value, const std::string& key) {
  // nlohmann's default object sorts its keys: the same contents give the same bytes.
  return nlohmann::json::parse(dump(to_json(value, keyed, key))).dump();
}

}  // namespace holdfast
