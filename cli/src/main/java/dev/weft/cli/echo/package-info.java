/**
 * The built-in workload: one small process that answers HTTP/1.1, HTTP/2, gRPC, WebSocket, TCP, UDP
 * and TLS.
 *
 * <p>Start with {@link dev.weft.cli.echo.EchoCommand} (flags), {@link dev.weft.cli.echo.EchoServer}
 * (ports) and {@link dev.weft.cli.echo.EchoService} (what is answered).
 */
@NullMarked
package dev.weft.cli.echo;

import org.jspecify.annotations.NullMarked;
