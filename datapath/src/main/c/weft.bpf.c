/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The programs of a node. Attached with tcx links:
 *
 *   from_pod     ingress of the node's end of a pod's veth pair: what a pod sends
 *   to_pod       egress of it: what the node's IP stack sends to a pod
 *   from_overlay ingress of the VXLAN device: what other nodes send
 *   to_overlay   egress of it
 *   from_device  ingress of the uplink
 *
 * and to the cgroup of all processes, for the node's own: connect4, sendmsg4, recvmsg4, getpeername4.
 *
 * The order in the first five: is the sender who it says, is there a connection, is there a socket, is
 * this a new connection and may it be. */
#include "arp.h"
#include "conntrack.h"
#include "flow.h"
#include "handover.h"
#include "maps.h"
#include "packet.h"
#include "policy.h"
#include "reset.h"
#include "service.h"
#include "sockets.h"
#include "steal.h"

char _license[] SEC("license") = "Dual BSD/GPL";

static __always_inline bool same_mac(const __u8 *a, const __u8 *b)
{
	return *(__u32 *)a == *(__u32 *)b && *(__u16 *)(a + 4) == *(__u16 *)(b + 4);
}

static __always_inline __u32 mark_identity(__u32 mark)
{
	return mark >> 16 | (mark & 0xff) << 16 | (mark & MARK_PREFIX) << 12;
}

static __always_inline bool is_proxy(__u32 mark)
{
	return (mark & MARK_MAGIC) == MARK_PROXY;
}

/* Addresses that mean something only inside one host. */
static __always_inline bool never_routed(__be32 address)
{
	__u32 a = bpf_ntohl(address);
	return a >> 24 == 127 || a >> 24 == 0 || a >> 28 >= 14;
}

/* Allows a connection and remembers it. */
static __always_inline bool open_connection(struct packet *p, struct path *path)
{
	if (!ct_create(p, path))
		return false;
	count(NONE);
	return true;
}

/* What the rules of both sides say to a packet with its final destination. */
static __always_inline __u8 pair_verdict(struct packet *p, __u32 source_flags,
					 const struct target *to)
{
	p->direction = EGRESS;
	/* NetworkPolicy: a pod cannot block access to itself. */
	if (p->tuple.source == p->tuple.destination)
		return NONE;
	if (!allowed(p->source_identity, p->destination_identity, RULE_EGRESS, p))
		return POLICY_DENIED;
	if (!to->pod)
		return NONE;
	p->direction = INGRESS;
	/* Both on this node and in the mesh: the device proves who sends, nothing leaves memory. */
	if (refuses_plaintext(p, to->flags) && !(source_flags & FLAG_MESH))
		return AUTH_REQUIRED;
	if (!allowed(p->destination_identity, p->source_identity, RULE_INGRESS, p))
		return POLICY_DENIED;
	p->direction = EGRESS;
	return NONE;
}

/* What the pod's own rules say to a packet from outside of this node. */
static __always_inline __u8 arrival_verdict(struct packet *p, __u32 flags)
{
	p->direction = INGRESS;
	if (refuses_plaintext(p, flags))
		return AUTH_REQUIRED;
	if (!allowed(p->destination_identity, p->source_identity, RULE_INGRESS, p))
		return POLICY_DENIED;
	return NONE;
}

/* A segment for a proxy's connection that is no more: the pod never knew of it. */
static __always_inline bool is_late(struct packet *p)
{
	return p->tuple.protocol == IPPROTO_TCP && !opens(p) &&
	       bpf_ntohs(p->tuple.destination_port) >= FIRST_PROXY_PORT;
}

static __always_inline int refuse_late(struct __sk_buff *skb, struct packet *p)
{
	count(INVALID_DESTINATION);
	return reset(skb, p);
}

/* ---- from_pod ------------------------------------------------------------------------------- */

/* Sends a packet with its final destination on its way. */
static __always_inline int send(struct __sk_buff *skb, struct packet *p, struct pod *target,
				__be32 node, __u8 flags)
{
	if (target)
		return to_local(skb, p, target);
	if (node)
		return to_remote(skb, p, node, p->source_identity);
	if (flags & CT_STACK)
		return TCX_PASS;
	return drop(p, INVALID_DESTINATION);
}

