tbreak kernel_main
continue
set var task = 8
set filename-display basename
delete
break end
continue
print table.limit
watch table.limit
reverse-continue
print i
x/i $pc
monitor goto present
maintenance flush register-cache
monitor who wrote table+32
monitor goto present
maintenance flush register-cache
delete
continue
# shown in: docs/time-travel.md
# expect: ^Hardware watchpoint 3: table.limit
# expect: ^Old value = 0
# expect: ^New value = 100
# expect: words\[i\] = 0;
# expect: = 4$
# expect: => 0x\w+ <clear\+\d+>: sd
# expect: was written by hart 0 in step \d+, \d+ steps before the present: hart 0, M mode
# expect: <clear\+0x\w+>: sd
# expect: exited with code 01
# status: 1
# once: kernel
