# microvm: --cpus 2
tbreak kernel_main
continue
monitor info harts
# expect: hart 1
monitor info mtree
# expect: 0x0+80000000-0x0+83ffffff RAM
monitor no-such-command
# expect: no-such-command
# What is longer than a packet comes whole.
monitor info csrs
# expect: ^mstatus
# expect: ^tselect
info registers pc
# expect: ^pc 0x8000
kill
# expect: killed
