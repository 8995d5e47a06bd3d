#pragma once

#include <chrono>
#include <string>

namespace holdfast {

/// One host's part of something that locks several hosts before it changes any.
class Lockable {
 public:
  virtual ~Lockable() = default;
  /// Takes the lock and looks under it. False: this host takes no part. May be tried again.
  virtual bool begin() = 0;
  /// The lock, after begin().
  virtual void give_back() = 0;
  /// The lock is still wanted: a host gives up one of which it hears nothing for a lease.
  virtual void keep() = 0;
  /// How often it is to be told: a host keeps a lock of which it hears nothing for 45 s, and one
  /// that hangs holds the next word up for as long as keep() waits.
  static constexpr std::chrono::seconds kBetweenSigns{10};
  /// How long keep() waits for the host.
  static constexpr std::chrono::seconds kPatienceToKeep{20};
  /// begin() found that another run holds the host.
  virtual bool locked() const = 0;
  /// What every controller sorts hosts by.
  virtual std::string rank() const = 0;
  /// Who is in the way, after begin() found the host locked.
  virtual void tell_who_holds_it() = 0;
};

}  // namespace holdfast
