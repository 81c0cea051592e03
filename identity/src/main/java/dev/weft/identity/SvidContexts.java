package dev.weft.identity;

import io.netty.handler.ssl.SslContext;

/**
 * One consistent state of a local identity: its certificate, the roots it believes, and TLS
 * contexts made of both. TLS 1.3 only, mutual, ALPN {@code h2}, no resumption; peers are checked by
 * {@link PeerVerifier}.
 *
 * <p>The contexts are reference counted native memory that belongs to the {@link SvidSource} that
 * handed them out. Use them at once ({@code server().newHandler(alloc)} retains what the connection
 * needs) and ask the source again for the next connection; keep no reference beyond the current
 * event loop task, and never release them. After a rotation the source keeps the old contexts for
 * {@link PublishedContexts#RETIREMENT}, so that a task which has just read them never meets a freed
 * one.
 *
 * @param server to accept connections for this identity
 * @param client to open connections as this identity
 * @param svid the certificate
 * @param bundle the roots
 */
public record SvidContexts(SslContext server, SslContext client, Svid svid, TrustBundle bundle) {}
