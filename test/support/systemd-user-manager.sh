#!/bin/sh
# A systemd user manager and its bus, in the process and mount namespace that `unshare` made for them.
# usage: systemd-user-manager.sh RUNTIME_DIR
set -eu
export XDG_RUNTIME_DIR="$1"

# systemd refuses to start on a machine that was not booted with it, which it tells by this directory.
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system

# A control group of its own for each manager, or two at a time would end each other's units.
for group in "$XDG_RUNTIME_DIR"/cgroups/*; do
  [ ! -d "$group" ] || echo $$ > "$group/cgroup.procs"
done

dbus-daemon --session --address="$DBUS_SESSION_BUS_ADDRESS" --nofork --nopidfile &
while [ ! -S "$XDG_RUNTIME_DIR/bus" ]; do sleep 0.02; done

# As a child, for as process 1 it would be the manager of the system.
PATH="/lib/systemd:/usr/lib/systemd:$PATH"
systemd --user