/* Whether only the proxy can say if this may go to the service it is for. */
static __always_inline bool is_guarded(struct packet *p)
{
	struct service *service = service_find(p);

	return service && service->flags & SERVICE_GUARDED && p->tuple.protocol == IPPROTO_TCP;
}

/* A packet of a connection that was allowed. When something changed since, it is judged again. */
static __always_inline int pod_connection(struct __sk_buff *skb, struct packet *p, struct pod *pod,
					  struct connection *c)
{
	struct tuple arrived = p->tuple;
	__u32 now = current_revision();
	__u8 flags = c->flags;
	__be32 node = c->node;
	struct target to;

	if (unlikely(!(flags & CT_REPLY) && c->revision != now)) {
		if (flags & CT_NAT) {
			p->tuple.destination = c->address;
			p->tuple.destination_port = c->port;
		}
		resolve(p->tuple.destination, &to);
		p->destination_identity = to.identity;
		__u8 verdict = pair_verdict(p, pod->flags, &to);
		if (verdict != NONE) {
			ct_delete(&arrived);
			return drop(p, verdict);
		}
		if (to.node && needs_mutual_tls(p, pod->flags, to.flags)) {
			ct_delete(&arrived);
			p->tuple = arrived;
			return to_listener(skb, p, settings.outbound_port, MUTUAL_TLS);
		}
		if (to.pod && inbound_l7(p, to.flags)) {
			ct_delete(&arrived);
			p->tuple = arrived;
			return to_listener(skb, p, settings.inbound_port, L7_INBOUND);
		}
		p->tuple = arrived;
		if (flags & CT_NAT && is_guarded(p)) {
			ct_delete(&arrived);
			return to_listener(skb, p, settings.outbound_port, L7_OUTBOUND);
		}
		c->revision = now;
	}
	if (!ct_translate(skb, p, c))
		return drop(p, FAILED);
	return send(skb, p, bpf_map_lookup_elem(&pods, &p->tuple.destination), node, flags);
}

/* A frame of the overlay that a pod made itself. It would be believed if something on its way gave it
 * the node's address, as masquerading does. */
static __always_inline bool is_forged_tunnel(struct packet *p)
{
	return p->tuple.protocol == IPPROTO_UDP &&
	       p->tuple.destination_port == bpf_htons(OVERLAY_PORT) &&
	       (p->destination_identity == IDENTITY_HOST ||
		p->destination_identity == IDENTITY_REMOTE_NODE);
}

/* A pod of another node that this one has not been told of: it may be one that a strict pod speaks
 * mutual TLS with. The client asks again, and soon it is known. */
static __always_inline bool is_nobody_yet(struct packet *p, const struct target *to)
{
	return p->tuple.protocol == IPPROTO_TCP && to->identity == IDENTITY_UNKNOWN;
}

/* Whether the route leads away from this node. */
static __always_inline bool leaves_node(struct __sk_buff *skb, struct packet *p)
{
	struct bpf_fib_lookup route = {
		.family = AF_INET,
		.ifindex = skb->ifindex,
		.ipv4_src = p->tuple.source,
		.ipv4_dst = p->tuple.destination,
	};
	long result = bpf_fib_lookup(skb, &route, sizeof(route), BPF_FIB_LOOKUP_SKIP_NEIGH);

	return result == BPF_FIB_LKUP_RET_SUCCESS || result == BPF_FIB_LKUP_RET_NO_NEIGH;
}

/* Pods' addresses mean something to the nodes only: to everybody else the node speaks. Protocols
 * without ports keep the pod's address; there is nothing to tell their answers apart by. */
static __always_inline bool needs_masquerade(struct __sk_buff *skb, struct packet *p)
{
	bool echo = p->tuple.protocol == IPPROTO_ICMP &&
		    p->tuple.destination_port == ICMP_ECHO_REQUEST;

	return (p->tuple.protocol == IPPROTO_TCP || p->tuple.protocol == IPPROTO_UDP || echo) &&
	       p->destination_identity != IDENTITY_HOST && leaves_node(skb, p);
}

