package dev.weft.node;

import dev.weft.datapath.Ipv4;
import dev.weft.datapath.Prefix;
import java.nio.file.Path;

/**
 * What a node process is told at its start.
 *
 * @param name the node's name in the cluster
 * @param address the node's underlay address
 * @param uplink the underlay device
 * @param podNetwork where this node's pods get their addresses from
 * @param controlPlaneHost host of the configuration server
 * @param controlPlanePort port of the configuration server
 * @param trust PEM file with the root that signed the control plane's certificate
 * @param token file with this node's bearer token; read at every connection attempt
 * @param run directory for the attach socket, the pods' records and the last good configuration
 * @param bpf mount point of a BPF file system, for pins that outlive the process
 * @param eventLoops threads of the proxy
 */
public record NodeOptions(
    String name,
    Ipv4 address,
    String uplink,
    Prefix podNetwork,
    String controlPlaneHost,
    int controlPlanePort,
    Path trust,
    Path token,
    Path run,
    Path bpf,
    int eventLoops) {}
