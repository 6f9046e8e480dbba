# SPDX-License-Identifier: MIT
# The files that `microvm build` adds to a folder which lacks them, embedded as bytes between two symbols each.
set(embedded ${CMAKE_BINARY_DIR}/builtin.S)
set(folder src/project/builtin)
set(builtin_files ${folder}/kernel.ld ${folder}/start.S ${folder}/library.S starter-kit/rust-kernel/build.sh)
list(TRANSFORM builtin_files PREPEND ${CMAKE_SOURCE_DIR}/)
set(text "/* What microvm build adds. */\n.section .rodata\n")
foreach(path ${builtin_files})
  get_filename_component(name ${path} NAME)
  string(REPLACE "." "_" symbol ${name})
  string(TOLOWER ${symbol} symbol)
  string(APPEND text ".global builtin_${symbol}_begin, builtin_${symbol}_end\n"
    "builtin_${symbol}_begin:\n.incbin \"${path}\"\nbuiltin_${symbol}_end:\n")
endforeach()
file(CONFIGURE OUTPUT ${embedded} CONTENT "${text}.section .note.GNU-stack,\"\",%progbits\n" @ONLY)
set_source_files_properties(${embedded} PROPERTIES OBJECT_DEPENDS "${builtin_files}")
target_sources(microvm_core PRIVATE ${embedded})
