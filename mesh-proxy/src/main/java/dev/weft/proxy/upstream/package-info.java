/**
 * Connections to servers: how one is made ({@link dev.weft.proxy.upstream.Connector}), where it
 * goes ({@link dev.weft.proxy.upstream.Hop}), how TLS is spoken on it ({@link
 * dev.weft.proxy.upstream.BackendTlsContexts}), and how it is used again ({@link
 * dev.weft.proxy.upstream.Pool}). All of it belongs to one event loop.
 */
@NullMarked
package dev.weft.proxy.upstream;

import org.jspecify.annotations.NullMarked;
