package dev.weft.cli.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoadRunTest {
  private final EventLoop loop = new DefaultEventLoop();

  @AfterEach
  void end() {
    loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /** Answers when it is told to. */
  private static final class Slow implements LoadTarget {
    final List<Done> open = new ArrayList<>();
    final CountDownLatch three = new CountDownLatch(3);
    boolean closed;

    @Override
    public void send(Done done) {
      open.add(done);
      three.countDown();
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void endsWithTheLastOfItsRequests() throws Exception {
    Slow target = new Slow();
    CompletableFuture<List<LoadRun.Sample>> finished =
        new LoadRun(loop, target, 3_000, Duration.ofMillis(1)).start();
    awaitThree(target);
    answerAll(target);
    assertThat(finished.get(10, TimeUnit.SECONDS)).hasSize(3);
  }

  @Test
  void stoppedItWaitsForWhatIsUnderWayOnly() throws Exception {
    Slow target = new Slow();
    LoadRun run = new LoadRun(loop, target, 3_000, Duration.ofHours(1));
    CompletableFuture<List<LoadRun.Sample>> finished = run.start();
    awaitThree(target);
    run.stop();
    CompletableFuture<Integer> sent = CompletableFuture.supplyAsync(target.open::size, loop);
    int underWay = sent.join();
    assertThat(finished).isNotDone();
    answerAll(target);
    assertThat(finished.get(10, TimeUnit.SECONDS)).hasSize(underWay);
    assertThat(CompletableFuture.supplyAsync(() -> target.closed, loop).join()).isTrue();
  }

  private static void awaitThree(Slow target) throws Exception {
    assertThat(target.three.await(10, TimeUnit.SECONDS)).isTrue();
  }

  private void answerAll(Slow target) {
    loop.execute(() -> target.open.forEach(answered -> answered.done(true, "200", "v1")));
  }
}
