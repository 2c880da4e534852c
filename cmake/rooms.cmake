# oidor_compile_together(TARGET SIZE): its files in groups of so many, one translation unit each, so that their headers
# are read once. For whole builds: after a change, a group is compiled again where a file would do. What two files of a
# group call alike in their unnamed namespaces collides: name one after what it is.
function(oidor_compile_together target size)
  if(OIDOR_TOGETHER)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${size})
    # Names of one file shadow another's, and types of an unnamed namespace lie in "a header".
    target_compile_options(${target} PRIVATE -Wno-shadow -Wno-subobject-linkage)
  endif()
endfunction()

# oidor_room(NAME [LINKS third-party …] [ROOMS other rooms …])
#
# A room is a folder of src/: all its .cpp files become the library oidor_<room>, all its *_test.cpp files the program
# oidor_<room>_test. Files are found by themselves. A folder named `child` holds a program of its own, which
# the parent closet starts as a confined process: it is left out of the library (see oidor_child).
function(oidor_room name)
  cmake_parse_arguments(ROOM "" "" "LINKS;ROOMS" ${ARGN})
  set(folder ${CMAKE_SOURCE_DIR}/src/${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/child/")
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$|/contract/")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$|/contract/")
  set(rooms ${ROOM_ROOMS})
  list(TRANSFORM rooms PREPEND oidor_)
  if(sources)
    add_library(oidor_${name} STATIC ${sources})
    target_link_libraries(oidor_${name} PUBLIC fmt::fmt Threads::Threads ${rooms} ${ROOM_LINKS})
    target_include_directories(oidor_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    oidor_reuse_precompiled(oidor_${name} oidor_precompiled)
    oidor_compile_together(oidor_${name} 8)
  else()
    add_library(oidor_${name} INTERFACE)
    target_link_libraries(oidor_${name} INTERFACE fmt::fmt Threads::Threads ${rooms} ${ROOM_LINKS})
    target_include_directories(oidor_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
  endif()
  if(OIDOR_TESTS AND tests)
    add_executable(oidor_${name}_test ${tests})
    target_link_libraries(oidor_${name}_test PRIVATE oidor_${name} GTest::gtest_main)
    target_compile_definitions(oidor_${name}_test PRIVATE OIDOR_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                                          OIDOR_BINARY_DIR="${CMAKE_BINARY_DIR}")
    oidor_reuse_precompiled(oidor_${name}_test oidor_precompiled_test)
    oidor_compile_together(oidor_${name}_test 4)
    # GoogleTest's own test bodies break two of our warnings.
    target_compile_options(oidor_${name}_test PRIVATE -Wno-conversion -Wno-shadow)
    add_test(NAME ${name} COMMAND oidor_${name}_test)
    set_property(GLOBAL APPEND PROPERTY OIDOR_TEST_PROGRAMS oidor_${name}_test)
  endif()
endfunction()

# oidor_child(PROGRAM folder LINKS …): a program of its own that a closet starts, left beside `oidor`.
function(oidor_child program folder)
  cmake_parse_arguments(CHILD "" "" "LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  add_executable(${program} ${sources})
  target_link_libraries(${program} PRIVATE fmt::fmt ${CHILD_LINKS})
  target_include_directories(${program} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