/* Gives the first packet of a connection the addresses that ct_translate gives the others. */
static __always_inline bool translate_first(struct __sk_buff *skb, struct packet *p,
					    const struct path *path)
{
	if (path->flags & CT_SNAT && !rewrite_source(skb, p, path->source, path->source_port))
		return false;
	return !(path->flags & CT_NAT) || rewrite_destination(skb, p, path->address, path->port);
}

/* A new connection from a pod, its destination translated in p where a service was meant. */
static __always_inline int pod_connect(struct __sk_buff *skb, struct packet *p, struct pod *pod,
				       struct packet *arrived)
{
	struct target to;
	struct path path = {
		.address = p->tuple.destination,
		.port = p->tuple.destination_port,
	};
	__u8 verdict;

	resolve(p->tuple.destination, &to);
	p->destination_identity = arrived->destination_identity = to.identity;
	if (is_forged_tunnel(p))
		return drop(p, INVALID_DESTINATION);
	/* What the tunnel may carry is judged where it ends. A service's port that happens to be a pod's
	 * HBONE port is not HBONE to the service. */
	if (to.pod && !p->service && is_hbone(p, to.flags)) {
		if (!allowed(p->source_identity, to.identity, RULE_EGRESS_SOMEWHERE, p))
			return drop(p, POLICY_DENIED);
		return to_listener(skb, arrived, settings.hbone_port, HBONE);
	}
	verdict = pair_verdict(p, pod->flags, &to);
	if (verdict != NONE)
		return drop(p, verdict);
	if (to.flags & FLAG_GATEWAY) {
		if (p->tuple.protocol == IPPROTO_UDP)
			return to_datagram_listener(skb, arrived);
		if (p->tuple.protocol != IPPROTO_TCP)
			return drop(p, INVALID_DESTINATION);
		return to_listener(skb, arrived, settings.outbound_port, GATEWAY);
	}
	if (to.flags & FLAG_SERVICE) {
		drop(p, NO_BACKEND);
		return reset(skb, arrived);
	}
	if (to.node && needs_mutual_tls(p, pod->flags, to.flags))
		return to_listener(skb, arrived, settings.outbound_port, MUTUAL_TLS);
	if (to.node && is_nobody_yet(p, &to) && pod->flags & FLAG_STRICT)
		return drop(p, AUTH_REQUIRED);
	if (to.pod && is_late(p))
		return refuse_late(skb, arrived);
	if (to.pod && inbound_l7(p, to.flags) && !p->service)
		return to_listener(skb, arrived, settings.inbound_port, L7_INBOUND);
	if (to.pod && inbound_l7(p, to.flags))
		return to_listener(skb, arrived, settings.outbound_port, L7_OUTBOUND);

	path.node = to.node;
	if (p->service)
		path.flags = path.reply_flags = CT_NAT;
	if (p->service && p->tuple.destination == p->tuple.source) {
		path.flags |= CT_SNAT;
		path.reply_flags |= CT_SNAT;
		path.source = settings.loopback_address;
		path.source_port = p->tuple.source_port;
	}
	if (!to.pod && !to.node) {
		if (never_routed(p->tuple.destination))
			return drop(p, INVALID_DESTINATION);
		path.flags |= CT_STACK;
		path.reply_flags |= CT_STACK;
		if (needs_masquerade(skb, p)) {
			path.flags |= CT_SNAT;
			path.reply_flags |= CT_SNAT;
			path.source = settings.node_address;
		}
	}
	if (!open_connection(arrived, &path))
		return drop(p, NO_CONNTRACK);
	report(p, FORWARDED, NONE);
	if (!translate_first(skb, arrived, &path))
		return drop(p, FAILED);
	return send(skb, p, to.pod, to.node, path.flags);
}

/* The proxy's own doors on the node's address: what arrives there has no original destination. */
static __always_inline bool is_proxy_door(struct packet *p)
{
	__u16 port = bpf_ntohs(p->tuple.destination_port);

	if (p->tuple.destination != settings.node_address)
		return false;
	if (p->tuple.protocol == IPPROTO_UDP)
		return port == settings.outbound_port;
	return p->tuple.protocol == IPPROTO_TCP &&
	       (port == settings.outbound_port || port == settings.inbound_port ||
		port == settings.hbone_port);
}

