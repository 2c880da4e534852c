# What nearly every file includes, read once: it takes a third off the time of a build. Only headers of others, which do
# not change from day to day. The preset `release` reads them once for each group of files instead (rooms.cmake).
set(OIDOR_PRECOMPILED
    <algorithm> <array> <chrono> <cstdint> <functional> <map> <memory> <mutex> <optional> <set> <span>
    <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector> <boost/json.hpp> <fmt/format.h>)

# oidor_precompiled(NAME HEADERS … LINKS …): a library without code that holds them for others to reuse.
function(oidor_precompiled name)
  cmake_parse_arguments(HELD "" "" "HEADERS;LINKS" ${ARGN})
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${name}.cpp CONTENT "")
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/${name}.cpp)
  target_link_libraries(${name} PRIVATE fmt::fmt Threads::Threads Boost::json ${HELD_LINKS})
  target_precompile_headers(${name} PRIVATE ${HELD_HEADERS})
endfunction()

# oidor_reuse_precompiled(TARGET NAME)
function(oidor_reuse_precompiled target name)
  if(OIDOR_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()

if(OIDOR_PRECOMPILE)
  oidor_precompiled(oidor_precompiled HEADERS ${OIDOR_PRECOMPILED})
endif()
if(OIDOR_PRECOMPILE AND OIDOR_TESTS)
  oidor_precompiled(oidor_precompiled_test HEADERS ${OIDOR_PRECOMPILED} <gtest/gtest.h> LINKS GTest::gtest)
endif()
