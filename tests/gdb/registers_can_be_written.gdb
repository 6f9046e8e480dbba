tbreak kernel_main
continue
set $a0 = 0x123456789abcdef0
print/x $a0
# expect: = 0x123456789abcdef0
set $fa0.double = 1.5
print $fa0.double
# expect: = 1.5
set $mscratch = 0x55
print/x $mscratch
# expect: = 0x55
set $zero = 1
print $zero
# expect: = 0$
# Bits that are not writable stay.
set $misa = 0
print/x $misa
# expect: = 0x8
set $priv = 1
print $priv
# expect: = 1$
set $virt = 1
print $virt
# expect: = 1$
set $priv = 3
print $virt
# expect: = 0$
set var task = 6
info registers csr
# expect: ^mstatus
# expect: ^mepc
print $vsstatus != 0
print $hgatp
# expect: = 0$
print/x $mstateen0
# expect: = 0x
jump kernel_main
# expect: exited with code 03
# status: 3
