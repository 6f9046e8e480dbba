tbreak kernel_main
continue
set var task = 2
break square
continue
# expect: Breakpoint 2, square \(number=3\)
continue
# expect: Breakpoint 2, square \(number=4\)
finish
# expect: Value returned is .1 = 16
# Back to where each was entered.
reverse-continue
# expect: Breakpoint 2, square \(number=4\)
reverse-continue
# expect: Breakpoint 2, square \(number=3\)
# Beyond the first there is only the reset.
reverse-continue
# expect: No more reverse-execution history
print $pc
# expect: = .*0x1000
# Forwards it is what it was.
continue
# expect: Breakpoint 2, square \(number=3\)
next
# expect: return product
print product
# expect: = 9
reverse-next
# expect: int product = number \* number
reverse-step
# expect: length_squared|square \(number=3\)
delete
tbreak end
continue
# expect: No more reverse-execution history
# At the present it goes on live.
continue
# expect: Temporary breakpoint 3, end \(code=0\)
print result
# expect: = 25
reverse-finish
# expect: kernel_main
reverse-stepi
stepi
stepi
# expect: end \(code=0\)|end
delete
continue
# expect: exited normally
# once: kernel
