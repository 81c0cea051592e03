/**
 * The layer 7 proxy of a node. Start with {@link dev.weft.proxy.MeshProxy} (the door), {@code
 * RequestPhases} (a request's way as a list) and {@code Accepted} (what is spoken on a connection,
 * by where it was going).
 *
 * <p>Threads: everything but {@code MeshProxy} belongs to one event loop, found through its {@code
 * ProxyLoop}; no locks. A request's facts live in its {@code Exchange}, each try at a server is an
 * {@code Attempt}, and how a server is reached is decided by {@code Way}.
 */
@NullMarked
package dev.weft.proxy;

import org.jspecify.annotations.NullMarked;
