// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <exception>
#include <span>

#include "engine/basic_run.h"
#include "engine/flights.h"
#include "engine/ledger.h"
#include "tortoise/core/clock.h"

namespace tortoise::internal {

/// A run in virtual time: one thread takes the arrivals in order of time, as
/// the delay tape gives them, and nothing depends on how long that takes. What
/// an arrival does is a derived class's business.
///
/// Method::in_place is async with whole updates here.
template <typename T>
class VirtualRun : public BasicRun<T> {
 public:
  VirtualRun(const AnyObjective<T>& train, const AnyObjective<T>* test,
             const RunOptions& options, const RunControl& control);

 protected:
  // --- What a derived class provides ---------------------------------------

  virtual Ledger& ledger() = 0;
  /// Releases all workers into `flights_`.
  virtual void Start() = 0;
  virtual void Arrive(const Flights::Event& event) = 0;
  virtual void Count(Progress&) {}
  virtual void CloseBooks(Summary& summary, std::span<T> w) = 0;

  // --- What it may use ------------------------------------------------------

  using BasicRun<T>::control_;
  using BasicRun<T>::options_;

  Flights flights_;
  std::exception_ptr failure_;  // what a gradient threw

 private:
  std::exception_ptr Perform() final;
  void Look(Progress& progress) final;
  void Read(typename BasicRun<T>::NewRecords& records) final;
  void Close(Summary& summary, std::span<T> w) final;
  void Handle(const Flights::Event& event);
  void LookUp();

  double now_ = 0.0;  // virtual seconds
  RunClock real_clock_;
  double next_progress_;
  double next_records_;
  Records::Cursor cursor_;
};

}  // namespace tortoise::internal
