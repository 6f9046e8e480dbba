#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# --monitor: answers behind prompts, one client at a time and the second refused in words, lines that were sent ahead executed in
# order, half a line and a client that leaves without harm, mode 0600, and the file gone at the end.
use strict;
use warnings;
use File::Temp 'tempdir';
use IO::Socket::UNIX;

my ($microvm, $guest) = @ARGV;
my $folder = tempdir(CLEANUP => 1);
my $path = "$folder/monitor";
alarm 100;

my $pid = open my $output, '-|', $microvm, 'run', $guest, '--monitor', $path or die "$microvm: $!\n";
readline($output) =~ /counting/ or die "no guest\n";
my $failed = 0;

sub check { my ($ok, $what) = @_; return if $ok; print STDERR "expected: $what\n"; $failed = 1; }
sub dial { return IO::Socket::UNIX->new(Peer => $path) || die "cannot connect to $path: $!\n"; }

# Everything up to the next prompt, or to the end.
sub answer {
    my ($client) = @_;
    my $text = '';
    while ($text !~ /\(microvm\) $/) { sysread($client, $text, 65536, length $text) or last; }
    return $text;
}
sub ask { my ($client, $line) = @_; syswrite $client, "$line\n"; return answer($client); }

check(((stat $path)[2] & 0777) == 0600, 'a socket of mode 0600');
my $first = dial();
check(answer($first) eq '(microvm) ', 'a prompt');
check(ask($first, 'info harts') =~ /hart 0: runs/, 'the harts');
my $second = dial();
check(answer($second) =~ /another client is connected/, 'a refusal in words');
check(ask($first, 'stop') =~ /paused: hart 0/, 'a pause');
syswrite $first, "set pc count\nstep 2\nstep\npc\n";
check(answer($first) eq '(microvm) ', 'nothing to say of a register that was set');
check(answer($first) =~ /stepped: .*<count\+0x8>/s, 'two steps');
check(answer($first) =~ /stepped: .*<leaf>/s, 'a third');
check(answer($first) =~ /<leaf>/, 'the place where they led');
check(ask($first, 'x/1xb 0x10000005') =~ /0x10000005: 0x60/, "the UART's status");
check(ask($first, 'x' x 5000) =~ /^$|at most/, 'a refusal of a line that is too long');
close $first;

my $third;
for (1 .. 1000) { # the first may not be forgotten yet
    $third = dial();
    last if answer($third) =~ /^\(microvm\) $/;
}
check(ask($third, 'pc') =~ /<leaf>/, 'the machine as it was left');
syswrite $third, 'half a li';
close $third;
my $last;
for (1 .. 1000) { $last = dial(); last if answer($last) =~ /^\(microvm\) $/; }
syswrite $last, "quit\n";
answer($last);
close $output;
check($? == 0, 'exit status 0');
check(!-e $path, 'no socket left behind');
exit $failed;
