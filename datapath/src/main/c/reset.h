/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Refusing a TCP connection the way a host does. The kernel does not do it for us: it sends no reset
 * from an address that is not its own. */
#pragma once

#include "packet.h"

struct tcp {
	__be16 source;
	__be16 destination;
	__be32 sequence;
	__be32 acknowledgement;
	__u8 offset;
	__u8 flags;
	__be16 window;
	__be16 checksum;
	__be16 urgent;
};

struct pseudo_header {
	__be32 source;
	__be32 destination;
	__be16 protocol;
	__be16 length;
};

static __always_inline __be16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static __always_inline void reset_headers(struct headers *h, struct tcp *t)
{
	__u8 mac[6];
	__be32 address = h->source;

	__builtin_memcpy(mac, h->source_mac, 6);
	__builtin_memcpy(h->source_mac, h->destination_mac, 6);
	__builtin_memcpy(h->destination_mac, mac, 6);
	h->source = h->destination;
	h->destination = address;
	h->tos = 0;
	h->total_length = bpf_htons(40);
	h->id = 0;
	h->fragment = bpf_htons(0x4000);
	h->ttl = 64;
	h->checksum = 0;

	__be16 port = t->source;
	t->source = t->destination;
	t->destination = port;
	t->offset = 5 << 4;
	t->window = t->checksum = t->urgent = 0;
}

/* RFC 9293, 3.10.7.1: a segment with ACK is answered with its own acknowledgement as sequence
 * number, any other with an acknowledgement of all it holds. */
static __always_inline void reset_numbers(struct tcp *t, __u32 payload)
{
	if (t->flags & TCP_ACK) {
		t->sequence = t->acknowledgement;
		t->acknowledgement = 0;
		t->flags = TCP_RST;
		return;
	}
	payload += !!(t->flags & TCP_SYN) + !!(t->flags & TCP_FIN);
	t->acknowledgement = bpf_htonl(bpf_ntohl(t->sequence) + payload);
	t->sequence = 0;
	t->flags = TCP_RST | TCP_ACK;
}

/* Makes the segment its own answer. */
static __always_inline bool turn_into_reset(struct __sk_buff *skb)
{
	struct headers h;
	struct tcp t;
	struct pseudo_header pseudo;
	__u32 words[5];

	if (bpf_skb_load_bytes(skb, 0, &h, sizeof(h)) ||
	    bpf_skb_load_bytes(skb, L4_OFFSET, &t, sizeof(t)) || t.flags & TCP_RST)
		return false;
	__u32 payload = bpf_ntohs(h.total_length) - 20 - (t.offset >> 4) * 4;
	reset_headers(&h, &t);
	reset_numbers(&t, payload);

	__builtin_memcpy(words, &h.version_and_length, sizeof(words));
	h.checksum = fold(bpf_csum_diff(NULL, 0, words, sizeof(words), 0));
	pseudo.source = h.source;
	pseudo.destination = h.destination;
	pseudo.protocol = bpf_htons(IPPROTO_TCP);
	pseudo.length = bpf_htons(sizeof(t));
	__s64 sum = bpf_csum_diff(NULL, 0, (__be32 *)&pseudo, sizeof(pseudo), 0);
	t.checksum = fold(bpf_csum_diff(NULL, 0, (__be32 *)&t, sizeof(t), sum));
	return !bpf_skb_change_tail(skb, L4_OFFSET + sizeof(t), 0) &&
	       !bpf_skb_store_bytes(skb, 0, &h, sizeof(h), 0) &&
	       !bpf_skb_store_bytes(skb, L4_OFFSET, &t, sizeof(t), 0);
}

/* Sends the reset back where the segment came from. */
static __noinline int reset(struct __sk_buff *skb, struct packet *p)
{
	struct bpf_tunnel_key key = {};
	struct pod *client;

	if (p->tuple.protocol != IPPROTO_TCP)
		return TCX_DROP;
	/* A process of this node: to_pod or to_overlay turned the packet round. */
	if (skb->mark == MARK_STOLEN) {
		if (!turn_into_reset(skb))
			return TCX_DROP;
		for_us(skb);
		skb->mark = 0;
		return TCX_PASS;
	}
	if (skb->ifindex == settings.overlay && bpf_skb_get_tunnel_key(skb, &key, sizeof(key), 0))
		return TCX_DROP;
	if (!turn_into_reset(skb))
		return TCX_DROP;
	client = bpf_map_lookup_elem(&pods, &p->tuple.source);
	if (client)
		return to_local(skb, p, client);
	if (skb->ifindex == settings.overlay)
		return to_remote(skb, p, bpf_htonl(key.remote_ipv4), p->destination_identity);
	return bpf_redirect(skb->ifindex, 0);
}
