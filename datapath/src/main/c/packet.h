/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading headers, rewriting them, and sending a packet on. */
#pragma once

#include "flow.h"

#define ETH_LENGTH 14
#define IP_OFFSET ETH_LENGTH
#define L4_OFFSET (ETH_LENGTH + 20)

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

struct headers {
	__u8 destination_mac[6];
	__u8 source_mac[6];
	__be16 ethertype;
	__u8 version_and_length;
	__u8 tos;
	__be16 total_length;
	__be16 id;
	__be16 fragment;
	__u8 ttl;
	__u8 protocol;
	__be16 checksum;
	__be32 source;
	__be32 destination;
} __attribute__((packed));

/* The first bytes of TCP's header. */
struct segment {
	__be16 source_port;
	__be16 destination_port;
	__be32 sequence;
	__be32 acknowledged;
	__u8 offset;
	__u8 flags;
} __attribute__((packed));

enum parsed { PARSED_IPV4, PARSED_ARP, PARSED_BAD };

static __always_inline bool opens(struct packet *p)
{
	return p->tuple.protocol == IPPROTO_TCP &&
	       (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

#define ICMP_ECHO_REPLY 0
#define ICMP_ECHO_REQUEST 8

/* Ports of TCP and UDP. Echo looks like a request from port "identifier" to port 8, so that a reply
 * finds its request, and requests the other way do not. */
static __always_inline bool parse_l4(struct __sk_buff *skb, struct packet *p)
{
	union {
		__be16 ports[2];
		struct {
			__u8 type;
			__u8 code;
			__be16 checksum;
			__be16 echo;
		} icmp;
		__u8 bytes[14];
	} l4 = {};

	switch (p->tuple.protocol) {
	case IPPROTO_TCP:
		if (bpf_skb_load_bytes(skb, L4_OFFSET, &l4, 14))
			return false;
		p->tcp_flags = l4.bytes[13];
		break;
	case IPPROTO_UDP:
		if (bpf_skb_load_bytes(skb, L4_OFFSET, &l4, 8))
			return false;
		break;
	case IPPROTO_ICMP:
		if (bpf_skb_load_bytes(skb, L4_OFFSET, &l4, 8))
			return false;
		if (l4.icmp.type == ICMP_ECHO_REQUEST) {
			p->tuple.source_port = l4.icmp.echo;
			p->tuple.destination_port = ICMP_ECHO_REQUEST;
		} else if (l4.icmp.type == ICMP_ECHO_REPLY) {
			p->tuple.source_port = ICMP_ECHO_REQUEST;
			p->tuple.destination_port = l4.icmp.echo;
		}
		return true;
	default:
		return true;
	}
	p->tuple.source_port = l4.ports[0];
	p->tuple.destination_port = l4.ports[1];
	return true;
}

/* What most packets are, a TCP segment with its headers in one piece: read in place, without a call.
 * False: look closer. */
static __always_inline bool parse_segment(struct __sk_buff *skb, struct packet *p, __u8 *source_mac)
{
	const struct headers *h = (const void *)(long)skb->data;
	const struct segment *tcp = (const void *)(h + 1);

	if ((const void *)(tcp + 1) > (const void *)(long)skb->data_end)
		return false;
	if (h->protocol != IPPROTO_TCP || h->version_and_length != 0x45 ||
	    h->fragment & bpf_htons(0x3fff))
		return false;
	p->tuple.source = h->source;
	p->tuple.destination = h->destination;
	p->tuple.source_port = tcp->source_port;
	p->tuple.destination_port = tcp->destination_port;
	p->tuple.protocol = IPPROTO_TCP;
	p->tcp_flags = tcp->flags;
	__builtin_memcpy(source_mac, h->source_mac, 6);
	return true;
}

/* Fills in the packet; *bad says why PARSED_BAD. */
static __always_inline enum parsed parse(struct __sk_buff *skb, struct packet *p, __u8 *source_mac,
					 __u8 *bad)
{
	struct headers h;

	p->device = skb->ifindex;
	*bad = MALFORMED;
	if (unlikely(skb->protocol == bpf_htons(ETH_P_ARP)))
		return PARSED_ARP;
	if (unlikely(skb->protocol != bpf_htons(ETH_P_IP))) {
		*bad = UNSUPPORTED_PROTOCOL;
		return PARSED_BAD;
	}
	if (likely(parse_segment(skb, p, source_mac)))
		return PARSED_IPV4;
	if (bpf_skb_load_bytes(skb, 0, &h, sizeof(h)))
		return PARSED_BAD;
	p->tuple.source = h.source;
	p->tuple.destination = h.destination;
	p->tuple.protocol = h.protocol;
	__builtin_memcpy(source_mac, h.source_mac, 6);
	if (h.version_and_length != 0x45)
		return PARSED_BAD;
	if (h.fragment & bpf_htons(0x3fff)) {
		*bad = FRAGMENT;
		return PARSED_BAD;
	}
	return parse_l4(skb, p) ? PARSED_IPV4 : PARSED_BAD;
}

static __always_inline __u32 mix(__u32 hash, __u32 word)
{
	hash ^= word;
	hash *= 0x85ebca6b;
	return hash ^ (hash >> 15);
}

/* The same on every node and at every time, so that a lost entry picks the same backend again. */
static __always_inline __u32 flow_hash(const struct tuple *t, bool client_only)
{
	__u32 hash = mix(mix(0x9e3779b9, t->source), t->destination);

	if (!client_only)
		hash = mix(hash, (__u32)t->source_port << 16 | t->destination_port);
	hash = mix(hash, t->protocol);
	hash *= 0xc2b2ae35;
	return hash ^ (hash >> 16);
}

static __always_inline int l4_checksum_offset(__u8 protocol)
{
	return protocol == IPPROTO_TCP ? L4_OFFSET + 16 :
	       protocol == IPPROTO_UDP ? L4_OFFSET + 6 :
					 L4_OFFSET + 2;
}

/* Rewrites one address and port, and the checksums over them: of TCP, UDP and echo, whose port is its
 * identifier, and whose checksum knows of no addresses. */
static __always_inline bool rewrite(struct __sk_buff *skb, __u8 protocol, bool destination,
				    __be32 old_address, __be16 old_port, __be32 address, __be16 port)
{
	bool echo = protocol == IPPROTO_ICMP;
	__u64 mangled = protocol == IPPROTO_UDP ? BPF_F_MARK_MANGLED_0 : 0;
	int checksum = l4_checksum_offset(protocol);
	int address_offset = IP_OFFSET + (destination ? 16 : 12);
	int port_offset = L4_OFFSET + (echo ? 4 : destination ? 2 : 0);

	if (address != old_address) {
		if ((!echo && bpf_l4_csum_replace(skb, checksum, old_address, address,
						  mangled | BPF_F_PSEUDO_HDR | 4)) ||
		    bpf_l3_csum_replace(skb, IP_OFFSET + 10, old_address, address, 4) ||
		    bpf_skb_store_bytes(skb, address_offset, &address, 4, 0))
			return false;
	}
	if (port != old_port) {
		if (bpf_l4_csum_replace(skb, checksum, old_port, port, mangled | 2) ||
		    bpf_skb_store_bytes(skb, port_offset, &port, 2, 0))
			return false;
	}
	return true;
}

static __always_inline bool rewrite_destination(struct __sk_buff *skb, struct packet *p,
						__be32 address, __be16 port)
{
	if (!rewrite(skb, p->tuple.protocol, true, p->tuple.destination, p->tuple.destination_port,
		     address, port))
		return false;
	p->tuple.destination = address;
	p->tuple.destination_port = port;
	return true;
}

static __always_inline bool rewrite_source(struct __sk_buff *skb, struct packet *p, __be32 address,
					   __be16 port)
{
	if (!rewrite(skb, p->tuple.protocol, false, p->tuple.source, p->tuple.source_port, address,
		     port))
		return false;
	p->tuple.source = address;
	p->tuple.source_port = port;
	return true;
}

/* A redirected packet keeps the type it got where it came in; only PACKET_HOST is received. */
static __always_inline void for_us(struct __sk_buff *skb)
{
	if (unlikely(skb->pkt_type))
		bpf_skb_change_type(skb, 0);
}

/* Into the pod, past the node's end of its veth pair: ingress rules must have been applied. */
static __always_inline int to_local(struct __sk_buff *skb, struct packet *p, struct pod *pod)
{
	if (unlikely(bpf_skb_store_bytes(skb, 0, pod->mac, 6, 0)))
		return drop(p, FAILED);
	for_us(skb);
	return bpf_redirect_peer(pod->device, 0);
}

static __always_inline bool set_tunnel(struct __sk_buff *skb, __be32 node, __u32 identity)
{
	struct bpf_tunnel_key key = {
		/* Prefixes' numbers mean something on this node only. */
		.tunnel_id = identity >> 24 ? IDENTITY_WORLD : identity,
		.remote_ipv4 = bpf_ntohl(node),
		.tunnel_ttl = 64,
	};
	return bpf_skb_set_tunnel_key(skb, &key, sizeof(key), BPF_F_ZERO_CSUM_TX) == 0;
}

/* Over the overlay. The MAC of a node's VXLAN device is 02:77 and its address: Mac.ofOverlay. */
static __always_inline int to_remote(struct __sk_buff *skb, struct packet *p, __be32 node,
				     __u32 identity)
{
	__u8 mac[6] = {0x02, 0x77};

	__builtin_memcpy(mac + 2, &node, 4);
	if (bpf_skb_store_bytes(skb, 0, mac, 6, 0) || !set_tunnel(skb, node, identity))
		return drop(p, FAILED);
	return bpf_redirect(settings.overlay, 0);
}
