/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a pod sends. */
#pragma once

#include "conntrack.h"
#include "flow.h"
#include "hairpin.h"
#include "judge.h"
#include "maps.h"
#include "packet.h"
#include "policy.h"
#include "service.h"
#include "steal.h"

/* Sends a packet with its final destination on its way. */
static __always_inline int send(struct __sk_buff *skb, struct packet *p, struct pod *target,
				__be32 node, __u8 flags)
{
	if (target)
		return to_local(skb, p, target);
	if (node)
		return to_remote(skb, p, node, p->source_identity);
	if (flags & CT_STACK)
		return TCX_PASS;
	return drop(p, INVALID_DESTINATION);
}

/* Whether only the proxy can say if this may go to the service it is for. */
static __always_inline bool is_guarded(struct packet *p)
{
	struct service *service = service_find(p);

	return service && service->flags & SERVICE_GUARDED && p->tuple.protocol == IPPROTO_TCP;
}

/* A packet of a connection that was allowed. When something changed since, it is judged again. */
static __always_inline int pod_connection(struct __sk_buff *skb, struct packet *p, struct pod *pod,
					  struct connection *c)
{
	struct tuple arrived = p->tuple;
	__u32 now = current_revision();
	__u8 flags = c->flags;
	__be32 node = c->node;
	struct target to;

	if (unlikely(!(flags & CT_REPLY) && c->revision != now)) {
		if (flags & CT_NAT) {
			p->tuple.destination = c->address;
			p->tuple.destination_port = c->port;
		}
		resolve(p->tuple.destination, &to);
		p->destination_identity = to.identity;
		__u8 verdict = pair_verdict(p, pod->flags, &to);
		if (verdict != NONE) {
			ct_delete(&arrived);
			return drop(p, verdict);
		}
		if (to.node && needs_mutual_tls(p, pod->flags, to.flags)) {
			ct_delete(&arrived);
			p->tuple = arrived;
			return to_listener(skb, p, settings.outbound_port, MUTUAL_TLS);
		}
		if (to.pod && inbound_l7(p, to.flags)) {
			ct_delete(&arrived);
			p->tuple = arrived;
			return to_listener(skb, p, settings.inbound_port, L7_INBOUND);
		}
		p->tuple = arrived;
		if (flags & CT_NAT && is_guarded(p)) {
			ct_delete(&arrived);
			return to_listener(skb, p, settings.outbound_port, L7_OUTBOUND);
		}
		c->revision = now;
	}
	if (!ct_translate(skb, p, c))
		return drop(p, FAILED);
	return send(skb, p, bpf_map_lookup_elem(&pods, &p->tuple.destination), node, flags);
}

/* A frame of the overlay that a pod made itself. It would be believed if something on its way gave it
 * the node's address, as masquerading does. */
static __always_inline bool is_forged_tunnel(struct packet *p)
{
	return p->tuple.protocol == IPPROTO_UDP &&
	       p->tuple.destination_port == bpf_htons(OVERLAY_PORT) &&
	       (p->destination_identity == IDENTITY_HOST ||
		p->destination_identity == IDENTITY_REMOTE_NODE);
}

/* A pod of another node that this one has not been told of: it may be one that a strict pod speaks
 * mutual TLS with. The client asks again, and soon it is known. */
static __always_inline bool is_nobody_yet(struct packet *p, const struct target *to)
{
	return p->tuple.protocol == IPPROTO_TCP && to->identity == IDENTITY_UNKNOWN;
}

/* Whether the route leads away from this node. */
static __always_inline bool leaves_node(struct __sk_buff *skb, struct packet *p)
{
	struct bpf_fib_lookup route = {
		.family = AF_INET,
		.ifindex = skb->ifindex,
		.ipv4_src = p->tuple.source,
		.ipv4_dst = p->tuple.destination,
	};
	long result = bpf_fib_lookup(skb, &route, sizeof(route), BPF_FIB_LOOKUP_SKIP_NEIGH);

	return result == BPF_FIB_LKUP_RET_SUCCESS || result == BPF_FIB_LKUP_RET_NO_NEIGH;
}

/* Pods' addresses mean something to the nodes only: to everybody else the node speaks. Protocols
 * without ports keep the pod's address; there is nothing to tell their answers apart by. */
static __always_inline bool needs_masquerade(struct __sk_buff *skb, struct packet *p)
{
	bool echo = p->tuple.protocol == IPPROTO_ICMP &&
		    p->tuple.destination_port == ICMP_ECHO_REQUEST;

	return (p->tuple.protocol == IPPROTO_TCP || p->tuple.protocol == IPPROTO_UDP || echo) &&
	       p->destination_identity != IDENTITY_HOST && leaves_node(skb, p);
}

/* A new connection from a pod, its destination translated in p where a service was meant. */
static __always_inline int pod_connect(struct __sk_buff *skb, struct packet *p, struct pod *pod,
				       struct packet *arrived)
{
	struct target to;
	struct path path = {
		.address = p->tuple.destination,
		.port = p->tuple.destination_port,
	};
	__u8 verdict;

