/**
 * Compiled, immutable tables that the proxy's event loops read, and the pure decisions on them:
 * where a connection goes, which rule a request meets, who may speak to whom. No I/O, no clock, no
 * Netty.
 *
 * <p>Start with {@link dev.weft.routing.MeshView} (what the node knows), {@link
 * dev.weft.routing.ProxyTables} (what it makes of it) and {@link dev.weft.routing.RouteTable} (how
 * a request finds its rule).
 */
@NullMarked
package dev.weft.routing;

import org.jspecify.annotations.NullMarked;
