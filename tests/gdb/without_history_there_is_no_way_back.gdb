# microvm: --history 0
tbreak kernel_main
continue
reverse-continue
# expect: does not support this command
reverse-stepi
# expect: does not support this command
maintenance packet bc
monitor back
# expect: history is off
monitor info history
# expect: off
continue
# expect: exited normally
