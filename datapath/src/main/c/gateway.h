/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* TCP to Gateways' addresses, from the uplink. A listener in which nothing has to be read is like a NodePort;
 * everything else is the proxy's, and so are connections that it had before the listener became one. */
#pragma once

#include "conntrack.h"
#include "handover.h"
#include "inward.h"
#include "maps.h"
#include "packet.h"
#include "service.h"
#include "steal.h"

/* A segment of a connection that this node does not know, on a port where the programs forward: where the
 * node that had the address has lost its process, its programs go on. */
static __always_inline __be32 forwarder(struct __sk_buff *skb, struct packet *p, __be32 former)
{
	__be32 *node = bpf_map_lookup_elem(&absent, &p->tuple.destination);

	return node && service_find(p) && is_near(skb, *node) ? *node : former;
}

/* What no socket has taken.
 * former: the node that may know older connections; 0: none */
static __always_inline int to_gateway(struct __sk_buff *skb, struct packet *p, __be32 former)
{
	struct connection *c = ct_find(p);
	struct service *service;

	if (c && !(c->flags & CT_REPLY))
		return take_over(skb) ? inward(skb, p, c, NULL) : drop(p, FAILED);
	if (opens(p)) {
		service = service_find(p);
		return service ? inward(skb, p, NULL, service) :
				 to_listener(skb, p, settings.outbound_port, GATEWAY);
	}
	former = forwarder(skb, p, former);
	if (former) {
		int handed_on = hand_on(skb, p, former);

		if (handed_on != NOT_HANDED_ON)
			return handed_on;
	}
	return to_listener(skb, p, settings.outbound_port, GATEWAY);
}
