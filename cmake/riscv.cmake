# SPDX-License-Identifier: MIT
# The RISC-V compiler that guests (examples, guest tests) are built with: the first that is installed.
find_program(RISCV_CC NAMES riscv64-unknown-elf-gcc riscv64-linux-gnu-gcc clang-19 clang)
if(NOT RISCV_CC)
  message(FATAL_ERROR "No RISC-V compiler found. Install gcc-riscv64-unknown-elf, gcc-riscv64-linux-gnu, or clang and lld.")
endif()
set(RISCV_FLAGS -mcmodel=medany -ffreestanding -fno-pic -static -nostdlib -fno-stack-protector)
set(RISCV_LINK_FLAGS "")
if(RISCV_CC MATCHES "clang")
  list(APPEND RISCV_FLAGS --target=riscv64-unknown-elf -fuse-ld=lld)
else()
  list(APPEND RISCV_LINK_FLAGS -Wl,--no-warn-rwx-segments)
endif()
# Older compilers count the CSR instructions and fence.i to the base and do not know their names.
execute_process(COMMAND ${RISCV_CC} ${RISCV_FLAGS} -march=rv64imac_zicsr_zifencei -mabi=lp64 -E -x c /dev/null
  RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
if(result EQUAL 0)
  set(RISCV_MARCH -march=rv64imac_zicsr_zifencei)
else()
  set(RISCV_MARCH -march=rv64imac)
endif()
