// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Compiled for its precompiled headers, which all tests use.
