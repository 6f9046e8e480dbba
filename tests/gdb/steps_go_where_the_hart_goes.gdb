# Into and over ecall, mret and sret.
tbreak kernel_main
continue
set var task = 5
tbreak in_s_mode
continue
tbreak supervisor
continue
# expect: supervisor \(\)
print $priv
# expect: = 1$
stepi
# expect: supervisor_asks
stepi
# expect: trap_entry
print $priv
# expect: = 3$
print $mcause
# expect: = 9$
tbreak trap_return
continue
stepi
# expect: supervisor_goes_on
print $priv
# expect: = 1$
print $a0
# expect: = 42$
tbreak supervisor_sinks
continue
stepi
# expect: user \(\)
print $priv
# expect: = 0$
continue
# expect: exited normally
