# Builds tests/install/consumer and runs it.
#
#   cmake -D SOURCE=... -D BINARY=... -D INSTALLED=ON|OFF -P run_consumer.cmake
#
# SOURCE and BINARY are the trees of tortoise. Also given: GENERATOR, COMPILER,
# LAUNCHER and CONFIG. The build folder is kept, so that a second run is quick.

if(INSTALLED)
  set(work ${BINARY}/tests/install/find_package)
else()
  set(work ${BINARY}/tests/install/add_subdirectory)
endif()

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(options
  -G ${GENERATOR}
  -DCMAKE_CXX_COMPILER=${COMPILER}
  -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}
  -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
  -DCMAKE_CXX_FLAGS=-O0)
if(INSTALLED)
  file(REMOVE_RECURSE ${work})
  run(${CMAKE_COMMAND} --install ${BINARY} --prefix ${work}/prefix
      --config ${CONFIG})
  foreach(file bin/tortoise include/tortoise/tortoise.h)
    if(NOT EXISTS ${work}/prefix/${file})
      message(FATAL_ERROR "${file} was not installed")
    endif()
  endforeach()
  file(GLOB_RECURSE exported ${work}/prefix/*.cmake)
  foreach(file ${exported})
    file(READ ${file} text)
    if(text MATCHES "tortoise_[a-z]+|${BINARY}|${SOURCE}|-march|-Werror")
      message(FATAL_ERROR "${file} leaks ${CMAKE_MATCH_0}")
    endif()
  endforeach()
  list(APPEND options -DCMAKE_PREFIX_PATH=${work}/prefix)
else()
  list(APPEND options -DTORTOISE_SOURCE=${SOURCE})
endif()

run(${CMAKE_COMMAND} -S ${SOURCE}/tests/install/consumer -B ${work}/build
    ${options})
run(${CMAKE_COMMAND} --build ${work}/build --target consumer)

# What is for our own builds must not reach other projects.
file(READ ${work}/build/compile_commands.json commands)
string(JSON count LENGTH "${commands}")
math(EXPR last "${count} - 1")
foreach(index RANGE ${last})
  string(JSON file GET "${commands}" ${index} file)
  string(JSON command GET "${commands}" ${index} command)
  if(command MATCHES "-Werror|-march=native|-ffast-math")
    message(FATAL_ERROR "${file} is compiled with ${CMAKE_MATCH_0}")
  endif()
  if(file MATCHES "consumer/main\\.cc$"
     AND command MATCHES "-Wall|-ffp-contract")
    message(FATAL_ERROR "the consumer is compiled with ${CMAKE_MATCH_0}")
  endif()
endforeach()

run(${work}/build/consumer)
