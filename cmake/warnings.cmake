# One set of warnings for every file of ours, as the target dr_flags.
add_library(dr_flags INTERFACE)
target_compile_options(dr_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wformat=2
  -Wundef -Wimplicit-fallthrough -Wdouble-promotion -Wswitch-enum -Wcast-qual)
# gcc instruments before it sees that a conversion fits, and then warns of right code.
if(NOT (CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_C_FLAGS MATCHES "-fsanitize="))
  target_compile_options(dr_flags INTERFACE -Wconversion -Wsign-conversion)
endif()
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  target_compile_options(dr_flags INTERFACE -Wcast-align=strict)
else()
  target_compile_options(dr_flags INTERFACE -Wcast-align)
endif()
if(DIDRUN_WERROR)
  target_compile_options(dr_flags INTERFACE -Werror)
endif()
if(DIDRUN_FAULT_INJECTION)
  target_compile_definitions(dr_flags INTERFACE DR_FAULT_INJECTION=1)
endif()
