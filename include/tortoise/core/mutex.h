// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <condition_variable>
#include <mutex>

// What a lock guards, and what a function requires, in words that clang checks
// (-Wthread-safety) and other compilers skip:
//
//     int count_ TORTOISE_GUARDED_BY(mutex_) = 0;
//     void Grow() TORTOISE_REQUIRES(mutex_);
//
// Code that forgets the lock does not compile. Checked are names, not objects:
// the contract of a lock that is chosen at run time has to be a comment. The
// body of a lambda is checked on its own; it begins with `AssertHeld` where its
// caller holds the lock.
//
// Reference: Hutchins, Ballman, Sutherland, "C/C++ thread safety analysis",
// SCAM 2014.
#ifdef __clang__
#define TORTOISE_LOCK_CONTRACT(x) __attribute__((x))
#else
#define TORTOISE_LOCK_CONTRACT(x)
#endif

/// A class that can be held, and one that holds another while it lives.
#define TORTOISE_CAPABILITY(name) TORTOISE_LOCK_CONTRACT(capability(name))
#define TORTOISE_SCOPED_CAPABILITY TORTOISE_LOCK_CONTRACT(scoped_lockable)

/// Data: only while the lock is held.
#define TORTOISE_GUARDED_BY(lock) TORTOISE_LOCK_CONTRACT(guarded_by(lock))

/// Functions: the caller holds the lock, or must not hold it.
#define TORTOISE_REQUIRES(...) \
  TORTOISE_LOCK_CONTRACT(requires_capability(__VA_ARGS__))
#define TORTOISE_EXCLUDES(...) \
  TORTOISE_LOCK_CONTRACT(locks_excluded(__VA_ARGS__))

/// Functions that take a lock, give it back, or know that it is held.
#define TORTOISE_ACQUIRE(...) \
  TORTOISE_LOCK_CONTRACT(acquire_capability(__VA_ARGS__))
#define TORTOISE_RELEASE(...) \
  TORTOISE_LOCK_CONTRACT(release_capability(__VA_ARGS__))
#define TORTOISE_ASSERTS_HELD(...) \
  TORTOISE_LOCK_CONTRACT(assert_capability(__VA_ARGS__))

/// A function whose body keeps the contract in a way that clang cannot follow.
#define TORTOISE_UNCHECKED_LOCKS \
  TORTOISE_LOCK_CONTRACT(no_thread_safety_analysis)

namespace tortoise {

/// A std::mutex that contracts can name, at the same cost.
class TORTOISE_CAPABILITY("mutex") Mutex {
 public:
  void lock() TORTOISE_ACQUIRE() { mutex_.lock(); }
  void unlock() TORTOISE_RELEASE() { mutex_.unlock(); }

  /// Tells clang, and nobody at run time, that the caller holds the lock.
  void AssertHeld() const TORTOISE_ASSERTS_HELD(this) {}

 private:
  friend class Condition;
  std::mutex mutex_;
};

/// Holds a lock as long as it lives. `Lock` is a Mutex, or whatever has its
/// `lock` and `unlock` with their contracts.
template <typename Lock = Mutex>
class TORTOISE_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Lock& held) TORTOISE_ACQUIRE(held) : held_(held) {
    held_.lock();
  }
  ~MutexLock() TORTOISE_RELEASE() { held_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Lock& held_;
};

/// A std::condition_variable that waits on a Mutex.
class Condition {
 public:
  /// Gives the lock back, waits to be notified or for no reason at all, and
  /// takes the lock again: call it in a loop.
  void Wait(Mutex& mutex) TORTOISE_REQUIRES(mutex) {
    std::unique_lock lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  void NotifyOne() { condition_.notify_one(); }

 private:
  std::condition_variable condition_;
};

}  // namespace tortoise
