# microvm: --cpus 2
tbreak kernel_main thread 1
continue
set var task = 1
break count_for_ever
detach
# expect: detached
# Its breakpoints are gone: the machine runs until it is found again.
python gdb.execute('target remote ' + __import__('os').environ['GDB_SOCKET'])
# expect: count_for_ever .hart=
print $pc >= 0x1000
# expect: = 1
set var task = 0
print task
# expect: = 0
kill
# expect: killed
