# status: 3
tbreak kernel_main
continue
set var task = 6
continue
# expect: exited with code 03
