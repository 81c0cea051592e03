/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What other nodes send, and what the IP stack sends to them. */
#pragma once

#include "conntrack.h"
#include "flow.h"
#include "hairpin.h"
#include "judge.h"
#include "maps.h"
#include "packet.h"
#include "policy.h"
#include "steal.h"

/* What the node's own processes are answered by pods of other nodes. TCP has been given to its socket;
 * of the rest only the IP stack knows whether somebody waits for it. */
static __always_inline int to_node_socket(struct __sk_buff *skb, struct packet *p, __be32 node)
{
	struct target from;

	resolve(p->tuple.source, &from);
	if (p->tuple.destination != settings.node_address || p->tuple.protocol == IPPROTO_TCP ||
	    from.node != node)
		return drop(p, INVALID_DESTINATION);
	for_us(skb);
	return TCX_PASS;
}

/* A new connection, or one to judge again, from another node. */
static __always_inline int overlay_new(struct __sk_buff *skb, struct packet *p, struct pod *pod,
				       struct connection *c, __be32 node)
{
	struct path path = {
		.address = p->tuple.destination,
		.port = p->tuple.destination_port,
		.reply_node = node,
	};
	struct target from;
	__u8 verdict;

	resolve(p->tuple.source, &from);
	/* A node may speak for its own pods, for itself, and for the world behind it. */
	if (from.pod || (from.node && from.node != node))
		return drop(p, SPOOFED);
	if (is_hbone(p, pod->flags)) {
		if (c)
			ct_delete(&p->tuple);
		return to_listener(skb, p, settings.hbone_port, HBONE);
	}
	verdict = arrival_verdict(p, pod->flags);
	if (verdict != NONE) {
		if (c)
			ct_delete(&p->tuple);
		return drop(p, verdict);
	}
	if (inbound_l7(p, pod->flags)) {
		if (c)
			ct_delete(&p->tuple);
		return to_listener(skb, p, settings.inbound_port, L7_INBOUND);
	}
	if (c) {
		c->revision = current_revision();
		return to_local(skb, p, pod);
	}
	if (!open_connection(p, &path))
		return drop(p, NO_CONNTRACK);
	report(p, FORWARDED, NONE);
	return to_local(skb, p, pod);
}

SEC("tc")
int from_overlay(struct __sk_buff *skb)
{
	struct packet p = {.direction = INGRESS};
	struct bpf_tunnel_key key = {};
	struct connection *c;
	enum parsed parsed;
	enum stolen stolen;
	struct pod *pod;
	__be32 node;
	__u8 mac[6];
	__u8 bad;

	parsed = parse(skb, &p, mac, &bad);
	if (parsed != PARSED_IPV4)
		return drop(&p, parsed == PARSED_ARP ? UNSUPPORTED_PROTOCOL : bad);
	/* What comes out of a tunnel has no mark: only to_overlay can have set this one. */
	if (skb->mark == MARK_STOLEN)
		return from_hairpin(skb, &p, settings.outbound_port, GATEWAY);
	if (bpf_skb_get_tunnel_key(skb, &key, sizeof(key), 0))
		return drop(&p, UNKNOWN_NODE);
	node = bpf_htonl(key.remote_ipv4);
	if (!bpf_map_lookup_elem(&nodes, &node))
		return drop(&p, UNKNOWN_NODE);
	p.source_identity = key.tunnel_id == IDENTITY_HOST ? IDENTITY_REMOTE_NODE : key.tunnel_id;

	pod = bpf_map_lookup_elem(&pods, &p.tuple.destination);
	if (pod)
		p.destination_identity = pod->identity;
	c = ct_find(&p);
	if (c && c->flags & CT_REPLY) {
		if (c->node == 0 && c->flags & CT_STACK)
			return drop(&p, SPOOFED);
		__u8 flags = c->flags;
		if (!ct_translate(skb, &p, c))
			return drop(&p, FAILED);
		pod = bpf_map_lookup_elem(&pods, &p.tuple.destination);
		if (!pod && !(flags & CT_STACK) && flags & CT_SNAT)
			return to_outside();
		return pod ? to_local(skb, &p, pod) : drop(&p, INVALID_DESTINATION);
	}
	if (c && pod && c->revision == current_revision())
		return to_local(skb, &p, pod);
	stolen = steal(skb, &p.tuple, false);
	if (stolen == STOLEN_DONE)
		return pass_to_socket(skb);
	if (stolen == STOLEN_FAILED)
		return drop(&p, FAILED);
	if (!pod)
		return to_node_socket(skb, &p, node);
	if (!c && is_late(&p))
		return refuse_late(skb, &p);
	return overlay_new(skb, &p, pod, c, node);
}

/* What the node's IP stack sends to pods of other nodes: the proxy, for the identity in its mark;
 * processes of the node; and strangers that routed through it. And what its processes send to Gateways:
 * that is for the proxy of this node, and sockets are given packets on their way in only. */
SEC("tc")
int to_overlay(struct __sk_buff *skb)
{
	struct packet p = {.direction = EGRESS};
	struct bpf_tunnel_key key = {};
	enum parsed parsed;
	struct target to;
	__u8 mac[6];
	__u8 bad;

	/* from_pod has named node and sender already. */
	if (!bpf_skb_get_tunnel_key(skb, &key, sizeof(key), 0))
		return TCX_PASS;
	parsed = parse(skb, &p, mac, &bad);
	if (parsed != PARSED_IPV4)
		return drop(&p, parsed == PARSED_ARP ? UNSUPPORTED_PROTOCOL : bad);
	resolve(p.tuple.destination, &to);
	p.destination_identity = to.identity;
	if (to.flags & FLAG_GATEWAY && skb->sk && p.tuple.protocol == IPPROTO_TCP)
		return hairpin(skb);
	if (!to.node)
		return drop(&p, INVALID_DESTINATION);
	if (is_proxy(skb->mark)) {
		p.source_identity = mark_identity(skb->mark);
		/* Which port is meant is inside of HBONE; that some is allowed can be seen here. */
		if (!allowed(p.source_identity, to.identity,
			     is_hbone(&p, to.flags) ? RULE_EGRESS_SOMEWHERE : RULE_EGRESS, &p))
			return drop(&p, POLICY_DENIED);
	} else {
		p.source_identity = skb->sk ? IDENTITY_REMOTE_NODE : IDENTITY_WORLD;
	}
	return set_tunnel(skb, to.node, p.source_identity) ? TCX_PASS : drop(&p, FAILED);
}
