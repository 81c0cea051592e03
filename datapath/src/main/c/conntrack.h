/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Connections that the programs forward themselves. Proxied ones have no entry: there the socket is
 * the state. Two entries a connection, each under the tuple its packets arrive with. */
#pragma once

#include "packet.h"

#define CT_REPLY 1     /* this is the way back */
#define CT_NAT 2       /* address and port replace the destination, on the way back the source */
#define CT_SNAT 4      /* source and its port replace the source, on the way back the destination */
#define CT_STACK 8     /* the other side is reached through the node's IP stack */
#define CT_CLOSING 16  /* FIN or RST was seen */

struct connection {
	__be32 address;
	__be32 node; /* where packets with this tuple go: a node's underlay address; 0: here */
	__be16 port;
	__u8 flags;
	__u8 reserved;
	__u32 revision; /* of the policy that allowed it */
	__u32 seen;     /* seconds of 2^30 ns */
	__be32 source;  /* with CT_SNAT: replaces the source, on the way back the destination */
	__be16 source_port;
	__u16 unused;
};

#define CONNECTION_MAP(name, entries)                        \
	struct {                                             \
		__uint(type, BPF_MAP_TYPE_LRU_HASH);         \
		__uint(max_entries, entries);                \
		__type(key, struct tuple);                   \
		__type(value, struct connection);            \
	} name SEC(".maps")

/* Apart, so that a flood of datagrams cannot push out a TCP connection's translation. */
CONNECTION_MAP(tcp_connections, 131072);
CONNECTION_MAP(other_connections, 65536);

/* Idle limits in seconds of 2^30 ns. TCP's is that of a host's keep-alive with room to spare. */
#define IDLE_TCP 21600
#define IDLE_CLOSING 60
#define IDLE_OTHER 120

static __always_inline __u32 seconds(void)
{
	return bpf_ktime_get_coarse_ns() >> 30;
}

static __always_inline void *connections(__u8 protocol)
{
	return protocol == IPPROTO_TCP ? (void *)&tcp_connections : (void *)&other_connections;
}

static __always_inline struct tuple reverse(const struct tuple *t)
{
	struct tuple r = {
		.source = t->destination,
		.destination = t->source,
		.source_port = t->destination_port,
		.destination_port = t->source_port,
		.protocol = t->protocol,
	};
	return r;
}

static __always_inline void ct_delete(const struct tuple *t)
{
	bpf_map_delete_elem(connections(t->protocol), t);
}

/* Two calls, each for one map: only then does the kernel make a direct call of each. */
static __always_inline struct connection *ct_lookup(const struct tuple *t)
{
	struct connection *c;

	if (likely(t->protocol == IPPROTO_TCP)) {
		c = bpf_map_lookup_elem(&tcp_connections, t);
		asm volatile("" : "+r"(c)); /* or the compiler makes one call of both */
		return c;
	}
	return bpf_map_lookup_elem(&other_connections, t);
}

static __always_inline bool ct_is_over(const struct connection *c, __u8 protocol, __u32 now)
{
	__u32 limit = protocol != IPPROTO_TCP ? IDLE_OTHER :
		      c->flags & CT_CLOSING   ? IDLE_CLOSING :
						IDLE_TCP;
	return now - c->seen > limit;
}

/* The entry this packet belongs to. A SYN belongs to none: it opens a new connection. */
static __always_inline struct connection *ct_find(struct packet *p)
{
	struct connection *c = ct_lookup(&p->tuple);
	__u32 now;

	if (!c)
		return NULL;
	if (unlikely(opens(p))) {
		ct_delete(&p->tuple);
		return NULL;
	}
	now = seconds();
	if (unlikely(ct_is_over(c, p->tuple.protocol, now))) {
		ct_delete(&p->tuple);
		return NULL;
	}
	if (unlikely(c->seen != now))
		c->seen = now;
	if (unlikely(p->tcp_flags & (TCP_FIN | TCP_RST)) && !(c->flags & CT_CLOSING))
		c->flags |= CT_CLOSING;
	return c;
}

static __always_inline __u32 current_revision(void)
{
	__u32 zero = 0;
	__u32 *current = bpf_map_lookup_elem(&revision, &zero);
	return current ? *current : 0;
}

