/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What comes from the uplink. */
#pragma once

#include "arp.h"
#include "conntrack.h"
#include "flow.h"
#include "handover.h"
#include "judge.h"
#include "maps.h"
#include "packet.h"
#include "policy.h"
#include "service.h"
#include "steal.h"

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

/* Sends on what arrived at a NodePort or a Gateway's port for datagrams, with its final destination. */
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

/* What the rules say to a packet for such a port's backend. A pod of another node is judged there. */
static __always_inline __u8 inward_verdict(struct packet *p, const struct target *to)
{
	p->destination_identity = to->identity;
	return to->pod ? arrival_verdict(p, to->flags) : NONE;
}

static __always_inline int inward_connection(struct __sk_buff *skb, struct packet *p,
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
		p->tuple = arrived;
		if (verdict != NONE) {
			ct_delete(&arrived);
			return drop(p, verdict);
		}
		c->revision = now;
	}
	if (!ct_translate(skb, p, c))
		return drop(p, FAILED);
	return send_inward(skb, p, node);
}

/* A new connection from outside to such a port. */
static __always_inline int inward_new(struct __sk_buff *skb, struct packet *p,
					 struct service *service)
{
	struct packet final = *p;
	struct path path = {.flags = CT_NAT, .reply_flags = CT_NAT | CT_STACK};
	struct backend backend;
	struct target to;
	__u8 verdict;

	if (!service_pick(p, service, &backend)) {
		drop(p, NO_BACKEND);
		return reset(skb, p);
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
		return to_listener(skb, p, settings.outbound_port, L7_OUTBOUND);
	verdict = inward_verdict(&final, &to);
	if (verdict != NONE)
		return drop(&final, verdict);
	if (!to.pod) {
		path.flags |= CT_SNAT;
		path.reply_flags = CT_NAT | CT_SNAT;
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

/* What is for an address that the node translates itself. */
static __always_inline int device_inward(struct __sk_buff *skb, struct packet *p)
{
	struct service *service;
	struct connection *c;
	struct target from;

	c = ct_find(p);
	if (c && c->flags & CT_REPLY)
		return answer_inward(skb, p, c);
	service = c ? NULL : service_find(p);
	if (!c && !service && p->tuple.destination == settings.node_address)
		return TCX_PASS;
	/* Pods' packets come through the overlay, or the node speaks for them. */
	resolve(p->tuple.source, &from);
	p->source_identity = from.identity;
	if (from.pod || from.node)
		return drop(p, SPOOFED);
	/* A Gateway's datagrams that the programs are not told of: a policy has to be asked. */
	if (!c && !service)
		return to_datagram_listener(skb, p);
	return c ? inward_connection(skb, p, c) : inward_new(skb, p, service);
}

/* The node's own address is mostly the IP stack's business. */
static __always_inline bool is_translated_port(struct packet *p)
{
	__u16 port = bpf_ntohs(p->tuple.destination_port);

	return port >= FIRST_NAT_PORT && port <= LAST_NODE_PORT;
}

SEC("tc")
int from_device(struct __sk_buff *skb)
{
	struct packet p = {.direction = INGRESS};
	enum parsed parsed;
	enum stolen stolen;
	struct target to, from;
	__u8 mac[6];
	bool older;
	__u8 bad;

	/* What is not for the mesh is the IP stack's business. */
	parsed = parse(skb, &p, mac, &bad);
	if (parsed == PARSED_ARP)
		return arp_from_device(skb);
	if (parsed != PARSED_IPV4)
		return TCX_PASS;
	if (p.tuple.destination == settings.node_address)
		return is_translated_port(&p) ? device_inward(skb, &p) : TCX_PASS;
	resolve(p.tuple.destination, &to);
	/* Datagrams have no requests to read: a Gateway's port for them is like a NodePort. */
	if (to.flags & FLAG_GATEWAY && p.tuple.protocol == IPPROTO_UDP)
		return device_inward(skb, &p);
	if (!to.pod && !to.node && !(to.flags & FLAG_GATEWAY))
		return TCX_PASS;
	/* Pods' packets come through the overlay, whatever their protocol. */
	resolve(p.tuple.source, &from);
	if (from.pod || from.node)
		return drop(&p, SPOOFED);
	if (p.tuple.protocol != IPPROTO_TCP || to.node)
		return TCX_PASS;
	p.source_identity = from.identity;
	p.destination_identity = to.identity;
	/* It may be of a connection from before the address came here. */
	older = to.former && !opens(&p);
	stolen = steal(skb, &p.tuple, older);
	if (stolen == STOLEN_DONE)
		return pass_to_socket(skb);
	if (stolen == STOLEN_FAILED)
		return drop(&p, FAILED);
	if (older) {
		int handed_on = hand_on(skb, &p, to.former);

		if (handed_on != NOT_HANDED_ON)
			return handed_on;
	}
	if (to.flags & FLAG_GATEWAY)
		return to_listener(skb, &p, settings.outbound_port, GATEWAY);
	if (is_hbone(&p, to.flags))
		return to_listener(skb, &p, settings.hbone_port, HBONE);
	return TCX_PASS;
}
