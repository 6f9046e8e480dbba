# microvm: --cpus 3
# expect: ^0x0+1000 in
info threads
# expect: ^\* 1 Thread 1.1 \(hart 0, M mode, running\)
# expect: ^ 2 Thread 1.2 \(hart 1, M mode, running\)
# expect: ^ 3 Thread 1.3 \(hart 2, M mode, running\)
tbreak kernel_main
continue
# expect: Thread 1 hit Temporary breakpoint 1
set var task = 1
tbreak kernel_main thread 3
continue
# expect: Thread 3 hit Temporary breakpoint 2, kernel_main \(hart=2\)
thread apply all info registers pc
# expect: ^Thread 3
# expect: ^pc 0x8000\w+ 0x8000\w+ <kernel_main
# expect: ^Thread 1
# expect: ^pc
# A breakpoint of one hart.
break count_for_ever thread 2
continue
# expect: Thread 2 hit Breakpoint 3, count_for_ever \(hart=1\)
thread 3
# expect: Switching to thread 3
set scheduler-locking on
# Alone hart 2 goes on: none of the others counts.
print $before = counts[0] + counts[1]
stepi 100
print counts[2] > 0
# expect: = 1$
print counts[0] + counts[1] - $before
# expect: = 0$
print $mhartid
# expect: = 2$
thread 2
stepi
print $_thread
# expect: = 2$
info threads
# expect: ^\* 2 Thread 1.2
kill
