# SPDX-License-Identifier: MIT
install(TARGETS microvm)
install(FILES ${CMAKE_BINARY_DIR}/microvm.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_BINARY_DIR}/microvm.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  RENAME microvm)
install(FILES ${CMAKE_BINARY_DIR}/_microvm DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
