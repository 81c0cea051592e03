/**
 * eBPF objects: start with {@link dev.weft.datapath.bpf.BpfCollection}, {@link
 * dev.weft.datapath.bpf.BpfMap} and {@link dev.weft.datapath.bpf.BpfLink}. Nothing here knows
 * Weft's programs.
 */
@NullMarked
package dev.weft.datapath.bpf;

import org.jspecify.annotations.NullMarked;
