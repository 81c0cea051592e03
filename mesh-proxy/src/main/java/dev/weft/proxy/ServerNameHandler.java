package dev.weft.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.AbstractSniHandler;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Reads the server name off a client's first flight, which may come in pieces, and keeps the bytes
 * for whoever goes on with the connection. Confined to its event loop.
 */
final class ServerNameHandler extends AbstractSniHandler<Boolean> {
  /** Real ones have up to 2 KiB, with post-quantum key shares. */
  private static final int MAX_CLIENT_HELLO = 16 << 10;

  /** Goes on once the name is known; called once. */
  interface Reader {
    /**
     * Must take the handler out of the pipeline, or close the channel.
     *
     * @param hello false: the client does not begin as TLS clients do
     * @param serverName in lower case; {@code null}: the client named none
     */
    void named(ServerNameHandler handler, boolean hello, @Nullable String serverName);
  }

  private final Reader reader;
  private @Nullable Runnable afterwards;
  private boolean hello;

  ServerNameHandler(Reader reader, long timeoutMillis) {
    super(MAX_CLIENT_HELLO, timeoutMillis);
    this.reader = reader;
  }

  @Override
  protected Future<Boolean> lookup(ChannelHandlerContext ctx, @Nullable ByteBuf clientHello)
      throws Exception {
    hello = clientHello != null;
    return super.lookup(ctx, clientHello);
  }

  @Override
  protected Future<Boolean> lookup(ChannelHandlerContext ctx, @Nullable String serverName) {
    return ctx.executor().newSucceededFuture(Boolean.TRUE);
  }

  @Override
  protected void onLookupComplete(
      ChannelHandlerContext ctx, @Nullable String serverName, Future<Boolean> future) {
    reader.named(this, hello, serverName);
  }

  /**
   * Leaves the pipeline; the next handler gets what was read.
   *
   * @param then runs when it has: this handler may be in the middle of reading
   */
  void leave(ChannelHandlerContext ctx, Runnable then) {
    afterwards = then;
    ctx.pipeline().remove(this);
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) throws Exception {
    super.handlerRemoved0(ctx);
    Runnable then = afterwards;
    afterwards = null;
    if (then != null) {
      then.run();
    }
  }
}
