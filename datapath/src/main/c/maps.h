/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the node process writes and the programs read. Addresses and ports are in network order,
 * everything else in the machine's. Java's side: dev.weft.datapath.Maps, same names, same order. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

/* The way of a packet that belongs to a known connection is laid out in one piece. */
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define AF_INET 2
#define ETH_P_IP 0x0800
#define ETH_P_ARP 0x0806
#define IPPROTO_ICMP 1
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17

#define TCX_PASS 0
#define TCX_DROP 2

/* weft.v1.ReservedIdentity */
#define IDENTITY_UNKNOWN 0
#define IDENTITY_HOST 1
#define IDENTITY_WORLD 2
#define IDENTITY_REMOTE_NODE 6

/* Marks: ARCHITECTURE.md, "A packet's way". */
#define MARK_MAGIC 0xf00
#define MARK_STOLEN 0x200
#define MARK_PROXY 0xb00
#define MARK_PREFIX 0x1000 /* bit 24 of the identity: a prefix's number */

#define OVERLAY_PORT 8472

/* The proxy's connections have a pod's address and a source port from here on. */
#define FIRST_PROXY_PORT 61000

/* Ports of the node's address that stand for pods' ports. The node's own sockets take others: they
 * begin at 32768 (Overlay.java). NodePorts follow: Kubernetes' default range. */
#define FIRST_NAT_PORT 10000
#define LAST_NAT_PORT 29999
#define LAST_NODE_PORT 32767

/* Fixed at load time. */
struct settings {
	__be32 node_address;
	__be32 loopback_address; /* stands for a pod that reaches itself through a service */
	__u32 overlay;           /* index of the VXLAN device */
	__u32 uplink;            /* index of the underlay's device */
	__u16 outbound_port;
	__u16 inbound_port;
	__u16 hbone_port;
	__u16 reserved;
	__u64 namespace; /* cookie of the node's network namespace */
	__u8 uplink_mac[6];
	__u16 unused;
};
const volatile struct settings settings = {};

#define FLAG_MESH 1       /* speaks HBONE */
#define FLAG_STRICT 2     /* no plaintext from other nodes */
#define FLAG_GATEWAY 4    /* an address of a Gateway */
#define FLAG_L7_INBOUND 8 /* has entries in l7_inbound */
#define FLAG_SERVICE 16   /* an address of a Service: only ports in services are there */
#define FLAG_ANNOUNCED 32 /* a Gateway's address that this node answers for on its uplink */

struct pod {
	__u32 device; /* the node's end of its veth pair */
	__u32 identity;
	__u32 flags;
	__u8 mac[6];
	__u16 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __be32);
	__type(value, struct pod);
} pods SEC(".maps");

struct prefix_key {
	__u32 length;
	__be32 address;
};

struct peer {
	__u32 identity;
	__u32 flags;
	__be32 node; /* underlay address of the node it lives on; of a Gateway's address: struct target's former; 0: none */
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, struct prefix_key);
	__type(value, struct peer);
} prefixes SEC(".maps");

/* Underlay addresses that VXLAN is accepted from. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __be32);
	__type(value, __u32);
} nodes SEC(".maps");

struct service_key {
	__be32 address;
	__be16 port;
	__u8 protocol;
	__u8 reserved;
};

#define SERVICE_L7 1
#define SERVICE_AFFINITY 2
#define SERVICE_GUARDED 4 /* a policy on the service: connections from before it end */
#define SERVICE_UPLINK 8 /* for what comes from the uplink; everybody else's is the proxy's */

struct service {
	__u32 flags;
	__u32 slots;       /* length of the table in backends; 0: no endpoint */
	__u64 fingerprint; /* of the table, for user space to see whether it changed */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct service_key);
	__type(value, struct service);
} services SEC(".maps");

struct backend {
	__be32 address;
	__be16 port;
	__u16 reserved;
};

struct backend_table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	/* Sizes, not types: clang leaves the types of an inner map out of BTF. */
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct backend));
};

/* Maglev tables. One inner map a service port, replaced whole. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct service_key);
	__array(values, struct backend_table);
} backends SEC(".maps");

#define ISOLATED_INGRESS 1
#define ISOLATED_EGRESS 2

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, __u32);
} isolation SEC(".maps");

#define RULE_INGRESS 0
#define RULE_EGRESS 1
#define RULE_EGRESS_SOMEWHERE 2 /* peers that some egress rule names, whatever the port */

/* "Any protocol" and "any port" are shorter prefixes; a port range is a handful of prefixes. */
struct rule_key {
	__u32 length;
	__u32 identity;
	__u32 peer; /* 0: anyone */
	__u8 direction;
	__u8 protocol;
	__be16 port;
};
#define RULE_KEY_BITS 96

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, struct rule_key);
	__type(value, __u32);
} rules SEC(".maps");

struct l7_key {
	__be32 address;
	__be16 port; /* 0: every port */
	__u16 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct l7_key);
	__type(value, __u32);
} l7_inbound SEC(".maps");

/* Gateways' addresses that another node would answer for, were its process there: its underlay address.
 * Its programs go on with what they forward. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __be32);
	__type(value, __be32);
} absent SEC(".maps");

/* Grows when anything changed that a verdict depends on. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} revision SEC(".maps");
