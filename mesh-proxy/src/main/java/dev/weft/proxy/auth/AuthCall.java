package dev.weft.proxy.auth;

import com.google.protobuf.ByteString;
import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.Failure;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ResponseReceiver;
import dev.weft.proxy.http.Trailers;
import dev.weft.proxy.upstream.Pool;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * One question to one endpoint of an external authorization, and its answer, whole. Confined to the
 * exchange's event loop.
 */
public final class AuthCall implements Pool.Waiter, ResponseReceiver {
  /** Bytes of an answer's body; a longer one is no answer. */
  public static final int MAX_ANSWER = 256 << 10;

  /** Hears how it ended, once. */
  public interface Outcome {
    /** All of it has come; nothing of it has been looked at. */
    void answered(AuthAnswer answer);

    /** There is no answer, or one without bounds. */
    void failed(Failure failure);
  }

  private final AuthQuestion question;
  private final Outcome outcome;
  private final Runnable left;
  private final ByteString.Output body = ByteString.newOutput(256);
  private @Nullable ClientStream stream;
  private @Nullable ResponseHead head;
  private boolean over;

  /**
   * Not begun yet.
   *
   * @param left runs when the endpoint has nothing more to do, before the outcome
   */
  public AuthCall(AuthQuestion question, Outcome outcome, Runnable left) {
    this.question = question;
    this.outcome = outcome;
    this.left = left;
  }

  /** Gives the question up; nobody hears of it. */
  public void cancel() {
    if (end() && stream != null) {
      stream.cancel();
    }
  }

  private boolean end() {
    if (over) {
      return false;
    }
    over = true;
    left.run();
    return true;
  }

  @Override
  public void ready(ClientConnection connection) {
    boolean bare = question.body().isEmpty();
    ClientStream opened = connection.open(question.head(), bare, this);
    stream = opened;
    if (!bare) {
      opened.data(Unpooled.wrappedBuffer(question.body().asReadOnlyByteBuffer()), true);
    }
  }

  @Override
  public boolean abandoned() {
    return over;
  }

  @Override
  public void informational(ResponseHead answer) {}

  @Override
  public void head(ResponseHead answer, boolean end) {
    head = answer;
    if (answer.status() == 101) { // nobody asked to leave HTTP
      giveUp();
    } else if (end) {
      answered(null);
    }
  }

  @Override
  public void data(ByteBuf data, boolean end) {
    int length = data.readableBytes();
    if (!over && body.size() + length <= MAX_ANSWER) {
      byte[] bytes = ByteBufUtil.getBytes(data);
      body.write(bytes, 0, bytes.length);
    } else if (!over) {
      data.release();
      giveUp();
      return;
    }
    data.release();
    if (stream != null) {
      stream.consumed(length);
    }
    if (end) {
      answered(null);
    }
  }

  @Override
  public void trailers(Trailers trailers) {
    answered(trailers);
  }

  private void answered(@Nullable Trailers trailers) {
    ResponseHead answer = head;
    if (answer != null && end()) {
      outcome.answered(new AuthAnswer(answer, body.toByteString(), trailers));
    }
  }

  private void giveUp() {
    ClientStream open = stream;
    if (end()) {
      if (open != null) {
        open.cancel();
      }
      outcome.failed(Failure.MALFORMED);
    }
  }

  @Override
  public void failed(Failure failure) {
    if (end()) {
      outcome.failed(failure);
    }
  }

  @Override
  public void writable() {}
}
