break length_squared
tbreak kernel_main
continue
set var task = 2
print task
# expect: = 2
continue
# expect: Breakpoint 1, length_squared
list
# expect: int length_squared
backtrace
# expect: ^#0 length_squared
# expect: ^#1 0x\w+ in kernel_main \(hart=0\)
print *point
# expect: = \{x = 3, y = 4\}
next
# expect: sum \+= square
print sum
# expect: = 9
step
# expect: ^square \(number=4\)
finish
# expect: Value returned is \$\d+ = 16
next
# expect: return sum
print sum
# expect: = 25
set var point->x = 100
print corner.x
# expect: = 100
print half
# expect: = 0.5
ptype corner
# expect: type = volatile struct point
delete
continue
# expect: exited normally
