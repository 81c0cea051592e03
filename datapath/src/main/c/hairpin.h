/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets that a program of the way out sends back in, because a socket can only be given a packet on its way in. */
#pragma once

#include "flow.h"
#include "judge.h"
#include "maps.h"
#include "packet.h"
#include "steal.h"

static __always_inline int hairpin(struct __sk_buff *skb)
{
	skb->mark = MARK_STOLEN;
	return bpf_redirect(skb->ifindex, BPF_F_INGRESS);
}

/* What to_pod or to_overlay sent back, because a socket can only be given a packet on its way in. */
static __always_inline int from_hairpin(struct __sk_buff *skb, struct packet *p, __u16 port,
					__u8 reason)
{
	struct target from;
	enum stolen stolen = steal(skb, &p->tuple, false);

	if (stolen == STOLEN_DONE)
		return pass_to_socket(skb);
	if (stolen == STOLEN_FAILED)
		return drop(p, FAILED);
	resolve(p->tuple.source, &from);
	p->source_identity = from.identity;
	p->direction = INGRESS;
	return to_listener(skb, p, port, reason);
}
