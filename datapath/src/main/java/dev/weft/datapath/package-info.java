/**
 * The eBPF data path: start with {@link dev.weft.datapath.Datapath}, {@link
 * dev.weft.datapath.DatapathState} and {@link dev.weft.datapath.FlowEvent}.
 *
 * <p>The programs are in src/main/c; {@code dev.weft.datapath.bpf} has programs, maps and links as
 * objects, {@code dev.weft.datapath.raw} the C functions under their own names.
 */
@NullMarked
package dev.weft.datapath;

import org.jspecify.annotations.NullMarked;
