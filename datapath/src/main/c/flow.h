/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Flow events and counters: the first packet of every connection, and every drop. */
#pragma once

#include "maps.h"

enum verdict { FORWARDED, DROPPED, REDIRECTED };

/* Same order as FlowEvent.Reason. */
enum reason {
	NONE,
	SPOOFED,
	POLICY_DENIED,
	AUTH_REQUIRED,
	NO_BACKEND,
	NO_LISTENER,
	FRAGMENT,
	MALFORMED,
	UNSUPPORTED_PROTOCOL,
	UNKNOWN_NODE,
	INVALID_DESTINATION,
	NO_CONNTRACK,
	FAILED,
	L7_OUTBOUND,
	L7_INBOUND,
	HBONE,
	MUTUAL_TLS,
	GATEWAY,
};

#define INGRESS 0
#define EGRESS 1

/* A packet's addresses as it carries them. Also the key of connection tracking. */
struct tuple {
	__be32 source;
	__be32 destination;
	__be16 source_port;
	__be16 destination_port;
	__u8 protocol;
	__u8 reserved[3];
};

struct packet {
	struct tuple tuple;
	__be32 service; /* destination before translation; 0: not translated */
	__be16 service_port;
	__u8 tcp_flags;
	__u8 direction; /* seen from the pod whose device or rules decide */
	__u32 source_identity;
	__u32 destination_identity;
	__u32 device;
};

struct flow_event {
	__u64 nanos; /* CLOCK_MONOTONIC */
	__be32 source;
	__be32 destination;
	__be32 service;
	__be16 source_port;
	__be16 destination_port;
	__be16 service_port;
	__u8 protocol;
	__u8 verdict;
	__u8 reason;
	__u8 direction;
	__u8 tcp_flags;
	__u8 reserved;
	__u32 source_identity;
	__u32 destination_identity;
	__u32 device;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20); /* 18,000 events */
} events SEC(".maps");

#define STAT_LOST 30
#define STAT_LIMITED 31

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 32); /* by reason, then STAT_… */
	__type(key, __u32);
	__type(value, __u64);
} stats SEC(".maps");

struct event_budget {
	__u64 window; /* seconds of 2^30 ns */
	__u64 spent;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct event_budget);
} drop_budget SEC(".maps");

/* Events of drops a CPU may write a second: a flood of refused packets must not crowd out the rest. */
#define DROPS_A_SECOND 1000

static __always_inline void count(__u32 what)
{
	__u64 *counter = bpf_map_lookup_elem(&stats, &what);
	if (counter)
		*counter += 1;
}

static __always_inline bool within_budget(__u64 now)
{
	__u32 zero = 0;
	struct event_budget *budget = bpf_map_lookup_elem(&drop_budget, &zero);
	if (!budget)
		return false;
	if (budget->window != now >> 30) {
		budget->window = now >> 30;
		budget->spent = 0;
	}
	if (budget->spent >= DROPS_A_SECOND)
		return false;
	budget->spent++;
	return true;
}

static __noinline void report(struct packet *p, __u8 verdict, __u8 reason)
{
	__u64 now = bpf_ktime_get_ns();
	if (verdict == DROPPED && !within_budget(now)) {
		count(STAT_LIMITED);
		return;
	}
	struct flow_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		count(STAT_LOST);
		return;
	}
	event->nanos = now;
	event->source = p->tuple.source;
	event->destination = p->tuple.destination;
	event->service = p->service;
	event->source_port = p->tuple.source_port;
	event->destination_port = p->tuple.destination_port;
	event->service_port = p->service_port;
	event->protocol = p->tuple.protocol;
	event->verdict = verdict;
	event->reason = reason;
	event->direction = p->direction;
	event->tcp_flags = p->tcp_flags;
	event->reserved = 0;
	event->source_identity = p->source_identity;
	event->destination_identity = p->destination_identity;
	event->device = p->device;
	bpf_ringbuf_submit(event, 0);
}

static __noinline int drop(struct packet *p, __u8 reason)
{
	count(reason);
	report(p, DROPPED, reason);
	return TCX_DROP;
}
