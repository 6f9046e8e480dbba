# SPDX-License-Identifier: MIT
# The files that `microvm build` adds to a folder which lacks them, embedded as bytes between two symbols each.
set(embedded ${CMAKE_BINARY_DIR}/builtin.S)
set(folder ${CMAKE_SOURCE_DIR}/src/project/builtin)
set(text "/* The files of src/project/builtin. */\n.section .rodata\n")
foreach(name kernel.ld start.S memory.S)
  string(REPLACE "." "_" symbol ${name})
  string(APPEND text ".global builtin_${symbol}_begin, builtin_${symbol}_end\n"
    "builtin_${symbol}_begin:\n.incbin \"${folder}/${name}\"\nbuiltin_${symbol}_end:\n")
  list(APPEND builtin_files ${folder}/${name})
endforeach()
file(CONFIGURE OUTPUT ${embedded} CONTENT "${text}.section .note.GNU-stack,\"\",%progbits\n" @ONLY)
set_source_files_properties(${embedded} PROPERTIES OBJECT_DEPENDS "${builtin_files}")
target_sources(microvm_core PRIVATE ${embedded})
