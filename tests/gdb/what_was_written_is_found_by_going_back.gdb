tbreak kernel_main
continue
set var task = 3
tbreak end
continue
# expect: Temporary breakpoint 2, end
print written
# expect: = 2
watch written
reverse-continue
# expect: ^Hardware watchpoint 3: written
# expect: ^Old value = 2
# expect: ^New value = 1
# The instruction that does it has not been executed yet.
x/i $pc
# expect: sd
reverse-continue
# expect: ^Hardware watchpoint 3: written
# expect: ^Old value = 1
# expect: ^New value = 0
reverse-continue
# expect: No more reverse-execution history
continue
# expect: ^Hardware watchpoint 3: written
# expect: ^Old value = 0
# expect: ^New value = 1
delete
rwatch read_only
continue
# expect: ^Hardware read watchpoint 4: read_only
# expect: ^Value = 7
delete
# The past cannot be changed.
set var written = 5
# expect: Cannot access memory
set $a0 = 5
# expect: Could not write register
print written
# expect: = 1
monitor who wrote written
# expect: was written by hart 0 in step \d+, \d+ steps before the present
monitor goto present
# expect: step \d+: hart 0
maintenance flush register-cache
continue
# expect: exited normally
# once: kernel
