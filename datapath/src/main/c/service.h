/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Services: which backend a connection goes to. */
#pragma once

#include "packet.h"

static __always_inline struct service *service_find(struct packet *p)
{
	struct service_key key = {
		.address = p->tuple.destination,
		.port = p->tuple.destination_port,
		.protocol = p->tuple.protocol,
	};
	return bpf_map_lookup_elem(&services, &key);
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

static __always_inline bool service_pick(struct packet *p, struct service *service,
					 struct backend *picked)
{
	struct service_key key = {
		.address = p->tuple.destination,
		.port = p->tuple.destination_port,
		.protocol = p->tuple.protocol,
	};
	__u32 slots = service->slots;
	void *table;
	struct backend *backend;
	__u32 slot;

	if (!slots)
		return false;
	table = bpf_map_lookup_elem(&backends, &key);
	if (!table)
		return false;
	slot = flow_hash(&p->tuple, service->flags & SERVICE_AFFINITY) % slots;
	backend = bpf_map_lookup_elem(table, &slot);
	if (!backend || !backend->address)
		return false;
	*picked = *backend;
	return true;
}
