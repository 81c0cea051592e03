/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who an address is, and who may talk to whom. */
#pragma once

#include "packet.h"

struct target {
	__u32 identity;
	__u32 flags;
	__be32 node;     /* underlay address of its node; 0: here, or beyond the IP stack */
	__be32 former;   /* of a Gateway's address: the node that may know older connections; 0: none */
	struct pod *pod; /* set for pods of this node */
};

static __always_inline void resolve(__be32 address, struct target *t)
{
	struct prefix_key key = {.length = 32, .address = address};
	struct peer *peer;

	t->node = 0;
	t->former = 0;
	t->pod = bpf_map_lookup_elem(&pods, &address);
	if (t->pod) {
		t->identity = t->pod->identity;
		t->flags = t->pod->flags;
		return;
	}
	peer = bpf_map_lookup_elem(&prefixes, &key);
	if (!peer) {
		t->identity = IDENTITY_WORLD;
		t->flags = 0;
		return;
	}
	t->identity = peer->identity;
	t->flags = peer->flags;
	if (peer->flags & FLAG_GATEWAY)
		t->former = peer->node;
	else
		t->node = peer->node;
}

static __always_inline bool rule_allows(__u32 identity, __u32 peer, __u8 direction, __u8 protocol,
					__be16 port)
{
	struct rule_key key = {
		.length = RULE_KEY_BITS,
		.identity = identity,
		.peer = peer,
		.direction = direction,
		.protocol = protocol,
		.port = port,
	};
	if (bpf_map_lookup_elem(&rules, &key))
		return true;
	key.peer = 0;
	return bpf_map_lookup_elem(&rules, &key) != NULL;
}

/* The rules of one identity for one peer. The pod's own node may always talk with it: NetworkPolicy
 * says so, and probes depend on it. Echo has no port: only a rule without ports allows it. */
static __noinline bool allowed(__u32 identity, __u32 peer, __u8 direction, struct packet *p)
{
	__u32 *isolated = bpf_map_lookup_elem(&isolation, &identity);
	__u32 wanted = direction == RULE_INGRESS ? ISOLATED_INGRESS : ISOLATED_EGRESS;
	__be16 port = p->tuple.protocol == IPPROTO_ICMP ? 0 : p->tuple.destination_port;

	if (!isolated || !(*isolated & wanted) || peer == IDENTITY_HOST)
		return true;
	if (direction == RULE_EGRESS_SOMEWHERE)
		port = 0;
	return rule_allows(identity, peer, direction, p->tuple.protocol, port);
}

/* Whether an L7 rule wants to read what arrives at this pod and port. */
static __always_inline bool inbound_l7(struct packet *p, __u32 flags)
{
	struct l7_key key = {.address = p->tuple.destination, .port = p->tuple.destination_port};

	if (!(flags & FLAG_L7_INBOUND) || p->tuple.protocol != IPPROTO_TCP)
		return false;
	if (bpf_map_lookup_elem(&l7_inbound, &key))
		return true;
	key.port = 0;
	return bpf_map_lookup_elem(&l7_inbound, &key) != NULL;
}

/* Whether the pair must speak mutual TLS, which the proxy does for them. */
static __always_inline bool needs_mutual_tls(struct packet *p, __u32 from, __u32 to)
{
	return p->tuple.protocol == IPPROTO_TCP && from & FLAG_MESH && to & FLAG_MESH &&
	       (from | to) & FLAG_STRICT &&
	       p->tuple.destination_port != bpf_htons(settings.hbone_port);
}

static __always_inline bool is_hbone(struct packet *p, __u32 flags)
{
	return flags & FLAG_MESH && p->tuple.protocol == IPPROTO_TCP &&
	       p->tuple.destination_port == bpf_htons(settings.hbone_port);
}

/* Plaintext a strict pod must not get. Echo carries nothing of an application. */
static __always_inline bool refuses_plaintext(struct packet *p, __u32 flags)
{
	return flags & FLAG_STRICT && p->tuple.protocol != IPPROTO_ICMP;
}