static __always_inline int pod_new(struct __sk_buff *skb, struct packet *p, struct pod *pod)
{
	struct service *service = service_find(p);
	struct packet final = *p;
	struct backend backend;
	bool picked;

	if (is_proxy_door(p))
		return drop(p, INVALID_DESTINATION);
	if (!service)
		return pod_connect(skb, &final, pod, p);

	picked = service_pick(p, service, &backend);
	final.service = p->service = p->tuple.destination;
	final.service_port = p->service_port = p->tuple.destination_port;
	if (picked) {
		final.tuple.destination = backend.address;
		final.tuple.destination_port = backend.port;
	}
	if (service->flags & SERVICE_L7 && p->tuple.protocol == IPPROTO_TCP) {
		/* The proxy chooses among the backends; one that the pod's rules forbid says enough,
		 * because a service's endpoints carry the same labels. */
		if (picked) {
			struct target to;
			resolve(backend.address, &to);
			final.destination_identity = p->destination_identity = to.identity;
			if (!allowed(p->source_identity, to.identity, RULE_EGRESS, &final))
				return drop(&final, POLICY_DENIED);
		}
		return to_listener(skb, p, settings.outbound_port, L7_OUTBOUND);
	}
	if (!picked) {
		drop(p, NO_BACKEND);
		return reset(skb, p);
	}
	return pod_connect(skb, &final, pod, p);
}

/* What to_pod or to_overlay sent back, because a socket can only be given a packet on its way in. */
static __always_inline int from_hairpin(struct __sk_buff *skb, struct packet *p, __u16 port,
					__u8 reason)
{
	struct target from;
	enum stolen stolen = steal(skb, &p->tuple);

	if (stolen == STOLEN_DONE)
		return pass_to_socket(skb);
	if (stolen == STOLEN_FAILED)
		return drop(p, FAILED);
	resolve(p->tuple.source, &from);
	p->source_identity = from.identity;
	p->direction = INGRESS;
	return to_listener(skb, p, port, reason);
}

SEC("tc")
int from_pod(struct __sk_buff *skb)
{
	struct packet p = {.direction = EGRESS};
	struct connection *c;
	enum parsed parsed;
	enum stolen stolen;
	struct pod *pod;
	__u8 mac[6];
	__u8 bad;

	parsed = parse(skb, &p, mac, &bad);
	if (unlikely(parsed == PARSED_ARP))
		return TCX_PASS;
	if (unlikely(parsed == PARSED_BAD))
		return drop(&p, bad);
	/* Marks are wiped on the way out of a pod: only to_pod can have set this one. */
	if (unlikely(skb->mark == MARK_STOLEN))
		return from_hairpin(skb, &p, settings.inbound_port, L7_INBOUND);

	pod = bpf_map_lookup_elem(&pods, &p.tuple.source);
	if (!pod || pod->device != skb->ifindex || !same_mac(mac, pod->mac))
		return drop(&p, SPOOFED);
	p.source_identity = pod->identity;

	c = ct_find(&p);
	if (likely(c))
		return pod_connection(skb, &p, pod, c);
	stolen = steal(skb, &p.tuple);
	if (stolen == STOLEN_DONE)
		return pass_to_socket(skb);
	if (stolen == STOLEN_FAILED)
		return drop(&p, FAILED);
	return pod_new(skb, &p, pod);
}

/* ---- to_pod --------------------------------------------------------------------------------- */

/* The proxy speaks for the identity in its mark. The rules hold once more, so that a mistake of the
 * proxy does not open a pod. */
static __always_inline int proxy_to_pod(struct packet *p)
{
	if (!allowed(p->source_identity, p->destination_identity, RULE_EGRESS, p)) {
		p->direction = EGRESS;
		return drop(p, POLICY_DENIED);
	}
	if (!allowed(p->destination_identity, p->source_identity, RULE_INGRESS, p))
		return drop(p, POLICY_DENIED);
	return TCX_PASS;
}

static __always_inline int hairpin(struct __sk_buff *skb)
{
	skb->mark = MARK_STOLEN;
	return bpf_redirect(skb->ifindex, BPF_F_INGRESS);
}

