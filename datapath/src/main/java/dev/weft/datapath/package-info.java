/**
 * The eBPF data path: start with {@link dev.weft.datapath.Datapath}, {@link
 * dev.weft.datapath.DatapathState} and {@link dev.weft.datapath.FlowEvent}.
 *
 * <p>The programs are in src/main/c, {@code weft.bpf.c} first; {@code dev.weft.datapath.bpf} has
 * programs, maps and links as objects, {@code dev.weft.datapath.raw} the C functions under their
 * own names.
 *
 * <p>A new map takes: its structs and definition in {@code maps.h}; records with a codec in {@link
 * dev.weft.datapath.Entries}; what it holds for a state in {@link dev.weft.datapath.MapContents}
 * (pure, tested by a table); its place in the order of {@link dev.weft.datapath.Maps#apply}; its
 * name in {@link dev.weft.datapath.Maps#PINNED}. When the shape of a pinned map changes, so does
 * the layout version in {@link dev.weft.datapath.Loader}.
 *
 * <p>Not carried, on purpose: IPv6, IP fragments and IP options are dropped with a reason; ICMP
 * errors about translated packets are not translated back; services are for pods, not yet for
 * processes of the node; pods leave for the world with their own addresses.
 */
@NullMarked
package dev.weft.datapath;

import org.jspecify.annotations.NullMarked;
