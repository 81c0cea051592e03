/**
 * HTTP/1.1 and HTTP/2 on both sides of the proxy, and nothing else: no routing, no policy. A server
 * connection turns bytes into a {@link dev.weft.proxy.http.RequestHead} and hands it to a {@link
 * dev.weft.proxy.http.RequestAcceptor}; a client connection does the reverse. Start with {@link
 * dev.weft.proxy.http.ServerStream}, {@link dev.weft.proxy.http.ClientStream} and {@link
 * dev.weft.proxy.http.H2Connection}.
 *
 * <p>Everything here is confined to the event loop of its connection.
 */
@NullMarked
package dev.weft.proxy.http;

import org.jspecify.annotations.NullMarked;
