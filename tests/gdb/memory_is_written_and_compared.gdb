tbreak kernel_main
continue
compare-sections .text
# expect: ^Section .text, range 0x80000000 -- 0x\w+: matched
print/x *(int *)&counts[3] = 0x23242a7d
# expect: = 0x23242a7d
x/1xw &counts[3]
# expect: 0x23242a7d
find &counts[0], +64, (int)0x23242a7d
# expect: 1 pattern found
# More than one packet holds.
dump binary memory /dev/null 0x80000000 0x80100000
print task = 2
# expect: = 2
# Code that was executed already.
set *(unsigned short *)square = 0x8082
compare-sections .text
# expect: MIS-MATCHED
load
# expect: Loading section .text
compare-sections .text
# expect: matched
print *(int *)8
# expect: Cannot access memory at address 0x8
maintenance packet Qqemu.PhyMemMode:1
# expect: OK
maintenance packet qqemu.PhyMemMode
# expect: "1"
kill
