#!/bin/bash
# Becomes PID 1 of a box: a real systemd over an overlay of this host's root, in namespaces of its own.
# $1: a folder of its own. /proc/sys stays read-only: systemd would set the host's sysctls otherwise.
set -eu
D=$1; R=$D/t/m
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$D/t"; mkdir -p "$D"/t/{u,w,m}
mount -t overlay overlay -o "lowerdir=/,upperdir=$D/t/u,workdir=$D/t/w" "$R"
mount -t proc proc "$R/proc"; mount --bind "$R/proc/sys" "$R/proc/sys"; mount -o remount,bind,ro "$R/proc/sys"
mount -t sysfs -o ro sysfs "$R/sys"; mount -t cgroup2 cgroup2 "$R/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$R/run"; mount -t tmpfs -o mode=1777 tmpfs "$R/tmp"
mount -t tmpfs -o mode=755 tmpfs "$R/dev"
for d in null zero full random urandom tty; do touch "$R/dev/$d"; mount --bind "/dev/$d" "$R/dev/$d"; done
mkdir -p "$R/dev/pts" "$R/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$R/dev/pts"; ln -s pts/ptmx "$R/dev/ptmx"
mount -t tmpfs -o mode=1777 tmpfs "$R/dev/shm"
ln -s /proc/self/fd "$R/dev/fd"
IFS=:; for folder in $SHARED; do mkdir -p "$R$folder"; mount --bind "$folder" "$R$folder"; done; unset IFS
ln -sf /dev/null "$R/etc/systemd/system/systemd-pstore.service"
: >"$R/etc/fstab"; echo box >"$R/etc/hostname"
cd "$R"; mkdir -p .old; pivot_root . .old; umount -l /.old; rmdir /.old
exec env -i container=box PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=basic.target --log-target=null --show-status=no
