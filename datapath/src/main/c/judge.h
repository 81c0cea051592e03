/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What all programs ask of a packet: who speaks, whether it may go, and the first one of a connection. */
#pragma once

#include "conntrack.h"
#include "flow.h"
#include "maps.h"
#include "packet.h"
#include "policy.h"
#include "reset.h"

static __always_inline bool same_mac(const __u8 *a, const __u8 *b)
{
	return *(__u32 *)a == *(__u32 *)b && *(__u16 *)(a + 4) == *(__u16 *)(b + 4);
}

static __always_inline __u32 mark_identity(__u32 mark)
{
	return mark >> 16 | (mark & 0xff) << 16 | (mark & MARK_PREFIX) << 12;
}

static __always_inline bool is_proxy(__u32 mark)
{
	return (mark & MARK_MAGIC) == MARK_PROXY;
}

/* Addresses that mean something only inside one host. */
static __always_inline bool never_routed(__be32 address)
{
	__u32 a = bpf_ntohl(address);
	return a >> 24 == 127 || a >> 24 == 0 || a >> 28 >= 14;
}

/* Allows a connection and remembers it. */
static __always_inline bool open_connection(struct packet *p, struct path *path)
{
	if (!ct_create(p, path))
		return false;
	count(NONE);
	return true;
}

/* What the rules of both sides say to a packet with its final destination. */
static __always_inline __u8 pair_verdict(struct packet *p, __u32 source_flags,
					 const struct target *to)
{
	p->direction = EGRESS;
	/* NetworkPolicy: a pod cannot block access to itself. */
	if (p->tuple.source == p->tuple.destination)
		return NONE;
	if (!allowed(p->source_identity, p->destination_identity, RULE_EGRESS, p))
		return POLICY_DENIED;
	if (!to->pod)
		return NONE;
	p->direction = INGRESS;
	/* Both on this node and in the mesh: the device proves who sends, nothing leaves memory. */
	if (refuses_plaintext(p, to->flags) && !(source_flags & FLAG_MESH))
		return AUTH_REQUIRED;
	if (!allowed(p->destination_identity, p->source_identity, RULE_INGRESS, p))
		return POLICY_DENIED;
	p->direction = EGRESS;
	return NONE;
}

/* What the pod's own rules say to a packet from outside of this node. */
static __always_inline __u8 arrival_verdict(struct packet *p, __u32 flags)
{
	p->direction = INGRESS;
	if (refuses_plaintext(p, flags))
		return AUTH_REQUIRED;
	if (!allowed(p->destination_identity, p->source_identity, RULE_INGRESS, p))
		return POLICY_DENIED;
	return NONE;
}

/* A segment for a proxy's connection that is no more: the pod never knew of it. */
static __always_inline bool is_late(struct packet *p)
{
	return p->tuple.protocol == IPPROTO_TCP && !opens(p) &&
	       bpf_ntohs(p->tuple.destination_port) >= FIRST_PROXY_PORT;
}

static __always_inline int refuse_late(struct __sk_buff *skb, struct packet *p)
{
	count(INVALID_DESTINATION);
	return reset(skb, p);
}

/* Gives the first packet of a connection the addresses that ct_translate gives the others. */
static __always_inline bool translate_first(struct __sk_buff *skb, struct packet *p,
					    const struct path *path)
{
	if (path->flags & CT_SNAT && !rewrite_source(skb, p, path->source, path->source_port))
		return false;
	return !(path->flags & CT_NAT) || rewrite_destination(skb, p, path->address, path->port);
}

/* The answer of another node's pod to a client outside, who speaks with this node's address. */
static __always_inline int to_outside(void)
{
	return bpf_redirect_neigh(settings.uplink, NULL, 0, 0);
}
