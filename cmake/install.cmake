# SPDX-License-Identifier: MIT
# What is installed where: once for `cmake --install`, and once more, by Debian's rules, for the packages (cmake/package.cmake).
include(CMakePackageConfigHelpers)

# A man page and files of documentation as packages have them.
function(add_gzipped name source)
  add_custom_command(OUTPUT ${name} COMMAND gzip -9nc ${source} > ${name} DEPENDS ${source} VERBATIM)
endfunction()
add_gzipped(microvm.1.gz ${CMAKE_BINARY_DIR}/microvm.1)
add_gzipped(changelog.gz ${CMAKE_SOURCE_DIR}/packaging/changelog)
add_custom_target(package_documents ALL DEPENDS microvm.1.gz changelog.gz)

# Names of libraries that a program needs beside libmicrovm.a.
set(PRIVATE_LIBRARIES "-lfdt -lz -ljansson -lpthread -ldl")
foreach(library LIBDW LIBZSTD)
  if(${library}_FOUND)
    list(JOIN ${library}_LIBRARIES " -l" names)
    string(APPEND PRIVATE_LIBRARIES " -l${names}")
  endif()
endforeach()

# kind: plain or deb; libdir: below the prefix; zsh: where that shell looks for completions; further arguments go to install.
function(install_all kind libdir zsh)
  set(INSTALLED_LIBDIR ${libdir})
  file(RELATIVE_PATH UP /prefix/${libdir}/pkgconfig /prefix)
  set(out ${CMAKE_BINARY_DIR}/install-${kind})
  configure_file(cmake/microvm.pc.in ${out}/microvm.pc @ONLY)
  configure_package_config_file(cmake/microvm-config.cmake.in ${out}/microvm-config.cmake
    INSTALL_DESTINATION ${libdir}/cmake/microvm)
  write_basic_package_version_file(${out}/microvm-config-version.cmake COMPATIBILITY SameMinorVersion)

  install(TARGETS microvm COMPONENT ${kind}_command ${ARGN})
  install(FILES ${CMAKE_BINARY_DIR}/microvm.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    RENAME microvm COMPONENT ${kind}_command ${ARGN})
  install(FILES ${CMAKE_BINARY_DIR}/_microvm DESTINATION ${zsh} COMPONENT ${kind}_command ${ARGN})
  install(FILES README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/microvm COMPONENT ${kind}_command ${ARGN})
  install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/microvm COMPONENT ${kind}_command ${ARGN}
    PATTERN "norm-tags.txt" EXCLUDE PATTERN "spec-coverage*" EXCLUDE PATTERN "site" EXCLUDE)

  install(TARGETS microvm_shared EXPORT microvm-${kind}
    LIBRARY DESTINATION ${libdir} COMPONENT ${kind}_library NAMELINK_COMPONENT ${kind}_development ${ARGN})
  install(FILES include/microvm.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT ${kind}_development ${ARGN})
  install(EXPORT microvm-${kind} NAMESPACE microvm:: FILE microvm-targets.cmake DESTINATION ${libdir}/cmake/microvm
    COMPONENT ${kind}_development ${ARGN})
  install(FILES ${out}/microvm-config.cmake ${out}/microvm-config-version.cmake DESTINATION ${libdir}/cmake/microvm
    COMPONENT ${kind}_development ${ARGN})
  install(FILES ${out}/microvm.pc DESTINATION ${libdir}/pkgconfig COMPONENT ${kind}_development ${ARGN})
  if(MICROVM_STATIC)
    install(FILES ${CMAKE_BINARY_DIR}/libmicrovm.a DESTINATION ${libdir} COMPONENT ${kind}_development ${ARGN})
  endif()
endfunction()

install_all(plain ${CMAKE_INSTALL_LIBDIR} ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${CMAKE_BINARY_DIR}/microvm.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT plain_command)
install(DIRECTORY starter-kit/embedding DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/microvm/examples
  COMPONENT plain_development)

include(cmake/package.cmake)