/* Processes of the node may speak with its pods, whatever rules there are: a kubelet's probes depend
 * on it. What they answer to a connection that a pod made to a service is translated back. */
static __always_inline int host_to_pod(struct __sk_buff *skb, struct packet *p)
{
	struct connection *c;

	/* The proxy answers from other addresses. */
	if (p->tuple.source != settings.node_address)
		return TCX_PASS;
	c = ct_find(p);
	if (c && c->flags & CT_REPLY && !ct_translate(skb, p, c))
		return drop(p, FAILED);
	return TCX_PASS;
}

/* Forwarded by the IP stack: from outside of the cluster. */
static __always_inline int world_to_pod(struct __sk_buff *skb, struct packet *p, struct pod *pod)
{
	struct path path = {
		.address = p->tuple.destination,
		.port = p->tuple.destination_port,
		.reply_flags = CT_STACK,
	};
	struct connection *c;
	__u32 now = current_revision();
	struct target from;
	__u8 verdict;

	/* Pods' packets never come this way, whatever connection they claim to belong to. */
	resolve(p->tuple.source, &from);
	p->source_identity = from.identity;
	if (from.pod || from.node)
		return drop(p, SPOOFED);
	c = ct_find(p);
	if (c && c->flags & CT_REPLY) {
		/* Answers of other pods never come this way. */
		if (!(c->flags & CT_STACK))
			return drop(p, SPOOFED);
		return ct_translate(skb, p, c) ? TCX_PASS : drop(p, FAILED);
	}
	if (c && c->revision == now && !inbound_l7(p, pod->flags))
		return TCX_PASS;
	verdict = arrival_verdict(p, pod->flags);
	if (verdict != NONE) {
		if (c)
			ct_delete(&p->tuple);
		return drop(p, verdict);
	}
	if (inbound_l7(p, pod->flags)) {
		if (c)
			ct_delete(&p->tuple);
		return hairpin(skb);
	}
	if (c) {
		c->revision = now;
		return TCX_PASS;
	}
	if (!open_connection(p, &path))
		return drop(p, NO_CONNTRACK);
	report(p, FORWARDED, NONE);
	return TCX_PASS;
}

SEC("tc")
int to_pod(struct __sk_buff *skb)
{
	struct packet p = {.direction = INGRESS};
	enum parsed parsed;
	struct pod *pod;
	__u8 mac[6];
	__u8 bad;

	parsed = parse(skb, &p, mac, &bad);
	if (parsed == PARSED_ARP)
		return TCX_PASS;
	if (parsed == PARSED_BAD)
		return drop(&p, bad);
	pod = bpf_map_lookup_elem(&pods, &p.tuple.destination);
	if (!pod || pod->device != skb->ifindex)
		return drop(&p, INVALID_DESTINATION);
	p.destination_identity = pod->identity;

	if (is_proxy(skb->mark)) {
		p.source_identity = mark_identity(skb->mark);
		return proxy_to_pod(&p);
	}
	if (skb->sk) {
		p.source_identity = IDENTITY_HOST;
		return host_to_pod(skb, &p);
	}
	return world_to_pod(skb, &p, pod);
}

/* ---- from_overlay, to_overlay ---------------------------------------------------------------- */

/* The answer of another node's pod to a client outside, who speaks with this node's address. */
static __always_inline int to_outside(void)
{
	return bpf_redirect_neigh(settings.uplink, NULL, 0, 0);
}

/* What the node's own processes are answered by pods of other nodes. TCP has been given to its socket;
 * of the rest only the IP stack knows whether somebody waits for it. */
static __always_inline int to_node_socket(struct __sk_buff *skb, struct packet *p, __be32 node)
{
	struct target from;

	resolve(p->tuple.source, &from);
	if (p->tuple.destination != settings.node_address || p->tuple.protocol == IPPROTO_TCP ||
	    from.node != node)
		return drop(p, INVALID_DESTINATION);
	for_us(skb);
	return TCX_PASS;
}

