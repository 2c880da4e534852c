# Warnings as errors, ccache and mold when they are there.
add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Werror)
# GCC 12.2 reports -Wrestrict falsely on string concatenation at -O3 (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-restrict)
endif()
find_program(OIDOR_CCACHE ccache)
if(OIDOR_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${OIDOR_CCACHE})
  if(OIDOR_PRECOMPILE)
    # Without these two it does not keep what was compiled with precompiled headers.
    list(PREPEND CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros)
    add_compile_options(-fpch-preprocess)
  endif()
endif()
find_program(OIDOR_MOLD mold)
if(OIDOR_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# The preset `dev` leaves four checks of the undefined-behaviour sanitizer out (null, alignment, object-size, vptr):
# they double the time of every compilation, and what they find crashes on x86-64 or under the address sanitizer.
