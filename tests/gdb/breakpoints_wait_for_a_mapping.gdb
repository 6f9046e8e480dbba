# A breakpoint at an address that nothing is mapped at yet is met once something is.
tbreak kernel_main
continue
set var task = 4
print $satp
# expect: = 0$
x/1x 0xffffffc080000000
# expect: Cannot access memory at address 0xffffffc080000000
hbreak *((long)high_function + 0xffffffc000000000)
# expect: Hardware assisted breakpoint 2 at 0xffffffc08
break end
continue
# expect: Breakpoint 2, 0xffffffc08
print $priv
# expect: = 1$
x/1i $pc
# expect: ^=> 0xffffffc08
continue
# expect: Breakpoint 3, end
# Memory is seen through the tables of the present mode.
print *(long *)((long)&written + 0xffffffc000000000)
# expect: = 3
delete
continue
# expect: exited normally
