#!/bin/bash
# SPDX-License-Identifier: MIT
# An array of a Slurm on this machine alone, made for the occasion, runs the shards of a class: the script of docs/grading.md
# unchanged. All daemons listen on loopback and keep what they have in one folder.
# usage: slurm_array_runs_the_shards.sh MICROVM GUESTS
set -u
microvm=$1
here=$(cd "$(dirname "$0")" && pwd)
for tool in munged slurmctld slurmd sbatch scontrol sinfo; do
    PATH=$PATH:/usr/sbin command -v $tool >/dev/null || { echo "no $tool (Debian: slurm-wlm)"; exit 77; }
done
PATH=$PATH:/usr/sbin
work=$(mktemp -d) || exit 125
pids=()

# The daemons are told to end, and waited for.
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
    wait
    rm -rf "$work"
}
trap finish EXIT

skip() {
    echo "left out: $1"
    tail -n 5 "$work"/*.log
    exit 77
}

# until_true SECONDS COMMAND...: asks ten times a second; at most so long.
until_true() {
    local tries=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        ((tries-- > 0)) || return 1
        read -r -t 0.1 <>"$work/tick"
    done
    return 0
}

free_port() {
    perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1)->sockport'
}

mkdir "$work/state" "$work/spool" "$work/munge"
mkfifo "$work/tick"
chmod 755 "$work"
chmod 700 "$work/munge"
head -c 1024 /dev/urandom >"$work/munge/key"
chmod 600 "$work/munge/key"
munged --foreground --force --key-file "$work/munge/key" --socket "$work/munge.socket" --pid-file "$work/munge/pid" \
    --log-file "$work/munged.log" --seed-file "$work/munge/seed" 2>"$work/munged-start.log" &
pids+=($!)
until_true 10 test -S "$work/munge.socket" || skip "munged does not start"

name=$(hostname -s)
cat >"$work/slurm.conf" <<CONF
ClusterName=alone
SlurmctldHost=$name(127.0.0.1)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CredType=cred/munge
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
NodeName=$name NodeAddr=127.0.0.1 CPUs=2 RealMemory=500 State=UNKNOWN
PartitionName=all Nodes=$name Default=YES State=UP
CONF
cp /dev/null "$work/cgroup.conf"
export SLURM_CONF=$work/slurm.conf
slurmctld -D -f "$SLURM_CONF" 2>"$work/slurmctld-start.log" &
pids+=($!)
slurmd -D -f "$SLURM_CONF" -N "$name" 2>"$work/slurmd-start.log" &
pids+=($!)
until_true 40 sh -c 'sinfo -h -o %T | grep -qx idle' || skip "Slurm does not start: $(sinfo 2>&1 | tail -n 1)"

cp "$2"/*.elf "$here/class.test" "$work"
cd "$work" || exit 125
mv class.test lab.test
"$microvm" test --format json lab.test | grep '^{"test"' | sort >whole
sed -n '/^#!\/bin\/sh$/,/^```$/p' "$here/../../docs/grading.md" | grep -v '^```$' >lab.sbatch
grep -q 'SBATCH --array=1-4' lab.sbatch || { echo "docs/grading.md shows no array"; exit 1; }
PATH=$(dirname "$microvm"):$PATH sbatch --wait lab.sbatch >sbatch.out 2>&1
status=$?
[ $status -ne 0 ] || { echo "sbatch --wait saw no failure"; exit 1; }
[ "$(ls shard-*.json | wc -l)" -eq 4 ] || { echo "not four reports"; cat sbatch.out slurm-*.out; exit 1; }
cat shard-*.json | grep '^{"test"' | sort | cmp - whole || { echo "the shards are not the class"; exit 1; }
echo "sbatch --wait: status $status; $(wc -l <whole) tests in 4 tasks"
