/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the node's IP stack sends to a pod. */
#pragma once

#include "conntrack.h"
#include "flow.h"
#include "hairpin.h"
#include "judge.h"
#include "maps.h"
#include "packet.h"
#include "policy.h"

/* The proxy speaks for the identity in its mark. The rules hold once more, so that a mistake of the
 * proxy does not open a pod. */
static __always_inline int proxy_to_pod(struct packet *p)
{
	if (!allowed(p->source_identity, p->destination_identity, RULE_EGRESS, p)) {
		p->direction = EGRESS;
		return drop(p, POLICY_DENIED);
	}
	if (!allowed(p->destination_identity, p->source_identity, RULE_INGRESS, p))
		return drop(p, POLICY_DENIED);
	return TCX_PASS;
}

/* Processes of the node may speak with its pods, whatever rules there are: a kubelet's probes depend
 * on it. What they answer to a connection that a pod made to a service is translated back. */
static __always_inline int host_to_pod(struct __sk_buff *skb, struct packet *p)
{
	struct connection *c;

	/* The proxy answers from other addresses. */
	if (p->tuple.source != settings.node_address)
		return TCX_PASS;
	c = ct_find(p);
	if (c && c->flags & CT_REPLY && !ct_translate(skb, p, c))
		return drop(p, FAILED);
	return TCX_PASS;
}

/* Forwarded by the IP stack: from outside of the cluster. */
static __always_inline int world_to_pod(struct __sk_buff *skb, struct packet *p, struct pod *pod)
{
	struct path path = {
		.address = p->tuple.destination,
		.port = p->tuple.destination_port,
		.reply_flags = CT_STACK,
	};
	struct connection *c;
	__u32 now = current_revision();
	struct target from;
	__u8 verdict;

	/* Pods' packets never come this way, whatever connection they claim to belong to. */
	resolve(p->tuple.source, &from);
	p->source_identity = from.identity;
	if (from.pod || from.node)
		return drop(p, SPOOFED);
	c = ct_find(p);
	if (c && c->flags & CT_REPLY) {
		/* Answers of other pods never come this way. */
		if (!(c->flags & CT_STACK))
			return drop(p, SPOOFED);
		return ct_translate(skb, p, c) ? TCX_PASS : drop(p, FAILED);
	}
	if (c && c->revision == now && !inbound_l7(p, pod->flags))
		return TCX_PASS;
	verdict = arrival_verdict(p, pod->flags);
	if (verdict != NONE) {
		if (c)
			ct_delete(&p->tuple);
		return drop(p, verdict);
	}
	if (inbound_l7(p, pod->flags)) {
		if (c)
			ct_delete(&p->tuple);
		return hairpin(skb);
	}
	if (c) {
		c->revision = now;
		return TCX_PASS;
	}
	if (!open_connection(p, &path))
		return drop(p, NO_CONNTRACK);
	report(p, FORWARDED, NONE);
	return TCX_PASS;
}

SEC("tc")
int to_pod(struct __sk_buff *skb)
{
	struct packet p = {.direction = INGRESS};
	enum parsed parsed;
	struct pod *pod;
	__u8 mac[6];
	__u8 bad;

	parsed = parse(skb, &p, mac, &bad);
	if (parsed == PARSED_ARP)
		return TCX_PASS;
	if (parsed == PARSED_BAD)
		return drop(&p, bad);
	pod = bpf_map_lookup_elem(&pods, &p.tuple.destination);
	if (!pod || pod->device != skb->ifindex)
		return drop(&p, INVALID_DESTINATION);
	p.destination_identity = pod->identity;

	if (is_proxy(skb->mark)) {
		p.source_identity = mark_identity(skb->mark);
		return proxy_to_pod(&p);
	}
	if (skb->sk) {
		p.source_identity = IDENTITY_HOST;
		return host_to_pod(skb, &p);
	}
	return world_to_pod(skb, &p, pod);
}
