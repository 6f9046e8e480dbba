# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # guests, apt, root and offline are of scripts/guests
# An initramfs as the usual one, with the drivers of all devices that microvm has.

devices_modules=(virtio_mmio virtio_blk virtio_net virtio-rng virtio_balloon virtio-gpu virtio_input evdev
    virtio_snd 9p 9pnet_virtio vmw_vsock_virtio_transport crc32c_generic ext4)

build_devices() {
    # shellcheck disable=SC2034 # module_tree uses it
    local initramfs_modules=("${devices_modules[@]}") work=$guests/devices.tree
    say "building $guests/devices.cpio.gz"
    rm -rf "$work"
    mkdir -p "$work"
    init_script >"$work/init"
    module_tree "$work"
    initramfs "$work" | gzip -9n >"$guests/devices.new"
    mv "$guests/devices.new" "$guests/devices.cpio.gz"
    rm -rf "$work"
}