/* A new connection, or one to judge again, from another node. */
static __always_inline int overlay_new(struct __sk_buff *skb, struct packet *p, struct pod *pod,
				       struct connection *c, __be32 node)
{
	struct path path = {
		.address = p->tuple.destination,
		.port = p->tuple.destination_port,
		.reply_node = node,
	};
	struct target from;
	__u8 verdict;

	resolve(p->tuple.source, &from);
	/* A node may speak for its own pods, for itself, and for the world behind it. */
	if (from.pod || (from.node && from.node != node))
		return drop(p, SPOOFED);
	if (is_hbone(p, pod->flags)) {
		if (c)
			ct_delete(&p->tuple);
		return to_listener(skb, p, settings.hbone_port, HBONE);
	}
	verdict = arrival_verdict(p, pod->flags);
	if (verdict != NONE) {
		if (c)
			ct_delete(&p->tuple);
		return drop(p, verdict);
	}
	if (inbound_l7(p, pod->flags)) {
		if (c)
			ct_delete(&p->tuple);
		return to_listener(skb, p, settings.inbound_port, L7_INBOUND);
	}
	if (c) {
		c->revision = current_revision();
		return to_local(skb, p, pod);
	}
	if (!open_connection(p, &path))
		return drop(p, NO_CONNTRACK);
	report(p, FORWARDED, NONE);
	return to_local(skb, p, pod);
}

SEC("tc")
int from_overlay(struct __sk_buff *skb)
{
	struct packet p = {.direction = INGRESS};
	struct bpf_tunnel_key key = {};
	struct connection *c;
	enum parsed parsed;
	enum stolen stolen;
	struct pod *pod;
	__be32 node;
	__u8 mac[6];
	__u8 bad;

	parsed = parse(skb, &p, mac, &bad);
	if (parsed != PARSED_IPV4)
		return drop(&p, parsed == PARSED_ARP ? UNSUPPORTED_PROTOCOL : bad);
	/* What comes out of a tunnel has no mark: only to_overlay can have set this one. */
	if (skb->mark == MARK_STOLEN)
		return from_hairpin(skb, &p, settings.outbound_port, GATEWAY);
	if (bpf_skb_get_tunnel_key(skb, &key, sizeof(key), 0))
		return drop(&p, UNKNOWN_NODE);
	node = bpf_htonl(key.remote_ipv4);
	if (!bpf_map_lookup_elem(&nodes, &node))
		return drop(&p, UNKNOWN_NODE);
	p.source_identity = key.tunnel_id == IDENTITY_HOST ? IDENTITY_REMOTE_NODE : key.tunnel_id;

	pod = bpf_map_lookup_elem(&pods, &p.tuple.destination);
	if (pod)
		p.destination_identity = pod->identity;
	c = ct_find(&p);
	if (c && c->flags & CT_REPLY) {
		if (c->node == 0 && c->flags & CT_STACK)
			return drop(&p, SPOOFED);
		__u8 flags = c->flags;
		if (!ct_translate(skb, &p, c))
			return drop(&p, FAILED);
		pod = bpf_map_lookup_elem(&pods, &p.tuple.destination);
		if (!pod && !(flags & CT_STACK) && flags & CT_SNAT)
			return to_outside();
		return pod ? to_local(skb, &p, pod) : drop(&p, INVALID_DESTINATION);
	}
	if (c && pod && c->revision == current_revision())
		return to_local(skb, &p, pod);
	stolen = steal(skb, &p.tuple);
	if (stolen == STOLEN_DONE)
		return pass_to_socket(skb);
	if (stolen == STOLEN_FAILED)
		return drop(&p, FAILED);
	if (!pod)
		return to_node_socket(skb, &p, node);
	if (!c && is_late(&p))
		return refuse_late(skb, &p);
	return overlay_new(skb, &p, pod, c, node);
}

/* What the node's IP stack sends to pods of other nodes: the proxy, for the identity in its mark;
 * processes of the node; and strangers that routed through it. And what its processes send to Gateways:
 * that is for the proxy of this node, and sockets are given packets on their way in only. */
