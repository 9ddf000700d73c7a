#!/bin/sh
# Runs in a network and a mount namespace of its own. Behind it stand two more: a router that forwards some packets and
# refuses the rest in every way there is, and a host far behind it. All of it ends with this process.
set -e
mkdir -p /run/netns
mount -t tmpfs none /run/netns
ip netns add router
ip netns add far

ip link set lo up
ip link add near type veth peer name left netns router
ip -n router link add right type veth peer name end netns far

ip address add 10.9.0.1/24 dev near
ip -6 address add fd09::1/64 dev near nodad
ip link set near up

ip -n router address add 10.9.0.2/24 dev left
ip -n router -6 address add fd09::2/64 dev left nodad
ip -n router -6 address add fe80::2/64 dev left nodad
ip -n router address add 10.9.1.1/24 dev right
ip -n router -6 address add fd09:1::1/64 dev right nodad
ip -n router link set left up
ip -n router link set right mtu 1280 up
ip netns exec router sh -c 'cd /proc/sys/net
  echo 1 >ipv4/ip_forward; echo 1 >ipv6/conf/all/forwarding
  echo 0 >ipv4/icmp_ratemask; echo 0 >ipv6/icmp/ratelimit'

ip -n far address add 10.9.1.2/24 dev end
ip -n far -6 address add fd09:1::2/64 dev end nodad
ip -n far link set end mtu 1280 up
ip -n far route add default via 10.9.1.1
ip -n far -6 route add default via fd09:1::1

ip route add 10.9.0.0/16 via 10.9.0.2
ip -6 route add fd09::/16 via fd09::2
ip -n router route add blackhole 10.9.4.0/24
ip -n router route add prohibit 10.9.5.0/24
ip -n router route add unreachable 10.9.6.0/24
ip -n router -6 route add prohibit fd09:5::/64
ip -n router -6 route add unreachable fd09:6::/64
ip route add prohibit 10.9.8.0/24

echo ready >&2
exec sleep infinity
