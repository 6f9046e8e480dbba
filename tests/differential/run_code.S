/* SPDX-License-Identifier: MIT */
/* run_code(code, state): all registers from state and back around the code, which ends in a jump to run_code_return and
 * keeps x3, the state's address. state[0..31] is x, state[32..63] is f, state[64] is the frame's. x5 starts as the code's
 * address. */
.option arch, rv64gc
.text
.globl run_code
run_code:
    addi sp, sp, -208
    sd ra, 0(sp)
    sd gp, 8(sp)
    sd tp, 16(sp)
.irp n, 0,1,2,3,4,5,6,7,8,9,10,11
    sd s\n, 24 + 8 * \n(sp)
    fsd fs\n, 112 + 8 * \n(sp)
.endr
    mv t0, a0
    mv gp, a1
    sd sp, 64 * 8(gp)
.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fld f\n, (32 + \n) * 8(gp)
.endr
.irp n, 1,2,4,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld x\n, \n * 8(gp)
.endr
    jr t0
.globl run_code_return
run_code_return:
.irp n, 1,2,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    sd x\n, \n * 8(gp)
.endr
.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fsd f\n, (32 + \n) * 8(gp)
.endr
    ld sp, 64 * 8(gp)
    ld ra, 0(sp)
    ld gp, 8(sp)
    ld tp, 16(sp)
.irp n, 0,1,2,3,4,5,6,7,8,9,10,11
    ld s\n, 24 + 8 * \n(sp)
    fld fs\n, 112 + 8 * \n(sp)
.endr
    addi sp, sp, 208
    ret
