package dev.weft.proxy;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Fails the build when a buffer was collected that nobody had released. */
public final class LeakGate implements LauncherSessionListener {
  private static final List<String> LEAKS = new CopyOnWriteArrayList<>();

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    ByteBufUtil.setLeakListener((resource, records) -> LEAKS.add(resource + " " + records));
  }

  @Override
  public void launcherSessionClosed(LauncherSession session) {
    System.gc();
    // Reports are made when buffers are allocated.
    for (int i = 0; i < 1000; i++) {
      io.netty.buffer.ByteBufAllocator.DEFAULT.buffer(16).release();
    }
    Unpooled.buffer().release();
    if (!LEAKS.isEmpty()) {
      throw new AssertionError(LEAKS.size() + " leaked buffers; the first: " + LEAKS.getFirst());
    }
  }
}
