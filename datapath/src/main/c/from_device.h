/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What comes from the uplink. */
#pragma once

#include "arp.h"
#include "conntrack.h"
#include "flow.h"
#include "gateway.h"
#include "inward.h"
#include "judge.h"
#include "maps.h"
#include "packet.h"
#include "policy.h"
#include "service.h"
#include "steal.h"

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
	return inward(skb, p, c, service);
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
	stolen = steal(skb, &p.tuple, to.former && !opens(&p));
	if (stolen == STOLEN_DONE)
		return pass_to_socket(skb);
	if (stolen == STOLEN_FAILED)
		return drop(&p, FAILED);
	if (to.flags & FLAG_GATEWAY)
		return to_gateway(skb, &p, to.former);
	if (is_hbone(&p, to.flags))
		return to_listener(skb, &p, settings.hbone_port, HBONE);
	return TCX_PASS;
}