/* Where the two ways of a new connection lead. */
struct path {
	__be32 address; /* destination after translation */
	__be16 port;
	__be16 source_port; /* with CT_SNAT: as below; 0: any that is free */
	__be32 source;	    /* with CT_SNAT: what the other side takes for the source */
	__u8 flags;	    /* CT_NAT, CT_SNAT, CT_STACK (seen from the side that opens) */
	__u8 reply_flags;
	__be32 node;
	__be32 reply_node;
};

#define NAT_PORT_TRIES 16

/* Whether two ways back lead to the same client and service: it asks again, or opens anew. */
static __always_inline bool same_way(const struct connection *a, const struct connection *b)
{
	return a->source == b->source && a->source_port == b->source_port &&
	       a->address == b->address && a->port == b->port;
}

/* Takes a port of the node's address for a connection: one that no other to the same destination has.
 * Several CPUs may want one at a time, so that having it is having made the entry. Not static: such a
 * function is verified once, not for each call. */
__noinline int ct_take_port(struct tuple *reply, struct connection *back, __u32 hash)
{
	void *map;

	if (!reply || !back)
		return 0;
	map = connections(reply->protocol);
	for (__u32 i = 0; i < NAT_PORT_TRIES; i++) {
		__u16 port = FIRST_NAT_PORT +
			     (hash + i * 4099) % (LAST_NAT_PORT - FIRST_NAT_PORT + 1);
		struct connection *other;

		reply->destination_port = bpf_htons(port);
		if (!bpf_map_update_elem(map, reply, back, BPF_NOEXIST))
			return 1;
		other = bpf_map_lookup_elem(map, reply);
		if (other &&
		    (ct_is_over(other, reply->protocol, back->seen) || same_way(other, back)) &&
		    !bpf_map_update_elem(map, reply, back, BPF_ANY))
			return 1;
	}
	return 0;
}

/* Remembers a connection. With CT_SNAT and no port, path->source_port is filled in. */
static __always_inline bool ct_create(struct packet *p, struct path *path)
{
	void *map = connections(p->tuple.protocol);
	struct connection forward = {
		.address = path->address,
		.node = path->node,
		.port = path->port,
		.flags = path->flags,
		.revision = current_revision(),
		.seen = seconds(),
		.source = path->source,
		.source_port = path->source_port,
	};
	struct connection back = {
		.address = p->tuple.destination,
		.node = path->reply_node,
		.port = p->tuple.destination_port,
		.flags = CT_REPLY | path->reply_flags,
		.revision = forward.revision,
		.seen = forward.seen,
		.source = p->tuple.source,
		.source_port = p->tuple.source_port,
	};
	struct tuple reply = {
		.source = path->address,
		.destination = p->tuple.source,
		.source_port = path->port,
		.destination_port = p->tuple.source_port,
		.protocol = p->tuple.protocol,
	};

	if (path->flags & CT_SNAT) {
		reply.destination = path->source;
		reply.destination_port = path->source_port;
	}
	if (path->flags & CT_SNAT && !path->source_port) {
		if (!ct_take_port(&reply, &back, flow_hash(&p->tuple, false)))
			return false;
		forward.source_port = path->source_port = reply.destination_port;
	} else if (bpf_map_update_elem(map, &reply, &back, BPF_ANY)) {
		return false;
	}
	return !bpf_map_update_elem(map, &p->tuple, &forward, BPF_ANY);
}

/* Applies an entry's translation to a packet that belongs to it. */
static __always_inline bool ct_translate(struct __sk_buff *skb, struct packet *p,
					 const struct connection *c)
{
	__be32 address = c->address, source = c->source;
	__be16 port = c->port, source_port = c->source_port;
	__u8 flags = c->flags;

	if (!(flags & (CT_NAT | CT_SNAT)))
		return true;
	if (flags & CT_REPLY) {
		if (flags & CT_SNAT && !rewrite_destination(skb, p, source, source_port))
			return false;
		return !(flags & CT_NAT) || rewrite_source(skb, p, address, port);
	}
	if (flags & CT_SNAT && !rewrite_source(skb, p, source, source_port))
		return false;
	if (!(flags & CT_NAT))
		return true;
	p->service = p->tuple.destination;
	p->service_port = p->tuple.destination_port;
	return rewrite_destination(skb, p, address, port);
}
