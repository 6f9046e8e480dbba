# interrupt after: counting
tbreak kernel_main
continue
set var task = 1
continue
# expect: received signal SIGINT
print counts[0] > 0
# expect: = 1
backtrace
# expect: count_for_ever \(hart=0\)
kill
# expect: killed
