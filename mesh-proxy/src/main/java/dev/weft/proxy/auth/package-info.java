/**
 * External authorization (GEP-1494): how another program is asked about a request ({@link
 * dev.weft.proxy.auth.AuthProtocol}), how the question gets there ({@link
 * dev.weft.proxy.auth.AuthCall}), and what an answer may do ({@link
 * dev.weft.proxy.auth.AuthVerdict}). Which requests wait for whom is decided outside. All of it
 * belongs to one event loop.
 */
@NullMarked
package dev.weft.proxy.auth;

import org.jspecify.annotations.NullMarked;
