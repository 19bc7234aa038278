# One helper per kind of target, so that a new file is one line.
#
#   tortoise_layer(core SOURCES a.cc b.cc LINK fmt::fmt)
#   tortoise_test(core/random_test LAYERS core)
#   tortoise_example(minimize_your_own)
#   tortoise_bench(memory/shared_bench LAYERS core memory)
#   tortoise_fuzzer(libsvm_fuzz LAYERS core data)

find_package(fmt REQUIRED)
find_package(TBB REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)
find_package(Eigen3 REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)

# What every target of the project compiles with. Contraction is off in every
# preset, so that a sum has the same bits with and without -march=native (but
# for Eigen's, which depend on the width of vectors).
add_library(tortoise_flags INTERFACE)
target_compile_features(tortoise_flags INTERFACE cxx_std_20)
target_compile_options(tortoise_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -ffp-contract=off
  $<$<BOOL:${TORTOISE_NATIVE}>:-march=native>
  # Lock contracts (core/mutex.h) are checked wherever clang compiles.
  $<$<CXX_COMPILER_ID:Clang>:-Werror=thread-safety>
  # What g++ 12 finds by following the flow is inside std::string (GCC bug
  # 105651) and its own AVX-512 header (105593), and depends on the lengths of
  # literals and on the optimisation.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-array-bounds
    -Wno-stringop-overflow -Wno-maybe-uninitialized>)
if(TORTOISE_SANITIZE)
  target_compile_options(tortoise_flags INTERFACE
    -fsanitize=${TORTOISE_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(tortoise_flags INTERFACE
    -fsanitize=${TORTOISE_SANITIZE})
endif()
if(TORTOISE_TIDY)
  find_program(CLANG_TIDY clang-tidy REQUIRED)
endif()

function(tortoise_settings target)
  target_link_libraries(${target} PRIVATE tortoise_flags)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
endfunction()

# A layer is an object library: `tortoise` is made of all of them, and a test
# that links only the layers it names cannot reach upwards.
function(tortoise_layer name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  set(target tortoise_${name})
  add_library(${target} OBJECT ${arg_SOURCES})
  tortoise_settings(${target})
  # Headers of its own are included as "<layer>/x.h".
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
  target_link_libraries(${target} PUBLIC ${arg_LINK})
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  if(TORTOISE_TIDY)
    set_target_properties(${target} PROPERTIES CXX_CLANG_TIDY "${CLANG_TIDY}")
  endif()
endfunction()

function(tortoise_program target source)
  cmake_parse_arguments(arg "" "" "LAYERS;LINK" ${ARGN})
  add_executable(${target} ${source})
  tortoise_settings(${target})
  foreach(layer ${arg_LAYERS})
    target_link_libraries(${target} PRIVATE tortoise_${layer})
  endforeach()
  target_link_libraries(${target} PRIVATE ${arg_LINK})
endfunction()

set(TORTOISE_TEST_LIBRARIES
  GTest::gmock GTest::gtest_main rapidcheck_gtest rapidcheck)
set(TORTOISE_TEST_OPTIONS -O0)  # compiles quicker; what is tested is optimised

# Tests of name a/b_test live in tests/a/b_test.cc and become the target
# a_b_test and one ctest per TEST.
function(tortoise_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "LAYERS;LINK" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  string(REPLACE "/" "_" target ${name})
  tortoise_program(${target} ${PROJECT_SOURCE_DIR}/tests/${name}.cc
    LAYERS ${arg_LAYERS} LINK ${TORTOISE_TEST_LIBRARIES} ${arg_LINK})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_precompile_headers(${target} REUSE_FROM tortoise_test_headers)
  target_compile_options(${target} PRIVATE ${TORTOISE_TEST_OPTIONS})
  target_compile_definitions(${target} PRIVATE
    TORTOISE_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    TORTOISE_SHARED_DIR="${PROJECT_SOURCE_DIR}/../shared")
  gtest_discover_tests(${target} DISCOVERY_TIMEOUT 60
    TEST_PREFIX "${name}:"
    PROPERTIES TIMEOUT ${arg_TIMEOUT} ENVIRONMENT "RC_PARAMS=seed=1")
endfunction()

# An example is built against the public library and must exit with 0.
function(tortoise_example name)
  add_executable(example_${name} ${PROJECT_SOURCE_DIR}/examples/${name}.cc)
  tortoise_settings(example_${name})
  target_link_libraries(example_${name} PRIVATE tortoise::tortoise)
  add_test(NAME examples/${name} COMMAND example_${name})
  set_tests_properties(examples/${name} PROPERTIES TIMEOUT 120)
endfunction()

function(tortoise_bench name)
  cmake_parse_arguments(arg "" "" "LAYERS;LINK" ${ARGN})
  string(REPLACE "/" "_" target ${name})
  tortoise_program(${target} ${PROJECT_SOURCE_DIR}/bench/${name}.cc
    LAYERS ${arg_LAYERS} LINK benchmark::benchmark_main ${arg_LINK})
endfunction()

# A fuzz target in fuzz/<name>.cc with its seeds in fuzz/corpus/<name>/.
# With clang and TORTOISE_FUZZ it is a libFuzzer program; tests/ builds the
# same file against a replay main.
function(tortoise_fuzzer name)
  cmake_parse_arguments(arg "" "" "LAYERS;LINK" ${ARGN})
  tortoise_program(${name} ${PROJECT_SOURCE_DIR}/fuzz/${name}.cc
    LAYERS ${arg_LAYERS} LINK ${arg_LINK})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()

# Replays fuzz/corpus/<name>/ through fuzz/<name>.cc as an ordinary test.
function(tortoise_corpus_test name)
  cmake_parse_arguments(arg "" "" "LAYERS;LINK" ${ARGN})
  tortoise_program(${name}_replay ${PROJECT_SOURCE_DIR}/fuzz/${name}.cc
    LAYERS ${arg_LAYERS} LINK ${arg_LINK})
  target_sources(${name}_replay PRIVATE ${PROJECT_SOURCE_DIR}/fuzz/replay.cc)
  add_test(NAME fuzz/${name}
    COMMAND ${name}_replay ${PROJECT_SOURCE_DIR}/fuzz/corpus/${name})
  set_tests_properties(fuzz/${name} PROPERTIES TIMEOUT 120)
endfunction()
