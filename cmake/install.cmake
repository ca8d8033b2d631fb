# What `make install` puts where: command, library, header, pkg-config file, manual, completions.
include(GNUInstallDirs)

# The public interface as a shared library; only what didrun.h declares can be seen from outside.
add_library(didrun_shared SHARED $<TARGET_OBJECTS:dr_lib>)
target_link_libraries(didrun_shared PRIVATE dr_lib)
set_target_properties(didrun_shared PROPERTIES OUTPUT_NAME didrun LINKER_LANGUAGE C VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR} LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

# One page a verb, made of what the command says of itself.
file(STRINGS ${CMAKE_SOURCE_DIR}/src/cli/options.c verb_lines REGEX "\\[CLI_[A-Z]+\\] = \"[a-z]+\"")
string(REGEX MATCHALL "= \"[a-z]+\"" verbs "${verb_lines}")
set(pages "")
foreach(verb IN LISTS verbs)
  string(REGEX REPLACE "[^a-z]" "" verb ${verb})
  set(page ${CMAKE_BINARY_DIR}/man/didrun-${verb}.1)
  add_custom_command(OUTPUT ${page} COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/man
    COMMAND sh ${CMAKE_SOURCE_DIR}/tools/make-man.sh $<TARGET_FILE:didrun> ${verb} ${page}
    DEPENDS didrun ${CMAKE_SOURCE_DIR}/tools/make-man.sh COMMENT "Manual page of didrun ${verb}" VERBATIM)
  list(APPEND pages ${page})
endforeach()
add_custom_target(manual_pages ALL DEPENDS ${pages})

# The file finds its prefix from where it stands, so that what is installed can be moved.
file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/didrun.pc @ONLY CONTENT
"prefix=\${pcfiledir}/@up@
includedir=\${prefix}/@CMAKE_INSTALL_INCLUDEDIR@
libdir=\${prefix}/@CMAKE_INSTALL_LIBDIR@

Name: didrun
Description: How far evidence of a Windows machine carries a claim
Version: @PROJECT_VERSION@
Libs: -L\${libdir} -ldidrun
Cflags: -I\${includedir}
")

install(TARGETS didrun RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS didrun_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${CMAKE_SOURCE_DIR}/include/didrun.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${CMAKE_BINARY_DIR}/didrun.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${CMAKE_SOURCE_DIR}/docs/man/didrun.1 ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_SOURCE_DIR}/completions/didrun.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME didrun)
install(FILES ${CMAKE_SOURCE_DIR}/completions/_didrun DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${CMAKE_SOURCE_DIR}/completions/didrun.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