SEC("tc")
int to_overlay(struct __sk_buff *skb)
{
	struct packet p = {.direction = EGRESS};
	struct bpf_tunnel_key key = {};
	enum parsed parsed;
	struct target to;
	__u8 mac[6];
	__u8 bad;

	/* from_pod has named node and sender already. */
	if (!bpf_skb_get_tunnel_key(skb, &key, sizeof(key), 0))
		return TCX_PASS;
	parsed = parse(skb, &p, mac, &bad);
	if (parsed != PARSED_IPV4)
		return drop(&p, parsed == PARSED_ARP ? UNSUPPORTED_PROTOCOL : bad);
	resolve(p.tuple.destination, &to);
	p.destination_identity = to.identity;
	if (to.flags & FLAG_GATEWAY && skb->sk && p.tuple.protocol == IPPROTO_TCP)
		return hairpin(skb);
	if (!to.node)
		return drop(&p, INVALID_DESTINATION);
	if (is_proxy(skb->mark)) {
		p.source_identity = mark_identity(skb->mark);
		/* Which port is meant is inside of HBONE; that some is allowed can be seen here. */
		if (!allowed(p.source_identity, to.identity,
			     is_hbone(&p, to.flags) ? RULE_EGRESS_SOMEWHERE : RULE_EGRESS, &p))
			return drop(&p, POLICY_DENIED);
	} else {
		p.source_identity = skb->sk ? IDENTITY_REMOTE_NODE : IDENTITY_WORLD;
	}
	return set_tunnel(skb, to.node, p.source_identity) ? TCX_PASS : drop(&p, FAILED);
}

/* ---- from_device ----------------------------------------------------------------------------- */

/* Answers to those whom the node speaks for: its pods, and clients of its NodePorts. */
static __always_inline int answer_inward(struct __sk_buff *skb, struct packet *p,
					 const struct connection *c)
{
	__u8 flags = c->flags;
	struct pod *pod;

	if (!ct_translate(skb, p, c))
		return drop(p, FAILED);
	pod = bpf_map_lookup_elem(&pods, &p->tuple.destination);
	if (pod)
		return to_local(skb, p, pod);
	return flags & CT_STACK ? drop(p, INVALID_DESTINATION) : to_outside();
}

/* Sends on what arrived at a NodePort or a Gateway's port for datagrams, with its final destination. */
static __always_inline int send_inward(struct __sk_buff *skb, struct packet *p, __be32 node)
{
	struct pod *pod = bpf_map_lookup_elem(&pods, &p->tuple.destination);

	if (pod)
		return to_local(skb, p, pod);
	if (node)
		return to_remote(skb, p, node, p->source_identity);
	/* A process of another node. */
	return to_outside();
}

/* What the rules say to a packet for such a port's backend. A pod of another node is judged there. */
static __always_inline __u8 inward_verdict(struct packet *p, const struct target *to)
{
	p->destination_identity = to->identity;
	return to->pod ? arrival_verdict(p, to->flags) : NONE;
}

static __always_inline int inward_connection(struct __sk_buff *skb, struct packet *p,
						struct connection *c)
{
	struct tuple arrived = p->tuple;
	__u32 now = current_revision();
	__be32 node = c->node;
	struct target to;

	if (c->revision != now) {
		p->tuple.destination = c->address;
		p->tuple.destination_port = c->port;
		resolve(c->address, &to);
		__u8 verdict = inward_verdict(p, &to);
		p->tuple = arrived;
		if (verdict != NONE) {
			ct_delete(&arrived);
			return drop(p, verdict);
		}
		c->revision = now;
	}
	if (!ct_translate(skb, p, c))
		return drop(p, FAILED);
	return send_inward(skb, p, node);
}

/* A new connection from outside to such a port. */
static __always_inline int inward_new(struct __sk_buff *skb, struct packet *p,
					 struct service *service)
{
	struct packet final = *p;
	struct path path = {.flags = CT_NAT, .reply_flags = CT_NAT | CT_STACK};
	struct backend backend;
	struct target to;
	__u8 verdict;

