# One address, met by the hypervisor and by its guest.
tbreak kernel_main
continue
set var task = 7
break square if $virt == 1
continue
# expect: Breakpoint 2, square .number=3
print $virt
# expect: = 1$
print $priv
# expect: = 1$
info threads
# expect: hart 0, VS mode, running
maintenance packet Qqemu.PhyMemMode:2
# expect: received: "OK"
x/1xw &corner
# expect: 0x00000003
finish
# expect: Value returned is \$\d+ = 9
continue
# expect: exited normally
