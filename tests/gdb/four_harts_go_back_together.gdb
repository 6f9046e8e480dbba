# microvm: --cpus 4
tbreak kernel_main
continue
# expect: Thread 1 hit Temporary breakpoint 1
set var task = 1
break count_for_ever
continue
continue
continue
continue
# expect: hit Breakpoint 2, count_for_ever
# expect: hit Breakpoint 2, count_for_ever
# expect: hit Breakpoint 2, count_for_ever
# expect: hit Breakpoint 2, count_for_ever
delete
thread 3
watch counts[2] if counts[2] == 5
# expect: Hardware watchpoint 3: counts\[2\]
continue
# expect: Thread 3 hit Hardware watchpoint 3: counts\[2\]
# expect: New value = 5
print counts
set $before = counts[0]
delete
stepi 10000
print counts[2] > 5
# expect: = 1$
watch counts[2]
reverse-continue
# expect: Thread 3 hit Hardware watchpoint 4: counts\[2\]
delete
watch counts[2] if counts[2] == 5
reverse-continue
# expect: Thread 3 hit Hardware watchpoint 5: counts\[2\]
# expect: Old value = 6
# expect: New value = 5
# The others are where they were.
print counts[0] == $before || counts[0] == $before + 1
# expect: = 1$
delete
thread 2
reverse-stepi
# expect: Thread 2|count_for_ever
print $_thread
# expect: = 2$
thread apply all print $mhartid
# expect: Thread 4
# expect: = 3$
# expect: Thread 1
# expect: = 0$
# An end of history is told whichever hart is chosen.
reverse-continue
# expect: No more reverse-execution history
continue
# expect: No more reverse-execution history
kill
# once: kernel
