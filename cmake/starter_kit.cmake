# SPDX-License-Identifier: MIT
# What the command carries of starter-kit/: the templates of `microvm init`, file by file, and the kernels of
# `microvm run --example`. starter-kit/list names them; the folders say the rest.
set(kit ${CMAKE_SOURCE_DIR}/starter-kit)
set(kit_out ${CMAKE_BINARY_DIR}/starter-kit)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${kit}/list)
file(STRINGS ${kit}/list kit_rows REGEX "^[a-z]")
file(GLOB kit_folders CONFIGURE_DEPENDS RELATIVE ${kit} ${kit}/*-kernel ${kit}/tutorials/[0-9]*)

# Nothing that is built there is a part of it.
set(kit_sources *.c *.h *.S *.ld *.rs *.toml Cargo.lock Makefile README.md *.sh *.py)
set(tutorial_flags ${RISCV_FLAGS} ${RISCV_MARCH} -mabi=lp64 -std=gnu17 -O1 -Wall -Wextra -fno-asynchronous-unwind-tables
  -fno-omit-frame-pointer -mno-relax)

# Bytes between two symbols: <kind>_<id>_begin and <kind>_<id>_end.
function(kit_embed kind id path)
  file(APPEND ${kit_out}/bytes.S.new
".balign 16
.global ${kind}_${id}_begin, ${kind}_${id}_end
${kind}_${id}_begin:
.incbin \"${path}\"
${kind}_${id}_end:
.byte 0
")
  set_property(GLOBAL APPEND PROPERTY kit_bytes ${path})
endfunction()

# A source is embedded once, whichever templates have it. Sets id.
function(kit_source path)
  get_property(known GLOBAL PROPERTY kit_files)
  list(FIND known ${path} at)
  if(at LESS 0)
    list(LENGTH known at)
    set_property(GLOBAL APPEND PROPERTY kit_files ${path})
    kit_embed(template_file ${at} ${path})
    file(APPEND ${kit_out}/template_file.inc.new "BYTES(${at})\n")
  endif()
  set(id ${at} PARENT_SCOPE)
endfunction()

# The files of one folder that are not in `taken` yet; the README of a kernel makes room for the project's.
function(kit_add_files template folder patterns)
  list(TRANSFORM patterns PREPEND ${folder}/)
  file(GLOB_RECURSE names CONFIGURE_DEPENDS RELATIVE ${folder} ${patterns})
  list(FILTER names EXCLUDE REGEX "^(.*/)?(build|target)/")
  foreach(name ${names})
    set(path ${folder}/${name})
    if(name STREQUAL "README.md" AND NOT folder MATCHES "/project/")
      set(name KERNEL.md)
    endif()
    if(NOT name IN_LIST taken)
      list(APPEND taken ${name})
      set(executable 0)
      if(name MATCHES "\\.sh$")
        set(executable 1)
      endif()
      kit_source(${path})
      file(APPEND ${kit_out}/template_file.inc.new "TEMPLATE_FILE(\"${template}\", \"${name}\", ${executable}, ${id})\n")
    endif()
  endforeach()
  set(taken ${taken} PARENT_SCOPE)
endfunction()

function(kit_add_template name folder meaning)
  set(more "")
  if(EXISTS ${kit}/${folder}/README.md)
    set(more "KERNEL.md explains it file by file.")
  elseif(folder MATCHES "^tutorials/(.*)")
    set(more "The tutorial docs/tutorials/${CMAKE_MATCH_1}.md of microvm makes it step by step.")
  endif()
  file(APPEND ${kit_out}/template.inc.new "TEMPLATE(\"${name}\", \"${meaning}\", \"${more}\")\n")
  set(taken "")
  kit_add_files(${name} ${kit}/project/${name} "*")
  kit_add_files(${name} ${kit}/${folder} "${kit_sources}")
  kit_add_files(${name} ${kit}/project/any "*")
endfunction()

# By its own Makefile, or else as `microvm build` does it.
function(kit_add_example name folder meaning)
  file(GLOB sources CONFIGURE_DEPENDS ${kit}/${folder}/*.c ${kit}/${folder}/*.S)
  if(NOT sources)
    return()
  endif()
  file(GLOB inputs CONFIGURE_DEPENDS ${kit}/${folder}/*.h ${kit}/${folder}/*.ld ${kit}/${folder}/Makefile)
  set(out ${kit_out}/${folder})
  file(MAKE_DIRECTORY ${out})
  # Each source becomes an object of its name, because linker scripts choose by it.
  set(commands "")
  set(objects "")
  foreach(source ${sources})
    get_filename_component(object ${source} NAME)
    list(APPEND objects ${out}/${object}.o)
    list(APPEND commands COMMAND ${RISCV_CC} ${tutorial_flags} -I${kit}/${folder} -c ${source} -o ${out}/${object}.o)
  endforeach()
  list(APPEND commands COMMAND ${RISCV_CC} ${tutorial_flags} -Wl,-T,${kit}/${folder}/kernel.ld ${RISCV_LINK_FLAGS}
    -Wl,--build-id=none ${objects} -o ${out}/kernel.elf)
  if(EXISTS ${kit}/${folder}/Makefile)
    set(commands COMMAND make --no-print-directory -s -C ${kit}/${folder} CC=${RISCV_CC} OUT=${out})
  endif()
  add_custom_command(OUTPUT ${out}/kernel.elf ${commands} DEPENDS ${sources} ${inputs}
    COMMENT "Building the example ${name}" VERBATIM)
  string(REPLACE "-" "_" id ${name})
  kit_embed(example ${id} ${out}/kernel.elf)
  file(APPEND ${kit_out}/example.inc.new "EXAMPLE(${id}, \"${name}\", \"${meaning}\")\n")
endfunction()

# Written anew, but touched only if something is new.
set(kit_outputs template.inc template_file.inc example.inc bytes.S)
foreach(output ${kit_outputs})
  file(WRITE ${kit_out}/${output}.new "/* Made by cmake/starter_kit.cmake. */\n")
endforeach()
file(APPEND ${kit_out}/bytes.S.new ".section .rodata\n")
set(kit_listed "")
foreach(row ${kit_rows})
  if(NOT row MATCHES "^([a-z-]+) +\\| +([a-z0-9/-]+) +\\| +([^\"]+)$")
    message(FATAL_ERROR "starter-kit/list: '${row}' is not NAME | FOLDER | WHAT IT SHOWS")
  endif()
  set(name ${CMAKE_MATCH_1})
  set(folder ${CMAKE_MATCH_2})
  set(meaning ${CMAKE_MATCH_3})
  list(APPEND kit_listed ${folder})
  if(folder IN_LIST kit_folders)
    kit_add_template(${name} ${folder} "${meaning}")
    kit_add_example(${name} ${folder} "${meaning}")
  endif()
endforeach()
foreach(folder ${kit_folders})
  if(NOT folder IN_LIST kit_listed)
    message(FATAL_ERROR "starter-kit/${folder} has no row in starter-kit/list")
  endif()
endforeach()
file(APPEND ${kit_out}/bytes.S.new ".section .note.GNU-stack,\"\",%progbits\n")
foreach(output ${kit_outputs})
  file(COPY_FILE ${kit_out}/${output}.new ${kit_out}/${output} ONLY_IF_DIFFERENT)
endforeach()
get_property(kit_bytes GLOBAL PROPERTY kit_bytes)
set_source_files_properties(${kit_out}/bytes.S PROPERTIES OBJECT_DEPENDS "${kit_bytes}")
target_sources(microvm_core PRIVATE ${kit_out}/bytes.S)
target_include_directories(microvm_core PRIVATE ${kit_out})
