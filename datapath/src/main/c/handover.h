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

static __noinline int hand_on(struct __sk_buff *skb, struct packet *p, __be32 node)
{
	struct bpf_redir_neigh next = {.nh_family = 2 /* AF_INET */, .ipv4_nh = node};
	__be16 ip[10] __attribute__((aligned(8)));
	struct tcp tcp;
	__be16 life;

	if (bpf_skb_load_bytes(skb, IP_OFFSET, ip, sizeof(ip)) ||
	    bpf_skb_load_bytes(skb, L4_OFFSET, &tcp, sizeof(tcp)))
		return NOT_HANDED_ON;
	life = bpf_htons(LAST_TTL << 8 | IPPROTO_TCP);
	if (ip[4] == life || is_cookie(skb, p, ip, &tcp))
		return NOT_HANDED_ON;
	if (bpf_l3_csum_replace(skb, IP_OFFSET + 10, ip[4], life, 2) ||
	    bpf_skb_store_bytes(skb, IP_OFFSET + 8, &life, sizeof(life), 0))
		return drop(p, FAILED);
	return bpf_redirect_neigh(settings.uplink, &next, sizeof(next), 0);
}
