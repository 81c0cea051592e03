/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What comes from outside for an address and a port that the programs translate: NodePorts, and Gateways'
 * listeners in which nothing has to be read. */
#pragma once

#include "conntrack.h"
#include "flow.h"
#include "judge.h"
#include "maps.h"
#include "packet.h"
#include "policy.h"
#include "service.h"
#include "steal.h"

/* What a caller has to do itself: what follows needs more of the stack than is left below the decision. */
#define NEEDS_PROXY (-3)
#define NEEDS_RESET (-4)

/* Answers to those whom the node speaks for: its pods, and clients of its NodePorts. */
static __always_inline int answer_inward(struct __sk_buff *skb, struct packet *p,
					 const struct connection *c)
{
	__u8 flags = c->flags;
	struct pod *pod;

	if (!ct_translate(skb, p, c))
		return drop(p, FAILED);
	pod = bpf_map_lookup_elem(&pods, &p->tuple.destination);
	if (pod)
		return to_local(skb, p, pod);
	return flags & CT_STACK ? drop(p, INVALID_DESTINATION) : to_outside();
}

/* Sends on what arrived, with its final destination. */
static __always_inline int send_inward(struct __sk_buff *skb, struct packet *p, __be32 node)
{
	struct pod *pod = bpf_map_lookup_elem(&pods, &p->tuple.destination);

	if (pod)
		return to_local(skb, p, pod);
	if (node)
		return to_remote(skb, p, node, p->source_identity);
	/* A process of another node. */
	return to_outside();
}

/* What the rules say to a packet for a backend. A pod of another node is judged there. */
static __always_inline __u8 inward_verdict(struct packet *p, const struct target *to)
{
	p->destination_identity = to->identity;
	return to->pod ? arrival_verdict(p, to->flags) : NONE;
}

/* A packet of a connection that was allowed. When something changed since, it is judged again. */
static __noinline int inward_connection(struct __sk_buff *skb, struct packet *p,
					struct connection *c)
{
	struct tuple arrived = p->tuple;
	__u32 now = current_revision();
	__be32 node = c->node;
	struct target to;

	if (c->revision != now) {
		p->tuple.destination = c->address;
		p->tuple.destination_port = c->port;
		resolve(c->address, &to);
		__u8 verdict = inward_verdict(p, &to);
		bool inspected = to.pod && inbound_l7(p, to.flags);
		p->tuple = arrived;
		if (verdict != NONE) {
			ct_delete(&arrived);
			return drop(p, verdict);
		}
		if (inspected) {
			ct_delete(&arrived);
			return NEEDS_PROXY;
		}
		c->revision = now;
	}
	if (!ct_translate(skb, p, c))
		return drop(p, FAILED);
	return send_inward(skb, p, node);
}

/* Whether the way back from a pod of this node is another connection's, of the same port of the client:
 * to another address or port that leads to the same pod, or to the pod itself. */
static __always_inline bool is_taken(const struct packet *p, const struct backend *pod)
{
	struct tuple reply = {
		.source = pod->address,
		.destination = p->tuple.source,
		.source_port = pod->port,
		.destination_port = p->tuple.source_port,
		.protocol = p->tuple.protocol,
	};
	struct connection *other = ct_lookup(&reply);

	return other && !ct_is_over(other, reply.protocol, seconds()) &&
	       (other->address != p->tuple.destination || other->port != p->tuple.destination_port);
}

/* A new connection. */
static __noinline int inward_new(struct __sk_buff *skb, struct packet *p,
				 struct service *service)
{
	struct packet final = *p;
	struct path path = {.flags = CT_NAT, .reply_flags = CT_NAT | CT_STACK};
	struct backend backend;
	struct target to;
	__u8 verdict;

	if (!service_pick(p, service, &backend)) {
		drop(p, NO_BACKEND);
		return NEEDS_RESET;
	}
	final.service = p->tuple.destination;
	final.service_port = p->tuple.destination_port;
	final.tuple.destination = path.address = backend.address;
	final.tuple.destination_port = path.port = backend.port;
	resolve(backend.address, &to);
	/* Processes of this node answer past the programs. */
	if (to.identity == IDENTITY_HOST)
		return drop(&final, INVALID_DESTINATION);
	if (service->flags & SERVICE_GUARDED || (to.pod && inbound_l7(&final, to.flags)))
		return NEEDS_PROXY;
	/* The proxy speaks for Gateways, mutual TLS where it must be. */
	if (service->flags & SERVICE_UPLINK && to.flags & FLAG_STRICT)
		return NEEDS_PROXY;
	verdict = inward_verdict(&final, &to);
	if (verdict != NONE)
		return drop(&final, verdict);
	if (!to.pod)
		path.reply_flags = CT_NAT;
	if (!to.pod || is_taken(p, &backend)) {
		path.flags |= CT_SNAT;
		path.reply_flags |= CT_SNAT;
		path.source = settings.node_address;
		path.node = to.node;
	}
	if (!open_connection(p, &path))
		return drop(&final, NO_CONNTRACK);
	report(&final, FORWARDED, NONE);
	if (!translate_first(skb, p, &path))
		return drop(&final, FAILED);
	return send_inward(skb, p, to.node);
}

/* What is for such a port.
 * c: the connection that it belongs to; NULL: it opens one to the service */
static __always_inline int inward(struct __sk_buff *skb, struct packet *p, struct connection *c,
				  struct service *service)
{
	bool gateway = p->tuple.destination != settings.node_address;
	int done = c ? inward_connection(skb, p, c) : inward_new(skb, p, service);

	if (done == NEEDS_RESET)
		return reset(skb, p);
	if (done != NEEDS_PROXY)
		return done;
	return p->tuple.protocol == IPPROTO_UDP ?
		       to_datagram_listener(skb, p) :
		       to_listener(skb, p, settings.outbound_port, gateway ? GATEWAY : L7_OUTBOUND);
}
