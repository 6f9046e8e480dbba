# SPDX-License-Identifier: MIT
# console_ports_carry_data_both_ways.pl MICROVM IMAGE INITRAMFS FOLDER: the host's side of that test. perl-base is enough.
use strict;
use warnings;
use Socket;

my ($microvm, $image, $initramfs, $work) = @ARGV;
my %path = (data => "$work/data", events => "$work/events");
my $size = 2 << 20;
my $seen = '';
my $streaming = 0;

sub fail
{
    kill '-KILL', $streaming if $streaming;
    die "@_\n";
}

pipe my $guest_in, my $keys or die;
pipe my $screen, my $guest_out or die;
my $machine = fork // die;
if ($machine == 0) {
    open STDIN, '<&', $guest_in or die;
    open STDOUT, '>&', $guest_out or die;
    close $keys;
    exec $microvm, 'run', $image, '--initrd', $initramfs, '--cmdline', 'console=ttyS0 loglevel=4', '--timeout-secs', 600,
        '--hvc', 'console', '--hvc', "unix:$path{data},name=data", '--hvc', "unix:$path{events},name=events" or die;
}
close $guest_in;
close $guest_out;

# Reads the guest's output up to the text.
sub want
{
    my ($text) = @_;
    my $at;
    while (($at = index $seen, $text) < 0) {
        sysread $screen, $seen, 65536, length $seen or fail("the output ends without '$text': $seen");
    }
    substr $seen, 0, $at + length $text, '';
}

sub say_line { syswrite $keys, "$_[0]\n"; }

sub join_port
{
    socket my $client, PF_UNIX, SOCK_STREAM, 0 or die;
    connect $client, pack_sockaddr_un($path{$_[0]}) or fail("cannot connect to the port $_[0]: $!");
    return $client;
}

sub receive
{
    my ($client, $count) = @_;
    my $bytes = '';
    while (length $bytes < $count) {
        sysread $client, $bytes, $count - length $bytes, length $bytes or fail("the port is closed");
    }
    return $bytes;
}

sub send_all
{
    my ($client, $bytes) = @_;
    while (length $bytes) {
        my $sent = syswrite $client, $bytes or fail("the port is closed");
        substr $bytes, 0, $sent, '';
    }
}

# Sends and receives without end, in a group of processes of its own.
sub stream
{
    my ($client) = @_;
    $streaming = fork // die;
    setpgrp $streaming, $streaming;
    return if $streaming;
    $SIG{PIPE} = 'DEFAULT';
    my $other = fork // die;
    my $bytes = 'x' x 4096;
    1 while $other ? syswrite $client, $bytes : sysread $client, $bytes, 4096;
    exit 0;
}

# The keys go to the UART until the guest has opened hvc0, and to hvc0 from then on. No line holds what is waited for.
want('microvm-initramfs: ready');
want('~ #');
my $shell = "setsid sh -c 'exec </dev/hvc0 >/dev/hvc0 2>&1; echo op\"ened\"; exec sh -i'";
say_line("stty -echo; modprobe virtio_mmio; while [ ! -e /dev/vport0p2 ]; do :; done; $shell &");
want('opened');
say_line('stty -echo; PS1=; echo on $(tty)');
want('on /dev/hvc0');
say_line('for p in /sys/class/virtio-ports/*; do ln -s /dev/${p##*/} /dev/$(cat $p/name 2>/dev/null); done; echo li"nked"');
want('linked');

# In, where the guest says the sum, and out again.
open my $random, '<', '/dev/urandom' or die;
my $bytes;
sysread $random, $bytes, $size;
open my $file, '>', "$work/sent" or die;
syswrite $file, $bytes;
my ($sum) = `md5sum <'$work/sent'` =~ /^(\w+)/;
my $data = join_port('data');
say_line("head -c $size /dev/data >/in; md5sum </in; cat /in >/dev/data; echo wri\"tten\"");
send_all($data, $bytes);
want($sum);
receive($data, $size) eq $bytes or fail('the bytes came back changed');
want('written');

# The driver is unbound and bound while both directions are busy.
my $events = join_port('events');
stream($events);
say_line($_) for split /\n/, <<"END";
cat >/again <<'EOF'
d=/sys/bus/virtio/drivers/virtio_console
v=\$(ls \$d | grep ^virtio)
i=0
while [ \$i -lt 100 ]; do
    cat /dev/events >/dev/null &
    cat /dev/zero >/dev/events &
    dd if=/dev/data of=/dev/null bs=1 count=1 2>/dev/null &
    n=0; while [ \$n -lt 2000 ]; do n=\$((n + 1)); done
    echo \$v >\$d/unbind; kill %1 %2 %3 2>/dev/null
    echo \$v >\$d/bind && i=\$((i + 1)) || exit 1
    wait; while [ ! -e /dev/vport0p2 ]; do :; done
done
echo bound \$i times >/dev/ttyS0
$shell &
EOF
setsid sh /again </dev/null >/dev/null 2>/dev/ttyS0 &
END
want('bound 100 times');
kill '-KILL', $streaming;
waitpid $streaming, 0;
$streaming = 0;
want('opened');
say_line('stty -echo; PS1=; echo alive on $(tty)');
want('alive on /dev/hvc0');

# Another client on the port, which is as it was.
close $data;
$data = join_port('data');
say_line('until read line </dev/data; do :; done; echo $line-back; echo from the guest >/dev/data');
send_all($data, "to-guest\n");
want('to-guest-back');
receive($data, 15) eq "from the guest\n" or fail('the port is not as before');
say_line('poweroff -f');
1 while sysread $screen, $seen, 65536;
waitpid $machine, 0;
$? == 0 or fail("the machine ended with status $?");
!-e $path{data} && !-e $path{events} or fail('sockets are left behind');
