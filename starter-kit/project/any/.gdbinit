# What GDB does first: gdb-multiarch -x .gdbinit
# The kernel waits for it once you have started, in another terminal: microvm run --gdb 1234 build/kernel.elf
set architecture riscv:rv64
set disassemble-next-line auto
set print pretty on
file build/kernel.elf

define where-am-i
    printf "mode %d (0 user, 1 supervisor, 3 machine)\n", $priv
    info registers pc ra sp
    x/4i $pc
end
document where-am-i
The mode, pc, ra and sp, and the next four instructions.
end

define why
    info registers mcause mepc mtval mstatus
    info registers scause sepc stval sstatus satp
end
document why
Why the last trap was taken: the CSRs that it wrote, for machine and for supervisor mode.
end

define translate
    monitor explain va $arg0
end
document translate
translate ADDRESS: how the page tables translate a virtual address, and what is wrong with it.
end

# Once only, if GDB reads this file of its own accord as well.
if $_isvoid($connected)
    target remote :1234
    set $connected = 1
end
