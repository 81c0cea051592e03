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

/* The backend that a hash stands for. */
static __always_inline bool service_backend(const struct service_key *key,
					    const struct service *service, __u32 hash,
					    struct backend *picked)
{
	__u32 slots = service->slots;
	struct backend *backend;
	void *table;
	__u32 slot;

	if (!slots)
		return false;
	table = bpf_map_lookup_elem(&backends, key);
	if (!table)
		return false;
	slot = hash % slots;
	backend = bpf_map_lookup_elem(table, &slot);
	if (!backend || !backend->address)
		return false;
	*picked = *backend;
	return true;
}

static __always_inline bool service_pick(struct packet *p, struct service *service,
					 struct backend *picked)
{
	struct service_key key = {
		.address = p->tuple.destination,
		.port = p->tuple.destination_port,
		.protocol = p->tuple.protocol,
	};

	return service_backend(&key, service,
			       flow_hash(&p->tuple, service->flags & SERVICE_AFFINITY), picked);
}
