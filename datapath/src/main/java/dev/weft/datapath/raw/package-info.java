/**
 * C functions under their own names, and nothing else: {@link dev.weft.datapath.raw.LibBpf}, {@link
 * dev.weft.datapath.raw.LibC}, {@link dev.weft.datapath.raw.Structs}.
 *
 * <p>int functions of libbpf return −errno, pointer functions NULL and leave errno in the segment
 * given to them.
 */
@NullMarked
package dev.weft.datapath.raw;

import org.jspecify.annotations.NullMarked;