	if (!service_pick(p, service, &backend)) {
		drop(p, NO_BACKEND);
		return reset(skb, p);
	}
	final.service = p->tuple.destination;
	final.service_port = p->tuple.destination_port;
	final.tuple.destination = path.address = backend.address;
	final.tuple.destination_port = path.port = backend.port;
	resolve(backend.address, &to);
	/* Processes of this node answer past the programs. */
	if (to.identity == IDENTITY_HOST)
		return drop(&final, INVALID_DESTINATION);
	if (service->flags & SERVICE_GUARDED || (to.pod && inbound_l7(&final, to.flags)))
		return to_listener(skb, p, settings.outbound_port, L7_OUTBOUND);
	verdict = inward_verdict(&final, &to);
	if (verdict != NONE)
		return drop(&final, verdict);
	if (!to.pod) {
		path.flags |= CT_SNAT;
		path.reply_flags = CT_NAT | CT_SNAT;
		path.source = settings.node_address;
		path.node = to.node;
	}
	if (!open_connection(p, &path))
		return drop(&final, NO_CONNTRACK);
	report(&final, FORWARDED, NONE);
	if (!translate_first(skb, p, &path))
		return drop(&final, FAILED);
	return send_inward(skb, p, to.node);
}

/* What is for an address that the node translates itself. */
static __always_inline int device_inward(struct __sk_buff *skb, struct packet *p)
{
	struct service *service;
	struct connection *c;
	struct target from;

	c = ct_find(p);
	if (c && c->flags & CT_REPLY)
		return answer_inward(skb, p, c);
	service = c ? NULL : service_find(p);
	if (!c && !service && p->tuple.destination == settings.node_address)
		return TCX_PASS;
	/* Pods' packets come through the overlay, or the node speaks for them. */
	resolve(p->tuple.source, &from);
	p->source_identity = from.identity;
	if (from.pod || from.node)
		return drop(p, SPOOFED);
	/* A Gateway's datagrams that the programs are not told of: a policy has to be asked. */
	if (!c && !service)
		return to_datagram_listener(skb, p);
	return c ? inward_connection(skb, p, c) : inward_new(skb, p, service);
}

/* The node's own address is mostly the IP stack's business. */
static __always_inline bool is_translated_port(struct packet *p)
{
	__u16 port = bpf_ntohs(p->tuple.destination_port);

	return port >= FIRST_NAT_PORT && port <= LAST_NODE_PORT;
}

SEC("tc")
int from_device(struct __sk_buff *skb)
{
	struct packet p = {.direction = INGRESS};
	enum parsed parsed;
	enum stolen stolen;
	struct target to, from;
	__u8 mac[6];
	__u8 bad;

	/* What is not for the mesh is the IP stack's business. */
	parsed = parse(skb, &p, mac, &bad);
	if (parsed == PARSED_ARP)
		return arp_from_device(skb);
	if (parsed != PARSED_IPV4)
		return TCX_PASS;
	if (p.tuple.destination == settings.node_address)
		return is_translated_port(&p) ? device_inward(skb, &p) : TCX_PASS;
	resolve(p.tuple.destination, &to);
	/* Datagrams have no requests to read: a Gateway's port for them is like a NodePort. */
	if (to.flags & FLAG_GATEWAY && p.tuple.protocol == IPPROTO_UDP)
		return device_inward(skb, &p);
	if (!to.pod && !to.node && !(to.flags & FLAG_GATEWAY))
		return TCX_PASS;
	/* Pods' packets come through the overlay, whatever their protocol. */
	resolve(p.tuple.source, &from);
	if (from.pod || from.node)
		return drop(&p, SPOOFED);
	if (p.tuple.protocol != IPPROTO_TCP || to.node)
		return TCX_PASS;
	p.source_identity = from.identity;
	p.destination_identity = to.identity;
	stolen = steal(skb, &p.tuple);
	if (stolen == STOLEN_DONE)
		return pass_to_socket(skb);
	if (stolen == STOLEN_FAILED)
		return drop(&p, FAILED);
	if (to.former && !opens(&p)) {
		int handed_on = hand_on(skb, &p, to.former);

		if (handed_on != NOT_HANDED_ON)
			return handed_on;
	}
	if (to.flags & FLAG_GATEWAY)
		return to_listener(skb, &p, settings.outbound_port, GATEWAY);
	if (is_hbone(&p, to.flags))
		return to_listener(skb, &p, settings.hbone_port, HBONE);
	return TCX_PASS;
}
