/** The eBPF data path and its typed maps. */
@NullMarked
package dev.weft.datapath;

import org.jspecify.annotations.NullMarked;
