# SPDX-License-Identifier: MIT
# The kernels that the command carries: each is built by its own Makefile and embedded as bytes between two symbols.
function(add_example name)
  set(folder ${CMAKE_SOURCE_DIR}/starter-kit/${name})
  set(out ${CMAKE_BINARY_DIR}/starter-kit/${name})
  string(REPLACE "-" "_" symbol ${name})
  file(GLOB inputs CONFIGURE_DEPENDS ${folder}/*.c ${folder}/*.h ${folder}/*.S ${folder}/*.ld ${folder}/Makefile)
  file(MAKE_DIRECTORY ${out})
  add_custom_command(OUTPUT ${out}/kernel.bin
    COMMAND make --no-print-directory -s -C ${folder} CC=${RISCV_CC} OUT=${out}
    DEPENDS ${inputs} COMMENT "Building the example ${name}" VERBATIM)
  file(CONFIGURE OUTPUT ${out}/example.S @ONLY CONTENT
"/* The image of the example @name@. */
.section .rodata
.balign 16
.global example_@symbol@_begin, example_@symbol@_end
example_@symbol@_begin:
.incbin \"@out@/kernel.bin\"
example_@symbol@_end:
.section .note.GNU-stack,\"\",%progbits
")
  set_source_files_properties(${out}/example.S PROPERTIES OBJECT_DEPENDS ${out}/kernel.bin)
  target_sources(microvm_core PRIVATE ${out}/example.S)
endfunction()

add_example(minimal-kernel)
