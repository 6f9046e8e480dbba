# Another session of GDB, while this one is connected.
python import subprocess, os
python where = os.environ['GDB_SOCKET']
python print(subprocess.run(['gdb-multiarch', '-nx', '-q', '-batch', '-ex', 'target remote ' + where], capture_output=True, text=True, stdin=subprocess.DEVNULL).stderr)
# expect: another debugger is connected to this machine already
# The first one has not noticed.
info registers pc
# expect: ^pc 0x1000
kill
# expect: killed
