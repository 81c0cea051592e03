/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Gateways' addresses on the underlay: the one node that announces an address answers for it (RFC 826).
 * The IP stack does not, because the address is no node's own. */
#pragma once

#include "policy.h"
#include "steal.h"

#define ARP_ETHERNET 1
#define ARP_REQUEST 1
#define ARP_REPLY 2

struct arp {
	__u8 destination_mac[6];
	__u8 source_mac[6];
	__be16 ethertype;
	__be16 hardware;
	__be16 protocol;
	__u8 hardware_length;
	__u8 protocol_length;
	__be16 operation;
	__u8 sender_mac[6];
	__be32 sender;
	__u8 target_mac[6];
	__be32 target;
} __attribute__((packed));

/* Turns a request into its own answer. */
static __always_inline void arp_answer(struct arp *a)
{
	__be32 address = a->target;
	__u8 mac[6];

	for (int i = 0; i < 6; i++)
		mac[i] = settings.uplink_mac[i];
	__builtin_memcpy(a->destination_mac, a->sender_mac, 6);
	__builtin_memcpy(a->source_mac, mac, 6);
	a->operation = bpf_htons(ARP_REPLY);
	__builtin_memcpy(a->target_mac, a->sender_mac, 6);
	a->target = a->sender;
	__builtin_memcpy(a->sender_mac, mac, 6);
	a->sender = address;
}

/* Whether the proxy is there. A node without it leaves its addresses to the node that takes over. */
static __always_inline bool proxy_listens(struct __sk_buff *skb)
{
	struct bpf_sock_tuple at = {};
	struct bpf_sock *sk;
	bool listens;

	at.ipv4.daddr = bpf_htonl(0x7f000001);
	at.ipv4.dport = bpf_htons(settings.outbound_port);
	sk = bpf_skc_lookup_tcp(skb, &at, sizeof(at.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return false;
	listens = sk->state == BPF_TCP_LISTEN_STATE;
	bpf_sk_release(sk);
	return listens;
}

static __always_inline int arp_from_device(struct __sk_buff *skb)
{
	struct target to;
	struct arp a;

	if (bpf_skb_load_bytes(skb, 0, &a, sizeof(a)) || a.hardware != bpf_htons(ARP_ETHERNET) ||
	    a.protocol != bpf_htons(ETH_P_IP) || a.operation != bpf_htons(ARP_REQUEST))
		return TCX_PASS;
	resolve(a.target, &to);
	if (!(to.flags & FLAG_ANNOUNCED) || !proxy_listens(skb))
		return TCX_PASS;
	arp_answer(&a);
	if (bpf_skb_store_bytes(skb, 0, &a, sizeof(a), 0))
		return TCX_DROP;
	return bpf_redirect(skb->ifindex, 0);
}
