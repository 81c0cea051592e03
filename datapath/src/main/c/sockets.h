/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Services for the node's own processes, which no device sees before they have chosen a route: where a
 * socket is connected, the service's address becomes a backend's. Attached to the cgroup that all
 * processes are in; only the node's network namespace is meant. */
#pragma once

#include "service.h"

#define ALLOWED 1
#define REFUSED 0
#define ECONNREFUSED 111

/* What a socket calls the backend that it speaks with. */
struct spoken_key {
	__u64 socket; /* cookie */
	__be32 address;
	__be16 port;
	__u16 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct spoken_key);
	__type(value, struct backend);
} spoken SEC(".maps");

/* Swaps a service's address for a backend's. */
static __always_inline int to_backend(struct bpf_sock_addr *context)
{
	struct service_key key = {
		.address = context->user_ip4,
		.port = (__be16)context->user_port,
		.protocol = context->protocol,
	};
	struct backend meant = {.address = key.address, .port = key.port};
	struct spoken_key as = {};
	struct service *service;
	struct backend picked;
	__u32 hash;

	if (bpf_get_netns_cookie(context) != settings.namespace)
		return ALLOWED;
	service = bpf_map_lookup_elem(&services, &key);
	if (!service || service->flags & SERVICE_UPLINK)
		return ALLOWED;
	/* One client as far as affinity goes: the node. */
	hash = service->flags & SERVICE_AFFINITY ? mix(settings.node_address, key.address) :
						   bpf_get_prandom_u32();
	if (!service_backend(&key, service, hash, &picked)) {
		count(NO_BACKEND);
		bpf_set_retval(-ECONNREFUSED);
		return REFUSED;
	}
	as.socket = bpf_get_socket_cookie(context);
	as.address = picked.address;
	as.port = picked.port;
	if (bpf_map_update_elem(&spoken, &as, &meant, BPF_ANY)) {
		bpf_set_retval(-ECONNREFUSED);
		return REFUSED;
	}
	context->user_ip4 = picked.address;
	context->user_port = picked.port;
	return ALLOWED;
}

/* Swaps a backend's address for the service's that this socket meant. */
static __always_inline int to_spoken(struct bpf_sock_addr *context)
{
	struct spoken_key key = {
		.socket = bpf_get_socket_cookie(context),
		.address = context->user_ip4,
		.port = (__be16)context->user_port,
	};
	struct backend *meant = bpf_map_lookup_elem(&spoken, &key);

	if (meant) {
		context->user_ip4 = meant->address;
		context->user_port = meant->port;
	}
	return ALLOWED;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *context)
{
	return to_backend(context);
}

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *context)
{
	return to_backend(context);
}

SEC("cgroup/recvmsg4")
int recvmsg4(struct bpf_sock_addr *context)
{
	return to_spoken(context);
}

SEC("cgroup/getpeername4")
int getpeername4(struct bpf_sock_addr *context)
{
	return to_spoken(context);
}
