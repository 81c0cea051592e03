/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Handing packets to the node's sockets, whatever address they carry. */
#pragma once

#include "packet.h"
#include "reset.h"

#define BPF_TCP_LISTEN_STATE 10
#define BPF_TCP_ESTABLISHED_STATE 1 /* of a datagram socket: connected */
#define BPF_TCP_TIME_WAIT_STATE 6

/* The kernel's own, as far as read here; where the field lies is settled when the program is loaded. */
struct sock_common {
	__u32 skc_tw_rcv_nxt;
} __attribute__((preserve_access_index));

struct inet_timewait_sock {
	struct sock_common __tw_common;
} __attribute__((preserve_access_index));

struct tcp_timewait_sock {
	struct inet_timewait_sock tw_sk;
} __attribute__((preserve_access_index));

/* More than a client can have under way to a socket with the kernel's largest buffer, 6 MiB. Its next
 * connection from the same port begins further on, by 15 MiB a second (RFC 6528, as Linux has it). */
#define UNDER_WAY (8 << 20)

enum stolen {
	STOLEN_NOT,  /* no socket has this tuple */
	STOLEN_DONE, /* given to the socket that has it */
	STOLEN_FAILED,
};

static __always_inline void socket_tuple(struct bpf_sock_tuple *s, const struct tuple *t)
{
	s->ipv4.saddr = t->source;
	s->ipv4.daddr = t->destination;
	s->ipv4.sport = t->source_port;
	s->ipv4.dport = t->destination_port;
}

/* A pass with this mark takes routing table 2004: everything is local. */
static __always_inline int pass_to_socket(struct __sk_buff *skb)
{
	for_us(skb);
	skb->mark = MARK_STOLEN;
	return TCX_PASS;
}

/* Answers to the proxy's datagrams: its sockets are connected, so that nobody else is answered for.
 * Not one path with TCP: the verifier wants each kind of socket in its own. */
static __noinline int steal_datagram(struct __sk_buff *skb, const struct tuple *t)
{
	struct bpf_sock_tuple own = {};
	struct bpf_sock *sk;
	bool proxy;
	long error;

	socket_tuple(&own, t);
	sk = bpf_sk_lookup_udp(skb, &own, sizeof(own.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return STOLEN_NOT;
	proxy = sk->state == BPF_TCP_ESTABLISHED_STATE && (sk->mark & MARK_MAGIC) == MARK_PROXY;
	error = proxy ? bpf_sk_assign(skb, sk, 0) : 0;
	bpf_sk_release(sk);
	return !proxy ? STOLEN_NOT : error ? STOLEN_FAILED : STOLEN_DONE;
}

/* Whether a socket is only the end of a connection that is over, and the segment is of another: from the
 * same port, on a node that answered for the address meanwhile. */
static __always_inline bool is_past(struct __sk_buff *skb, struct bpf_sock *sk)
{
	struct tcp_timewait_sock *end;
	__be32 sequence;
	__s32 distance;

	if (sk->state != BPF_TCP_TIME_WAIT_STATE)
		return false;
	end = bpf_skc_to_tcp_timewait_sock(sk);
	if (!end || bpf_skb_load_bytes(skb, L4_OFFSET + offsetof(struct tcp, sequence), &sequence, 4))
		return false;
	distance = bpf_ntohl(sequence) - end->tw_sk.__tw_common.skc_tw_rcv_nxt;
	return distance > UNDER_WAY || distance < -UNDER_WAY;
}

/* Looks the packet's own tuple up among the sockets of this node: established, opening and
 * time-wait ones are found, and each of them must get the packet itself; but where the
 * address may have moved, not the end of an older connection. */
static __always_inline enum stolen steal(struct __sk_buff *skb, const struct tuple *t, bool moved)
{
	struct bpf_sock_tuple own = {};
	struct bpf_sock *sk;
	long error;

	if (t->protocol == IPPROTO_UDP)
		return steal_datagram(skb, t);
	if (t->protocol != IPPROTO_TCP)
		return STOLEN_NOT;
	socket_tuple(&own, t);
	sk = bpf_skc_lookup_tcp(skb, &own, sizeof(own.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return STOLEN_NOT;
	if (sk->state == BPF_TCP_LISTEN_STATE || (moved && is_past(skb, sk))) {
		bpf_sk_release(sk);
		return STOLEN_NOT;
	}
	error = bpf_sk_assign(skb, sk, 0);
	bpf_sk_release(sk);
	return error ? STOLEN_FAILED : STOLEN_DONE;
}

/* Gives the packet to the proxy's listener on 127.0.0.1:port. A segment of a connection that nobody
 * knows goes there too: it is answered with a reset, or it completes a SYN cookie. Without a
 * listener it is reset: what needs the proxy never gets around it. */
static __noinline int to_listener(struct __sk_buff *skb, struct packet *p, __u16 port, __u8 reason)
{
	struct bpf_sock_tuple at = {};
	struct bpf_sock *sk;
	long error;

	socket_tuple(&at, &p->tuple);
	at.ipv4.daddr = bpf_htonl(0x7f000001);
	at.ipv4.dport = bpf_htons(port);
	sk = bpf_skc_lookup_tcp(skb, &at, sizeof(at.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (sk && sk->state != BPF_TCP_LISTEN_STATE) {
		bpf_sk_release(sk);
		sk = NULL;
	}
	if (!sk) {
		drop(p, NO_LISTENER);
		return reset(skb, p);
	}
	error = bpf_sk_assign(skb, sk, 0);
	bpf_sk_release(sk);
	if (error)
		return drop(p, FAILED);
	if (opens(p)) {
		count(reason);
		report(p, REDIRECTED, reason);
	}
	return pass_to_socket(skb);
}

/* Gives a datagram for a Gateway to the proxy's socket on 127.0.0.1:port; the socket hears of the
 * address it was for. Only counted: which datagrams belong together the proxy knows. */
static __noinline int to_datagram_listener(struct __sk_buff *skb, struct packet *p)
{
	struct bpf_sock_tuple at = {};
	struct bpf_sock *sk;
	long error;

	socket_tuple(&at, &p->tuple);
	at.ipv4.daddr = bpf_htonl(0x7f000001);
	at.ipv4.dport = bpf_htons(settings.outbound_port);
	sk = bpf_sk_lookup_udp(skb, &at, sizeof(at.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return drop(p, NO_LISTENER);
	error = bpf_sk_assign(skb, sk, 0);
	bpf_sk_release(sk);
	if (error)
		return drop(p, FAILED);
	count(GATEWAY);
	return pass_to_socket(skb);
}
