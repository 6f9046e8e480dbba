tbreak kernel_main
continue
set var task = 3
watch written
# expect: ^Hardware watchpoint 2: written
rwatch read_only
# expect: ^Hardware read watchpoint 3: read_only
continue
# expect: ^Hardware watchpoint 2: written
# expect: ^Old value = 0
# expect: ^New value = 1
continue
# expect: ^Hardware read watchpoint 3: read_only
# expect: ^Value = 7
awatch result
# expect: ^Hardware access .read/write. watchpoint 4: result
continue
# expect: ^Hardware access .read/write. watchpoint 4: result
# expect: ^New value = 7
continue
# expect: ^Hardware access .read/write. watchpoint 4: result
# expect: ^Value = 7
delete 4
continue
# expect: ^Hardware watchpoint 2: written
# expect: ^Old value = 1
# expect: ^New value = 2
delete
continue
# expect: exited normally