	resolve(p->tuple.destination, &to);
	p->destination_identity = arrived->destination_identity = to.identity;
	if (is_forged_tunnel(p))
		return drop(p, INVALID_DESTINATION);
	/* What the tunnel may carry is judged where it ends. A service's port that happens to be a pod's
	 * HBONE port is not HBONE to the service. */
	if (to.pod && !p->service && is_hbone(p, to.flags)) {
		if (!allowed(p->source_identity, to.identity, RULE_EGRESS_SOMEWHERE, p))
			return drop(p, POLICY_DENIED);
		return to_listener(skb, arrived, settings.hbone_port, HBONE);
	}
	verdict = pair_verdict(p, pod->flags, &to);
	if (verdict != NONE)
		return drop(p, verdict);
	if (to.flags & FLAG_GATEWAY) {
		if (p->tuple.protocol == IPPROTO_UDP)
			return to_datagram_listener(skb, arrived);
		if (p->tuple.protocol != IPPROTO_TCP)
			return drop(p, INVALID_DESTINATION);
		return to_listener(skb, arrived, settings.outbound_port, GATEWAY);
	}
	if (to.flags & FLAG_SERVICE) {
		drop(p, NO_BACKEND);
		return reset(skb, arrived);
	}
	if (to.node && needs_mutual_tls(p, pod->flags, to.flags))
		return to_listener(skb, arrived, settings.outbound_port, MUTUAL_TLS);
	if (to.node && is_nobody_yet(p, &to) && pod->flags & FLAG_STRICT)
		return drop(p, AUTH_REQUIRED);
	if (to.pod && is_late(p))
		return refuse_late(skb, arrived);
	if (to.pod && inbound_l7(p, to.flags) && !p->service)
		return to_listener(skb, arrived, settings.inbound_port, L7_INBOUND);
	if (to.pod && inbound_l7(p, to.flags))
		return to_listener(skb, arrived, settings.outbound_port, L7_OUTBOUND);

	path.node = to.node;
	if (p->service)
		path.flags = path.reply_flags = CT_NAT;
	if (p->service && p->tuple.destination == p->tuple.source) {
		path.flags |= CT_SNAT;
		path.reply_flags |= CT_SNAT;
		path.source = settings.loopback_address;
		path.source_port = p->tuple.source_port;
	}
	if (!to.pod && !to.node) {
		if (never_routed(p->tuple.destination))
			return drop(p, INVALID_DESTINATION);
		path.flags |= CT_STACK;
		path.reply_flags |= CT_STACK;
		if (needs_masquerade(skb, p)) {
			path.flags |= CT_SNAT;
			path.reply_flags |= CT_SNAT;
			path.source = settings.node_address;
		}
	}
	if (!open_connection(arrived, &path))
		return drop(p, NO_CONNTRACK);
	report(p, FORWARDED, NONE);
	if (!translate_first(skb, arrived, &path))
		return drop(p, FAILED);
	return send(skb, p, to.pod, to.node, path.flags);
}

/* The proxy's own doors on the node's address: what arrives there has no original destination. */
static __always_inline bool is_proxy_door(struct packet *p)
{
	__u16 port = bpf_ntohs(p->tuple.destination_port);

	if (p->tuple.destination != settings.node_address)
		return false;
	if (p->tuple.protocol == IPPROTO_UDP)
		return port == settings.outbound_port;
	return p->tuple.protocol == IPPROTO_TCP &&
	       (port == settings.outbound_port || port == settings.inbound_port ||
		port == settings.hbone_port);
}

static __always_inline int pod_new(struct __sk_buff *skb, struct packet *p, struct pod *pod)
{
	struct service *service = service_find(p);
	struct packet final = *p;
	struct backend backend;
	bool picked;

	if (is_proxy_door(p))
		return drop(p, INVALID_DESTINATION);
	if (!service || service->flags & SERVICE_UPLINK)
		return pod_connect(skb, &final, pod, p);

	picked = service_pick(p, service, &backend);
	final.service = p->service = p->tuple.destination;
	final.service_port = p->service_port = p->tuple.destination_port;
	if (picked) {
		final.tuple.destination = backend.address;
		final.tuple.destination_port = backend.port;
	}
	if (service->flags & SERVICE_L7 && p->tuple.protocol == IPPROTO_TCP) {
		/* The proxy chooses among the backends; one that the pod's rules forbid says enough,
		 * because a service's endpoints carry the same labels. */
		if (picked) {
			struct target to;
			resolve(backend.address, &to);
			final.destination_identity = p->destination_identity = to.identity;
			if (!allowed(p->source_identity, to.identity, RULE_EGRESS, &final))
				return drop(&final, POLICY_DENIED);
		}
		return to_listener(skb, p, settings.outbound_port, L7_OUTBOUND);
	}
	if (!picked) {
		drop(p, NO_BACKEND);
		return reset(skb, p);
	}
	return pod_connect(skb, &final, pod, p);
}

SEC("tc")
int from_pod(struct __sk_buff *skb)
{
	struct packet p = {.direction = EGRESS};
	struct connection *c;
	enum parsed parsed;
	enum stolen stolen;
	struct pod *pod;
	__u8 mac[6];
	__u8 bad;

	parsed = parse(skb, &p, mac, &bad);
	if (unlikely(parsed == PARSED_ARP))
		return TCX_PASS;
	if (unlikely(parsed == PARSED_BAD))
		return drop(&p, bad);
	/* Marks are wiped on the way out of a pod: only to_pod can have set this one. */
	if (unlikely(skb->mark == MARK_STOLEN))
		return from_hairpin(skb, &p, settings.inbound_port, L7_INBOUND);

	pod = bpf_map_lookup_elem(&pods, &p.tuple.source);
	if (!pod || pod->device != skb->ifindex || !same_mac(mac, pod->mac))
		return drop(&p, SPOOFED);
	p.source_identity = pod->identity;

	c = ct_find(&p);
	if (likely(c))
		return pod_connection(skb, &p, pod, c);
	stolen = steal(skb, &p.tuple, false);
	if (stolen == STOLEN_DONE)
		return pass_to_socket(skb);
	if (stolen == STOLEN_FAILED)
		return drop(&p, FAILED);
	return pod_new(skb, &p, pod);
}
