/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The programs of a node. Attached with tcx links:
 *
 *   from_pod     ingress of the node's end of a pod's veth pair: what a pod sends
 *   to_pod       egress of it: what the node's IP stack sends to a pod
 *   from_overlay ingress of the VXLAN device: what other nodes send
 *   to_overlay   egress of it
 *   from_device  ingress of the uplink
 *
 * and to the cgroup of all processes, for the node's own: connect4, sendmsg4, recvmsg4, getpeername4.
 *
 * The order in the first five: is the sender who it says, is there a connection, is there a socket, is
 * this a new connection and may it be. */
#include "from_device.h"
#include "from_pod.h"
#include "overlay.h"
#include "sockets.h"
#include "to_pod.h"

char _license[] SEC("license") = "Dual BSD/GPL";
