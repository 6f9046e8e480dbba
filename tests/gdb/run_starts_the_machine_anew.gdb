# microvm: --gdb-wait
# extended
set remote exec-file kernel
break kernel_main
continue
# expect: Breakpoint 1, kernel_main
set var task = 6
print task
# expect: = 6
run
# expect: Breakpoint 1, kernel_main
print task
# expect: = 0
kill
# expect: killed
run
# expect: Breakpoint 1, kernel_main
detach
# expect: detached
