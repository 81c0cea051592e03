/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A Gateway's address moves from node to node; connections stay where they are. Segments of those that
 * the node which answers now does not know go to the node that may, as it got them: on the same link,
 * with the Gateway's address. That one answers the client itself. */
#pragma once

#include "reset.h"
#include "steal.h"

#define NOT_HANDED_ON (-2)

/* The mark of what has been handed on, so that two nodes that disagree do not play ping-pong. */
#define LAST_TTL 1

/* What it has from here on. */
#define NEW_TTL 64

/* Whether the listener, flooded, has sent the client a cookie and kept nothing: this node's own. */
static __always_inline bool is_cookie(struct __sk_buff *skb, struct packet *p, void *ip, struct tcp *tcp)
{
	struct bpf_sock_tuple at = {};
	struct bpf_sock *sk;
	bool cookie;

	socket_tuple(&at, &p->tuple);
	at.ipv4.daddr = bpf_htonl(0x7f000001);
	at.ipv4.dport = bpf_htons(settings.outbound_port);
	sk = bpf_skc_lookup_tcp(skb, &at, sizeof(at.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return false;
	cookie = sk->state == BPF_TCP_LISTEN_STATE &&
		 !bpf_tcp_check_syncookie(sk, ip, 20, (void *)tcp, sizeof(*tcp));
	bpf_sk_release(sk);
	return cookie;
}

/* Whether a node's host is there, going by the kernel's list of neighbours. */
static __always_inline bool is_near(struct __sk_buff *skb, __be32 node)
{
	struct bpf_fib_lookup route = {
		.family = AF_INET,
		.ifindex = settings.uplink,
		.ipv4_src = settings.node_address,
		.ipv4_dst = node,
	};

	return bpf_fib_lookup(skb, &route, sizeof(route), 0) == BPF_FIB_LKUP_RET_SUCCESS;
}

static __always_inline bool write_life(struct __sk_buff *skb, __be16 before, __u8 ttl)
{
	__be16 life = bpf_htons(ttl << 8 | IPPROTO_TCP);

	return !bpf_l3_csum_replace(skb, IP_OFFSET + 10, before, life, 2) &&
	       !bpf_skb_store_bytes(skb, IP_OFFSET + 8, &life, sizeof(life), 0);
}

/* A segment that was handed on, and has found its connection, is one like any other. */
static __always_inline bool take_over(struct __sk_buff *skb)
{
	__be16 life;

	if (bpf_skb_load_bytes(skb, IP_OFFSET + 8, &life, sizeof(life)))
		return false;
	return life != bpf_htons(LAST_TTL << 8 | IPPROTO_TCP) || write_life(skb, life, NEW_TTL);
}

static __noinline int hand_on(struct __sk_buff *skb, struct packet *p, __be32 node)
{
	struct bpf_redir_neigh next = {.nh_family = 2 /* AF_INET */, .ipv4_nh = node};
	__be16 ip[10] __attribute__((aligned(8)));
	struct tcp tcp;

	if (bpf_skb_load_bytes(skb, IP_OFFSET, ip, sizeof(ip)) ||
	    bpf_skb_load_bytes(skb, L4_OFFSET, &tcp, sizeof(tcp)))
		return NOT_HANDED_ON;
	if (ip[4] == bpf_htons(LAST_TTL << 8 | IPPROTO_TCP) || is_cookie(skb, p, ip, &tcp))
		return NOT_HANDED_ON;
	if (!write_life(skb, ip[4], LAST_TTL))
		return drop(p, FAILED);
	return bpf_redirect_neigh(settings.uplink, &next, sizeof(next), 0);
}
