# The first thing that everybody does with a debugger.
# expect: ^0x0+1000 in
info registers pc
# expect: ^pc 0x1000
x/3i $pc
# expect: ^=> 0x1000: auipc t0,
# expect: 0x1008: csrr a0,mhartid
stepi
# expect: ^0x0+1004 in
break kernel_main
continue
# expect: Breakpoint 1, kernel_main \(hart=0\)
info registers
# expect: ^ra 0x8000
# expect: ^sp 0x800
# expect: ^pc 0x8000\w+ 0x8000\w+ <kernel_main
x/10i $pc
# expect: ^=> 0x8000\w+ <kernel_main\+\d+>:
delete
continue
# expect: exited normally
