/** The layer 7 proxy of a node. */
@NullMarked
package dev.weft.proxy;

import org.jspecify.annotations.NullMarked;
